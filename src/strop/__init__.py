"""strop: test-time compute, guided by tests: `strop.solve`, `strop.fix`, `strop.judge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from strop.api import fix, fix_async, judge, judge_async, solve, solve_async
    from strop.core.budget import Budget
    from strop.core.types import Candidate, Cost, Outcome, Task, Verdict

__version__ = "0.1.0"
__all__ = [
    "Budget",
    "Candidate",
    "Cost",
    "Outcome",
    "Task",
    "Verdict",
    "fix",
    "fix_async",
    "judge",
    "judge_async",
    "solve",
    "solve_async",
]

_HOMES = {
    "fix": "strop.api",
    "fix_async": "strop.api",
    "judge": "strop.api",
    "judge_async": "strop.api",
    "solve": "strop.api",
    "solve_async": "strop.api",
    "Budget": "strop.core.budget",
    "Candidate": "strop.core.types",
    "Cost": "strop.core.types",
    "Outcome": "strop.core.types",
    "Task": "strop.core.types",
    "Verdict": "strop.core.types",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'strop' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
