"""Plausible wrong programs with the first case they fail, to teach revising and judging."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from strop.lab.minipy.cases import Cases
from strop.lab.minipy.problem import Problem
from strop.lab.minipy.steps import Step, code_of, misses, steps_of

__all__ = ["Wrong", "first_failure", "wrong_programs"]

_LONGEST = 60
_SLIP = 0.25
_WIDE = 0.35


class Wrong(NamedTuple):
    """A wrong program. `feedback` is such as `f([1]) gives 2, not 3`; `kind` is the mistake's."""

    code: str
    feedback: str
    kind: str


class _Draft(NamedTuple):
    kind: str
    steps: tuple[Step, ...]
    slip: tuple[int, str] | None = None


def wrong_programs(problem: Problem, rng: Random, n: int) -> list[Wrong]:
    """Up to `n` different programs one mistake away, each of which fails a hidden case."""
    steps = steps_of(problem.canonical)
    near = [_Draft(kind, other) for kind, other in misses(steps)]
    wide = [_Draft(kind, other) for kind, other in misses(steps, wide=True)]
    slips = [
        _Draft("slip", steps, (index, slip))
        for index, step in enumerate(steps)
        for slip in step.operation.slips
    ]
    found: list[Wrong] = []
    tried = {problem.code}
    argument = any(None in step.args for step in steps)
    while len(found) < n and (near or wide or slips):
        chance = rng.random()
        options = slips if chance < _SLIP else wide if chance < _SLIP + _WIDE else near
        options = options or near or wide or slips
        kind, draft, slip = options.pop(int(rng.random() * len(options)))
        code = code_of(draft, slip, argument)
        if code in tried:
            continue
        tried.add(code)
        if first_failure(code, problem.hidden) is None:
            continue
        feedback = first_failure(code, (*problem.visible, *problem.hidden))
        if feedback is not None and len(feedback) <= 2 * _LONGEST:
            found.append(Wrong(code, feedback, kind))
    return found


def first_failure(code: str, cases: Cases) -> str | None:
    """What the first failed case shows, or None. Runs the code here: only for generated code."""
    space: dict[str, Any] = {}
    exec(code, space)
    function = space["f"]
    for args, expected in cases:
        try:
            got = function(*args)
        except Exception as error:  # noqa: BLE001 - whatever a wrong program raises is feedback
            return f"f({_shown(args)}) raises {type(error).__name__}"
        if not _same(got, expected):
            return f"f({_shown(args)}) gives {got!r}, not {expected!r}"
    return None


def _same(got: Any, expected: Any) -> bool:
    if isinstance(got, dict):
        return got == expected
    return repr(got) == repr(expected)


def _shown(args: tuple[Any, ...]) -> str:
    return ", ".join(map(repr, args))
