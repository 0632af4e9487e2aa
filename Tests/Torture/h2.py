"""As much of HTTP/2 as a client needs to send drafts at once, and to misbehave."""

import socket
import ssl
import struct


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(text):
    """A string as HPACK writes it without compression (RFC 7541 section 5.2)."""
    raw = text.encode()
    if len(raw) < 127:
        return bytes([len(raw)]) + raw
    rest, out = len(raw) - 127, bytearray([127])
    while rest >= 128:
        out.append(rest % 128 + 128)
        rest //= 128
    return bytes(out + bytes([rest])) + raw


def block(*fields):
    """A header block of literals that are not indexed (RFC 7541 section 6.2.2)."""
    return b"".join(b"\0" + literal(name) + literal(value) for name, value in fields)


def status(payload):
    """The status of an answer's header block; it comes first, indexed or as a literal with an indexed name."""
    while payload and payload[0] & 0xE0 == 0x20:
        payload = payload[1:]
    indexed = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
    if payload[0] & 0x80:
        return indexed.get(payload[0] & 0x7F, 0)
    length = payload[1] & 0x7F
    text = payload[2:2 + length]
    if payload[1] & 0x80:
        # Huffman: digits 0, 1 and 2 have five bits, 3 to 9 six (RFC 7541 appendix B).
        bits, out = "".join(f"{byte:08b}" for byte in text), ""
        while len(out) < 3:
            if bits[:5] in ("00000", "00001", "00010"):
                out, bits = out + str(int(bits[:5], 2)), bits[5:]
            else:
                out, bits = out + str(int(bits[:6], 2) - 0b011001 + 3), bits[6:]
        return int(out)
    return int(text)


def connect(gateway, timeout=20, receive_buffer=None):
    """A TLS connection on which HTTP/2 was agreed."""
    context = ssl.create_default_context(cafile=gateway.authority)
    context.set_alpn_protocols(["h2"])
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(timeout)
    plain.connect(("127.0.0.1", gateway.port))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="localhost")


def request_block(gateway, path, token="", method="PUT", *more):
    fields = [(":method", method), (":scheme", "https"), (":authority", f"localhost:{gateway.port}"), (":path", path)]
    if token:
        fields.append(("x-sm-session-token", token))
    return block(*fields, *more)


class H2Client:
    """One connection that opens many sends, then finishes them all in one write."""

    def __init__(self, gateway):
        self.gateway, self.socket = gateway, connect(gateway)
        # No table on our side (SETTINGS_HEADER_TABLE_SIZE 0): a status is then readable by itself.
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 0)) + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 24)))
        self.streams, self.received = {}, b""

    def prepare(self, paths, token, body):
        opening, self.finish = b"", b""
        for index, path in enumerate(paths):
            stream = 2 * index + 1
            self.streams[stream] = 0
            opening += frame(HEADERS, END_HEADERS, stream, request_block(
                self.gateway, path, token, "PUT", ("content-type", "application/json")))
            opening += frame(DATA, 0, stream, body[:-1])
            self.finish += frame(DATA, END_STREAM, stream, body[-1:])
        self.socket.sendall(opening)

    def release(self):
        self.socket.sendall(self.finish)
        try:
            while not all(self.streams.values()):
                self._receive()
        except (OSError, EOFError):
            pass

    def _receive(self):
        while len(self.received) < 9 or len(self.received) < 9 + int.from_bytes(self.received[:3], "big"):
            part = self.socket.recv(65536)
            if not part:
                raise EOFError
            self.received += part
        length, kind, flags = int.from_bytes(self.received[:3], "big"), self.received[3], self.received[4]
        stream = int.from_bytes(self.received[5:9], "big")
        payload, self.received = self.received[9:9 + length], self.received[9 + length:]
        if kind == HEADERS and stream in self.streams:
            self.streams[stream] = status(payload)
        elif kind == SETTINGS and not flags & ACK:
            self.socket.sendall(frame(SETTINGS, ACK, 0))
        elif kind == GOAWAY:
            raise EOFError
        elif kind == RST_STREAM and stream in self.streams:
            self.streams[stream] = self.streams[stream] or -1

    @property
    def statuses(self):
        return list(self.streams.values())

    def close(self):
        self.socket.close()
