"""In which order, and within which limits, patches are held against the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from strop.core.run import together
from strop.core.types import Cost, Failure, Status, Verdict

__all__ = ["TrialOrder", "TrialStep", "joined"]

_LEAST_CPU = 0.015
_TIMES = 6.0
_UNKNOWN = 0.004
_TOGETHER = 2.0
_WALL_TIMES, _WALL_MORE = 4.0, 0.25


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One test: whether it fails before any patch, and the CPU and wall seconds it took."""

    name: str
    failing: bool
    cpu_seconds: float
    wall_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TrialOrder:
    """`steps` in the order to run. Limits are learned from the passing tests: a test may take
    `slack` x (15 ms + 6 times its own CPU time, or for a failing one that of the slowest).
    `careful`: tests lean on one another, so nothing is done to run them faster."""

    steps: tuple[TrialStep, ...]
    careful: bool = False
    slack: float = 1.0

    @classmethod
    def of(
        cls, steps: Sequence[tuple[str, bool, float, float]], careful: bool = False
    ) -> TrialOrder:
        """From (test, fails now, CPU seconds, wall seconds)."""
        return cls(tuple(TrialStep(*step) for step in steps), careful)

    def slower(self, times: float) -> TrialOrder:
        """The same order with limits that many times as loose."""
        return replace(self, slack=self.slack * times)

    def record(self) -> Any:
        """As plain data, for a key."""
        return asdict(self)

    def cpu_limit(self, step: TrialStep) -> float:
        """CPU seconds for one test."""
        return self.slack * (_LEAST_CPU + _TIMES * self._known(step))

    def joint_cpu_limit(self, steps: Sequence[TrialStep]) -> float:
        """CPU seconds for several in one process: one of them may be as slow as is allowed."""
        known = [self._known(step) for step in steps]
        return self.slack * (_LEAST_CPU + _TIMES * max(known) + _TOGETHER * sum(known))

    def _known(self, step: TrialStep) -> float:
        if not step.failing:
            return step.cpu_seconds
        return max((s.cpu_seconds for s in self.steps if not s.failing), default=_UNKNOWN)

    def wall_limit(self, step: TrialStep, cpu_limit: float) -> float:
        """Wall seconds for a test of that CPU limit: it may wait as well as work."""
        known = step.wall_seconds
        if step.failing:
            known = max([known, *(s.wall_seconds for s in self.steps if not s.failing)])
        return _WALL_TIMES * max(cpu_limit, self.slack * known) + _WALL_MORE

    def verdict(self, rows: Sequence[tuple[str, Status, str]], cost: Cost) -> Verdict:
        """From (test, status, message) of the tests that were run; the score is the share of all
        tests that passed, and `detail["green"]` names the failing ones that no longer fail."""
        failing = {step.name for step in self.steps if step.failing}
        passed = [name for name, status, _ in rows if status == "passed"]
        bad = next((row for row in rows if row[1] != "passed"), None)
        feedback = (Failure(bad[0], bad[1], message=bad[2]),) if bad else ()
        whole = bad is None and len(passed) >= len(self.steps)
        detail: Mapping[str, Any] = {"green": [name for name in passed if name in failing]}
        return Verdict(
            score=min(1.0, len(passed) / max(1, len(self.steps))),
            passed=whole,
            status="passed" if whole else bad[1] if bad else "error",
            feedback=feedback,
            detail=detail,
            cost=cost,
        )


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """Verdicts on different tests of one suite as one verdict."""
    if len(verdicts) == 1:
        return verdicts[0]
    whole = together(verdicts)
    rows = whole.detail["cases"]
    good = sum(row["status"] == "passed" for row in rows)
    return replace(whole, score=good / max(1, len(rows)))
