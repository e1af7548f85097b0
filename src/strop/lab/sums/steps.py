"""A solution's text as steps: split it, and read one line whoever wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from strop.lab.sums.expression import apply

__all__ = ["Operation", "Step", "StepKind", "read_step", "split_steps"]

StepKind = Literal["step", "try", "no", "back", "wait", "check", "answer", "unreadable"]
Operation = tuple[int, str, int]

_INT = "-?[0-9]{1,9}"
_EQUATION = re.compile(
    rf"(?:(?P<head>try|check) )?(?P<a>{_INT}) ?(?P<op>//|[-+*/]) ?(?P<b>{_INT})"
    r" ?(?P<chain>=[-+= 0-9]*?)(?: left(?P<left>[- 0-9]*))?(?: (?P<claim>ok|no))?"
)
_SUM = re.compile(rf"{_INT}(?: [-+] {_INT})*")
_NUMBERS = re.compile(rf"{_INT}(?: {_INT})*")


@dataclass(frozen=True, slots=True)
class Step:
    """One line as read. `result` is the number that the last `=` claims, `exact` whether every
    link of the line is right; `left` the numbers named, None where none are; `claim` the
    `ok` or `no` of a check; `answer` what follows `answer`."""

    kind: StepKind
    operation: Operation | None = None
    result: int = 0
    exact: bool = False
    left: tuple[int, ...] | None = None
    claim: str = ""
    answer: str = ""


def split_steps(text: str) -> tuple[str, ...]:
    """The steps, each with its newline: joined they are the text again. Blank lines belong to
    the step before them."""
    steps: list[str] = []
    for line in text.split("\n"):
        if steps and (not line.strip() or not steps[-1].strip()):
            steps[-1] += line + "\n"
        else:
            steps.append(line + "\n")
    steps[-1] = steps[-1][:-1]
    return tuple(step for step in steps if step)


def read_step(text: str) -> Step:
    """What a line says; `unreadable` for anything that is no form of step."""
    line = " ".join(text.split())
    if line in ("no", "wait"):
        return Step("no" if line == "no" else "wait")
    if line.startswith("answer"):
        return Step("answer", answer=line[6:].strip())
    if line == "back":
        return Step("back")
    if line.startswith("back "):
        left = _numbers(line[5:])
        return Step("unreadable") if left is None else Step("back", left=left)
    found = _EQUATION.fullmatch(line)
    return Step("unreadable") if found is None else _equation(found)


def _equation(found: re.Match[str]) -> Step:
    a, op, b = int(found["a"]), found["op"][0], int(found["b"])
    links = [_sum(link.strip()) for link in found["chain"][1:].split("=")]
    result = links[-1]
    plain = re.fullmatch(_INT, found["chain"].rpartition("=")[2].strip())
    left = None if found["left"] is None else _numbers(found["left"].strip())
    kind: StepKind = found["head"] or "step"  # pyright: ignore[reportAssignmentType]
    if result is None or not plain or (found["left"] is not None and left is None):
        return Step("unreadable")
    if bool(found["claim"]) != (kind == "check") or (left is not None and kind != "try"):
        return Step("unreadable")
    exact = set(links) == {apply(op, a, b)}
    return Step(kind, (a, op, b), result, exact, left, found["claim"] or "")


def _sum(text: str) -> int | None:
    if not _SUM.fullmatch(text):
        return None
    words = text.split(" ")
    total = int(words[0])
    for sign, word in zip(words[1::2], words[2::2], strict=True):
        total += int(word) if sign == "+" else -int(word)
    return total


def _numbers(text: str) -> tuple[int, ...] | None:
    return tuple(map(int, text.split(" "))) if _NUMBERS.fullmatch(text) else None
