"""The life of a draft, through a client library that nobody here wrote.

`servicestack` is ServiceStack's own Python client. It finds each operation by the request's name, under `/api/` or under
`/json/reply/`; both are tried. What it cannot do, uploading chunks and streaming downloads, `requests` does.

Usage: life.py ROOT   (POSTERN names the program; ROOT is a folder that may be written)
"""

import base64
import os
import sys

import requests
from servicestack import JsonServiceClient, WebServiceException

# What this machine trusts is no matter here, and would stand before what the session is told to trust.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Torture"))

from dtos import *  # noqa: E402,F403
from gateway import Gateway, require, until  # noqa: E402

WORLD = """
version: 1
accounts:
  - {address: ann@life.example, name: Ann Archer, group: staff, password: ann's own}
  - {address: bob@life.example, name: Bob Bell, group: staff, password: bob's own}
"""

POLICY = """
version: 1
timeZone: UTC
defaultGroup: staff
attempts: {warnAfter: 2, lockAfter: 3, burnAfter: 20}
groups:
  staff:
    dailyMessages: 100
    dailyInvites: 5
    recipientLimit: 10
    fyeo: yes
    confidential: yes
    reply: yes
    replyAll: yes
    forward: yes
    mayWriteTo: anyone
    expiry: {allowed: no}
    inviting: {allowed: yes}
    challenge: {required: no}
    keywordLists: []
"""


class Person:
    """One person's client: signed in, with the token in the header that every vendor client sends."""

    def __init__(self, gateway, style, address, password):
        self.base = f"https://localhost:{gateway.port}"
        self.client = JsonServiceClient(self.base)
        self.client.set_base_path(style)
        self.client._session.verify = gateway.authority
        token = self.client.post(Login(username=address, password=password)).session_token
        self.client._session.cookies.clear()
        self.headers = {"x-sm-session-token": token}
        self.client.headers |= self.headers
        self.authority = gateway.authority

    def web(self, method, path, **more):
        return requests.request(
            method, path if path.startswith("https") else self.base + path, verify=self.authority, timeout=20,
            headers=self.headers | more.pop("headers", {}), **more)

    def with_password(self, password):
        header = base64.b64encode(password.encode()).decode() if password else None
        self.client.headers.pop("x-sm-password", None)
        if header:
            self.client.headers["x-sm-password"] = header


def refused(code, action):
    """An action that must be answered with a documented code."""
    try:
        action()
    except WebServiceException as trouble:
        got = trouble.response_status.error_code if trouble.response_status else repr(trouble.inner_exception)
        require(got == code, f"expected {code}, got {got}")
    else:
        require(False, f"expected {code}, and it was done")


def write(person, to, subject, body, options=None, action="New", parent=None, password=None):
    client = person.client
    guid = client.post(
        PreCreateMessage(action_code=action, parent_guid=parent, password=password)).message_guid
    client.put(SaveMessage(
        message_guid=guid, to=to, subject=subject, body=body, body_format="Text", message_options=options))
    return guid


def inbox(person):
    page = person.client.get(SearchMessages(page=1, page_size=50, filter="{types:[Inbox]}"))
    return {message.guid: message for message in page.results}


def arrived(person, guid):
    until(10, lambda: guid in inbox(person), "the message's arrival")


def attach(person, guid, name, content):
    plan = person.client.post(PreCreateAttachments(
        message_guid=guid,
        attachment_placeholders=[Placeholder(file_name=name, total_bytes_length=len(content))]))
    placeholder = plan.attachment_placeholders[0]
    for chunk in reversed(placeholder.chunks):
        part = content[chunk.byte_start_index:chunk.byte_end_index]
        require(len(part) == chunk.bytes_size, "the placeholder's arithmetic")
        path = chunk.upload_uri[chunk.upload_uri.index("/api/"):]
        answer = person.web("POST", path, files={"upload": (name, part)})
        require(answer.status_code == 200, f"a chunk was answered {answer.status_code}: {answer.text}")
    return placeholder.attachment_guid


