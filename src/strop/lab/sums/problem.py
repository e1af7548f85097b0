"""Problems by seed, and the split that a problem's canonical form decides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from random import Random
from typing import Literal, get_args

from strop.lab.sums.arithmetic import arith_difficulty, draw_expression, solve_expression
from strop.lab.sums.countdown import count_difficulty, draw_countdown
from strop.lab.sums.expression import ordered, show

__all__ = ["Kind", "Problem", "Split", "get", "problem", "problems", "split_of"]

Kind = Literal["arith", "count"]
Split = Literal["train", "validation", "test"]

_KEPT = {
    ("arith", 1): 0.3,
    ("arith", 2): 0.6,
    ("arith", 4): 0.8,
    ("arith", 5): 0.05,
    ("count", 4): 0.5,
    ("count", 5): 0.1,
}
_REDRAWS = 8
"""Problems are kept with these chances, else drawn again: the lab's models are to fail often, not
always."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `answer` is the value (arith) or the target (count); `solution` is one right
    solution, every line of which ends in a newline; `canonical` decides the split."""

    id: str
    kind: Kind
    split: Split
    seed: int
    difficulty: int
    question: str
    answer: int
    solution: str
    canonical: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers given in a countdown problem; empty for an expression."""
        if self.kind == "arith":
            return ()
        return tuple(map(int, self.question.partition(" from ")[2].split()))


def problem(seed: int) -> Problem:
    """The problem of a seed: expressions at even seeds, countdown at odd ones."""
    rng = Random(f"sums {seed}")
    found = _drawn(seed, rng)
    for _ in range(_REDRAWS):
        if rng.random() < _KEPT.get((found.kind, found.difficulty), 1.0):
            break
        found = _drawn(seed, rng)
    return found


def _drawn(seed: int, rng: Random) -> Problem:
    if seed % 2 == 0:
        expr, answer = draw_expression(rng)
        canonical = f"arith {ordered(expr)}"
        difficulty = arith_difficulty(expr)
        question, solution = show(expr), solve_expression(expr)
        kind: Kind = "arith"
    else:
        numbers, answer, solution = draw_countdown(rng)
        canonical = f"count {' '.join(map(str, sorted(numbers)))} = {answer}"
        difficulty = count_difficulty(numbers, solution)
        question = f"make {answer} from {' '.join(map(str, numbers))}"
        kind = "count"
    split = split_of(canonical)
    return Problem(
        f"sums-{seed}", kind, split, seed, difficulty, question, answer, solution, canonical
    )


def problems(
    split: Split,
    n: int,
    start: int = 0,
    kind: Kind | None = None,
    difficulty: int | None = None,
) -> list[Problem]:
    """The first `n` problems of a split at or after seed `start`; go on from the last seed + 1.
    A kind or difficulty takes only those. Raises ValueError for a value that there is not."""
    if split not in get_args(Split):
        raise ValueError(f"split {split!r}: one of {', '.join(get_args(Split))}.")
    if kind is not None and kind not in get_args(Kind):
        raise ValueError(f"kind {kind!r}: one of {', '.join(get_args(Kind))}.")
    if difficulty is not None and difficulty not in range(1, 6):
        raise ValueError(f"difficulty {difficulty!r}: 1 to 5.")
    return list(islice(_matching(split, start, kind, difficulty), n))


def get(id: str) -> Problem:
    """The problem with an id. Raises ValueError for another form of id."""
    world, _, seed = id.partition("-")
    if world != "sums" or not (seed.isascii() and seed.isdigit()):
        raise ValueError(f"problem id {id!r}: write it as sums-SEED.")
    return problem(int(seed))


def split_of(canonical: str) -> Split:
    """90% train, 5% validation, 5% test, by a hash of the canonical form."""
    share = int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:8], "big") % 20
    return "test" if share == 0 else "validation" if share == 1 else "train"


def _matching(
    split: Split, start: int, kind: Kind | None, difficulty: int | None
) -> Iterator[Problem]:
    for seed in count(start):
        if kind is not None and kind != ("arith", "count")[seed % 2]:
            continue
        found = problem(seed)
        if found.split == split and difficulty in (None, found.difficulty):
            yield found
