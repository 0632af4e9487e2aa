"""The life of a draft under torture: large files, ends without notice while files arrive, guesses, timing, recalls."""

import base64
import bisect
import collections
import hashlib
import http.client
import json
import os
import random
import statistics
import threading
import time
import uuid

from clients import Client
from gateway import RECIPIENT, SENDER, TOKEN, require

GIB = 1 << 30
READER = "torture-bob"


class Life:
    """What one person asks, over one connection."""

    def __init__(self, gateway, token):
        self.client = Client(gateway, token, timeout=60)
        self.fields = {"x-sm-session-token": token, "Content-Type": "application/json"}

    def ask(self, method, path, body=None, **fields):
        """Status and, for JSON, what was said; status 0 when there was no answer."""
        try:
            status, _, answer = self.client.request(
                method, "/api/v1/" + path, None if body is None else json.dumps(body), self.fields | fields)
        except (OSError, http.client.HTTPException):
            return 0, {}
        return status, json.loads(answer) if answer else {}

    def must(self, method, path, body=None, **fields):
        status, answer = self.ask(method, path, body, **fields)
        require(status == 200, f"{method} {path} was answered {status}: {str(answer)[:200]}")
        return answer

    def draft(self, body="", **options):
        guid = self.must("POST", "messages", {"actionCode": "New"})["messageGuid"]
        self.must("PUT", f"messages/{guid}/save", {
            "to": [RECIPIENT], "subject": "Torture", "body": body, "bodyFormat": "Text", "messageOptions": options})
        return guid

    def send(self, guid, **more):
        self.must("PUT", f"messages/{guid}/send", {"sendEmailNotification": False} | more)

    def reserve(self, guid, size):
        plan = {"messageGuid": guid, "attachmentPlaceholders": [{"fileName": "big.bin", "totalBytesLength": size}]}
        return self.must("POST", "attachments/precreate", plan)["attachmentPlaceholders"][0]

    def store(self, file, number, content):
        """The status of one chunk's upload; 0 when there was no answer."""
        try:
            status, _, _ = self.client.request(
                "POST", f"/api/v1/attachments/{file}/chunk/{number}", content,
                self.fields | {"Content-Type": "application/octet-stream"})
            return status
        except (OSError, http.client.HTTPException):
            return 0

    def arrived(self, guid, within=20):
        end = time.monotonic() + within
        while self.ask("GET", f"messages/{guid}?retrieveBody=false")[0] != 200:
            require(time.monotonic() < end, "a message did not arrive")
            time.sleep(0.02)


def people(gateway):
    gateway.load({"accounts": [
        {"address": RECIPIENT, "name": "Bob", "group": "everyone", "tokens": [{"token": READER}]},
        {"address": SENDER, "name": "Ann", "group": "everyone", "contacts": [RECIPIENT], "tokens": [{"token": TOKEN}]},
    ]})


def content(seed, start, end):
    """The bytes of a file that nobody has to keep: any range of them can be made again."""
    block, made = start >> 16, []
    while block << 16 < end:
        made.append(random.Random(seed * 1_000_003 + block).randbytes(1 << 16))
        block += 1
    first = start & 0xFFFF
    return b"".join(made)[first:first + end - start]


def large_file(room, report):
    """A file of one GiB goes in by chunks and out in one piece, and the gateway's memory stays what it was."""
    gateway = room.gateway()
    people(gateway)
    gateway.start()
    ann, bob = Life(gateway, TOKEN), Life(gateway, READER)
    size = max(4 << 20, int(GIB * min(1, report.scale)))
    for number in report.each():
        guid = ann.draft("with a file")
        before = gateway.resident()
        began = time.monotonic()
        placeholder = ann.reserve(guid, size)
        file = placeholder["attachmentGuid"]
        sent = hashlib.sha256()
        for chunk in placeholder["chunks"]:
            part = content(number, chunk["byteStartIndex"], chunk["byteEndIndex"])
            sent.update(part)
            require(ann.store(file, chunk["chunkNumber"], part) == 200, "a chunk was refused")
            report.most("memory growth MiB", (gateway.resident() - before) / 1024)
        report.most("MiB in", size >> 20)
        report.most("in s", time.monotonic() - began)
        ann.send(guid)
        bob.arrived(guid)
        began = time.monotonic()
        connection = bob.client.connect()
        connection.request("GET", f"/api/v1/attachments/{file}", headers=bob.fields)
        answer = connection.getresponse()
        require(answer.status == 200, f"the download was answered {answer.status}")
        got = hashlib.sha256()
        while part := answer.read(1 << 20):
            got.update(part)
            report.most("memory growth MiB", (gateway.resident() - before) / 1024)
        require(got.digest() == sent.digest(), "the file came out otherwise than it went in")
        report.most("out s", time.monotonic() - began)
    require(report.figures["memory growth MiB"] <= 32, "memory grew by more than 32 MiB")
    gateway.verify_audit()


