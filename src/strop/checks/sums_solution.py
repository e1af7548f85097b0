"""Solutions of the lab's sums: the answer checked exactly, and the first step that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from strop.checks.answer import canonical_answer, extract_answer
from strop.core.ledger import digest
from strop.core.types import Candidate, Critique, Failure, Observation, Verdict

if TYPE_CHECKING:
    from strop.lab.sums.problem import Problem

__all__ = ["SumsCheck", "SumsReader"]


class SumsCheck:
    """Passes a text whose answer is right: the value of the expression, or an expression that
    makes the target from the given numbers. Solutions in the lab's steps are told their first
    wrong step; from other texts only the final answer is read."""

    name = "answer"
    executions = 0

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.key = digest("sums", problem.id, problem.canonical)

    async def __call__(self, candidate: Candidate) -> Verdict:
        from strop.lab.sums.check import check_solution

        checked = check_solution(self.problem, _in_steps(candidate.value))
        right, wrong = checked.right, checked.first_wrong
        expected = str(self.problem.answer)
        row = {
            "name": "answer",
            "status": "passed" if right else "failed",
            "input": None,
            "expected": expected,
            "got": checked.answer,
            "message": "" if right or wrong is None else f"step {wrong + 1} is wrong",
            "cpu_seconds": 0.0,
        }
        feedback: list[Failure | Critique] = []
        if not right:
            feedback.append(Failure("answer", "failed", None, expected, checked.answer, ""))
            if wrong is not None:
                feedback.append(Critique(f"wrong: {checked.steps[wrong].text.strip()}", "answer"))
        return Verdict(
            score=float(right),
            passed=right,
            status="passed" if right else "failed",
            feedback=tuple(feedback),
            detail={"cases": [row]},
        )


class SumsReader:
    """The one observation of a solution is its answer, so that equal answers can vote."""

    key = "sums-answer"

    def executions(self, inputs: Sequence[Any]) -> int:
        """None: reading needs no process."""
        return 0

    async def __call__(self, source: str, inputs: Sequence[Any]) -> tuple[Observation, ...]:
        from strop.lab.sums.replies import final_answer

        answer = final_answer(source) or canonical_answer(source)
        if answer is None:
            return (Observation("error", None, "no answer in the reply"),)
        return (Observation("passed", answer),)


def _in_steps(text: str) -> str:
    from strop.lab.sums.replies import final_answer

    return text if final_answer(text) is not None else f"answer {extract_answer(text) or ''}\n"
