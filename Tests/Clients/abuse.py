"""Requests to the four smaller APIs that no client would make.

Hypothesis makes them up from good ones: members are left out, doubled or turned into something else, queries and fields
too, and texts are cut or spoilt. Whatever comes, the answer is quick, is no 500, and is in the API's own shape; the
gateway serves on, and its audit log holds.

Usage: abuse.py ROOT   (POSTERN names the program; ROOT is a folder that may be written; ABUSE_REQUESTS is how many are
made, ABUSE_SEED makes others)
"""

import http.client
import json
import os
import re
import ssl
import sys
import time
import uuid
from collections import Counter, defaultdict
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from world import Exchange, Miss, at, person, require, serving, until

REQUESTS = int(os.environ.get("ABUSE_REQUESTS", "2000"))
SEED = int(os.environ.get("ABUSE_SEED", "17"))
SLOWEST = 20
SOME = str(uuid.UUID(int=7))

PEOPLE = [
    person("ann", addressBook=[
        {"name": f"Number {number}", "address": f"+1650555{number:04}"} for number in range(30)] + [
        {"name": "Bob", "address": "bob@dialects.example"}],
        lists=[{"name": f"list-{number}", "members": ["bob@dialects.example"]} for number in range(20)]),
    person("bob"),
]


# What the listener says of its own.
LISTENER = {400: {"A field that may be sent once was sent twice.\n", "The request's target is not well formed.\n"}}


class API:
    """One API: who asks, its good requests, and what its errors look like."""

    def __init__(self, name, prefix, fields, query, wrong):
        self.name, self.prefix, self.fields, self.query, self.wrong = name, prefix, fields, query, wrong


def osdi_error(status, told):
    error = told["osdi:error"]
    return error["response_code"] == status and all(
        isinstance(one["error_code"], str) and one["description"]
        for resource in error["resource_status"] for one in resource["error_descriptions"])


def sendhub_error(status, told):
    return {"message", "code", "error", "moreInfo", "status"} <= set(told) and told["status"] == status


def personium_error(status, told):
    return re.fullmatch(rf"PR{status}-[A-Z]{{2}}-\d{{4}}", told["code"]) and told["message"]["lang"] == "en" \
        and isinstance(told["message"]["value"], str)


def revicom_error(status, told):
    return isinstance(told["error"]["code"], int) and isinstance(told["error"]["msg"], str) and set(told) == {"error"}


OSDI = API("osdi", "/api/v1", {"OSDI-API-Token": "key-of-ann"}, {}, osdi_error)
SENDHUB = API("sendhub", "/v1", {}, {"username": "ann", "api_key": "key-of-ann"}, sendhub_error)
PERSONIUM = API("personium", "/ann", {"Authorization": "Bearer key-of-ann"}, {}, personium_error)
REVICOM = API("revicom", "/api/v1", {"Authorization": "Basic key-of-ann"}, {}, revicom_error)
LATER = at(86_400).strftime("%Y-%m-%dT%H:%M:%S")
ODATA = {"$top": "2", "$skip": "1", "$orderby": "__published desc", "$inlinecount": "allpages", "$format": "json"}


