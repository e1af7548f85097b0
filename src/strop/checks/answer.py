"""Text answers: find the final answer in a reply and compare it as a number or an expression."""

from __future__ import annotations

import re
from fractions import Fraction

from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Failure, Verdict
from strop.sandbox.jobs import CallJob, Limits
from strop.sandbox.pool import Pool

__all__ = ["AnswerCheck", "canonical_answer", "extract_answer", "same_number"]

_BOXED = re.compile(r"\\boxed\s*\{")
_MARKED = re.compile(
    r"(?:####|\bfinal answer\b\s*(?:is|:)?|\banswer\b\s*(?:is|:|=))\s*:?\s*(?P<answer>[^\n]+)", re.I
)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?|-?\.\d+%?")
_SYMBOLIC = """
from math_verify import parse, verify

def _parsed(text):
    if "\\\\" in text or "^" in text or any(c.isalpha() for c in text):
        text = "$" + text.strip("$") + "$"
    return parse(text, parsing_timeout=None)

def same(expected, got):
    return bool(verify(_parsed(expected), _parsed(got), timeout_seconds=None))
"""


def extract_answer(text: str) -> str | None:
    """The final answer in a reply: the last `\\boxed{..}`, else what follows the last `####` or
    `answer is`, else the last number, else the last line. None for an empty reply."""
    boxed = [text[m.end() : _closing(text, m.end())] for m in _BOXED.finditer(text)]
    if boxed:
        return boxed[-1].strip()
    marked = [m["answer"] for m in _MARKED.finditer(text)]
    if marked:
        return marked[-1].strip().rstrip(".").strip("*` ") or None
    numbers = _NUMBER.findall(text)
    if numbers:
        return numbers[-1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else None


def same_number(a: str, b: str) -> bool | None:
    """Whether two answers are the same number exactly; None where one of them is no number."""
    x, y = _number(a), _number(b)
    return None if x is None or y is None else x == y


def canonical_answer(text: str) -> str | None:
    """A form that equal answers share, for voting: the number as a fraction, else folded text."""
    answer = extract_answer(text)
    if answer is None:
        return None
    number = _number(answer)
    return str(number) if number is not None else _folded(answer)


class AnswerCheck:
    """The final answer of a text against the expected one: as numbers, as text, then as
    mathematical expressions (extra `math`: math-verify, run in the sandbox)."""

    name = "answer"

    def __init__(self, expected: str, pool: Pool, limits: Limits) -> None:
        self.expected = expected
        self.pool = pool
        self.limits = limits
        self.key = digest("answer", expected)

    @property
    def executions(self) -> int:
        """One, where the answers have to be compared as expressions."""
        return 1

    async def __call__(self, candidate: Candidate) -> Verdict:
        got = extract_answer(candidate.value)
        used, note, right = 0, "", False
        if got is not None:
            numeric = same_number(got, self.expected)
            right = _folded(got) == _folded(self.expected) if numeric is None else numeric
            if not right and numeric is None:
                used = 1
                right, note = await self._symbolic(got)
        row = {
            "name": "answer",
            "status": "passed" if right else "failed",
            "input": None,
            "expected": self.expected,
            "got": got,
            "message": note,
            "cpu_seconds": 0.0,
        }
        failure = Failure("answer", "failed", None, self.expected, got, note)
        return Verdict(
            score=float(right),
            passed=right,
            status="passed" if right else "failed",
            feedback=() if right else (failure,),
            detail={"cases": [row]},
            cost=Cost(executions=used),
        )

    async def _symbolic(self, got: str) -> tuple[bool, str]:
        execution = await self.pool.run(
            CallJob(_SYMBOLIC, "same", [[self.expected, got]], self.limits)
        )
        output = execution.outputs[0]
        if "math_verify" in output.message or "math_verify" in execution.message:
            return False, "compared as text only; pip install 'strop[math]' compares expressions"
        return output.status == "passed" and output.value is True, output.message


def _number(text: str) -> Fraction | None:
    cleaned = text.strip().strip("$").replace(",", "").replace("\\%", "%").strip()
    percent = cleaned.endswith("%")
    match = re.fullmatch(r"([-+]?\d*\.?\d+(?:[eE][-+]?\d{1,3})?)(?:/(\d+))?", cleaned.rstrip("% "))
    if match is None or (match[2] is not None and int(match[2]) == 0):
        return None
    value = Fraction(match[1]) / (int(match[2]) if match[2] else 1)
    return value / 100 if percent else value


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", text.strip().strip("$").rstrip(".")).casefold()


def _closing(text: str, start: int) -> int:
    depth = 1
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return len(text)
