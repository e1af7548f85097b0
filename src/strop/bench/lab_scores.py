"""Shares, areas under curves and F1, each with a 95% interval over problems.

Rows of one problem are not independent, so the bootstrap draws whole problems.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

__all__ = [
    "Figure",
    "area",
    "area_within",
    "balanced",
    "mean",
    "process_f1",
    "share",
    "weights",
    "wilson",
]

RESAMPLES = 1000
_Z = 1.959963984540054


class Figure(TypedDict):
    """A measured value with its 95% interval; `n` rows."""

    value: float
    low: float
    high: float
    n: int


def wilson(good: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of `good` in `n`. Raises ValueError out of range."""
    if not 0 <= good <= n or n == 0:
        raise ValueError(f"good must be 0 to n, and n above 0. Got {good} of {n} instead.")
    share = good / n
    scale = 1 + _Z * _Z / n
    middle = (share + _Z * _Z / (2 * n)) / scale
    half = _Z * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def share(
    good: Sequence[bool], groups: Sequence[str] | None = None, seed: int = 0
) -> Figure | None:
    """How many are good. Wilson's interval where each row is a problem of its own or all rows are
    alike (n is then the number of problems), else a bootstrap's. None without rows."""
    n = len(good)
    if not n:
        return None
    value = sum(good) / n
    problems = n if groups is None else len(set(groups))
    if groups is not None and problems < n and value not in (0.0, 1.0):
        return mean(good, groups, seed)
    low, high = wilson(round(value * problems), problems)
    return Figure(value=value, low=low, high=high, n=n)


def mean(values: Sequence[float], groups: Sequence[str], seed: int = 0) -> Figure | None:
    """The mean of any values, with a bootstrap interval. None without rows."""
    if not values:
        return None
    import numpy as np

    drawn = weights(groups, seed)
    low, high = _interval(drawn @ np.array(values, float) / drawn.sum(1))
    return Figure(value=sum(values) / len(values), low=low, high=high, n=len(values))


def area(
    scores: Sequence[float], right: Sequence[bool], groups: Sequence[str], seed: int = 0
) -> Figure | None:
    """Area under the ROC curve: the chance that a right row scores above a wrong one, ties half.
    None where one of the two kinds is missing."""
    if all(right) or not any(right):
        return None
    import numpy as np

    order = np.argsort(np.array(scores), kind="stable")
    ranked, is_right = np.array(scores)[order], np.array(right, float)[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])

    def areas(drawn: Any) -> Any:
        good = np.add.reduceat(drawn * is_right, starts, axis=1)
        bad = np.add.reduceat(drawn * (1 - is_right), starts, axis=1)
        pairs = good.sum(1) * bad.sum(1)
        kept = pairs > 0
        return (good * (np.cumsum(bad, 1) - bad / 2)).sum(1)[kept] / pairs[kept]

    low, high = _interval(areas(weights(groups, seed)[:, order]))
    value = float(areas(np.ones((1, len(ranked))))[0])
    return Figure(value=value, low=low, high=high, n=len(ranked))


def area_within(
    scores: Sequence[float], right: Sequence[bool], groups: Sequence[str], seed: int = 0
) -> Figure | None:
    """The mean area over the problems that have right and wrong rows: how well a problem's own
    candidates are ordered. `n` counts those problems; None where there are none."""
    import numpy as np

    rows: dict[str, tuple[list[float], list[float]]] = {}
    for score, good, group in zip(scores, right, groups, strict=True):
        rows.setdefault(group, ([], []))[0 if good else 1].append(score)
    areas = np.array(
        [
            np.mean((np.array(good)[:, None] > bad) + 0.5 * (np.array(good)[:, None] == bad))
            for good, bad in rows.values()
            if good and bad
        ]
    )
    if not len(areas):
        return None
    drawn = weights([str(i) for i in range(len(areas))], seed)
    low, high = _interval(drawn @ areas / len(areas))
    return Figure(value=float(areas.mean()), low=low, high=high, n=len(areas))


def balanced(
    said: Sequence[bool], truth: Sequence[bool], groups: Sequence[str], seed: int = 0
) -> Figure | None:
    """The mean of the accuracies on right and on wrong rows. None where a kind is missing."""
    hit = [a == b for a, b in zip(said, truth, strict=True)]
    return _of_two(hit, truth, groups, seed, lambda good, bad: (good + bad) / 2)


def process_f1(
    said: Sequence[int | None],
    truth: Sequence[int | None],
    groups: Sequence[str],
    seed: int = 0,
) -> dict[str, Figure | None]:
    """As in ProcessBench, from the index of the first wrong step, None where every step is good.
    `on_wrong` and `on_right` are the shares told exactly, `f1` their harmonic mean."""
    hit = [a == b for a, b in zip(said, truth, strict=True)]
    clean = [index is None for index in truth]

    def told(kind: bool) -> Figure | None:
        rows = [i for i, each in enumerate(clean) if each is kind]
        return share([hit[i] for i in rows], [groups[i] for i in rows], seed)

    f1 = _of_two(hit, clean, groups, seed, lambda a, b: 2 * a * b / (a + b + (a + b == 0)))
    return {"f1": f1, "on_wrong": told(False), "on_right": told(True)}


def weights(groups: Sequence[str], seed: int, times: int = RESAMPLES) -> Any:
    """How often each row is in each bootstrap sample of whole groups: (times, rows)."""
    import numpy as np

    place = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    count = len(place)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, [1 / count] * count, size=times).astype(float)
    return drawn[:, [place[group] for group in groups]]


def _of_two(
    hit: Sequence[bool],
    kind: Sequence[bool],
    groups: Sequence[str],
    seed: int,
    joined: Callable[[Any, Any], Any],
) -> Figure | None:
    """A figure joined of the shares of hits in rows of the kind and in the others."""
    if all(kind) or not any(kind):
        return None
    import numpy as np

    hits, one = np.array(hit, float), np.array(kind, float)
    other = 1 - one

    def values(drawn: Any) -> Any:
        drawn = drawn[(drawn @ one > 0) & (drawn @ other > 0)]
        return joined(
            drawn @ (hits * one) / (drawn @ one), drawn @ (hits * other) / (drawn @ other)
        )

    low, high = _interval(values(weights(groups, seed)))
    value = float(values(np.ones((1, len(hits))))[0])
    return Figure(value=value, low=low, high=high, n=len(hits))


def _interval(values: Any) -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
