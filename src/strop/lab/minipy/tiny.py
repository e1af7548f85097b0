"""Cases on inputs that a person could work out in their head."""

from __future__ import annotations

from random import Random
from typing import Any

from strop.lab.minipy.inputs import draw_tiny
from strop.lab.minipy.problem import Problem
from strop.lab.minipy.steps import steps_of

__all__ = ["tiny_cases"]

_TRIES = 4
_LONGEST = 60


def tiny_cases(problem: Problem, rng: Random, n: int) -> list[tuple[tuple[Any, ...], Any]]:
    """Up to `n` different cases that are not among the visible ones. Runs the problem's own code
    here."""
    steps = steps_of(problem.canonical)
    with_k = any(None in step.args for step in steps)
    space: dict[str, Any] = {}
    exec(problem.code, space)
    seen = {repr(args) for args, _ in problem.visible}
    found: list[tuple[tuple[Any, ...], Any]] = []
    for _ in range(_TRIES * n):
        value = draw_tiny(rng, steps[0].operation.takes)
        args = (value, 1 + int(rng.random() * 4)) if with_k else (value,)
        if repr(args) in seen:
            continue
        seen.add(repr(args))
        shown = eval(repr(args))  # a copy: code may change its arguments
        try:
            result = space["f"](*args)
        except Exception:  # noqa: BLE001 - an input that the program does not take
            continue
        if len(repr(result)) <= _LONGEST:
            found.append((shown, result))
        if len(found) == n:
            break
    return found
