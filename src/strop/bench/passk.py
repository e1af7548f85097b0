"""The chance that one of k draws is right, without bias from n draws of which c are right."""

# pyright: reportMissingImports=false
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from strop.bench.lab_scores import Figure, share, weights

__all__ = ["PassAtK", "chance_shares", "pass_at_k", "pass_at_k_curve", "powers"]


@dataclass(frozen=True, slots=True)
class PassAtK:
    """A curve: for each k the mean over problems with its 95% interval."""

    ks: tuple[int, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    problems: int

    def figures(self) -> dict[str, Figure]:
        """By k, as text."""
        return {
            str(k): Figure(value=value, low=low, high=high, n=self.problems)
            for k, value, low, high in zip(self.ks, self.values, self.low, self.high, strict=True)
        }


def pass_at_k(n: int, c: int, k: int) -> float:
    """1 - C(n-c, k) / C(n, k). Raises ValueError unless 0 <= c <= n and 1 <= k <= n."""
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(
            f"n, c and k must satisfy 0 <= c <= n and 1 <= k <= n. Got {n}, {c} and {k} instead."
        )
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))


def pass_at_k_curve(rows: Sequence[tuple[int, int]], ks: Sequence[int], seed: int = 0) -> PassAtK:
    """From (n, c) of each problem; the interval is a bootstrap's over problems. Raises ValueError
    without problems, or for a k above some n."""
    if not rows:
        raise ValueError("no problems to take the mean of.")
    import numpy as np

    values = np.array([[pass_at_k(n, c, k) for k in ks] for n, c in rows])
    means = weights([str(i) for i in range(len(rows))], seed) @ values / len(rows)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return PassAtK(
        tuple(ks),
        tuple(map(float, values.mean(0))),
        tuple(map(float, low)),
        tuple(map(float, high)),
        len(rows),
    )


def powers(n: int) -> tuple[int, ...]:
    """1, 2, 4, ... below n, and n."""
    return (*(1 << i for i in range(n.bit_length()) if 1 << i < n), n)


def chance_shares(
    rows: Sequence[tuple[int, int]], low: float = 0.02, high: float = 0.5
) -> dict[str, Figure | None]:
    """Shares of the problems by the chance c / n: `never` 0, `rare` below `low`, `within` both,
    `often` above `high`."""
    chances = [c / n for n, c in rows]
    return {
        "never": share([chance == 0 for chance in chances]),
        "rare": share([0 < chance < low for chance in chances]),
        "within": share([low <= chance <= high for chance in chances]),
        "often": share([chance > high for chance in chances]),
    }
