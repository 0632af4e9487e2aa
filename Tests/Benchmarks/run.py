#!/usr/bin/env python3
"""Measures Postern beside its peers, in turn on the same machine, and prints how that compares with the goals.

Exit code 0 whatever the figures are; 1 when a figure could not be taken.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from goals import GOALS
from loads import h2load, handshakes, wrk
from servers import (
    HERE, Ceiling, Nginx, Postern, Trouble, count_sent, get, prepare_peer, trusting)

WARM = 1000


class Bench:
    """One run: its folder, its programs and the figures so far."""

    def __init__(self, options):
        self.folder = options.folder.resolve()
        self.postern = options.programs.resolve() / "postern"
        self.bench = options.programs.resolve() / "postern-bench"
        self.quick = options.quick
        self.rounds = 1 if options.quick else 3
        self.seconds = 2 if options.quick else 4
        self.drafts = 40_000 if options.quick else 100_000
        self.passworded = 1200
        self.messages = options.messages or (20_000 if options.quick else 500_000)
        self.figures = []
        self.troubles = []

    # Figures

    def add(self, name, what, value, unit, besides=None, limit=None, ratio=None):
        if limit is not None and ratio is None:
            ratio = value / limit
        figure = {"id": name, "what": what, "value": value, "unit": unit}
        if limit is not None:
            figure |= {"besides": besides, "limit": limit, "ratio": ratio}
        goal = GOALS.get(name)
        if goal:
            figure["goal"] = goal.words(unit)
            figure["reached"] = goal.reached(value, ratio)
        self.figures.append(figure)
        print(line(figure), flush=True)

    def attempt(self, name, measure):
        """Takes some figures; one that cannot be taken does not stop the others."""
        start = time.monotonic()
        try:
            measure()
        except (Trouble, OSError, subprocess.SubprocessError) as trouble:
            self.troubles.append(name)
            print(f"{name}: could not be measured: {trouble}", file=sys.stderr)
        print(f"  ({name} took {time.monotonic() - start:.0f} s)", file=sys.stderr)

    # What is served

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.template = self.folder / "template"
        self.certificates = self.folder / "certificates"
        self.template.mkdir(parents=True)
        self.run(self.postern, "cert", "dev", "--directory", self.certificates)
        self.run(
            self.bench, "prepare", "--directory", self.template, "--drafts",
            self.drafts + self.passworded, "--confidential", self.passworded)
        prepare_peer(self.folder / "peer-template", self.template)
        self.slow = self.folder / "slowsync.so"
        self.run("gcc", "-O2", "-shared", "-fPIC", "-o", self.slow, HERE / "slowsync.c", "-ldl")

    def run(self, *command):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise Trouble(f"{command[0]} failed.\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def fresh(self, template):
        """A copy of prepared data, on disk before anything is measured."""
        folder = self.folder / "serving"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder / template, folder)
        os.sync()
        return folder

    def serve(self, **settings):
        return Postern(self.postern, self.fresh("template"), self.certificates, **settings)

    def serve_peer(self, **settings):
        return Nginx(self.fresh("peer-template"), self.certificates, **settings)

    def serve_ceiling(self, **settings):
        folder = self.fresh("empty")
        return Ceiling(self.bench, folder, self.certificates, self.drafts, **settings)

    # Sends

    def sends(self, server, folder, *, cpu=None, peer=None, seconds=None):
        """Sends fresh drafts, and counts in the ledger what was really sent."""
        drafts = self.template / "drafts.txt"
        warm = wrk(server.port, "send.lua", [drafts, 1, WARM], seconds=1, cpu=cpu)
        before = server.processor_seconds()
        found = wrk(
            server.port, "send.lua", [drafts, WARM + 1, self.drafts],
            seconds=seconds or self.seconds, cpu=cpu)
        found["cpu"] = (server.processor_seconds() - before) / found["requests"] * 1e6
        found["rss"] = server.resident_kib() / 1024
        found["own"] = server.resident_kib("RssAnon") / 1024
        if warm["refused"] or found["refused"]:
            raise Trouble("Sends that should pass were refused.")
        if found["requests"] >= self.drafts - WARM:
            raise Trouble("The drafts ran out before the time, so the rate is not known.")
        if peer is not None:
            sent, answered = count_sent(folder, peer), warm["requests"] + found["requests"]
            # Requests under way when a run ends are sent but not counted.
            if not answered <= sent <= answered + 80:
                raise Trouble(f"{answered} sends were answered and {sent} are in the ledger.")
        return found

    def send_rounds(self, name, *, cpus=(None, None), workers=(1,), delay=None, ceiling=False):
        """Postern and its peers in turn; medians, and medians of the ratios."""
        server_cpu, load_cpu = cpus
        environment = {}
        if delay:
            environment = {"LD_PRELOAD": str(self.slow), "SLOWSYNC_MICROSECONDS": str(delay)}
        settings = {"cpu": server_cpu, "environment": environment}
        rounds = []
        for _ in range(self.rounds):
            one = {}
            with self.serve(**settings) as server:
                one["postern"] = self.sends(server, self.folder / "serving", cpu=load_cpu, peer=False)
            peers = []
            for count in workers:
                with self.serve_peer(workers=count, **settings) as server:
                    peers.append(
                        self.sends(server, self.folder / "serving", cpu=load_cpu, peer=True))
            one["peer"] = max(peers, key=lambda found: found["rate"])
            if ceiling:
                with self.serve_ceiling(**settings) as server:
                    # So fast that the drafts would not last as long as for the others.
                    one["ceiling"] = self.sends(
                        server, None, cpu=load_cpu, seconds=min(self.seconds, 3))
            rounds.append(one)
        rate = median_of(rounds, "postern", "rate")
        self.add(
            f"send-{name}", f"policy sends, {WHERE[name]}", rate, "sends/s", "nginx + Lua",
            median_of(rounds, "peer", "rate"), ratio_of(rounds, "postern", "peer"))
        if ceiling:
            self.add(
                f"send-{name}-ceiling", f"policy sends, {WHERE[name]}", rate, "sends/s",
                "a journal as ledger", median_of(rounds, "ceiling", "rate"),
                ratio_of(rounds, "postern", "ceiling"))
        self.add(
            f"send-{name}-p99", f"their 99th percentile, {WHERE[name]}",
            median_of(rounds, "postern", "p99"), "ms", "nginx + Lua", median_of(rounds, "peer", "p99"))
        self.add(
            f"send-{name}-cpu", f"CPU of a send, {WHERE[name]}", median_of(rounds, "postern", "cpu"),
            "µs", "nginx + Lua", median_of(rounds, "peer", "cpu"))
        if name == "2core":
            self.add(
                "memory-load", "resident after that load, 1,000 accounts",
                median_of(rounds, "postern", "rss"), "MiB")
            self.add(
                "memory-own", "of which no page of a program file",
                median_of(rounds, "postern", "own"), "MiB")

    def passwords(self):
        """Sends without a password, with and without password checks beside them."""
        lines = (self.template / "drafts.txt").read_text().splitlines(keepends=True)
        passworded = self.folder / "passworded.txt"
        passworded.write_text("".join(lines[self.drafts:]))
        body = json.dumps({"password": "correct horse battery staple"})
        rounds = []
        for _ in range(self.rounds):
            one = {}
            for beside in (False, True):
                with self.serve(cpu=0) as server:
                    checks = {}
                    thread = threading.Thread(target=lambda: checks.update(wrk(
                        server.port, "send.lua", [passworded, 1, self.passworded, body],
                        seconds=self.seconds + 1, connections=8, cpu=1)))
                    if beside:
                        thread.start()
                        time.sleep(0.5)
                    one[beside] = wrk(
                        server.port, "send.lua", [self.template / "drafts.txt", 1, self.drafts],
                        seconds=self.seconds, cpu=1)
                    if one[beside]["requests"] >= self.drafts - 1:
                        raise Trouble("The drafts ran out before the time.")
                    if beside:
                        thread.join()
                        if not checks or checks["refused"]:
                            raise Trouble("Sends with the right password were refused.")
                        one["checks"] = checks
            rounds.append(one)
        self.add(
            "beside-passwords", "sends beside password checks, one core",
            median_of(rounds, True, "rate"), "sends/s", "the same alone",
            median_of(rounds, False, "rate"), ratio_of(rounds, True, False))
        self.add(
            "passworded", "sends with a password meanwhile", median_of(rounds, "checks", "rate"),
            "sends/s")
        self.add(
            "beside-passwords-p99", "99th percentile of those without",
            median_of(rounds, True, "p99"), "ms")

    # The rest of a message's life

    def lives(self):
        """Reading, searching and saving beside what a send takes, in a ledger that is full."""
        stored = 20_000 if self.quick else 1_000_000
        self.run(self.bench, "prepare", "--directory", self.folder / "lives", "--sent", stored,
                 "--drafts", self.drafts)
        pairs = {
            name: [line.split() for line in (self.folder / "lives" / f"{name}.txt").open()]
            for name in ("sent", "drafts")}
        random.Random(1).shuffle(pairs["sent"])
        save = json.dumps({
            "to": ["user0@bench.example"], "subject": "Changed", "bodyFormat": "Text",
            "body": "A paragraph of a letter. " * 160})
        asked = {
            "get": ("reading a message", [
                f"GET /api/v1/messages/{guid} {token}" for guid, token in pairs["sent"][:50_000]]),
            "search": ("a page of an inbox", [
                f"GET /api/v1/messages/search?filter=%7Btypes:%5BInbox%5D%7D {token}"
                for _, token in pairs["drafts"][:1000]]),
            "save": ("saving a draft", [
                f"PUT /api/v1/messages/{guid}/save {token} {save}" for guid, token in pairs["drafts"][:5000]]),
        }
        for name, (_, lines) in asked.items():
            (self.folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
        rounds = []
        for _ in range(self.rounds):
            one = {}
            with Postern(self.postern, self.fresh("lives"), self.certificates) as server:
                for name in asked:
                    arguments = (server.port, "each.lua", [self.folder / f"{name}.txt"])
                    wrk(*arguments, seconds=1)
                    one[name] = wrk(*arguments, seconds=self.seconds)
                    if one[name]["refused"]:
                        raise Trouble(f"{asked[name][0]} was refused.")
                drafts = self.folder / "lives/drafts.txt"
                wrk(server.port, "send.lua", [drafts, 1, WARM], seconds=1)
                one["send"] = wrk(
                    server.port, "send.lua", [drafts, WARM + 1, self.drafts], seconds=self.seconds)
            rounds.append(one)
        for name, (what, _) in asked.items():
            self.add(f"life-{name}", f"{what}, {stored:,} messages stored", median_of(rounds, name, "rate"), "/s")
            value, limit = median_of(rounds, name, "p99"), median_of(rounds, "send", "p99")
            self.add(f"life-{name}-p99", "its 99th percentile", value, "ms", "a send's", limit)

    # Later, and never

    def stops(self):
        """One request that stops 10,000 waiting messages, while others send."""
        lines = [line.split() for line in (self.template / "drafts.txt").open()][:STOPPED]
        drafts = self.template / "drafts.txt"
        rounds = []
        for _ in range(self.rounds):
            folder = self.fresh("template")
            schedule(folder, STOPPED)
            with Postern(self.postern, folder, self.certificates) as server:
                load = {}
                thread = threading.Thread(target=lambda: load.update(wrk(
                    server.port, "send.lua", [drafts, STOPPED + 1, self.drafts],
                    seconds=self.seconds)))
                thread.start()
                time.sleep(self.seconds / 2)
                took, answer = post(
                    server.port, "/api/v1/message/stop", f"Basic {lines[0][1]}",
                    {"uuids": [dashed(guid) for guid, _ in lines]})
                thread.join()
                codes = {item["code"] for item in answer["items"]}
                if codes != {200} or not load or load["refused"]:
                    raise Trouble(f"Not all were stopped ({codes}), or sends were refused.")
                rounds.append({"stop": {"ms": took * 1000}, "send": load})
        self.add(
            "stop-10000", "one stop of 10,000 messages while others send",
            median_of(rounds, "stop", "ms"), "ms")
        self.add(
            "stop-beside", "sends meanwhile, both cores", median_of(rounds, "send", "rate"), "sends/s")
        self.add(
            "stop-beside-p99", "their 99th percentile", median_of(rounds, "send", "p99"), "ms")

    def schedules(self):
        """What waiting messages cost in memory: as many as there are, beside a thousand."""
        many = 20_000 if self.quick else 1_000_000
        self.run(self.bench, "prepare", "--directory", self.folder / "waiting", "--drafts", many,
                 "--body-bytes", 100)
        found = {}
        for count in (1000, many):
            folder = self.fresh("waiting")
            schedule(folder, count)
            with Postern(self.postern, folder, self.certificates) as server:
                get(server.port, "/health/live")
                time.sleep(2)
                found[count] = server.resident_kib() / 1024
        self.add(
            "schedules-memory", f"resident with {many:,} messages waiting", found[many], "MiB",
            "1,000 waiting", found[1000])

    def sign_ins(self):
        """More people sign in than can be checked: the rest are told to come back, and nobody waits without end."""
        lines = "".join(
            "POST /api/v1/login - " + json.dumps(
                {"username": f"user{number}@bench.example", "password": "correct horse battery staple"}) + "\n"
            for number in range(1000))
        (self.folder / "sign-ins.txt").write_text(lines)
        with self.serve() as server:
            found = wrk(
                server.port, "each.lua", [self.folder / "sign-ins.txt"], seconds=self.seconds + 2,
                connections=200)
        done = found["requests"] - found["refused"]
        self.add("sign-ins", "sign-ins, 200 connections", done / found["seconds"], "/s")
        self.add("sign-ins-shed", "turned away meanwhile", found["refused"] / found["seconds"], "/s")
        self.add("sign-ins-p99", "99th percentile of both", found["p99"], "ms")

    # What needs no disk

    def refusals(self):
        guid = "0123456789abcdef" * 2
        cases = {
            "refusal-811": ("refusals without a token (811)",
                            ["PUT", f"/api/v1/messages/{guid}/send", "{}"]),
            "refusal-bad": ("refusals of unreadable JSON",
                            ["PUT", f"/api/v1/messages/{guid}/send", "{bad"]),
        }
        for name, (what, arguments) in cases.items():
            rounds = []
            for _ in range(self.rounds):
                one = {}
                with self.serve(cpu=0) as server:
                    one["postern"] = wrk(
                        server.port, "same.lua", arguments, seconds=self.seconds, cpu=1)
                with self.serve_peer(cpu=0) as server:
                    one["peer"] = wrk(
                        server.port, "same.lua", ["GET", "/small.json"], seconds=self.seconds, cpu=1)
                if one["postern"]["refused"] != one["postern"]["requests"]:
                    raise Trouble("What should be refused was not.")
                rounds.append(one)
            self.add(
                name, f"{what}, one core", median_of(rounds, "postern", "rate"), "answers/s",
                "nginx static", median_of(rounds, "peer", "rate"), ratio_of(rounds, "postern", "peer"))

    def connections(self):
        for resumed, name in ((False, "full"), (True, "resumed")):
            rounds = []
            for _ in range(self.rounds):
                one = {}
                with self.serve(cpu=0) as server:
                    one["postern"] = {"rate": handshakes(
                        server, "/health/live", resumed=resumed, seconds=self.seconds)}
                with self.serve_peer(cpu=0) as server:
                    one["peer"] = {"rate": handshakes(
                        server, "/small.json", resumed=resumed, seconds=self.seconds)}
                rounds.append(one)
            self.add(
                f"handshake-{name}", f"{name} TLS handshakes, one request each",
                median_of(rounds, "postern", "rate"), "/s CPU", "nginx",
                median_of(rounds, "peer", "rate"), ratio_of(rounds, "postern", "peer"))

    def http2(self):
        """Dry runs: they walk the corridor and are recorded durably, and a draft can be asked about again."""
        guid, token = (self.template / "drafts.txt").open().readline().split()
        path = f"/api/v1/messages/{guid}/send?dryRun=1"
        headers = [f"x-sm-session-token: {token}"]
        count = 4000 if self.quick else 15_000
        shapes = {
            "h1": {"connections": 32, "http1": True}, "h2": {"connections": 32},
            "h2 streams": {"connections": 4, "streams": 8}}
        rounds = []
        for _ in range(self.rounds):
            one = {}
            with self.serve(cpu=0) as server:
                for shape, settings in shapes.items():
                    h2load(server.port, path, headers, requests=500, cpu=1, **settings)
                    one[shape] = {"rate": h2load(
                        server.port, path, headers, requests=count, cpu=1, **settings)}
            rounds.append(one)
        for shape, name, what in (
                ("h2", "http2", "32 connections"), ("h2 streams", "http2-streams", "4 connections of 8")):
            self.add(
                name, f"HTTP/2 dry runs, {what}, one core", median_of(rounds, shape, "rate"), "/s",
                "over HTTP/1.1", median_of(rounds, "h1", "rate"), ratio_of(rounds, shape, "h1"))

    # Size and start

    def idle(self):
        """What an idle connection holds: one without TLS is ours alone, the rest is TLS's."""
        count = 500 if self.quick else 1000
        with self.serve() as server:
            context = trusting()
            held = [get(server.port, "/health/live", context=context, close=False)[1]]
            held += [plain(server.operations_port) for _ in range(50)]
            # It gives memory back a second, three and seven seconds after its start: what falls in between is measured, and
            # of that what is no page of a program file.
            time.sleep(max(0, server.started + 4 - time.monotonic()))
            start = server.resident_kib("RssAnon")
            held += [plain(server.operations_port) for _ in range(count)]
            time.sleep(0.5)
            middle = server.resident_kib("RssAnon")
            held += [
                get(server.port, "/health/live", context=context, close=False)[1]
                for _ in range(count)]
            time.sleep(0.5)
            end = server.resident_kib("RssAnon")
            self.add("memory-idle", "held by an idle connection, without TLS", (middle - start) / count, "KiB")
            self.add("memory-idle-tls", "held by an idle connection, with TLS", (end - middle) / count, "KiB")
            for connection in held:
                connection.close()

    def starts(self):
        """From the process's start to its first answer over TLS."""
        self.run(self.bench, "prepare", "--directory", self.folder / "words", "--keywords", 100_000,
                 "--drafts", 10)
        times = {"compiling": [], "cached": []}
        for _ in range(self.rounds):
            folder = self.fresh("words")
            for name in times:
                with Postern(self.postern, folder, self.certificates) as server:
                    status = get(server.port, "/health/live")[0]
                    times[name].append((time.monotonic() - server.started) * 1000)
                    if status != 200:
                        raise Trouble(f"/health/live answered {status}.")
        for name, what in (("cached", "cached"), ("compiling", "compiled anew")):
            self.add(
                f"start-{name}", f"start to first answer, 100,000 keywords {what}",
                statistics.median(times[name]), "ms")

    def parts(self):
        command = [self.bench, "measure", "--directory", self.folder, "--messages", self.messages]
        if self.quick:
            command += ["--rounds", 3, "--accounts", 50_000]
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Trouble("postern-bench measure failed.")
        for found in json.loads(done.stdout):
            self.add(
                found["id"], found["what"], found["value"], found["unit"], found.get("besides"),
                found.get("limit"))


