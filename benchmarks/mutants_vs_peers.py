"""Mutants judged per CPU-second: strop, mutmut 3, cosmic-ray, on one module and its pytest suite.

Usage: scripts/bench mutants_vs_peers [--budget N] [--seed N] [--rounds N] [--agree N]
       [--mutmut PYTHON] [--cosmic-ray PYTHON] [--out FILE]

The module is a copy of the standard library's textwrap, the suite mutants_suite/ (53 tests, with
fixtures of every scope). Each tool makes its own mutants and judges the same number of them, drawn
by the seed (`--budget`; 0: all it makes). CPU time is that of everything a tool starts, its own
start, baseline run and generation of mutants included. Peers are used where the Python of an
environment that holds them is named (mutmut>=3, cosmic-ray>=8.3, each with pytest).

`--agree N` holds N of strop's verdicts, drawn by the seed, against a plain `python -m pytest -x` on
the changed file: noticed (killed, timeout, crashed, memory) or not. `--budget 0 --agree 200` is the
published run.
"""

from __future__ import annotations

import argparse
import inspect
import json
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.moves.mutants import make_mutants

SUITE = Path(__file__).parent / "mutants_suite"
MODULE = "src/wrapping.py"
PYPROJECT = """\
[tool.pytest.ini_options]
pythonpath = ["src"]
testpaths = ["tests"]
[tool.mutmut]
paths_to_mutate = ["src/"]
tests_dir = ["tests/"]
"""
COSMIC_RAY = """\
[cosmic-ray]
module-path = "src/wrapping.py"
timeout = 10.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider"
[cosmic-ray.distributor]
name = "local"
"""
_NOTICED = ("killed", "timeout", "crashed", "memory")
# A plain run takes about a second; one that takes this long hangs.
_HANG = 20.0


@dataclass(frozen=True)
class Judged:
    """How many mutants a tool judged and noticed, and CPU and wall seconds for all of it."""

    mutants: int
    noticed: int
    cpu_seconds: float
    wall_seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The row of the table."""
        return {
            "mutants": self.mutants,
            "noticed": self.noticed,
            "cpu_s": round(self.cpu_seconds, 2),
            "wall_s": round(self.wall_seconds, 2),
            "mutants_per_cpu_s": round(self.mutants / self.cpu_seconds, 3),
        }


def lay_out(folder: Path) -> Path:
    """The project in a folder that is not there yet."""
    (folder / "src").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / MODULE).write_text(inspect.getsource(textwrap))
    (folder / "pyproject.toml").write_text(PYPROJECT)
    for name in ("conftest.py", "test_wrapping.py"):
        shutil.copy(SUITE / name, folder / "tests" / name)
    return folder


def timed(work: Callable[[], tuple[int, int]]) -> Judged:
    """Runs what gives the counts of judged and noticed mutants."""
    started, before = time.monotonic(), _cpu()
    judged, noticed = work()
    return Judged(judged, noticed, _cpu() - before, time.monotonic() - started)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def call(command: Sequence[str], folder: Path, codes: Sequence[int] = (0,)) -> str:
    """Standard output of a command, which must end with one of the codes."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def strop(folder: Path, budget: int, seed: int) -> tuple[Judged, Mapping[str, Any]]:
    """The command line as it is, and its result."""
    told: dict[str, Any] = {}

    def work() -> tuple[int, int]:
        command = [sys.executable, "-m", "strop", "mutants", MODULE, "--tests", "tests", "--json"]
        some = ["--most", str(budget), "--seed", str(seed)] if budget else []
        told.update(json.loads(call([*command, *some], folder, (0, 1))))
        return told["mutants"], sum(told[fate] for fate in _NOTICED)

    # What the sandbox killed is in its own count alone.
    judged = timed(work)
    own = max(judged.cpu_seconds, told["cpu_seconds"])
    return Judged(judged.mutants, judged.noticed, own, judged.wall_seconds), told


def mutmut(python: str, folder: Path, budget: int, seed: int) -> Judged:
    """A first run tells the names of the mutants, a second from nothing is the one that counts."""
    command = [python, "-m", "mutmut", "run", "--max-children", "1"]
    names: list[str] = []
    if budget:
        # Of a name that there is not, it makes all mutants before it complains.
        subprocess.run([*command, "none"], cwd=folder, capture_output=True, check=False)
        every = sorted(_mutmut_codes(folder))
        names = random.Random(seed).sample(every, min(budget, len(every)))
        shutil.rmtree(folder / "mutants")

    def work() -> tuple[int, int]:
        call([*command, *names], folder)
        codes = _mutmut_codes(folder)
        judged = [codes[name] for name in names or codes if codes[name] is not None]
        # 0: survived, 5 and 33: no tests, 34: skipped; the rest failed, hung or crashed.
        return len(judged), sum(code not in (0, 5, 33, 34) for code in judged)

    return timed(work)


