"""Races: many sends against a small quota, one draft sent many times at once, content changed under the send."""

import http.client
import json
import random
import threading
import time
import uuid

from clients import Client, Outcome, Tally
from gateway import RECIPIENT, TOKEN, require
from h2 import H2Client

SENDS, QUOTA = 200, 50


def _head(path, token, body, gateway):
    return (f"PUT {path} HTTP/1.1\r\nHost: localhost:{gateway.port}\r\nContent-Type: application/json\r\n"
            f"x-sm-session-token: {token}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def _all_at_once(gateway, requests):
    """Sends whole requests over a connection each, holding every last byte back until all are ready."""
    sockets, answers = [], [None] * len(requests)
    for request in requests:
        client = Client(gateway)
        connection = client.connect()
        connection.sock.sendall(request[:-1])
        sockets.append(connection)
    barrier = threading.Barrier(len(requests))

    def finish(number):
        connection = sockets[number]
        barrier.wait()
        connection.sock.sendall(requests[number][-1:])
        answer = http.client.HTTPResponse(connection.sock, method="PUT")
        try:
            answer.begin()
            answer.read()
            answers[number] = (answer.status, answer.getheader("postern-decision"))
        except (OSError, http.client.HTTPException):
            answers[number] = (0, None)
        connection.close()

    threads = [threading.Thread(target=finish, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def _quota_people(gateway, number):
    """A sender of their own with a quota of 50, and drafts."""
    address, token = f"fifty-{number}@torture.example", f"torture-fifty-{number}"
    names = [str(uuid.uuid4()) for _ in range(SENDS)]
    gateway.load({
        "accounts": [{"address": address, "group": "fifty", "tokens": [{"token": token}], "contacts": [RECIPIENT]}],
        "messages": [{"guid": n, "owner": address, "to": [RECIPIENT], "subject": "Race", "body": n} for n in names]})
    return address, token, names


def quota(room, report):
    """200 sends at once against a quota of 50: exactly 50, never a 5xx; over HTTP/1.1 and HTTP/2."""
    gateway = room.gateway()
    gateway.people()
    gateway.start()
    for number in report.each():
        for protocol in ("h1", "h2"):
            address, token, names = _quota_people(gateway, f"{protocol}-{number}")
            paths = [f"/api/v1/messages/{name}/send" for name in names]
            body = b'{"sendEmailNotification":false}'
            if protocol == "h1":
                answers = _all_at_once(gateway, [_head(path, token, body, gateway) for path in paths])
            else:
                # The streams one connection may have, all opened with their last frame held back.
                answers = []
                clients = [H2Client(gateway) for _ in range(2)]
                for index, client in enumerate(clients):
                    client.prepare(paths[index * 100:index * 100 + 100], token, body)
                threads = [threading.Thread(target=client.release) for client in clients]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(60)
                for client in clients:
                    answers += [(status, None) for status in client.statuses]
                    client.close()
            statuses = [status for status, _ in answers]
            accepted = statuses.count(200)
            require(accepted == QUOTA, f"{accepted} of {SENDS} sends over {protocol} accepted")
            odd = [s for s in statuses if s not in (200, 403)]
            require(not odd, f"answers over {protocol} besides 200 and 403: {odd[:5]}")
            used = gateway.ask(
                "SELECT sum(messages) FROM quotas q JOIN accounts a ON a.id = q.account WHERE a.address = ?", address)
            require(used[0][0] == QUOTA, f"the quota says {used}")
            sent = gateway.ask(
                "SELECT count(*) FROM messages m JOIN accounts a ON a.id = m.owner WHERE a.address = ? AND state = 1",
                address)
            require(sent[0][0] == QUOTA, f"{sent[0][0]} messages were sent")
    gateway.wait_delivered()
    gateway.verify_audit()


def same_draft(room, report):
    """One draft sent 20 times at once: delivered and charged once, the same answer to everybody."""
    gateway = room.gateway()
    gateway.people()
    gateway.start()
    tally = Tally()
    for _ in report.each():
        name = gateway.drafts(1)[0]
        request = _head(f"/api/v1/messages/{name}/send", TOKEN, b'{"sendEmailNotification":false}', gateway)
        answers = _all_at_once(gateway, [request] * 20)
        require(all(status == 200 for status, _ in answers), f"answers were {[s for s, _ in answers]}")
        decisions = {decision for _, decision in answers}
        require(len(decisions) == 1, f"{len(decisions)} different decisions were named")
        tally.note(name, Outcome(status=200, decision=decisions.pop()))
    gateway.check(tally, Client(gateway))
    gateway.verify_audit()


def swapped_content(room, report):
    """A draft's text is changed while it is sent: what leaves is what was judged."""
    gateway = room.gateway()
    gateway.people()
    gateway.start()
    clients = [Client(gateway) for _ in range(4)]
    saver = Client(gateway)
    for client in clients + [saver]:
        client.connect()
    fields = {"x-sm-session-token": TOKEN, "Content-Type": "application/json"}
    for number in report.each():
        # Half of the rounds go the other way: a forbidden text that becomes harmless.
        bad_first = number % 2 == 1
        texts = ["a forbiddenword here", "good"] if bad_first else ["good", "a forbiddenword here"]
        name = gateway.drafts(1, body=texts[0])[0]
        start = threading.Barrier(5)
        outcomes = [None] * 4

        def save():
            start.wait()
            time.sleep(random.uniform(0, 0.012))
            content = {"to": [RECIPIENT], "subject": "Torture", "body": texts[1], "bodyFormat": "Text"}
            status, _, _ = saver.request("PUT", f"/api/v1/messages/{name}/save", json.dumps(content), fields)
            require(status in (200, 404), f"a save was answered {status}")

        def send(index):
            start.wait()
            outcomes[index] = clients[index].send(name)

        threads = [threading.Thread(target=save)] + [
            threading.Thread(target=send, args=(index,)) for index in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        status, _, answer = saver.request("GET", f"/api/v1/messages/{name}", headers=fields)
        require(status == 200, f"the sender's own copy was answered {status}")
        message = json.loads(answer)
        accepted = [outcome for outcome in outcomes if outcome.accepted]
        sent = message["status"] != "Draft"
        if sent:
            require("forbiddenword" not in message["body"], "a text that was never judged good was sent")
            report.add("sent")
        require(bool(accepted) == sent, f"answers {[o.status for o in outcomes]} and sent {sent}")
        require(all(o.status in (200, 403) for o in outcomes), f"answers were {[o.status for o in outcomes]}")
        require(len({o.decision for o in accepted}) <= 1, "different decisions were named")
        report.add("refused", sum(o.status == 403 for o in outcomes))
    gateway.wait_delivered()
    gateway.verify_audit()


TORTURES = {
    "quota": (quota, 20),
    "same-draft": (same_draft, 100),
    "swapped-content": (swapped_content, 200),
}
