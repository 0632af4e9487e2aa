"""A webhook that others could have written: HTTP/1.1 over sockets, signatures checked by `hmac` alone.

Arguments: a certificate chain and its key (or two dashes for no TLS), and the secret as `whsec_...`.
The port is the first line of its output. Each line of its input is a command in JSON and has one line of answer:
`{"moves": [...]}` says what to do with the next calls, `{"seen": true}` asks what came.
It ends with its input.
"""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import sys
import threading
import time

chain, key, secret = sys.argv[1:4]
lock = threading.Lock()
moves = []
seen = []
delivered = []
connections = 0


def is_signed(headers, body):
    """What https://www.standardwebhooks.com says a receiver does."""
    if "webhook-signature" not in headers:
        return False
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    bytes_of_key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(bytes_of_key, signed, hashlib.sha256).digest()).decode()
    return any(
        version == "v1" and hmac.compare_digest(signature, expected)
        for version, _, signature in (
            entry.partition(",") for entry in headers["webhook-signature"].split(" ")
        )
    )


def read_call(stream):
    line = stream.readline()
    if not line:
        return None
    method, path, version = line.decode().split()
    headers = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode().partition(":")
        assert name.lower() not in headers, f"{name} came twice"
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return method, path, headers, body


def reply(status, headers=None, body=""):
    fields = {"Content-Length": str(len(body.encode())), **(headers or {})}
    lines = [f"HTTP/1.1 {status} Said"] + [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def serve(connection):
    global connections
    try:
        if chain != "-":
            connection = context.wrap_socket(connection, server_side=True)
        stream = connection.makefile("rb")
        with lock:
            connections += 1
        while (call := read_call(stream)) is not None:
            method, path, headers, body = call
            with lock:
                move = moves.pop(0) if moves else {"status": 202}
                name = headers.get("idempotency-key")
                is_copy = name in delivered
                seen.append(
                    {
                        "method": method,
                        "path": path,
                        "headers": headers,
                        "body": body.decode(),
                        "signed": is_signed(headers, body),
                    }
                )
                if move.get("delivers") or move.get("status") == 202:
                    if name and not is_copy:
                        delivered.append(name)
            if "after" in move:
                time.sleep(move["after"])
            if is_copy:
                connection.sendall(reply(409))
            elif "status" in move:
                connection.sendall(reply(move["status"], move.get("headers"), move.get("body", "")))
            elif "says" in move:
                connection.sendall(move["says"].encode())
                if move.get("closes", True):
                    return
            elif move.get("hangs"):
                stream.read()
                return
            else:
                return
    except (OSError, ValueError):
        pass
    finally:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()


def accept(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if chain != "-":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print(listener.getsockname()[1], flush=True)
for line in sys.stdin:
    command = json.loads(line)
    with lock:
        moves.extend(command.get("moves", []))
        answer = {"calls": seen, "delivered": delivered, "connections": connections}
        print(json.dumps(answer), flush=True)
