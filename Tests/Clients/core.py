"""A core in a process of its own: its description judged and tried by tools that nobody here wrote, and its promises kept
over kill -9, restarts and a folder that is gone.

What it carries goes to a real mail server (aiosmtpd) and over a real webhook (checked by the Standard Webhooks library).

Usage: core.py ROOT   (POSTERN names the program; ROOT is a folder that may be written; OPENAPI_EXAMPLES and OPENAPI_SEED
are as for openapi.py)
"""

import json
import mailbox
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections import Counter, defaultdict

from world import Exchange, Gateway, at, require, requests, until
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.environ.get("OPENAPI_EXAMPLES", "40")
SEED = os.environ.get("OPENAPI_SEED")
KEY = "gxAJPZrP3ufvLHWrs4oaWYBQOlCf58qiV2lxiHZtLXQ="
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth",
    "negative_data_rejection",
)


class MailServer:
    """Takes mail on loopback and keeps it in a folder."""

    def __init__(self, root):
        self.folder = os.path.join(root, "mails")
        server = os.path.join(HERE, "..", "PosternDeliveryTests", "Servers", "aiosmtpd_server.py")
        self.process = subprocess.Popen(
            ["/usr/bin/python3", server, self.folder, "plain"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.settings = {
            "relay-host": "127.0.0.1", "relay-port": self.process.stdout.readline().decode().strip(),
            "relay-security": "plain", "relay-from": "postern@core.example"}

    def names(self):
        """The Message-ID of each mail, as often as it came."""
        if not os.path.exists(self.folder):
            return Counter()
        return Counter(message["Message-ID"] for message in mailbox.Maildir(self.folder))

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)


class Core(Gateway):
    """A core with folders of its own; what the script about gateways knows of processes holds for it too."""

    command = "core"

    def __init__(self, root, settings):
        super().__init__(root)
        self.data = os.path.join(root, "spool")
        own = ("listener-", "operations-")
        self.settings = {name: value for name, value in self.settings.items() if name.startswith(own)} | {
            "data-directory": self.data} | settings
        self.key_file = os.path.join(root, "core.key")
        with open(self.key_file, "w") as file:
            file.write(KEY + "\n")
        self.settings["core-key-file"] = self.key_file

    @property
    def base(self):
        return f"https://localhost:{self.port}"

    def ask(self, method, path, key=KEY, **more):
        """One request; what is answered must be JSON, with the status that a problem names."""
        answer = requests.request(
            method, self.base + path, verify=self.authority, timeout=20,
            headers={"Authorization": f"Bearer {key}"}, **more)
        body = answer.json()
        if answer.status_code >= 400:
            require(body["type"].startswith("urn:postern:core:") and body["status"] == answer.status_code, str(body))
        return answer.status_code, body

    def put(self, key, body):
        return self.ask("PUT", f"/v1/deliveries/{key}", json=body)

    def endings(self, after=0):
        status, page = self.ask("GET", f"/v1/endings?after={after}")
        require(status == 200, str(page))
        return page


def text(words="Nine.", to="+41791234567"):
    return {"courier": "webhook", "message": uuid.uuid4().hex, "acceptedAt": at(0).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": to, "from": "ann@core.example", "text": words}


def mail(to="bob@core.example"):
    return {"courier": "smtp", "message": uuid.uuid4().hex, "acceptedAt": at(0).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": to, "notification": {"subject": "A message", "text": "It waits.", "html": "<p>It waits.</p>"}}


def name(body, row=1):
    return f"{body['message']}.{row}"


def describe(core):
    """The description is valid, and what is answered to a great many requests is as it says."""
    document = requests.get(f"{core.base}/openapi.json", verify=core.authority, timeout=20).json()
    OpenAPIV31SpecValidator(document).validate()
    names = sorted(operation["operationId"] for path in document["paths"].values() for operation in path.values())
    print(f"  /openapi.json: OpenAPI {document['openapi']}, {len(names)} operations")
    settings = os.path.join(core.root, "schemathesis.toml")
    with open(settings, "w") as file:
        file.write(
            '[generation]\ndatabase = "none"\n'
            f'[auth.openapi.key]\nbearer = "{KEY}"\n'
            '[phases.coverage]\nunexpected-methods = ["get", "put", "post", "delete", "patch", "options", "trace"]\n')
    known = os.path.join(core.root, "known.json")
    with open(known, "w") as file:
        json.dump({"answers": os.path.join(core.root, "answers"), "keys": ["a.1", "b.2", "c.3"]}, file)
    chance = ["--seed", SEED] if SEED else ["--generation-deterministic"]
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", f"{core.base}/openapi.json",
         "--url", core.base, "--tls-verify", core.authority, "--checks", ",".join(CHECKS), "--mode", "all",
         "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, *chance, "--continue-on-failure",
         "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off", "--no-color"],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "core_hooks", "PYTHONPATH": HERE, "OPENAPI_WORLD": known},
        cwd=core.root, capture_output=True, text=True)
    counts = defaultdict(Counter)
    with open(os.path.join(core.root, "answers")) as file:
        for line in file:
            operation, status = line.split()
            counts[operation][int(status)] += 1
    for operation in names:
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(counts[operation].items()))
        print(f"  {operation}: {statuses}")
    require(run.returncode == 0, f"schemathesis found something:\n{run.stdout}{run.stderr}")
    for operation, status in (("EntrustDelivery", 201), ("EntrustDelivery", 200), ("EntrustDelivery", 409),
                              ("GetDelivery", 200), ("GetDelivery", 404), ("WithdrawDelivery", 200),
                              ("ListEndings", 200)):
        require(counts[operation][status], f"{operation} was never answered {status}")
    total = sum(sum(statuses.values()) for statuses in counts.values())
    print(f"  {total} requests, and every answer as the description says")


