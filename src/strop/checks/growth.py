"""How the time of a program grows with the size of its input: a fitted slope, and its class."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.checks.ratio import Estimate

__all__ = ["CLASSES", "Growth", "fit_growth"]

CLASSES: Mapping[str, Callable[[float], float]] = {
    "O(1)": lambda n: 1.0,
    "O(log n)": lambda n: math.log(n + 1),
    "O(n)": lambda n: n,
    "O(n log n)": lambda n: n * math.log(n + 1),
    "O(n^2)": lambda n: n**2,
    "O(n^3)": lambda n: n**3,
}
EXPONENTIAL = "exponential"
_RESAMPLES = 500
# What caches and allocation add to a slope, which no repetition takes away.
_SYSTEMATIC = 0.04
_FAR = 0.25
# How much the slope over the upper half of the sizes may differ from that over the lower half.
_BENT = 0.2


@dataclass(frozen=True, slots=True)
class Growth:
    """`slope` of log time over log size with its interval; `name` of the nearest class, one of
    `CLASSES` or `exponential`; `conclusive` where no other class fits about as well (`rivals` are
    those that do, the nearest first, or else the next nearest)."""

    slope: Estimate
    name: str
    conclusive: bool
    rivals: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The fields as plain data."""
        return {
            "slope": self.slope.record(),
            "name": self.name if self.conclusive else "inconclusive",
            "nearest": self.name,
            "rivals": list(self.rivals),
        }


def fit_growth(
    times: Mapping[float, Sequence[float]], seed: int = 0, level: float = 0.95
) -> Growth:
    """From CPU seconds (above 0) of several runs at each size (above 0).

    The slope is least squares through the medians; its interval is from a bootstrap of the runs
    at each size and of the sizes' residuals. A class fits where the slope it would have at these
    sizes lies in the interval (widened by 0.04); a curve that bends otherwise than the class, as
    with a large constant part, is inconclusive. It is exponential where log time is closer to a
    line in the size than in its logarithm, and steeper than cubic at the end.
    Raises ValueError for fewer than four sizes, or sizes within a factor of four.
    """
    sizes = sorted(times)
    if len(sizes) < 4 or sizes[0] <= 0 or sizes[-1] < 4 * sizes[0]:
        raise ValueError("fit_growth needs four sizes or more that span a factor of four.")
    medians = [statistics.median(times[n]) for n in sizes]
    logs = [math.log(n) for n in sizes]
    heights = [math.log(t) for t in medians]
    slope, interval = _slope(logs, heights), _interval(sizes, times, seed, level)
    estimate = Estimate(slope, min(slope, interval[0]), max(slope, interval[1]), level)
    if _exponential(sizes, logs, heights):
        return Growth(estimate, EXPONENTIAL, True)
    gaps = {
        name: abs(_slope(logs, [math.log(grow(n)) for n in sizes]) - slope)
        for name, grow in CLASSES.items()
    }
    ranked = sorted(gaps, key=lambda name: gaps[name])
    reach = max(slope - estimate.low, estimate.high - slope) + _SYSTEMATIC
    near = [name for name in ranked if gaps[name] <= reach]
    name = ranked[0]
    bends = _bend(logs, heights, [math.log(CLASSES[name](n)) for n in sizes])
    conclusive = len(near) == 1 and gaps[name] <= _FAR and bends <= _BENT + _noise(times)
    return Growth(estimate, name, conclusive, tuple(n for n in near or ranked[:2] if n != name))


def _bend(logs: Sequence[float], heights: Sequence[float], expected: Sequence[float]) -> float:
    """How differently from the class the slope changes between the lower and the upper sizes."""
    half = len(logs) // 2
    left = [y - e for y, e in zip(heights, expected, strict=True)]
    lower, upper = slice(0, half + 1), slice(len(logs) - half - 1, None)
    return abs(_slope(logs[upper], left[upper]) - _slope(logs[lower], left[lower]))


def _noise(times: Mapping[float, Sequence[float]]) -> float:
    """What chance adds to a slope over half of the sizes, roughly, twice over."""
    spreads = [
        statistics.stdev([math.log(t) for t in runs]) / math.sqrt(len(runs))
        for runs in times.values()
        if len(runs) > 1
    ]
    reach = math.log(max(times) / min(times)) / 2
    return 4 * max(spreads, default=0.0) / reach


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    return statistics.linear_regression(xs, ys).slope


def _interval(
    sizes: Sequence[float], times: Mapping[float, Sequence[float]], seed: int, level: float
) -> tuple[float, float]:
    rng = random.Random(seed)
    logs = [math.log(n) for n in sizes]
    fit = statistics.linear_regression(logs, [math.log(statistics.median(times[n])) for n in sizes])
    line = [fit.intercept + fit.slope * x for x in logs]
    left = [math.log(statistics.median(times[n])) - y for n, y in zip(sizes, line, strict=True)]
    found: list[float] = []
    for _ in range(_RESAMPLES):
        heights = [
            y
            + rng.choice(left)
            + math.log(statistics.median(rng.choices(times[n], k=len(times[n]))))
            - math.log(statistics.median(times[n]))
            for n, y in zip(sizes, line, strict=True)
        ]
        found.append(_slope(logs, heights))
    found.sort()
    tail = (1 - level) / 2
    return found[int(tail * (_RESAMPLES - 1))], found[math.ceil((1 - tail) * (_RESAMPLES - 1))]


def _exponential(sizes: Sequence[float], logs: Sequence[float], heights: Sequence[float]) -> bool:
    steepest = (heights[-1] - heights[-2]) / (logs[-1] - logs[-2])
    return steepest > 3.5 and _misfit(sizes, heights) < _misfit(logs, heights) / 2


def _misfit(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The sum of the squared residuals of a line."""
    fit = statistics.linear_regression(xs, ys)
    return sum((y - fit.intercept - fit.slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
