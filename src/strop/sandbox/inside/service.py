"""The kinds of job, and the loop that serves them."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable

import call
import program
from channel import Channel
from zygote import Gone, Zygote, ended

Reply = tuple[dict[str, Any], list[bytes]]


def run_call(zygote: Zygote, job: dict[str, Any], parts: list[bytes]) -> Reply:
    limits = job["limits"]
    channel = Channel(limits["result_bytes"])
    started = time.monotonic()

    def body() -> int:
        source, inputs = parts[0].decode("utf-8", "surrogatepass"), parts[1].decode()
        call.run(channel, source, inputs, job["entry"], job["after"])
        return 0

    child = zygote.start(body, limits, True, (), channel)
    end = zygote.finish(child, limits, started)
    result = channel.read()
    channel.close()
    return ended(end), [result]


def run_program(zygote: Zygote, job: dict[str, Any], parts: list[bytes]) -> Reply:
    limits = job["limits"]
    channel = Channel(1 << 16)
    fds = (program.stream(parts[1]), os.memfd_create("stdout"), os.memfd_create("stderr"))
    started = time.monotonic()

    def body() -> int:
        return program.run(channel, parts[0].decode("utf-8", "surrogatepass"))

    child = zygote.start(body, limits, True, fds, channel)
    end = zygote.finish(child, limits, started)
    result = [channel.read(), *[drain(fd, limits["output_bytes"]) for fd in fds[1:]]]
    for fd in fds:
        os.close(fd)
    channel.close()
    return ended(end), result


def drain(fd: int, limit: int) -> bytes:
    """What was written to a memory file, its first `limit` bytes."""
    return os.pread(fd, limit, 0)


KINDS: dict[str, Callable[[Zygote, dict[str, Any], list[bytes]], Reply]] = {
    "call": run_call,
    "program": run_program,
}


def warm(zygote: Zygote) -> None:
    """Run trivial jobs: the first forks of a process are dearer than the later ones."""
    limits = {
        "cpu_seconds": 1.0,
        "wall_seconds": 1.0,
        "memory_mb": 256,
        "output_bytes": 4096,
        "result_bytes": 4096,
    }
    job = {"limits": limits, "entry": "f", "after": False}
    for _ in range(8):
        run_call(zygote, job, [b"def f(x):\n    return x\n", b"[[1],[2]]"])
        zygote.clean()


def serve(zygote: Zygote) -> None:
    """Serve until the parent closes its end or is gone."""
    for name in [n for n, m in sys.modules.items() if _is_own(m)]:
        del sys.modules[name]
    zygote.settle()
    warm(zygote)
    try:
        zygote.send(zygote.hello())
        while True:
            message = zygote.receive()
            if message is not None:
                job, parts = message
                header, results = KINDS[job["kind"]](zygote, job, parts)
                zygote.clean()
                zygote.send(header, results)
    except (Gone, BrokenPipeError, ConnectionResetError):
        return
    finally:
        zygote.layers.close()


def _is_own(module: Any) -> bool:
    file = getattr(module, "__file__", None) or ""
    return os.path.dirname(file) == os.path.dirname(os.path.abspath(__file__))
