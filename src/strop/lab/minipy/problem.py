"""Problems of the world `minipy`: a seed makes a program, its description and its cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from random import Random

from strop.lab.minipy.cases import Cases, chosen_cases
from strop.lab.minipy.operations import BY_INPUT, KINDS, Operation, Value
from strop.lab.minipy.steps import Step, canonical, code_of, normal
from strop.lab.minipy.wording import describe

__all__ = ["SPLITS", "Problem", "get", "problem", "problems"]

SPLITS = ("train", "validation", "test")
_LENGTHS = (0.45, 0.88, 0.98)  # cumulative shares of one, two and three steps; the rest is four
_ENTRIES = "LLLLLLLLLSSSSSWWWIIDE"
_UNCLEAR = 0.25
_WITH_K = 0.12
_WITH_PARAMETER = 0.5
_ARGUMENTS = {"bound", "few", "mod", "factor", "amount", "length", "times"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A function `f` to write. `visible` and `hidden` are pairs of arguments and result;
    `canonical` is the operations with their parameters, which decides the split."""

    id: str
    split: str
    seed: int
    difficulty: int
    description: str
    code: str
    visible: Cases
    hidden: Cases
    canonical: str


def problem(seed: int) -> Problem:
    """The problem of a seed, the same for ever."""
    rng = Random(f"minipy {seed}")
    while True:
        steps = normal(_draw_steps(rng))
        unclear, silent = _draw_unclear(rng, steps)
        found = chosen_cases(steps, rng, 3 if unclear is not None or rng.random() < 0.5 else 2)
        if found is not None:
            break
    form = canonical(steps)
    split = split_of(form)
    return Problem(
        f"minipy/{split}/{seed}",
        split,
        seed,
        len(steps) + (unclear is not None),
        describe(steps, rng, unclear, silent),
        code_of(steps),
        found[0],
        found[1],
        form,
    )


def problems(split: str, n: int, start: int = 0) -> Iterator[Problem]:
    """The first `n` problems of the split whose seed is at least `start`."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}. Got {split!r} instead.")
    seed = start
    while n > 0:
        found = problem(seed)
        if found.split == split:
            yield found
            n -= 1
        seed += 1


def get(id: str) -> Problem:
    """The problem with this id. Raises `KeyError` if there is none."""
    world, _, rest = id.partition("/")
    seed = rest.rpartition("/")[2]
    if world == "minipy" and seed.isdecimal():
        found = problem(int(seed))
        if found.id == id:
            return found
    raise KeyError(f"no problem {id!r}; ids look like minipy/test/1234")


@lru_cache(maxsize=65536)
def split_of(form: str) -> str:
    """The split of a canonical form: 90% train, 5% validation, 5% test.

    One operation without parameters is no composition but a word of the world: always train.
    """
    if "|" not in form and "(" not in form:
        return "train"
    share = int.from_bytes(blake2b(form.encode(), digest_size=8).digest(), "big") % 100
    return "train" if share < 90 else "validation" if share < 95 else "test"


def _draw_steps(rng: Random) -> list[Step]:
    random = rng.random
    chance = random()
    length = 1 + sum(chance >= limit for limit in _LENGTHS)
    kind = _ENTRIES[int(random() * len(_ENTRIES))]
    argument = random() < _WITH_K
    steps: list[Step] = []
    for left in range(length - 1, -1, -1):
        if left:
            options = _onward(kind)
        elif length == 1 and random() < _WITH_PARAMETER:
            options = _with_parameter(kind)
        else:
            options = BY_INPUT[kind]
        operation = options[int(random() * len(options))]
        args: list[Value | None] = []
        for name in operation.kinds:
            if argument and name in _ARGUMENTS:
                args.append(None)
                argument = False
            else:
                values = KINDS[name]
                args.append(values[int(random() * len(values))])
        steps.append(Step(operation, tuple(args)))
        kind = operation.gives
    return steps


@cache
def _onward(kind: str) -> Sequence[Operation]:
    return [row for row in BY_INPUT[kind] if row.gives in BY_INPUT]


@cache
def _with_parameter(kind: str) -> Sequence[Operation]:
    return [row for row in BY_INPUT[kind] if row.kinds] or BY_INPUT[kind]


def _draw_unclear(rng: Random, steps: Sequence[Step]) -> tuple[int | None, bool]:
    if rng.random() >= _UNCLEAR:
        return None, False
    index = int(rng.random() * len(steps))
    silent = rng.random() < (0.3 if len(steps) > 1 else 0.1)
    return index, silent