def upload_kill(room, report):
    """kill -9 while chunks arrive: what was acknowledged is there, whole, and the upload can be finished."""
    gateway = room.gateway()
    people(gateway)
    size = 6 * (512 << 10) + 77
    for number in report.each():
        gateway.start()
        ann = Life(gateway, TOKEN)
        guid = ann.draft("with a file")
        placeholder = ann.reserve(guid, size)
        file, chunks = placeholder["attachmentGuid"], placeholder["chunks"]
        random.shuffle(chunks)
        killer = threading.Timer(random.uniform(0, 0.15), gateway.process.kill)
        killer.start()
        told = set()
        for chunk in chunks:
            part = content(number, chunk["byteStartIndex"], chunk["byteEndIndex"])
            if ann.store(file, chunk["chunkNumber"], part) == 200:
                told.add(chunk["chunkNumber"])
        killer.join()
        gateway.kill()
        report.add("acknowledged", len(told))
        gateway.start()
        ann = Life(gateway, TOKEN)
        progress = ann.must("GET", f"attachments/progress?attachmentGuids=[{file}]")["attachmentProgresses"][0]
        there = {c["chunkNumber"] for c in progress["chunkProgresses"] if c["status"] == "Complete"}
        require(told <= there, f"acknowledged {sorted(told)}, there are {sorted(there)}")
        status, _ = ann.ask("PUT", f"messages/{guid}/send", {"sendEmailNotification": False})
        require(status == (200 if len(there) == len(chunks) else 409), f"a send with missing chunks: {status}")
        if status == 409:
            for chunk in chunks:
                part = content(number, chunk["byteStartIndex"], chunk["byteEndIndex"])
                require(ann.store(file, chunk["chunkNumber"], part) == 200, "a chunk could not be sent again")
            ann.send(guid)
        status, _, got = ann.client.request("GET", f"/api/v1/attachments/{file}", None, ann.fields)
        require(status == 200 and got == content(number, 0, size), "the file is not what was sent")
        gateway.kill()
    gateway.start()
    gateway.verify_audit()


