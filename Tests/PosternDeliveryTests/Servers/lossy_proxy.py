"""A proxy before a delivery core that loses answers: TLS on both sides, one call on each connection.

Arguments: a certificate chain and its key, the authority of the core's certificate, and the core's port.
The port is the first line of its output. Each line of its input is a command in JSON and has one line of answer:
`{"moves": [["PUT", "lose"], ...]}` says what becomes of the answers to the next calls of a method. `lose` passes the call on,
takes the answer and says nothing; `hold` does so and keeps the caller waiting; `drop` passes nothing on.
It ends with its input.
"""

import json
import socket
import ssl
import sys
import threading

chain, key, authority, target = sys.argv[1:5]
lock = threading.Lock()
moves = []
lost = []


def read_message(stream):
    """A head and as much body as it says; nothing at the end of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return head + stream.read(length)


def take_move(method):
    with lock:
        for index, (wanted, move) in enumerate(moves):
            if wanted == method:
                del moves[index]
                return move
    return None


def ask_core(call):
    plain = socket.create_connection(("127.0.0.1", int(target)), timeout=30)
    with onward.wrap_socket(plain, server_hostname="localhost") as line:
        line.sendall(call)
        return read_message(line.makefile("rb"))


def serve(plain):
    try:
        with context.wrap_socket(plain, server_side=True) as line:
            stream = line.makefile("rb")
            while (call := read_message(stream)) is not None:
                method = call.split(b" ", 1)[0].decode()
                move = take_move(method)
                answer = None if move == "drop" else ask_core(call)
                if move is not None:
                    with lock:
                        lost.append([method, move])
                    if move == "hold":
                        stream.read()
                    return
                if answer is None:
                    return
                line.sendall(answer)
    except (OSError, ValueError):
        pass
    finally:
        plain.close()


def accept(listener):
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(plain,), daemon=True).start()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
onward = ssl.create_default_context(cafile=authority)
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print(listener.getsockname()[1], flush=True)
for line in sys.stdin:
    command = json.loads(line)
    with lock:
        moves.extend(command.get("moves", []))
        print(json.dumps({"lost": lost, "waiting": len(moves)}), flush=True)
