"""Follows a solution line by line and judges each exactly: the part both kinds share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from strop.lab.sums.steps import Operation, Step, StepKind, read_step

__all__ = ["Frame", "Reason", "StepVerdict", "Walk"]

Reason = Literal["", "arithmetic", "follows", "claim", "answer", "unreadable", "late"]
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """One step judged: `reason` is empty for a good one, else `arithmetic` (a wrong number),
    `follows` (uses what is not there), `claim` (an ok, no or back that is not so), `answer`,
    `unreadable` or `late` (after the answer)."""

    text: str
    kind: StepKind
    reason: Reason

    @property
    def good(self) -> bool:
        """Whether the step is right given the lines before it."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Frame(Generic[State]):
    """What is known after a step that still stands. `sound`: no step on the way used what was
    not there, and in countdown none was wrong."""

    state: State
    sound: bool
    step: Step | None = None
    good: bool = True


class Walk(ABC, Generic[State]):
    """A solution being read. `frames` are the steps that stand: `back` and a `check .. no`
    take them away again."""

    def __init__(self, start: State) -> None:
        self.frames: list[Frame[State]] = [Frame(start, True)]
        self.answer: str | None = None
        self.right = False

    @property
    def state(self) -> State:
        """What is left to work with."""
        return self.frames[-1].state

    def read(self, line: str) -> StepVerdict:
        """Judges the line and goes on from what it claims."""
        step = read_step(line)
        text = line.strip()
        if self.answer is not None:
            return StepVerdict(text, step.kind, "late")
        return StepVerdict(text, step.kind, self._judge(step))

    @abstractmethod
    def hopeful(self) -> bool:
        """Whether a right answer can still follow."""

    @abstractmethod
    def is_right(self, answer: str) -> bool:
        """Whether the text after `answer` solves the problem."""

    @abstractmethod
    def advance(self, step: Step) -> Reason:
        """Judges a step, try, no or back, and pushes or pops its frame."""

    @abstractmethod
    def redone(self, operation: Operation) -> int | None:
        """The index of the latest frame whose step should have been this operation."""

    def _judge(self, step: Step) -> Reason:
        if step.kind == "wait":
            return ""
        if step.kind == "unreadable":
            return "unreadable"
        if step.kind == "answer":
            self.answer = step.answer
            self.right = self.is_right(step.answer)
            return "" if self.right else "answer"
        return self._recheck(step) if step.kind == "check" else self.advance(step)

    def _recheck(self, check: Step) -> Reason:
        assert check.operation is not None
        index = self._latest(check.operation, check)
        same = False
        if index is None:
            index = self.redone(check.operation)
        else:
            before = self.frames[index].step
            same = before is not None and before.result == check.result and before.exact
        if index is None:
            return "follows"
        if check.claim == "no":
            del self.frames[index:]
        if not check.exact:
            return "arithmetic"
        return "" if same == (check.claim == "ok") else "claim"

    def _latest(self, operation: Operation, check: Step) -> int | None:
        """The latest frame with that operation; for a `no` rather one with another result."""
        found = None
        for index in range(len(self.frames) - 1, 0, -1):
            step = self.frames[index].step
            if step is not None and step.operation == operation:
                if check.claim == "ok" or step.result != check.result or not step.exact:
                    return index
                found = found or index
        return found
