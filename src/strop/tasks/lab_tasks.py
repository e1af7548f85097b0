"""The lab's worlds as task sources: `lab:minipy/test#17`, `lab:sums/test#0-49`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any, Literal, cast

from strop.core.errors import BadInput
from strop.tasks.task_file import task_of
from strop.tasks.workbench import Loaded, Workbench

__all__ = ["LAB", "WORLDS", "load_lab"]

LAB = "lab:"
WORLDS = {
    "minipy": "short programming problems with examples and hidden cases",
    "sums": "arithmetic and countdown problems solved in steps that can be checked",
}
_SPLITS = ("train", "validation", "test")


def load_lab(spec: str, bench: Workbench) -> list[Loaded]:
    """`lab:WORLD/SPLIT#N` is problem number N of the split, from 0; `#N-M` several, M included. Of
    `sums` these are the arithmetic ones, which have one answer. Raises `BadInput`."""
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
    return [task_of(row, spec, Path(), bench) for row in _rows(world, split, begin, end + 1)]


def _rows(world: str, split: str, begin: int, end: int) -> list[dict[str, Any]]:
    if world == "minipy":
        from strop.lab import minipy

        return [minipy.task_row(p) for p in islice(minipy.problems(split, end), begin, end)]
    from strop.lab import sums

    place = cast(Literal["train", "validation", "test"], split)
    found = islice(sums.problems(place, end, kind="arith"), begin, end)
    rows = [sums.task_row(problem) for problem in found]
    return [{key: row[key] for key in ("id", "prompt", "answer")} for row in rows]
