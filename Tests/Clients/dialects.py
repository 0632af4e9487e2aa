"""SendHub, Personium and Revicom, called in the ways of clients that are used with the originals.

These clients cannot be installed, or cannot be pointed elsewhere: each class here does on the wire what the client it is
named after does, and believes an answer by the same rule. Messages to telephones arrive at a webhook, whose calls the
Standard Webhooks library checks. Cascades and dispatches go through plain HTTP as their pages have it. At last ten thousand
messages are stopped at once while eight threads send.

Usage: dialects.py ROOT   (POSTERN names the program; ROOT is a folder that may be written)
"""

import base64
import json
import random
import sys
import threading
import time
import uuid
from collections import Counter

import requests

from world import Exchange, at, mailbox, person, require, serving, subjects, until

# A key of Revicom's is base64 of a name and a password, and used as it is.
REVICOM = base64.b64encode(b"17:the key").decode()
PEOPLE = [
    person("ann", addressBook=[
        {"name": "Maria", "address": "+16505551111"}, {"name": "Bob", "address": "bob@dialects.example"},
        {"name": "Ward 3", "address": "+41791234567"}],
        lists=[{"name": "wards", "members": ["bob@dialects.example", "+41791234567"]}]),
    person("bob"), person("cy"),
    person("lab", tokens=[{"token": REVICOM, "lasting": True}]),
    person("rival", tokens=[{"token": base64.b64encode(b"18:another").decode(), "lasting": True}]),
]
DISPATCHES = [{"id": 17, "owner": "lab@dialects.example", "name": "Flu", "channelType": "SMS", "senderName": "Clinic",
               "content": "Flu shots on Monday."}]


class Refused(Exception):
    """What a client makes of an answer that it does not take for success."""

    def __init__(self, status, told):
        super().__init__(f"{status}: {told}")
        self.status, self.told = status, told


def refusal(action):
    """What a client is told when an action must fail."""
    try:
        done = action()
    except Refused as trouble:
        return trouble
    require(False, f"it was done: {done}")


class OfficialSendHub:
    """Sendhub/sendhub-python: lists joined by commas, the key in the body, errors by their `message`."""

    def __init__(self, base, user, key):
        self.base, self.user, self.key = f"{base}/v1", user, key

    def request(self, method, path, **members):
        query, content = {"username": self.user}, None
        if method in ("GET", "DELETE"):
            query |= {"api_key": self.key} | members
        else:
            joined = {name: ",".join(map(str, value)) if isinstance(value, list) else value
                      for name, value in members.items()}
            content = json.dumps({"api_key": self.key} | joined)
        answer = requests.request(method, f"{self.base}/{path}/", params=query, data=content, timeout=80, headers={
            "X-SendHub-Client-User-Agent": json.dumps({"bindings_version": "0.0.23", "lang": "python"}),
            "User-Agent": "SendHub/v1 PythonBindings/0.0.23", "Content-Type": "application/json"})
        told = answer.json()
        if not 200 <= answer.status_code < 300:
            require(told["message"], f"the official client needs a message: {answer.text}")
            raise Refused(answer.status_code, told["message"])
        return told


class WPSMS:
    """The WordPress plug-in: numbers joined, `application/json;`, and success is 201 with `sent` not empty."""

    def __init__(self, base, user, key):
        self.url = f"{base}/v1/messages/?username={user}&api_key={key}"

    def send(self, numbers, text):
        answer = requests.post(self.url, timeout=20, headers={"Content-Type": "application/json;"}, data=json.dumps(
            {"contacts": ",".join(numbers), "text": text}))
        told = answer.json()
        if answer.status_code != 201 or not told.get("sent"):
            raise Refused(answer.status_code, told)
        return told


class RipRunner:
    """Sends to numbers in a list, or to groups."""

    def __init__(self, base, user, key):
        self.url = f"{base}/v1/messages/?username={user}&api_key={key}"

    def send(self, text, **recipients):
        answer = requests.post(self.url, timeout=20, json=recipients | {"text": text})
        if answer.status_code != 201:
            raise Refused(answer.status_code, answer.json())
        return answer.json()


