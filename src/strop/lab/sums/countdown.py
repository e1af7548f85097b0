"""`count`: numbers and a target; the solution is the trace of a depth-first search."""

from __future__ import annotations

from bisect import bisect_right
from random import Random
from typing import NamedTuple

from strop.lab.sums.expression import Expr, Node, apply, show
from strop.lab.sums.reach import Move, moves

__all__ = [
    "COUNT_LIMIT",
    "Countdown",
    "back_line",
    "count_difficulty",
    "draw_countdown",
    "try_line",
]

COUNT_LIMIT = 340
"""Characters of a trace at most, before any `wait`."""
_TARGETS = (10, 400)
_LARGEST = 2_000
_WIDTH = {5: 2, 4: 3, 3: 3, 2: 1}


class Countdown(NamedTuple):
    """A drawn problem with the trace that solves it."""

    numbers: tuple[int, ...]
    target: int
    trace: str


def draw_countdown(rng: Random) -> Countdown:
    """3-5 numbers, a target that they make, and a search that finds it within the limit."""
    while True:
        numbers, target, plan = _draw(rng)
        if not _TARGETS[0] <= target <= _TARGETS[1] or target in numbers:
            continue
        for attempt in range(3):
            insight = 0.3 * attempt + 0.2 * rng.random()
            trace = _Search(target, rng, plan, insight).run(numbers)
            if trace is not None:
                return Countdown(numbers, target, trace)


def count_difficulty(numbers: tuple[int, ...], trace: str) -> int:
    """1 to 5, by the operations tried and the numbers given."""
    return 1 + bisect_right((3, 5, 6, 8), trace.count("try ") + 2 * len(numbers) - 6)


def try_line(move: Move) -> str:
    """`try 25 + 7 = 32 left 3 32`"""
    return f"try {move.a} {move.op} {move.b} = {move.result} left {_listed(move.left)}\n"


def back_line(left: tuple[int, ...]) -> str:
    """`back 3 7 25`: names the numbers of an earlier state."""
    return f"back {_listed(left)}\n"


def _listed(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))


def _draw(rng: Random) -> tuple[tuple[int, ...], int, dict[tuple[int, ...], Move]]:
    """Numbers, a target and one way there, as the move to make in each state on the way."""
    size = rng.choice((3, 3, 4, 4, 4, 5))
    numbers: tuple[int, ...] = tuple(
        rng.randint(1, 12) if rng.random() < 0.65 else rng.randint(13, 99) for _ in range(size)
    )
    plan: dict[tuple[int, ...], Move] = {}
    left = numbers
    for _ in range(size - 1):
        i, j = sorted(rng.sample(range(len(left)), 2))
        a, b = max(left[i], left[j]), min(left[i], left[j])
        op = rng.choice("+-*/" if a % b == 0 and b > 1 else "++-**")
        result = apply(op, a, b)
        if not result or (op == "*" and (b == 1 or result > _LARGEST)):
            op, result = "+", a + b
        rest = left[:i] + left[i + 1 : j] + left[j + 1 :]
        plan[left] = Move(a, op, b, result, (*rest, result))
        left = (*rest, result)
    return numbers, left[0], plan


class _Search:
    """Depth-first, best move first by the distance of the numbers left to the target or one of
    its factors; with probability `insight` the planned move comes first."""

    def __init__(
        self, target: int, rng: Random, plan: dict[tuple[int, ...], Move], insight: float
    ) -> None:
        self.target = target
        self.rng = rng
        self.plan = plan
        self.insight = insight
        self.lines: list[str] = []
        self.room = COUNT_LIMIT
        self.seen: set[tuple[int, ...]] = set()
        self.goals = [target] + [f for f in range(2, 13) if target % f == 0]
        self.goals += [target // f for f in self.goals[1:]]

    def run(self, numbers: tuple[int, ...]) -> str | None:
        """The trace, or None where the limit or the search ends first."""
        found = self._from(numbers, numbers)
        if found is None:
            return None
        self._write(f"answer {show(found)}\n")
        return "".join(self.lines) if self.room >= 0 else None

    def _from(self, left: tuple[int, ...], made: tuple[Expr, ...]) -> Expr | None:
        if len(left) == 1:
            self._write("no\n")
            return None
        for order, move in enumerate(self._chosen(left)):
            if order:
                self._write(back_line(left))
            self._write(try_line(move))
            if self.room < 0:
                return None
            after = _combined(left, made, move)
            if move.result == self.target:
                return after[-1]
            found = self._from(move.left, after)
            if found is not None or self.room < 0:
                return found
        return None

    def _chosen(self, left: tuple[int, ...]) -> list[Move]:
        options: list[tuple[float, Move, tuple[int, ...]]] = []
        for move in moves(left):
            state = tuple(sorted(move.left))
            if move.result <= _LARGEST and state not in self.seen:
                options.append((self._distance(move), move, state))
        options.sort(key=lambda option: option[0])
        chosen = []
        planned = self.plan.get(left)
        if planned is not None and len(left) > 2 and self.rng.random() < self.insight:
            chosen.append(planned)
        for _, move, state in options:
            if len(chosen) < _WIDTH[len(left)] and state not in self.seen and move not in chosen:
                chosen.append(move)
                self.seen.add(state)
        return chosen

    def _distance(self, move: Move) -> float:
        if len(move.left) == 1:
            return abs(move.result - self.target)
        noise = 12 * self.rng.random()
        return noise + min(abs(x - goal) for x in move.left for goal in self.goals)

    def _write(self, line: str) -> None:
        self.lines.append(line)
        self.room -= len(line)


def _combined(left: tuple[int, ...], made: tuple[Expr, ...], move: Move) -> tuple[Expr, ...]:
    """How the numbers after `move` were made, in the order of `move.left`."""
    pool = list(zip(left, made, strict=True))

    def take(number: int) -> Expr:
        return pool.pop(next(i for i, (there, _) in enumerate(pool) if there == number))[1]

    new = Node(move.op, take(move.a), take(move.b))
    return (*map(take, move.left[:-1]), new)
