"""Clocks that jump: days, hours, month and year ends, leap days, the two hours of the year, and 2038."""

import datetime
import glob
import os
import sqlite3
import uuid
import zoneinfo

from clients import Client
from gateway import RECIPIENT, require
from report import Skip

ZONE = zoneinfo.ZoneInfo("Europe/Zurich")
QUOTA = 3


class FakeClock:
    """The time a gateway and its commands believe in; it goes on from wherever it is set."""

    def __init__(self, room, gateway):
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            raise Skip("libfaketime is not installed")
        self.path = gateway.root + ".clock"
        self.environment = {
            "LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # What the file system notes of its files is no clock of the process's.
            "NO_FAKE_STAT": "1"}
        gateway.environment |= self.environment
        # The library changes the environment of the first process it is loaded into, after which Swift does not find
        # the arguments; from `env` on, it is changed already.
        gateway.wrapper = ["env"]
        self.offset = datetime.timedelta()
        self.set(datetime.datetime.now(datetime.UTC))

    def set(self, instant):
        self.offset = instant - datetime.datetime.now(datetime.UTC)
        with open(self.path + ".new", "w") as file:
            file.write(f"{self.offset.total_seconds():+.3f}\n")
        os.replace(self.path + ".new", self.path)

    def now(self):
        return datetime.datetime.now(datetime.UTC) + self.offset


def local(*parts, fold=0):
    return datetime.datetime(*parts, tzinfo=ZONE, fold=fold).astimezone(datetime.UTC)


JOURNEYS = {
    "a day on, twice": [local(2027, 6, 1, 12), local(2027, 6, 2, 12), local(2027, 6, 3, 12)],
    "an hour back over midnight": [
        local(2027, 7, 1, 0, 20), local(2027, 6, 30, 23, 40), local(2027, 7, 1, 0, 30), local(2027, 6, 30, 23, 50)],
    "an hour back within a day": [local(2027, 7, 5, 12), local(2027, 7, 5, 11), local(2027, 7, 6, 12)],
    "the end of a month": [local(2027, 1, 31, 23, 58), local(2027, 2, 1, 0, 2)],
    "the end of a year": [
        local(2027, 12, 31, 23, 58), local(2028, 1, 1, 0, 2), local(2027, 12, 31, 23, 2), local(2028, 1, 1, 1)],
    "29 February": [
        local(2028, 2, 28, 23, 58), local(2028, 2, 29, 0, 2), local(2028, 2, 29, 23, 58), local(2028, 3, 1, 0, 2)],
    "a year without one": [local(2027, 2, 28, 23, 58), local(2027, 3, 1, 0, 2)],
    "clocks put on": [
        local(2027, 3, 27, 23, 58), local(2027, 3, 28, 0, 2), local(2027, 3, 28, 1, 59), local(2027, 3, 28, 3, 1),
        local(2027, 3, 28, 23, 58), local(2027, 3, 29, 0, 2)],
    "clocks put back": [
        local(2027, 10, 30, 23, 58), local(2027, 10, 31, 0, 2), local(2027, 10, 31, 2, 30),
        local(2027, 10, 31, 2, 30, fold=1), local(2027, 10, 31, 23, 58), local(2027, 11, 1, 0, 2)],
    "2038": [
        datetime.datetime(2038, 1, 19, 3, 14, 5, tzinfo=datetime.UTC),
        datetime.datetime(2038, 1, 19, 3, 14, 10, tzinfo=datetime.UTC),
        datetime.datetime(2038, 1, 20, 12, tzinfo=datetime.UTC)],
}


def journeys(room, report):
    """At every stop: as many sends as the day has left, the time of the reset, and no expiry ever moved."""
    gateway = room.gateway()
    clock = FakeClock(room, gateway)
    gateway.people()
    gateway.start()
    expiries = {}
    for round_number in report.each():
        for number, (what, stops) in enumerate(JOURNEYS.items()):
            _travel(gateway, clock, f"{round_number}-{number}", what, stops, expiries)
            report.add("stops", len(stops))
    gateway.wait_healthy()
    now = dict(gateway.ask("SELECT id, expires_at FROM messages WHERE state = 1"))
    require(all(now[key] == value for key, value in expiries.items()), "an expiry moved afterwards")
    gateway.verify_audit()


def _travel(gateway, clock, number, what, stops, expiries):
    address, token = f"three-{number}@torture.example", f"torture-three-{number}"
    used = {}
    latest = max(stops)
    for stop in stops:
        clock.set(stop)
        names = [str(uuid.uuid4()) for _ in range(QUOTA + 3)]
        drafts = [{"guid": name, "owner": address, "to": [RECIPIENT], "subject": "Clock", "body": name}
                  for name in names]
        # One that is late already, and one that may live until the journey's last stop and not outlive it by going back.
        drafts[0]["expiryDate"] = _written(stop - datetime.timedelta(minutes=1))
        drafts[1]["expiryDate"] = _written(latest + datetime.timedelta(hours=2))
        gateway.load({"messages": drafts, "accounts": [
            {"address": address, "group": "three", "tokens": [{"token": token}], "contacts": [RECIPIENT]}]})
        _wake(gateway, address, stop)
        client = Client(gateway, token)
        refused = client.send(names[0])
        require(refused.code == "76", f"{what}: an expiry in the past was answered {refused.status} {refused.code}")
        day = stop.astimezone(ZONE).date()
        left = QUOTA - used.get(day, 0)
        outcomes = [client.send(name) for name in names[1:]]
        accepted = sum(outcome.accepted for outcome in outcomes)
        require(accepted == left, f"{what}, {stop}: {accepted} sends accepted, the day had {left} left")
        require({o.code for o in outcomes if not o.accepted} == {"28"}, f"{what}: {[o.code for o in outcomes]}")
        used[day] = QUOTA
        midnight = datetime.datetime.combine(
            day + datetime.timedelta(days=1), datetime.time(), ZONE).astimezone(datetime.UTC)
        wait = int(outcomes[-1].headers.get("retry-after", "-1"))
        right = (midnight - clock.now()).total_seconds()
        require(abs(wait - right) <= 3, f"{what}, {stop}: Retry-After {wait}, the day ends in {right:.0f} s")
        for key, sent_at, expires_at, date in gateway.ask(
                """SELECT m.id, dated_at, expires_at, expiry_date FROM messages m JOIN accounts a ON a.id = m.owner
                   WHERE a.address = ? AND state = 1""", address):
            allowed = date if date is not None else sent_at + 90 * 86_400_000
            require(expires_at is not None and expires_at <= allowed, f"{what}: an expiry is later than it may be")
            require(expiries.setdefault(key, expires_at) == expires_at, f"{what}: an expiry moved")
        client.close()


def _written(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _wake(gateway, address, instant):
    """Makes an account's sessions used just now, in the gateway's time: commands run in ours."""
    connection = sqlite3.connect(f"{gateway.data}/postern.sqlite", timeout=10)
    with connection:
        connection.execute(
            "UPDATE sessions SET last_seen = ? WHERE account = (SELECT id FROM accounts WHERE address = ?)",
            (int(instant.timestamp() * 1000), address))
    connection.close()


TORTURES = {"clocks": (journeys, 2)}
