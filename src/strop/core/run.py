"""The run: the one door through which a method proposes, asks, checks, and so spends.

It reserves budget before anything leaves, writes every event to the ledger, answers from the
ledger what was paid for before, and keeps the best candidate so far.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from strop.core.budget import Account, Reservation
from strop.core.errors import BudgetSpent, LedgerUnusable, MissingPort, ModelError
from strop.core.ledger import Ledger, digest
from strop.core.meter import CallMeter
from strop.core.model import Message, Model, Reply, Request
from strop.core.records import (
    candidate_record,
    cost_of,
    observation_of,
    observation_record,
    reply_of,
    reply_record,
    verdict_of,
    verdict_record,
)
from strop.core.stream import Stream
from strop.core.types import (
    Candidate,
    Check,
    Cost,
    Executor,
    Feedback,
    Observation,
    Task,
    Verdict,
)

__all__ = ["Offer", "Render", "Run", "Sampling", "together"]

T = TypeVar("T")
Render = Callable[[Model, str, Mapping[str, Any]], tuple[Message, ...]]
Observer = Callable[[str, Mapping[str, Any]], None]

_TURNS = 8

_holding = ContextVar("inside a check, whose own hold ends no sooner", default=False)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How completions are drawn where a method does not say otherwise."""

    temperature: float = 0.8
    top_p: float = 1.0
    max_tokens: int = 512


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate put forward as the answer, with what is known of it."""

    candidate: Candidate
    verdict: Verdict | None = None
    agreement: float | None = None

    def rank(self) -> tuple[bool, float, float]:
        """Order of offers: passed, then score, then agreement; an unchecked one is last."""
        verdict, agreement = self.verdict, self.agreement or 0.0
        return (verdict.passed, verdict.score, agreement) if verdict else (False, -1.0, agreement)


class Run:
    """One search on one task. See the verbs; everything else belongs to the driver.

    `models` maps a role to its models (several: draws take turns); role "" is the default.
    At width 1 the same seed gives the same ledger apart from times.
    """

    def __init__(
        self,
        task: Task,
        *,
        id: str,
        account: Account,
        ledger: Ledger,
        models: Mapping[str, Sequence[Model]],
        render: Render,
        seed: int = 0,
        width: int = 1,
        sampling: Sampling = Sampling(),
        executor: Executor | None = None,
        ports: Mapping[str, Any] | None = None,
        observer: Observer | None = None,
        salt: str = "",
        role: str = "",
        parent: Run | None = None,
    ) -> None:
        self.task = task
        self.id = id
        self.account = account
        self.failed_draws = 0
        self.last_error: ModelError | None = None
        self.replayed = Cost()
        self.exhausted: BudgetSpent | None = None
        self.proposed = 0
        self.width = width
        self.offers: list[Offer] = []
        self._ledger = ledger
        self._models = models
        self._render = render
        self._seed = seed
        self._sampling = sampling
        self._executor = executor
        self._ports = ports or {}
        self._observer = observer
        self._salt = salt
        self._role = role
        self._parent = parent
        self._draws = parent._draws if parent else Counter[str]()
        self._prompts = parent._prompts if parent else set[str]()
        self._rows = parent._rows if parent else list[tuple[str, dict[str, Any], str | None]]()
        self._charged = parent._charged if parent else set[str]()
        self._locks = parent._locks if parent else WeakValueDictionary[str, asyncio.Lock]()
        self._draws[f"run:{role}"] += 1
        self.rng = random.Random(digest(seed, role, self._draws[f"run:{role}"]))
        self._children: list[Run] = []
        self._slots = asyncio.Semaphore(width)
        self._meter = CallMeter(account, self._record)
        self._batches: dict[str, _Batch] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._arrived: list[tuple[_Waiter, Reply | Exception]] = []

    # -- the verbs -------------------------------------------------------------------------------

    async def ask(
        self,
        role: str,
        /,
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stop: Sequence[str] = (),
        logprobs: int | None = None,
        grammar: str | None = None,
        **fields: Any,
    ) -> Reply:
        """One reply of the model that plays `role`, to the prompt that it makes of the fields.

        Asking the same again is the next independent draw. Equal prompts asked at the same moment
        travel as one call. Raises `ModelError`, `BudgetSpent`.
        """
        models = self._models.get(role) or self._models.get("")
        if not models:
            raise MissingPort(
                f"no model plays the role {role!r}: --model none has search operators only. "
                "Set --model, or choose a method that needs no model (strop methods)."
            )
        model = models[0]
        if len(models) > 1:
            model = models[self._draws[f"turn:{role}"] % len(models)]
            self._draws[f"turn:{role}"] += 1
        defaults = self._sampling
        request = Request(
            messages=self._render(model, role, fields),
            temperature=defaults.temperature if temperature is None else temperature,
            top_p=defaults.top_p,
            max_tokens=defaults.max_tokens if max_tokens is None else max_tokens,
            stop=tuple(stop),
            seed=self._seed,
            logprobs=logprobs,
            grammar=grammar,
        )
        key = self._request_key(model, request)
        draw = self._draws[key]
        self._draws[key] += 1
        draw_key = digest(key, draw)
        known = self._ledger.find(draw_key) or self._ledger.find(self._cut_key(draw_key))
        if known is not None:
            await self._replay(cost_of(known["cost"]), "reply", draw_key)
            return reply_of(known)
        await self._replays_first()
        async with self._slots:
            self._remember_prompt(key, model, role, request)
            return await self._join(key, model, request, draw, draw_key)

    def propose(
        self,
        value: str,
        *,
        kind: str = "program",
        parents: Sequence[Candidate] = (),
        origin: str = "",
        partial: bool = False,
        cost: Cost = Cost(),
    ) -> Candidate:
        """Register an attempt. A whole one of the task's kind becomes the fallback answer."""
        line = self._line()
        for run in line:
            run.proposed += 1
        candidate = Candidate(
            id=f"{self._role}c{line[-1].proposed}",
            kind=kind,
            value=value,
            parents=tuple(parent.id for parent in parents),
            origin=origin,
            partial=partial,
            cost=cost,
        )
        self._record("candidate", candidate_record(candidate))
        if not partial and kind == self.task.meta.get("kind", "program"):
            self.offer(candidate)
        return candidate

    async def check(self, candidate: Candidate, against: Sequence[Check] | None = None) -> Verdict:
        """Hold a candidate against the task's checks, or those given. Raises `BudgetSpent`."""
        checks = self.task.checks if against is None else against
        return together([await self._check_one(check, candidate) for check in checks])

    async def matrix(
        self, programs: Sequence[Candidate], tests: Sequence[Check]
    ) -> list[list[Verdict]]:
        """Verdicts of every program (rows) on every test (columns), each cell paid for alone; the
        programs are checked at the same time. Raises `BudgetSpent` once no more can be paid."""

        async def row(program: Candidate) -> list[Verdict]:
            return [await self._check_one(test, program) for test in tests]

        rows = [asyncio.ensure_future(row(program)) for program in programs]
        try:
            return list(await asyncio.gather(*rows))
        finally:
            for pending in rows:
                pending.cancel()
            await asyncio.gather(*rows, return_exceptions=True)

    def stream(self, n: int, draw: Callable[[int], Awaitable[T]]) -> Stream[T]:
        """`draw(0) ... draw(n - 1)` at the run's width, as they come; see `Stream`."""
        return Stream(n, draw, self.width, self._draw_failed)

    def offer(
        self,
        candidate: Candidate,
        verdict: Verdict | None = None,
        agreement: float | None = None,
    ) -> None:
        """Put a candidate forward; the best two are kept. What an earlier offer of it said stays
        where this one says nothing. Raises `ValueError` for a partial one."""
        if candidate.partial:
            raise ValueError(f"candidate {candidate.id} is partial and cannot be the answer")
        others = [o for o in self.offers if o.candidate.id != candidate.id]
        for known in self.offers:
            if known not in others:
                verdict = known.verdict if verdict is None else verdict
                agreement = known.agreement if agreement is None else agreement
        offer = Offer(candidate, verdict, agreement)
        before = self.best
        ranked = sorted([*others, offer], key=Offer.rank, reverse=True)
        self.offers = ranked[:2]
        if verdict is not None:
            best = self.offers[0].candidate.id == candidate.id
            self._record("offer", {"candidate": candidate.id, "score": verdict.score, "best": best})
        if self.best is not before:
            self._tell("best", {"candidate": candidate.id, "rank": offer.rank()})

    @property
    def best(self) -> Candidate | None:
        """The best candidate offered so far."""
        return self.offers[0].candidate if self.offers else None

    def afford(self, **need: float) -> bool:
        """Whether a reservation, say `calls=2, tokens=400`, would fit now."""
        return all(amount <= self.account.left(name) for name, amount in need.items())

    def child(self, role: str, share: float) -> Run:
        """A run inside this one with a share in (0, 1] of what is left of the budget. What it
        offers is its own; this run closes it."""
        child = Run(
            self.task,
            id=self.id,
            account=self.account.share(share),
            ledger=self._ledger,
            models=self._models,
            render=self._render,
            seed=self._seed,
            width=self.width,
            sampling=self._sampling,
            executor=self._executor,
            ports=self._ports,
            observer=self._observer,
            salt=self._salt,
            role=f"{self._role}{role}.",
            parent=self,
        )
        self._children.append(child)
        return child

    def plays(self, role: str) -> bool:
        """Whether a model plays the role, so that `ask` of it makes sense."""
        return bool(self._models.get(role) or self._models.get(""))

    def port(self, name: str) -> Any:
        """An ability that not every run has. `execute`: `await port(candidate, inputs)` runs a
        program where no expected value is known; others come with the task. Raises `MissingPort`
        naming what provides it."""
        if name == "execute" and self._executor is not None:
            return self._execute
        if name in self._ports:
            return self._ports[name]
        raise MissingPort(
            f"this run has no port {name!r}. 'execute' comes with a task that has an entry point "
            "or a program on standard input; 'survey' and 'screen' with strop fix."
        )

    # -- for the driver --------------------------------------------------------------------------

    @property
    def paid(self) -> Cost:
        """What was spent now, without what the ledger already held."""
        return self.account.spent - self.replayed

    async def aclose(self) -> None:
        """Cancel and account for calls still in flight, and commit what is not yet written."""
        for child in self._children:
            await child.aclose()
        for call in list(self._calls):
            if not call.cancelling():  # a second cancel would break the call's own clearing up
                call.cancel()
        if self._calls:
            await asyncio.gather(*self._calls, return_exceptions=True)
        self.commit()

    def commit(self) -> None:
        """Write the events collected since the last commit."""
        if self._rows:
            rows = self._rows.copy()
            self._rows.clear()
            self._ledger.append_all(self.id, rows)

    # -- inside ----------------------------------------------------------------------------------

    def _request_key(self, model: Model, request: Request) -> str:
        return digest(
            "reply",
            self._salt,
            model.name,
            [[m.role, m.content] for m in request.messages],
            [request.temperature, request.top_p, request.max_tokens, request.stop, request.seed],
            [request.logprobs, request.grammar],
        )

    def _cut_key(self, draw_key: str) -> str:
        """Of a reply that the budget cut shorter than asked: another budget would not have."""
        return digest(draw_key, self._line()[-1].account.budget.as_dict())

    def _line(self) -> list[Run]:
        return [self, *(self._parent._line() if self._parent else ())]

    def _remember_prompt(self, key: str, model: Model, role: str, request: Request) -> None:
        if key in self._prompts:
            return
        self._prompts.add(key)
        self._record(
            "prompt",
            {
                "prompt": key,
                "role": role,
                "model": model.name,
                "messages": [[m.role, m.content] for m in request.messages],
                "temperature": request.temperature,
                "max_tokens": request.max_tokens,
            },
        )

    async def _join(
        self, key: str, model: Model, request: Request, draw: int, draw_key: str
    ) -> Reply:
        loop = asyncio.get_running_loop()
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = _Batch(key, model, request)
            loop.call_soon(self._launch, batch)
        waiter = _Waiter(draw, draw_key, loop.create_future(), batch)
        batch.waiters.append(waiter)
        try:
            return await waiter.future
        except asyncio.CancelledError:
            await waiter.batch.settled_if_unwanted()
            raise

    def _launch(self, batch: _Batch) -> None:
        del self._batches[batch.key]
        self._send(batch, batch.waiters)

    def _send(self, batch: _Batch, waiters: Sequence[_Waiter]) -> None:
        """In one call, or in one a draw where the model takes no more: none then waits for all."""
        for group in [waiters] if batch.model.many else [[waiter] for waiter in waiters]:
            if all(waiter.future.done() for waiter in group):
                continue
            part = _Batch(batch.key, batch.model, batch.request)
            part.take(group)
            part.call = asyncio.get_running_loop().create_task(self._dispatch(part))
            self._calls.add(part.call)
            part.call.add_done_callback(self._calls.discard)

    async def _dispatch(self, batch: _Batch) -> None:
        pending = batch.waiters
        try:
            while pending:
                try:
                    results = await batch.model.generate(
                        replace(
                            batch.request,
                            n=len(pending),
                            seed=int(digest(batch.key, pending[0].draw)[:7], 16),
                        ),
                        self._meter,
                    )
                except BudgetSpent as error:
                    if not self.account.may_free(error.resource):
                        raise
                    await self.account.settlement()
                    continue
                if not results:
                    raise ModelError("internal", f"{batch.model.name} returned no result")
                self._keep(batch, pending, results)
                batch.waiters = pending = pending[len(results) :]
                if not batch.model.many:
                    self._send(batch, pending)
                    break
        except BudgetSpent as error:
            self.exhausted = error
            batch.fail(error)
        except asyncio.CancelledError:
            batch.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever waits for the draw must hear of it
            batch.fail(error)

    def _keep(
        self, batch: _Batch, waiters: Sequence[_Waiter], results: Sequence[Reply | ModelError]
    ) -> None:
        batch.delivered = len(results) >= len(waiters)
        for waiter, result in zip(waiters, results, strict=False):
            if isinstance(result, Reply):
                body = reply_record(result)
                body["prompt"] = batch.key
                body["draw"] = waiter.draw
                cost = Cost(
                    tokens_in=result.tokens_in,
                    tokens_out=result.tokens_out,
                    calls=1 if result.tokens_in else 0,
                    usd=batch.model.price.of(result.tokens_in, result.tokens_out)
                    if batch.model.price
                    else 0.0,
                    estimated=result.estimated,
                )
                body["cost"] = cost.as_dict()
                cut = result.finish == "length" and result.tokens_out < batch.request.max_tokens
                key = self._cut_key(waiter.draw_key) if cut else waiter.draw_key
                self._rows.append(("reply", body, key))
        if not self._arrived:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._arrived.extend(zip(waiters, results, strict=False))

    def _deliver(self) -> None:
        """Commit the replies that came in this turn of the event loop, then hand them out: what is
        used is on disk first, and many replies at once cost one commit."""
        arrived, self._arrived = self._arrived, []
        try:
            self.commit()
        except LedgerUnusable as error:
            arrived = [(waiter, error) for waiter, _ in arrived]
        for waiter, result in arrived:
            if waiter.future.done():
                continue
            if isinstance(result, Reply):
                waiter.future.set_result(result)
            else:
                waiter.future.set_exception(result)
        self._tell("spent", self.account.spent.as_dict())

    async def _check_one(self, check: Check, candidate: Candidate) -> Verdict:
        key = digest("verdict", self._salt, check.key, candidate.value)
        async with self._locks.setdefault(key, asyncio.Lock()):
            return await self._verdict(check, candidate, key)

    async def _verdict(self, check: Check, candidate: Candidate, key: str) -> Verdict:
        for run, known in self._ledger.found(key):
            verdict = verdict_of(known)
            # Limits depend on the machine's load: such a verdict holds for its own run only.
            if run == self.id or verdict.status not in ("timeout", "memory", "flaky"):
                await self._replay(verdict.cost, "verdict", key, candidate.id)
                return verdict
        await self._replays_first()
        reservation = await self._reserve(Cost(executions=check.executions))
        actual = reservation.held
        inside = _holding.set(True)
        try:
            verdict = await check(candidate)
            actual = verdict.cost
        finally:
            _holding.reset(inside)
            reservation.settle(actual)
        body = {"candidate": candidate.id, "check": check.name, **verdict_record(verdict)}
        self._rows.append(("verdict", body, key))
        self._charged.add(key)
        self.commit()
        self._tell("verdict", {"passed": verdict.passed, "score": verdict.score})
        return verdict

    async def _execute(
        self, candidate: Candidate, inputs: Sequence[Any]
    ) -> tuple[Observation, ...]:
        if self._executor is None:
            raise MissingPort("this run has no port 'execute'")
        executor = self._executor
        key = digest("outputs", self._salt, executor.key, candidate.value, list(inputs))
        known = self._ledger.find(key)
        if known is not None:
            await self._replay(cost_of(known["cost"]), "outputs", key, candidate.id)
            return tuple(observation_of(row) for row in known["outputs"])
        await self._replays_first()
        reservation = await self._reserve(Cost(executions=executor.executions(inputs)))
        cost = reservation.held
        try:
            outputs = await executor(candidate.value, inputs)
            cost += Cost(cpu_seconds=sum(output.cpu_seconds for output in outputs))
        finally:
            reservation.settle(cost)
        body = {
            "candidate": candidate.id,
            "inputs": list(inputs),
            "outputs": [observation_record(o) for o in outputs],
            "cost": cost.as_dict(),
        }
        self._rows.append(("outputs", body, key))
        self._charged.add(key)
        self.commit()
        return outputs

    async def _reserve(self, need: Cost) -> Reservation:
        while True:
            try:
                return self.account.reserve(need)
            except BudgetSpent as error:
                if _holding.get() or not self.account.may_free(error.resource):
                    self.exhausted = error
                    raise
            await self.account.settlement()

    async def _replay(self, cost: Cost, kind: str, key: str, candidate: str | None = None) -> None:
        """Count what the ledger knows the price of, once a run: what this run itself paid for, or
        counted before, is free."""
        if key not in self._charged:
            (await self._reserve(cost)).settle(cost)
            self._charged.add(key)
            for run in self._line():
                run.replayed = run.replayed + cost
        self._record("replay", {"of": kind, "key": key, "candidate": candidate})
        self._tell("spent", self.account.spent.as_dict())

    async def _replays_first(self) -> None:
        """Where the ledger answers in no time, give whoever waits for those answers the turns to
        act on them (say, to stop) before anything new is paid for."""
        if self.replayed != Cost():
            for _ in range(_TURNS):
                await asyncio.sleep(0)

    def _draw_failed(self, error: ModelError) -> None:
        for run in self._line():
            run.failed_draws += 1
            run.last_error = error
        self._record("draw_failed", {"kind": error.kind, "error": str(error)})
        self._tell("draw_failed", {"error": str(error)})

    def _record(self, kind: str, body: dict[str, Any]) -> None:
        self._rows.append((kind, body, None))

    def _tell(self, kind: str, body: Mapping[str, Any]) -> None:
        if self._observer is not None:
            self._observer(kind, body)


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Several verdicts as one: passed where all passed, the score their mean weighted by cases.

    No verdict at all is a failure: nothing vouches for the candidate.
    """
    if len(verdicts) == 1:
        return verdicts[0]
    if not verdicts:
        return Verdict(0.0, passed=False, status="failed", detail={"cases": []})
    weights = [max(1, len(v.detail.get("cases", ()))) for v in verdicts]
    feedback: list[Feedback] = [item for v in verdicts for item in v.feedback]
    failing = [v for v in verdicts if not v.passed]
    return Verdict(
        score=sum(w * v.score for w, v in zip(weights, verdicts, strict=True)) / sum(weights),
        passed=not failing,
        status=failing[0].status if failing else "passed",
        feedback=tuple(feedback),
        detail={"cases": [row for v in verdicts for row in v.detail.get("cases", ())]},
        cost=sum((v.cost for v in verdicts), Cost()),
    )


@dataclass(slots=True)
class _Waiter:
    draw: int
    draw_key: str
    future: asyncio.Future[Reply]
    batch: _Batch


class _Batch:
    """Draws of one prompt that were asked for at the same moment and travel as one call."""

    def __init__(self, key: str, model: Model, request: Request) -> None:
        self.key = key
        self.model = model
        self.request = request
        self.waiters: list[_Waiter] = []
        self.call: asyncio.Task[None] | None = None
        self.delivered = False

    def take(self, waiters: Sequence[_Waiter]) -> None:
        self.waiters = list(waiters)
        for waiter in waiters:
            waiter.batch = self

    async def settled_if_unwanted(self) -> None:
        """Once nobody waits for a draw, cancel the call and return when it is accounted for."""
        if self.delivered or self.call is None or self.call.done():
            return
        if all(waiter.future.done() for waiter in self.waiters):
            self.call.cancel()
            await asyncio.wait([self.call])

    def fail(self, error: Exception) -> None:
        self.delivered = True
        for waiter in self.waiters:
            if not waiter.future.done():
                waiter.future.set_exception(error)

    def cancel(self) -> None:
        for waiter in self.waiters:
            waiter.future.cancel()
