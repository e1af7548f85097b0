"""Ratios of paired times, with an interval. Everything random comes from a seed."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Estimate", "bootstrap", "paired_ratio"]

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the interval that holds it with probability `level` (in (0, 1))."""

    value: float
    low: float
    high: float
    level: float = 0.95

    def record(self) -> dict[str, float]:
        """The fields as plain data, to four digits."""
        return {
            name: float(f"{getattr(self, name):.4g}") for name in ("value", "low", "high", "level")
        }


def paired_ratio(
    pairs: Sequence[tuple[float, float]], seed: int = 0, level: float = 0.95
) -> Estimate:
    """The median over pairs of the first time over the second, with a bootstrap interval.

    The two times of a pair were taken one right after the other, so that a machine that is slow for
    a while is slow for both. Times are in seconds, above 0. Raises ValueError for less than two
    pairs, and for a time that is not above 0.
    """
    if len(pairs) < 2 or any(not t > 0 for pair in pairs for t in pair):
        raise ValueError("paired_ratio needs two pairs or more, of times above 0.")
    logs = [math.log(first / second) for first, second in pairs]
    found = bootstrap(len(logs), lambda at: statistics.median(logs[i] for i in at), seed, level)
    return Estimate(math.exp(found.value), math.exp(found.low), math.exp(found.high), level)


def bootstrap(
    count: int,
    statistic: Callable[[Sequence[int]], float],
    seed: int = 0,
    level: float = 0.95,
    resamples: int = _RESAMPLES,
) -> Estimate:
    """The expanded percentile interval (Hesterberg 2015) of a statistic of `count` observations (2
    and more), which is given the places of those in a sample. Without the expansion, intervals from
    a dozen observations are too narrow."""
    rng = random.Random(seed)
    places = range(count)
    found = sorted(statistic(rng.choices(places, k=count)) for _ in range(resamples))
    tail = _tail(count, level)
    low = found[int(tail * (resamples - 1))]
    high = found[math.ceil((1 - tail) * (resamples - 1))]
    value = statistic(list(places))
    return Estimate(value, min(low, value), max(high, value), level)


def _tail(count: int, level: float) -> float:
    """The part of the resamples to leave out at each end."""
    normal = statistics.NormalDist()
    z, free = normal.inv_cdf((1 + level) / 2), count - 1
    # Student's quantile, by the first terms of its expansion around the normal one.
    t = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    return normal.cdf(-math.sqrt(count / free) * t)