class NodeSendHub(RipRunner):
    """npm's `sendhub`: takes nothing but the exact acknowledgment for success."""

    def send(self, text, **recipients):
        told = super().send(text, **recipients)
        if told["acknowledgment"] != "Message queued for sending.":
            raise Refused(201, told)
        return told


class RubySendHub:
    """ruby-sendhub: JSON in the body whatever the method, and "false" in words."""

    def __init__(self, base, user, key):
        self.base, self.query = f"{base}/v1", f"?username={user}&api_key={key}"

    def request(self, method, path, **members):
        answer = requests.request(method, f"{self.base}{path}{self.query}", timeout=20, data=json.dumps(members),
                                  headers={"Content-Type": "application/json"})
        if not answer.ok:
            raise Refused(answer.status_code, answer.json())
        return answer.json()


def sendhub(base, exchange):
    for user, key in (("ann", "no key"), ("bob", "key-of-ann"), ("nobody", "key-of-ann")):
        trouble = refusal(lambda: OfficialSendHub(base, user, key).request("GET", "messages"))
        require(trouble.status == 401, f"{user} with {key} is {trouble}")
    official = OfficialSendHub(base, "ann", "key-of-ann")
    contacts = {one["name"]: int(one["id"]) for one in official.request("GET", "contacts")["objects"]}
    group = int(official.request("GET", "groups")["objects"][0]["id"])

    sent = official.request("POST", "messages", contacts=[contacts["Maria"], contacts["Bob"]], groups=[group],
                            text="By the official client")
    require(sent["acknowledgment"] == "Message queued for sending.", f"the official client is told {sent}")
    require((sent["contacts"], sent["groups"]) == ([contacts["Maria"], contacts["Bob"]], [group]),
            f"whom it was sent to: {sent}")
    for follow in (f"messages/{sent['id']}", sent["resource_uri"].removeprefix("/api/v1/").rstrip("/")):
        require(official.request("GET", follow)["text"] == "By the official client", f"the message at {follow}")
    whole = requests.get(base + sent["resource_uri"], timeout=20,
                         params={"username": "ann", "api_key": "key-of-ann"}).json()
    require(whole["id"] == sent["id"], "the message, where its resource_uri says")

    wordpress = WPSMS(base, "ann", "key-of-ann").send(["+16505552222", "+16505550099"], "By WP-SMS")
    require(wordpress["contacts"] == ["+16505552222", "+16505550099"], f"WP-SMS is told {wordpress}")
    RipRunner(base, "ann", "key-of-ann").send("By RipRunner", contacts=["+16505553333"])
    RipRunner(base, "ann", "key-of-ann").send("By RipRunner to a group", groups=[group])
    NodeSendHub(base, "ann", "key-of-ann").send("By Node", contacts=["+16505553333"])

    # Scheduled, and deleted before its time: the 2022 edition.
    later = official.request("POST", "messages", contacts=["+16505554444"], text="Never",
                             scheduled_at=at(86_400).strftime("%Y-%m-%dT%H:%M:%S+0000"))
    require(later["acknowledgment"].startswith("Message scheduled for delivery at ") and later["sent"] is None,
            f"a scheduled message: {later}")
    require(official.request("DELETE", f"messages/{later['id']}") == {"message": "Record successfully deleted"},
            "what deleting says")
    soon = official.request("POST", "messages", contacts=["+16505554444"], text="At its time",
                            scheduled_at=at(2).strftime("%Y-%m-%dT%H:%M:%S+0000"))

    # Refused whole, and why.
    for status, members in (
            (403, {"contacts": ["+16505555555"], "text": "The manticore is loose."}),
            (403, {"contacts": ["+33123456789"], "text": "Abroad"}),
            (400, {"contacts": [contacts["Maria"], 999_999], "text": "To one who is not there"}),
            (400, {"contacts": ["+16505555555"], "text": "x" * 501}), (400, {"text": "To nobody"})):
        trouble = refusal(lambda: official.request("POST", "messages", **members))
        require(trouble.status == status, f"{members} is answered {trouble}")

    # What Bob received is his, unread, and read when the Ruby client says so.
    until(10, lambda: "By the official client" in json.dumps(
        OfficialSendHub(base, "bob", "key-of-bob").request("GET", "inbox")), "Bob's inbox")
    for one in OfficialSendHub(base, "bob", "key-of-bob").request("GET", "inbox")["objects"]:
        ruby = RubySendHub(base, "bob", "key-of-bob")
        require(one["unread"] and ruby.request("GET", f"/messages/{one['id']}/")["unread"], f"unread: {one}")
        require(not ruby.request("PUT", f"/messages/{one['id']}/", unread="false")["unread"], "read")
        require(refusal(lambda: official.request("PUT", f"messages/{one['id']}", unread=False)).status == 404,
                "what Bob received is not Ann's to mark")
    until(20, lambda: official.request("GET", f"messages/{soon['id']}")["sent"], "the scheduled send")
    expected = {
        "+16505551111": ["By the official client"], "+41791234567": ["By RipRunner to a group", "By the official client"],
        "+16505552222": ["By WP-SMS"], "+16505553333": ["By Node", "By RipRunner"],
        "+16505554444": ["At its time"], "+16505555555": [], "+33123456789": []}
    until(20, lambda: all(exchange.texts(number) == texts for number, texts in expected.items()), "what telephones get")
    require(len(mailbox(base, "bob")) == 2, f"Bob has {len(mailbox(base, 'bob'))} messages")


