"""`arith`: an expression, solved by rewriting one operation a line."""

from __future__ import annotations

from bisect import bisect_right
from random import Random
from typing import NamedTuple

from strop.lab.sums.expression import Expr, Node, apply, first_operation, reduced
from strop.lab.sums.working import effort, partial_products, written

__all__ = ["ARITH_LIMIT", "arith_difficulty", "draw_expression", "solve_expression"]

ARITH_LIMIT = 200
"""Characters of a solution at most: a verifier repeats it within the context."""
_BOUND = 10_000
_EFFORTS = (5, 8, 12, 19)


class _Level(NamedTuple):
    operations: tuple[int, int]
    top: int
    terms: int
    divisor: int


_LEVELS = (
    _Level((2, 2), 20, 1, 5),
    _Level((2, 3), 40, 2, 9),
    _Level((3, 4), 99, 2, 9),
    _Level((4, 5), 99, 4, 12),
    _Level((5, 6), 99, 6, 25),
)


def draw_expression(rng: Random) -> tuple[Expr, int]:
    """An expression with 2-6 operations and its value; every intermediate result is exact and
    below 10,000 in size."""
    while True:
        level = _LEVELS[rng.randrange(5)]
        expr, result = _tree(rng, rng.randint(*level.operations), level)
        if len(solve_expression(expr)) <= ARITH_LIMIT:
            return expr, result


def solve_expression(expr: Expr) -> str:
    """The solution's text from `expr` on: leftmost operation first, then the answer. A division
    that is not exact is rounded down, as a solver who made a slip would."""
    lines = []
    while (operation := first_operation(expr)) is not None:
        a, op, b = operation
        result = apply(op, a, b)
        if result is None:
            result = a // b if b else 0
            lines.append(f"{a} {op} {b} = {result}\n")
        else:
            lines.append(written(a, op, b) + "\n")
        expr = _after(expr, operation, result)
    lines.append(f"answer {expr}\n")
    return "".join(lines)


def arith_difficulty(expr: Expr) -> int:
    """1 to 5, by the effort of all operations."""
    total = 0
    while (operation := first_operation(expr)) is not None:
        total += effort(*operation)
        a, op, b = operation
        expr = _after(expr, operation, apply(op, a, b) or 0)
    return 1 + bisect_right(_EFFORTS, total)


def _after(expr: Expr, operation: tuple[int, str, int], result: int) -> Expr:
    following = reduced(expr, operation, result)
    assert following is not None
    return following


def _tree(rng: Random, operations: int, level: _Level) -> tuple[Expr, int]:
    if operations == 0:
        number = rng.randint(1, level.top)
        return number, number
    on_left = operations - 1 if rng.random() < 0.5 else rng.randrange(operations)
    left, x = _tree(rng, on_left, level)
    op = rng.choice("++--**/")
    if op == "/" and on_left == operations - 1 and x:
        divisors = [d for d in range(2, level.divisor + 1) if x % d == 0]
        if divisors:
            divisor = rng.choice(divisors)
            return Node("/", left, divisor), x // divisor
    right, y = _tree(rng, operations - 1 - on_left, level)
    if op == "*" and abs(x * y) < _BOUND and len(partial_products(x, y)) <= level.terms:
        return Node("*", left, right), x * y
    if op == "-" and x < y and rng.random() < 0.7:
        left, x, right, y = right, y, left, x
    subtract = abs(x - y) < _BOUND if op == "-" else abs(x + y) >= _BOUND
    return (Node("-", left, right), x - y) if subtract else (Node("+", left, right), x + y)
