"""A meter that remembers every hold and notices one that ends twice or never."""

from __future__ import annotations

from dataclasses import dataclass, field

from strop.core.errors import BudgetSpent, ModelError
from strop.core.model import Price


@dataclass(eq=False)
class RecordedHold:
    tokens_in: int
    n: int
    max_tokens: int
    endings: list[tuple] = field(default_factory=list)

    def settle(self, tokens_in: int, tokens_out: int, *, estimated: bool = False) -> None:
        self.endings.append(("settle", tokens_in, tokens_out, estimated))

    def fail(self, error: ModelError, *, billed: bool) -> None:
        self.endings.append(("fail", error.kind, billed))

    def cancel(self, tokens_in: int | None = None, tokens_out: int | None = None) -> None:
        self.endings.append(("cancel", tokens_in, tokens_out))

    @property
    def ending(self) -> tuple:
        assert len(self.endings) == 1, f"a hold must end once: {self.endings}"
        return self.endings[0]


@dataclass(eq=False)
class RecordingMeter:
    """Grants up to `calls` calls and `draws` draws a call; checks what was settled on demand."""

    calls: int = 10**9
    draws: int = 10**9
    longest: int = 10**9
    holds: list[RecordedHold] = field(default_factory=list)
    prices: list[Price | None] = field(default_factory=list)

    def reserve(
        self, *, tokens_in: int, max_tokens: int, n: int, price: Price | None
    ) -> RecordedHold:
        if len(self.holds) >= self.calls:
            raise BudgetSpent("calls", 1, 0)
        hold = RecordedHold(tokens_in, min(n, self.draws), min(max_tokens, self.longest))
        self.holds.append(hold)
        self.prices.append(price)
        return hold

    def endings(self, overshoot: bool = False) -> list[tuple]:
        """How each hold ended; every settled figure within its reservation unless `overshoot`."""
        for hold in self.holds:
            what, *figures = hold.ending
            if what == "settle" and not overshoot:
                assert figures[0] <= hold.tokens_in
                assert figures[1] <= hold.n * hold.max_tokens
        return [hold.ending for hold in self.holds]

    def count(self, what: str) -> int:
        return sum(ending[0] == what for ending in self.endings(overshoot=True))
