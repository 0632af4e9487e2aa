"""Runs the tortures named, or all of them; exits non-zero when one promise was not kept."""

import argparse
import os
import signal
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import clocks
import cores
import crashes
import disks
import limits
import lives
import races
import relays
import tools
from gateway import Miss, Room
from report import Report, Skip

GROUPS = [crashes, disks, races, lives, clocks, relays, cores, limits, tools]


def run(name, torture, rounds, scale):
    report = Report(name, rounds, scale)
    began = time.monotonic()
    try:
        with Room() as room:
            torture(room, report)
    except Skip as skip:
        print(f"{name}: skipped, {skip}", flush=True)
        return True
    except Miss as miss:
        report.miss(str(miss))
    except Exception:
        traceback.print_exc()
        report.miss("the torture itself failed")
    print(report.line(time.monotonic() - began), flush=True)
    for miss in report.misses:
        print(f"  {miss}", flush=True)
    return not report.misses


def main():
    known = {name: entry for group in GROUPS for name, entry in group.TORTURES.items()}
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--rounds-scale", type=float, default=1, metavar="X")
    parser.add_argument("--soak", type=float, default=30, metavar="MINUTES")
    options = parser.parse_args()
    limits.SOAK_MINUTES = options.soak
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"there is no torture {', '.join(unknown)}; there are: {', '.join(known)}")
    # Being told to stop is an exit like any other: processes end, mounts and folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    good = True
    for name, (torture, rounds) in known.items():
        if options.names and name not in options.names:
            continue
        good &= run(name, torture, max(1, round(rounds * options.rounds_scale)), options.rounds_scale)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