class PersoniumClient:
    """ka2jun8/personium-client: a slash after `send`."""

    path, headers = "__message/send/", {"Accept": "application/json", "Content-Type": "application/json"}

    def __init__(self, base, cell, key):
        self.cell, self.bearer = f"{base}/{cell}/", {"Authorization": f"Bearer {key}"}

    def send(self, **message):
        return self.ask("POST", self.path, data=json.dumps(message))["d"]["results"]

    def ask(self, method, path, **more):
        answer = requests.request(method, self.cell + path, timeout=20, headers=self.bearer | self.headers, **more)
        require(answer.headers["Access-Control-Allow-Origin"] == "*", "any page may read the answer")
        if not answer.ok:
            told = answer.json()
            require(told["code"][2:5] == str(answer.status_code), f"{told} is answered {answer.status_code}")
            raise Refused(answer.status_code, told["code"])
        return answer.json() if answer.content else None


class MyBoard(PersoniumClient):
    """personium/app-myboard: JSON that jQuery calls a form, all members there, null where there is nothing."""

    path = "__message/send"
    headers = {"Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}

    def send(self, **message):
        return super().send(**{
            "BoxBound": False, "InReplyTo": None, "ToRelation": None, "Type": "message", "Priority": 3,
            "RequestRelation": None, "RequestRelationTarget": None} | message)


class HomeApp(PersoniumClient):
    """personium/app-cc-home: lists what came, the newest first, and marks it as read."""

    def list(self, query):
        return self.ask("GET", f"__ctl/ReceivedMessage?{query}")["d"]["results"]

    def mark(self, name):
        return self.ask("POST", f"__message/received/{name}", data=json.dumps({"Command": "read"}))


def personium(base):
    ann = PersoniumClient(base, "ann", "key-of-ann")
    sent = ann.send(To=f"{base}/bob/", Title="By personium-client", Body="All of it.", Type="message", Priority=1)
    require(sent["Result"] == [{"To": f"{base}/bob/", "Code": "201", "Reason": "Created."}], f"what it is told: {sent}")
    board = MyBoard(base, "ann", "key-of-ann")
    sent = board.send(To=f"{base}/bob,{base}/cy,{base}/nobody", Title="By MyBoard", Body="Some text.")
    require([(one["To"], one["Code"]) for one in sent["Result"]]
            == [(f"{base}/bob/", "201"), (f"{base}/cy/", "201"), (f"{base}/nobody/", "403")], f"what it is told: {sent}")
    sent = board.send(To=None, ToRelation="wards", Title="By a relation", Body="Some text.")
    require({one["Code"] for one in sent["Result"]} == {"201"}, f"what a relation is told: {sent}")

    for code, action in (
            ("PR400-SM-0004", lambda: board.send(BoxBound=True, To=f"{base}/bob/", Title="In a box")),
            ("PR403-PO-0017", lambda: board.send(To=f"{base}/bob/", Title="The manticore", Body="is loose.")),
            ("PR400-OD-0006", lambda: board.send(To="https://elsewhere.example/bob/", Title="Elsewhere")),
            ("PR400-OD-0007", lambda: board.send(To=f"{base}/bob/", Title="More", Colour="red")),
            ("PR400-SM-0001", lambda: board.send(ToRelation="friends", Title="To no relation")),
            ("PR401-AU-0006", lambda: PersoniumClient(base, "ann", "key of nobody").send(To=f"{base}/bob/")),
            ("PR403-AU-0002", lambda: PersoniumClient(base, "ann", "key-of-bob").send(To=f"{base}/bob/")),
            ("PR400-OD-0042", lambda: HomeApp(base, "bob", "key-of-bob").list("$filter=Body eq 'x'"))):
        trouble = refusal(action)
        require(trouble.told == code, f"expected {code}, got {trouble}")

    home = HomeApp(base, "bob", "key-of-bob")
    wanted = ["By MyBoard", "By a relation", "By personium-client"]
    query = "$orderby=__published desc&$filter=Type eq 'message'&$top=100"

    def came():
        return {one["Title"]: one for one in home.list(query) if one["Title"] in wanted}

    until(10, lambda: sorted(came()) == wanted, "Bob's messages")
    for one in came().values():
        require((one["From"], one["Status"]) == (f"{base}/ann/", "unread"), f"what Bob has: {one}")
        require(home.mark(one["__id"]) is None, "no body after a mark")
    require({one["Status"] for one in came().values()} == {"read"}, "marked as read")
    require(came()["By personium-client"]["Priority"] == 1, "its priority")
    found = home.list("$filter=startswith(Title,'By MyBoard') and From eq '" + f"{base}/ann/'&$select=Title,Status")
    require([(one["Title"], one["Status"], "Body" in one) for one in found] == [("By MyBoard", "read", False)],
            f"what is found: {found}")
    found = board.ask("GET", "__ctl/SentMessage?$filter=startswith(Title,'By MyBoard')&$inlinecount=allpages")["d"]
    require(found["__count"] == "1" and found["results"][0]["Body"] == "Some text.", f"what is found: {found}")
    ann.ask("GET", f"__ctl/SentMessage('{sent['__id']}')")
    require(refusal(lambda: home.ask("GET", f"__ctl/SentMessage('{sent['__id']}')")).status == 404, "not Bob's to see")
    require(subjects(base, "cy") == ["By MyBoard"], f"Cy has {subjects(base, 'cy')}")


class LaravelRevicom:
    """The Laravel service: success is 2xx and `errors === false`; then `items.0.messageUuid` is kept."""

    def __init__(self, base, key=REVICOM, scheme="Basic"):
        self.base, self.session = f"{base}/api/v1", requests.Session()
        self.session.headers = {"Authorization": f"{scheme} {key}", "Accept": "application/json"}

    def post(self, path, content):
        answer = self.session.post(f"{self.base}/{path}", json=content, timeout=70)
        told = answer.json()
        if not answer.ok:
            raise Refused(answer.status_code, (told["error"]["code"], told["error"]["msg"]))
        return told

    def send(self, *messages):
        told = self.post("message", [
            {"channelType": "SMS", "senderName": "Clinic"} | message for message in messages])
        if told["errors"] is not False:
            raise Refused(200, told)
        require(all(one["code"] == 201 for one in told["items"]), f"what a send is told: {told}")
        return [one["messageUuid"] for one in told["items"]]

    def stop(self, names):
        return self.post("message/stop", {"uuids": names})

    def get(self, path, **query):
        answer = self.session.get(f"{self.base}/{path}", params=query, timeout=20)
        if not answer.ok:
            raise Refused(answer.status_code, answer.json())
        return answer


def moscow(seconds):
    """A local time of Revicom's, so many seconds from now."""
    return at(seconds + 3 * 3600).strftime("%Y-%m-%d %H:%M:%S")


def revicom(base, exchange):
    require("PONG" in requests.get(f"{base}/api/v1/ping", timeout=20).text, "a ping")
    service = LaravelRevicom(base)
    left = service.get("balance").json()
    require(list(left) == ["XXX"], f"a balance: {left}")
    [name] = service.send({"destination": "16505556666", "content": "By Laravel", "externalMessageId": "order-17"})
    until(10, lambda: service.get(f"message/{name}").json()["status"] == "delivered", "the delivery")
    require(exchange.texts("+16505556666") == ["By Laravel"], "what the telephone was sent")
    require(service.get("balance").json()["XXX"] == left["XXX"] - 1, "what is left")
    require(service.get(f"message/{name}").json()["externalMessageId"] == "order-17", "the client's own name of it")
    [bearer] = LaravelRevicom(base, scheme="Bearer").send({"destination": "16505556666", "content": "By a bearer"})
    for (status, code), action in (
            ((401, 4012), lambda: LaravelRevicom(base, "bm9ib2R5Om5vYm9keQ==").stop([name])),
            ((403, 17), lambda: service.send({"destination": "16505556666", "content": "The manticore is loose."})),
            ((400, 4001), lambda: service.send({"destination": "one", "content": "To no number"})),
            ((400, 4002), lambda: service.stop([])),
            ((400, 4002), lambda: service.stop([str(uuid.uuid4())] * 10_001))):
        trouble = refusal(action)
        require((trouble.status, trouble.told[0]) == (status, code), f"expected {code}, got {trouble}")
    require(service.stop([name, bearer]) == {"errors": True, "items": [
        {"messageUuid": name, "code": 403}, {"messageUuid": bearer, "code": 403}]}, "a stop that is too late")


def cascades(base, exchange):
    """A cascade whose first step is refused by the exchange, one that is stopped by its root, and a dispatch."""
    service = LaravelRevicom(base)

    def cascade(number, *texts, **more):
        steps = [{"channelType": "SMS", "senderName": "Clinic", "content": {"text": text},
                  "condition": "not_delivered", "ttl": 600} for text in texts]
        del steps[-1]["condition"]
        told = service.post("message/cascade", [{"destination": number, "cascade": steps} | more])
        require(told["errors"] is False and told["items"][0]["code"] == 201, f"what a cascade is told: {told}")
        return told["items"][0]["messageUuid"]

    def steps(root):
        items = service.get("message", cascade_message_uuid=root).json()["items"]
        require(all(one["cascadeMessageUuid"] == root for one in items), f"whose steps they are: {items}")
        return [one["status"] for one in sorted(items, key=lambda one: one["cascadeStep"])]

    root = cascade("16505550404", "First refused", "Second taken", "Third not needed")
    until(20, lambda: steps(root) == ["undelivered", "delivered", "unsent"], "a cascade's end")
    require(exchange.texts("+16505550404") == ["Second taken"], "what the telephone was sent")
    root = cascade("16505550405", "Never", "Nor this", localSendTime=moscow(86_400))
    require(steps(root) == ["sending", "sending"], "a cascade that waits")
    require(service.stop([root]) == {"errors": False, "items": [{"messageUuid": root, "code": 200}]}, "stopping a root")
    require(steps(root) == ["unsent", "unsent"], "a cascade that was stopped")
    trouble = refusal(lambda: cascade("16505550406", "Well", "The manticore is loose."))
    require((trouble.status, trouble.told[0]) == (403, 17) and trouble.told[1].startswith("Step 2: "), f"refused: {trouble}")

    def dispatch(action, entries=None, number=17):
        answer = service.session.post(f"{service.base}/dispatch/{number}/{action}", json=entries, timeout=20)
        if not answer.ok:
            raise Refused(answer.status_code, answer.json()["error"]["code"])
        return answer.json() if answer.content else None

    added = dispatch("messages", [{"destination": "16505550501"}, {"destination": "none"}, {"destination": "16505550502"}])
    require([one.get("errorCode") for one in added] == [None, 7401, None], f"what is added: {added}")
    require(service.stop([added[2]["messageUuid"]])["items"][0]["code"] == 200, "one of a dispatch is stopped")
    require(dispatch("start") == {"dispatchId": 17}, "a start")
    until(20, lambda: exchange.texts("+16505550501") == ["Flu shots on Monday."], "what a dispatch sends")
    dispatch("messages", [{"destination": "16505550503"}])
    until(20, lambda: exchange.texts("+16505550503") == ["Flu shots on Monday."], "what is added to it later")
    require(dispatch("stop") is None, "a stop has no body")
    require(exchange.texts("+16505550502") == [], "the one that was stopped")
    for expected, action in (
            ((403, 4031), lambda: dispatch("start")), ((403, 4031), lambda: dispatch("stop")),
            ((403, 4031), lambda: dispatch("messages", [{"destination": "16505550501"}])),
            ((404, 4040), lambda: dispatch("start", number=18)), ((404, 4040), lambda: dispatch("stop", number="all"))):
        trouble = refusal(action)
        require((trouble.status, trouble.told) == expected, f"expected {expected}, got {trouble}")


def storm(base, exchange):
    """Ten thousand stopped by one request while eight threads send."""
    service, rival = LaravelRevicom(base), LaravelRevicom(base, base64.b64encode(b"18:another").decode())
    chance = random.Random(17)

    def batch(sender, count, word, **more):
        return sender.send(*(
            {"destination": f"1650777{number:04}", "content": f"{word} {number}"} | more for number in range(count)))

    began = time.monotonic()
    scheduled = [one for _ in range(4) for one in batch(service, 490, "Scheduled", localSendTime=moscow(86_400))]
    foreign = batch(rival, 100, "Foreign", localSendTime=moscow(86_400))
    sent = batch(service, 99, "Sent")
    until(30, lambda: all(exchange.texts(f"+1650777{number:04}") for number in range(99)), "what was sent before")
    print(f"  {len(scheduled) + len(foreign) + len(sent)} messages scheduled and sent in {time.monotonic() - began:.1f} s")
    # These come due while the stop is under way: whatever is said of each must hold.
    due = {name: f"Due in {seconds} {number}" for seconds in (1, 2, 3, 4) for number, name in enumerate(
        batch(service, 20, f"Due in {seconds}", localSendTime=moscow(seconds)))}

    over, told, faults = threading.Event(), [], []

    def rung():
        return Counter(told["text"] for told in list(exchange.taken.values()))

    def send(thread):
        try:
            mine = (LaravelRevicom(base) if thread % 2 else RipRunner(base, "ann", "key-of-ann"))
            number = 0
            while not over.is_set():
                text, to = f"Thread {thread} {number}", f"1650888{thread:04}"
                if thread % 2:
                    mine.send({"destination": to, "content": text})
                else:
                    mine.send(text, contacts=["+" + to])
                told.append(("+" + to, text))
                number += 1
        except Exception as trouble:  # Kept for the script, which is another thread's.
            faults.append(repr(trouble))

    threads = [threading.Thread(target=send, args=(thread,), daemon=True) for thread in range(8)]
    for thread in threads:
        thread.start()
    expected = {name: {200} for name in scheduled} | {name: {200, 202, 403} for name in due}
    expected |= {name: {403} for name in sent} | {name: {404} for name in foreign}
    names = list(expected) + [chance.choice(list(expected)) for _ in range(300)] + ["no uuid"] * 10
    while len(names) < 10_000:
        names.append(str(uuid.UUID(int=chance.getrandbits(128))))
    chance.shuffle(names)
    until(10, lambda: len(told) > 16, "threads under way")
    # Those due in the first second are out: the others come due while the stop is under way.
    until(10, lambda: any(text.startswith("Due in") for text in rung()), "the first that come due")
    began = time.monotonic()
    answer = service.stop(names)
    took = time.monotonic() - began
    # Sent now and due after all of those: once it is out, all of them would have gone, with the threads still under way.
    [last] = batch(service, 1, "After all", localSendTime=moscow(5))
    until(20, lambda: service.get(f"message/{last}").json()["status"] == "delivered", "the last that comes due")
    over.set()
    for thread in threads:
        thread.join(60)
    require(not faults, f"a thread that sends met {faults[:1]}")

    require(answer["errors"] is True, "errors")
    require([one["messageUuid"] for one in answer["items"]] == names, "an item for each name, in order")
    codes = {}
    for item in answer["items"]:
        name, code = item["messageUuid"], item["code"]
        require(code in expected.get(name, {404}), f"{name} is {code}, of {expected.get(name, {404})}")
        require(codes.setdefault(name, code) == code, f"{name} has two endings")
    again = service.stop(scheduled[:5] + foreign[:5])
    require([one["code"] for one in again["items"]] == [200] * 5 + [404] * 5, f"a second stop: {again['items']}")
    for name in scheduled[::97]:
        require(service.get(f"message/{name}").json()["status"] == "unsent", "a stopped message is unsent")
    require(rival.get(f"message/{foreign[0]}").json()["status"] == "sending", "another account's is not stopped")

    # What was said to be stopped has not left; all else has, once.
    hold = {text: codes[name] for name, text in due.items()}
    gone = {text for text, code in hold.items() if code == 403}
    until(60, lambda: all(rung()[text] for _, text in told) and all(rung()[text] for text in gone), "all that was sent")
    texts = rung()
    require(not [text for text in texts if text.startswith(("Scheduled", "Foreign"))], "a stopped message left")
    require(not [text for text, code in hold.items() if code == 200 and texts[text]], "a stopped message left late")
    require(all(texts[text] == 1 for _, text in told) and all(texts[text] == 1 for text in gone), "sent more than once")
    shown = ", ".join(f"{count} × {code}" for code, count in sorted(Counter(one["code"] for one in answer["items"]).items()))
    print(f"  one stop of {len(names)} in {took:.2f} s while {len(told)} sends went out: {shown}; of {len(due)} that came "
          f"due meanwhile {len(gone)} went out")


def main(root):
    exchange = Exchange()
    with serving(root, PEOPLE, exchange.settings, DISPATCHES) as (_, base):
        sendhub(base, exchange)
        print("  SendHub, as its official client, WP-SMS, RipRunner, Node and Ruby call it: as documented")
        personium(base)
        print("  Personium, as personium-client, MyBoard and the home app call it: as documented")
        revicom(base, exchange)
        print("  Revicom, as the Laravel service calls it: as documented")
        cascades(base, exchange)
        print("  cascades and dispatches, as their pages have them: as documented")
        storm(base, exchange)
        until(60, lambda: exchange.texts("+16505550099") == ["By WP-SMS"], "what was refused once")
        require(not exchange.faults, f"a call of the webhook that does not hold: {exchange.faults[:1]}")
        repeated = [calls for calls in exchange.calls.values() if len(calls) > 1]
        require(all(one["text"] == calls[0]["text"] for calls in repeated for one in calls), "a repeat says the same")
        require(all(calls[0]["to"].endswith("99") for calls in repeated), "what was taken was handed over again")
        print(f"  {len(exchange.calls)} messages to telephones, each under one id, and every call signed")


if __name__ == "__main__":
    main(sys.argv[1])
