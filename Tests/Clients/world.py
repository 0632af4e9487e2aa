"""What the scripts about the dialects have in common: people, a policy, a gateway, mailboxes and a telephone exchange."""

import base64
import contextlib
import datetime
import http.server
import os
import socket
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
# What this machine trusts is no matter here; each script trusts the authority of the gateway it started.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)
sys.path.insert(0, os.path.join(HERE, "..", "Torture"))

import requests  # noqa: E402
from gateway import Gateway, Miss, require, until  # noqa: E402, F401
from standardwebhooks import Webhook  # noqa: E402

SECRET = "whsec_" + base64.b64encode(b"what both sides of it know").decode()

POLICY = """
version: 1
timeZone: UTC
defaultGroup: staff
attempts: {warnAfter: 1000, lockAfter: 1000, burnAfter: 100000}
keywordLists:
  secrets: {file: secrets.txt, parts: [subject, body], threshold: 1}
groups:
  staff:
    dailyMessages: 100000
    dailyInvites: 5
    recipientLimit: 100
    fyeo: yes
    confidential: yes
    reply: yes
    replyAll: yes
    forward: yes
    mayWriteTo: anyone
    phones: {allowed: yes, prefixes: [+1650, +41]}
    expiry: {allowed: no}
    inviting: {allowed: no}
    challenge: {required: no}
    keywordLists: all
"""


def person(name, **more):
    """An account with a handle, a key that lasts and a session, all told by the name."""
    return {
        "address": f"{name}@dialects.example", "name": f"{name.title()} Tester", "group": "staff", "handle": name,
        "tokens": [{"token": f"key-of-{name}", "lasting": True}, {"token": f"session-of-{name}"}],
    } | more


@contextlib.contextmanager
def serving(root, accounts, settings=None, dispatches=()):
    """A gateway that serves a world; at the end it must stop when asked, and its audit log must verify."""
    # Links name the portal, and are followed here: its port must be known beforehand.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    gateway = Gateway(root, settings={
        "audit-origin": "dialects.example/audit", "listener-port": str(port),
        "portal-address": f"https://localhost:{port}/"} | (settings or {}))
    for name, text in (("policy.yaml", POLICY), ("secrets.txt", "manticore\n")):
        with open(os.path.join(gateway.policy, name), "w") as file:
            file.write(text)
    gateway.load({"accounts": accounts, "dispatches": list(dispatches)})
    gateway.start()
    os.environ["REQUESTS_CA_BUNDLE"] = gateway.authority
    try:
        yield gateway, f"https://localhost:{gateway.port}"
    except BaseException:
        gateway.kill()
        raise
    code, _ = gateway.terminate()
    require(code == 0, f"the gateway ended with {code}")
    gateway.verify_audit()


def mailbox(base, name):
    """All messages in somebody's mailbox, by GUID, read through the Secure Messaging API."""
    found, page = {}, 1
    while True:
        answer = requests.get(
            f"{base}/api/v1/messages/search", timeout=20, headers={"x-sm-session-token": f"session-of-{name}"},
            params={"filter": "{types:[Inbox]}", "page": page, "pageSize": 100})
        require(answer.status_code == 200, f"a search was answered {answer.status_code}: {answer.text}")
        results = answer.json()["results"]
        for one in results:
            require(one["guid"] not in found, f"{one['guid']} is twice in {name}'s mailbox")
            found[one["guid"]] = one
        if len(results) < 100:
            return found
        page += 1


def subjects(base, name):
    """The subjects in somebody's mailbox, each as often as it is there."""
    return sorted(one["subject"] for one in mailbox(base, name).values())


def at(seconds):
    """A time from now, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)


class Exchange:
    """Takes messages to telephones over a webhook, and lets none through that is not signed.

    Each call is checked by the Standard Webhooks library; what a number that ends in 99 is sent is refused once, so
    that it must come again under the same id, and a text that begins with "First refused" is refused for good.
    """

    def __init__(self):
        self.calls, self.taken, self.faults = {}, {}, []
        lock, webhook, exchange = threading.Lock(), Webhook(SECRET), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                content = self.rfile.read(length)
                if len(content) < length:
                    # Whoever calls was killed while it spoke: that is no call, signed or not.
                    self.close_connection = True
                    return
                status = 204
                try:
                    told = webhook.verify(content, dict(self.headers))
                    require(self.headers["Idempotency-Key"] == self.headers["webhook-id"] == told["id"], "one id")
                    with lock:
                        calls = exchange.calls.setdefault(told["id"], [])
                        calls.append(told)
                        if told["to"].endswith("99") and len(calls) == 1:
                            status = 503
                        elif told["text"].startswith("First refused"):
                            status = 400
                        else:
                            exchange.taken[told["id"]] = told
                except Exception as trouble:  # Kept for the script, which is another thread's.
                    exchange.faults.append(repr(trouble))
                    status = 400
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.settings = {
            "webhook-url": f"http://127.0.0.1:{self.server.server_port}/sms", "webhook-secret": SECRET}

    def texts(self, number):
        """What reached a telephone, each as often as it rang."""
        return sorted(told["text"] for told in list(self.taken.values()) if told["to"] == number)
