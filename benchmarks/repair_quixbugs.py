"""Repairs the 40 QuixBugs programs by their own pytest suites, with no model.

Usage: scripts/bench repair_quixbugs FOLDER [--cpu SECONDS] [--seed N] [--only NAME,..] [--out FILE]
FOLDER holds python_programs, python_testcases, json_testcases and correct_python_programs. The
search sees a copy without the right programs. Plausible: all tests pass. Credible: on 200 inputs
of a fixed seed (quixbugs_inputs.py) the patched program does what the right one does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from quixbugs_inputs import PROGRAMS, inputs, observe
from repair_runs import Repaired, repair, wilson
from strop.tasks.project import find_project
from strop.tasks.repair import repair_by_suite
from strop.tasks.workbench import Loaded, Workbench

CONFTEST = "import pytest\n\npytest.use_correct = False\npytest.run_slow = False\n"
CALL_SECONDS = 1.0


def copy_without_right_programs(data: Path, program: str, to: Path) -> tuple[Path, Path]:
    """A project with the buggy program and its tests; the file to repair, and the test file."""
    for folder in ("python_programs", "python_testcases", "json_testcases"):
        (to / folder).mkdir(parents=True)
    for name in (f"python_programs/{program}.py", f"python_testcases/test_{program}.py"):
        shutil.copyfile(data / name, to / name)
    for name in ("load_testdata.py", "node.py"):
        shutil.copyfile(data / "python_testcases" / name, to / "python_testcases" / name)
    cases = data / "json_testcases" / f"{program}.json"
    if cases.exists():
        shutil.copyfile(cases, to / "json_testcases" / cases.name)
    (to / "conftest.py").write_text(CONFTEST)
    (to / "pytest.ini").write_text("[pytest]\n")
    return to / "python_programs" / f"{program}.py", to / "python_testcases" / f"test_{program}.py"


def load(file: Path, tests: Path, bench: Workbench) -> Loaded:
    """The task of one program."""
    return repair_by_suite(find_project([file], [tests]), bench)


def credible(data: Path, program: str, repaired: Repaired, scratch: Path) -> bool:
    """Whether the patched program equals the right one on the held-out inputs."""
    scratch.mkdir()
    (scratch / f"{program}.py").write_text(next(iter(repaired.files.values())))
    node = data / "python_testcases" / "node.py"
    calls = inputs(program)
    right = observe(data / "correct_python_programs", program, calls, CALL_SECONDS, node=node)
    mine = observe(scratch, program, calls, CALL_SECONDS, node=node)
    return right == mine


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cpu", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    data = options.folder.resolve()
    chosen = [p for p in PROGRAMS if not options.only or p in options.only.split(",")]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for program in chosen:
            root = Path(folder) / program
            file, tests = copy_without_right_programs(data, program, root / "project")
            got = await repair(
                partial(load, file, tests), root / "ledger.db", options.cpu, options.seed, (folder,)
            )
            row = {
                "program": program,
                "plausible": got.plausible,
                "credible": got.plausible and credible(data, program, got, root / "judged"),
                "judged": got.judged,
                "cpu_s": round(got.cpu_seconds, 2),
                "wall_s": round(got.wall_seconds, 2),
                "error": got.error,
                "diff": got.diff,
            }
            rows.append(row)
            print(json.dumps({k: v for k, v in row.items() if k != "diff"}), flush=True)
    plausible, right = (sum(row[k] for row in rows) for k in ("plausible", "credible"))
    judged, cpu = sum(r["judged"] for r in rows), sum(r["cpu_s"] for r in rows)
    table = {
        "programs": len(rows),
        "cpu_budget_s": options.cpu,
        "seed": options.seed,
        "plausible": plausible,
        "plausible_95": wilson(plausible, len(rows)),
        "credible": right,
        "credible_95": wilson(right, len(rows)),
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
