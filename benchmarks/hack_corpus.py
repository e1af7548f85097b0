"""Judges folders of hostile and right programs and says what was wrongly accepted or rejected.

Usage: scripts/bench hack_corpus [FOLDER] [--form cases|split|together] [--without LAYER]
                                 [--as-user UID] [--python PATH]
FOLDER holds index.jsonl (name, task, expected accept or reject), tasks.json (case files by task)
and NAME.py; without one, the programs of tests/hostile are judged. `split` and `together` hold
functions against a pytest suite made of their cases. --without leaves a kernel layer out
(pid_namespace stands for all name spaces). Prints one JSON line: wrong accepts and rejects, the
longest overrun of the wall limit, and effects on this machine: processes and scratch folders left
behind, bytes on this process's stdout and stderr, growth of its memory and descriptors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.checks.case_file import CaseFile
from strop.checks.pytest_suite import PytestCheck, Split
from strop.core.types import Candidate, Check
from strop.sandbox.inside import wire
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool
from strop.tasks.workbench import Workbench

ROOT = Path(__file__).resolve().parent.parent
LIMITS = Limits(cpu_seconds=2.0, wall_seconds=4.0)
SUITE_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=10.0, memory_mb=2048)


@dataclass(frozen=True)
class Program:
    """One program with what it is held against."""

    name: str
    source: str
    right: bool
    cases: CaseFile
    suite: str


def programs(folder: Path | None) -> list[Program]:
    """Those of a corpus, or strop's own."""
    return list(_own() if folder is None else _corpus(folder))


def _corpus(folder: Path) -> Iterator[Program]:
    tasks = json.loads((folder / "tasks.json").read_text())
    for line in (folder / "index.jsonl").read_text().splitlines():
        row = json.loads(line)
        file = CaseFile.model_validate(tasks[row["task"]])
        source = (folder / f"{row['name']}.py").read_text()
        yield Program(row["name"], source, row["expected"] == "accept", file, _suite(file))


def _own() -> Iterator[Program]:
    sys.path.insert(0, str(ROOT))
    from tests.hostile.tasks import TASKS

    for kind in ("wrong", "right"):
        for path in sorted((ROOT / "tests" / "hostile" / kind).rglob("*.py")):
            source = path.read_text()
            task = TASKS[source.partition("\n")[0].removeprefix("# task: ")]
            expected = [json.loads(wire.encode(value)) for value in task.expected]
            file = CaseFile.model_validate(
                {"entry": task.entry, "inputs": task.inputs, "expected": expected}
            )
            yield Program(path.stem, source, kind == "right", file, task.suite)


def _suite(file: CaseFile) -> str:
    """A test a case; nothing for programs on standard input."""
    if file.entry is None:
        return ""
    lines = [f"from solution import {file.entry}"]
    for number, case in enumerate(file.cases()):
        args = ", ".join(repr(wire.decode(json.dumps(a), live=True)) for a in case.given)
        want = wire.decode(json.dumps(case.expected), live=True)
        lines += [f"def test_{number}():", f"    assert {file.entry}({args}) == {want!r}"]
    return "\n".join(lines) + "\n"


async def judge(
    chosen: list[Program], form: str, python: str | None, without: tuple[str, ...]
) -> dict[str, Any]:
    """Every program, one after the other."""
    wrong: dict[bool, list[str]] = {False: [], True: []}
    overrun, statuses, judged = 0.0, dict[str, str](), 0
    async with Pool(python=python, workers=1, without=without) as pool:
        bench = Workbench(pool, LIMITS)
        for program in chosen:
            check: Check
            if form == "cases":
                check = bench.cases(program.cases.cases(), program.cases.entry)
                runs = 1 if program.cases.entry else len(program.cases.inputs)
                longest = LIMITS.wall_seconds * runs
            elif program.suite:
                split: Split = "never" if form == "together" else "auto"
                files = {"test_task.py": program.suite}
                check = PytestCheck(files, "solution", pool, SUITE_LIMITS, split)
                longest = SUITE_LIMITS.wall_seconds * check.executions
            else:
                continue
            started = time.monotonic()
            verdict = await check(Candidate("c", "program", program.source))
            overrun = max(overrun, time.monotonic() - started - longest)
            statuses[program.name] = verdict.status
            judged += 1
            if verdict.passed != program.right:
                wrong[program.right].append(program.name)
        layers = [layer.name for layer in await pool.layers() if layer.active]
    return {
        "form": form,
        "user": os.getuid(),
        "programs": judged,
        "wrong_accepts": wrong[False],
        "wrong_rejects": wrong[True],
        "longest_overrun_s": round(overrun, 2),
        "statuses": statuses,
        "layers": layers,
    }


def processes() -> dict[int, str]:
    """Command lines of this machine's processes by id."""
    found: dict[int, str] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                found[int(path.name)] = (path / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
    return found


def scratch_folders() -> set[str]:
    """What strop's own scratch folders are called."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("strop-*")}


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def main() -> int:
    """Print the findings; exit code 1 where a verdict is wrong or something is left behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--form", choices=["cases", "split", "together"], default="cases")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--as-user", type=int)
    parser.add_argument("--python")
    arguments = parser.parse_args()
    chosen = programs(arguments.folder)
    if arguments.as_user is not None:
        os.setgroups([])
        os.setgid(arguments.as_user)
        os.setuid(arguments.as_user)
    before, scratch, fds = processes(), scratch_folders(), descriptors()
    with tempfile.TemporaryFile() as said:
        kept = os.dup(1), os.dup(2)
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        try:
            found = asyncio.run(
                judge(chosen, arguments.form, arguments.python, tuple(arguments.without))
            )
        finally:
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            os.close(kept[0])
            os.close(kept[1])
        found["stdout_bytes"] = said.seek(0, os.SEEK_END)
    time.sleep(0.5)
    found["processes_left"] = [
        pid for pid, line in processes().items() if pid not in before and "inside" in line
    ]
    found["scratch_left"] = sorted(scratch_folders() - scratch)
    found["descriptors_left"] = descriptors() - fds
    found["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))
    bad = ("wrong_accepts", "wrong_rejects", "processes_left", "scratch_left", "stdout_bytes")
    return 1 if any(found[key] for key in bad) or found["longest_overrun_s"] > 1 else 0


if __name__ == "__main__":
    sys.exit(main())
