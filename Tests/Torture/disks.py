"""Disks that fail: syncs with an I/O error, no space, read-only, and hands on the audit log."""

import errno
import http.client
import json
import os
import shutil
import subprocess
import threading
import time

from clients import Client, Crowd, Outcome, Tally
from gateway import TOKEN, Miss, require, until
from lives import Life
from report import Skip
from shim import SYNC, WRITE, Shim


def sync_errors(room, report):
    """The n-th sync fails once and what was not on the disk is lost, as some page caches lose it.

    Every fourth time it stays to be read, as ext4's does: a send that was refused must not be found there either. The database
    is synced once in some thousand sends; every tenth time it is that which fails.
    """
    gateway = room.gateway()
    gateway.people()
    shim = Shim(room, gateway, (gateway.data, gateway.audit_room), drop=True)
    tally, names = Tally(), []
    gateway.start()
    for number in report.each():
        of_database = number % 10 == 9
        while len(names) < (5000 if of_database else 400):
            names += gateway.drafts(1000)
        # Every third time the disk goes on failing for a while.
        times = 1 if number % 3 else 5
        with Crowd(gateway, names, size=4 if of_database else 2, tally=Tally()) as crowd:
            if of_database:
                shim.fail(SYNC, errno.EIO, times=times, only="/postern.sqlite")
            else:
                shim.fail(SYNC, errno.EIO, nth=number + 1, times=times)
            try:
                until(20, lambda: shim.failed >= times or not gateway.alive(), "a failed sync")
            except Miss:
                # Nothing was left to be synced: a ledger that says no does not sync.
                report.add("not reached")
            time.sleep(0.1)
            shim.relent()
        report.add("syncs failed", shim.failed)
        last = os.path.basename(shim.orders.last.decode())
        report.add(f"last failed on {last if last.startswith('postern.sqlite') else 'the audit log'}")
        tally.outcomes |= crowd.tally.outcomes
        names = [name for name in names if name not in tally.outcomes]
        if gateway.alive():
            _recovers(gateway, names, tally, report)
        gateway.kill()
        shim.orders.drop = (number + 1) % 4 != 2
        gateway.start()
        gateway.wait_healthy()
        gateway.check(tally, Client(gateway), replays=5, delivered_within=None)
        require(gateway.ask("PRAGMA integrity_check") == [("ok",)], "integrity_check is not ok")
        gateway.verify_audit()
        if number % 10 == 0:
            gateway.keep_checkpoint()
    report.figures["acknowledged"] = tally.acknowledged
    report.figures["refused with 503"] = tally.count()[503]


def _recovers(gateway, names, tally, report, within=5):
    """A send is accepted again within the time, without a restart."""
    client = Client(gateway)
    if not names:
        names += gateway.drafts(100)
    began, name = time.monotonic(), names.pop(0)
    while True:
        outcome = client.send(name)
        tally.note(name, outcome)
        if outcome.accepted:
            break
        require(time.monotonic() - began < within, 
                f"no send was accepted again within {within} s: {outcome.status} {gateway.log_tail(700)}")
        time.sleep(0.05)
    report.most("slowest recovery s", time.monotonic() - began)
    client.close()