WHERE = {
    "2core": "server and load on both cores", "1core": "server on one core, load on the other",
    "slow": "each sync 1 ms slower"}


STOPPED = 10_000


def schedule(folder, count):
    """Makes the first drafts the first account's, and has them wait for tomorrow."""
    ledger = sqlite3.connect(folder / "data/postern.sqlite")
    tomorrow = int((time.time() + 86_400) * 1000)
    ledger.execute("UPDATE messages SET owner = 1 WHERE id <= ?", (count,))
    ledger.execute(
        """INSERT INTO schedules(message, due_at, dialect, notifies, invites)
        SELECT id, ? + id, 'revicom', 0, 0 FROM messages WHERE id <= ?""", (tomorrow, count))
    ledger.commit()
    ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.close()
    os.sync()


def dashed(guid):
    return "-".join((guid[:8], guid[8:12], guid[12:16], guid[16:20], guid[20:]))


def post(port, path, authorization, body):
    """One POST on a connection of its own; gives back its seconds and the answer."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=trusting())
    connection.connect()
    started = time.monotonic()
    connection.request(
        "POST", path, json.dumps(body),
        {"Authorization": authorization, "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    took = time.monotonic() - started
    connection.close()
    if answer.status != 200:
        raise Trouble(f"{path} answered {answer.status}: {text[:300]}")
    return took, json.loads(text)


def plain(port):
    """An idle connection without TLS that has had one answer."""
    connection = socket.create_connection(("127.0.0.1", port), 5)
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    connection.recv(65536)
    return connection


def median_of(rounds, who, what):
    return statistics.median(one[who][what] for one in rounds)


def ratio_of(rounds, who, other):
    return statistics.median(one[who]["rate"] / one[other]["rate"] for one in rounds)


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def line(figure):
    beside = ""
    if "limit" in figure:
        beside = f"{figure['ratio']:6.2f} × {figure['besides']} ({number(figure['limit'])})"
    verdict = ""
    if "goal" in figure:
        verdict = f"goal {figure['goal']}: {'reached' if figure['reached'] else 'MISSED'}"
    return (f"{figure['what'][:56]:56}  {number(figure['value']):>9} {figure['unit']:9}  "
            f"{beside:46}  {verdict}").rstrip()


def machine():
    """What else may have moved the figures."""
    model = next(
        (text.split(":", 1)[1].strip() for text in Path("/proc/cpuinfo").read_text().splitlines()
         if text.startswith("model name")), "unknown processor")
    return {"cores": os.cpu_count(), "processor": model, "load": os.getloadavg(), "kernel": os.uname().release}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where to work; emptied first")
    parser.add_argument("--programs", type=Path, required=True, help="where the release build lies")
    parser.add_argument("--quick", action="store_true", help="one short round of everything")
    parser.add_argument("--only", help="names of what to measure, with commas between")
    parser.add_argument("--messages", type=int, help="messages in the full ledger")
    options = parser.parse_args()
    bench = Bench(options)
    start, before = time.monotonic(), machine()
    print(f"{before['cores']} cores, {before['processor']}, load before {before['load'][0]:.2f}")
    both = ((None, None))
    measures = {
        "two cores": lambda: bench.send_rounds("2core", cpus=both, workers=(1, 2), ceiling=True),
        "one core": lambda: bench.send_rounds("1core", cpus=(0, 1)),
        "slow disk": lambda: bench.send_rounds("slow", cpus=both, delay=1000),
        "passwords": bench.passwords,
        "lives": bench.lives,
        "stops": bench.stops,
        "schedules": bench.schedules,
        "sign-ins": bench.sign_ins,
        "refusals": bench.refusals,
        "handshakes": bench.connections,
        "http2": bench.http2,
        "idle": bench.idle,
        "starts": bench.starts,
        "parts": bench.parts,
    }
    chosen = options.only.split(",") if options.only else list(measures)
    unknown = [name for name in chosen if name not in measures]
    if unknown:
        parser.error(f"there is nothing named {', '.join(unknown)}; there are: {', '.join(measures)}")
    bench.prepare()
    (bench.folder / "empty").mkdir()
    for name in chosen:
        bench.attempt(name, measures[name])
    after = machine()
    results = {
        "machine": before, "load_after": after["load"], "seconds": time.monotonic() - start,
        "quick": bench.quick, "rounds": bench.rounds, "figures": bench.figures,
        "not_measured": bench.troubles}
    (bench.folder / "results.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    missed = [figure["id"] for figure in bench.figures if figure.get("reached") is False]
    judged = sum("reached" in figure for figure in bench.figures)
    print(f"\n{judged - len(missed)} of {judged} goals reached"
          + (f"; missed: {', '.join(missed)}" if missed else "")
          + f". Took {results['seconds']:.0f} s. All figures: {bench.folder / 'results.json'}")
    shutil.rmtree(bench.folder / "serving", ignore_errors=True)
    return 1 if bench.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
