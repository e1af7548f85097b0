"""Judges a folder of hostile and right programs and says what was wrongly accepted or rejected.

Usage: scripts/bench hack_corpus FOLDER [--python PATH]
FOLDER holds index.jsonl (name, task, expected accept or reject), tasks.json (case files by task)
and NAME.py. Prints one JSON line: wrong accepts and rejects, the longest overrun of the wall limit,
processes and scratch folders left behind, bytes that reached this process's stdout and stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from strop.checks.case_file import CaseFile
from strop.core.types import Candidate
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool
from strop.tasks.workbench import Workbench

CPU, WALL = 2.0, 4.0


async def judge(folder: Path, python: str | None) -> dict[str, Any]:
    """Every program of the corpus, one after the other."""
    tasks = json.loads((folder / "tasks.json").read_text())
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines() if line]
    wrong_accepts: list[str] = []
    wrong_rejects: list[str] = []
    overrun = 0.0
    statuses: dict[str, str] = {}
    async with Pool(python=python, workers=1) as pool:
        bench = Workbench(pool, Limits(cpu_seconds=CPU, wall_seconds=WALL))
        for row in rows:
            file = CaseFile.model_validate(tasks[row["task"]])
            check = bench.cases(file.cases(), file.entry)
            cases = 1 if file.entry else len(file.inputs)
            source = (folder / f"{row['name']}.py").read_text()
            started = time.monotonic()
            verdict = await check(Candidate("c", "program", source))
            overrun = max(overrun, time.monotonic() - started - WALL * cases)
            statuses[row["name"]] = verdict.status
            if verdict.passed and row["expected"] == "reject":
                wrong_accepts.append(row["name"])
            if not verdict.passed and row["expected"] == "accept":
                wrong_rejects.append(row["name"])
        layers = [layer.name for layer in await pool.layers() if layer.active]
    return {
        "programs": len(rows),
        "wrong_accepts": wrong_accepts,
        "wrong_rejects": wrong_rejects,
        "longest_overrun_s": round(overrun, 2),
        "statuses": statuses,
        "layers": layers,
    }


def processes() -> set[int]:
    """Process ids of this user's whole machine view."""
    return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()}


def scratch_folders() -> set[str]:
    """What strop's own scratch folders are called."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("strop-*")}


def main() -> int:
    """Print the findings; exit code 1 where a verdict is wrong or something is left behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python")
    arguments = parser.parse_args()
    before, scratch = processes(), scratch_folders()
    found = asyncio.run(judge(arguments.folder, arguments.python))
    time.sleep(0.5)
    found["processes_left"] = sorted(
        pid
        for pid in processes() - before
        if "zygote" in _command(pid) or "inside" in _command(pid)
    )
    found["scratch_left"] = sorted(scratch_folders() - scratch)
    print(json.dumps(found))
    bad = found["wrong_accepts"] or found["wrong_rejects"] or found["processes_left"]
    return 1 if bad or found["scratch_left"] or found["longest_overrun_s"] > 1 else 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
