"""The text forms of the roles: a prompt that starts with the role's tag line, a completion.

Every line ends in a newline. At a newline a policy can be stopped and a step scored.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Literal, NamedTuple

from strop.lab.sums.check import prefix_values
from strop.lab.sums.expression import apply, first_operation, leaves, parse, reduced
from strop.lab.sums.finish import finish
from strop.lab.sums.problem import Problem
from strop.lab.sums.steps import Operation, read_step, split_steps
from strop.lab.sums.waits import with_waits
from strop.lab.sums.walks import ArithWalk, walk
from strop.lab.sums.working import written

__all__ = [
    "RoleText",
    "Waited",
    "judge",
    "orm_example",
    "policy",
    "policy_waiting",
    "prm_example",
    "prompt",
    "reviser",
    "verifier",
]

Role = Literal["policy", "prm", "orm", "verifier", "judge", "reviser"]


class RoleText(NamedTuple):
    """What a role is given and what it writes."""

    prompt: str
    completion: str


class Waited(NamedTuple):
    """A policy's text with waits; `wrong` are spans of the completion to leave out of the loss."""

    prompt: str
    completion: str
    wrong: tuple[tuple[int, int], ...]


def prompt(role: Role, problem: Problem, solution: str = "") -> str:
    """The tag line, the question and, for roles that read one, a solution or its start."""
    if solution and not solution.endswith("\n"):
        solution += "\n"
    return f"{role}\n{problem.question}\n{solution}"


def policy(problem: Problem) -> RoleText:
    """Question -> solution."""
    return RoleText(prompt("policy", problem), problem.solution)


def policy_waiting(problem: Problem, rng: Random, share: float = 0.3, slip: float = 0.5) -> Waited:
    """Like `policy`; a share of the solutions has waits, and `slip` of those a step that is
    wrong at first."""
    if rng.random() >= share:
        return Waited(prompt("policy", problem), problem.solution, ())
    waiting = with_waits(problem, rng, slip)
    return Waited(prompt("policy", problem), waiting.text, waiting.wrong)


def prm_example(
    problem: Problem, solution: str, label: Literal["value", "step"] = "value"
) -> tuple[str, list[tuple[int, bool]]]:
    """The text, and for each step its end (just after its newline) and whether it is good.
    `value`: a right answer can still follow, exactly. `step`: the step by itself is right."""
    if label == "value":
        labels = prefix_values(problem, solution)
    else:
        reader = walk(problem)
        labels = tuple(reader.read(step).good for step in split_steps(solution))
    steps = zip(split_steps(solution), labels, strict=True)
    return _with_ends(prompt("prm", problem), steps)


def orm_example(problem: Problem, solution: str) -> tuple[str, list[tuple[int, bool]]]:
    """The text, and for each step its end (just after its newline) and whether the solution's
    final answer is right: the outcome is told at every step, the last one's score is the reward."""
    steps = split_steps(solution)
    values = prefix_values(problem, solution)
    right = any(read_step(step).kind == "answer" for step in steps) and values[-1]
    return _with_ends(prompt("orm", problem), [(step, right) for step in steps])


def verifier(problem: Problem, solution: str) -> RoleText:
    """Question and solution -> the solution worked out again up to the first fault, each line
    `ok` or `no`, then `right` or `wrong`. Steps taken back are passed over. In a countdown the
    answer is worked out, not the search."""
    reader = walk(problem)
    for step in split_steps(solution):
        reader.read(step)
    if isinstance(reader, ArithWalk):
        lines = _arith_checks(reader)
    else:
        lines = _count_checks(problem, reader.answer)
    verdict = "right\n" if lines[-1].endswith(" ok") else "wrong\n"
    return RoleText(prompt("verifier", problem, solution), "\n".join(lines) + "\n" + verdict)


def judge(problem: Problem, prefix: str) -> RoleText:
    """Question and steps -> the last step worked out again, and whether it is right:
    `57 - 8 = 49 no`; for a step without an operation only `ok` or `no`. Raises ValueError for
    an empty prefix."""
    reader = walk(problem)
    steps = split_steps(prefix)
    if not steps:
        raise ValueError("no step to judge: the prefix is empty.")
    for earlier in steps[:-1]:
        reader.read(earlier)
    meant = first_operation(reader.state) if isinstance(reader, ArithWalk) else None
    verdict = reader.read(steps[-1])
    step = read_step(steps[-1])
    operation = step.operation
    if verdict.reason == "follows" and step.kind == "step":
        operation = meant
    line = f"{_again(operation)} " if operation else ""
    return RoleText(prompt("judge", problem, prefix), f"{line}{'ok' if verdict.good else 'no'}\n")


def reviser(problem: Problem, solution: str) -> RoleText:
    """Question and a solution up to its first wrong step -> the right way on in its place."""
    reader = walk(problem)
    upto = ""
    for step in split_steps(solution):
        upto += step
        before = list(reader.frames)
        if not reader.read(step).good:
            reader.frames = before  # pyright: ignore[reportAttributeAccessIssue]
            break
    return RoleText(prompt("reviser", problem, upto), finish(reader))


def _with_ends(text: str, steps: Iterable[tuple[str, bool]]) -> tuple[str, list[tuple[int, bool]]]:
    ends: list[tuple[int, bool]] = []
    for step, good in steps:
        text += step if step.endswith("\n") else step + "\n"
        ends.append((len(text), good))
    return text, ends


def _again(operation: Operation) -> str:
    a, op, b = operation
    return f"{a} {op} {b}" if apply(op, a, b) is None else written(a, op, b)


def _arith_checks(reader: ArithWalk) -> list[str]:
    lines = []
    for before, frame in zip(reader.frames, reader.frames[1:], strict=False):
        assert frame.step is not None
        if not frame.good:
            again = frame.step.operation
            if again is None or reduced(before.state, again, 0) is None:
                again = first_operation(before.state)
            return [*lines, f"{_again(again)} no" if again else f"answer {before.state} no"]
        assert frame.step.operation is not None
        lines.append(f"{_again(frame.step.operation)} ok")
    left = first_operation(reader.state)
    if left is not None and not reader.right:
        return [*lines, f"{_again(left)} no"]
    return [*lines, f"answer {reader.target} {'ok' if reader.right else 'no'}"]


def _count_checks(problem: Problem, answer: str | None) -> list[str]:
    expr = None if answer is None else parse(answer.partition("=")[0])
    if expr is None:
        return ["answer no"]
    given = list(problem.numbers)
    used = leaves(expr)
    for number in used:
        if number not in given:
            return [f"numbers {number} no"]
        given.remove(number)
    lines = [f"numbers {' '.join(map(str, used))} ok"]
    if isinstance(expr, int):
        lines.append(f"answer {expr}")
    while (operation := first_operation(expr)) is not None:
        a, op, b = operation
        result = apply(op, a, b)
        if result is None:
            return [*lines, f"{a} {op} {b} no"]
        lines.append(f"{a} {op} {b} = {result}")
        after = reduced(expr, operation, result)
        expr = 0 if after is None else after
    lines[-1] += " ok" if expr == problem.answer else " no"
    return lines
