"""A gateway and its delivery core in two processes, of which one or the other dies, stops, or loses its files."""

import collections
import os
import random
import shutil
import threading
import time

from clients import Client, Tally
from gateway import Gateway, require, until
from relays import Relay

KEY = "torture-0123456789abcdefghijklmnopqrstuvwxyz"


class Core(Gateway):
    """A delivery core with a folder of its own."""

    command = "core"

    def __init__(self, root, relay):
        super().__init__(root)
        kept = ("listener-port", "operations-port", "listener-certificate", "listener-private-key", "data-directory")
        self.settings = {name: self.settings[name] for name in kept} | {
            "core-key": KEY, "relay-host": "127.0.0.1", "relay-port": str(relay.port), "relay-security": "plain",
            "relay-from": "postern@torture.example"}

    def start(self, **options):
        took = super().start(**options)
        # The gateway knows it by this port, whoever restarts it.
        self.settings["listener-port"] = str(self.port)
        return took


def deaths(room, report):
    """Whoever dies or loses its files, every notification arrives, and under one name only."""
    relay = Relay()
    core = Core(os.path.join(room.path, "core"), relay)
    room.gateways.append(core)
    core.start()
    gateway = room.gateway(settings={
        "core-url": f"https://localhost:{core.port}/", "core-key": KEY, "core-carries": "smtp",
        "core-trust-roots": core.authority, "core-answer-time": "2s"})
    gateway.people()
    gateway.start()
    tally, sent, copies = Tally(), 0, collections.Counter()

    def left():
        return gateway.ask("SELECT count(*) FROM outbox WHERE courier = 'smtp'")[0][0]

    for _ in report.each():
        assault = random.choice(["kill core", "kill gateway", "kill both", "stop core", "lose spool"])
        names, already = gateway.drafts(12), len(relay.mails)

        def send():
            client = Client(gateway, timeout=5)
            for name in names:
                tally.note(name, client.send(name, {"sendEmailNotification": True}))
            client.close()

        sending = threading.Thread(target=send)
        sending.start()
        time.sleep(random.uniform(0, 0.4))
        if assault in ("kill core", "kill both", "lose spool"):
            core.kill()
        if assault in ("kill gateway", "kill both"):
            gateway.kill()
        if assault == "stop core":
            core.terminate()
            time.sleep(random.uniform(0, 1))
        sending.join()
        if assault == "lose spool":
            shutil.rmtree(core.data)
        if not core.alive():
            core.start()
        if not gateway.alive():
            gateway.start()
        # What was cut off may have happened or not; asking again settles it, once.
        client = Client(gateway)
        for name in names:
            if not tally.outcomes[name].accepted:
                outcome = client.send(name, {"sendEmailNotification": True})
                require(outcome.accepted, f"after `{assault}` a send was answered {outcome.status}")
                tally.note(name, outcome)
        client.close()
        sent += len(names)
        report.most("slowest recovery s", until(150, lambda: left() == 0, f"every notification's end after `{assault}`"))
        arrived = collections.Counter(relay.mails)
        require(b"" not in arrived, "a mail had no Message-ID")
        require(len(arrived) == sent, f"{len(arrived)} different mails for {sent} messages after `{assault}`")
        copies[assault] += len(relay.mails) - already - len(names)
        require(assault in ("kill core", "kill both", "lose spool") or copies[assault] == 0,
                f"{copies[assault]} mails came again after `{assault}`")
    report.figures["notifications"] = sent
    report.figures["copies under the same name"] = sum(copies.values())
    dead = gateway.ask("SELECT count(*) FROM dead_letters")[0][0]
    require(dead == 0, f"{dead} dead letters")
    gateway.check(tally, Client(gateway))
    gateway.verify_audit()
    relay.listener.close()


TORTURES = {"core": (deaths, 30)}
