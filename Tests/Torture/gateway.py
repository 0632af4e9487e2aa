"""A gateway under torture: its folders, its process, and what its ledger says afterwards."""

import glob
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath(os.environ["POSTERN"]) if "POSTERN" in os.environ else "postern"
SENDER, RECIPIENT, TOKEN = "ann@torture.example", "bob@torture.example", "torture-ann"


class Miss(Exception):
    """A promise that was not kept."""


def require(holds, sentence):
    """Ends the round as a miss unless a promise holds."""
    if not holds:
        raise Miss(sentence)


def until(seconds, condition, what, pause=0.05):
    """Waits for a condition and returns how long it took; a miss when time is up."""
    began = time.monotonic()
    while True:
        value = condition()
        took = time.monotonic() - began
        if value:
            return took
        if took > seconds:
            raise Miss(f"{what} did not come about within {seconds} s")
        time.sleep(pause)


class Gateway:
    """One gateway with folders of its own; at most one process at a time."""

    command = "serve"

    def __init__(self, root, settings=None, data=None, audit=None):
        self.root = root
        os.makedirs(root, exist_ok=True)
        self.data = data or os.path.join(root, "data")
        self.audit_room = audit or os.path.join(root, "audit")
        os.makedirs(self.audit_room, exist_ok=True)
        self.audit = os.path.join(self.audit_room, "log")
        self.kept_folder = os.path.join(root, "kept")
        os.makedirs(self.kept_folder, exist_ok=True)
        self.certificates = os.path.join(root, "certs")
        self.policy = os.path.join(root, "policy")
        if not os.path.exists(self.policy):
            shutil.copytree(os.path.join(HERE, "policy"), self.policy)
        self.settings = {
            "listener-port": "0", "operations-port": "0",
            "listener-certificate": f"{self.certificates}/server.pem",
            "listener-private-key": f"{self.certificates}/server.key",
            "data-directory": self.data, "audit-directory": self.audit,
            "audit-origin": "torture.example/audit", "policy-directory": self.policy,
            "policy-cache-directory": os.path.join(root, "cache"), "sessions-idle": "365d",
            # The tortures' disks are busy; the one that stands still has a torture of its own.
            "gateway-ledger-patience": "30s",
            "passwords-memory": "64", "passwords-passes": "1", "portal-address": "https://localhost/",
        } | (settings or {})
        self.process = None
        self.environment = {}
        self.wrapper = []
        self.log_path = os.path.join(root, "gateway.log")
        if not os.path.exists(self.certificates):
            self.run("cert", "dev", "--directory", self.certificates)

    @property
    def authority(self):
        return os.path.join(self.certificates, "ca.pem")

    @property
    def flags(self):
        return [part for name, value in self.settings.items() for part in (f"--{name}", value)]

    def run(self, *arguments, code=0, environment=None):
        """Runs a command of the program to its end."""
        done = subprocess.run(
            [*self.wrapper, PROGRAM, *arguments], capture_output=True, text=True, timeout=120,
            env=os.environ | (environment or {}))
        if code is not None and done.returncode != code:
            raise Miss(f"postern {arguments[0]} exited with {done.returncode}: {done.stderr[-600:]}")
        return done

    # The process.

    def start(self, within=15, files=None, log=None):
        """Starts serving; returns the seconds until it said so.

        files is its limit of descriptors, log where it logs to.
        """
        began = time.monotonic()

        def prepare():
            os.setpgid(0, 0)
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        with open(log or self.log_path, "ab") as sink:
            self.process = subprocess.Popen(
                [*self.wrapper, PROGRAM, self.command, *self.flags], stdout=subprocess.PIPE, stderr=sink,
                env=os.environ | {"SWIFT_BACKTRACE": "enable=no"} | self.environment, preexec_fn=prepare)
        timer = threading.Timer(within, self.process.kill)
        timer.start()
        line = self.process.stdout.readline().decode().split()
        timer.cancel()
        took = time.monotonic() - began
        if not line or line[0] != "ready":
            code = self.process.wait()
            raise Miss(f"did not start (exit {code}): {self.log_tail()}")
        self.port = int(line[1].rsplit(":", 1)[1])
        self.operations = line[2]
        return took

    def log_tail(self, size=800):
        try:
            with open(self.log_path, "rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - size))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """Ends the process as a power cut would see it: no handler runs."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def terminate(self, within=15):
        """Asks for an end; returns exit code and seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Miss(f"did not stop within {within} s of SIGTERM")
        self.process.stdout.close()
        self.process = None
        return code, time.monotonic() - began

    def resident(self):
        """Resident memory in KiB."""
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def health(self, path="/health/ready", within=5):
        """Status and body of a health page on the operators' listener; status 0 when there was no answer."""
        try:
            with urllib.request.urlopen(self.operations + path, timeout=within) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except (OSError, ValueError):
            return 0, {}

    def metrics(self, within=5):
        """The page of metrics on the operators' listener."""
        with urllib.request.urlopen(self.operations + "/metrics", timeout=within) as answer:
            return answer.read().decode()

    def wait_healthy(self, within=5):
        return until(within, lambda: self.health()[0] == 200, "health")

    # The world.

    def load(self, world, environment=None):
        """Loads a world given as plain values."""
        path = os.path.join(self.root, "world.json")
        with open(path, "w") as file:
            json.dump({"version": 1} | world, file)
        return self.run("load", path, *self.flags, environment=environment)

    def people(self, group="everyone"):
        """A sender with a token and a recipient."""
        self.load({"accounts": [
            {"address": RECIPIENT, "name": "Bob", "group": "everyone"},
            {"address": SENDER, "name": "Ann", "group": group, "contacts": [RECIPIENT],
             "tokens": [{"token": TOKEN}]},
        ]})

    def drafts(self, count, **more):
        """Loads fresh drafts and returns their names."""
        names = [str(uuid.uuid4()) for _ in range(count)]
        self.load({"accounts": [], "messages": [
            {"guid": name, "owner": SENDER, "to": [RECIPIENT], "subject": "Torture", "body": name} | more
            for name in names]})
        return names

    # What is on disk.

    def ask(self, query, *values):
        """Rows of the ledger, read beside the serving gateway."""
        connection = sqlite3.connect(
            f"file:{self.data}/postern.sqlite?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def states(self):
        """Each message's name, with its state, how many mailboxes hold or will hold it, and its decision."""
        rows = self.ask(
            """SELECT lower(hex(m.guid)), m.state, coalesce(b.held, 0) + coalesce(o.waiting, 0), a.decision
               FROM messages m LEFT JOIN answers a ON a.message = m.id
               LEFT JOIN (SELECT message, count(*) AS held FROM mailboxes GROUP BY message) b
                 ON b.message = m.id
               LEFT JOIN (SELECT message, count(*) AS waiting FROM outbox WHERE courier = 'mailbox'
                 GROUP BY message) o ON o.message = m.id""")
        return {str(uuid.UUID(guid)): (state, boxes, decision) for guid, state, boxes, decision in rows}

    def wait_delivered(self, within=20):
        return until(
            within, lambda: self.ask("SELECT count(*) FROM outbox WHERE courier = 'mailbox'")[0][0] == 0,
            "an empty outbox")

    def keep_checkpoint(self):
        """Keeps the log's checkpoint as an outsider would."""
        number = len(os.listdir(self.kept_folder))
        shutil.copy(os.path.join(self.audit, "checkpoint"), f"{self.kept_folder}/{number:05}")

    def verify_audit(self, folder=None):
        kept = sorted(glob.glob(f"{self.kept_folder}/*"))
        # All of them up to forty; beyond that every n-th, and the newest always.
        kept = kept[::len(kept) // 40 + 1] + kept[-1:]
        options = [part for path in kept for part in ("--kept", path)]
        key = f"{self.audit_room}/log.vkey"
        done = self.run("audit", "verify", folder or self.audit, "--key", key, *options, code=None)
        require(done.returncode == 0, f"the audit log does not verify: {done.stderr[-500:]}")

    def entries(self):
        """How often each decision stands in the audit log's ledger."""
        return dict(self.ask("SELECT decision, count(*) FROM audit_entries GROUP BY decision"))

    def check(self, tally, client=None, replays=20, strict=True, delivered_within=20):
        """Compares what clients were told with what is there; returns what was found as figures.

        strict: a send that was answered 503 must not have happened. delivered_within: None when mailbox rows may
        still be waiting for their turn.
        """
        delivered = self.wait_delivered(delivered_within) if delivered_within else 0
        states, entries = self.states(), self.entries()
        lost, twice, untrue, unrecorded = [], [], [], []
        for name, outcome in tally.outcomes.items():
            state, boxes, decision = states.get(name, (None, 0, None))
            if outcome.accepted:
                if state != 1 or boxes != 1 or decision != outcome.decision:
                    lost.append(name)
                if entries.get(outcome.decision) != 1:
                    unrecorded.append(name)
            elif outcome.refused and state == 1:
                untrue.append(name)
            if boxes > 1 or (state == 0 and boxes):
                twice.append(name)
        require(not lost, f"{len(lost)} acknowledged sends lost, first {lost[:1]}")
        require(not twice, f"{len(twice)} delivered twice or without acceptance, first {twice[:1]}")
        require(not unrecorded, f"{len(unrecorded)} acknowledged sends not in the audit log once")
        if strict:
            require(not untrue, f"{len(untrue)} sends happened although a 503 said no")
        charged = self.ask("SELECT coalesce(sum(messages), 0) FROM quotas")[0][0]
        sent = self.ask("SELECT count(*) FROM messages WHERE state = 1")[0][0]
        require(charged == sent, f"{charged} sends charged and {sent} accepted")
        accepted = [name for name, outcome in tally.outcomes.items() if outcome.accepted]
        if client:
            client.close()  # Looking through many sends may outlast an idle connection.
        for name in accepted[-replays:] if client else []:
            again = client.send(name)
            require(
                again.accepted and again.decision == tally.outcomes[name].decision,
                f"a repeated send of {name} was answered {again}")
        return {"untrue": len(untrue), "delivered": delivered}


class Room:
    """A temporary folder that goes with all its mounts."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="postern-torture-")
        self.mounts = []
        self.gateways = []

    def __enter__(self):
        return self

    def gateway(self, name="gateway", **options):
        gateway = Gateway(os.path.join(self.path, name), **options)
        self.gateways.append(gateway)
        return gateway

    def mount(self, source, folder, *options):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", *options, source, folder], check=True, capture_output=True)
        self.mounts.append(folder)

    def unmount(self, folder):
        until(10, lambda: subprocess.run(["umount", folder], capture_output=True).returncode == 0,
              f"unmounting {folder}")
        self.mounts.remove(folder)

    def __exit__(self, *_):
        for gateway in self.gateways:
            gateway.kill()
        for folder in reversed(self.mounts):
            subprocess.run(["umount", "-l", folder], capture_output=True)
        shutil.rmtree(self.path, ignore_errors=True)
