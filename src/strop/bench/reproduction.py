"""What a reproduction is: a claim, a margin set before the run, two arms at equal budget.

The verdict is computed: `holds` where the whole 95% interval of the paired gain lies above the
margin, `fails` where it lies below, else `inconclusive`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

__all__ = ["Arms", "Experiment", "Result", "available", "paired_interval", "run", "write"]

Holds = Literal["holds", "fails", "inconclusive"]
_RESAMPLES = 10_000


@dataclass(frozen=True)
class Arms:
    """Paired scores in [0, 1]: one row a (task, seed), the same order in both arms."""

    baseline: Sequence[float]
    ours: Sequence[float]
    tokens_baseline: int
    tokens_ours: int
    tasks: Sequence[str]
    extra: dict[str, Any]


class Experiment(Protocol):
    """One file of `bench/reproductions`: constants, then `measure`."""

    PAPER: str
    METHOD: str
    CLAIM: str
    MARGIN: float
    BASELINE: str
    OURS: str
    MODEL: str
    DATA: str

    def measure(self, seeds: int) -> Arms: ...

    def honest_note(self, arms: Arms) -> str: ...


@dataclass(frozen=True)
class Result:
    """The JSON row of `strop reproduce`; `interval` is 95%, of the mean paired gain."""

    paper: str
    method: str
    claim: str
    holds: Holds
    margin: float
    baseline: dict[str, Any]
    ours: dict[str, Any]
    interval: tuple[float, float]
    n: int
    seeds: int
    seconds: float
    model: str
    data: str
    honest_note: str
    extra: dict[str, Any]
    date: str
    command: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def available() -> tuple[str, ...]:
    """Ids of the papers that have a reproduction."""
    import strop.bench.reproductions as home

    return tuple(sorted(m.name.upper() for m in pkgutil.iter_modules(home.__path__)))


def run(paper: str, seeds: int) -> Result:
    """Run one reproduction. Raises what its models raise where they cannot be used."""
    experiment: Any = importlib.import_module(f"strop.bench.reproductions.{paper.lower()}")
    started = time.monotonic()
    arms: Arms = experiment.measure(seeds)
    gains = [ours - base for ours, base in zip(arms.ours, arms.baseline, strict=True)]
    interval = paired_interval(gains, arms.tasks)
    n = len(gains)
    return Result(
        paper=experiment.PAPER,
        method=experiment.METHOD,
        claim=experiment.CLAIM,
        holds=verdict(interval, experiment.MARGIN),
        margin=experiment.MARGIN,
        baseline={
            "name": experiment.BASELINE,
            "value": sum(arms.baseline) / n,
            "tokens": arms.tokens_baseline,
        },
        ours={"name": experiment.OURS, "value": sum(arms.ours) / n, "tokens": arms.tokens_ours},
        interval=interval,
        n=n,
        seeds=seeds,
        seconds=round(time.monotonic() - started, 1),
        model=experiment.MODEL,
        data=experiment.DATA,
        honest_note=experiment.honest_note(arms),
        extra=arms.extra,
        date=time.strftime("%Y-%m-%d"),
        command=f"strop reproduce {experiment.PAPER} --seeds {seeds}",
    )


def verdict(interval: tuple[float, float], margin: float) -> Holds:
    """`holds`, `fails` or `inconclusive` from an interval and the margin set before."""
    low, high = interval
    if low > margin:
        return "holds"
    return "fails" if high < margin else "inconclusive"


def paired_interval(
    gains: Sequence[float], groups: Sequence[str], seed: int = 0
) -> tuple[float, float]:
    """95% percentile bootstrap interval of the mean gain, resampling whole groups (tasks), since
    the seeds of one task are not independent."""
    by_group: dict[str, list[float]] = {}
    for gain, group in zip(gains, groups, strict=True):
        by_group.setdefault(group, []).append(gain)
    blocks = [(sum(rows), len(rows)) for rows in by_group.values()]
    rng = random.Random(seed)
    means: list[float] = []
    for _ in range(_RESAMPLES):
        drawn = rng.choices(blocks, k=len(blocks))
        means.append(sum(total for total, _ in drawn) / sum(count for _, count in drawn))
    means.sort()
    return means[int(0.025 * _RESAMPLES)], means[int(0.975 * _RESAMPLES) - 1]


def write(result: Result, folder: Path) -> Path:
    """Keep a result as `folder/P073.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.paper}.json"
    path.write_text(json.dumps(result.as_dict(), indent=1) + "\n", encoding="utf-8")
    return path
