"""Choosing among candidates: pure functions over votes and scores.

A vote of None is a failed call or a program that gave no output: it never counts. Ties go to the
choice seen first, so that the same samples in the same order always give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations

__all__ = ["agreement", "best_score", "majority", "tournament", "weighted"]


def majority(votes: Sequence[Hashable | None]) -> int | None:
    """Index of the first vote for the most frequent choice; None where every vote failed."""
    return weighted(votes, [1.0] * len(votes))


def weighted(votes: Sequence[Hashable | None], weights: Sequence[float]) -> int | None:
    """Index of the first vote for the choice with the greatest total weight.

    Weights are at least 0 and as many as the votes. Raises `ValueError` otherwise.
    """
    if len(votes) != len(weights):
        raise ValueError(f"as many weights as votes. Got {len(weights)} for {len(votes)}.")
    totals: dict[Hashable, float] = {}
    first: dict[Hashable, int] = {}
    for index, (vote, weight) in enumerate(zip(votes, weights, strict=True)):
        if not weight >= 0:
            raise ValueError(f"weights must be at least 0. Got {weight!r} instead.")
        if vote is None:
            continue
        totals[vote] = totals.get(vote, 0.0) + weight
        first.setdefault(vote, index)
    if not totals:
        return None
    winner = max(totals, key=lambda choice: (totals[choice], -first[choice]))
    return first[winner]


def best_score(scores: Sequence[float | None]) -> int | None:
    """Index of the greatest score; None where no candidate was scored. NaN counts as no score."""
    scored = [i for i, score in enumerate(scores) if score is not None and score == score]
    return max(scored, key=lambda i: (scores[i], -i), default=None)


def tournament(n: int, beats: Callable[[int, int], bool | None]) -> int | None:
    """Index with most wins over all pairs i < j; `beats(i, j)` is True if i wins, None for a draw.

    None where `n` is 0. A draw gives neither side a win.
    """
    wins = [0] * n
    for i, j in combinations(range(n), 2):
        result = beats(i, j)
        if result is not None:
            wins[i if result else j] += 1
    return best_score(wins)


def agreement(votes: Sequence[Hashable | None]) -> float | None:
    """Share of the counted votes that the most frequent choice has; None without any vote."""
    counted = [vote for vote in votes if vote is not None]
    winner = majority(votes)
    return None if winner is None else counted.count(votes[winner]) / len(counted)