def _mutmut_codes(folder: Path) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for meta in (folder / "mutants").rglob("*.meta"):
        found.update(json.loads(meta.read_text())["exit_code_by_key"])
    if not found:
        raise SystemExit("mutmut made no mutants")
    return found


def cosmic_ray(python: str, folder: Path, budget: int, seed: int) -> Judged:
    """Mutants beyond the budget are taken out of the session before it is executed."""
    tool = [python, "-m", "cosmic_ray.cli"]
    (folder / "cr.toml").write_text(COSMIC_RAY.format(python=python))

    def work() -> tuple[int, int]:
        call([*tool, "init", "cr.toml", "cr.sqlite"], folder)
        call([*tool, "baseline", "cr.toml"], folder)
        _keep(folder / "cr.sqlite", budget, seed)
        call([*tool, "exec", "cr.toml", "cr.sqlite"], folder)
        with sqlite3.connect(folder / "cr.sqlite") as session:
            rows = session.execute("SELECT test_outcome FROM work_results").fetchall()
        return len(rows), sum("SURVIVED" not in str(row[0]).upper() for row in rows)

    return timed(work)


def _keep(file: Path, budget: int, seed: int) -> None:
    if not budget:
        return
    with sqlite3.connect(file) as session:
        ids = [row[0] for row in session.execute("SELECT job_id FROM work_items ORDER BY job_id")]
        gone = set(ids) - set(random.Random(seed).sample(sorted(ids), min(budget, len(ids))))
        for table in ("mutation_specs", "work_items"):
            session.executemany(
                f"DELETE FROM {table} WHERE job_id = ?", [(name,) for name in sorted(gone)]
            )


def agreement(folder: Path, told: Mapping[str, Any], count: int, seed: int) -> dict[str, Any]:
    """Verdicts against plain pytest runs on the changed file, which is put back afterwards."""
    source = (folder / MODULE).read_text()
    mutants = {mutant.id: mutant for mutant in make_mutants(MODULE, source).mutants}
    rows = random.Random(seed).sample(told["rows"], min(count, len(told["rows"])))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    differ: list[dict[str, Any]] = []
    started, before = time.monotonic(), _cpu()
    for row in rows:
        (folder / MODULE).write_text(mutants[row["id"]].edit.of(source))
        for compiled in folder.rglob("__pycache__"):
            shutil.rmtree(compiled)
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_HANG)
            plain = "survived" if done.returncode == 0 else "killed"
        except subprocess.TimeoutExpired:
            plain = "timeout"
        if (plain != "survived") != (row["status"] in _NOTICED):
            diff = mutants[row["id"]].diff({MODULE: source})
            differ.append({"id": row["id"], "strop": row["status"], "plain": plain, "diff": diff})
    (folder / MODULE).write_text(source)
    return {
        "verdicts": len(rows),
        "agree": len(rows) - len(differ),
        "differ": differ,
        "plain_cpu_s": round(_cpu() - before, 1),
        "plain_wall_s": round(time.monotonic() - started, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--agree", type=int, default=0)
    parser.add_argument("--mutmut", default="")
    parser.add_argument("--cosmic-ray", default="")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rounds: dict[str, list[Judged]] = {}
    report: dict[str, Any] = {"budget": options.budget, "seed": options.seed}
    for turn in range(options.rounds):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            seed = options.seed + turn
            judged, told = strop(lay_out(folder / "strop"), options.budget, seed)
            rounds.setdefault("strop", []).append(judged)
            if options.mutmut:
                made = mutmut(options.mutmut, lay_out(folder / "mm"), options.budget, seed)
                rounds.setdefault("mutmut", []).append(made)
            if options.cosmic_ray:
                made = cosmic_ray(options.cosmic_ray, lay_out(folder / "cr"), options.budget, seed)
                rounds.setdefault("cosmic-ray", []).append(made)
            if options.agree and not turn:
                report["agreement"] = agreement(folder / "strop", told, options.agree, seed)
    for name, rows in rounds.items():
        report[name] = [row.as_dict() for row in rows]
    rate = {n: statistics.median(r.mutants / r.cpu_seconds for r in rs) for n, rs in rounds.items()}
    report["times_as_many"] = {
        name: round(rate["strop"] / rate[name], 2) for name in rate if name != "strop"
    }
    print(json.dumps(report, indent=1))
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
