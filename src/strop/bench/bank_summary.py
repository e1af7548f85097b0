"""What a sample bank holds, in a few figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from strop.bench.passk import pass_at_k
from strop.bench.sample_bank import Bank, BankSample

__all__ = ["summary"]

_MOST = 64


def summary(bank: Bank) -> dict[str, Any]:
    """Counts, and shares of problems: `pass@1`, `pass@64` (one of 64 is right; of all samples
    where there are fewer), `majority` (the largest group is right), `best_score` (the sample that
    a judge likes best is right)."""
    rows = {"": [problem.samples for problem in bank.problems]}
    if any(problem.small for problem in bank.problems):
        rows["small."] = [problem.small for problem in bank.problems]
    found: dict[str, Any] = {
        "world": bank.world,
        "problems": len(bank.problems),
        "samples": sum(len(problem.samples) for problem in bank.problems),
    }
    for prefix, samples in rows.items():
        found |= {f"{prefix}{key}": value for key, value in _shares(samples).items()}
    tests = [test for problem in bank.problems for test in problem.tests]
    if tests:
        found["tests"] = len(tests)
        found["tests_valid"] = _mean([test.valid for test in tests])
        found["tests_right"] = _mean([test.right for test in tests])
    return found


def _shares(problems: Sequence[Sequence[BankSample]]) -> dict[str, float]:
    drawn = [samples for samples in problems if samples]
    counts = [(len(samples), sum(s.right for s in samples)) for samples in drawn]
    most = min([_MOST, *(n for n, _ in counts)])
    found = {
        "pass@1": _mean([c / n for n, c in counts]),
        f"pass@{most}": _mean([pass_at_k(n, c, most) for n, c in counts]),
        "majority": _mean([_majority(samples) for samples in drawn]),
    }
    scored = [[s for s in samples if not math.isnan(s.score)] for samples in drawn]
    if any(scored):
        best = [bool(each) and max(each, key=lambda s: s.score).right for each in scored]
        found["best_score"] = _mean(best)
    return found


def _majority(samples: Sequence[BankSample]) -> bool:
    votes = Counter(sample.group for sample in samples if sample.group >= 0)
    if not votes:
        return False
    winner = votes.most_common(1)[0][0]
    return next(sample.right for sample in samples if sample.group == winner)


def _mean(values: Sequence[float | bool]) -> float:
    return sum(values) / len(values) if values else math.nan
