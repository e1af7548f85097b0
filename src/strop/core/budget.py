"""Ceilings on what a run may spend, and the account that enforces them: reserve, then settle."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields

from strop.core.errors import BadInput, BudgetSpent
from strop.core.types import Cost

__all__ = ["Account", "Budget", "Reservation"]

_WHOLE = ("tokens", "calls", "executions", "grad_steps")
_EPSILON = 1e-12
# What passes by itself: it cannot be set aside, and is over when it is over.
_TIMES = ("cpu_seconds", "seconds")
_GREATEST = 1e18


@dataclass(frozen=True, slots=True)
class Budget:
    """Ceilings; None means no ceiling. `seconds` is wall time, `cpu_seconds` the CPU time of this
    process and of all sandboxed ones, `usd` US dollars.

    Raises `BadInput` for a ceiling that is not a positive finite number.
    """

    tokens: int | None = None
    calls: int | None = None
    executions: int | None = None
    cpu_seconds: float | None = None
    seconds: float | None = None
    usd: float | None = None
    grad_steps: int | None = None

    def __post_init__(self) -> None:
        for name in RESOURCES:
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadInput(f"budget: '{name}' must be a number. Got {value!r} instead.")
            if not 0 < value <= _GREATEST:
                raise BadInput(
                    f"budget: '{name}' must be above zero and at most {_GREATEST:g}. "
                    f"Got {str(value)[:20]} instead; leave it out for no ceiling."
                )

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read `tokens=2000,seconds=30`. Raises `BadInput` naming the part that is wrong."""
        ceilings: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, equals, raw = part.partition("=")
            name = name.strip()
            if not equals or name not in RESOURCES:
                raise BadInput(
                    f"budget: cannot read {part!r}. Write NAME=NUMBER with NAME one of "
                    f"{', '.join(RESOURCES)}."
                )
            if name in ceilings:
                raise BadInput(f"budget: '{name}' is given twice in {text!r}. Keep one.")
            try:
                ceilings[name] = int(raw) if name in _WHOLE else float(raw)
            except ValueError:
                unit = "a whole number" if name in _WHOLE else "a number"
                raise BadInput(f"budget: '{name}' must be {unit}. Got {raw!r} instead.") from None
        return cls(**ceilings)  # pyright: ignore[reportArgumentType]

    def as_dict(self) -> dict[str, float]:
        """The ceilings that are set."""
        return {n: getattr(self, n) for n in RESOURCES if getattr(self, n) is not None}


RESOURCES: tuple[str, ...] = tuple(f.name for f in fields(Budget))


class Reservation:
    """Budget set aside in an account (and in its parents). End it once by `settle`."""

    __slots__ = ("_account", "held", "open")

    def __init__(self, account: Account, held: Cost) -> None:
        self._account = account
        self.held = held
        self.open = True

    def settle(self, actual: Cost) -> None:
        """Give back what was held and spend `actual`. Raises `RuntimeError` the second time."""
        if not self.open:
            raise RuntimeError("a reservation was settled twice")
        self.open = False
        self._account._end(self.held, actual)  # pyright: ignore[reportPrivateUsage]


class Account:
    """What has been spent and what is held, under the ceilings of one budget.

    A ceiling counts spent and held together, so calls in flight can never push a run over it. The
    one exception is a provider that bills more than it was allowed: `overshoot` tells by how much.
    """

    def __init__(
        self,
        budget: Budget,
        parent: Account | None = None,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.budget = budget
        self.parent = parent
        self.spent = Cost()
        self.held = Cost()
        self.overshoot = Cost()
        self._open = 0
        self._clock = clock
        self._started = clock()
        self._cpu_clock = cpu_clock
        self._cpu_started = cpu_clock()
        self._settled = asyncio.Event()

    @property
    def elapsed(self) -> float:
        """Wall seconds since the account was opened."""
        return self._clock() - self._started

    def left(self, resource: str) -> float:
        """What can still be reserved of a resource here and in every parent; `inf` if unlimited."""
        ceiling = getattr(self.budget, resource)
        mine = math.inf
        if ceiling is not None:
            used = self.elapsed if resource == "seconds" else _used(self, resource)
            if resource == "cpu_seconds":
                used += self._cpu_clock() - self._cpu_started
            mine = max(0.0, ceiling - used)
        return min(mine, self.parent.left(resource)) if self.parent else mine

    def may_free(self, resource: str) -> bool:
        """Whether some of the resource is held under the same budget, so that waiting may free it;
        time is never freed."""
        return resource not in _TIMES and getattr(self._chain()[-1].held, resource) > 0

    def reserve(self, need: Cost) -> Reservation:
        """Set `need` aside. Raises `BudgetSpent` and changes nothing where it does not fit."""
        for resource in _TIMES:
            if self.left(resource) <= 0:
                raise BudgetSpent(resource, 0, 0)
        for resource in RESOURCES:
            if resource in _TIMES:
                continue
            needed = getattr(need, resource)
            if needed > 0 and needed > self.left(resource) + _EPSILON:
                raise BudgetSpent(resource, needed, self.left(resource))
        for account in self._chain():
            account.held = account.held + need
            account._open += 1
        return Reservation(self, need)

    def share(self, fraction: float) -> Account:
        """An account inside this one that may spend a share in (0, 1] of what is left of each
        ceiling. Raises `BudgetSpent` where the share of a whole-number ceiling is below one."""
        if not 0 < fraction <= 1:
            raise ValueError(f"share must lie in (0, 1]. Got {fraction!r} instead.")
        ceilings: dict[str, float] = {}
        for resource in RESOURCES:
            left = self.left(resource)
            if math.isinf(left):
                continue
            part = math.floor(left * fraction) if resource in _WHOLE else left * fraction
            if part <= 0:
                raise BudgetSpent(resource, 1, left)
            ceilings[resource] = part
        return Account(Budget(**ceilings), self, self._clock, self._cpu_clock)  # pyright: ignore[reportArgumentType]

    async def settlement(self) -> None:
        """Return when the next reservation anywhere under the same budget ends."""
        event = self._chain()[-1]._settled
        event.clear()
        await event.wait()

    def _chain(self) -> list[Account]:
        return [self, *(self.parent._chain() if self.parent else ())]

    def _end(self, held: Cost, actual: Cost) -> None:
        over = Cost(
            tokens_out=max(0, actual.tokens - held.tokens),
            usd=max(0.0, actual.usd - held.usd),
        )
        for account in self._chain():
            account._open -= 1
            account.held = account.held - held if account._open else Cost()
            account.spent = account.spent + actual
            account.overshoot = account.overshoot + over
            account._settled.set()


def _used(account: Account, resource: str) -> float:
    return getattr(account.spent, resource) + getattr(account.held, resource)