def guesses(room, report):
    """A thousand guesses at once against a limit of five: five are looked at, whoever asks how often."""
    gateway = room.gateway(settings={"passwords-waiting": "2000"})
    people(gateway)
    gateway.start()
    ann = Life(gateway, TOKEN)
    for number in report.each():
        guid = ann.draft("for your eyes only", fyeoType="UniquePassword")
        ann.send(guid, password="the right one")
        Life(gateway, READER).arrived(guid)
        tally, lock = collections.Counter(), threading.Lock()

        def guess(worker):
            bob = Life(gateway, READER)
            for turn in range(50):
                password = base64.b64encode(f"guess {worker} {turn}".encode()).decode()
                status, answer = bob.ask("GET", f"messages/{guid}", **{"x-sm-password": password})
                with lock:
                    tally[status, answer.get("responseStatus", {}).get("errorCode")] += 1

        workers = [threading.Thread(target=guess, args=(worker,)) for worker in range(20)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        # Those that come while five are looked at are put off: nobody knows yet that the five are wrong.
        put_off = tally.pop((503, "ServiceUnavailable"), 0)
        require(set(tally) == {(403, "38")} and put_off <= 100, f"answers were {dict(tally)}, {put_off} put off")
        require(sum(tally.values()) == 1000 - put_off, f"{sum(tally.values())} guesses were answered")
        used = gateway.ask(
            "SELECT used FROM attempts t JOIN messages m ON m.id = t.message WHERE m.guid = ?", bytes.fromhex(guid))
        require(used == [(5,)], f"{used} guesses were counted")
        # The right one comes too late, until an administrator unlocks: an audited act.
        right = {"x-sm-password": base64.b64encode(b"the right one").decode()}
        bob = Life(gateway, READER)
        require(bob.ask("GET", f"messages/{guid}", **right)[0] == 403, "a locked message was shown")
        gateway.run("account", "unlock", RECIPIENT, *gateway.flags)
        require(bob.must("GET", f"messages/{guid}", **right)["body"] == "for your eyes only", "the right one")
    gateway.verify_audit()


def _slower(these, those):
    """How likely one of these took longer than one of those (Mann and Whitney): 0.5 when nothing tells them apart."""
    those = sorted(those)
    below = sum(bisect.bisect_left(those, took) + bisect.bisect_right(those, took) for took in these)
    return below / (2 * len(these) * len(those))


def timing(room, report):
    """What must not be told is not told by the time answers take: whose a draft is, and whether there is an account."""
    # A tenth of the work that a password is as settings come: what cannot be told here can be told there even less.
    gateway = room.gateway(settings={"passwords-memory": "4096", "passwords-passes": "1"})
    with open(os.path.join(gateway.policy, "policy.yaml"), "a") as policy:
        policy.write("login:\n  lockAfter: 10\n  hideAccounts: yes\n")
    people(gateway)
    gateway.start()
    ann = Life(gateway, TOKEN)

    def sign_in(address):
        return "POST", "login", {"username": address, "password": "a wrong one"}

    def send(guid):
        return "PUT", f"messages/{guid}/send", {"password": "a wrong one", "sendEmailNotification": False}

    def compare(what, kinds, code):
        """Asks for both kinds in random order; all answers are alike but for the time they take."""
        asked = [(kind, request) for kind, requests in kinds.items() for request in requests]
        random.shuffle(asked)
        took, answers = {kind: [] for kind in kinds}, set()
        for kind, (method, path, body) in asked:
            text, began = json.dumps(body), time.perf_counter()
            status, _, answer = ann.client.request(method, "/api/v1/" + path, text, ann.fields)
            took[kind].append(time.perf_counter() - began)
            answers.add((status, json.loads(answer)["responseStatus"]["errorCode"]))
        require(answers == {code}, f"{what} was answered {answers}")
        one, other = kinds
        figure, probability = f"{one} slower than {other}", _slower(*took.values())
        report.figures[figure] = max(
            probability, report.figures.get(figure, probability), key=lambda value: abs(value - 0.5))
        if abs(probability - 0.5) > 0.1:
            ms = [statistics.median(times) * 1000 for times in took.values()]
            report.miss(f"{figure}: {probability:.3f}, medians {ms[0]:.2f} and {ms[1]:.2f} ms")

    # As many of each kind as tell 0.6 from 0.5.
    samples = 330
    for number in report.each():
        # Long ones, that would be long in coming if they were read, and under a password, that would be looked at.
        foreign = gateway.drafts(
            30, owner=RECIPIENT, to=[SENDER], body="long " * 60_000, options={"fyeoType": "accountPassword"})
        compare("a send", {
            "a foreign draft": [send(foreign[index % len(foreign)]) for index in range(samples)],
            "none": [send(uuid.uuid4()) for _ in range(samples)]}, (404, "929"))
        # Each is tried fewer times than locks it; the last has been locked.
        *known, locked = [f"known-{number}-{index}@torture.example" for index in range(samples // 9 + 2)]
        gateway.load({"accounts": [
            {"address": address, "group": "everyone", "password": "the right one"} for address in [*known, locked]]})
        for _ in range(10):
            ann.ask(*sign_in(locked))
        for one, addresses in ("a wrong password", known), ("a locked account", [locked]):
            compare("signing in", {
                one: [sign_in(addresses[index % len(addresses)]) for index in range(samples)],
                "no account": [sign_in(f"nobody-{uuid.uuid4().hex[:4]}@torture.example") for _ in range(samples)]},
                (403, "803"))
    gateway.verify_audit()


def recall_race(room, report):
    """A message is read and taken back at once: nothing is shown after the recall was acknowledged."""
    gateway = room.gateway()
    people(gateway)
    gateway.start()
    ann, readers = Life(gateway, TOKEN), [Life(gateway, READER) for _ in range(4)]
    for _ in report.each():
        guid = ann.draft("soon gone")
        ann.send(guid)
        readers[0].arrived(guid)
        start, seen, recalled = threading.Barrier(5), [], []

        def read(reader):
            start.wait()
            for _ in range(6):
                began = time.monotonic()
                seen.append((began, reader.ask("GET", f"messages/{guid}")))

        def recall():
            start.wait()
            time.sleep(random.uniform(0, 0.006))
            ann.must("POST", f"messages/{guid}/recall", {"recallReason": "a mistake"})
            recalled.append(time.monotonic())

        threads = [threading.Thread(target=read, args=(reader,)) for reader in readers]
        threads.append(threading.Thread(target=recall))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for began, (status, answer) in seen:
            require(status == 200, f"a reading was answered {status}")
            if answer["body"]:
                report.add("read")
                require(began <= recalled[0], "a body was shown to a reading begun after the recall")
            else:
                report.add("recalled")
                require(answer["recallReason"] == "a mistake", "a recalled message without its reason")
    gateway.verify_audit()


def rotate(room, report):
    """The master key is rotated and the old ones retired while people write and read; everything stays readable."""
    gateway = room.gateway()
    people(gateway)
    gateway.start()
    ann = Life(gateway, TOKEN)
    written, stop = [], threading.Event()

    def write():
        writer, number = Life(gateway, TOKEN), 0
        while not stop.is_set():
            text = f"text {number}"
            guid = writer.draft(text, **({"fyeoType": "UniquePassword"} if number % 5 == 0 else {}))
            writer.send(guid, **({"password": "sesame"} if number % 5 == 0 else {}))
            written.append((guid, text))
            number += 1

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in report.each():
            time.sleep(random.uniform(0.1, 0.6))
            gateway.run("keys", "rotate", *gateway.flags)
            gateway.run("keys", "retire", *gateway.flags)
    finally:
        stop.set()
        for writer in writers:
            writer.join(60)
    report.add("written", len(written))
    password = {"x-sm-password": base64.b64encode(b"sesame").decode()}
    for guid, text in written:
        require(ann.must("GET", f"messages/{guid}", **password)["body"] == text, "a text is another")
    keys = gateway.run("keys", "show", *gateway.flags).stdout.split("\n")
    require(len([key for key in keys if key]) == 1, f"keys are left: {keys}")
    gateway.verify_audit()


TORTURES = {
    "large-file": (large_file, 1),
    "upload-kill": (upload_kill, 30),
    "guesses": (guesses, 5),
    "timing": (timing, 1),
    "recall-race": (recall_race, 100),
    "rotate": (rotate, 10),
}
