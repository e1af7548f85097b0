"""Running candidates on inputs whose right outputs nobody knows; behaviour as a vote."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from strop.core.errors import BudgetSpent, ModelError
from strop.core.run import Run
from strop.core.types import Candidate, Observation, Task
from strop.moves.extract import extract_json, inputs_of_tests

__all__ = ["behaviour", "enough_inputs", "invent_inputs", "observe"]


async def observe(run: Run, candidate: Candidate, inputs: Sequence[Any]) -> tuple[Observation, ...]:
    """What the candidate does on each input. Raises `BudgetSpent`, `MissingPort`."""
    return await run.port("execute")(candidate, inputs)


def behaviour(outputs: Sequence[Observation]) -> Hashable | None:
    """A vote: equal for candidates that did the same everywhere; None where none returned."""
    if not any(output.status == "passed" for output in outputs):
        return None
    return tuple((output.status, output.value) for output in outputs)


async def enough_inputs(run: Run, task: Task, least: int) -> list[Any]:
    """The task's own inputs, filled up to `least` by the tester. Where the tester fails or is not
    affordable, the task's own have to do; where there are none, its error is raised."""
    inputs = list(task.meta.get("inputs", ()))
    if len(inputs) >= least:
        return inputs
    try:
        invented = await invent_inputs(run, task)
    except (ModelError, BudgetSpent):
        if not inputs:
            raise
        return inputs
    return inputs + invented[: least - len(inputs)]


async def invent_inputs(run: Run, task: Task, role: str = "tester", **fields: Any) -> list[Any]:
    """Inputs that a model makes up: a JSON list of argument lists (or of texts for a program on
    standard input), or those of tests that it writes, as in `f(1, 2) == 3`. What is not of that
    form is left out. Raises `ModelError`, `BudgetSpent`."""
    entry = task.meta.get("entry") or ""
    examples = task.meta.get("inputs", ())
    reply = await run.ask(role, prompt=task.prompt, entry=entry, examples=list(examples), **fields)
    found = inputs_of_tests(reply.text, entry) or extract_json(reply.text)
    if not isinstance(found, list):
        return []
    arity = {len(args) for args in examples if isinstance(args, list)}
    wanted: list[Any] = []
    for item in found:
        if not entry:
            fits = isinstance(item, str)
        else:
            fits = isinstance(item, list) and (not arity or len(item) in arity)
        if fits and item not in wanted and item not in examples:
            wanted.append(item)
    return wanted
