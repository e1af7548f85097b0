"""A model whose replies are written beforehand: for unit tests only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strop.core.errors import ModelError
from strop.core.model import Meter, Price, Reply, Request
from strop.models.bound import tokens_in_bound

__all__ = ["ScriptedModel"]

FREE = Price()

Line = str | Reply | ModelError


@dataclass(eq=False)
class ScriptedModel:
    """Replies from `script`: a list told in order, over and over, or a function of the request and
    the number of draws given so far. A text counts one token a word; a `ModelError` in the script
    is that draw's result. Each generate takes `delay` seconds; `error` instead fails whole calls.
    """

    script: Sequence[Line] | Callable[[Request, int], Line]
    name: str = "scripted"
    family: str = "chat"
    price: Price | None = FREE
    batch: int = 16
    many: bool = True
    delay: float = 0.0
    error: ModelError | None = None
    ports: frozenset[str] = frozenset({"logprobs", "grammar", "schema", "seed", "continuation"})

    def __post_init__(self) -> None:
        self.drawn = 0
        self.closed = False

    async def generate(self, request: Request, meter: Meter) -> Sequence[Reply | ModelError]:
        """See `core.model.Model.generate`; one call to the provider, `error` unbilled."""
        hold = meter.reserve(
            tokens_in=tokens_in_bound(request),
            max_tokens=request.max_tokens,
            n=request.n,
            price=self.price,
        )
        try:
            await asyncio.sleep(self.delay)
            if self.error is None:
                results = [self._next(request) for _ in range(hold.n)]
        except BaseException:
            hold.cancel()
            raise
        if self.error is not None:
            hold.fail(self.error, billed=False)
            return [self.error] * hold.n
        words = sum(len(m.content.split()) for m in request.messages)
        words += len((request.prompt or "").split())
        tokens_out = sum(r.tokens_out for r in results if isinstance(r, Reply))
        hold.settle(words, tokens_out)
        first = next((i for i, r in enumerate(results) if isinstance(r, Reply)), None)
        if first is not None and isinstance(found := results[first], Reply):
            results[first] = Reply(
                found.text, found.finish, words, found.tokens_out, found.logprobs, found.estimated
            )
        return results

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def _next(self, request: Request) -> Reply | ModelError:
        draw, self.drawn = self.drawn, self.drawn + 1
        if callable(self.script):
            line = self.script(request, draw)
        else:
            line = self.script[draw % len(self.script)]
        return Reply(line, tokens_out=len(line.split())) if isinstance(line, str) else line
