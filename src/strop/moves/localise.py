"""Spectrum-based fault localisation: which lines the failing tests run and the passing ones do not.

Ochiai: s(line) = ef / sqrt((ef + nf) (ef + ep)), where ef and ep are the failing and passing tests
that run the line and nf the failing ones that do not. Scores lie in [0, 1].
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from strop.core.errors import BadInput
from strop.core.types import Failure, Status, Verdict

__all__ = ["Place", "Spectrum", "ochiai"]

Place = tuple[str, int]
TestStep = tuple[str, bool, float, float]
"""A test, whether it fails now, its CPU and wall seconds."""


@dataclass(frozen=True)
class Spectrum:
    """What a survey found: tests with status and CPU seconds, lines each reached, flaky tests, and
    recorded calls (file, entry, arguments as JSON)."""

    status: Mapping[str, Status]
    cpu_seconds: Mapping[str, float]
    wall_seconds: Mapping[str, float]
    message: Mapping[str, str]
    lines: Mapping[str, frozenset[Place]]
    loaded: frozenset[Place]
    flaky: frozenset[str]
    calls: tuple[tuple[str, str, str], ...]
    told: tuple[Failure, ...] = ()
    elsewhere: frozenset[str] = frozenset()

    @classmethod
    def of(cls, verdict: Verdict) -> Spectrum:
        """From the verdict of a survey."""
        detail: Mapping[str, Any] = verdict.detail
        loaded = frozenset((str(f), int(n)) for f, n in detail["loaded"])
        rows = detail["cases"]
        lines = {
            name: frozenset((str(f), int(n)) for f, n in found) | loaded
            for name, found in detail["lines"].items()
        }
        return cls(
            status={row["name"]: row["status"] for row in rows},
            cpu_seconds={row["name"]: row["cpu_seconds"] for row in rows},
            wall_seconds={row["name"]: row.get("wall_seconds", 0.0) for row in rows},
            message={row["name"]: row["message"] for row in rows},
            lines=lines,
            loaded=loaded,
            flaky=frozenset(detail["flaky"]),
            told=tuple(item for item in verdict.feedback if isinstance(item, Failure)),
            calls=tuple((str(f), str(e), str(a)) for f, e, a in detail["calls"]),
        )

    @classmethod
    def fault_in(cls, verdict: Verdict) -> Spectrum:
        """From the verdict of a survey, with tests left out that fail elsewhere: those that run no
        line of the files but their import. Raises `BadInput` where no steady failure is left."""
        spectrum = cls.of(verdict)
        if not spectrum.failing:
            raise BadInput(_nothing_to_do(spectrum))
        own = {
            name: found - spectrum.loaded if name in spectrum.lines else None
            for name, found in ((n, spectrum.lines.get(n, frozenset())) for n in spectrum.failing)
        }
        elsewhere = frozenset(
            name for name, found in own.items() if found is not None and not found
        )
        if len(elsewhere) == len(own):
            name = spectrum.failing[0]
            message = (spectrum.message[name].strip().splitlines() or ["no message"])[0]
            raise BadInput(
                f"{name} fails without running a line of the given files beyond their import: "
                f"{message[:120]}. Name the file that it tests."
            )
        return replace(spectrum, elsewhere=elsewhere)

    @property
    def left_out(self) -> list[str]:
        """Tests that no patch is held against: flaky ones, and those that fail elsewhere."""
        return sorted(self.flaky | self.elsewhere)

    def failures(self) -> list[Failure]:
        """The steady failures as feedback."""
        told = {failure.case: failure for failure in self.told}
        return [
            told.get(name) or Failure(name, self.status[name], message=self.message[name])
            for name in self.failing
        ]

    def steps(self) -> list[TestStep]:
        """The tests in the order to run: the failing ones, then of the passing ones those that run
        the files; each time the cheapest first."""
        failing = sorted(self.failing, key=lambda n: (self.status[n] == "timeout", *self._cost(n)))
        touching = [n for n in self.passing if self.lines.get(n, frozenset()) - self.loaded]
        passing = sorted(touching, key=self._cost)
        return [self._step(name) for name in (*failing, *passing)]

    def in_order(self) -> list[TestStep]:
        """The same for every steady test in the suite's own order."""
        steady = {*self.failing, *self.passing}
        return [self._step(name) for name in self.status if name in steady]

    def _cost(self, name: str) -> tuple[float, float]:
        return self.cpu_seconds[name], self.wall_seconds[name]

    def _step(self, name: str) -> TestStep:
        return (name, self.status[name] != "passed", *self._cost(name))

    @property
    def failing(self) -> list[str]:
        """Tests that fail every time, in the suite's order."""
        out = self.flaky | self.elsewhere
        return [n for n, s in self.status.items() if s != "passed" and n not in out]

    @property
    def passing(self) -> list[str]:
        """Tests that pass every time, in the suite's order."""
        return [n for n, s in self.status.items() if s == "passed" and n not in self.flaky]


def _nothing_to_do(spectrum: Spectrum) -> str:
    if spectrum.flaky:
        names = sorted(spectrum.flaky)
        return (
            f"{names[0]} is flaky: it passed and failed on the same files. Make it steady first"
            + (f" (and {len(names) - 1} more)." if len(names) > 1 else ".")
        )
    count = len(spectrum.status)
    which = f"all {count} tests pass" if count > 1 else "the only test passes"
    return f"{which} already, so there is nothing to repair. Name tests that fail."


class Suspicion:
    """Scores of lines; one inside a statement of many lines has its first line's score."""

    def __init__(self, scores: Mapping[Place, float]) -> None:
        self.scores = scores
        self._lines: dict[str, list[int]] = {}
        for file, line in sorted(scores):
            self._lines.setdefault(file, []).append(line)

    @property
    def known(self) -> bool:
        """Whether any failing test told which lines it ran."""
        return any(score > 0 for score in self.scores.values())

    def __call__(self, file: str, line: int) -> float:
        known = self._lines.get(file, [])
        at = bisect_right(known, line)
        return self.scores[file, known[at - 1]] if at else 0.0

    def ranked(self) -> Sequence[tuple[Place, float]]:
        """Lines that a failing test runs, most suspicious first."""
        hit = [item for item in self.scores.items() if item[1] > 0]
        return sorted(hit, key=lambda item: (-item[1], item[0]))


def ochiai(spectrum: Spectrum) -> Suspicion:
    """The suspicion of every line that any test reached."""
    failed: Counter[Place] = Counter()
    passed: Counter[Place] = Counter()
    failing = [name for name in spectrum.failing if name in spectrum.lines]
    for name in failing:
        failed.update(spectrum.lines[name])
    for name in spectrum.passing:
        passed.update(spectrum.lines.get(name, frozenset()))
    scores: dict[Place, float] = {}
    for place in {*failed, *passed}:
        ef, ep = failed[place], passed[place]
        total = math.sqrt(len(failing) * (ef + ep))
        scores[place] = ef / total if total else 0.0
    return Suspicion(scores)