def no_space(room, report):
    """The n-th write finds no room, nor do those after it, until there is room again.

    Every tenth time it is the log's index that finds none, which is written to when the log has grown: the gateway is
    started anew before, so that it has to grow.
    """
    gateway = room.gateway()
    gateway.people()
    shim = Shim(room, gateway, (gateway.data, gateway.audit_room))
    tally, names = Tally(), []
    gateway.start()
    client = Client(gateway)
    targets = [("data and audit", (gateway.data, gateway.audit_room)), ("data", (gateway.data,)),
               ("audit", (gateway.audit_room,))]
    for number in report.each():
        if len(names) < 400:
            names += gateway.drafts(1000)
        name, folders = targets[number % 3]
        if number % 10 == 9:
            name, folders = "the log's index", (gateway.data,)
            gateway.kill()
            gateway.start()
            client = Client(gateway)
        shim.watch(*folders)
        if name == "the log's index":
            shim.fail(WRITE, errno.ENOSPC, only="-shm", spreads=True)
        else:
            shim.fail(WRITE, errno.ENOSPC, nth=number // 3 + 1 if name == "audit" else number + 1,
                      partial=number % 2 == 1)
        round_tally = Tally()
        began = time.monotonic()
        while shim.failed == 0 or round_tally.outcomes and not list(round_tally.outcomes.values())[-1].refused:
            draft = names.pop(0)
            round_tally.note(draft, client.send(draft))
            if time.monotonic() - began > 30:
                break
            if len(names) < 10:
                names += gateway.drafts(1000)
            if name == "audit":
                time.sleep(0.02)  # The log is written a few times a second, however much is sent.
        outcomes = list(round_tally.outcomes.values())
        require(shim.failed > 0, f"no write on {name} was reached")
        require(outcomes[-1].status == 503, f"with no room for {name} a send was answered {outcomes[-1]}")
        report.most("slowest 503 s", max(o.took for o in outcomes if o.status == 503))
        # It stays so, says so, and does so without making anybody wait.
        for _ in range(3):
            draft = names.pop(0)
            outcome = client.send(draft)
            round_tally.note(draft, outcome)
            require(outcome.status == 503, f"with no room for {name} a send was answered {outcome}")
            require(outcome.took < 2, f"the 503 took {outcome.took:.1f} s")
        status, page = gateway.health()
        require(status == 503 and page.get("reasons"), f"health said {status} {page}")
        require(gateway.health("/health/live")[0] == 200, "the process was not live")
        shim.relent()
        tally.outcomes |= round_tally.outcomes
        _recovers(gateway, names, tally, report)
        until(5, lambda: gateway.health()[0] == 200, "health")
        require(not [n for n in round_tally.outcomes if round_tally.outcomes[n].refused
                     and gateway.ask("SELECT state FROM messages WHERE guid = ?", bytes.fromhex(n.replace("-", "")))[0][0]],
                "a send happened although a 503 said no")
        if number % 20 == 19:
            gateway.kill()
            gateway.start()
            gateway.check(tally, Client(gateway), replays=5, delivered_within=None)
            gateway.verify_audit()
            gateway.keep_checkpoint()
            client = Client(gateway)
    # A row that could not be put into its mailbox is put off for up to 30 s, or until its lease ends.
    found = gateway.check(tally, client, delivered_within=90)
    report.figures["last delivery s"] = found["delivered"]
    gateway.verify_audit()
    report.figures["acknowledged"] = tally.acknowledged


def full_disk(room, report):
    """A file system that really has no room: for the data, the audit log, both, and what the gateway logs."""
    if os.geteuid() != 0:
        raise Skip("it mounts small file systems, which only root may do")
    for number in report.each():
        for place in ("data", "audit", "both", "log"):
            _full(room, report, f"{place}-{number}", place)


