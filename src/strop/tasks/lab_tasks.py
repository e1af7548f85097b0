"""The lab's worlds as task sources: `lab:minipy/test#17`, `lab:sums/test#0-49`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from strop.checks.sums_solution import SumsCheck, SumsReader
from strop.core.errors import BadInput
from strop.core.types import Task
from strop.tasks.task_file import task_of
from strop.tasks.workbench import Loaded, Workbench

if TYPE_CHECKING:
    from strop.lab.sums.problem import Problem

__all__ = ["LAB", "WORLDS", "load_lab"]

LAB = "lab:"
WORLDS = {
    "minipy": "short programming problems with examples and hidden cases",
    "sums": "arithmetic and countdown problems solved in steps that can be checked",
}
_SPLITS = ("train", "validation", "test")


def load_lab(spec: str, bench: Workbench) -> list[Loaded]:
    """`lab:WORLD/SPLIT#N` is problem number N of the split, from 0; `#N-M` several, M included.
    Raises `BadInput`."""
    place, mark, number = spec.removeprefix(LAB).partition("#")
    world, _, split = place.partition("/")
    if world not in WORLDS or split not in _SPLITS:
        raise BadInput(
            f"no lab problems {spec!r}. Write lab:WORLD/SPLIT#N with WORLD one of "
            f"{', '.join(WORLDS)} and SPLIT one of {', '.join(_SPLITS)}."
        )
    first, dash, last = number.partition("-")
    if not mark or not first.isdecimal() or (dash and not last.isdecimal()):
        raise BadInput(f"{spec}: name a problem or several, like {LAB}{place}#17 or #0-49.")
    begin, end = int(first), int(last or first)
    if end < begin:
        raise BadInput(f"{spec}: {begin}-{end} is empty. Write the smaller number first.")
    place = cast(Literal["train", "validation", "test"], split)
    if world == "minipy":
        from strop.lab import minipy

        found = islice(minipy.problems(place, end + 1), begin, None)
        return [task_of(minipy.task_row(problem), spec, Path(), bench) for problem in found]
    from strop.lab import sums

    return [_sums(problem) for problem in sums.problems(place, end + 1)[begin:]]


def _sums(problem: Problem) -> Loaded:
    meta = {"kind": "answer", "inputs": [""]}
    task = Task(problem.id, problem.question, None, (SumsCheck(problem),), meta)
    return Loaded(task, (), SumsReader())
