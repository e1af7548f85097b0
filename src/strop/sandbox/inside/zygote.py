"""The warm server: receives a job, forks a child for it, waits, ends it, replies."""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import random
import struct
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from . import hooks, processor, spawn
from .channel import Channel
from .layers import NAMES, Layers

PRELOAD = [
    "abc",
    "array",
    "ast",
    "bisect",
    "cmath",
    "collections",
    "collections.abc",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "io",
    "itertools",
    "json",
    "linecache",
    "math",
    "numbers",
    "operator",
    "os",
    "random",
    "re",
    "statistics",
    "string",
    "textwrap",
    "threading",
    "time",
    "typing",
    "types",
]
HEAD = struct.Struct("<II")
_ISOLATION_FAILED, _HARNESS_FAILED = 70, 71
_ABOVE_ALL = 64

Body = Callable[[], int]


class Gone(Exception):
    """The parent closed its end."""


class Zygote:
    """One warm interpreter. It runs one job at a time and keeps nothing of it."""

    def __init__(self, control: int, config: dict[str, Any]) -> None:
        self._control = control
        # Opened before the view of files is narrowed, which leaves no /proc.
        self._memory = open("/proc/self/statm", "rb", buffering=0)
        self._parent = os.pidfd_open(os.getppid())
        self.layers = Layers(config["readable"], config["without"])
        for name in PRELOAD:
            _preload(name)
        hooks.release()
        self.preloaded = [name for name in config["preload"] if _preload(name)]
        self.layers.prepare()
        self.own_pids = self.layers.has("pid_namespace")
        self._base_bytes = 0

    def hello(self) -> dict[str, Any]:
        """What the parent is told once: layers, preloaded modules, where scratch lies on disk."""
        return {
            "layers": [[name, self.layers.missing.get(name, "")] for name in NAMES],
            "preloaded": self.preloaded,
            "disk": self.layers.disk,
            "version": sys.version.split()[0],
        }

    def settle(self) -> None:
        """Call when nothing more will be loaded: every child starts from the same random state,
        and memory is frozen and measured."""
        random.seed(0)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(0)
        gc.collect()
        gc.freeze()
        self._base_bytes = int(self._memory.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        self._memory.close()

    def receive(self) -> tuple[dict[str, Any], list[bytes]] | None:
        """The next job and its parts; None for a cancel that came too late. Raises Gone."""
        head, size = HEAD.unpack(self._exactly(HEAD.size))
        if not head:
            return None
        job = json.loads(self._exactly(head))
        body, parts, at = self._exactly(size), [], 0
        for length in job["parts"]:
            parts.append(body[at : at + length])
            at += length
        return job, parts

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            chunk = os.read(self._control, min(size - len(data), 1 << 20))
            if not chunk:
                raise Gone
            data += chunk
        return bytes(data)

    def send(self, header: dict[str, Any], parts: Sequence[bytes] = ()) -> None:
        """Raises OSError if the parent is gone."""
        text = json.dumps({**header, "parts": [len(p) for p in parts]}).encode()
        left = memoryview(b"".join([HEAD.pack(len(text), sum(map(len, parts))), text, *parts]))
        while left:
            left = left[os.write(self._control, left) :]

    def start(
        self, body: Body, limits: dict[str, Any], closed: bool, fds: Sequence[int], channel: Channel
    ) -> spawn.Child:
        """Fork a child that puts the layers on, with `fds` as its 0, 1, 2, ..., and runs `body`;
        the value returned is its exit code."""
        if closed:
            processor.stay()
        pid = spawn.fork(self.own_pids)
        if pid:
            return spawn.Child(pid)
        code = _ISOLATION_FAILED
        try:
            _place(fds)
            self.layers.enter(closed, limits, self._base_bytes, max(3, len(fds)))
            code = _HARNESS_FAILED
            code = body()
        except BaseException as error:
            channel.write(json.dumps({"broken": f"{type(error).__name__}: {error}"}))
        finally:
            os._exit(code)

    def finish(
        self, children: Sequence[spawn.Child], limits: dict[str, Any], started: float
    ) -> list[spawn.Ended]:
        """Wait for the first child, each within its limits, then end and reap them all. One that
        was still running when the first ended has `stopped` as `done`."""
        others = {self._control: "cancel", self._parent: "cancel"}
        why = spawn.wait(children, others, started, limits["cpu_seconds"], limits["wall_seconds"])
        wall = time.monotonic() - started
        ends = [children[0].end(why, wall)]
        return ends + [child.end(why or "done", wall) for child in children[1:]]

    def clean(self) -> None:
        """Nothing of a job outlives it: processes first, then files."""
        processor.spread([0])
        if not self.own_pids:
            spawn.sweep()
        self.layers.wipe()


def ended(end: spawn.Ended) -> dict[str, Any]:
    """The part of a reply that the kernel vouches for."""
    return {
        "signal": end.signal,
        "code": end.code,
        "cpu": end.cpu,
        "rss": end.rss,
        "stopped": end.stopped,
        "wall": end.wall,
    }


def _place(fds: Sequence[int]) -> None:
    # First out of the way of each other, then into place.
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, _ABOVE_ALL) for fd in fds]
    for to, fd in enumerate(high):
        os.dup2(fd, to)


def _preload(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        # Missing or broken, it is the candidate's own import that will say so.
        return False
    return True
