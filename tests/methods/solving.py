"""Runs a strategy on a small task with scripted models and the real sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from strop.checks.case import Case
from strop.core.budget import Account, Budget
from strop.core.driver import Strategy, drive
from strop.core.errors import ModelError
from strop.core.ledger import Event, Ledger
from strop.core.model import Message, Model, Request
from strop.core.patch import Patch
from strop.core.run import Run
from strop.core.types import Candidate, Outcome
from strop.models.scripted import ScriptedModel
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool
from strop.tasks.repair import repair_by_cases
from strop.tasks.workbench import Loaded, Workbench

RIGHT = "def double(x):\n    return 2 * x\n"
SQUARE = "def double(x):\n    return x * x\n"
PLUS_TWO = "def double(x):\n    return x + 2\n"
CRASH = "def double(x):\n    raise ValueError(x)\n"
NOTHING = "def double(x):\n    return {}\n"
FILE = "m.py"
LIMITS = Limits(cpu_seconds=2, wall_seconds=4)

Line = str | ModelError
Script = Sequence[Line] | Callable[[Request, int], Line]


def fenced(code: str) -> str:
    return f"Here it is:\n```python\n{code}```\n"


def doubling(
    bench: Workbench, *, visible: Sequence[int] = (2,), hidden: Sequence[int] = ()
) -> Loaded:
    """The task `double(x)`: 2 as a visible case tells it from nothing but CRASH."""
    seen = [Case(str(x), [x], 2 * x) for x in visible]
    unseen = [Case(str(x), [x], 2 * x) for x in hidden]
    return bench.program_task(
        "double",
        "Write double(x), twice x.",
        "double",
        [bench.cases(seen, "double")],
        hidden=[bench.cases(unseen, "double")] if unseen else (),
        visible=seen,
    )


def repairing(source: str = NOTHING) -> Callable[[Workbench], Loaded]:
    """The file `source` with double(3) and double(5) as cases. No small change of NOTHING repairs
    it, so a search has to ask a model in the end."""

    def make(bench: Workbench) -> Loaded:
        cases = [Case(str(x), [x], 2 * x) for x in (3, 5)]
        return repair_by_cases(FILE, source, bench.cases(cases, "double"), bench)

    return make


def patched(candidate: Candidate, source: str = NOTHING) -> str:
    """The text that a repair task's candidate makes of the source."""
    return Patch.read(candidate.value).apply({FILE: source}).get(FILE, source)


def solve(
    strategy: Strategy,
    scripts: Mapping[str, Script],
    ledger: Path,
    *,
    budget: Budget | None = None,
    width: int = 1,
    visible: Sequence[int] = (2,),
    hidden: Sequence[int] = (),
    asked: list[tuple[str, str]] | None = None,
    make: Callable[[Workbench], Loaded] | None = None,
    readable: Sequence[str] = (),
    limits: Limits = LIMITS,
) -> tuple[Outcome, list[Event]]:
    """The outcome and the ledger's events; `asked` collects (role, prompt text) of every prompt,
    `readable` are folders that suites are copied from."""

    def render(model: Model, role: str, fields: Mapping[str, object]) -> tuple[Message, ...]:
        text = "\n".join(f"{key}={value}" for key, value in sorted(fields.items()))
        if asked is not None:
            asked.append((role, text))
        return (Message("user", f"{role}\n{text}"),)

    async def work() -> Outcome:
        async with Pool(workers=1, readable=readable) as pool:
            bench = Workbench(pool, limits)
            loaded = make(bench) if make else doubling(bench, visible=visible, hidden=hidden)
            run = Run(
                loaded.task,
                id="test-run",
                account=Account(budget or Budget()),
                ledger=book,
                models={role: (ScriptedModel(script),) for role, script in scripts.items()},
                render=render,
                width=width,
                executor=loaded.executor,
                ports=loaded.ports,
            )
            return await drive(strategy, loaded.task, run, loaded.hidden)

    book = Ledger(ledger)
    try:
        outcome = asyncio.run(work())
        return outcome, list(book.events("test-run"))
    finally:
        book.close()