def _full(room, report, name, place):
    disk = os.path.join(room.path, f"disk-{name}")
    room.mount("tmpfs", disk, "-t", "tmpfs", "-o", "size=24m")
    gateway = room.gateway(
        name, data=f"{disk}/data" if place in ("data", "both") else None,
        audit=f"{disk}/audit" if place in ("audit", "both") else None)
    gateway.people()
    names, tally = gateway.drafts(1500), Tally()
    gateway.start(log=f"{disk}/gateway.log" if place == "log" else None)
    client = Client(gateway)
    for _ in range(10):
        tally.note(names[-1], client.send(names.pop()))
    filler = f"{disk}/filler"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True)
    if place == "log":
        # What cannot be logged for operators is no reason to stop: the audit log is another matter.
        for _ in range(20):
            client.send(names[0], {"craCode": 1})
            tally.note(names[-1], client.send(names.pop()))
        require(all(o.accepted for o in tally.outcomes.values()), f"answers were {tally.count()}")
    else:
        # Files that are there already may have room within them, so it takes a few sends.
        with Crowd(gateway, names, size=4, tally=tally):
            until(40, lambda: tally.count()[503] >= 5, "a 503")
        report.most("slowest 503 s", max(o.took for o in tally.outcomes.values() if o.status == 503))
        require(max(o.took for o in tally.outcomes.values() if o.status == 503) < 2, "a 503 took 2 s or more")
        names = [n for n in names if n not in tally.outcomes]
        def told():
            if not names:
                raise Miss("no drafts left")
            tally.note(names[-1], outcome := client.send(names.pop()))
            return outcome.status == 503 and gateway.health()[0] == 503
        until(2, told, "health that tells the truth")
        os.remove(filler)
        _recovers(gateway, names, tally, report)
        until(5, lambda: gateway.health()[0] == 200, "health")
    gateway.check(tally, client, replays=5, delivered_within=90)
    code, _ = gateway.terminate()
    require(code == 0, f"the exit code was {code}")
    gateway.verify_audit()
    room.unmount(disk)


class Uploader(threading.Thread):
    """A client that brings a message's files, each in one chunk and until it is told that it is stored."""

    # Large enough to be read on the threads that wait for disks.
    CONTENT = bytes(range(250)) * 300

    def __init__(self, gateway):
        super().__init__(daemon=True)
        ann = Life(gateway, TOKEN)
        self.plan = {"messageGuid": ann.draft("with files"), "attachmentPlaceholders": [
            {"fileName": f"{number}.bin", "totalBytesLength": len(self.CONTENT)} for number in range(100)]}
        told = ann.must("POST", "attachments/precreate", self.plan)["attachmentPlaceholders"]
        ann.client.close()
        self.files = [placeholder["attachmentGuid"] for placeholder in told]
        self.client, self.outcomes, self.stopping = Client(gateway), [], threading.Event()

    @property
    def stored(self):
        return sum(outcome.accepted for outcome in self.outcomes)

    def bring(self, file):
        outcome = Outcome(began=time.monotonic())
        try:
            outcome.status, _, content = self.client.request(
                "POST", f"/api/v1/attachments/{file}/chunk/1", self.CONTENT,
                {"x-sm-session-token": TOKEN, "Content-Type": "application/octet-stream"})
            if outcome.status != 200:
                outcome.said = json.loads(content)["responseStatus"]["message"]
        except (OSError, http.client.HTTPException, ValueError, KeyError) as trouble:
            outcome.trouble = repr(trouble)
        outcome.ended = time.monotonic()
        self.outcomes.append(outcome)
        return outcome

    def run(self):
        for file in self.files:
            while not self.stopping.wait(0.05) and not self.bring(file).accepted:
                pass

    def finish(self, report):
        """Ends, and sees whether everybody was answered in time and what was told holds."""
        self.stopping.set()
        self.join(30)
        odd = [outcome for outcome in self.outcomes if outcome.status not in (200, 503)]
        require(not odd, f"an upload was answered {odd[:1]}")
        slowest = max(outcome.took for outcome in self.outcomes)
        report.most("slowest upload s", slowest)
        require(slowest < 2, f"an upload was answered after {slowest:.2f} s")
        require(any("may do so yet" in outcome.said for outcome in self.outcomes), "no upload was under way")
        # Each file is stored or can be brought again, whatever was said of it; what lies there is what was brought.
        for file in self.files[:self.stored + 2]:
            outcome = self.bring(file)
            require(outcome.accepted, f"a chunk that is brought again is answered {outcome}")
            status, _, got = self.client.request(
                "GET", f"/api/v1/attachments/{file}", None, {"x-sm-session-token": TOKEN})
            require(status == 200 and got == self.CONTENT, f"a file came out otherwise than it went in ({status})")
        self.client.close()