def good(base):
    """Good requests: API, method, path, query and body. NAME and NUMBER stand for what is there."""
    osdi_message = {
        "subject": "Minutes", "body": "<p>All of it.</p>", "name": "Minutes", "from": "Ann", "reply_to": "a@b.example",
        "type": "email", "identifiers": ["script:1"], "origin_system": "Script",
        "targets": [{"href": f"{base}/api/v1/lists/NUMBER"}], "osdi:control": {"return_response": False}}
    osdi_person = {"given_name": "Dora", "family_name": "Dunn", "email_addresses": [{"address": "dora@dialects.example"}],
                   "phone_numbers": [{"number": "+16505550000"}]}
    schedule = {"scheduled_start_date": LATER + "Z", "scheduled_end_date": LATER + "Z"}
    pages = {"page": "1", "per_page": "2"}
    letter = {"BoxBound": False, "InReplyTo": None, "To": f"{base}/bob/", "ToRelation": "list-1", "Type": "message",
              "Title": "Minutes", "Body": "All of it.", "Priority": 3, "RequestRelation": None,
              "RequestRelationTarget": None}
    text = {"contacts": ["+16505550001", 1], "groups": [1], "text": "All of it.", "scheduled_at": LATER + "+0000"}
    sms = {"channelType": "SMS", "senderName": "Clinic", "destination": "16505550001", "content": "All of it.",
           "tags": ["a"], "useLocalTime": False, "localSendTime": LATER.replace("T", " "), "ttl": 600, "hours": [1, 2],
           "days": [1], "shortUrl": False, "callbackUrl": None, "callbackEvents": ["delivered"],
           "externalMessageId": "one"}
    return [
        (OSDI, "GET", "/", {}, None),
        (OSDI, "GET", "/messages", pages | {"filter": "status eq 'draft'"}, None),
        (OSDI, "POST", "/messages", {}, osdi_message),
        (OSDI, "GET", "/messages/NAME", {}, None),
        (OSDI, "PUT", "/messages/NAME", {}, osdi_message),
        (OSDI, "DELETE", "/messages/NAME", {}, None),
        (OSDI, "POST", "/messages/NAME/send", {"dryRun": "1"}, {}),
        (OSDI, "POST", "/messages/NAME/send/", {}, {}),
        (OSDI, "DELETE", "/messages/NAME/send", {}, {}),
        (OSDI, "POST", "/messages/NAME/schedule", {"scheduled_start_date": LATER + "Z"}, schedule),
        (OSDI, "DELETE", "/messages/NAME/schedule", {}, {}),
        (OSDI, "GET", "/people", pages | {"filter": "email_address eq 'bob@dialects.example'"}, None),
        (OSDI, "POST", "/people", {}, osdi_person),
        (OSDI, "POST", "/people", {}, {"person": osdi_person, "add_tags": ["volunteer"]}),
        (OSDI, "GET", "/people/NUMBER", {}, None),
        (OSDI, "PUT", "/people/NUMBER", {}, osdi_person),
        (OSDI, "DELETE", "/people/NUMBER", {}, None),
        (OSDI, "GET", "/lists", pages, None),
        (OSDI, "POST", "/lists", {}, {"name": "A list", "summary": "Of things", "identifiers": ["script:1"]}),
        (OSDI, "PUT", "/lists/NUMBER", {}, {"name": "A list"}),
        (OSDI, "DELETE", "/lists/NUMBER", {}, None),
        (OSDI, "GET", "/lists/NUMBER/items", pages, None),
        (OSDI, "POST", "/lists/NUMBER/items", {}, {
            "person_id": 3, "_links": {"osdi:person": {"href": f"{base}/api/v1/people/3"}}}),
        (OSDI, "DELETE", "/lists/NUMBER/items/NUMBER", {}, None),
        (SENDHUB, "POST", "/messages/", {}, text),
        (SENDHUB, "POST", "/messages", {}, {"contacts": ["+16505550001"], "text": "All of it."}),
        (SENDHUB, "POST", "/messages", {"dryRun": "1"}, text | {"contacts": "+16505550001,2", "groups": "1,2"}),
        (SENDHUB, "GET", "/messages/", {"limit": "2", "offset": "1"}, None),
        (SENDHUB, "GET", "/messages/scheduled", {"limit": "2"}, None),
        (SENDHUB, "GET", "/messages/NUMBER/", {}, None),
        (SENDHUB, "PUT", "/messages/NUMBER/", {}, {"unread": False, "text": "Other"}),
        (SENDHUB, "DELETE", "/messages/NUMBER", {}, None),
        (SENDHUB, "GET", "/contacts/", {"limit": "3", "number": "+16505550001", "name": "Number 1"}, None),
        (SENDHUB, "POST", "/contacts/", {}, {"name": "Dora", "number": "+16505559999"}),
        (SENDHUB, "PUT", "/contacts/NUMBER/", {}, {"name": "Dora", "number": "+16505559998"}),
        (SENDHUB, "DELETE", "/contacts/NUMBER/", {}, None),
        (SENDHUB, "POST", "/groups/", {}, {"name": "Regulars", "slug": "regulars", "text_to_subscribe": True}),
        (SENDHUB, "PUT", "/groups/NUMBER/", {}, {"name": "Regulars", "slug": "regulars", "text_to_subscribe": True}),
        (SENDHUB, "POST", "/groups/NUMBER/contacts", {}, {"add": [1, "2"], "remove": "3,4"}),
        (SENDHUB, "GET", "/groups/NUMBER/contacts", {}, None),
        (SENDHUB, "DELETE", "/groups/NUMBER/", {}, None),
        (SENDHUB, "GET", "/inbox/", {"limit": "2"}, None),
        (PERSONIUM, "POST", "/__message/send", {}, letter),
        (PERSONIUM, "POST", "/__message/send", {}, {"To": f"{base}/bob/", "Title": "Minutes"}),
        (PERSONIUM, "POST", "/__message/send/", {"dryRun": "1"}, letter | {"Type": "req.role.grant",
                                                                          "RequestRelation": "one"}),
        (PERSONIUM, "POST", "/__message/port", {}, letter),
        (PERSONIUM, "POST", "/__message/received/NAME", {}, {"Command": "read"}),
        (PERSONIUM, "GET", "/__ctl/SentMessage", ODATA, None),
        (PERSONIUM, "GET", "/__ctl/ReceivedMessage", ODATA, None),
        (PERSONIUM, "GET", "/__ctl/SentMessage('NAME')", {"$select": "Title"}, None),
        (PERSONIUM, "GET", "/__ctl/ReceivedMessage('NAME')", {}, None),
        (PERSONIUM, "DELETE", "/__ctl/SentMessage('NAME')", {}, None),
        (REVICOM, "POST", "/message", {}, [sms]),
        (REVICOM, "POST", "/message", {}, [{name: sms[name] for name in list(sms)[:4]}]),
        (REVICOM, "POST", "/message", {"dryRun": "1"}, [sms, {
            "channelType": "WHATSAPP", "senderName": "Clinic", "destination": "16505550001",
            "callbackUrl": "https://callbacks.example/", "content": {"contentType": "text", "text": "All of it."}}]),
        (REVICOM, "POST", "/message/stop", {}, {"uuids": [SOME, "NAME"]}),
        (REVICOM, "GET", "/message", {"page": "1", "per_page": "2", "status": "sending", "ready_to_stop": "true",
                                      "time_from": LATER + "Z", "sort": "-createdTime", "message_uuid": SOME}, None),
        (REVICOM, "GET", "/message/NAME", {}, None),
        (REVICOM, "GET", "/balance", {}, None),
        (REVICOM, "GET", "/ping", {}, None),
        (REVICOM, "POST", "/message/cascade", {}, [{"destination": "16505550001", "cascade": []}]),
        (REVICOM, "POST", "/dispatch/17/messages", {}, [sms]),
    ]


