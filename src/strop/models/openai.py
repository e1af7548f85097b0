"""Any endpoint that speaks the OpenAI protocol: cloud, vLLM, llama.cpp, Ollama, SGLang."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from strop.core.errors import BadInput, BudgetSpent, ModelError
from strop.core.model import Hold, Meter, Price, Reply, Request
from strop.models.answer import Answer, read_answer
from strop.models.body import body_of, path_of
from strop.models.bound import tokens_in_bound, tokens_out_guess
from strop.models.dialect import Dialect
from strop.models.failure import Failure, Relearned
from strop.models.hedge import Latencies, hedged
from strop.models.retry import backoff
from strop.models.seeds import draw_seed
from strop.models.wire import Wire

__all__ = ["DEFAULT_BASE_URL", "OpenAIModel"]

DEFAULT_BASE_URL = "https://api.openai.com/v1"

Result = Reply | ModelError


@dataclass(eq=False)
class OpenAIModel:
    """One model behind one OpenAI-compatible endpoint.

    Times are seconds. `timeout` bounds a whole attempt, `retries` (>= 0) counts further attempts
    after a failure that may pass: 408, 409, 429, 5xx, timeout, broken connection, malformed reply.
    They wait up to `backoff_base * 2**attempt`, at most `backoff_cap`, or as long as Retry-After
    asks; where that is more than `patience`, the call fails at once.

    `hedge_after` (seconds) or `hedge_quantile` (in (0, 1), of the last call times) sends a second
    identical call for one that is still open by then; both count. `width` is the most calls on the
    wire at once, `batch` the draws best asked together. `extra` goes into every request body.
    """

    model: str
    base_url: str = DEFAULT_BASE_URL
    api_key: str | None = field(default=None, repr=False)
    price: Price | None = None
    family: str = "chat"
    batch: int = 16
    width: int = 64
    timeout: float = 120.0
    connect_timeout: float = 10.0
    retries: int = 4
    backoff_base: float = 0.5
    backoff_cap: float = 30.0
    patience: float = 60.0
    hedge_after: float | None = None
    hedge_quantile: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ports: frozenset[str] = frozenset({"logprobs", "grammar", "schema", "seed", "continuation"})

    def __post_init__(self) -> None:
        self._dialect = Dialect()
        self._latencies = Latencies()
        self._wire = Wire(
            self.base_url,
            self.api_key,
            timeout=self.timeout,
            connect_timeout=self.connect_timeout,
            width=self.width,
        )

    @property
    def name(self) -> str:
        """`openai:MODEL`, with the endpoint and the extra fields where they are not the default."""
        name = f"openai:{self.model}"
        if self._wire.base_url != DEFAULT_BASE_URL:
            name += f"@{self._wire.base_url}"
        return f"{name}{sorted(self.extra.items())}" if self.extra else name

    @property
    def many(self) -> bool:
        """False once the endpoint gave fewer choices than `n`, or refused `n`."""
        return self._dialect.many

    async def generate(self, request: Request, meter: Meter) -> Sequence[Result]:
        """See `core.model.Model.generate`. Raises `BadInput` for a request that is none."""
        if request.n < 1 or bool(request.messages) == (request.prompt is not None):
            raise BadInput("Request: set n >= 1 and exactly one of 'messages' and 'prompt'.")
        if request.n == 1:
            return [await self._single(request, 0, meter)]
        if not self._dialect.many:
            return _bought(await self._singles(request, range(request.n), meter))
        results: list[Result | BudgetSpent | None] = [
            *await self._call(request, request.n, request.seed, meter)
        ]
        if not self._dialect.many:
            came = [result for result in takewhile(lambda r: r is not None, results) if result]
            return _bought(came or await self._singles(request, [0], meter))
        missing = [draw for draw, result in enumerate(results) if result is None]
        for draw, result in zip(missing, await self._singles(request, missing, meter), strict=True):
            results[draw] = result
        return _bought(results)

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        await self._wire.aclose()

    async def _singles(
        self, request: Request, draws: Sequence[int], meter: Meter
    ) -> list[Result | BudgetSpent]:
        """Ask for each draw by a call of its own, all at once."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._affordable(request, d, meter)) for d in draws]
        return [task.result() for task in tasks]

    async def _affordable(self, request: Request, draw: int, meter: Meter) -> Result | BudgetSpent:
        try:
            return await self._single(request, draw, meter)
        except BudgetSpent as spent:
            return spent

    async def _single(self, request: Request, draw: int, meter: Meter) -> Result:
        seed = draw_seed(request.seed, draw) if draw else request.seed
        result = (await self._call(request, 1, seed, meter))[0]
        if result is None:
            raise ValueError("a reply with no readable choice passed for an answer")
        return result

    async def _call(
        self, request: Request, n: int, seed: int | None, meter: Meter
    ) -> list[Result | None]:
        """`n` draws by one call, retried. None stands for a draw that is to be asked singly."""
        failure: Failure | None = None
        attempt = 0
        while True:
            try:
                return await self._attempt_or_hedge(request, n, seed, meter)
            except BudgetSpent:
                if failure is None:
                    raise
                return [failure.error] * n
            except Relearned as relearned:
                n = relearned.draws
                if n > 1 and not self._dialect.many:
                    return [None] * n
            except Failure as error:
                failure = error
                n = error.draws
                wait = error.wait or 0.0
                if not error.again or attempt == self.retries or wait > self.patience:
                    return [error.error] * n
                jitter = random.random()
                pause = backoff(attempt, self.backoff_base, self.backoff_cap, jitter)
                attempt += 1
                await asyncio.sleep(max(wait, pause))

    async def _attempt_or_hedge(
        self, request: Request, n: int, seed: int | None, meter: Meter
    ) -> list[Result | None]:
        after = self.hedge_after
        if after is None and self.hedge_quantile is not None:
            after = self._latencies.quantile(self.hedge_quantile)
        if after is None:
            return await self._attempt(request, n, seed, meter)
        return await hedged(
            lambda: self._attempt(request, n, seed, meter),
            lambda: self._attempt(request, n, seed, meter, identical=True),
            after,
        )

    async def _attempt(
        self, request: Request, n: int, seed: int | None, meter: Meter, identical: bool = False
    ) -> list[Result | None]:
        """One call through one hold. Raises `Failure`, `Relearned`, `BudgetSpent`."""
        async with self._wire.gate:
            bound = tokens_in_bound(request)
            hold = meter.reserve(
                tokens_in=bound, max_tokens=request.max_tokens, n=n, price=self.price
            )
            if identical and (hold.n < n or hold.max_tokens < request.max_tokens):
                hold.cancel(0, 0)
                raise BudgetSpent("tokens", n * request.max_tokens, hold.n * hold.max_tokens)
            started = time.perf_counter()
            try:
                answer = await self._exchange(request, hold, seed)
            except Failure as failure:
                hold.fail(failure.error, billed=failure.billed)
                failure.draws = hold.n
                if self._dialect.learn(
                    self.model, failure.status, failure.reason, failure.param, hold.n
                ):
                    raise Relearned(hold.n) from failure
                raise
            except BaseException:
                hold.cancel()
                raise
            self._latencies.times.append(time.perf_counter() - started)
            return self._settled(answer, hold, bound)

    async def _exchange(self, request: Request, hold: Hold, seed: int | None) -> Answer:
        body = body_of(
            self.model,
            request,
            self._dialect,
            n=hold.n,
            max_tokens=hold.max_tokens,
            seed=seed,
            extra=self.extra,
        )
        raw = await self._wire.post(path_of(request), body)
        try:
            return read_answer(raw, chat=request.prompt is None, n=hold.n)
        except ValueError as error:
            told = self._wire.one_line(f"{self.base_url}: {error}")
            raise Failure(ModelError("malformed", told), billed=True, again=True) from error

    def _settled(self, answer: Answer, hold: Hold, bound: int) -> list[Result | None]:
        """Settle by what the provider reports, else by bounds, and share the count out."""
        if len(answer.choices) < hold.n:
            self._dialect.many = False
        choices = answer.choices
        guesses = [
            0
            if choice is None
            else len(choice.logprobs)
            if choice.logprobs
            else tokens_out_guess(choice.text, hold.max_tokens)
            for choice in choices
        ]
        tokens_in = bound if answer.tokens_in is None else answer.tokens_in
        tokens_out = sum(guesses) if answer.tokens_out is None else answer.tokens_out
        estimated = answer.tokens_in is None or answer.tokens_out is None
        hold.settle(tokens_in, tokens_out, estimated=estimated)
        shares = share_out(tokens_out, guesses)
        results: list[Result | None] = [None] * hold.n
        first = next(i for i, choice in enumerate(choices) if choice is not None)
        for draw, choice in enumerate(choices):
            if choice is None:
                continue
            if choice.refusal is not None:
                results[draw] = ModelError("refused", self._wire.one_line(choice.refusal))
                continue
            results[draw] = Reply(
                choice.text,
                choice.finish,
                tokens_in if draw == first else 0,
                shares[draw],
                choice.logprobs,
                estimated,
            )
        return results


def _bought(outcomes: Sequence[Result | BudgetSpent | None]) -> list[Result]:
    """What came, in draw order. Raises `BudgetSpent` where the budget allowed no draw at all."""
    results = [outcome for outcome in outcomes if isinstance(outcome, Reply | ModelError)]
    spent = next((outcome for outcome in outcomes if isinstance(outcome, BudgetSpent)), None)
    if spent is not None and not results:
        raise spent
    return results


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split in proportion to `weights`, in whole numbers that add up to it: a provider
    reports one count for all draws of a call."""
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)]
    shares, done, seen = [], 0, 0
    for weight in weights:
        seen += weight
        shares.append(total * seen // whole - done)
        done += shares[-1]
    return shares
