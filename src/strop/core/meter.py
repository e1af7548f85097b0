"""The meter that a model's calls go through: each reserves, settles and is written down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from strop.core.budget import Account, Reservation
from strop.core.errors import BadInput, BudgetSpent, ModelError
from strop.core.model import Price
from strop.core.types import Cost

__all__ = ["CallHold", "CallMeter"]

SHORTEST_DRAW = 16
"""Fewest completion tokens worth a call where the ceiling leaves no room for `max_tokens`."""


class CallMeter:
    """`core.model.Meter` over one account; `record(kind, body)` is told of every ended call."""

    def __init__(self, account: Account, record: Callable[[str, dict[str, Any]], None]) -> None:
        self.account = account
        self.record = record

    def reserve(self, *, tokens_in: int, max_tokens: int, n: int, price: Price | None) -> CallHold:
        """See `core.model.Meter.reserve`. Raises `BadInput` for a usd ceiling without a price."""
        if price is None and not math.isinf(self.account.left("usd")):
            raise BadInput(
                "budget: 'usd' is set but this model has no price. Add it to prices.toml "
                "(strop models list shows where), or set a tokens ceiling instead."
            )
        draws, length = self._fit(tokens_in, max_tokens, n, price)
        usd = price.of(tokens_in, draws * length) if price else 0.0
        worst = Cost(tokens_in=tokens_in, tokens_out=draws * length, calls=1, usd=usd)
        return CallHold(self, self.account.reserve(worst), draws, length, price)

    def _fit(self, tokens_in: int, max_tokens: int, n: int, price: Price | None) -> tuple[int, int]:
        room = self.account.left("tokens") - tokens_in
        resource = "tokens"
        if price and price.usd_out > 0:
            usd_room = (self.account.left("usd") - price.of(tokens_in, 0)) * 1e6 / price.usd_out
            if usd_room < room:
                room, resource = usd_room, "usd"
        if math.isinf(room) or room >= n * max_tokens:
            return n, max_tokens
        if room >= max_tokens:
            return int(room // max_tokens), max_tokens
        if room >= min(SHORTEST_DRAW, max_tokens):
            return 1, int(room)
        needed = tokens_in + min(SHORTEST_DRAW, max_tokens)
        if resource == "usd" and price:
            needed = price.of(tokens_in, min(SHORTEST_DRAW, max_tokens))
        raise BudgetSpent(resource, needed, self.account.left(resource))


class CallHold:
    """`core.model.Hold` over one reservation."""

    def __init__(
        self,
        meter: CallMeter,
        reservation: Reservation,
        n: int,
        max_tokens: int,
        price: Price | None,
    ) -> None:
        self.n = n
        self.max_tokens = max_tokens
        self._meter = meter
        self._reservation = reservation
        self._price = price
        self._started = time.perf_counter()

    def settle(self, tokens_in: int, tokens_out: int, *, estimated: bool = False) -> None:
        self._end("call", tokens_in, tokens_out, estimated)

    def fail(self, error: ModelError, *, billed: bool) -> None:
        held = self._reservation.held
        tokens = (held.tokens_in, held.tokens_out) if billed else (0, 0)
        self._end("call_failed", *tokens, billed, error=f"{error.kind}: {error}")

    def cancel(self, tokens_in: int | None = None, tokens_out: int | None = None) -> None:
        held = self._reservation.held
        known = tokens_in is not None and tokens_out is not None
        self._end(
            "call_cancelled",
            held.tokens_in if tokens_in is None else tokens_in,
            held.tokens_out if tokens_out is None else tokens_out,
            not known,
        )

    def _end(
        self, kind: str, tokens_in: int, tokens_out: int, estimated: bool, **extra: Any
    ) -> None:
        usd = self._price.of(tokens_in, tokens_out) if self._price else 0.0
        actual = Cost(
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            calls=1,
            usd=usd,
            seconds=time.perf_counter() - self._started,
            estimated=estimated,
        )
        self._reservation.settle(actual)
        self._meter.record(kind, {**actual.as_dict(), "draws": self.n, **extra})
