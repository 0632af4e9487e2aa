"""Ends without notice: killed under load and while starting, power cut, and the polite end under load."""

import os
import random
import signal
import subprocess
import time

from clients import Client, Crowd, Tally
from gateway import PROGRAM, require
from report import Skip


def kill_under_load(room, report):
    """kill -9 at a random moment while several clients send."""
    gateway = room.gateway()
    gateway.people()
    tally = Tally()
    names = []
    for _ in report.each():
        if len(names) < 1500:
            names += gateway.drafts(2000)
        report.most("slowest start s", gateway.start())
        report.most("slowest health s", gateway.wait_healthy())
        _look(gateway, tally)
        with Crowd(gateway, names, tally=tally) as crowd:
            time.sleep(random.uniform(0.05, 1.5))
            gateway.kill()
        names = [name for name in names if name not in tally.outcomes]
        gateway.keep_checkpoint()
        report.figures["acknowledged"] = tally.acknowledged
    gateway.start()
    _look(gateway, tally)


def _look(gateway, tally):
    """Compares what was told with what is there, after the gateway has started again."""
    if not tally.outcomes:
        return
    client = Client(gateway)
    # What was cut off may have happened or not; asking again settles it, once.
    for name in [n for n, o in tally.outcomes.items() if o.status == 0][-50:]:
        tally.note(name, client.send(name))
    gateway.check(tally, client)
    client.close()
    require(gateway.ask("PRAGMA integrity_check") == [("ok",)], "integrity_check is not ok")
    gateway.verify_audit()


def power_cut(room, report):
    """What a disk holds when the power goes: the image is copied while the process stands still."""
    if os.geteuid() != 0:
        raise Skip("it mounts a loop image, which only root may do")
    image, cut, disk = (os.path.join(room.path, name) for name in ("disk.img", "cut.img", "disk"))
    subprocess.run(["truncate", "-s", "256M", image], check=True)
    made = subprocess.run(["mkfs.ext4", "-qF", image], capture_output=True)
    if made.returncode != 0:
        raise Skip("mkfs.ext4 does not work here")
    try:
        room.mount(image, disk, "-o", "loop")
    except subprocess.CalledProcessError:
        raise Skip("loop images cannot be mounted here")
    gateway = room.gateway(data=f"{disk}/data", audit=f"{disk}/audit")
    gateway.people()
    gateway.drafts(300)
    tally, names = Tally(), []
    for _ in report.each():
        if len(names) < 1500:
            names += gateway.drafts(2000)
        report.most("slowest start s", gateway.start())
        report.most("slowest health s", gateway.wait_healthy())
        _look(gateway, tally)
        before = Tally()
        with Crowd(gateway, names, tally=before):
            time.sleep(random.uniform(0.2, 1.5))
            os.kill(gateway.pid, signal.SIGSTOP)
            time.sleep(0.2)
            # Only what the device was told to keep is in the image; the page cache is not.
            subprocess.run(["cp", "--sparse=always", image, cut], check=True)
            gateway.kill()
        # The checkpoint an outsider kept is one that was on the disk by then.
        room.unmount(disk)
        os.replace(cut, image)
        room.mount(image, disk, "-o", "loop")
        tally.outcomes |= before.outcomes
        names = [name for name in names if name not in tally.outcomes]
        gateway.keep_checkpoint()
        report.figures["acknowledged"] = tally.acknowledged
    gateway.start()
    _look(gateway, tally)


def kill_while_starting(room, report):
    """kill -9 during the first start, later starts and the making of an empty ledger."""
    for number in report.each():
        fresh = number % 2 == 0
        gateway = room.gateway(f"start-{number if fresh else number - 1}")
        # How long a start takes here, so that the kill falls anywhere within it.
        for _ in range(3):
            moment = random.uniform(0, 0.6)
            process = subprocess.Popen(
                [PROGRAM, "serve", *gateway.flags], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=os.environ | {"SWIFT_BACKTRACE": "enable=no"})
            time.sleep(moment)
            process.kill()
            process.wait()
        if fresh:
            gateway.people()
            gateway.drafts(20)
        states = gateway.states()
        report.most("slowest start s", gateway.start())
        gateway.wait_healthy()
        require(gateway.states().keys() == states.keys(), "messages were lost")
        client, tally = Client(gateway), Tally()
        for name in [n for n, (state, _, _) in states.items() if state == 0][:10]:
            tally.note(name, client.send(name))
        require(tally.acknowledged == len(tally.outcomes), f"answers were {tally.count()}")
        gateway.check(tally, client)
        gateway.kill()
        gateway.start()
        gateway.check(tally, Client(gateway))
        gateway.verify_audit()
        gateway.keep_checkpoint()
        gateway.kill()


def stop_under_load(room, report):
    """SIGTERM under load: what is in flight is answered, the exit is 0, and in time."""
    gateway = room.gateway()
    gateway.people()
    tally = Tally()
    for _ in report.each():
        names = gateway.drafts(1500)
        gateway.start()
        mine = Tally()
        with Crowd(gateway, names, size=6, tally=mine) as crowd:
            time.sleep(random.uniform(0.1, 1))
            asked = time.monotonic()
            code, took = gateway.terminate()
        report.most("slowest stop s", took)
        require(code == 0, f"the exit code was {code}")
        require(took <= 10, f"the stop took {took:.1f} s")
        # A request under way when the signal came must have its answer; one begun on a connection that was
        # being closed, or later, has none to expect.
        cut = [o for o in mine.outcomes.values() if o.status == 0 and o.began < asked - 0.002]
        require(not cut, f"{len(cut)} requests in flight were not answered")
        report.add("answered", sum(o.status != 0 for o in mine.outcomes.values()))
        report.add("after the signal", sum(
            o.status != 0 and o.ended > asked for o in mine.outcomes.values()))
        tally.outcomes |= mine.outcomes
        gateway.keep_checkpoint()
        gateway.verify_audit()
    gateway.start()
    gateway.check(tally, Client(gateway))


TORTURES = {
    "kill": (kill_under_load, 100),
    "power-cut": (power_cut, 50),
    "kill-while-starting": (kill_while_starting, 30),
    "stop": (stop_under_load, 20),
}