def standing_disk(room, report):
    """The disk answers nothing for a while: everybody hears so in time, and afterwards all is as it was said.

    Two uploads are under way; every other time nobody sends, so that nothing waits to be committed.
    """
    if os.geteuid() != 0:
        raise Skip("it freezes a file system, which only root may do")
    image, disk = os.path.join(room.path, "disk.img"), os.path.join(room.path, "disk")
    subprocess.run(["truncate", "-s", "1G", image], check=True)
    try:
        subprocess.run(["mkfs.ext4", "-qF", image], check=True, capture_output=True)
        room.mount(image, disk, "-o", "loop")
        subprocess.run(["fsfreeze", "-f", disk], check=True, capture_output=True)
        subprocess.run(["fsfreeze", "-u", disk], check=True)
    except (OSError, subprocess.CalledProcessError):
        raise Skip("no file system can be frozen here")
    gateway = room.gateway(
        data=f"{disk}/data", audit=f"{disk}/audit", settings={"gateway-ledger-patience": "1500ms"})
    gateway.people()
    names, tally = gateway.drafts(report.rounds * 1000), Tally()
    gateway.start()
    for number in report.each():
        part, names, told = names[:1000], names[1000:], Tally()
        uploaders = [Uploader(gateway) for _ in range(2)]
        with Crowd(gateway, part if number % 2 == 0 else [], size=8, tally=told, pause=0.02):

            def goes_on(sends=told.acknowledged, stored=0):
                return ((number % 2 or told.acknowledged > sends + 20)
                        and all(uploader.stored > stored for uploader in uploaders))

            for uploader in uploaders:
                uploader.start()
            until(10, goes_on, "sends that are accepted and files that are stored")
            subprocess.run(["fsfreeze", "-f", disk], check=True)
            try:
                until(3, lambda: gateway.health(within=1)[0] == 503, "health that tells the truth")
                _is_told(gateway, report)
                require(gateway.health("/health/live")[0] == 200, "the gateway does not say that it lives")
                time.sleep(1)
                _is_told(gateway, report)
            finally:
                subprocess.run(["fsfreeze", "-u", disk], check=True)
            until(5, lambda: gateway.health()[0] == 200, "health")
            sends, stored = told.acknowledged, max(uploader.stored for uploader in uploaders)
            until(5, lambda: goes_on(sends, stored), "sends that are accepted and files that are stored again")
        for uploader in uploaders:
            uploader.finish(report)
        slowest = max((outcome.took for outcome in told.outcomes.values()), default=0)
        report.most("slowest answer s", slowest)
        require(slowest < 2, f"an answer took {slowest:.2f} s")
        # What was begun may have been recorded after all: whoever asks again hears so, and it is sent once.
        client, states = Client(gateway), gateway.states()
        for name, outcome in told.outcomes.items():
            if outcome.status == 503:
                said_no, was_sent = "Nothing was sent" in outcome.said, states[name][0] == 1
                require(not (said_no and was_sent), f"a 503 said no, and it was sent: {outcome}")
                report.add("said no" if said_no else "said perhaps, and was" if was_sent else "said perhaps, and was not")
                again = client.send(name)
                require(again.accepted, f"a send that was answered 503 is answered {again}")
                told.note(name, again)
        tally.outcomes |= told.outcomes
        client.close()
    gateway.check(tally, Client(gateway))
    code, _ = gateway.terminate()
    require(code == 0, f"the exit code was {code}")
    gateway.verify_audit()


def _is_told(gateway, report):
    """Health and metrics are answered at once while the disk stands still, on both listeners."""
    client = Client(gateway)
    for name, ask in {
        "/health/ready": lambda: client.request("GET", "/health/ready")[0],
        "the operators' /health/ready": lambda: gateway.health()[0],
    }.items():
        began = time.monotonic()
        require(ask() == 503, f"{name} does not say that the disk does not answer")
        took = time.monotonic() - began
        report.most("slowest health s", took)
        require(took < 1, f"{name} took {took:.2f} s")
    began = time.monotonic()
    gateway.metrics()
    require(time.monotonic() - began < 1, "the metrics took a second or more")
    client.close()