WORDS = ["", " ", "0", "-1", "true", "null", "2147483648", "9" * 40, "1e400", "\u0000", "\ud83d\ude00" * 3, "é\u0301", "%", "'",
         "\"", "../..", "a" * 3000, "\u202e", "\r\n", "manticore", "+", ",", "1 or 1 eq 1", "2026-02-30T25:61:61Z"]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.sampled_from([0, -1, 1, 3, 2**31, 2**63, 10**30, 1.5, -0.0, 1e300]),
    st.sampled_from(WORDS), st.text(max_size=12))
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6)
RAW = [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"{\"a\":1}x", b"[" * 3000, b"{\"a\":\"\\ud800\"}",
       b"{\"text\":1,\"text\":2}", b"\x00" * 50, b"a=1&b=2", b"{\"a\":" * 200 + b"1" + b"}" * 200, b"\x1f\x8b\x08\x00",
       b"{\"text\":\"" + b"a" * 70_000 + b"\"}"]
FIELDS = [
    ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Type", "application/json;"),
    ("Content-Type", "text/plain; charset=utf-16"), ("Content-Type", "multipart/form-data; boundary=x"), ("Content-Type", ";"),
    ("Content-Encoding", "gzip"), ("Accept", "application/problem+json"), ("Accept", "text/html"), ("Accept", "*/*;q=x"),
    ("Accept", "é"), ("X-HTTP-Method-Override", "DELETE"), ("X-HTTP-Method-Override", "é"), ("X-Override", "Accept: text/xml"),
    ("X-Override", "Authorization: Bearer key-of-bob"), ("X-Override", ":"), ("X-Forwarded-Host", "elsewhere.example"),
    ("If-Match", "*"), ("If-Match", "W/\"1-1\""), ("Origin", "https://elsewhere.example"), ("Idempotency-Key", "x" * 300),
    ("Access-Control-Request-Headers", "a\tb,\"c\""), ("Authorization", "Bearer key-of-bob"), ("Authorization", "Basic %%%"),
    ("Authorization", "Bearer " + "x" * 2000), ("OSDI-API-Token", "key-of-bob"), ("OSDI-API-Token", ""),
    ("x-sm-session-token", "session-of-bob"), ("Cookie", "p_cookie=1; ss-id=2"),
    ("Accept-Language", "tlh"), ("Range", "bytes=0-"), ("Prefer", "return=minimal")]


