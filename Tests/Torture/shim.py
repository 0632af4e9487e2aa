"""Orders for shim.c: which system calls of the running gateway fail, and when."""

import ctypes
import mmap
import os
import shutil
import subprocess

from gateway import HERE
from report import Skip

SYNC, WRITE = 1, 2


class Orders(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_int32)
        for name in ("armed", "error", "countdown", "remaining", "drop", "partial", "matched", "failed")
    ] + [("folder0", ctypes.c_char * 256), ("folder1", ctypes.c_char * 256), ("last", ctypes.c_char * 256),
         ("failed_at", ctypes.c_double), ("only", ctypes.c_char * 64),
         ("spreads", ctypes.c_int32)]


class Shim:
    """The shim of one gateway; put in place before its next start."""

    def __init__(self, room, gateway, folders, drop=False):
        compiler = shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            raise Skip("there is no C compiler for the shim")
        library = os.path.join(room.path, "shim.so")
        if not os.path.exists(library):
            subprocess.run(
                [compiler, "-O2", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "shim.c"), "-ldl",
                 "-lpthread"], check=True)
        path = gateway.root + ".orders"
        with open(path, "wb") as file:
            file.write(bytes(ctypes.sizeof(Orders)))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), ctypes.sizeof(Orders))
        self.orders = Orders.from_buffer(self.map)
        self.orders.drop = drop
        self.watch(*folders)
        gateway.environment |= {"LD_PRELOAD": library, "TORTURE_ORDERS": path}

    def watch(self, *folders):
        self.orders.folder0 = os.path.realpath(folders[0]).encode() + b"/"
        self.orders.folder1 = os.path.realpath(folders[1]).encode() + b"/" if len(folders) > 1 else b""

    def fail(self, kinds, error, nth=1, times=-1, partial=False, only="", spreads=False):
        """From the nth matching call on, that many calls fail (all of them by default).

        only: how the paths of the files end. spreads: once one has failed, calls on all other files fail too.
        """
        self.orders.armed = 0
        self.orders.only, self.orders.spreads = only.encode(), spreads
        self.orders.error, self.orders.countdown = error, nth - 1
        self.orders.remaining, self.orders.partial = times, partial
        self.orders.matched = self.orders.failed = 0
        self.orders.failed_at = 0
        self.orders.armed = kinds

    def relent(self):
        self.orders.armed = 0

    @property
    def failed(self):
        return self.orders.failed

    @property
    def last(self):
        return os.path.basename(self.orders.last.decode())
