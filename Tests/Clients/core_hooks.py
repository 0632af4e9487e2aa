"""What schemathesis cannot know: that the same few keys should be asked for again and again.

core.py names a file with the keys, and with where answers are noted, in OPENAPI_WORLD.
"""

import json
import os
from collections import Counter

import schemathesis

with open(os.environ["OPENAPI_WORLD"]) as file:
    WORLD = json.load(file)
TURNS = Counter()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Asks for a known key every other time, where a key would do."""
    operation = case.operation.definition.raw["operationId"]
    TURNS[operation] += 1
    key = (case.path_parameters or {}).get("key")
    if TURNS[operation] % 2 and isinstance(key, str) and key.isalnum():
        case.path_parameters["key"] = WORLD["keys"][TURNS[operation] % len(WORLD["keys"])]


@schemathesis.hook
def after_call(context, case, response):
    """Notes what was answered, so that a run that reached nothing does not pass for a good one."""
    if case.method.lower() == case.operation.method.lower():
        with open(WORLD["answers"], "a") as file:
            file.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")
