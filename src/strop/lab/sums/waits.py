"""`wait`: a second look at a step, in training traces and when thinking is made longer."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from strop.lab.sums.expression import apply
from strop.lab.sums.finish import finish
from strop.lab.sums.problem import Problem
from strop.lab.sums.slips import relined, slipped
from strop.lab.sums.steps import Step, read_step, split_steps
from strop.lab.sums.walks import ArithWalk, CountWalk, walk
from strop.lab.sums.working import written

__all__ = ["WAIT_LIMIT", "Waiting", "forced_on", "recheck", "with_waits"]

WAIT_LIMIT = 380
"""Characters of a solution with waits at most."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A right solution with waits. `wrong` are the spans (start, end) of lines that are wrong
    on purpose: a trainer leaves them out of the loss."""

    text: str
    wrong: tuple[tuple[int, int], ...]


def forced_on(text: str) -> str:
    """The text up to its answer, then `wait`: where a model that was about to answer is made to
    look again. The n-th wait in a row is a look at the n-th last step."""
    kept = []
    for step in split_steps(text):
        if read_step(step).kind == "answer":
            break
        kept.append(step if step.endswith("\n") else step + "\n")
    return "".join(kept) + "wait\n"


def recheck(step: Step) -> str:
    """The step worked out again: `check 57 - 8 = 49 no`, where the step said 48."""
    assert step.operation is not None
    a, op, b = step.operation
    result = apply(op, a, b)
    line = f"{a} {op} {b} = {step.result}" if result is None else written(a, op, b)
    return f"check {line} {'ok' if step.exact else 'no'}\n"


def with_waits(problem: Problem, rng: Random, slip: float = 0.5) -> Waiting:
    """The problem's solution with one to three waits, in the middle or before the answer. With
    probability `slip` a step is wrong first, found by a wait and written again."""
    lines = list(split_steps(problem.solution))
    for _ in range(8):
        made = _waited(problem, rng, lines, rng.random() < slip)
        if made is not None and len(made.text) <= WAIT_LIMIT:
            return made
    return Waiting(problem.solution, ())


def _waited(problem: Problem, rng: Random, lines: list[str], wrong: bool) -> Waiting | None:
    early = rng.random() < 0.5
    at = _place(rng, lines, early, wrong)
    if at is None:
        return None
    step = read_step(lines[at])
    written_line = lines[at]
    if wrong and not early and problem.kind == "count":
        written_line = relined(lines[at], step, problem.answer)
    elif wrong:
        written_line = slipped(lines[at], rng)
    if wrong and read_step(written_line).exact:
        return None
    kept = [*lines[:at], written_line]
    reader = walk(problem)
    for line in kept:
        reader.read(line)
    if wrong and not early and isinstance(reader, ArithWalk):
        for line in split_steps(finish(reader))[:-1]:
            reader.read(line)
            kept.append(line)
    if sum(frame.step is not None and not frame.step.exact for frame in reader.frames) > wrong:
        return None
    if not _look_back(reader, kept, 3 if wrong else rng.randint(1, 3), wrong):
        return None
    if isinstance(reader, ArithWalk) and not reader.hopeful():
        return None
    start = sum(map(len, lines[:at]))
    spans = ((start, start + len(written_line)),) if wrong else ()
    return Waiting("".join(kept + lines[at + (not wrong) :]), spans)


def _place(rng: Random, lines: list[str], early: bool, wrong: bool) -> int | None:
    """Which line is looked at first: any, or one near the answer; a late slip in a countdown
    is a dead end taken for the target."""
    places = [i for i, line in enumerate(lines) if read_step(line).operation]
    if not early and wrong:
        dead = [i for i in places if lines[i + 1] == "no\n"]
        places = dead if lines[0].startswith("try ") else places[-3:]
    elif not early:
        places = places[-1:]
    return rng.choice(places) if places else None


def _look_back(
    reader: ArithWalk | CountWalk, kept: list[str], looks: int, until_wrong: bool
) -> bool:
    """Writes up to `looks` waits, each for the latest step not yet looked at; ends at a wrong
    step, which the check takes away. False where a wrong one was to be found and was not."""
    steps = [frame.step for frame in reader.frames[1:] if frame.step]
    for step in reversed(steps[-looks:]):
        for line in ("wait\n", recheck(step)):
            reader.read(line)
            kept.append(line)
        if not step.exact:
            return True
    return not until_wrong
