"""What other people's tools find: TLS scanners, a load generator, a slow client, and what reads program files."""

import json
import os
import re
import shutil
import subprocess
import sys

from clients import Client, Tally
from gateway import PROGRAM, require


def _run(report, name, *command, within=240):
    """A tool's output; None when it is not here, which the report then says."""
    if not shutil.which(command[0]):
        report.figures[name] = "skipped, not installed"
        return None
    return subprocess.run(command, capture_output=True, text=True, timeout=within).stdout


def scanners(room, report):
    """testssl.sh, sslyze, h2load and slowhttptest against a serving gateway."""
    gateway = room.gateway()
    gateway.people()
    names, tally = gateway.drafts(20), Tally()
    gateway.start()
    address = f"127.0.0.1:{gateway.port}"
    for _ in report.each():
        tool = "testssl" if shutil.which("testssl") else "testssl.sh"
        found = _run(report, "testssl", tool, "--quiet", "--color", "0", "--warnings", "batch", "-p", "-s", "-U", address)
        if found is not None:
            bad = [line.strip() for line in found.splitlines()
                   if re.search(r"\bVULNERABLE\b|\boffered \(NOT ok\)", line) and "not vulnerable" not in line]
            require("TLS 1.3" in found, f"testssl said nothing of TLS 1.3: {found[-300:]}")
            require(not bad, f"testssl: {bad[:3]}")
            report.figures["testssl"] = "nothing found"
        sslyze = os.environ.get("SSLYZE", "sslyze")
        if shutil.which(sslyze):
            out = os.path.join(room.path, "sslyze.json")
            done = subprocess.run([sslyze, "--mozilla_config=intermediate", f"--json_out={out}", address],
                                  capture_output=True, text=True, timeout=240)
            issues = re.findall(r"^\s*\* (\S+): (.*)$", done.stdout.split("COMPLIANCE")[-1], re.M)
            # A development certificate is nobody's but ours, and may be young and short.
            issues = [issue for issue in issues if "certificate" not in issue[0]]
            require(os.path.exists(out) and json.load(open(out))["server_scan_results"], "sslyze scanned nothing")
            require(not issues, f"sslyze: {issues[:3]}")
            report.figures["sslyze"] = "intermediate"
        else:
            report.figures["sslyze"] = "skipped, not installed"
        for name, options in (("h2load h2", ("-m", "10")), ("h2load h1", ("--h1",))):
            found = _run(report, name, "h2load", "-n", "2000", "-c", "10", *options, f"https://{address}/health/live")
            if found is not None:
                counts = re.search(r"(\d+) succeeded, (\d+) failed", found)
                require(counts and counts.group(1) == "2000", f"{name}: {found[-300:]}")
                report.figures[name] = "2000 of 2000"
        for kind in ("-H", "-B", "-X"):
            found = _run(report, f"slowhttptest {kind}", "slowhttptest", kind, "-c", "100", "-r", "50", "-i", "2", "-l",
                         "12", "-p", "2", "-u", f"https://{address}/errors")
            if found is not None:
                plain = re.sub(r"\x1b\[[0-9;]*m", "", found)
                require("service available:   YES" in re.sub(r" +", " ", plain).replace(": ", ":   "),
                        f"slowhttptest {kind}: {plain[-300:]}")
                report.figures[f"slowhttptest {kind}"] = "available"
        tally.note(names[-1], Client(gateway).send(names.pop()))
    require(tally.acknowledged == len(tally.outcomes), "a send afterwards was not accepted")
    require(gateway.alive(), "the gateway ended")
    gateway.check(tally)


def program(room, report):
    """The released program's file: at a new address each time, no stack of code, and nothing writable that is never written."""
    for _ in report.each():
        found = _run(report, "readelf", "readelf", "-hSldW", PROGRAM)
        if found is None:
            return
        for promise, pattern in {
            "is at the same address each time": r"Type: +DYN\b",
            "has a stack that can be run": r"GNU_STACK +(0x\w+ +){5}RW +0",
            "has constants that can be written to": r"\] \.rodata +PROGBITS +(\w+ +){4}[AMSo]+ ",
            "has tables that can be written to": r"GNU_RELRO[\s\S]*\bBIND_NOW\b|GNU_RELRO[\s\S]*Flags: [A-Z ]*\bNOW\b",
        }.items():
            require(re.search(pattern, found), f"the program {promise}")
        report.figures["readelf"] = "as it should be"


def fuzz(room, report):
    """The fuzz targets, five minutes each."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Scripts", "fuzz")
    if not os.path.exists(script):
        report.figures["fuzz"] = "skipped, there is no Tests/Scripts/fuzz"
        return
    for _ in report.each():
        seconds = max(5, round(300 * report.scale))
        done = subprocess.run([script, str(seconds)], stdout=sys.stderr)
        require(done.returncode == 0, f"fuzz exited with {done.returncode}")


TORTURES = {"tools": (scanners, 1), "program": (program, 1), "fuzz": (fuzz, 1)}
