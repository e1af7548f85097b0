from __future__ import annotations

import time

from strop.sandbox.jobs import CallJob, Limits, ProgramJob

from .conftest import Bench


def test_cpu_time_is_limited_finely(any_bench: Bench) -> None:
    source = "def f(n):\n    while n:\n        pass\n    return n\n"
    start = time.monotonic()
    done = any_bench.run(CallJob(source, "f", [[0], [1], [0]], Limits(cpu_seconds=0.3)))
    assert [o.status for o in done.outputs] == ["passed", "timeout", "timeout"]
    assert done.status == "timeout"
    assert 0.25 < done.cpu_seconds < 0.6
    assert time.monotonic() - start < 5


def test_wall_time_is_limited_whatever_the_candidate_catches(any_bench: Bench) -> None:
    source = (
        "import time, signal\n"
        "for n in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):\n"
        "    signal.signal(n, signal.SIG_IGN)\n"
        "time.monotonic = time.time = lambda: 0.0\n"
        "def f():\n    while True:\n        try:\n            time.sleep(0.1)\n"
        "        except BaseException:\n            pass\n"
    )
    done = any_bench.run(CallJob(source, "f", [[]], Limits(wall_seconds=0.4)))
    assert done.status == "timeout"
    assert done.wall_seconds < 1.4


def test_memory_is_limited(any_bench: Bench) -> None:
    source = "def f(n):\n    return len(bytearray(n << 20))\n"
    done = any_bench.run(CallJob(source, "f", [[8], [4096], [8]], Limits(memory_mb=256)))
    assert [o.status for o in done.outputs] == ["passed", "memory", "passed"]


def test_deep_recursion_is_an_error_and_a_broken_stack_a_crash(bench: Bench) -> None:
    assert bench.run(CallJob("def f():\n    return f()\n", "f", [[]])).outputs[0].exception == (
        "RecursionError"
    )
    source = (
        "import sys\nsys.setrecursionlimit(10**8)\n"
        "def g(n):\n    return sorted([1], key=lambda v: g(n + 1))\n"
        "def f():\n    return g(0)\n"
    )
    done = bench.run(CallJob(source, "f", [[]], Limits(memory_mb=512)))
    assert done.status in ("crashed", "memory")


def test_output_is_capped(any_bench: Bench) -> None:
    source = (
        "import os\n"
        "try:\n    print('y' * 3_000_000, flush=True)\n"
        "except OSError:\n    os._exit(0)\n"
    )
    done = any_bench.run(ProgramJob(source, limits=Limits(output_bytes=1000)))
    assert done.truncated
    assert len(done.stdout) <= 1000


def test_many_threads_do_not_escape_the_limits(bench: Bench) -> None:
    source = (
        "import threading, time\n"
        "def f():\n    for _ in range(10_000):\n"
        "        threading.Thread(target=time.sleep, args=(60,)).start()\n"
    )
    done = bench.run(CallJob(source, "f", [[]], Limits(wall_seconds=5)))
    assert done.status in ("error", "memory", "timeout")
    assert done.wall_seconds < 6