def places(value, way=()):
    """Each place in a value."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*way, key))


def changed(value, way, what, new):
    """A value with one place of it taken out, doubled or replaced."""
    if not way:
        return new if what == "replace" else [value, value] if what == "double" else None
    key, rest = way[0], way[1:]
    copy = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[key] = changed(copy[key], rest, what, new)
    elif what == "replace":
        copy[key] = new
    elif what == "remove":
        del copy[key]
    elif isinstance(copy, dict):
        copy[f"{key} "], copy[str(key).upper()] = copy[key], new
    else:
        copy.insert(key, copy[key])
    return copy


@st.composite
def attempts(draw, api, method, path, query, body, names, numbers):
    """One request, spoilt in up to four ways."""
    fields, pairs = dict(api.fields), list((api.query | query).items())
    ways = draw(st.lists(st.sampled_from(
        ["member", "member", "member", "query", "query", "field", "field", "raw", "path", "method"]), max_size=4))
    fill = draw(st.sampled_from(names)), str(draw(st.sampled_from(numbers)))
    path = path.replace("NAME", fill[0]).replace("NUMBER", fill[1])
    content, extra = body, []
    for way in ways:
        if way == "member" and content is not None:
            place = draw(st.sampled_from(list(places(content))))
            content = changed(content, place, draw(st.sampled_from(["replace", "replace", "remove", "double"])),
                              draw(VALUES))
        elif way == "query":
            if pairs and draw(st.booleans()):
                index = draw(st.integers(0, len(pairs) - 1))
                pairs[index] = (pairs[index][0], draw(st.sampled_from(WORDS)))
            else:
                pairs.insert(draw(st.integers(0, len(pairs))), draw(st.sampled_from(
                    [("dryRun", "1"), ("dryRun", "maybe"), ("page", "99999999999"), ("filter", "(("), ("$filter", "1"),
                     ("$top", "x"), ("limit", "0"), ("offset", "-1"), ("username", "bob"), ("", ""), ("a[]", "1"),
                     ("osdi-api-token", "key-of-bob"), ("status", "sent"), ("$format", "xml"), ("%", "%")])))
        elif way == "field":
            extra.append(draw(st.sampled_from(FIELDS)))
        elif way == "path":
            path = draw(st.sampled_from([path + "/", path + "/x", path + "//", path.upper(), path + "%00", path + "%2f",
                                         path + ";a=b", path + "a", path.replace("/", "//")]))
        elif way == "method":
            method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]))
    text = b"" if content is None else json.dumps(content).encode().replace(b"NAME", fill[0].encode()).replace(
        b"NUMBER", fill[1].encode())
    if "raw" in ways:
        # Too large a body for what is nobody's is answered by the listener.
        text = draw(st.one_of(st.sampled_from(RAW[:-1] if "path" in ways else RAW), st.binary(max_size=40), st.integers(0, len(text)).map(
            lambda end: text[:end])))
    target = quote(api.prefix + path, safe="/%;()'")
    if pairs:
        target += "?" + "&".join(f"{quote(name, safe='%')}={quote(value.encode('utf-8', 'replace'), safe='%')}"
                                 for name, value in pairs)
    if text and not any(name == "Content-Type" for name, _ in extra):
        fields["Content-Type"] = "application/json"
    return method, target, list(fields.items()) + extra, text


class Line:
    """One connection, opened again when it was closed."""

    def __init__(self, gateway):
        self.port, self.connection = gateway.port, None
        self.context = ssl.create_default_context(cafile=gateway.authority)

    def ask(self, method, target, fields, content):
        for last in (False, True):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPSConnection(
                    "localhost", self.port, timeout=SLOWEST, context=self.context)
            try:
                self.connection.putrequest(method, target, skip_accept_encoding=True)
                for name, value in fields:
                    self.connection.putheader(name, value.encode())
                if content or method in ("POST", "PUT", "PATCH"):
                    self.connection.putheader("Content-Length", str(len(content)))
                self.connection.endheaders(content or None)
                answer = self.connection.getresponse()
                told = answer.read()
                if answer.will_close:
                    self.close()
                return answer, told
            except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
                # A line that lay idle may have been closed; a new one must hold.
                self.close()
                require(not (fresh or last), f"no answer to {method} {target}")

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def judge(api, method, target, answer, told):
    """Requires what every answer must keep."""
    status, kind = answer.status, answer.headers["Content-Type"]
    what = f"{method} {target} is answered {status}, {kind}: {told[:300]!r}"
    # What an API has and Postern has not is said to be so.
    known = status == 501 and ("/port" in target or "/cascade" in target or "/dispatch" in target)
    require(status < 500 or status == 503 or known, what)
    require(kind or status in (204, 304) or (method in ("HEAD", "OPTIONS") and not told), f"no type: {what}")
    require(b"key-of-" not in told, f"a key in the answer: {what}")
    if status < 400 or method == "HEAD":
        return
    if kind.startswith("text/plain"):
        # What is no good HTTP is the listener's to say, whatever lies at the path: fields twice, targets that are none.
        require(status in LISTENER and told.decode() in LISTENER[status], f"plain text: {what}")
        return
    require(answer.headers["X-Content-Type-Options"] == "nosniff", f"no nosniff: {what}")
    try:
        error = json.loads(told)
        if kind.startswith("application/problem+json"):
            holds = error["status"] == status and error["title"]
        elif "responseStatus" in error and (api is OSDI or status in (404, 405)):
            # Without a token what lies at OSDI's paths is Secure Messaging's, and so is what is nobody's.
            holds = error["responseStatus"]["errorCode"]
        else:
            holds = api.wrong(status, error)
    except (ValueError, KeyError, TypeError) as trouble:
        holds = False
        what += f" ({trouble!r})"
    require(holds, f"not the API's own error: {what}")


def alive(line, names):
    """Each API does what it should, after whatever came."""
    for api, target in ((OSDI, "/api/v1/messages"), (SENDHUB, "/v1/messages/?username=ann&api_key=key-of-ann"),
                        (PERSONIUM, "/ann/__ctl/SentMessage"), (REVICOM, "/api/v1/message")):
        answer, told = line.ask("GET", target, list(api.fields.items()), b"")
        require(answer.status == 200 and json.loads(told), f"{api.name} answers {answer.status} afterwards: {told[:200]}")


def main(root):
    with serving(root, PEOPLE, Exchange().settings) as (gateway, base):
        line, counts, slowest, misses = Line(gateway), defaultdict(Counter), 0.0, {}
        gateway.load({"accounts": [], "messages": [
            {"guid": str(uuid.UUID(int=number)), "owner": owner, "to": [to], "subject": "Minutes", "body": "All of it.",
             "sent": number % 3 == 0}
            for number in range(1, 61)
            for owner, to in [("ann@dialects.example", "bob@dialects.example")][::1 if number % 2 else -1]]})
        names = [str(uuid.UUID(int=number)) for number in range(1, 61)] + [uuid.UUID(int=9).hex, "x", "0", "%27", "a" * 200]
        numbers = [*range(1, 31), 0, -1, 2**63, "01", "x", "%31"]
        routes = good(base)
        for place, (api, method, path, query, body) in enumerate(routes):
            @seed(SEED + place)
            @settings(max_examples=-(-REQUESTS // len(routes)), database=None, deadline=None, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck))
            @given(attempts(api, method, path, query, body, names, numbers))
            def abuse(attempt):
                nonlocal slowest
                began = time.monotonic()
                answer, told = line.ask(*attempt)
                slowest = max(slowest, time.monotonic() - began)
                counts[api.name][answer.status] += 1
                try:
                    judge(api, *attempt[:2], answer, told)
                except Miss as miss:
                    # One of each kind, so that all kinds are known.
                    misses.setdefault((place, answer.status, str(miss).split(":")[0][:20]), (miss, attempt))

            abuse()
        found = "\n".join(f"{miss}\n    {attempt}"[:1500] for miss, attempt in misses.values())
        require(not misses, f"{len(misses)} kinds of answers that do not hold:\n{found}")
        line.close()
        alive(line, names)
        require(gateway.alive() and gateway.health()[0] == 200, "the gateway is not well")
        until(20, lambda: gateway.health()[0] == 200, "health")
        for name, statuses in counts.items():
            shown = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
            print(f"  {name}: {shown}")
            require(any(status < 300 for status in statuses), f"nothing was done by {name}")
        total = sum(sum(statuses.values()) for statuses in counts.values())
        print(f"  {total} requests of {len(routes)} kinds, each answered within {slowest:.2f} s and in its API's shape")


if __name__ == "__main__":
    main(sys.argv[1])