def life(gateway, style):
    refused("803", lambda: Person(gateway, style, "ann@life.example", "not hers"))
    refused("810", lambda: Person(gateway, style, "eve@life.example", "anything"))
    ann = Person(gateway, style, "ann@life.example", "ann's own")
    bob = Person(gateway, style, "bob@life.example", "bob's own")
    settings = ann.client.get(GetUserSettings())
    require((settings.email_address, settings.state, settings.first_name)
            == ("ann@life.example", "Active", "Ann"), f"who Ann is: {settings}")
    before = ann.client.get(GetUserQuotas())

    # Composed, with a file of three chunks, sent and read.
    content = os.urandom(1_300_000)
    guid = write(ann, ["bob@life.example"], "Minutes", "All of it.")
    file = attach(ann, guid, "minutes é.bin", content)
    sent = ann.client.put(SendMessage(message_guid=guid, notification_formats=["Text"]))
    require(sent.notification_body_text, "the notification's text")
    again = ann.client.put(SendMessage(message_guid=guid, notification_formats=["Text"]))
    require(again.notification_body_text == sent.notification_body_text, "a repeat gets the same answer")
    after = ann.client.get(GetUserQuotas())
    require(after.daily_messages_left == before.daily_messages_left - 1, "one message is charged")
    arrived(bob, guid)
    summary = bob.client.get(GetMessage(message_guid=guid, retrieve_body=False))
    require(not summary.retrieved, "a look without the body is no reading")
    message = bob.client.get(GetMessage(message_guid=guid))
    require((message.subject, message.body, message.sender.email)
            == ("Minutes", "All of it.", "ann@life.example"), f"what Bob reads: {message}")
    require([a.file_name for a in message.attachments] == ["minutes é.bin"], "the file's name")
    got = bob.web("GET", f"/api/v1/attachments/{file}", stream=True)
    require(got.status_code == 200 and got.content == content, "the file's bytes")
    require("attachment" in got.headers["Content-Disposition"], "a file is never shown in place")

    # For Bob's eyes only.
    secret = write(ann, ["bob@life.example"], "Codes", "The vault is 4711.", MessageOptions(fyeo_type="UniquePassword"))
    refused("51", lambda: ann.client.put(SendMessage(message_guid=secret)))
    ann.client.put(SendMessage(message_guid=secret, password="over the phone"))
    arrived(bob, secret)
    refused("51", lambda: bob.client.get(GetMessage(message_guid=secret)))
    bob.with_password("a guess")
    refused("38", lambda: bob.client.get(GetMessage(message_guid=secret)))
    require(not bob.client.get(GetMessage(message_guid=secret, retrieve_body=False)).retrieved,
            "a wrong password is no reading")
    bob.with_password("over the phone")
    require(bob.client.get(GetMessage(message_guid=secret)).body == "The vault is 4711.", "the secret")
    bob.with_password(None)

    # Answered.
    refused("38", lambda: write(bob, ["ann@life.example"], "Re: Codes", "?", action="Reply", parent=secret))
    reply = write(bob, ["ann@life.example"], "Re: Codes", "Thanks.", action="Reply", parent=secret,
                  password="over the phone")
    bob.client.put(SendMessage(message_guid=reply))
    arrived(ann, reply)

    # Taken back.
    ann.client.post(RecallMessage(message_guid=guid, recall_reason="Wrong minutes"))
    recalled = bob.client.get(GetMessage(message_guid=guid))
    require((recalled.body, recalled.recall_reason, recalled.attachments) == ("", "Wrong minutes", []),
            f"what is left of a recalled message: {recalled}")
    require(bob.web("GET", f"/api/v1/attachments/{file}").status_code == 404, "a recalled file is gone")
    refused("929", lambda: bob.client.get(GetMessage(message_guid="0" * 32)))
    ann.client.post(Logout())
    refused("811", lambda: ann.client.get(GetUserSettings()))


def main(root):
    gateway = Gateway(root)
    with open(os.path.join(gateway.policy, "policy.yaml"), "w") as file:
        file.write(POLICY)
    world = os.path.join(root, "world.yaml")
    with open(world, "w") as file:
        file.write(WORLD)
    gateway.run("load", world, *gateway.flags)
    gateway.start()
    try:
        for style in ("api", ""):
            life(gateway, style)
            print(f"  the life of a draft, by request names under /{style or 'json/reply'}/: as documented")
    finally:
        gateway.terminate()
    gateway.verify_audit()


if __name__ == "__main__":
    main(sys.argv[1])
