"""Training pairs of the judging roles from what a policy wrote, where its own errors are seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from strop.lab import minipy, sums
from strop.lab.examples import Pair, pairs, sums_pair
from strop.lab.minipy import texts as minipy_texts
from strop.lab.minipy.corrupt import Wrong

__all__ = ["Drawn", "drawn_pairs", "read_drawn"]

_MADE_UP = 0.2


@dataclass(frozen=True, slots=True)
class Drawn:
    """One text of a policy on the training problem `seed`. `feedback` is the first case that a
    program fails, such as `f([1]) gives 2, not 3`."""

    seed: int
    text: str
    right: bool
    feedback: str = ""


def read_drawn(path: Path) -> list[Drawn]:
    """The rows of a file of draws, one JSON object a line."""
    with path.open(encoding="utf-8") as lines:
        return [Drawn(**json.loads(line)) for line in lines]


def drawn_pairs(
    world: str, mix: Mapping[str, float], drawn: Sequence[Drawn], start: int
) -> Iterator[Pair]:
    """Pairs without end: as many on right texts as on wrong ones, a fifth of them on errors made
    up by the world, which teach what the policy seldom does."""
    kinds = [[row for row in drawn if row.right], [row for row in drawn if not row.right]]
    made_up = pairs(world, mix, start)
    roles, shares = list(mix), list(mix.values())
    rng = Random(f"{world} drawn {start}")
    while True:
        role = rng.choices(roles, shares)[0]
        row = rng.choice(kinds[role == "reviser" or rng.random() < 0.5])
        if rng.random() < _MADE_UP:
            yield next(made_up)
        elif world == "minipy":
            yield _minipy(role, row)
        elif (pair := sums_pair(role, sums.problem(row.seed), row.text, rng)) is not None:
            yield pair


def _minipy(role: str, row: Drawn) -> Pair:
    problem: Any = minipy.problem(row.seed)
    wrong = None if row.right else Wrong(row.text, row.feedback, "drawn")
    if role == "reviser" and wrong is not None:
        return Pair(role, *minipy_texts.reviser(problem, wrong))
    if role == "verdict":
        return Pair(role, *minipy_texts.verdict(problem, row.text, row.right))
    return Pair(role, *minipy_texts.judge(problem, row.text, row.feedback))
