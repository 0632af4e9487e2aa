"""A foreign unit that nobody here wrote: its tokens are made and checked by PyJWT, its server by Python's own library.

Its cells hand messages over as Personium 1.5 does, and take what a gateway hands over to them.

Usage: units.py ROOT   (POSTERN names the program; ROOT is a folder that may be written)
"""

import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import time

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

import world
from world import person, require, serving, until

world.POLICY = world.POLICY.replace("phones:", "cells: {allowed: yes}\n    phones:", 1)


def jwks(kid, key):
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": "ES256"}
    jwk.pop("key_ops", None)
    return json.dumps({"keys": [jwk]})


class Unit:
    """The foreign unit: it keeps what is handed to its cells, once for each `__id`."""

    def __init__(self, certificates):
        self.key, self.taken, self.faults, self.moves = ec.generate_private_key(ec.SECP256R1()), {}, [], []
        self.partner = None
        unit = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = 201, {"d": {"results": {}}}
                try:
                    cell = self.path.split("/")[1]
                    require(self.path == f"/{cell}/__message/port", self.path)
                    token = self.headers["Authorization"].removeprefix("Bearer ")
                    claims = jwt.decode(
                        token, jwt.PyJWKSet.from_json(unit.partner)[jwt.get_unverified_header(token)["kid"]],
                        algorithms=["ES256"], audience=f"{unit.url}{cell}/",
                        options={"require": ["exp", "iat", "iss", "sub", "jti"]})
                    message = json.loads(body)
                    require(claims["iss"] == claims["sub"] == message["From"], "one sender")
                    require(claims["exp"] - claims["iat"] == 300, "five minutes")
                    require(message["MulticastTo"] is None, "nobody learns of others")
                    require(len(message["__id"]) == 32, "an id of 32 characters")
                    move = unit.moves.pop(0) if unit.moves else None
                    if move == "lose":
                        unit.taken[message["__id"]] = message
                        self.close_connection = True
                        self.connection.close()
                        return
                    if isinstance(move, int):
                        status, answer = move, {}
                    elif message["__id"] in unit.taken:
                        status, answer = 409, {"code": "PR409-OD-0003"}
                    unit.taken.setdefault(message["__id"], message)
                except Exception as trouble:  # Kept for the script, which is another thread's.
                    unit.faults.append(repr(trouble))
                    status, answer = 400, {"code": "PR400-OD-0001"}
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{certificates}/server.pem", f"{certificates}/server.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://localhost:{self.server.server_port}/"

    def token(self, receiver, sender="results", key=None, kid="one", **claims):
        now = int(time.time())
        cell = f"{self.url}{sender}/"
        claims = {"iss": cell, "sub": cell, "aud": receiver, "iat": now, "exp": now + 300,
                  "jti": os.urandom(8).hex()} | claims
        return jwt.encode({name: value for name, value in claims.items() if value is not None},
                          key or self.key, algorithm="ES256", headers={"kid": kid})


