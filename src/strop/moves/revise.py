"""The second move: a better candidate from one that failed and what its checks said."""

from __future__ import annotations

from typing import Any

from strop.core.run import Run
from strop.core.types import Candidate, Task, Verdict
from strop.moves.feedback import feedback_text
from strop.moves.sample import candidate_of

__all__ = ["revise"]


async def revise(
    run: Run, task: Task, candidate: Candidate, verdict: Verdict, **sampling: Any
) -> Candidate:
    """Ask the reviser for a version without the failures. Raises `ModelError`, `BudgetSpent`."""
    reply = await run.ask(
        "reviser",
        **sampling,
        prompt=task.prompt,
        entry=task.meta.get("entry") or "",
        code=candidate.value,
        feedback=feedback_text(verdict.feedback),
    )
    return candidate_of(run, task, reply, origin="revise", parents=(candidate,))
