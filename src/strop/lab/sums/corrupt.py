"""Wrong solutions with the errors that small models make, each with the step it is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

from strop.lab.sums.check import check_solution
from strop.lab.sums.finish import finish
from strop.lab.sums.problem import Problem
from strop.lab.sums.reach import reachable
from strop.lab.sums.slips import carry_slip, digit_slip, operand_slip, operator_slip, relined
from strop.lab.sums.steps import Step, read_step, split_steps
from strop.lab.sums.walks import CountWalk, walk

__all__ = ["Fault", "Wrong", "wrong_solutions"]

Fault = Literal["digit", "carry", "operator", "operand", "twice", "wishful", "early", "answer"]
_FAULTS: tuple[Fault, ...] = get_args(Fault)
"""`twice`: a used number stays among those left. `wishful`: a dead end is taken for the target.
`early`: answers with the last result before the end. `answer`: the answer is miscopied."""
_LINE_SLIPS: dict[str, Callable[[str, Step, Random], str]] = {
    "digit": digit_slip,
    "carry": carry_slip,
    "operator": operator_slip,
    "operand": operand_slip,
}
_LIMIT = 380
_PATIENCE = 6
_DRAWS = 8


@dataclass(frozen=True, slots=True)
class Wrong:
    """A solution whose answer is wrong; `step` is the index of its first wrong step."""

    text: str
    fault: Fault
    step: int


def wrong_solutions(problem: Problem, rng: Random, n: int) -> list[Wrong]:
    """`n` different wrong solutions, or as many as are found in a bounded number of draws."""
    found: dict[str, Wrong] = {}
    for _ in range(_PATIENCE * n):
        if len(found) == n:
            break
        fault = rng.choice(_FAULTS)
        draws = (_wrong(problem, rng, fault) for _ in range(_DRAWS))
        wrong = next((w for w in draws if w is not None and w.text not in found), None)
        if wrong is not None:
            found[wrong.text] = wrong
    return list(found.values())


def _wrong(problem: Problem, rng: Random, fault: Fault) -> Wrong | None:
    lines = list(split_steps(problem.solution))
    places = [i for i, line in enumerate(lines) if read_step(line).operation]
    at = rng.choice(places)
    if fault in _LINE_SLIPS:
        bad = _LINE_SLIPS[fault](lines[at], read_step(lines[at]), rng)
        text = _carried_on(problem, [*lines[:at], bad])
    elif fault in ("twice", "wishful"):
        if problem.kind == "arith":
            return None
        bad = (
            _kept_number(lines[at], rng)
            if fault == "twice"
            else relined(lines[at], read_step(lines[at]), problem.answer)
        )
        text = _carried_on(problem, [*lines[:at], bad])
    elif fault == "early":
        at = rng.choice([i for i in range(1, len(lines)) if i - 1 in places])
        text = "".join(lines[:at]) + f"answer {read_step(lines[at - 1]).result}\n"
    else:
        at = len(lines) - 1
        text = "".join(lines[:-1]) + _misread(problem, lines, rng)
    if not 0 < len(text) <= _LIMIT:
        return None
    checked = check_solution(problem, text)
    if checked.right or checked.first_wrong != at:
        return None
    return Wrong(text, fault, at)


def _carried_on(problem: Problem, lines: list[str]) -> str:
    """The lines, and the rest as it follows from what they claim; empty for a countdown in
    which the target does not follow, since going back would mend it."""
    reader = walk(problem)
    for line in lines:
        reader.read(line)
    if isinstance(reader, CountWalk) and not reachable(reader.left, reader.target):
        return ""
    return "".join(lines) + finish(reader)


def _kept_number(line: str, rng: Random) -> str:
    """A try after which an operand is still there."""
    step = read_step(line)
    assert step.operation is not None
    again = rng.choice((step.operation[0], step.operation[2]))
    left = (again, *(step.left or ()))
    return f"{line.partition(' left')[0]} left {' '.join(map(str, left))}\n"


def _misread(problem: Problem, lines: list[str], rng: Random) -> str:
    """An answer line with a digit copied wrongly, or another operator in the expression."""
    line = lines[-1]
    spots = [i for i in range(7, len(line)) if line[i].isdigit()]
    signs = [i for i in range(7, len(line)) if line[i] in "+*" or line[i - 1 : i + 2] == " - "]
    swap = problem.kind == "count" and signs and rng.random() < 0.5
    at = rng.choice(signs if swap else spots)
    pool = "+-*" if swap else "123456789"
    other = rng.choice([c for c in pool if c != line[at]])
    return line[:at] + other + line[at + 1 :]
