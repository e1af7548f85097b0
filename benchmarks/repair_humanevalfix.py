"""Repairs HumanEvalFix tasks by their own assertions, with no model.

Usage: scripts/bench repair_humanevalfix FOLDER EVALPLUS [--cpu SECONDS] [--seed N] [--only ID,..]
       [--out FILE]
FOLDER holds humanevalfix-even.jsonl, EVALPLUS HumanEvalPlus-OriginFmt.jsonl.gz. Plausible: every
assertion of the task holds. Held out: EvalPlus's test of the same function, which the search never
sees; tasks whose own canonical solution fails that test are listed as unsound.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from repair_runs import repair, wilson
from strop.checks.asserts import cases_from_check
from strop.sandbox.jobs import Limits, ProgramJob
from strop.sandbox.pool import Pool
from strop.tasks.project import find_project
from strop.tasks.repair import repair_by_cases, repair_by_suite
from strop.tasks.workbench import Loaded, Workbench

EVALPLUS_LIMITS = Limits(cpu_seconds=60.0, wall_seconds=120.0, memory_mb=4096)


def load(row: dict[str, Any], folder: Path, bench: Workbench) -> Loaded:
    """The task of one row: by cases where its test is plain assertions, else by a pytest file."""
    entry, source = row["entry_point"], row["declaration"] + row["buggy_solution"]
    cases = cases_from_check(row["test"], entry)
    if cases:
        return repair_by_cases("task.py", source, bench.cases(cases, entry), bench)
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "task.py").write_text(source)
    lines = [line for line in row["test"].splitlines() if line.rstrip() != f"check({entry})"]
    body = "\n".join(lines)
    head = f"from task import *\nfrom task import {entry}\n"
    tests = f"{head}{body}\n\ndef test_all():\n    check({entry})\n"
    (folder / "test_task.py").write_text(tests)
    return repair_by_suite(find_project([folder / "task.py"], [folder / "test_task.py"]), bench)


async def passes(pool: Pool, source: str, test: str) -> bool:
    """Whether EvalPlus's own test code accepts the program; nothing here is hostile."""
    job = ProgramJob(f"{source}\n{test}", limits=EVALPLUS_LIMITS)
    return (await pool.run(job)).status == "passed"


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("evalplus", type=Path)
    parser.add_argument("--cpu", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    text = (options.folder / "humanevalfix-even.jsonl").read_text(encoding="utf-8")
    tasks = [json.loads(line) for line in text.splitlines()]
    with gzip.open(options.evalplus / "HumanEvalPlus-OriginFmt.jsonl.gz", "rt") as file:
        plus = {row["task_id"]: row["test"] for row in map(json.loads, file)}
    only = set(filter(None, options.only.split(",")))
    rows: list[dict[str, Any]] = []
    async with Pool(workers=1) as pool:
        with tempfile.TemporaryDirectory() as folder:
            for task in tasks:
                number = task["task_id"].partition("/")[2]
                if only and number not in only:
                    continue
                root = Path(folder) / number
                root.mkdir()
                got = await repair(
                    partial(load, task, root / "project"),
                    root / "ledger.db",
                    options.cpu,
                    options.seed,
                    (folder,),
                )
                test = f"{plus[f'HumanEval/{number}']}\ncheck({task['entry_point']})\n"
                source = next(iter(got.files.values()), "")
                right = task["declaration"] + task["canonical_solution"]
                sound = await passes(pool, right, test)
                passed = got.plausible and await passes(pool, source, test)
                row = {
                    "task": number,
                    "bug": task["bug_type"],
                    "plausible": got.plausible,
                    "evalplus": passed,
                    "judge_sound": sound,
                    "judged": got.judged,
                    "cpu_s": round(got.cpu_seconds, 2),
                    "error": got.error,
                    "diff": got.diff,
                }
                rows.append(row)
                print(json.dumps({k: v for k, v in row.items() if k != "diff"}), flush=True)
    plausible, held = (sum(row[k] for row in rows) for k in ("plausible", "evalplus"))
    judged, cpu = sum(r["judged"] for r in rows), sum(r["cpu_s"] for r in rows)
    table = {
        "tasks": len(rows),
        "cpu_budget_s": options.cpu,
        "seed": options.seed,
        "plausible": plausible,
        "plausible_95": wilson(plausible, len(rows)),
        "evalplus": held,
        "evalplus_95": wilson(held, len(rows)),
        "unsound": [row["task"] for row in rows if not row["judge_sound"]],
        "judged": judged,
        "cpu_s": round(cpu, 1),
        "judged_per_cpu_s": round(judged / cpu, 1),
    }
    print(json.dumps(table))
    if options.out:
        options.out.write_text(json.dumps({"table": table, "rows": rows}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
