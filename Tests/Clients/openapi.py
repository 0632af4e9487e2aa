"""The gateway's own description of its API, read and tried by tools that nobody here wrote.

`openapi-spec-validator` judges the document; `schemathesis` makes requests of it, good ones and bad ones, and holds
each answer against it.

Usage: openapi.py ROOT   (POSTERN names the program; ROOT is a folder that may be written; OPENAPI_EXAMPLES is how many
requests are made up for each operation beside those that the document's bounds suggest; with OPENAPI_SEED they are
others each time it is another)
"""

import json
import os
import subprocess
import sys
import uuid
from collections import Counter, defaultdict

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

# What this machine trusts is no matter here, and would stand before what the session is told to trust.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Torture"))

from gateway import Gateway, require, until  # noqa: E402

EXAMPLES = os.environ.get("OPENAPI_EXAMPLES", "15")
SEED = os.environ.get("OPENAPI_SEED")
ANN, BOB = "ann@openapi.example", "bob@openapi.example"
PASSWORD = "her own"
# How many of each kind there are. Most requests leave things as they are, and what was sent may be sent again.
COUNT = 25
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth",
    "error_code_conformance",
)

POLICY = """
version: 1
timeZone: UTC
defaultGroup: staff
attempts: {warnAfter: 1000, lockAfter: 1000, burnAfter: 100000}
login: {lockAfter: 1000, lockFor: 1s}
groups:
  staff:
    dailyMessages: 1000
    dailyInvites: 10
    recipientLimit: 10
    fyeo: yes
    confidential: yes
    reply: yes
    replyAll: yes
    forward: yes
    mayWriteTo: anyone
    expiry: {allowed: yes}
    inviting: {allowed: yes}
    challenge: {required: no}
    keywordLists: []
"""


class Person:
    """Somebody signed in."""

    def __init__(self, gateway, address):
        self.base = f"https://localhost:{gateway.port}"
        self.authority = gateway.authority
        self.headers = {}
        self.token = self.ask("POST", "login", username=address, password=PASSWORD)["sessionToken"]
        self.headers = {"x-sm-session-token": self.token}

    def ask(self, method, path, query=None, content=None, **body):
        sent = {"files": {"upload": content}} if content else {"json": body} if body else {}
        answer = requests.request(
            method, f"{self.base}/api/v1/{path}", params=query, verify=self.authority, timeout=20,
            headers=self.headers, **sent)
        require(answer.status_code == 200, f"{method} {path} was answered {answer.status_code}: {answer.text}")
        return answer.json()

    def draft(self, to, **more):
        guid = self.ask("POST", "messages", actionCode="New")["messageGuid"]
        self.ask("PUT", f"messages/{guid}/save", to=[to], subject="Minutes", body="All of it.", **more)
        return guid

    def send(self, guid, **more):
        self.ask("PUT", f"messages/{guid}/send", sendEmailNotification=False, **more)
        return guid

    def attach(self, guid, whole):
        plan = self.ask("POST", "attachments/precreate", messageGuid=guid, attachmentPlaceholders=[
            {"fileName": "minutes.txt", "totalBytesLength": 5}])
        file = plan["attachmentPlaceholders"][0]["attachmentGuid"]
        if whole:
            self.ask("POST", f"attachments/{file}/chunk/1", content=b"whole")
        return file


