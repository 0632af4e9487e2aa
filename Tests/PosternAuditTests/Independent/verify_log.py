#!/usr/bin/env python3
"""Verifies a C2SP tlog-tiles log from its folder and public key, with nothing but Python's standard library.

Usage: verify_log.py FOLDER VKEY_FILE [KEPT_CHECKPOINT ...]

Exit code 0: the log is exactly what was signed. 1: it is not; the reason is printed. 2: wrong usage.

It is written from the specifications alone (C2SP signed-note, tlog-checkpoint, tlog-tiles; RFC 6962; RFC 8032)
and shares no code with Postern, so that an error in Postern's writer cannot hide behind the same error here.
"""
import base64
import hashlib
import json
import os
import struct
import sys


class Refused(Exception):
    pass


# Ed25519, RFC 8032 section 5.1 (verification only, in extended coordinates).
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e_ = (y1 - x1) * (y2 - x2) % P
    f_ = (y1 + x1) * (y2 + x2) % P
    g_ = 2 * t1 * t2 * D % P
    h_ = 2 * z1 * z2 % P
    e, f, g, h = f_ - e_, h_ - g_, h_ + g_, f_ + e_
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def point(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        raise Refused("a point of the curve is not in its one spelling")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        raise Refused("not a point of the curve")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point(bytes([0x58] + [0x66] * 31))


def ed25519_holds(key, text, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= L:
        return False
    try:
        a, r = point(key), point(signature[:32])
    except Refused:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    x1, y1, z1, _ = multiply(scalar, BASE)
    x2, y2, z2, _ = add(r, multiply(h, a))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


# Signed notes and checkpoints.
def read_vkey(text):
    name, key_id, blob = text.strip().split("+", 2)
    blob = base64.b64decode(blob, validate=True)
    if blob[0] != 1 or len(blob) != 33:
        raise Refused("the key is no Ed25519 key")
    expected = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
    if bytes.fromhex(key_id) != expected:
        raise Refused("the key's id does not fit the key")
    return name, expected, blob[1:]


def open_checkpoint(data, vkey):
    name, key_id, key = vkey
    head, gap, lines = data.rpartition(b"\n\n")
    if not gap:
        raise Refused("the checkpoint is no signed note")
    text, signed = head + b"\n", False
    for line in lines.decode().splitlines():
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if base64.b64encode(blob).decode() != line.split(" ")[2] or dash != "\u2014":
            raise Refused("a signature line is malformed")
        if signer == name and blob[:4] == key_id:
            if not ed25519_holds(key, text, blob[4:]):
                raise Refused("the checkpoint's signature is wrong")
            signed = True
    if not signed:
        raise Refused("the checkpoint is not signed by the log's key")
    origin, size, root = text.decode().split("\n")[:3]
    if origin != name or str(int(size)) != size:
        raise Refused("the checkpoint is another log's, or malformed")
    return int(size), base64.b64decode(root, validate=True)


# The tree, straight from RFC 6962 section 2.1.
def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def tree_hash(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(hashes[:k]) + tree_hash(hashes[k:])).digest()


def path_of(kind, index, width):
    digits = "%03d" % (index % 1000)
    index //= 1000
    while index:
        digits = "x%03d/%s" % (index % 1000, digits)
        index //= 1000
    return "tile/%s/%s%s" % (kind, digits, "" if width == 256 else ".p/%d" % width)


def read(folder, kind, index, width):
    path = os.path.join(folder, path_of(kind, index, width))
    if not os.path.exists(path) and width < 256:
        full = os.path.join(folder, path_of(kind, index, 256))
        if os.path.exists(full):
            return full, open(full, "rb").read(), 256
    try:
        return path, open(path, "rb").read(), width
    except OSError as error:
        raise Refused("%s: %s" % (path, error.strerror))


def read_entries(folder, index, width):
    path, data, present = read(folder, "entries", index, width)
    entries, position = [], 0
    while position < len(data):
        if position + 2 > len(data):
            raise Refused("%s ends within a length" % path)
        (length,) = struct.unpack_from(">H", data, position)
        entry = data[position + 2 : position + 2 + length]
        if len(entry) != length:
            raise Refused("%s ends within entry %d" % (path, index * 256 + len(entries)))
        entries.append(entry)
        position += 2 + length
    if len(entries) != present:
        raise Refused("%s has %d entries, not %d" % (path, len(entries), present))
    return entries[:width]


def verify(folder, vkey, kept):
    with open(os.path.join(folder, "checkpoint"), "rb") as file:
        size, root = open_checkpoint(file.read(), vkey)
    hashes = []
    for start in range(0, size, 256):
        for entry in read_entries(folder, start // 256, min(256, size - start)):
            if json.loads(entry).get("version", 0) < 1:
                raise Refused("entry %d is no audit entry" % len(hashes))
            hashes.append(leaf_hash(entry))
    if tree_hash(hashes) != root:
        raise Refused("the entries do not lead to the signed root")
    for data in kept:
        kept_size, kept_root = open_checkpoint(data, vkey)
        if kept_size > size:
            raise Refused("the tail was cut: %d entries were signed, %d are there" % (kept_size, size))
        if tree_hash(hashes[:kept_size]) != kept_root:
            raise Refused("the log was rewritten below entry %d" % kept_size)
    level, row = 0, hashes
    while row:
        for start in range(0, len(row), 256):
            width = min(256, len(row) - start)
            path, data, present = read(folder, level, start // 256, width)
            if len(data) != present * 32 or data[: width * 32] != b"".join(row[start : start + width]):
                raise Refused("%s is not what is below it makes" % path)
        row = [tree_hash(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1
    return size, root


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder, vkey_file, kept = arguments[0], arguments[1], arguments[2:]
    try:
        with open(vkey_file) as file:
            vkey = read_vkey(file.read())
        checkpoints = []
        for name in kept:
            with open(name, "rb") as file:
                checkpoints.append(file.read())
        size, root = verify(folder, vkey, checkpoints)
    except (Refused, OSError, ValueError, IndexError, AttributeError) as problem:
        print("REFUSED: %s" % problem)
        return 1
    print("OK: %d entries, root %s" % (size, base64.b64encode(root).decode()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
