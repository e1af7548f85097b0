"""Which targets can be reached from which numbers: exhaustive search, cached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Move", "moves", "path", "reachable"]


class Move(NamedTuple):
    """`a op b = result` with the numbers that are left, the result last."""

    a: int
    op: str
    b: int
    result: int
    left: tuple[int, ...]


def reachable(left: Iterable[int], target: int) -> bool:
    """Whether some numbers of `left`, each used at most once, make the target."""
    return _reachable(tuple(sorted(left)), target)


def moves(left: tuple[int, ...], signed: bool = False) -> Iterator[Move]:
    """Every operation on two of the numbers. Unsigned: the larger number first, no result of
    zero, no multiplication or division by one; for positive numbers and a positive target
    nothing is lost by that, since any sign can be moved outwards."""
    for j in range(1, len(left)):
        for i in range(j):
            rest = left[:i] + left[i + 1 : j] + left[j + 1 :]
            x, y = left[i], left[j]
            if x < y:
                x, y = y, x
            yield Move(x, "+", y, x + y, (*rest, x + y))
            if signed or x != y:
                yield Move(x, "-", y, x - y, (*rest, x - y))
            if signed or y != 1:
                yield Move(x, "*", y, x * y, (*rest, x * y))
                if y and x % y == 0:
                    yield Move(x, "/", y, x // y, (*rest, x // y))
            if signed:
                yield Move(y, "-", x, y - x, (*rest, y - x))
                if x and y % x == 0:
                    yield Move(y, "/", x, y // x, (*rest, y // x))


def path(left: Iterable[int], target: int) -> list[Move] | None:
    """Moves after which the target is among the numbers left; None where there are none."""
    numbers = tuple(left)
    if target in numbers:
        return []
    if not reachable(numbers, target):
        return None
    for move in moves(numbers, _needs_signs(numbers, target)):
        rest = path(move.left, target)
        if rest is not None:
            return [move, *rest]
    return None


def _needs_signs(numbers: tuple[int, ...], target: int) -> bool:
    return target <= 0 or min(numbers, default=1) <= 0


@lru_cache(maxsize=100_000)
def _reachable(left: tuple[int, ...], target: int) -> bool:
    if target in left:
        return True
    if len(left) < 2:
        return False
    signed = _needs_signs(left, target)
    if len(left) == 2:
        return any(move.result == target for move in moves(left, signed))
    seen = set()
    for move in moves(left, signed):
        after = tuple(sorted(move.left))
        if after not in seen:
            seen.add(after)
            if _reachable(after, target):
                return True
    return False