def prepare(gateway):
    """Makes what requests can be about, and writes it down for the hooks; returns Ann and where that is."""
    ann, bob = Person(gateway, ANN), Person(gateway, BOB)

    def some(make):
        return [make(number) for number in range(COUNT)]

    other, third = (some(lambda _: ann.draft(BOB)) for _ in range(2))
    sealed = {"messageOptions": {"fyeoType": "UniquePassword"}}
    drafts = some(lambda n: ann.draft(BOB, **sealed if n % 3 == 0 else {}))
    received = some(lambda _: bob.send(bob.draft(ANN)))
    files, holders = some(lambda n: ann.attach(other[n], True)), other
    labels, doomed = (
        some(lambda n: ann.ask("POST", "labels", name=f"{word} {n}")["labelGuid"]) for word in ("Label", "Doomed"))
    secret = ann.send(ann.draft(BOB, **sealed), password="over the phone")
    until(30, lambda: bob.ask("GET", "messages/search", query={"filter": "{types:[Inbox]}"})["totalItems"] > 0
          and ann.ask("GET", "messages/search", query={"filter": "{types:[Inbox]}"})["totalItems"] == COUNT,
          "the messages' arrival")

    def things(**columns):
        return [dict(zip(columns, row)) for row in zip(*columns.values())]

    pairs = things(messageGuid=holders, attachmentGuid=files)
    named = some(lambda n: f"Ann's {n}")
    for name in named:
        ann.ask("POST", "messages", actionCode="New", externalMessageId=name)
    world = {
        "any": things(messageGuid=received, attachmentGuid=files, labelGuid=labels, parentGuid=received),
        "GetMessage": things(messageGuid=[received[0], secret]),
        "SendMessage": things(messageGuid=drafts),
        "SaveMessage": things(messageGuid=third),
        "PreCreateAttachments": things(messageGuid=third),
        "SaveMessageExt": things(externalMessageId=named),
        "RecallMessage": things(messageGuid=some(lambda _: ann.send(ann.draft(BOB)))),
        "DeleteMessage": things(messageGuid=some(lambda _: ann.draft(BOB))),
        "UploadAttachmentChunk": things(attachmentGuid=some(lambda n: ann.attach(third[n], False))),
        "LinkAttachment": things(messageGuid=third, attachmentGuid=files),
        "RemoveAttachment": pairs[:8], "UnLinkAttachment": pairs[8:16],
        **dict.fromkeys(("DownloadAttachment", "DownloadAttachmentChunk", "GetAttachment"), pairs[16:]),
        "UpdateLabel": [
            {"labelGuid": label} | ({"name": f"Renamed {n}"} if n % 2 else {}) for n, label in enumerate(labels)],
        "DeleteLabel": things(labelGuid=doomed),
        "Login": [{"username": ANN, "password": PASSWORD}, {"username": ANN}],
        "Authenticate": [
            {"authenticationToken": bob.ask("GET", "user/authenticationtoken")["authenticationToken"]}, {}],
    }
    path = os.path.join(gateway.root, "known.json")
    with open(path, "w") as file:
        json.dump({
            "things": world, "token": ann.token, "base": ann.base, "authority": ann.authority,
            "login": {"username": ANN, "password": PASSWORD, "cookieless": True},
            "answers": os.path.join(gateway.root, "answers"),
        }, file)
    return ann, path


def try_everything(gateway, ann, known):
    settings = os.path.join(gateway.root, "schemathesis.toml")
    with open(settings, "w") as file:
        # The token is the hooks' to give. QUERY is missing from the methods: the listener calls unknown ones malformed
        # (decision 0001 of PosternListener), and does not know that one.
        file.write(
            '[generation]\nwith-security-parameters = false\ndatabase = "none"\n'
            '[phases.coverage]\nunexpected-methods = ["get", "put", "post", "delete", "patch", "options", "trace"]\n')
    chance = ["--seed", SEED] if SEED else ["--generation-deterministic"]
    return subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", f"{ann.base}/openapi.json",
         "--url", ann.base, "--tls-verify", ann.authority, "--checks", ",".join(CHECKS), "--mode", "all",
         "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, *chance, "--continue-on-failure",
         "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off", "--no-color"],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": HERE, "OPENAPI_WORLD": known},
        cwd=gateway.root, capture_output=True, text=True)


def answers(gateway):
    """How often each operation was answered with each status."""
    counts = defaultdict(Counter)
    with open(os.path.join(gateway.root, "answers")) as file:
        for line in file:
            name, status = line.split()
            counts[name][int(status)] += 1
    return counts


def main(root):
    gateway = Gateway(root)
    with open(os.path.join(gateway.policy, "policy.yaml"), "w") as file:
        file.write(POLICY)
    gateway.load({"accounts": [
        {"address": address, "name": name, "group": "staff", "password": PASSWORD}
        for address, name in ((ANN, "Ann Archer"), (BOB, "Bob Bell"))]})
    gateway.start()
    try:
        document = requests.get(
            f"https://localhost:{gateway.port}/openapi.json", verify=gateway.authority, timeout=20).json()
        OpenAPIV31SpecValidator(document).validate()
        names = sorted(
            operation["operationId"] for path in document["paths"].values() for operation in path.values())
        print(f"  /openapi.json: OpenAPI {document['openapi']}, {len(names)} operations")
        ann, known = prepare(gateway)
        run = try_everything(gateway, ann, known)
        counts = answers(gateway)
        for name in names:
            statuses = ", ".join(f"{count} × {status}" for status, count in sorted(counts[name].items()))
            print(f"  {name}: {statuses}")
        require(run.returncode == 0, f"schemathesis found something:\n{run.stdout}{run.stderr}")
        never = [name for name in names if not counts[name][200]]
        require(not never, f"nothing was done by {', '.join(never)}")
        require(ann.ask("GET", "user/settings")["emailAddress"] == ANN, "the session is still Ann's")
        total = sum(sum(counts[name].values()) for name in names)
        print(f"  {total} requests, and every answer as the document says")
    finally:
        gateway.terminate()
    gateway.verify_audit()


if __name__ == "__main__":
    main(sys.argv[1])
