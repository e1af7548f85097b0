"""`strop mutants`: how many small changes of the code its tests notice, and which they do not."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from strop.cli.options import (
    Cpu,
    Debug,
    Isolation,
    IsolationOption,
    Json,
    Memory,
    Python,
    Wall,
    limits_of,
)

if TYPE_CHECKING:
    from strop.checks.mutants import MutantsCheck

__all__ = ["mutants"]


def mutants(
    files: Annotated[
        list[Path] | None, typer.Argument(help="The files to mutate.", metavar="FILE...")
    ] = None,
    tests: Annotated[
        list[Path] | None, typer.Option(help="pytest file or folder; several are allowed.")
    ] = None,
    function: Annotated[
        str, typer.Option(help="Only this function, method or class: f or Class.f.")
    ] = "",
    since: Annotated[
        str, typer.Option(help="Only lines that changed since this git commit.", metavar="REV")
    ] = "",
    rerun: Annotated[
        Path | None, typer.Option(help="Only what no test noticed in this earlier result (--out).")
    ] = None,
    most: Annotated[
        int | None, typer.Option(help="At most this many, drawn by --seed; an interval is told.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same sample.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the JSON result to this file.")] = None,
    root: Annotated[
        Path | None, typer.Option(help="The project's folder (default: found from the files).")
    ] = None,
    python: Python = None,
    isolation: IsolationOption = Isolation.auto,
    cpu: Cpu = 5.0,
    wall: Wall = 10.0,
    memory: Memory = 1024,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Measure a pytest suite: change the code in small ways, and count the changes that no test
    notices.

    Each mutant is run in a fork of the collected suite, on the tests that run its line, until one
    fails. --cpu and --wall bound a test without mutation; with one, a test gets 12 times its own
    time. A line with the comment "# pragma: no mutate" is left alone. Exit code 0: every mutant was
    noticed; 1: some survived, or no test runs their line; 130: interrupted, what was judged counts.

    Examples:

      strop mutants src/shop/cart.py --tests tests/test_cart.py

      strop mutants src/shop/cart.py --tests tests --since HEAD~1 --out mutants.json

      strop mutants src/shop/cart.py --tests tests --rerun mutants.json
    """
    from strop.core.errors import BadInput

    if out is not None and (out.is_dir() or not out.resolve().parent.is_dir()):
        raise BadInput(f"--out {out}: there is no folder for such a file. Name another.")

    async def work() -> int:
        from strop.cli.options import pool_of
        from strop.tasks.mutants import Selection, load_mutants, missed_in
        from strop.tasks.project import find_root
        from strop.tasks.workbench import Workbench

        paths, targets = list(files or ()), list(tests or ())
        ids = missed_in(rerun) if rerun is not None else None
        pool = pool_of(python, isolation)
        if paths and targets:
            pool.readable = [str(find_root(paths, targets, root))]
        bench = Workbench(pool, limits_of(cpu, wall, memory))
        selection = Selection(function, since, ids, most, seed)
        check = load_mutants(paths, targets, bench, selection, root=root)
        try:
            row = await _row(check, shown=not json_)
        finally:
            await pool.aclose()
        if ids is not None:
            row["gone"] = sorted(ids - {mutant.id for mutant in check.mutants})
        # In ASCII: what a test says may hold anything, and a diff half a character.
        text = json.dumps(row)
        if out is not None:
            out.write_text(f"{text}\n", encoding="utf-8")
        print(text) if json_ else _print(row, out)
        if row["stopped"] == "interrupted":
            return 130
        return 1 if row["survived"] or row["not_covered"] else 0

    import asyncio

    return asyncio.run(work())


async def _row(check: MutantsCheck, shown: bool) -> dict[str, Any]:
    """The result; Ctrl-C ends it with what is judged by then."""
    import asyncio

    from strop.checks.mutation_score import MutantVerdict
    from strop.core.types import Cost

    rows: list[MutantVerdict] = []
    survey, spent, stopped = None, Cost(), "done"
    with _Progress(len(check.mutants), shown) as progress:
        try:
            survey = await check.survey()
            spent += survey.cost
            async for told, cost in check.judged(survey):
                rows += told
                spent += cost
                progress.update(rows)
        except asyncio.CancelledError:
            stopped = "interrupted"
    score = check.scored(rows, survey, spent)
    left = len(check.mutants) - len(rows)
    return {"stopped": stopped, "left": left, **score.as_dict(check.trials.files)}


class _Progress:
    """A live line on the terminal; silent where stderr is no terminal."""

    def __init__(self, total: int, shown: bool) -> None:
        self._total = total
        self._shown = shown and sys.stderr.isatty()
        self._status: Any = None

    def __enter__(self) -> _Progress:
        if self._shown:
            from rich.console import Console

            self._status = Console(stderr=True).status("running the suite without mutation")
            self._status.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()

    def update(self, rows: list[Any]) -> None:
        if self._status is not None:
            missed = sum(row.fate in ("survived", "not_covered") for row in rows)
            self._status.update(f"{len(rows)} of {self._total} mutants, {missed} not noticed")


_WORDS = {
    "killed": "killed",
    "timeout": "timed out",
    "crashed": "crashed",
    "memory": "out of memory",
    "survived": "survived",
    "not_covered": "not covered",
}


def _print(row: Mapping[str, Any], out: Path | None) -> None:
    noticed = row["mutants"] - row["survived"] - row["not_covered"]
    share = "none judged" if row["score"] is None else f"{row['score']:.1%}"
    ends = row["score_95"]
    sample = f"; of all {row['population']} {ends[0]:.0%} to {ends[1]:.0%}" if ends else ""
    print(f"score     {share}: {noticed} of {row['mutants']} mutants noticed{sample}")
    counts = [f"{row[key]} {words}" for key, words in _WORDS.items() if row[key]]
    print(f"mutants   {', '.join(counts) or 'none'}; {row['equivalent']} equivalent left out")
    if row["stopped"] == "interrupted":
        print(f"stopped   interrupted, {row['left']} mutants not judged")
    if row["left_out"]:
        print(f"left out  {', '.join(row['left_out'][:3])} (flaky)")
    if row["leaning"]:
        print(f"note      {row['leaning']} fails out of order: slower, every test in its order")
    if row.get("gone"):
        print(f"gone      {len(row['gone'])} of the mutants to rerun are no longer there")
    print(f"cost      {row['cpu_seconds']:.1f} CPU-s in the sandbox")
    _print_uncovered(row)
    _print_survivors(row)
    if out is not None:
        print(f"\nwrote {out}; strop mutants --rerun {out} runs again what was not noticed")


def _print_uncovered(row: Mapping[str, Any]) -> None:
    lines: dict[str, dict[int, None]] = {}
    for told in row["rows"]:
        if told["status"] == "not_covered":
            lines.setdefault(told["file"], {})[told["line"]] = None
    for file, numbers in lines.items():
        print(f"no test   runs {file} {', '.join(map(str, numbers))}")


def _print_survivors(row: Mapping[str, Any]) -> None:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for told in row["survivors"]:
        groups.setdefault((told["file"], told["function"]), []).append(told)
    for (file, function), group in groups.items():
        print(f"\n# {file} {function or 'outside functions'}: {len(group)} survived")
        for told in group:
            print(f"\n{told['operator']}, line {told['line']}\n{told['diff'].rstrip()}")
