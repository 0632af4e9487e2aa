"""Too much of everything: connections, descriptors, memory, slowness, floods, and time."""

import os
import socket
import statistics
import subprocess
import sys
import time

from clients import Client, Crowd, Tally
from gateway import HERE, require, until
from report import Skip


def slow_clients(room, report):
    """200 connections of 12 kinds, 10,000-frame floods and 300 abandoned handshakes: others hardly notice."""
    gateway = room.gateway()
    gateway.people()
    names, tally = gateway.drafts(report.rounds * 400), Tally()
    gateway.start()
    with Crowd(gateway, names[:200], tally=tally) as crowd:
        crowd.finish()
    names = names[200:]
    for _ in report.each():
        before, largest, waits = gateway.resident(), 0, []
        # The attackers would be on other machines: they are not to take the processor from those they attack.
        attack = subprocess.Popen(
            ["nice", "-n", "19", sys.executable, os.path.join(HERE, "attack.py"), str(gateway.port), gateway.authority, "15", "200"])
        client = Client(gateway)
        while attack.poll() is None:
            for path in ("/health/live", "/health/ready"):
                began = time.monotonic()
                # A connection of its own each time, as a probe makes.
                try:
                    status = Client(gateway).request("GET", path)[0]
                except OSError as error:
                    status = f"no answer ({error})"
                waits.append(time.monotonic() - began)
                require(status == 200, f"{path} answered {status} under attack")
            began = time.monotonic()
            status, _ = gateway.health()
            waits.append(time.monotonic() - began)
            require(status == 200, f"the operators' /health/ready answered {status} under attack")
            if names:
                tally.note(names[-1], client.send(names.pop()))
            largest = max(largest, gateway.resident())
            time.sleep(0.1)
        report.most("worst health s", max(waits))
        report.figures["median health s"] = statistics.median(waits)
        report.most("memory growth MiB", (largest - before) / 1024)
        require(max(waits) < 1, f"health took {max(waits):.2f} s under attack")
        require(largest - before < 32 * 1024, f"memory grew by {(largest - before) / 1024:.0f} MiB")
        until(75, lambda: gateway.descriptors() < 60, "the connections' end")
    odd = [o for o in tally.outcomes.values() if not o.accepted]
    require(not odd, f"{len(odd)} sends of others failed under attack, first {odd[:1]}")
    gateway.check(tally, Client(gateway))


def few_descriptors(room, report):
    """64 descriptors and 200 clients: nothing crashes, and all is well when they leave."""
    gateway = room.gateway()
    gateway.people()
    names, tally = gateway.drafts(report.rounds * 20 + 50), Tally()
    gateway.start(files=64)
    for _ in report.each():
        client = Client(gateway)
        tally.note(names[-1], client.send(names.pop()))
        held = []
        for _ in range(200):
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", gateway.port))
            held.append(connection)
        end = time.monotonic() + 2
        client.timeout = 2
        for _ in range(10):
            tally.note(names[-1], client.send(names.pop()))
            if time.monotonic() > end:
                break
        require(gateway.alive(), f"the gateway ended: {gateway.log_tail(300)}")
        for connection in held:
            connection.close()
        client.close()
        client = Client(gateway)
        last = names.pop()
        report.most("slowest recovery s", until(
            15, lambda: client.send(last).accepted, "a send after the clients left"))
        tally.note(last, client.send(last))
        gateway.wait_healthy(10)
        client.close()
    client = Client(gateway)
    for name in [n for n, o in tally.outcomes.items() if o.status == 0]:
        tally.note(name, client.send(name))
    gateway.check(tally, client, delivered_within=90)
    gateway.verify_audit()


def little_memory(room, report):
    """256 MiB and many clients who make the gateway hash passwords and hold bodies: it stays within."""
    group = f"/sys/fs/cgroup/memory/postern-torture-{os.getpid()}"
    try:
        os.mkdir(group)
    except OSError:
        raise Skip("there is no memory cgroup (version 1) to make")
    try:
        with open(f"{group}/memory.limit_in_bytes", "w") as file:
            file.write(str(256 << 20))
        gateway = room.gateway(settings={"passwords-memory": "19456", "passwords-passes": "2"})
        gateway.people()
        names, tally = gateway.drafts(report.rounds * 300), Tally()
        gateway.wrapper = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
        gateway.start()
        for _ in report.each():
            with Crowd(gateway, [names.pop() for _ in range(200)], size=40, tally=tally):
                heavy = []
                for _ in range(200):
                    client = Client(gateway)
                    try:
                        connection = client.connect()
                        connection.sock.sendall(
                            b"PUT /api/v1/messages/0/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65000\r\n\r\n"
                            + b" " * 64_000)
                    except OSError:
                        pass
                    heavy.append(client)
                time.sleep(1)
            for client in heavy:
                client.close()
            require(gateway.alive(), "the gateway was killed for want of memory")
            gateway.wait_healthy(10)
        with open(f"{group}/memory.max_usage_in_bytes") as file:
            report.figures["most memory MiB"] = int(file.read()) >> 20
        gateway.wrapper = []
        client = Client(gateway)
        for name in [n for n, o in tally.outcomes.items() if not o.accepted]:
            tally.note(name, client.send(name))
        gateway.check(tally, client)
        gateway.terminate()
    finally:
        for gateway in room.gateways:
            gateway.kill()
        until(5, lambda: not os.system(f"rmdir {group} 2>/dev/null"), "the cgroup's end")


def soak(room, report):
    """Mixed load for a while: memory, files and threads stay where they are."""
    minutes = SOAK_MINUTES
    gateway = room.gateway()
    gateway.people()
    gateway.start()
    tally, samples = Tally(), []
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        names = gateway.drafts(500)
        with Crowd(gateway, names, size=4, pause=0.02, tally=tally) as crowd:
            odd = Client(gateway)
            for number in range(40):
                odd.request("GET", "/errors/17")
                odd.request("PUT", f"/api/v1/messages/{names[0]}/send", "{", {"x-sm-session-token": "nobody"})
                if number % 10 == 0:
                    gateway.health()
                    odd.close()
            odd.close()
            crowd.finish()
        samples.append((time.monotonic(), gateway.resident(), gateway.descriptors(), gateway.threads()))
        report.done = len(samples)
    require(all(o.accepted for o in tally.outcomes.values()), f"answers were {tally.count()}")
    # The first third is for warming up.
    steady = samples[len(samples) // 3:]
    report.figures |= {"sends": tally.acknowledged, "resident MiB": steady[-1][1] >> 10,
                       "files": steady[-1][2], "threads": steady[-1][3]}
    if len(steady) >= 6:
        slope = statistics.linear_regression([s[0] for s in steady], [s[1] for s in steady]).slope * 600 / 1024
        report.figures["slope MiB per 10 min"] = slope
        if minutes >= 20:
            require(slope < 1, f"memory grows by {slope:.1f} MiB in 10 minutes")
        require(max(s[2] for s in steady) - min(s[2] for s in steady) <= 12, "descriptors are not flat")
        require(max(s[3] for s in steady) - min(s[3] for s in steady) <= 4, "threads are not flat")
    gateway.check(tally, Client(gateway))
    gateway.verify_audit()


SOAK_MINUTES = 30
TORTURES = {
    "slow-clients": (slow_clients, 1),
    "few-descriptors": (few_descriptors, 10),
    "little-memory": (little_memory, 10),
    "soak": (soak, 1),
}
