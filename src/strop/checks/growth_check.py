"""How a candidate's CPU time grows with the size of its input, as a check."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from strop.checks.growth import CLASSES, EXPONENTIAL, Growth, fit_growth
from strop.checks.timing import Batch, Stopwatch
from strop.core.errors import BadInput
from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Failure, Feedback, Timing, Verdict
from strop.sandbox.inside import wire
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool

__all__ = ["GrowthCheck"]

_ORDER = (*CLASSES, EXPONENTIAL)
_TARGET = 0.02
_CALIBRATION = 40
# Less than this in a run is lost in what calling takes.
_LEAST = 0.00005


class GrowthCheck:
    """Passes a candidate whose time is not shown to grow faster than `most`, a key of
    `growth.CLASSES` such as `O(n log n)`.

    `sized` has argument lists (case-file form) for each size, a number above 0 of whatever the
    growth is wanted in; at least four sizes, over a factor of four. Each is run `runs` (3 and more)
    times, all sizes in turn, in an order by `seed`. Sizes that take next to no time, and those from
    the first on that takes too long, are left out; where fewer than four are left, or no class
    stands out, the growth is inconclusive and the candidate passes.

    Raises `BadInput` for a class that is not known, or sizes that are too few or too close.
    """

    name = "growth"

    def __init__(
        self,
        sized: Mapping[float, Sequence[Sequence[Any]]],
        entry: str,
        pool: Pool,
        limits: Limits,
        most: str = "O(n^2)",
        runs: int = 5,
        seed: int = 0,
    ) -> None:
        self.sized = {size: [list(args) for args in sized[size]] for size in sorted(sized)}
        self.entry = entry
        self.pool = pool
        self.limits = limits
        self.most = most
        self.runs = runs
        self.seed = seed
        self.key = digest(
            "growth",
            [[size, rows] for size, rows in self.sized.items()],
            [entry, most, runs, seed],
            asdict(limits),
            pool.python,
        )

    @property
    def executions(self) -> int:
        """Some a size to find out how many repetitions are needed, and one a run."""
        return len(self.sized) * (_CALIBRATION + self.runs)

    async def __call__(self, candidate: Candidate) -> Verdict:
        sizes = list(self.sized)
        if self.most not in CLASSES:
            raise BadInput(f"growth {self.most!r} is none of {', '.join(CLASSES)}.")
        if len(sizes) < 4 or sizes[0] <= 0 or sizes[-1] < 4 * sizes[0]:
            raise BadInput("growth needs four sizes or more, above 0, over a factor of four.")
        watch = Stopwatch(self.entry, self.pool, self.limits)
        times, stopped = await self._times(watch, candidate.value)
        return self._verdict(times, stopped, watch.cost)

    async def _times(
        self, watch: Stopwatch, source: str
    ) -> tuple[dict[float, list[float]], float | None]:
        """CPU seconds of one pass over each size's inputs, run by run, and the size that took too
        long, if one did."""
        batches: dict[float, Batch] = {}
        stopped: float | None = None
        for size, rows in self.sized.items():
            arguments = [wire.decode(json.dumps(args), live=True) for args in rows]
            batch = await watch.batch(source, arguments, _TARGET)
            took = await watch.seconds(source, batch)
            if took is None:
                stopped = size
                break
            if took > _LEAST:
                batches[size] = batch
        rng = random.Random(self.seed)
        times: dict[float, list[float]] = {size: [] for size in batches}
        for _ in range(self.runs):
            order = list(batches)
            rng.shuffle(order)
            for size in order:
                took = await watch.seconds(source, batches[size])
                if took:
                    times[size].append(took / batches[size].times)
        return {size: runs for size, runs in times.items() if len(runs) > 1}, stopped

    def _verdict(
        self, times: Mapping[float, Sequence[float]], stopped: float | None, cost: Cost
    ) -> Verdict:
        growth: Growth | None = None
        if len(times) >= 4 and max(times) >= 4 * min(times):
            growth = fit_growth(times, self.seed)
        worse = (
            growth is not None
            and growth.conclusive
            and _ORDER.index(growth.name) > _ORDER.index(self.most)
        )
        seconds = {size: statistics.median(runs) for size, runs in times.items()}
        feedback: list[Feedback] = []
        if growth is not None and worse:
            slope = growth.slope
            told = (
                f"time grows like {growth.name} (slope {slope.value:.2f}, 95 % interval "
                f"{slope.low:.2f} to {slope.high:.2f}); at most {self.most} is allowed"
            )
            largest = max(seconds)
            feedback = [
                Failure("growth", "failed", message=told),
                Timing(f"size {largest:g}", seconds[largest], self.limits.cpu_seconds),
            ]
        detail = {
            "cases": [],
            "growth": {
                **(growth.record() if growth is not None else {"name": "inconclusive"}),
                "most": self.most,
                "seconds": {f"{size:g}": took for size, took in seconds.items()},
                "too_long": stopped,
            },
        }
        score = 0.0 if worse else 1.0
        status = "failed" if worse else "passed"
        return Verdict(score, not worse, tuple(feedback), status, detail, cost)
