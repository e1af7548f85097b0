"""Repairs seeded faults in three packages of PyPI by their own test suites, with no model.

Usage: scripts/bench repair_packages FOLDER [--cpu SECONDS] [--seed N] [--only NAME,..]
       [--faults N] [--out FILE]
FOLDER is a scratch folder for the sdists (fetched by pip if they are not there). The packages have
suites that need only pytest and run unmodified, and differ in nature: inflection 0.5.1 (one module
that turns words by tables of regular expressions), isodate 0.7.2 (nine modules that parse, format
and calculate with dates, with classes), toolz 1.2.0 (iterators, dictionaries and functions of
functions).

Faults (seeded_faults.py) are drawn for the seed: operators in turn, a random place that the suite
runs, no line twice; kept if the suite still collects, fails, and takes less than 3 times as long.
The search is given a copy with the fault in it, all modules as files to repair, and the suite.
Repaired: all tests pass. Exact: the syntax tree of the original. Credible: exact, or on 2000 inputs
like those of the tests (of the function, and of others with arguments of the same types) what the
original returns is returned; unknown where those inputs do not even tell the fault from the
original. Inputs on which the original raises do not count; on how many of them the patched program
does something else is `raising_differs`. `one_step`: one change of the search would undo the fault.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import Any

from repair_runs import Repaired, repair, wilson
from seeded_faults import Fault, faults
from strop.core.ledger import Ledger
from strop.core.patch import Edit, Patch
from strop.core.types import Candidate
from strop.moves.behaviour import Call
from strop.moves.mutate import mutations
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool
from strop.tasks.credible import FuzzCheck
from strop.tasks.project import find_project
from strop.tasks.repair import repair_by_suite
from strop.tasks.workbench import Loaded, Workbench

SLOWEST = 3.0
INPUTS = 2000
CROSSED = 100
AGAIN = 5


@dataclass(frozen=True)
class Package:
    """A pinned sdist: its modules, one of which is made faulty, and what pytest is given."""

    name: str
    version: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


_ISODATE = "duration isodates isodatetime isoduration isostrf isotime isotzinfo tzinfo"
_TOOLZ = "_signatures dicttoolz functoolz itertoolz recipes utils"
PACKAGES = (
    Package("inflection", "0.5.1", ("inflection/__init__.py",), ("test_inflection.py",)),
    Package("isodate", "0.7.2", tuple(f"src/isodate/{m}.py" for m in _ISODATE.split()), ("tests",)),
    Package("toolz", "1.2.0", tuple(f"toolz/{m}.py" for m in _TOOLZ.split()), ("toolz/tests",)),
)


@dataclass(frozen=True)
class Original:
    """A package as published: texts of its modules, calls that its tests make, and the faults drawn
    for it, each with how many tests it fails."""

    package: Package
    root: Path
    files: Mapping[str, str]
    calls: Sequence[Call]
    faults: Sequence[tuple[Fault, int]]


def unpacked(package: Package, folder: Path) -> Path:
    """The package's sdist in `folder`, fetched if it is not there."""
    root = folder / f"{package.name}-{package.version}"
    if not root.is_dir():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        pinned = f"{package.name}=={package.version}"
        command = [*pip, "--no-binary", ":all:", "--dest", str(folder), pinned]
        subprocess.run(command, check=True)
        with tarfile.open(folder / f"{root.name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return root


def load(package: Package, root: Path, bench: Workbench) -> Loaded:
    """The task of all modules of a package."""
    files, tests = ([root / p for p in paths] for paths in (package.modules, package.tests))
    return repair_by_suite(find_project(files, tests, root), bench)


def workbench(folder: Path) -> Workbench:
    """Where the benchmark itself runs a suite or calls functions."""
    return Workbench(Pool(readable=(str(folder),), workers=1), Limits(10.0, 30.0))


async def study(package: Package, folder: Path, seed: int, wanted: int) -> Original:
    """Runs the suite of the package as published, and draws its faults."""
    root = unpacked(package, folder)
    bench = workbench(folder)
    try:
        loaded = load(package, root, bench)
        files: Mapping[str, str] = loaded.task.meta["files"]
        survey = await loaded.ports["survey"](Candidate("", "patch", Patch().value))
        if not survey.passed:
            raise SystemExit(f"{package.name} fails as published: {survey.feedback}")
        reached = {(f, n) for hits in survey.detail["lines"].values() for f, n in hits}
        reached -= {(f, n) for f, n in survey.detail["loaded"]}
        rng = random.Random(f"{seed} {package.name}")
        groups: dict[str, list[Fault]] = {}
        for file, text in files.items():
            for fault in faults(file, text, {n for f, n in reached if f == file}, rng):
                groups.setdefault(fault.operator, []).append(fault)
        drawn = await draw(loaded, files, groups, wanted, rng)
    finally:
        await bench.pool.aclose()
    calls = [(str(f), str(e), str(a)) for f, e, a in survey.detail["calls"]]
    return Original(package, root, files, crossed(calls, rng), drawn)


def crossed(calls: Sequence[Call], rng: random.Random) -> list[Call]:
    """The calls, and each function called as others of the package are with arguments alike."""
    alike: dict[tuple[str, ...], list[str]] = {}
    groups: dict[tuple[str, str], list[str]] = {}
    for file, entry, text in calls:
        groups.setdefault((file, entry), []).append(text)
        alike.setdefault(_types(text), []).append(text)
    found: list[Call] = []
    for (file, entry), own in groups.items():
        kinds = dict.fromkeys(_types(text) for text in own)
        others = [text for kind in kinds for text in alike[kind]]
        texts = list(dict.fromkeys((*own, *rng.sample(others, min(CROSSED, len(others))))))
        rng.shuffle(texts)
        found += [(file, entry, text) for text in texts]
    return found


def _types(arguments: str) -> tuple[str, ...]:
    return tuple(type(value).__name__ for value in json.loads(arguments))


async def draw(
    loaded: Loaded,
    files: Mapping[str, str],
    groups: Mapping[str, list[Fault]],
    wanted: int,
    rng: random.Random,
) -> list[tuple[Fault, int]]:
    """Faults that the suite notices, operators in turn."""
    verify = loaded.ports["verify"]()
    whole = [await verify(Candidate("", "patch", Patch().value)) for _ in range(3)]
    names = [row["name"] for row in whole[0].detail["cases"]]
    # A second more, so that noise does not choose the faults.
    slowest = 1.0 + SLOWEST * max(verdict.cost.cpu_seconds for verdict in whole)
    turns = sorted(groups)
    rng.shuffle(turns)
    left = {name: rng.sample(groups[name], len(groups[name])) for name in turns}
    kept: list[tuple[Fault, int]] = []
    used: set[tuple[str, int]] = set()
    while len(kept) < wanted and any(left.values()):
        for name in turns:
            while left[name] and len(kept) < wanted:
                fault = left[name].pop()
                if (fault.file, fault.line) in used:
                    continue
                patch = Patch.between(files, {fault.file: fault.text})
                told = await verify(Candidate("", "patch", patch.value))
                slow = told.cost.cpu_seconds >= slowest
                same = [row["name"] for row in told.detail["cases"]] == names
                bad = sum(row["status"] != "passed" for row in told.detail["cases"])
                if told.status == "failed" and same and bad and not slow:
                    kept.append((fault, bad))
                    used.add((fault.file, fault.line))
                    break
    return kept


def one_step(fault: Fault, original: str) -> str:
    """The operator of the search that makes the original of the faulty file, or nothing."""
    right = ast.dump(ast.parse(original))
    near = set(range(fault.line - 1, fault.line + 2))
    for mutation in mutations(fault.file, fault.text, near):
        made = Patch.of(mutation.edits).apply({fault.file: fault.text})[fault.file]
        try:
            if ast.dump(ast.parse(made)) == right:
                return mutation.operator
        except (SyntaxError, ValueError):
            continue
    return ""


def exact(got: Mapping[str, str], original: Mapping[str, str]) -> bool:
    """Whether the files have the trees of the original."""
    return all(ast.dump(ast.parse(got[f])) == ast.dump(ast.parse(t)) for f, t in original.items())


async def judge(original: Original, root: Path, got: Repaired) -> dict[str, Any]:
    """How the patched program compares with the original on inputs like those of the tests."""
    bench = workbench(root)
    try:
        loaded = load(original.package, root, bench)
        faulty: Mapping[str, str] = loaded.task.meta["files"]
        right = Patch.between(faulty, original.files)

        async def calls() -> Sequence[Call]:
            return original.calls

        assert loaded.executor is not None
        check = FuzzCheck(loaded.executor, calls, right, INPUTS)
        told: list[list[Mapping[str, Any]]] = []
        mine = Patch.between(faulty, got.files)
        # An empty patch is not judged, one that changes nothing is.
        same = Patch((Edit(next(iter(faulty)), 0, 0, ""),))
        for patch in (mine, same, *(right,) * AGAIN):
            verdict = await check(Candidate("", "patch", patch.value))
            told.append(verdict.detail["cases"])
    finally:
        await bench.pool.aclose()
    wrong, fault, *again = ({r["name"] for r in rows if r["status"] != "passed"} for rows in told)
    # Where the original is not like itself, nothing is told.
    unsteady = set().union(*again)
    telling, differs = fault - unsteady, wrong - unsteady
    raising = {
        m["name"]
        for m, r in zip(told[0], told[-1], strict=True)
        if r["expected"] is None and m["got"] != r["got"]
    }
    return {
        "credible": "no" if differs else "yes" if telling else "unknown",
        "inputs": len(told[0]) - len(unsteady),
        "telling": len(telling),
        "differs": len(differs),
        "raising_differs": len(raising - unsteady),
    }


def first_found(ledger: Path) -> float | None:
    """Wall seconds from the run's begin to the first patch that the whole suite accepted."""
    book = Ledger(ledger)
    try:
        for row in book.runs():
            for event in book.events(row.id):
                body = event.body
                if event.kind == "verdict" and body.get("check") == "pytest" and body["passed"]:
                    return round(event.at - row.started, 2)
    finally:
        book.close()
    return None


async def mend(
    original: Original, number: int, scratch: Path, cpu: float, seed: int
) -> dict[str, Any]:
    """One fault, from the copy with the fault in it to the row of the table."""
    fault, failing = original.faults[number]
    package, folder = original.package, scratch / f"{original.package.name}-{number}"
    root = folder / "project"
    shutil.copytree(original.root, root, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    (root / fault.file).write_text(fault.text, newline="")
    task = partial(load, package, root)
    got = await repair(task, folder / "ledger.db", cpu, seed, (str(root),))
    row: dict[str, Any] = {
        "package": package.name,
        "fault": number,
        "operator": fault.operator,
        "at": f"{fault.file}:{fault.line}",
        "failing": failing,
        "one_step": one_step(fault, original.files[fault.file]),
        "repaired": got.plausible,
        "exact": got.plausible and exact(got.files, original.files),
        "credible": "no",
    }
    if got.plausible:
        row |= await judge(original, root, got)
    if row["exact"]:
        row["credible"] = "yes"
    return row | {
        "origin": ((got.record.get("verdict") or {}).get("detail") or {}).get("origin", ""),
        "judged": got.judged,
        "cpu_s": round(got.cpu_seconds, 1),
        "wall_s": round(got.wall_seconds, 1),
        "first_s": first_found(folder / "ledger.db") if got.plausible else None,
        "stopped": got.record.get("stopped", ""),
        "error": got.error,
        "seeded": _diff(original.files[fault.file], fault.text, fault.file),
        "diff": got.diff,
    }


def _diff(old: str, new: str, file: str) -> str:
    lines = unified_diff(old.splitlines(True), new.splitlines(True), file, file, n=1)
    return "".join(lines)


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts with 95% Wilson intervals."""
    n = len(rows)
    counts = {
        "repaired": sum(row["repaired"] for row in rows),
        "exact": sum(row["exact"] for row in rows),
        "credible": sum(row["credible"] == "yes" for row in rows),
    }
    table: dict[str, Any] = {"faults": n}
    for name, count in counts.items():
        table |= {name: count, f"{name}_95": wilson(count, n)}
    return table | {
        "unknown": sum(row["credible"] == "unknown" for row in rows),
        "one_step": sum(bool(row["one_step"]) for row in rows),
        "judged": sum(row["judged"] for row in rows),
        "cpu_s": round(sum(row["cpu_s"] for row in rows), 1),
        "wall_s": round(sum(row["wall_s"] for row in rows), 1),
    }


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cpu", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    data: Path = options.folder.resolve()
    data.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for package in PACKAGES:
        if options.only and package.name not in options.only.split(","):
            continue
        original = await study(package, data, options.seed, options.faults)
        for number in range(len(original.faults)):
            with tempfile.TemporaryDirectory() as folder:
                row = await mend(original, number, Path(folder), options.cpu, options.seed)
            rows.append(row)
            short = {k: v for k, v in row.items() if k not in ("diff", "seeded")}
            print(json.dumps(short), flush=True)
    names = list(dict.fromkeys(row["package"] for row in rows))
    table = {name: summary([r for r in rows if r["package"] == name]) for name in names}
    table["all"] = summary(rows)
    seeded = dict(sorted(Counter(row["operator"] for row in rows).items()))
    for name, line in table.items():
        print(json.dumps({"package": name, **line}))
    print(json.dumps({"seeded": seeded}))
    if options.out:
        told = {"cpu_budget_s": options.cpu, "seed": options.seed, "seeded": seeded}
        options.out.write_text(json.dumps({**told, "table": table, "rows": rows}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
