"""Postern and its peers as processes: started for one measurement, ended after it."""

import hashlib
import json
import os
import re
import select
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Trouble(Exception):
    """A measurement could not be made."""


class Server:
    """A process that serves on loopback until the `with` block ends."""

    def __init__(self, command, folder, *, cpu=None, environment=None):
        if cpu is not None:
            command = ["taskset", "-c", str(cpu), *command]
        self.started = time.monotonic()
        self.errors = folder / "server.log"
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=open(self.errors, "ab"),
            env={**os.environ, **(environment or {})}, cwd=folder, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def fail(self, what):
        log = self.errors.read_text(errors="replace")[-2000:]
        raise Trouble(f"{what}\n{log}")

    def wait_for_line(self, pattern, seconds=60):
        """Reads standard output up to a line that matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.process.stdout], [], [], 0.5)[0]:
                continue
            line = self.process.stdout.readline()
            if not line:
                self.fail("The server ended before it was ready.")
            if match := re.search(pattern, line):
                return match
        self.fail("The server is not ready in time.")

    def processes(self):
        """This process and its children: an nginx is several."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def processor_seconds(self):
        """Processor time used so far by every thread that still lives."""
        total = 0
        for process in self.processes():
            for thread in Path(f"/proc/{process}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def resident_kib(self, kind="VmRSS"):
        """Resident memory of all processes, in KiB; `RssAnon` leaves out the pages of program files."""
        total = 0
        for process in self.processes():
            status = Path(f"/proc/{process}/status").read_text()
            total += int(re.search(rf"{kind}:\s+(\d+)", status).group(1))
        return total


class Postern(Server):
    """`postern serve` on a prepared folder."""

    def __init__(self, program, folder, certificates, *, policy="policy", cpu=None, environment=None):
        flags = {
            "data-directory": folder / "data", "audit-directory": folder / "audit",
            "policy-directory": folder / policy, "policy-cache-directory": folder / "cache",
            "listener-certificate": certificates / "server.pem",
            "listener-private-key": certificates / "server.key", "listener-port": 0,
            "operations-port": 0, "log-level": "warning",
        }
        command = [program, "serve"]
        for name, value in flags.items():
            command += [f"--{name}", value]
        super().__init__(command, folder, cpu=cpu, environment=environment)

    def __enter__(self):
        match = self.wait_for_line(r"^ready https://\S+:(\d+) http://\S+:(\d+)")
        self.port, self.operations_port = int(match.group(1)), int(match.group(2))
        return self


class Ceiling(Server):
    """Postern's listener and corridor with a bare journal as the ledger."""

    def __init__(self, program, folder, certificates, drafts, *, cpu=None, environment=None):
        super().__init__(
            [program, "ceiling", "--directory", folder, "--drafts", drafts,
             "--certificate", certificates / "server.pem", "--private-key", certificates / "server.key"],
            folder, cpu=cpu, environment=environment)

    def __enter__(self):
        self.port = int(self.wait_for_line(r"^ready .*:(\d+)$").group(1))
        return self


class Nginx(Server):
    """nginx with a static file and the policy send in Lua."""

    def __init__(self, folder, certificates, *, workers=1, cpu=None, environment=None):
        self.port = free_port()
        values = {
            "WORKERS": workers, "FOLDER": folder, "SCRIPTS": HERE / "nginx", "PORT": self.port,
            # Started by root, it would give its workers another user, who may not touch our files.
            "USER": "user root;" if os.geteuid() == 0 else "",
            "CERTIFICATE": certificates / "server.pem", "KEY": certificates / "server.key",
        }
        text = (HERE / "nginx/nginx.conf").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        (folder / "nginx.conf").write_text(text)
        (folder / "static").mkdir(exist_ok=True)
        (folder / "static/small.json").write_text('{"notificationSent":false}')
        environment = dict(environment or {})
        if (folder / "peer.sqlite").exists():
            environment["PEER_FOLDER"] = str(folder)
        super().__init__(
            ["nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"], folder, cpu=cpu,
            environment=environment)

    def __enter__(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.fail("nginx ended: " + (Path(self.errors.parent) / "error.log").read_text()[-2000:])
            try:
                get(self.port, "/small.json")
                return self
            except OSError:
                time.sleep(0.02)
        self.fail("nginx is not ready in time.")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def trusting():
    """A TLS context for loopback, where certificates are our own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def get(port, path, *, context=None, session=None, close=True):
    """One GET on a connection of its own; gives back status, connection and TLS session."""
    plain = socket.create_connection(("127.0.0.1", port), 5)
    # Or the request would wait for the server's word on the handshake's last message.
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    secure = (context or trusting()).wrap_socket(plain, server_hostname="localhost", session=session)
    ending = "Connection: close\r\n" if close else ""
    secure.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{ending}\r\n".encode())
    head = secure.recv(65536)
    if close:
        while secure.recv(65536):
            pass
    status = int(head.split(b" ", 2)[1])
    session = secure.session
    if close:
        secure.close()
        secure = None
    return status, secure, session


def prepare_peer(folder, source):
    """Gives the peer the same accounts, drafts, bodies and keywords that Postern has."""
    folder.mkdir(parents=True)
    (folder / "keywords.txt").write_text((source / "policy/keywords/banned.txt").read_text())
    ledger = sqlite3.connect(f"file:{source}/data/postern.sqlite?mode=ro", uri=True)
    peer = sqlite3.connect(folder / "peer.sqlite")
    peer.executescript(
        """
        PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
        CREATE TABLE sessions(digest BLOB PRIMARY KEY, account INTEGER NOT NULL, last_seen INTEGER NOT NULL,
          revoked INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE drafts(id INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, owner INTEGER NOT NULL,
          state INTEGER NOT NULL, expires_at INTEGER NOT NULL, sent_at INTEGER, recipients TEXT NOT NULL);
        CREATE TABLE texts(draft INTEGER PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL);
        CREATE TABLE quotas(account INTEGER NOT NULL, day TEXT NOT NULL, used INTEGER NOT NULL,
          PRIMARY KEY(account, day)) WITHOUT ROWID;
        CREATE TABLE outbox(id INTEGER PRIMARY KEY, draft INTEGER NOT NULL, recipient TEXT NOT NULL,
          due_at INTEGER NOT NULL);
        CREATE TABLE audit(id INTEGER PRIMARY KEY, leaf BLOB NOT NULL);
        """)
    peer.executemany(
        "INSERT INTO sessions VALUES(?, ?, ?, 0)",
        ledger.execute("SELECT digest, account, last_seen / 1000 FROM sessions"))
    rows = ledger.execute(
        """SELECT m.id, lower(hex(m.guid)), m.owner, group_concat(r.address)
        FROM messages m JOIN recipients r ON r.message = m.id WHERE m.state = 0 GROUP BY m.id""")
    peer.executemany("INSERT INTO drafts VALUES(?, ?, ?, 0, 0, NULL, ?)", rows)
    draft = json.loads((source / "draft.json").read_text())
    peer.execute("INSERT INTO texts SELECT id, ?, ? FROM drafts", (draft["subject"], draft["body"]))
    peer.commit()
    peer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    peer.close()
    ledger.close()


def count_sent(folder, peer=False):
    """How many drafts a server has really sent."""
    name, table = ("peer.sqlite", "drafts") if peer else ("data/postern.sqlite", "messages")
    database = sqlite3.connect(folder / name)
    (count,) = database.execute(f"SELECT count(*) FROM {table} WHERE state = 1").fetchone()
    database.close()
    return count
