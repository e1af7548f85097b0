"""Instructions that a function executes, counted by callgrind: the same number every time.

For a few finalists: a run takes seconds. valgrind needs /proc, which the sandbox hides unless the
pool is told otherwise, `Pool(readable=["/proc"])`.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from strop.core.errors import BadInput, ToolUnavailable
from strop.core.types import Cost
from strop.sandbox.inside import wire
from strop.sandbox.jobs import CommandJob, Limits
from strop.sandbox.pool import Pool

__all__ = ["instruction_counts"]

_RUN = """
import json, sys
from plain import decode
inputs = decode(open("inputs.json").read(), live=True)
space = {"__name__": "solution"}
exec(compile(open("program.py").read(), "solution.py", "exec"), space)
target = space
for number, part in enumerate(sys.argv[1].split(".")):
    target = getattr(target, part) if number else target[part]
for args in inputs:
    try:
        value = target(*args)
        if hasattr(value, "__next__"):
            for _ in value:
                pass
    except Exception:
        pass
"""
_NOTHING = "def nothing(*args):\n    return None\n"
_COUNT = re.compile(r"^==\d+== Collected : (\d+)$", re.MULTILINE)
_LIMITS = Limits(cpu_seconds=60, wall_seconds=180, memory_mb=4096)


async def instruction_counts(
    sources: Sequence[str],
    entry: str,
    inputs: Sequence[Sequence[Any]],
    pool: Pool,
    limits: Limits = _LIMITS,
) -> tuple[tuple[int | None, ...], Cost]:
    """Machine instructions of each source's `entry` on all inputs (argument lists in case-file
    form), beyond those of a function that does nothing; None where a run did not come to its end
    within the limits (about fifty times as slow as without valgrind). And what it cost.

    A candidate's process writes the count's file descriptor too: trust it for programs that are
    right, not to tell whether one is. Raises `ToolUnavailable` where valgrind is missing or may not
    read /proc, `BadInput` where an input cannot be sent.
    """
    if shutil.which("valgrind") is None:
        raise ToolUnavailable(
            "instruction counts need valgrind, which is not installed; "
            "run apt-get install valgrind, or leave them out"
        )
    bare, cost = await _counted(_NOTHING, "nothing", inputs, pool, limits)
    if bare is None:
        raise ToolUnavailable(
            "callgrind does not run in this sandbox; it needs /proc: Pool(readable=['/proc'])"
        )
    counts: list[int | None] = []
    for source in sources:
        count, spent = await _counted(source, entry, inputs, pool, limits)
        counts.append(None if count is None else max(0, count - bare))
        cost += spent
    return tuple(counts), cost


async def _counted(
    source: str, entry: str, inputs: Sequence[Sequence[Any]], pool: Pool, limits: Limits
) -> tuple[int | None, Cost]:
    job = CommandJob(_line(pool, entry), _files(source, inputs), limits=limits)
    execution = await pool.run(job)
    found = _COUNT.findall(execution.stdout)
    count = int(found[-1]) if found and execution.status == "passed" else None
    return count, Cost(executions=1, cpu_seconds=execution.total_cpu)


def _line(pool: Pool, entry: str) -> str:
    python = Path(pool.python or sys.executable).name
    # What the program itself prints goes nowhere; valgrind's report comes after its end.
    return (
        "valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-fd=9 "
        f"{shlex.quote(python)} -s run.py {shlex.quote(entry)} 9>&1 >/dev/null 2>&1"
    )


def _files(source: str, inputs: Sequence[Sequence[Any]]) -> dict[str, str]:
    text = json.dumps([list(args) for args in inputs])
    try:
        wire.decode(text)
    except wire.WireError as error:
        raise BadInput(f"inputs cannot be sent: {error}") from error
    plain = Path(wire.__file__).read_text(encoding="utf-8")
    return {"run.py": _RUN, "plain.py": plain, "program.py": source, "inputs.json": text}
