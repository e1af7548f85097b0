"""A scripted model, check and executor, and a bench to run them on. Standard library and core only,
so that subprocess scripts can import this file too."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strop.core.budget import Account, Budget
from strop.core.errors import ModelError
from strop.core.ledger import Event, Ledger
from strop.core.model import Message, Meter, Model, Price, Reply, Request
from strop.core.run import Run, Sampling
from strop.core.types import Candidate, Cost, Executor, Failure, Observation, Task, Verdict

Answer = Callable[[str, int], "str | ModelError"]


def render(model: Model, role: str, fields: Mapping[str, Any]) -> tuple[Message, ...]:
    return (Message("user", f"{role}: {json.dumps(fields, sort_keys=True)}"),)


def numbered(prompt: str, seed: int) -> str:
    """An answer that depends on nothing but prompt and seed."""
    return f"answer {random.Random(f'{prompt}|{seed}').randrange(10**6)}"


@dataclass
class ScriptedModel:
    """Answers by `answer(prompt, seed of the draw)`; every draw is `length` tokens long.

    The prompt's bound is `tokens_in`, its true count half of that. `gate` holds replies back until
    it is set; `log` is a file that gets one JSON line when a call leaves and one when it is
    answered, on disk before the call goes on. `crash_at`: kill this process by SIGKILL inside that
    call (counted from 0).
    """

    answer: Answer = numbered
    name: str = "scripted-1"
    length: int = 5
    tokens_in: int = 10
    price: Price | None = None
    gate: asyncio.Event | None = None
    delay: float = 0.0
    log: Path | None = None
    crash_at: int | None = None
    family: str = "small"
    batch: int = 1
    many: bool = True
    ports: frozenset[str] = frozenset({"seed"})
    requests: list[Request] = field(default_factory=list)
    cancelled: int = 0

    async def generate(self, request: Request, meter: Meter) -> Sequence[Reply | ModelError]:
        hold = meter.reserve(
            tokens_in=self.tokens_in, max_tokens=request.max_tokens, n=request.n, price=self.price
        )
        self.requests.append(request)
        self._write("sent", request, hold.n)
        if self.crash_at == len(self.requests) - 1:
            os.kill(os.getpid(), 9)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(self.delay))
        except asyncio.CancelledError:
            self.cancelled += 1
            hold.cancel()
            raise
        prompt = request.messages[0].content
        seeds = [(request.seed or 0) * 1000 + i for i in range(hold.n)]
        answers = [self.answer(prompt, seed) for seed in seeds]
        if all(isinstance(a, ModelError) for a in answers):
            error = next(a for a in answers if isinstance(a, ModelError))
            hold.fail(error, billed=False)
            return [a for a in answers if isinstance(a, ModelError)]
        out = min(self.length, hold.max_tokens)
        finish = "length" if out < self.length else "stop"
        counted = (self.tokens_in + 1) // 2
        results: list[Reply | ModelError] = []
        for text in answers:
            if isinstance(text, str):
                first = not any(isinstance(r, Reply) for r in results)
                results.append(Reply(text, finish, counted if first else 0, out))
            else:
                results.append(text)
        good = sum(isinstance(r, Reply) for r in results)
        hold.settle(counted, out * good)
        self._write("answered", request, hold.n)
        return results

    async def aclose(self) -> None:
        return None

    def _write(self, what: str, request: Request, n: int) -> None:
        if self.log is not None:
            row = {"what": what, "prompt": request.messages[0].content, "seed": request.seed}
            with self.log.open("a") as file:
                file.write(json.dumps({**row, "n": n}) + "\n")
                file.flush()
                os.fsync(file.fileno())


@dataclass
class ScriptedCheck:
    """Scores a candidate's value by a function; at 1.0 it passes. `held` is the bound it states on
    its executions, `used` what one call costs. Two checks of equal `key` are one to the ledger."""

    score: Callable[[str], float]
    key: str = "check-1"
    name: str = "scripted"
    held: int = 1
    used: int = 1
    seen: list[str] = field(default_factory=list)

    @property
    def executions(self) -> int:
        return self.held

    async def __call__(self, candidate: Candidate) -> Verdict:
        self.seen.append(candidate.value)
        score = self.score(candidate.value)
        passed = score >= 1.0
        status = "passed" if passed else "failed"
        return Verdict(
            score,
            passed,
            () if passed else (Failure("case 1", "failed", got=candidate.value),),
            status,
            {"cases": [{"status": status}]},
            Cost(executions=self.used),
        )


@dataclass
class ScriptedExecutor:
    """Says of every input its length as text."""

    key: str = "executor-1"
    calls: int = 0

    async def __call__(self, source: str, inputs: Sequence[Any]) -> tuple[Observation, ...]:
        self.calls += 1
        return tuple(Observation("passed", str(len(item))) for item in inputs)

    def executions(self, inputs: Sequence[Any]) -> int:
        return 1


class Clock:
    """Time that moves only when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bench:
    """One ledger file, and runs on it."""

    path: Path

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.path)

    def run(
        self,
        *models: Model,
        budget: Budget | None = None,
        checks: Sequence[ScriptedCheck] = (),
        id: str = "run-1",
        seed: int = 0,
        width: int = 1,
        max_tokens: int = 20,
        executor: Executor | None = None,
        meta: Mapping[str, Any] | None = None,
        observer: Callable[[str, Mapping[str, Any]], None] | None = None,
        account: Account | None = None,
    ) -> Run:
        return Run(
            Task("task-1", "add one", checks=tuple(checks), meta=meta or {}),
            id=id,
            account=account or Account(budget or Budget()),
            ledger=self.ledger,
            models={"": models} if models else {},
            render=render,
            seed=seed,
            width=width,
            sampling=Sampling(max_tokens=max_tokens),
            executor=executor,
            observer=observer,
        )

    def events(self, run: str = "run-1", kind: str | None = None) -> list[Event]:
        return [e for e in self.ledger.events(run) if kind is None or e.kind == kind]

    def kinds(self, run: str = "run-1") -> list[str]:
        return [event.kind for event in self.events(run)]


@dataclass(frozen=True)
class BestOf:
    """Draws `n` programs, checks each, returns at the first that passes."""

    n: int = 8

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        async def draw(index: int) -> str:
            return (await run.ask("coder", task=task.prompt)).text

        async with run.stream(self.n, draw) as texts:
            async for text in texts:
                candidate = run.propose(text, origin="draw")
                verdict = await run.check(candidate)
                run.offer(candidate, verdict)
                if verdict.passed:
                    return candidate
        return run.best


async def draws(run: Run, n: int, role: str = "coder", **fields: Any) -> list[str]:
    """The texts of `n` draws of one prompt through a stream, in the order they came."""

    async def draw(index: int) -> str:
        return (await run.ask(role, **fields)).text

    async with run.stream(n, draw) as texts:
        return [text async for text in texts]


async def in_flight(run: Run, calls: int = 1) -> None:
    """Return once so many calls are under way."""
    while run.account.held.calls < calls:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


async def closing(run: Run, work: Awaitable[Any]) -> Any:
    """Await the work, then close the run whatever came of it."""
    try:
        return await work
    finally:
        await run.aclose()
