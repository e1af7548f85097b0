"""Slips in one written line: the small errors that people and models make."""

from __future__ import annotations

from random import Random

from strop.lab.sums.expression import apply
from strop.lab.sums.steps import Step, read_step
from strop.lab.sums.working import partial_products, sums_in_pairs

__all__ = ["carry_slip", "digit_slip", "operand_slip", "operator_slip", "relined", "slipped"]


def slipped(line: str, rng: Random) -> str:
    """The step or try with a wrong result: a digit, a carry or one partial product is off, and
    what is left says the same wrong number."""
    step = read_step(line)
    return rng.choice((digit_slip, carry_slip))(line, step, rng)


def digit_slip(line: str, step: Step, rng: Random) -> str:
    """One digit of the result, or of a partial product, is another digit."""
    a, op, b = _operation(step)
    terms = partial_products(a, b) if op == "*" else []
    if terms and rng.random() < 0.5:
        place = rng.randrange(len(terms))
        terms[place] = _other_digit(terms[place], rng)
        return relined(line, step, sum(terms), sums_in_pairs(terms))
    return relined(line, step, _other_digit(step.result, rng))


def carry_slip(line: str, step: Step, rng: Random) -> str:
    """The result is off by ten or a hundred, or by one where it is small."""
    size = len(str(abs(step.result)))
    off = 10 ** rng.randint(1, size - 1) if size > 1 else 1
    result = step.result + rng.choice((off, -off))
    if result <= 0 < step.result:
        result = step.result + off
    return relined(line, step, result)


def operator_slip(line: str, step: Step, rng: Random) -> str:
    """Another operator is written and carried out; in a try, where any operation is allowed,
    carried out but not written."""
    a, op, b = _operation(step)
    others = [o for o in "+-*" if o != op and apply(o, a, b) != step.result]
    if not others:
        return line
    other = rng.choice(others)
    if step.kind == "try":
        return relined(line, step, apply(other, a, b) or 0)
    return _redone(step, (a, other, b))


def operand_slip(line: str, step: Step, rng: Random) -> str:
    """One operand is copied wrongly; the operation on it is right."""
    a, op, b = _operation(step)
    first = rng.random() < 0.5
    changed = (_other_digit(a, rng), op, b) if first else (a, op, _other_digit(b, rng))
    return line if apply(op, changed[0], changed[2]) is None else _redone(step, changed)


def relined(line: str, step: Step, result: int, chain: str = "") -> str:
    """The line with another result, also where what is left names it."""
    a, op, b = _operation(step)
    right = line.partition("=")[2].partition(" left")[0]
    if not chain:
        chain = f"{right.rpartition('=')[0]}= {result}" if "=" in right else f" {result}"
        chain = chain.strip()
    return _line(step, f"{a} {op} {b} = {chain}", result)


def _redone(step: Step, operation: tuple[int, str, int]) -> str:
    a, op, b = operation
    result = apply(op, a, b)
    assert result is not None
    terms = partial_products(a, b) if op == "*" and step.kind == "step" else []
    return _line(step, f"{a} {op} {b} = {sums_in_pairs(terms) if terms else result}", result)


def _line(step: Step, equation: str, result: int) -> str:
    if step.kind != "try":
        return equation + "\n"
    left = (*(step.left or (0,))[:-1], result)
    return f"try {equation} left {' '.join(map(str, left))}\n"


def _operation(step: Step) -> tuple[int, str, int]:
    assert step.operation is not None
    return step.operation


def _other_digit(number: int, rng: Random) -> int:
    digits = list(str(abs(number)))
    place = rng.randrange(len(digits))
    lowest = 1 if place == 0 else 0
    digits[place] = rng.choice([d for d in "0123456789"[lowest:] if d != digits[place]])
    return int("".join(digits)) * (-1 if number < 0 else 1)
