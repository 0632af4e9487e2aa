"""Tokens of an identity provider, made by a library that nobody here wrote.

`PyJWT` makes the keys' public form and the tokens; every client API is asked with them, as its clients would.

Usage: tokens.py ROOT   (POSTERN names the program; ROOT is a folder that may be written)
"""

import json
import os
import sys
import time

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

# What this machine trusts is no matter here, and would stand before what the session is told to trust.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Torture"))

from gateway import Gateway, require, until  # noqa: E402

ISSUER, ANN = "https://id.tokens.example/realm", "ann@tokens.example"


class Provider:
    """An identity provider with a key of each kind."""

    def __init__(self, tag):
        self.tag = tag
        self.keys = {
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
            "RS256": rsa.generate_private_key(65537, 2048),
        }

    def jwks(self):
        forms = {"ES256": ECAlgorithm, "EdDSA": OKPAlgorithm, "RS256": RSAAlgorithm}
        keys = [forms[algorithm].to_jwk(key.public_key(), as_dict=True)
                | {"kid": self.kid(algorithm), "use": "sig", "alg": algorithm}
                for algorithm, key in self.keys.items()]
        for key in keys:
            # PyJWT says `key_ops` too; RFC 7517 wants either.
            key.pop("key_ops", None)
        return json.dumps({"keys": keys})

    def kid(self, algorithm):
        return f"{self.tag}-{algorithm}"

    def token(self, algorithm, kid=None, **claims):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": ["postern", "other"], "iat": now, "nbf": now, "exp": now + 600,
                  "email": ANN, "email_verified": True, "jti": os.urandom(4).hex()} | claims
        return jwt.encode({name: value for name, value in claims.items() if value is not None},
                          self.keys[algorithm], algorithm=algorithm,
                          headers={"kid": kid or self.kid(algorithm)})


def put(path, text):
    """As an operator's script should: beside it, then in its place."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


def main(root):
    keys, issuers = os.path.join(root, "keys.json"), os.path.join(root, "issuers.yaml")
    provider = Provider("first")
    put(keys, provider.jwks())
    put(issuers, json.dumps({"issuers": [{
        "issuer": ISSUER, "audience": "postern", "jwks": "keys.json", "account": "email",
        "algorithms": ["ES256", "EdDSA", "RS256"]}]}))
    gateway = Gateway(root, settings={"issuers-file": issuers})
    gateway.load({"accounts": [
        {"address": ANN, "name": "Ann", "group": "everyone", "handle": "ann"},
        {"address": "bob@tokens.example", "name": "Bob", "group": "everyone"}]})
    gateway.start()

    def get(path, **more):
        return requests.get(f"https://localhost:{gateway.port}{path}", verify=gateway.authority, timeout=20, **more)

    def asked(token):
        """How every API answers a token."""
        bearer = {"Authorization": f"Bearer {token}"}
        return {
            "secure-messaging": get("/api/v1/user/settings", headers={"x-sm-session-token": token}).status_code,
            "osdi": get("/api/v1/lists", headers={"OSDI-API-Token": token}).status_code,
            "personium": get("/ann/__ctl/ReceivedMessage", headers=bearer).status_code,
            "revicom": get("/api/v1/balance", headers=bearer).status_code,
            "sendhub": get("/v1/contacts/", params={"username": "ann", "api_key": token}).status_code,
        }

    def all_say(status, token, what):
        got = asked(token)
        require(set(got.values()) == {status}, f"{what}: {got}")

    try:
        for algorithm in provider.keys:
            all_say(200, provider.token(algorithm), algorithm)
        good = provider.token("ES256")
        all_say(200, good, "a token")
        all_say(200, good, "the same again")
        now = int(time.time())
        for what, claims in {
            "expired": {"exp": now - 1}, "no end": {"exp": None}, "no beginning": {"iat": None},
            "good for two days": {"exp": now + 172_800}, "of tomorrow": {"iat": now + 86_400, "exp": now + 86_700},
            "not yet": {"nbf": now + 300}, "for another": {"aud": "other"}, "from another": {"iss": ISSUER + "/"},
            "of nobody": {"email": "eve@tokens.example"}, "not verified": {"email_verified": False},
        }.items():
            all_say(401, provider.token("ES256", **claims), what)
        all_say(401, Provider("first").token("ES256"), "another's key under the same name")
        all_say(401, provider.token("ES256", kid="first-RS256"), "a name of another key")
        all_say(401, good[:-8] + "AAAAAAAA", "another signature")
        reader = provider.token("EdDSA", scope="openid postern.read")
        all_say(200, reader, "a token that reads")
        answer = requests.post(
            f"https://localhost:{gateway.port}/v1/contacts/", params={"username": "ann", "api_key": reader},
            json={"name": "Bob", "number": "+16505551234"}, verify=gateway.authority, timeout=20)
        require(answer.status_code == 403, f"a token that reads, writing: {answer.status_code} {answer.text}")
        print("  an identity provider's tokens: taken or refused in all five client APIs")

        put(keys, "{}")
        until(10, lambda: "issuers" in json.dumps(gateway.health()[1]), "a word in health about bad keys")
        all_say(200, good, "with the last good keys")
        second = Provider("second")
        put(keys, second.jwks())
        until(10, lambda: asked(good)["osdi"] == 401, "the end of the old keys")
        all_say(200, second.token("RS256"), "with new keys")
        gateway.run("account", "disable", ANN, *gateway.flags)
        all_say(401, second.token("ES256"), "of a disabled account")
        with open(gateway.log_path) as log:
            require("eyJ" not in log.read(), "a token in the log")
        print("  an identity provider's keys: changed while serving, the last good ones kept")
    finally:
        gateway.terminate()
    gateway.verify_audit()


if __name__ == "__main__":
    main(sys.argv[1])
