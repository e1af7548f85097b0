"""The two kinds of walk: through an expression, and through the numbers of a countdown."""

from __future__ import annotations

from collections import Counter

from strop.lab.sums.expression import (
    Expr,
    Node,
    first_operation,
    leaves,
    parse,
    reduced,
    value,
)
from strop.lab.sums.problem import Problem
from strop.lab.sums.reach import reachable
from strop.lab.sums.steps import Operation, Step
from strop.lab.sums.walk import Frame, Reason, Walk

__all__ = ["ArithWalk", "CountWalk", "Made", "walk"]

Made = tuple[int, Expr]
"""A number that is left, and how it was made from the numbers given."""


def walk(problem: Problem) -> ArithWalk | CountWalk:
    """The walk at the problem's start."""
    return ArithWalk(problem) if problem.kind == "arith" else CountWalk(problem)


class ArithWalk(Walk[Expr]):
    """The state is the expression that is left. An operation that is not there is taken for
    a garbled form of the leftmost one, so that later lines are judged by what was written."""

    def __init__(self, problem: Problem) -> None:
        expr = parse(problem.question)
        assert expr is not None
        super().__init__(expr)
        self.target = problem.answer

    def hopeful(self) -> bool:
        if self.answer is not None:
            return self.right
        return self.frames[-1].sound and value(self.state) == self.target

    def is_right(self, answer: str) -> bool:
        written = parse(answer)
        return written is not None and value(written) == self.target

    def advance(self, step: Step) -> Reason:
        if step.kind != "step" or step.operation is None:
            return "claim"
        expr = self.state
        after = reduced(expr, step.operation, step.result)
        reason: Reason = "follows" if after is None else "" if step.exact else "arithmetic"
        if after is None:
            meant = first_operation(expr)
            after = reduced(expr, meant, step.result) if meant else None
        sound = self.frames[-1].sound and reason != "follows"
        self.frames.append(Frame(expr if after is None else after, sound, step, not reason))
        return reason

    def redone(self, operation: Operation) -> int | None:
        for index in range(len(self.frames) - 1, 0, -1):
            if reduced(self.frames[index - 1].state, operation, 0) is not None:
                return index
        return None


class CountWalk(Walk[tuple[Made, ...]]):
    """The state is the numbers that are left, as the lines claim them. An answer must use the
    numbers given, each at most once, and make the target."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(tuple((number, number) for number in problem.numbers))
        self.given = Counter(problem.numbers)
        self.target = problem.answer

    @property
    def left(self) -> tuple[int, ...]:
        """The numbers that are left."""
        return tuple(number for number, _ in self.state)

    def hopeful(self) -> bool:
        if self.answer is not None:
            return self.right
        return self.frames[-1].sound and reachable(self.left, self.target)

    def is_right(self, answer: str) -> bool:
        written = parse(answer.partition("=")[0])
        if written is None or value(written) != self.target:
            return False
        return Counter(leaves(written)) <= self.given

    def advance(self, step: Step) -> Reason:
        if step.kind == "no":
            return "claim" if reachable(self.left, self.target) else ""
        if step.kind == "back":
            return self._back(step)
        if step.operation is None:
            return "claim"
        return self._try(step, step.operation)

    def redone(self, operation: Operation) -> int | None:
        return None

    def _back(self, step: Step) -> Reason:
        for index in range(len(self.frames) - 2, -1, -1):
            numbers = Counter(number for number, _ in self.frames[index].state)
            if step.left is None or numbers == Counter(step.left):
                del self.frames[index + 1 :]
                return ""
        return "claim"

    def _try(self, step: Step, operation: Operation) -> Reason:
        a, op, b = operation
        rest = list(self.state)
        used: list[Expr] = []
        there = True
        for operand in (a, b):
            index = next((i for i, made in enumerate(rest) if made[0] == operand), None)
            there = there and index is not None
            used.append(operand if index is None else rest.pop(index)[1])
        after = (*rest, (step.result, Node(op, used[0], used[1])))
        listed = step.left is None or Counter(step.left) == Counter(x for x, _ in after)
        if step.left is not None and (not listed or not there):
            after = _as_claimed(step.left, after, len(self.state))
        reason: Reason = "" if there and listed else "follows"
        if not step.exact:
            reason = "arithmetic"
        sound = self.frames[-1].sound and not reason
        self.frames.append(Frame(after, sound, step, not reason))
        return reason


def _as_claimed(left: tuple[int, ...], after: tuple[Made, ...], most: int) -> tuple[Made, ...]:
    """The numbers a line says are left, made as before where they are known; a line that
    names more than there were is not believed."""
    if len(left) > most:
        return after
    known = dict(after)
    return tuple((number, known.get(number, number)) for number in left)
