from __future__ import annotations

import pytest

from strop.sandbox.jobs import Limits, ProgramJob

from .conftest import Bench


def test_a_program_reads_and_prints(bench: Bench) -> None:
    source = (
        "import sys\nprint(sum(map(int, sys.stdin.read().split())))\nprint('é', file=sys.stderr)\n"
    )
    done = bench.run(ProgramJob(source, "1 2 3\n"))
    assert (done.status, done.stdout, done.stderr, done.exit_code) == ("passed", "6\n", "é\n", 0)


@pytest.mark.parametrize(
    ("source", "status", "code", "stdout"),
    [
        ("print(1)\nraise SystemExit\n", "passed", 0, "1\n"),
        ("print(1)\nexit(3)\n", "error", 3, "1\n"),
        ("print(1)\nraise SystemExit('no')\n", "error", 1, "1\n"),
        ("print(1, flush=True)\nimport os\nos._exit(0)\n", "passed", 0, "1\n"),
        ("print(1)\n1 / 0\n", "error", 1, "1\n"),
        ("input()\n", "error", 1, ""),
        ("if __name__ == '__main__':\n    print(1)\n", "passed", 0, "1\n"),
        ("import atexit\natexit.register(print, 1)\n", "passed", 0, "1\n"),
        (
            "import threading, time\n"
            "threading.Thread(target=lambda: (time.sleep(0.1), print(1))).start()\n",
            "passed",
            0,
            "1\n",
        ),
        ("import os\nos.abort()\n", "crashed", -1, ""),
        ("x = [0] * 10**10\n", "memory", 1, ""),
        ("open('/dev/sda')\n", "error", 1, ""),
        ("import os\nos.fork()\n", "forbidden", 1, ""),
    ],
)
def test_how_programs_end(bench: Bench, source: str, status: str, code: int, stdout: str) -> None:
    done = bench.run(ProgramJob(source))
    assert (done.status, done.exit_code, done.stdout) == (status, code, stdout), done


def test_the_trace_shows_the_programs_own_lines(bench: Bench) -> None:
    done = bench.run(ProgramJob("def f():\n    return 1 / 0\nf()\n"))
    assert done.exception == "ZeroDivisionError"
    assert 'File "program.py", line 2, in f' in done.trace
    assert "inside" not in done.stderr


def test_a_hanging_program_keeps_what_it_printed(bench: Bench) -> None:
    source = "print('so far', flush=True)\nwhile True:\n    pass\n"
    done = bench.run(ProgramJob(source, limits=Limits(cpu_seconds=0.2)))
    assert (done.status, done.stdout) == ("timeout", "so far\n")
