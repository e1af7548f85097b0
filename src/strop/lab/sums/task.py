"""A problem as a row that a task file can hold."""

from __future__ import annotations

from typing import Any

from strop.lab.sums.problem import Problem

__all__ = ["task_row"]


def task_row(problem: Problem) -> dict[str, Any]:
    """The keys `id`, `prompt`, `answer`, `solution`. A countdown's answer is one right expression
    of many: `check_solution` decides, the row alone cannot."""
    answer = str(problem.answer)
    if problem.kind == "count":
        answer = problem.solution.rpartition("answer ")[2].strip()
    return {
        "id": problem.id,
        "prompt": problem.question,
        "answer": answer,
        "solution": problem.solution,
    }
