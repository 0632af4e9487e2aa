"""What schemathesis cannot know: which messages, files and labels there are, and which requests would end its session.

openapi.py names a file with what there is in OPENAPI_WORLD.
"""

import json
import os
import uuid
from collections import Counter

import requests
import schemathesis

with open(os.environ["OPENAPI_WORLD"]) as file:
    WORLD = json.load(file)
TOKEN = "x-sm-session-token"
# How often each operation was asked for something there is: the same requests get the same things in every run.
TURNS = Counter()


def is_guid(text):
    try:
        return bool(uuid.UUID(text))
    except (ValueError, AttributeError, TypeError):
        return False


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts what there is in place of what is made up, seven times in eight."""
    name = case.operation.definition.raw["operationId"]
    TURNS[name] += 1
    if TURNS[name] % 8 == 0:
        return
    pool = WORLD["things"].get(name, WORLD["things"]["any"])
    thing = pool[TURNS[name] % len(pool)]
    for members in (case.path_parameters, case.body):
        for member, value in thing.items() if isinstance(members, dict) else ():
            given = members.get(member)
            if is_guid(given) if member.endswith("Guid") else isinstance(given, (str, int)):
                members[member] = value
    uploads = (case.query or {}).get("attachmentGuids")
    if isinstance(uploads, list):
        case.query["attachmentGuids"] = [thing["attachmentGuid"] if is_guid(one) else one for one in uploads]
    if name == "UploadAttachmentChunk" and TURNS[name] % 2:
        case.path_parameters["chunkNumber"] = 1
        if isinstance(case.body, dict) and "upload" in case.body:
            case.body["upload"] = b"whole"


@schemathesis.auth(refresh_interval=None)
class Session:
    """Ann's session in every request; a sign-out, which ends the session it shows, gets one of its own."""

    def get(self, case, context):
        if case.operation.definition.raw["operationId"] != "Logout":
            return WORLD["token"]
        answer = requests.post(
            f"{WORLD['base']}/api/v1/login", json=WORLD["login"], verify=WORLD["authority"], timeout=20)
        return answer.json()["sessionToken"]

    def set(self, case, data, context):
        case.headers[TOKEN] = data


@schemathesis.hook
def after_call(context, case, response):
    """Notes what was answered, so that a run that reached nothing does not pass for a good one."""
    if case.method.lower() == case.operation.method.lower():
        with open(WORLD["answers"], "a") as file:
            file.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")


@schemathesis.check
def error_code_conformance(context, response, case):
    """A refusal's code is among those the document lists for the operation and the status."""
    types = response.headers.get("content-type") or [""]
    if response.status_code not in (403, 404, 409) or not types[0].startswith("application/json"):
        return
    code = response.json()["responseStatus"]["errorCode"]
    listed = case.operation.definition.raw["responses"].get(str(response.status_code), {}).get("description", "")
    assert f"`{code}`" in listed, f"{response.status_code} with {code} is not listed"
