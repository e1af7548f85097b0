"""A second identical call for a straggler: the first to succeed wins, the other is cancelled."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["Latencies", "hedged"]

T = TypeVar("T")


class Latencies:
    """The last `window` call times, in seconds, and their quantiles."""

    def __init__(self, window: int = 128, least: int = 20) -> None:
        self.times: deque[float] = deque(maxlen=window)
        self.least = least

    def quantile(self, q: float) -> float | None:
        """The `q` quantile, q in (0, 1); None before `least` calls are known."""
        if len(self.times) < self.least:
            return None
        ranked = sorted(self.times)
        return ranked[min(len(ranked) - 1, math.ceil(q * len(ranked)) - 1)]


async def hedged(
    first: Callable[[], Coroutine[Any, Any, T]],
    second: Callable[[], Coroutine[Any, Any, T]],
    after: float,
) -> T:
    """The result of `first()`, or of `second()` started `after` seconds later if that is sooner.

    Where both fail, the error of the first is raised. Neither is running when this returns or is
    cancelled, so each has ended its hold.
    """
    loop = asyncio.get_running_loop()
    leader = loop.create_task(first())
    tasks = [leader]
    try:
        await asyncio.wait(tasks, timeout=after)
        if not leader.done():
            tasks.append(loop.create_task(second()))
        pending = set(tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.exception() is None:
                    return task.result()
        return leader.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
