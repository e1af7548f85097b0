"""A program as a list of steps: running it, its code, its canonical form and its near misses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from strop.lab.minipy.operations import BY_TYPES, KINDS, OPERATIONS, Operation, Value

__all__ = [
    "VARIABLE",
    "Miss",
    "Step",
    "canonical",
    "code_of",
    "literal",
    "misses",
    "mistaken",
    "normal",
    "run",
    "steps_of",
]

VARIABLE = {"L": "xs", "W": "words", "S": "s", "I": "n", "D": "d", "E": "d", "B": "ok", "T": "pair"}
_OUT = {
    "L": ("ys", "zs", "out", "more"),
    "W": ("kept", "out", "more", "rest"),
    "S": ("t", "out", "more", "rest"),
    "I": ("total", "result", "number", "last"),
    "D": ("counts", "table", "out", "more"),
    "E": ("counts", "table", "out", "more"),
}
_RISING = ("add_each", "subtract_each", "times_each")
_LIMIT = 9999


class Step(NamedTuple):
    """An operation with its parameters; None is the program's second argument `k`."""

    operation: Operation
    args: tuple[Value | None, ...]


class Miss(NamedTuple):
    """A program one plausible mistake away."""

    kind: str
    steps: tuple[Step, ...]


def run(steps: Sequence[Step], value: Any, k: int) -> Any:
    """The result. Raises what a step raises, and OverflowError beyond four digits."""
    for operation, args in steps:
        if args:
            value = operation.run(value, *[k if arg is None else arg for arg in args])
        else:
            value = operation.run(value)
        if type(value) is int and not -_LIMIT <= value <= _LIMIT:
            raise OverflowError
    return value


def literal(value: Value | None) -> str:
    """A parameter in code."""
    return "k" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def canonical(steps: Sequence[Step]) -> str:
    """Operations with parameters, such as `above(3)|sum`."""
    return "|".join(
        f"{step.operation.name}({', '.join(map(literal, step.args))})"
        if step.args
        else step.operation.name
        for step in steps
    )


def steps_of(form: str) -> tuple[Step, ...]:
    """The steps of a canonical form."""
    steps: list[Step] = []
    for part in form.split("|"):
        name, _, rest = part.partition("(")
        found = re.findall(r'"([^"]*)"|(-?\d+)|(k)', rest)
        args = tuple(None if k else int(number) if number else text for text, number, k in found)
        steps.append(Step(OPERATIONS[name], args))
    return tuple(steps)


def normal(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with those that commute in one fixed order."""
    done: list[Step] = []
    for step in steps:
        at = len(done)
        while at and _before(step, done[at - 1]):
            at -= 1
        done.insert(at, step)
    return tuple(done)


def _before(late: Step, early: Step) -> bool:
    one, two = early.operation, late.operation
    if not one.takes == one.gives == two.takes == two.gives:
        return False
    if two.group == "keep":
        if one.group == "keep":
            return canonical([late]) < canonical([early])
        return one.group == "order" or one.name.startswith("reverse")
    if two.group == "order" and one.name in _RISING:
        return True
    if two.name.startswith("unique"):
        return one.group == "order" and not one.name.startswith("unique")
    return two.group == "position" and one.group == "each"


def code_of(
    steps: Sequence[Step], slip: tuple[int, str] | None = None, argument: bool = False
) -> str:
    """The program. `slip` puts other code in the place of the step with that index; with
    `argument` it takes `k` even if it does not use it."""
    first = steps[0].operation.takes
    variable = VARIABLE[first]
    with_k = argument or any(None in step.args for step in steps)
    lines = [f"def f({variable}{', k' if with_k else ''}):"]
    used = {variable}
    for index, (operation, args) in enumerate(steps):
        text = slip[1] if slip and slip[0] == index else operation.code
        text = text.replace("$v", variable)
        if args:
            text = text.replace("$k", literal(args[0])).replace("$j", literal(args[-1]))
        last = index == len(steps) - 1
        if "$o" in text:
            variable = next(name for name in _OUT[operation.gives] if name not in used)
            lines += [f"    {line}" for line in text.replace("$o", variable).splitlines()]
            if last:
                lines.append(f"    return {variable}")
        elif last:
            lines.append(f"    return {text}")
        else:
            if operation.takes != operation.gives:
                variable = VARIABLE[operation.gives]
            lines.append(f"    {variable} = {text}")
        used.add(variable)
    return "\n".join(lines)


def misses(steps: Sequence[Step], wide: bool = False) -> list[Miss]:
    """Programs one mistake away: a step dropped, mistaken or swapped, a parameter off by one.

    With `wide`, a step is mistaken for any operation of its signature.
    """
    found: list[Miss] = []
    steps = tuple(steps)
    for i, (operation, args) in enumerate(steps):
        head, tail = steps[:i], steps[i + 1 :]
        if len(steps) > 1 and (operation.takes == operation.gives or not tail):
            found.append(Miss("dropped", head + tail))
        for at, arg in enumerate(args):
            for other in _beside(operation.kinds[at], arg):
                changed = (*args[:at], other, *args[at + 1 :])
                found.append(Miss("parameter", (*head, Step(operation, changed), *tail)))
        found.extend(
            Miss("mistaken", (*head, _fitted(other, operation, args), *tail))
            for other in _others(operation, wide)
            if not tail or other.gives == operation.gives
        )
        if tail and operation.takes == operation.gives == tail[0].operation.takes:
            after = tail[0].operation
            if after.gives == after.takes:
                found.append(Miss("swapped", (*head, tail[0], steps[i], *tail[1:])))
    return found


def mistaken(steps: Sequence[Step], rng: Random) -> Miss:
    """The program with some step mistaken for some operation of its signature."""
    at = int(rng.random() * len(steps))
    operation, args = steps[at]
    same = BY_TYPES[operation.takes, operation.gives]
    other = _fitted(same[int(rng.random() * len(same))], operation, args)
    return Miss("mistaken", (*steps[:at], other, *steps[at + 1 :]))


def _beside(kind: str, arg: Value | None) -> tuple[Value, ...]:
    if isinstance(arg, int):
        return (arg + 1, arg - 1) if arg > 1 or kind == "bound" else (arg + 1,)
    return ()


def _others(operation: Operation, wide: bool) -> Sequence[Operation]:
    if not wide:
        return [OPERATIONS[name] for name in operation.near]
    same = BY_TYPES[operation.takes, operation.gives]
    return [other for other in same if other is not operation]


def _fitted(other: Operation, operation: Operation, args: tuple[Value | None, ...]) -> Step:
    if other.kinds == operation.kinds:
        return Step(other, args)
    fitted: list[Value | None] = []
    for kind in other.kinds:
        same = [arg for of, arg in zip(operation.kinds, args, strict=True) if of == kind]
        usual = KINDS[kind][len(KINDS[kind]) // 2]
        if not same and None in args and isinstance(usual, int):
            same = [None]
        fitted.append(same[0] if same else usual)
    return Step(other, tuple(fitted))
