"""Relays that misbehave: down, slow, half an answer, garbage, and an answer lost after the mail was taken."""

import collections
import datetime
import random
import re
import socket
import threading
import time

from clients import Client, Tally
from clocks import FakeClock
from gateway import require, until


class Relay:
    """An SMTP server whose manners can be changed while it runs."""

    def __init__(self):
        self.manner, self.mails, self.seen, self.lock = "good", [], 0, threading.Lock()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.converse(connection, connection.makefile("rb"))
        except OSError:
            pass
        finally:
            connection.close()

    def converse(self, connection, lines):
        # Where a bad manner shows. A connection may be kept for long, so manners are asked for at each answer.
        worst = random.choice(["MAIL", "RCPT", "DATA", "end"])

        def answer(step, text):
            self.seen += 1
            manner = self.manner
            if manner == "down":
                # As a dead relay behind a living address: nothing but a reset.
                raise OSError("down")
            if manner == "slow":
                time.sleep(0.5)
            if manner in ("half", "garbage") and step == worst:
                connection.sendall(text[:len(text) // 2] if manner == "half" else random.randbytes(600))
                if manner == "garbage":
                    time.sleep(0.2)
                raise OSError("that was all")
            connection.sendall(text)

        answer("greeting", b"220 relay.example ESMTP\r\n")
        for line in lines:
            verb = line[:4].upper().strip()
            if verb in (b"EHLO", b"HELO"):
                answer("EHLO", b"250-relay.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                answer("DATA", b"354 go on\r\n")
                mail = b""
                for part in lines:
                    if part == b".\r\n":
                        break
                    mail += part
                else:
                    # Whoever sent it is gone before its end: nothing was taken.
                    return
                identifier = re.search(rb"^message-id:\s*(\S+)", mail, re.I | re.M)
                # What is answered with nonsense was not taken; what is answered by silence was.
                manner = self.manner
                if manner in ("good", "slow", "lost"):
                    with self.lock:
                        self.mails.append(identifier.group(1) if identifier else b"")
                if manner == "lost":
                    raise OSError("taken, and gone")
                answer("end", b"250 taken\r\n")
            elif verb == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                answer({b"MAIL": "MAIL", b"RCPT": "RCPT"}.get(verb, ""), b"250 fine\r\n")


def misbehaving_relay(room, report):
    """Sends are accepted whatever the relay does, and every notification arrives: once for each message."""
    relay = Relay()
    gateway = room.gateway(settings={
        "relay-host": "127.0.0.1", "relay-port": str(relay.port), "relay-security": "plain",
        "relay-from": "postern@torture.example"})
    clock = FakeClock(room, gateway)
    gateway.people()
    gateway.start()
    client, tally, sent = Client(gateway), Tally(), 0
    repeats = collections.Counter()
    for number in report.each():
        for manner in ("down", "slow", "half", "garbage", "lost"):
            names = gateway.drafts(5)
            relay.manner, before, already = manner, relay.seen, len(relay.mails)
            for name in names[:3]:
                outcome = client.send(name, {"sendEmailNotification": True})
                tally.note(name, outcome)
                require(outcome.accepted, f"with a relay that is {manner} a send was answered {outcome.status}")
                report.most("slowest send s", outcome.took)
                require(outcome.took < 2, f"with a relay that is {manner} a send took {outcome.took:.1f} s")
            sent += 3
            if manner == "slow":
                until(60, lambda: len(relay.mails) >= already + 3, "slow mails")
            else:
                until(20, lambda: relay.seen > before, f"an attempt at a relay that is {manner}")
                time.sleep(0.3)
            relay.manner = "good"
            # Pauses between attempts pass at once: the clock jumps, and a commit rings the bell.
            for name in names[3:]:
                clock.set(clock.now() + datetime.timedelta(hours=2))
                tally.note(name, client.send(name))
                time.sleep(0.1)
            until(40, lambda: gateway.ask("SELECT count(*) FROM outbox WHERE courier = 'smtp'")[0][0] == 0,
                  f"every notification's way after a relay that is {manner}")
            counts = collections.Counter(relay.mails)
            require(b"" not in counts, "a mail had no Message-ID")
            repeats[manner] += len(relay.mails) - already - 3
            require(len(counts) == sent, f"{len(counts)} different mails for {sent} messages, {manner}")
            require(manner == "lost" or len(relay.mails) - already == 3,
                    f"{len(relay.mails) - already} mails for 3 messages with a relay that is {manner}")
    report.figures["notifications"] = sent
    report.figures["repeats after lost answers"] = repeats["lost"]
    dead = gateway.ask("SELECT count(*) FROM dead_letters")[0][0]
    # Mails whose answer was lost may come again, under the same name, by which receivers know them.
    require(dead == 0, f"{dead} dead letters")
    gateway.check(tally, client)
    gateway.verify_audit()
    relay.listener.close()


TORTURES = {"relay": (misbehaving_relay, 20)}
