"""A problem as the row of a strop task."""

from __future__ import annotations

from typing import Any

from strop.lab.minipy.cases import Cases
from strop.lab.minipy.problem import Problem
from strop.lab.minipy.texts import example_line
from strop.sandbox.inside import wire

__all__ = ["task_row"]


def task_row(problem: Problem) -> dict[str, Any]:
    """The keys of a task file; values in wire form, so that the row is plain JSON."""
    return {
        "id": problem.id,
        "prompt": f"{problem.description}\n{_told(problem.visible)}",
        "entry": "f",
        "cases": _rows(problem.visible),
        "hidden": _rows(problem.hidden),
        "solution": problem.code,
    }


def _told(cases: Cases) -> str:
    return "\n".join(example_line(args, value) for args, value in cases)


def _rows(cases: Cases) -> list[dict[str, Any]]:
    return [{"input": wire.tree(list(args)), "expected": wire.tree(value)} for args, value in cases]