def read_only(room, report):
    """The file system turns read-only under the gateway, as ext4 does after an error; then the shim's EROFS."""
    if os.geteuid() != 0:
        raise Skip("it mounts a loop image, which only root may do")
    for number in report.each():
        image, disk = os.path.join(room.path, f"ro-{number}.img"), os.path.join(room.path, f"ro-{number}")
        subprocess.run(["truncate", "-s", "64M", image], check=True)
        subprocess.run(["mkfs.ext4", "-qF", image], check=True, capture_output=True)
        before = set(os.listdir("/sys/fs/ext4"))
        room.mount(image, disk, "-o", "loop,errors=remount-ro")
        trigger = [f"/sys/fs/ext4/{n}/trigger_fs_error" for n in set(os.listdir("/sys/fs/ext4")) - before]
        if len(trigger) != 1 or not os.path.exists(trigger[0]):
            raise Skip("the kernel cannot pretend a file system error")
        gateway = room.gateway(f"read-only-{number}", data=f"{disk}/data", audit=f"{disk}/audit")
        gateway.people()
        names, tally = gateway.drafts(200), Tally()
        gateway.start()
        client = Client(gateway)
        for _ in range(20):
            tally.note(names[-1], client.send(names.pop()))
        with open(trigger[0], "w") as file:
            file.write("torture")
        for _ in range(5):
            tally.note(names[-1], outcome := client.send(names.pop()))
            require(outcome.status == 503, f"on a read-only disk a send was answered {outcome.status}")
            report.most("slowest 503 s", outcome.took)
            require(outcome.took < 2, "a 503 took 2 s or more")
        require(gateway.health()[0] == 503, "health did not say so")
        gateway.terminate()
        room.unmount(disk)
        subprocess.run(["e2fsck", "-fy", image], capture_output=True)
        room.mount(image, disk, "-o", "loop")
        gateway.start()
        client = Client(gateway)
        tally.note(names[-1], client.send(names.pop()))
        require(tally.outcomes[list(tally.outcomes)[-1]].accepted, "no send was accepted afterwards")
        gateway.check(tally, client, strict=False, delivered_within=90)
        gateway.verify_audit()
        gateway.kill()
        room.unmount(disk)


def read_only_for_a_while(room, report):
    """Every write is refused with EROFS for a while; the gateway goes on by itself."""
    gateway = room.gateway()
    gateway.people()
    shim = Shim(room, gateway, (gateway.data, gateway.audit_room))
    names, tally = gateway.drafts(40 * report.rounds + 40), Tally()
    gateway.start()
    client = Client(gateway)
    for number in report.each():
        tally.note(names[-1], client.send(names.pop()))
        shim.fail(WRITE, errno.EROFS)
        for _ in range(3):
            tally.note(names[-1], outcome := client.send(names.pop()))
            require(outcome.status == 503 and outcome.took < 2, f"a send was answered {outcome}")
        require(gateway.health()[0] == 503, "health did not say so")
        shim.relent()
        _recovers(gateway, names, tally, report)
    gateway.check(tally, client, delivered_within=90)
    gateway.verify_audit()


