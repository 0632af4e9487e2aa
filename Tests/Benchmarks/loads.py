"""Load generators, and how their findings are read."""

import json
import os
import re
import subprocess
import time

from servers import HERE, Trouble, get, trusting


def wrk(port, script, arguments, *, seconds, connections=32, cpu=None):
    """Runs wrk over keep-alive TLS; gives back requests, seconds, rate, p50 and p99 in ms."""
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s",
        HERE / "wrk" / script, f"https://127.0.0.1:{port}/", "--", *arguments]
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=seconds + 60,
        env={**os.environ, "BENCH_REPORT": str(HERE / "wrk/report.lua")})
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise Trouble(f"wrk failed.\n{done.stdout}\n{done.stderr}")
    found = json.loads(lines[-1])
    if found["broken"] or not found["requests"]:
        raise Trouble(f"Connections broke under load: {found}")
    seconds = found["duration"] / 1e6
    return {
        "requests": found["requests"], "seconds": seconds, "rate": found["requests"] / seconds,
        "p50": found["p50"] / 1000, "p99": found["p99"] / 1000, "refused": found["refused"]}


def h2load(port, path, headers, *, requests, connections, streams=1, http1=False, cpu=None):
    """Runs h2load with PUT; gives back requests a second."""
    command = ["h2load", "-n", requests, "-c", connections, "-m", streams]
    if http1:
        command.append("--h1")
    for header in [":method: PUT", "content-type: application/json", *headers]:
        command += ["-H", header]
    command += ["-d", HERE / "empty.json", f"https://127.0.0.1:{port}{path}"]
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=120)
    rate = re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", done.stdout)
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", done.stdout)
    if not rate or not codes or int(codes.group(1)) != requests:
        raise Trouble(f"h2load did not get its answers.\n{done.stdout}\n{done.stderr}")
    return float(rate.group(1))


def handshakes(server, path, *, resumed, seconds):
    """Connections a second of the server's own processor time, one request on each."""
    context = trusting()
    session = get(server.port, path, context=context)[2] if resumed else None
    before, count, end = server.processor_seconds(), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        # Without the session of the last connection, the context starts anew.
        _, connection, renewed = get(
            server.port, path, context=context, session=session, close=False)
        if connection.session_reused != resumed:
            raise Trouble("A TLS session was resumed where it should not be, or the other way round.")
        connection.close()
        if resumed:
            session = renewed
        count += 1
    return count / (server.processor_seconds() - before)
