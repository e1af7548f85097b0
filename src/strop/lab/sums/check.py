"""Whether a solution is right, step by step, and whether a prefix can still become right."""

from __future__ import annotations

from dataclasses import dataclass

from strop.lab.sums.problem import Problem
from strop.lab.sums.steps import split_steps
from strop.lab.sums.walk import StepVerdict
from strop.lab.sums.walks import walk

__all__ = ["Checked", "check_solution", "prefix_values", "value_of_prefix"]


@dataclass(frozen=True, slots=True)
class Checked:
    """Every step judged; `answer` is the text after the first `answer`, None without one."""

    steps: tuple[StepVerdict, ...]
    answer: str | None
    right: bool

    @property
    def first_wrong(self) -> int | None:
        """The index of the first step that is not good."""
        return next((i for i, step in enumerate(self.steps) if not step.good), None)


def check_solution(problem: Problem, text: str) -> Checked:
    """Judges any text; never raises. A step after a wrong one is judged by what was written."""
    reader = walk(problem)
    verdicts = tuple(reader.read(step) for step in split_steps(text))
    return Checked(verdicts, reader.answer, reader.right)


def value_of_prefix(problem: Problem, text: str) -> bool:
    """Whether a right answer can still follow, exactly. arith: the expression that is left has
    the right value. count: the target can be reached from the numbers left without going back
    further, and no try that stands was wrong. After an answer: whether it is right."""
    reader = walk(problem)
    for step in split_steps(text):
        reader.read(step)
    return reader.hopeful()


def prefix_values(problem: Problem, text: str) -> tuple[bool, ...]:
    """`value_of_prefix` after each step."""
    reader = walk(problem)
    values = []
    for step in split_steps(text):
        reader.read(step)
        values.append(reader.hopeful())
    return tuple(values)
