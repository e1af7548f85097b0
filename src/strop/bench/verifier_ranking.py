"""How well a score orders solutions of graded quality: HE-R and MBPP-R of P144 (2025).

Of each problem there are k solutions, each with its true score, the share of hidden tests that it
passes. A verifier scores them too:
- top-1, bottom-1: it puts a truly best (worst) solution first (last);
- Spearman's rho and Kendall's tau-b: agreement of the two orders;
- MAE: mean of |score - true score|.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

__all__ = ["graded", "kendall", "ranking", "spearman"]


def ranking(problems: Sequence[tuple[Sequence[float], Sequence[float]]]) -> dict[str, float | int]:
    """Means over problems of (scores, true scores), each of 2 values or more in [0, 1]. Rank
    correlations are taken over the problems on which both orders have a spread."""
    rows = [_one(scores, truth) for scores, truth in problems]
    told: dict[str, float | int] = {"problems": len(rows)}
    for name in ("top1", "bottom1", "spearman", "kendall", "mae"):
        values = [row[name] for row in rows if not math.isnan(row[name])]
        told[name] = sum(values) / len(values) if values else math.nan
    return told


def _one(scores: Sequence[float], truth: Sequence[float]) -> dict[str, float]:
    if len(scores) != len(truth) or len(scores) < 2:
        raise ValueError(
            f"as many scores as true ones, 2 or more. Got {len(scores)}, {len(truth)}."
        )
    # Among those scored alike, chance decides: the share that is best counts.
    return {
        "top1": _share(scores, truth, max),
        "bottom1": _share(scores, truth, min),
        "spearman": spearman(scores, truth),
        "kendall": kendall(scores, truth),
        "mae": sum(abs(s - t) for s, t in zip(scores, truth, strict=True)) / len(scores),
    }


def _share(scores: Sequence[float], truth: Sequence[float], end: Any) -> float:
    chosen = [t for s, t in zip(scores, truth, strict=True) if s == end(scores)]
    return sum(t == end(truth) for t in chosen) / len(chosen)


def spearman(x: Sequence[float], y: Sequence[float]) -> float:
    """Pearson's correlation of the ranks, ties sharing theirs; NaN where one side has no spread."""
    a, b = _ranks(x), _ranks(y)
    mean = (len(a) + 1) / 2
    cov = sum((p - mean) * (q - mean) for p, q in zip(a, b, strict=True))
    spread = sum((p - mean) ** 2 for p in a) * sum((q - mean) ** 2 for q in b)
    return cov / math.sqrt(spread) if spread else math.nan


def kendall(x: Sequence[float], y: Sequence[float]) -> float:
    """Tau-b = (concordant - discordant) / sqrt((n0 - ties in x) (n0 - ties in y)); NaN where one
    side has no spread."""
    signs = [(_sign(x[i] - x[j]), _sign(y[i] - y[j])) for i, j in combinations(range(len(x)), 2)]
    told = sum(a * b for a, b in signs)
    untied = sum(a != 0 for a, _ in signs) * sum(b != 0 for _, b in signs)
    return told / math.sqrt(untied) if untied else math.nan


def graded(truth: Sequence[float], k: int) -> list[int]:
    """Indices of `k` solutions whose true scores are spread as evenly as may be, the best and the
    worst among them; fewer where there are not so many different scores."""
    order = sorted(dict.fromkeys(truth), reverse=True)
    if len(order) > k:
        low, high = order[-1], order[0]
        wanted = [high - (high - low) * i / (k - 1) for i in range(k)]
        order = list(dict.fromkeys(min(order, key=lambda v, w=w: abs(v - w)) for w in wanted))
    return [truth.index(value) for value in order]


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and values[order[end + 1]] == values[order[at]]:
            end += 1
        for i in order[at : end + 1]:
            ranks[i] = (at + end) / 2 + 1
        at = end + 1
    return ranks


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