def carry(core, exchange, mails):
    """What is entrusted arrives once, under the gateway's key, and its ending is told in order."""
    bodies = [text("Nine."), mail(), text("Busy first.", "+41790000099"), mail("nobody.here@core.example")]
    after = core.endings()["last"]
    for body in bodies:
        require(core.put(name(body), body) == (201, {"key": name(body), "state": "waiting", "attempts": 0}), "taken")
        status, again = core.put(name(body), body)
        require(status == 200 and again["key"] == name(body), "known")
    status, problem = core.put(name(bodies[0]), bodies[0] | {"text": "Ten."})
    require(status == 409 and problem["type"].endswith("other-content"), str(problem))
    until(20, lambda: len(core.endings(after)["endings"]) >= 3, "the endings")
    endings = {ending["key"]: ending for ending in core.endings(after)["endings"]}
    require(endings[name(bodies[0])]["state"] == "delivered", "the text was carried")
    require(endings[name(bodies[1])]["state"] == "delivered", "the mail was carried")
    refused = endings[name(bodies[3])]
    require(refused["state"] == "undelivered" and "550" in refused["reason"], f"refused: {refused}")
    require(exchange.calls[name(bodies[0])][0]["text"] == "Nine.", "the exchange knows it by the gateway's key")
    require(mails.names()[f"<{name(bodies[1])}@core.example>"] == 1, f"the mail has the gateway's key: {mails.names()}")
    state = core.ask("GET", f"/v1/deliveries/{name(bodies[2])}")[1]
    require(state["state"] == "waiting" and state["attempts"] == 1 and "503" in state["reason"], f"put off: {state}")
    withdrawn = core.ask("DELETE", f"/v1/deliveries/{name(bodies[2])}")[1]
    require(withdrawn["state"] == "withdrawn", f"a delivery put off can be withdrawn: {withdrawn}")
    late = text("Too late.")
    require(core.ask("DELETE", f"/v1/deliveries/{name(late)}")[1]["state"] == "withdrawn", "unknown, and remembered")
    status, state = core.put(name(late), late)
    require(status == 200 and state["state"] == "withdrawn", "a late delivery is not carried")
    require(name(late) not in exchange.calls, "nor called")
    numbers = [ending["number"] for ending in core.endings()["endings"]]
    require(numbers == sorted(set(numbers)), "endings are in order")
    print("  carried once under the gateway's key; put off, refused, withdrawn and told in order")


