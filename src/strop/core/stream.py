"""A stream of draws: width-limited, first come first served, accounted when left early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, TypeVar

from strop.core.errors import BudgetSpent, ModelError

__all__ = ["Stream"]

T = TypeVar("T")


class Stream(Generic[T]):
    """Up to `n` results of `draw(0) ... draw(n - 1)`, at most `width` of them under way at once.

    Use as `async with run.stream(n, draw) as draws: async for result in draws: ...`. Leaving the
    block cancels what is in flight and returns once it is accounted for. A draw that ends in
    `ModelError` is passed over and told to `on_failure`. A draw that ends in `BudgetSpent` starts
    no more. Where not one draw succeeded, the last of these errors is raised at the end.
    """

    def __init__(
        self,
        n: int,
        draw: Callable[[int], Awaitable[T]],
        width: int,
        on_failure: Callable[[ModelError], None],
    ) -> None:
        self._n = n
        self._draw = draw
        self._width = width
        self._on_failure = on_failure
        self._next = 0
        self._tasks: dict[asyncio.Task[T], int] = {}
        self._ready: list[tuple[int, T]] = []
        self._came = 0
        self._error: BudgetSpent | ModelError | None = None

    async def __aenter__(self) -> Stream[T]:
        return self

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        arrived = await self._next_arrival()
        if arrived is None:
            raise StopAsyncIteration
        return arrived[1]

    async def in_order(self) -> list[T]:
        """Every result that comes, in the order of the draws and not of their arrival."""
        results: list[tuple[int, T]] = []
        while (arrived := await self._next_arrival()) is not None:
            results.append(arrived)
        return [result for _, result in sorted(results, key=lambda pair: pair[0])]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _next_arrival(self) -> tuple[int, T] | None:
        while not self._ready:
            self._start()
            if not self._tasks:
                if self._error and not self._came:
                    raise self._error
                return None
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            self._collect()
        self._came += 1
        return self._ready.pop(0)

    def _start(self) -> None:
        while (
            self._next < self._n
            and len(self._tasks) < self._width
            and not isinstance(self._error, BudgetSpent)
        ):
            task = asyncio.ensure_future(self._draw(self._next))
            self._tasks[task] = self._next  # pyright: ignore[reportArgumentType]
            self._next += 1

    def _collect(self) -> None:
        done = [(index, task) for task, index in self._tasks.items() if task.done()]
        for index, task in done:
            del self._tasks[task]
            try:
                self._ready.append((index, task.result()))
            except ModelError as error:
                if not isinstance(self._error, BudgetSpent):
                    self._error = error
                self._on_failure(error)
            except BudgetSpent as error:
                self._error = error
