"""What became of the mutants of a suite's files, and the score."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from strop.core.mutant import Mutant
from strop.core.types import Cost

__all__ = ["FATES", "Fate", "MutantVerdict", "MutationScore"]

Fate = Literal["killed", "timeout", "crashed", "memory", "survived", "not_covered"]
FATES: tuple[Fate, ...] = ("killed", "timeout", "crashed", "memory", "survived", "not_covered")
_NOTICED = FATES[:4]


@dataclass(frozen=True, slots=True)
class MutantVerdict:
    """One mutant. `killed`: the test `test` failed; `timeout`, `crashed` and `memory`: it ran over
    its limit, or ended the interpreter; `survived`: all of `tests` tests passed; `not_covered`: no
    test runs the line. `cpu_seconds` is what finding out took."""

    mutant: Mutant
    fate: Fate
    test: str = ""
    message: str = ""
    tests: int = 0
    cpu_seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The row of the JSON."""
        return {
            "id": self.mutant.id,
            "file": self.mutant.file,
            "line": self.mutant.line,
            "function": self.mutant.function,
            "operator": self.mutant.operator,
            "status": self.fate,
            "test": self.test,
            "message": self.message,
            "tests": self.tests,
            "cpu_seconds": round(self.cpu_seconds, 6),
        }


@dataclass(frozen=True)
class MutationScore:
    """Verdicts on mutants, drawn by chance from `population` where they are fewer. `equivalent`
    mutants compile to the code that was there, `duplicate` ones to that of another; neither is
    among the population. `left_out` are flaky tests; `leaning` is a test that fails out of order,
    for which every mutant is held against the suite in its order."""

    rows: tuple[MutantVerdict, ...]
    population: int
    equivalent: int = 0
    duplicate: int = 0
    left_out: tuple[str, ...] = ()
    leaning: str = ""
    cost: Cost = Cost()

    @property
    def counts(self) -> dict[str, int]:
        """How many mutants met each fate."""
        told = Counter(row.fate for row in self.rows)
        return {fate: told[fate] for fate in FATES}

    @property
    def noticed(self) -> int:
        """Killed, or ended by a limit or a crash."""
        return sum(self.counts[fate] for fate in _NOTICED)

    @property
    def score(self) -> float | None:
        """The share that was noticed, in [0, 1]; None where no mutant was judged."""
        return self.noticed / len(self.rows) if self.rows else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% Wilson interval of the population's score; None where all of it was judged."""
        n = len(self.rows)
        if not n or n >= self.population:
            return None
        z, p = 1.96, self.noticed / n
        middle, width = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
        scale = 1 + z * z / n
        return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)

    @property
    def survivors(self) -> tuple[MutantVerdict, ...]:
        """Those that every test accepted."""
        return tuple(row for row in self.rows if row.fate == "survived")

    def as_dict(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Plain data; `files` are the texts that diffs are made against."""
        score, interval = self.score, self.interval
        return {
            "score": None if score is None else round(score, 6),
            "score_95": None if interval is None else [round(end, 4) for end in interval],
            "mutants": len(self.rows),
            "population": self.population,
            **self.counts,
            "equivalent": self.equivalent,
            "duplicate": self.duplicate,
            "left_out": list(self.left_out),
            "leaning": self.leaning,
            "cpu_seconds": round(self.cost.cpu_seconds, 3),
            "rows": [row.as_dict() for row in self.rows],
            "survivors": [
                {
                    "id": row.mutant.id,
                    "file": row.mutant.file,
                    "line": row.mutant.line,
                    "function": row.mutant.function,
                    "operator": row.mutant.operator,
                    "diff": row.mutant.diff(files),
                }
                for row in self.survivors
            ],
        }
