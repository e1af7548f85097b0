"""The first move: a fresh candidate from the task alone."""

from __future__ import annotations

from typing import Any

from strop.core.model import Reply
from strop.core.run import Run
from strop.core.types import Candidate, Cost, Task
from strop.moves.extract import extract_code

__all__ = ["candidate_of", "sample"]


async def sample(run: Run, task: Task, *, show_tests: bool = False, **sampling: Any) -> Candidate:
    """Ask the writer once. `show_tests` puts the visible tests into the prompt.

    `sampling` overrides temperature or max_tokens. Raises `ModelError`, `BudgetSpent`.
    """
    tests = task.meta.get("tests_text", "") if show_tests else ""
    reply = await run.ask(
        writer_role(task),
        **sampling,
        prompt=task.prompt,
        entry=task.meta.get("entry") or "",
        start=task.start or "",
        tests=tests,
    )
    return candidate_of(run, task, reply, origin="sample")


def candidate_of(
    run: Run, task: Task, reply: Reply, *, origin: str, parents: tuple[Candidate, ...] = ()
) -> Candidate:
    """Register what a reply proposes: the program in it, or the whole text for an answer task."""
    kind = task.meta.get("kind", "program")
    value = reply.text
    if kind == "program":
        value = extract_code(
            reply.text,
            language=task.meta.get("language", "python"),
            entry=task.meta.get("entry"),
            stub=task.meta.get("stub", ""),
        )
    return run.propose(
        value,
        kind=kind,
        parents=parents,
        origin=origin,
        cost=Cost(tokens_in=reply.tokens_in, tokens_out=reply.tokens_out),
    )


def writer_role(task: Task) -> str:
    """Programs are written by the `writer`, answers by the `solver`."""
    return "writer" if task.meta.get("kind", "program") == "program" else "solver"
