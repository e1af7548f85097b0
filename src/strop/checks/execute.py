"""The port `execute`: what a program does where nobody knows the right output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from strop.checks.answer import canonical_answer
from strop.core.ledger import digest
from strop.core.types import Observation
from strop.sandbox.inside import wire
from strop.sandbox.jobs import CallJob, Limits, ProgramJob
from strop.sandbox.pool import Pool

__all__ = ["AnswerReader", "ProgramExecutor", "canonical_text"]


class ProgramExecutor:
    """Runs a function, or a program on standard input, on inputs in wire form."""

    def __init__(self, entry: str | None, pool: Pool, limits: Limits) -> None:
        self.entry = entry
        self.pool = pool
        self.limits = limits
        self.key = digest("execute", entry, asdict(limits), pool.python)

    def executions(self, inputs: Sequence[Any]) -> int:
        """One process for a function, one an input for a program."""
        return 1 if self.entry else len(inputs)

    async def __call__(self, source: str, inputs: Sequence[Any]) -> tuple[Observation, ...]:
        if not inputs:
            return ()
        if self.entry is None:
            runs = [
                await self.pool.run(ProgramJob(source, str(text), self.limits)) for text in inputs
            ]
            return tuple(
                Observation(
                    r.status,
                    r.stdout.rstrip() if r.status == "passed" else None,
                    r.message,
                    r.total_cpu,
                )
                for r in runs
            )
        arguments = [wire.decode(json.dumps(args), live=True) for args in inputs]
        execution = await self.pool.run(CallJob(source, self.entry, arguments, self.limits))
        each = execution.total_cpu / len(execution.outputs) if execution.outputs else 0.0
        return tuple(
            Observation(
                output.status,
                canonical_text(output.value) if output.status == "passed" else None,
                output.exception or output.message,
                each,
            )
            for output in execution.outputs
        )


class AnswerReader:
    """For text answers: the one observation is the final answer, in a form that equals share."""

    key = "answer"

    def executions(self, inputs: Sequence[Any]) -> int:
        """None: reading needs no process."""
        return 0

    async def __call__(self, source: str, inputs: Sequence[Any]) -> tuple[Observation, ...]:
        answer = canonical_answer(source)
        if answer is None:
            return (Observation("error", None, "no answer in the reply"),)
        return (Observation("passed", answer),)


def canonical_text(value: Any) -> str:
    """One JSON text for values that are equal as data: sets and dict keys in a fixed order."""
    return json.dumps(_sorted(wire.tree(value)), sort_keys=True, separators=(",", ":"))


def _sorted(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_sorted(item) for item in tree]
    if isinstance(tree, dict):
        made = {key: _sorted(value) for key, value in tree.items()}
        for tag in ("$set", "$frozenset", "$dict"):
            if tag in made:
                made[tag] = sorted(made[tag], key=lambda item: json.dumps(item, sort_keys=True))
        return made
    return tree
