"""Disks that fail: syncs with an I/O error, no space, read-only, and hands on the audit log."""

import errno
import json
import os
import random
import shutil
import subprocess
import time

from clients import Client, Crowd, Outcome, Tally
from gateway import Miss, require, until
from report import Skip
from shim import SYNC, WRITE, Shim


def sync_errors(room, report):
    """The n-th sync fails once and what was not on the disk is lost, as the page cache loses it."""
    gateway = room.gateway()
    gateway.people()
    shim = Shim(room, gateway, (gateway.data, gateway.audit_room), drop=True)
    tally, names = Tally(), []
    gateway.start()
    for number in report.each():
        if len(names) < 400:
            names += gateway.drafts(1000)
        # Every third time the disk goes on failing for a while.
        times = 1 if number % 3 else 5
        with Crowd(gateway, names, size=2, tally=Tally()) as crowd:
            shim.fail(SYNC, errno.EIO, nth=number + 1, times=times)
            try:
                until(20, lambda: shim.failed >= times or not gateway.alive(), "a failed sync")
            except Miss:
                # Nothing was left to be synced: a ledger that says no does not sync.
                report.add("not reached")
            time.sleep(0.1)
            shim.relent()
        report.add("syncs failed", shim.failed)
        report.add("last failed on the log" if shim.orders.last.endswith(b"wal") else "elsewhere")
        tally.outcomes |= crowd.tally.outcomes
        names = [name for name in names if name not in tally.outcomes]
        if gateway.alive():
            _recovers(gateway, names, tally, report)
        gateway.kill()
        gateway.start()
        gateway.wait_healthy()
        found = gateway.check(tally, Client(gateway), replays=5, strict=False, delivered_within=None)
        report.most("said 503 yet sent", found["untrue"])
        require(gateway.ask("PRAGMA integrity_check") == [("ok",)], "integrity_check is not ok")
        gateway.verify_audit()
        if number % 10 == 0:
            gateway.keep_checkpoint()
    report.figures["acknowledged"] = tally.acknowledged
    report.figures["refused with 503"] = tally.count()[503]


def _recovers(gateway, names, tally, report, within=5):
    """A send is accepted again within the time, without a restart."""
    client = Client(gateway)
    began = time.monotonic()
    while True:
        name = names.pop(0)
        outcome = client.send(name)
        tally.note(name, outcome)
        if outcome.accepted:
            break
        require(time.monotonic() - began < within, f"no send was accepted again within {within} s: {outcome.status} {gateway.log_tail(300)}")
        time.sleep(0.05)
    report.most("slowest recovery s", time.monotonic() - began)
    client.close()


def no_space(room, report):
    """The n-th write finds no room, nor do those after it, until there is room again."""
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
        shim.watch(*folders)
        shim.fail(WRITE, errno.ENOSPC, nth=number // 3 + 1 if name == "audit" else number + 1,
                  partial=number % 2 == 1)
        round_tally = Tally()
        began = time.monotonic()
        while shim.failed == 0 or round_tally.outcomes and not list(round_tally.outcomes.values())[-1].refused:
            draft = names.pop(0)
            round_tally.note(draft, client.send(draft))
            if time.monotonic() - began > 20 or not names:
                break
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


TORTURES = {
    "sync-errors": (sync_errors, 200),
    "no-space": (no_space, 300),
}