def hands_on_the_log(room, report):
    """Somebody removes, cuts, replaces or changes parts of the audit log while the gateway serves."""

    def aside(path):
        os.rename(path, path + ".aside")
        return lambda: os.rename(path + ".aside", path)

    def cut(path):
        with open(path, "r+b") as file:
            content = file.read()
            file.truncate(len(content) // 2)

        def back():
            with open(path, "wb") as file:
                file.write(content)
        return back

    def replace(path):
        shutil.copy(path, path + ".copy")
        with open(path + ".copy", "r+b") as file:
            file.seek(3)
            file.write(b"X")
        with open(path, "rb") as file:
            content = file.read()
        os.replace(path + ".copy", path)

        def back():
            with open(path, "wb") as file:
                file.write(content)
        return back

    def roll_back(path):
        with open(path, "rb") as file:
            content = file.read()
        shutil.copy(os.path.join(gateway.kept_folder, "00000"), path)

        def back():
            with open(path, "wb") as file:
                file.write(content)
        return back

    def unlink(path):
        # It is not put back: SQLite's own copy of what it held has been taken over by then, and an older log beside
        # a newer database destroys it.
        os.remove(path)
        return lambda: None

    def newest(below):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(f"{gateway.audit}/{below}")
                 for name in names if not name.endswith(".new")]
        return max(files, key=written)

    def written(path):
        # Partial files are removed once there is a full one.
        return os.path.getmtime(path) if os.path.exists(path) else 0

    def taken_in():
        # Before that the newest file is not the log's yet, or will not be its last one for long.
        with open(f"{gateway.audit}/checkpoint") as file:
            return int(file.read().split("\n")[1]) == sum(gateway.entries().values())

    gateway = room.gateway()
    gateway.people()
    names, tally = gateway.drafts(report.rounds * 40 + 400), Tally()
    gateway.start()
    client = Client(gateway)
    for _ in range(300):
        tally.note(names[-1], client.send(names.pop()))
    time.sleep(1)
    gateway.keep_checkpoint()
    for _ in range(10):
        tally.note(names[-1], client.send(names.pop()))
    time.sleep(1)
    deeds = [
        ("the folder removed", aside, lambda: gateway.audit),
        ("the checkpoint removed", aside, lambda: f"{gateway.audit}/checkpoint"),
        ("the checkpoint cut", cut, lambda: f"{gateway.audit}/checkpoint"),
        ("the checkpoint replaced", replace, lambda: f"{gateway.audit}/checkpoint"),
        ("the checkpoint rolled back", roll_back, lambda: f"{gateway.audit}/checkpoint"),
        ("the last bundle cut", cut, lambda: newest("tile/entries")),
        ("the last bundle replaced", replace, lambda: newest("tile/entries")),
        ("the last tile removed", aside, lambda: newest("tile/0")),
        ("a full bundle changed", replace, lambda: f"{gateway.audit}/tile/entries/000"),
        ("the database removed", aside, lambda: f"{gateway.data}/postern.sqlite"),
        ("the database's log removed", unlink, lambda: f"{gateway.data}/postern.sqlite-wal"),
    ]
    for _ in report.each():
        for what, deed, where in deeds:
            until(10, taken_in, "the last sends being in the log")
            back = deed(where())
            # A full file is looked at in turn, one at each commit; everything else before the next.
            patience = 20 if what.startswith("a full") else 1
            outcome = Outcome()
            for _ in range(patience):
                tally.note(names[-1], outcome := client.send(names.pop()))
                if outcome.refused:
                    break
            if outcome.status != 503:
                report.miss(f"with {what} a send was answered {outcome.status}")
            require(outcome.took < 2, f"with {what} the answer took {outcome.took:.1f} s")
            if gateway.health()[0] != 503:
                report.miss(f"with {what} health said all was well")
            back()
            try:
                _recovers(gateway, names, tally, report)
            except Miss as miss:
                report.miss(f"after {what}: {miss}")
                return
            until(10, lambda: gateway.health()[0] == 200, f"health after {what}")
    gateway.check(tally, client, delivered_within=90)
    gateway.verify_audit()


TORTURES = {
    "sync-errors": (sync_errors, 200),
    "no-space": (no_space, 300),
    "standing-disk": (standing_disk, 10),
    "full-disk": (full_disk, 20),
    "read-only": (read_only, 5),
    "read-only-for-a-while": (read_only_for_a_while, 20),
    "hands-on-the-log": (hands_on_the_log, 10),
}
