"""CPU time of a function on inputs, in a process of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from strop.core.errors import BadInput
from strop.core.types import Cost
from strop.sandbox.inside import wire
from strop.sandbox.jobs import CallJob, Execution, Inputs, Limits
from strop.sandbox.pool import Pool

__all__ = ["Batch", "Stopwatch"]

_TIMED = """

def _strop_timed(batch):
    for args in batch:
        try:
            value = {entry}(*args)
            if hasattr(value, "__await__"):
                import asyncio
                asyncio.run(value)
            elif hasattr(value, "__next__"):
                for _ in value:
                    pass
        except Exception:
            pass
"""
_NOTHING = "def nothing(*args):\n    return None\n"
_MOST_BYTES = 1 << 20
_MOST_TIMES = 50_000
# How often over decoding and starting may take what they took once: the machine has other work too.
_SLACK = 2.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Argument lists, each `times` over, in the form that is sent; `bare` are the CPU seconds that
    the kernel counts for a process that decodes them and does nothing with them."""

    inputs: Inputs
    times: int
    bare: float


class Stopwatch:
    """Times calls of `entry` in processes of a pool; each call gets arguments of its own."""

    def __init__(self, entry: str, pool: Pool, limits: Limits) -> None:
        self.entry = entry
        self.pool = pool
        self.limits = limits
        self.cost = Cost()

    async def batch(self, source: str, arguments: Sequence[Sequence[Any]], seconds: float) -> Batch:
        """The arguments (plain data) as often as `source` needs to compute for about `seconds`,
        within bounds: 50,000 times, and one MiB of text."""
        once = _sent(arguments, 1)
        bare = await self._bare(once)
        most = max(1, min(_MOST_TIMES, _MOST_BYTES // max(1, len(once.text))))
        times, made = 1, once
        while True:
            took = await self.seconds(source, Batch(made, times, bare)) or self.limits.cpu_seconds
            if took >= seconds / 2 or times >= most:
                return Batch(made, times, bare)
            wanted = math.ceil(times * min(20.0, seconds / max(took, 1e-5)))
            times = min(most, max(4 * times, wanted))
            made = _sent(arguments, times)
            bare = await self._bare(made)

    async def _bare(self, made: Inputs) -> float:
        runs = [await self._run(_NOTHING, "nothing", made) for _ in range(3)]
        return sorted(run.cpu_seconds for run in runs)[1]

    async def seconds(self, source: str, batch: Batch) -> float | None:
        """CPU seconds (above 0) of the calls of one process on the batch; None where it did not
        come to its end within the limits.

        They are what the process counts around the calls. Where the kernel counted far more, as for
        work in other threads or at import, its count is taken.
        """
        execution = await self._run(source, self.entry, batch.inputs)
        if execution.status != "passed":
            return None
        own = execution.outputs[0].cpu_seconds
        return max(own, execution.cpu_seconds - _SLACK * batch.bare, 1e-7)

    async def _run(self, source: str, entry: str, inputs: Inputs) -> Execution:
        text = source + _TIMED.format(entry=entry)
        execution = await self.pool.run(CallJob(text, "_strop_timed", inputs, self.limits))
        self.cost += Cost(executions=1, cpu_seconds=execution.total_cpu)
        return execution


def _sent(arguments: Sequence[Sequence[Any]], times: int) -> Inputs:
    batch = [list(args) for args in arguments] * times
    try:
        return Inputs(wire.encode([[batch]]), 1)
    except wire.WireError as error:
        raise BadInput(f"inputs cannot be timed: {error}") from error