def main(root):
    certificates = os.path.join(root, "unit-certs")
    program = os.environ["POSTERN"]
    subprocess.run([program, "cert", "dev", "--directory", certificates], check=True, capture_output=True)
    unit = Unit(certificates)
    with open(os.path.join(root, "unit.jwks.json"), "w") as file:
        file.write(jwks("one", unit.key))
    units, key = os.path.join(root, "units.yaml"), os.path.join(root, "own.key")
    with open(units, "w") as file:
        json.dump({"units": [{"unit": unit.url, "jwks": "unit.jwks.json", "account": "lab@dialects.example",
                              "trustRoots": os.path.join(certificates, "ca.pem")}]}, file)
    unit.partner = subprocess.run(
        [program, "unit", "key", "--dialects-personium-key", key], check=True, capture_output=True,
        text=True).stdout
    require("\"d\"" not in unit.partner and "PRIVATE" not in unit.partner, "a private key was printed")
    settings = {"dialects-personium-units": units, "dialects-personium-key": key}
    with serving(root, [person("ann"), person("bob"), person("lab")], settings) as (gateway, base):
        ann = f"{base}/ann/"

        def port(token, cell="ann", **changes):
            message = {"__id": os.urandom(16).hex(), "InReplyTo": None, "From": f"{unit.url}results/",
                       "MulticastTo": None, "Type": "message", "Title": "Results", "Body": "All well.",
                       "Priority": 3, "Status": "unread", "RequestRelation": None,
                       "RequestRelationTarget": None} | changes
            answer = requests.post(f"{base}/{cell}/__message/port", data=json.dumps(message), timeout=20,
                                   headers={"Authorization": f"Bearer {token}"})
            return answer.status_code, answer.json().get("code"), answer

        def received(cell="ann"):
            answer = requests.get(f"{base}/{cell}/__ctl/ReceivedMessage?$top=1000", timeout=20,
                                  headers={"Authorization": f"Bearer key-of-{cell}"})
            return answer.json()["d"]["results"]

        # What a foreign cell hands over is there once, however often it comes.
        name = os.urandom(16).hex()
        status, _, answer = port(unit.token(ann), __id=name)
        require(status == 201, answer.text)
        results = answer.json()["d"]["results"]
        require(results["__metadata"]["type"] == "CellCtl.ReceivedMessage", answer.text)
        require(answer.headers["Location"] == f"{ann}__ctl/ReceivedMessage('{results['__id']}')", "the place")
        status, _, again = port(unit.token(ann), __id=name)
        require(status == 201 and again.json() == answer.json(), f"the same again: {again.text}")
        until(10, lambda: len(received()) == 1, "the message")
        require(received()[0]["From"] == f"{unit.url}results/", "who wrote")

        # And nothing of what is not right.
        now = int(time.time())
        other = ec.generate_private_key(ec.SECP256R1())
        cases = {
            "expired": (unit.token(ann, exp=now - 1, iat=now - 200), 401, "PR401-AU-0002"),
            "no end": (unit.token(ann, exp=None), 401, "PR401-AU-0006"),
            "for an hour": (unit.token(ann, exp=now + 3600), 401, "PR401-AU-0006"),
            "of tomorrow": (unit.token(ann, iat=now + 3600, exp=now + 3700), 401, "PR401-AU-0006"),
            "of another key": (unit.token(ann, key=other), 401, "PR401-AU-0008"),
            "of an unknown key": (unit.token(ann, kid="two"), 401, "PR401-AU-0008"),
            "unsigned": (jwt.encode({"iss": f"{unit.url}results/"}, None, algorithm="none"), 401, "PR401-AU-0008"),
            "for another cell": (unit.token(f"{base}/bob/"), 403, "PR403-AU-0002"),
            "for the whole unit": (unit.token(f"{base}/"), 403, "PR403-AU-0002"),
            "of another subject": (unit.token(ann, sub=f"{unit.url}eve/"), 401, "PR401-AU-0006"),
            "of another unit": (unit.token(ann, iss="https://other.example/results/"), 403, "PR403-AU-0002"),
            "of another cell": (unit.token(ann, sender="eve"), 403, "PR403-AU-0002"),
            "a session's": ("key-of-ann", 403, "PR403-AU-0002"),
            "anything": ("anything", 401, "PR401-AU-0006"),
        }
        for what, (token, status, code) in cases.items():
            got = port(token)[:2]
            require(got == (status, code), f"a token {what}: {got}")
        shorn = requests.post(f"{base}/ann/__message/port", data="{}", timeout=20)
        require((shorn.status_code, shorn.json()["code"]) == (401, "PR401-AU-0001"), "no token")
        for changes, code in [({"Title": "manticore"}, "PR403-PO-0017"), ({"Status": "none"}, "PR400-OD-0006"),
                              ({"Title": None}, "PR400-OD-0009"), ({"Schema": "https://a/"}, "PR400-RM-0002"),
                              ({"From": f"{unit.url}eve/"}, "PR403-AU-0002")]:
            got = port(unit.token(ann), **changes)
            require(got[1] == code, f"{changes}: {got}")
        nobody = port(unit.token(f"{base}/nobody/"), cell="nobody")[:2]
        require(nobody == (403, "PR403-AU-0001"), f"a cell there is not: {nobody}")
        require(len(received()) == 1, "one message all the same")
        print("  a foreign unit's messages: taken once, or refused with Personium's codes")

        # The other way: a fault, a lost answer and a copy leave one message each.
        unit.moves += [503, "lose"]
        sent = {}
        for title in ("First", "Second", "Third"):
            answer = requests.post(
                f"{base}/ann/__message/send", timeout=20, headers={"Authorization": "Bearer key-of-ann"},
                data=json.dumps({"To": f"{unit.url}results/,{base}/bob/", "Title": title, "Body": "Thanks.",
                                 "InReplyTo": results["__id"]}))
            require(answer.status_code == 201, answer.text)
            results_of = answer.json()["d"]["results"]
            require([row["Code"] for row in results_of["Result"]] == ["201", "201"], answer.text)
            sent[results_of["__id"]] = title
        until(90, lambda: {key: one["Title"] for key, one in unit.taken.items()} == sent, "all three")
        require(not unit.faults, unit.faults)
        for one in unit.taken.values():
            require(one["InReplyTo"] == name, "an answer names the message as its unit knows it")
            require(one["From"] == ann, "who wrote")
        until(10, lambda: len(received("bob")) == 3, "the copies for a cell of this unit")
        print("  messages to a foreign unit: signed, once each in spite of faults")
        with open(gateway.log_path) as log:
            text = log.read()
        require("eyJ" not in text and "PRIVATE" not in text, "a token or a key in the log")


if __name__ == "__main__":
    main(sys.argv[1])
