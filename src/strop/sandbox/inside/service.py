"""The kinds of job, and the loop that serves them."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, Callable

from . import call, command, host, nursery, program, script, spawn, suite, trials
from .channel import Channel
from .zygote import Gone, Zygote, ended

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
    (end,) = zygote.finish([child], limits, started)
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
    (end,) = zygote.finish([child], limits, started)
    result = [channel.read(), *[drain(fd, limits["output_bytes"]) for fd in fds[1:]]]
    os.close(fds[0])
    channel.close()
    return ended(end), result


def run_script(zygote: Zygote, job: dict[str, Any], parts: list[bytes]) -> Reply:
    limits = job["limits"]
    source, test_source = (part.decode("utf-8", "surrogatepass") for part in parts)
    name, entry = job["module"], job["entry"]
    to_tests, from_host = os.pipe()
    to_host, from_tests = os.pipe()
    lost = Channel(4096)
    started = time.monotonic()
    # The candidate's child is forked first, so that the tests' channel is not in its memory.
    candidate = zygote.start(
        lambda: host.main(source, name), limits, True, (1, 1, 1, to_host, from_host), lost
    )
    told = Channel(limits["result_bytes"])
    tests = zygote.start(
        lambda: script.run(told, test_source, entry, name),
        limits,
        True,
        (1, 1, 1, to_tests, from_tests),
        told,
    )
    for fd in (to_tests, from_host, to_host, from_tests):
        os.close(fd)
    ends = zygote.finish([tests, candidate], limits, started)
    result = [told.read(), lost.read()]
    told.close()
    lost.close()
    return {"tests": ended(ends[0]), "candidate": ended(ends[1])}, result


def run_suite(zygote: Zygote, job: dict[str, Any], parts: list[bytes]) -> Reply:
    limits, split = job["limits"], job["split"]
    files, source = json.loads(parts[0]), parts[1].decode("utf-8", "surrogatepass")
    lost = Channel(4096)
    children: list[spawn.Child] = []
    pipes: list[int] = []
    outputs = [os.memfd_create("stdout"), os.memfd_create("stderr")]
    started = time.monotonic()
    if split:
        pipes = [*os.pipe(), *os.pipe()]
        fds = [1, 1, 1, pipes[2], pipes[1]]
        children.append(zygote.start(lambda: host.main(source, split), limits, True, fds, lost))
    told = Channel(limits["result_bytes"])

    def tests() -> int:
        arguments, nonce, plugins = job["arguments"], job["nonce"], job["plugins"]
        scratch, project, paths = zygote.layers.scratch, job["project"], job["paths"]
        return nursery.run(
            lambda: suite.run(
                told, files, arguments, nonce, split, plugins, scratch, project, paths
            )
        )

    # Of the four pipe ends, the tests hold the outer two.
    fds = [1, *outputs, *pipes[::3]]
    children.insert(0, zygote.start(tests, limits, False, fds, told))
    for fd in pipes:
        os.close(fd)
    ends = zygote.finish(children, limits, started)
    result = [told.read(), lost.read(), *[drain(fd, limits["output_bytes"]) for fd in outputs]]
    told.close()
    lost.close()
    return {"tests": ended(ends[0]), "candidate": ended(ends[1]) if split else None}, result


def run_trials(zygote: Zygote, job: dict[str, Any], parts: list[bytes]) -> Reply:
    limits = job["limits"]
    files, plan = json.loads(parts[0]), json.loads(parts[1])
    channel = Channel(limits["result_bytes"])
    outputs = [os.memfd_create("stdout"), os.memfd_create("stderr")]
    started = time.monotonic()

    def body() -> int:
        nonce, scratch, project = job["nonce"], zygote.layers.scratch, job["project"]
        return nursery.run(lambda: trials.run(channel, files, plan, nonce, scratch, project))

    child = zygote.start(body, limits, False, (1, *outputs), channel)
    (end,) = zygote.finish([child], limits, started)
    result = [channel.read(), *[drain(fd, limits["output_bytes"]) for fd in outputs]]
    channel.close()
    return ended(end), result


def run_command(zygote: Zygote, job: dict[str, Any], parts: list[bytes]) -> Reply:
    limits, files = job["limits"], json.loads(parts[0])
    channel = Channel(4096)
    fds = (program.stream(parts[1]), os.memfd_create("stdout"), os.memfd_create("stderr"))
    started = time.monotonic()

    def body() -> int:
        scratch = zygote.layers.scratch
        return nursery.run(lambda: command.run(job["command"], files, scratch))

    child = zygote.start(body, limits, False, fds, channel)
    (end,) = zygote.finish([child], limits, started)
    result = [channel.read(), *[drain(fd, limits["output_bytes"]) for fd in fds[1:]]]
    os.close(fds[0])
    channel.close()
    return ended(end), result


def drain(fd: int, limit: int) -> bytes:
    """What was written to a memory file, its first `limit` bytes; the file is closed."""
    data = os.pread(fd, limit, 0)
    os.close(fd)
    return data


KINDS: dict[str, Callable[[Zygote, dict[str, Any], list[bytes]], Reply]] = {
    "call": run_call,
    "program": run_program,
    "script": run_script,
    "suite": run_suite,
    "command": run_command,
    "trials": run_trials,
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
    if "pytest" in zygote.preloaded:
        suite.warm(zygote.layers.scratch)
        zygote.layers.wipe()
    for name in [n for n, m in sys.modules.items() if _is_own(m)]:
        del sys.modules[name]
    zygote.settle()
    warm(zygote)
    charged = 0.0
    try:
        zygote.send(zygote.hello())
        while True:
            message = zygote.receive()
            if message is not None:
                job, parts = message
                header, results = KINDS[job["kind"]](zygote, job, parts)
                zygote.clean()
                # The first job also pays for the start.
                now = time.process_time()
                header["own"], charged = now - charged, now
                zygote.send(header, results)
    except (Gone, BrokenPipeError, ConnectionResetError):
        return
    finally:
        zygote.layers.close()


def _is_own(module: Any) -> bool:
    file = getattr(module, "__file__", None) or ""
    return os.path.dirname(file) == os.path.dirname(os.path.abspath(__file__))