def survive(core, exchange):
    """Killed again and again while a gateway entrusts: nothing acknowledged is lost, nothing is told twice differently."""
    entrusted, spool = {}, core.endings()["spool"]
    for _ in range(8):
        deadline = time.monotonic() + 0.4
        while time.monotonic() < deadline:
            body = text(f"Number {len(entrusted)}.")
            require(core.put(name(body), body)[0] == 201, "taken")
            entrusted[name(body)] = body
        core.kill()
        core.start()
    require(core.endings()["spool"] == spool, "the spool kept its name")
    until(30, lambda: set(entrusted) <= set(exchange.taken), "all that was acknowledged")
    for key, body in entrusted.items():
        require(exchange.taken[key]["text"] == body["text"], "what arrived is what was entrusted")
        require(core.put(key, body)[0] == 200, "a gateway that was told nothing may ask again")
    told, after = [], 0
    while True:
        page = core.endings(after)
        if not page["endings"]:
            break
        told += page["endings"]
        after = page["endings"][-1]["number"]
    keys = Counter(ending["key"] for ending in told)
    require(all(keys[key] == 1 for key in entrusted), "every delivery ends once")
    twice = sum(len(calls) > 1 for key, calls in exchange.calls.items() if key in entrusted)
    require(twice <= 8 * 8, f"{twice} were called twice, and no more can have been in hand")
    require(not exchange.faults, str(exchange.faults))
    print(f"  {len(entrusted)} entrusted over 8 kills: all arrived, {twice} called again under the same id")


def lose(core):
    """A spool that is gone is another spool: a gateway can tell."""
    page = core.endings()
    core.terminate()
    shutil.rmtree(core.data)
    core.start()
    other = core.endings(after=page["last"])
    require(other["spool"] != page["spool"] and other["last"] < page["last"], f"{other} after {page['last']}")
    print("  with its folder gone it has another name, and says so")


def refuse(core):
    """Wrong keys, and settings that will not do."""
    require(core.ask("GET", "/v1/endings", key="x" * 44)[0] == 401, "another key")
    done = core.run("core", "--listener-port", "99999", "--core-key-file", core.key_file, "--relay-from", "nobody",
                    code=78, environment={"POSTERN_LISTENER_PROT": "1"})
    for word in ("listener.port", "relay.from", "POSTERN_LISTENER_PROT", "Did you mean"):
        require(word in done.stderr, f"{word} is not among the faults: {done.stderr}")
    done = core.run("core", *core.flags, "--core-key", "short", code=78)
    require("not both" in done.stderr, done.stderr)
    flags = [part for flag, value in core.settings.items() if flag != "core-key-file" for part in (f"--{flag}", value)]
    done = core.run("core", *flags, "--core-key", "too-short-to-be-a-key", code=78)
    require("32 to 256" in done.stderr and "too-short" not in done.stderr, done.stderr)
    print("  wrong keys are refused, and bad settings told all at once")


def main(root):
    exchange, mails = Exchange(), MailServer(root)
    # A core that is killed leaves connections behind, and the server would tell of each.
    exchange.server.handle_error = lambda *_: None
    core = Core(root, exchange.settings | mails.settings)
    core.start()
    try:
        require(core.health()[0] == 200, str(core.health()))
        carry(core, exchange, mails)
        survive(core, exchange)
        refuse(core)
        describe(core)
        metrics = requests.get(core.operations + "/metrics", timeout=20).text
        for metric in ("postern_core_requests_total", "postern_spool_waiting", "postern_spool_untold",
                       'postern_deliveries_total{courier="webhook"}', "postern_connections"):
            require(metric in metrics, f"{metric} is not among the metrics")
        require(KEY not in metrics and KEY not in core.log_tail(1 << 20), "the key is not told")
        lose(core)
        code, took = core.terminate()
        require(code == 0, f"it ended with {code}")
        print(f"  stopped when asked, within {took:.1f} s")
    except BaseException:
        core.kill()
        raise
    finally:
        mails.end()


if __name__ == "__main__":
    main(sys.argv[1])
