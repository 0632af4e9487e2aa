"""Clients: one that sends, and a crowd of them that keeps a tally of what it was told."""

import collections
import dataclasses
import http.client
import json
import queue
import ssl
import threading
import time

from gateway import TOKEN


@dataclasses.dataclass
class Outcome:
    """What a client was told: a status, or that it was told nothing."""

    status: int = 0
    decision: str = ""
    code: str = ""
    said: str = ""
    began: float = 0
    ended: float = 0
    headers: dict = dataclasses.field(default_factory=dict)
    trouble: str = ""

    @property
    def accepted(self):
        return self.status == 200

    @property
    def refused(self):
        """Told no: neither yes nor left without an answer."""
        return self.status >= 400

    @property
    def took(self):
        return self.ended - self.began


class Client:
    """One keep-alive TLS connection, opened when needed."""

    def __init__(self, gateway, token=TOKEN, timeout=10):
        self.gateway, self.token, self.timeout = gateway, token, timeout
        self.context = ssl.create_default_context(cafile=gateway.authority)
        self.connection = None

    def connect(self):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                "localhost", self.gateway.port, timeout=self.timeout, context=self.context)
            self.connection.connect()
        return self.connection

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def request(self, method, path, body=None, headers=None):
        """Status, headers and body; raises OSError or HTTPException when there was no answer."""
        try:
            connection = self.connect()
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            content = answer.read()
            if answer.will_close:
                self.close()
            return answer.status, dict(answer.getheaders()), content
        except BaseException:
            self.close()
            raise

    def send(self, name, body=None):
        """Sends one draft."""
        outcome = Outcome(began=time.monotonic())
        try:
            status, headers, content = self.request(
                "PUT", f"/api/v1/messages/{name}/send",
                json.dumps(body if body is not None else {"sendEmailNotification": False}),
                {"Content-Type": "application/json", "x-sm-session-token": self.token})
            outcome.status, outcome.headers = status, {k.lower(): v for k, v in headers.items()}
            outcome.decision = outcome.headers.get("postern-decision", "")
            if status != 200:
                answer = json.loads(content).get("responseStatus", {})
                outcome.code, outcome.said = answer.get("errorCode", ""), answer.get("message", "")
        except (OSError, http.client.HTTPException, ValueError) as trouble:
            outcome.trouble = repr(trouble)
        outcome.ended = time.monotonic()
        return outcome


class Tally:
    """What became of each draft, as its client was told."""

    def __init__(self):
        self.outcomes = {}
        self.lock = threading.Lock()

    def note(self, name, outcome):
        with self.lock:
            self.outcomes[name] = outcome

    def count(self):
        return collections.Counter(outcome.status for outcome in self.outcomes.values())

    @property
    def acknowledged(self):
        return sum(outcome.accepted for outcome in self.outcomes.values())


class Crowd:
    """Client threads that send drafts until told to stop or until there are none left."""

    def __init__(self, gateway, names, size=4, tally=None, pause=0, token=TOKEN):
        self.tally = tally or Tally()
        self.names = queue.SimpleQueue()
        for name in names:
            self.names.put(name)
        self.stopping = threading.Event()
        self.pause = pause
        self.threads = [
            threading.Thread(target=self.work, args=(Client(gateway, token),), daemon=True)
            for _ in range(size)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def work(self, client):
        while not self.stopping.is_set():
            try:
                name = self.names.get_nowait()
            except queue.Empty:
                break
            outcome = client.send(name)
            self.tally.note(name, outcome)
            if outcome.status == 0:
                # Nobody there: wait a moment rather than spend the drafts on it.
                self.stopping.wait(0.05)
            if self.pause:
                self.stopping.wait(self.pause)
        client.close()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    def finish(self, within=60):
        for thread in self.threads:
            thread.join(within)

    def __exit__(self, *_):
        self.stop()
