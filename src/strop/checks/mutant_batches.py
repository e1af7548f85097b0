"""Mutants in batches that share one collected suite, and what each batch came to."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from strop.checks.kill_order import KillOrder
from strop.checks.mutation_score import Fate, MutantVerdict
from strop.core.ledger import digest
from strop.core.mutant import Mutant
from strop.sandbox.jobs import Execution, StepOutcome, Trial, TrialOutcome

__all__ = ["Asked", "MutantBatches"]

_FIRST, _LEAST, _MOST = 24, 8, 512
_BATCH_SECONDS = 5.0
_MOST_STEPS = 60_000
_PATIENCE = 8.0
_TRIES = 2
_NOT_BEGUN = "pytest did not begin: a conftest or plugin that imports the module failed"


@dataclass(frozen=True, slots=True)
class Asked:
    """One mutant's turn: the tests to run on it (None: all, since the mutant changes which there
    are), how many times as much wall time they get, how many turns were lost to a broken batch."""

    mutant: Mutant
    tests: tuple[str, ...] | None
    patience: float = 1.0
    lost: int = 0


class MutantBatches:
    """Hands out mutants in an order by chance (the same each time), so that those judged by any
    moment stand for all. Batches are as large as take a few seconds."""

    def __init__(self, order: KillOrder, mutants: Sequence[Mutant], workers: int) -> None:
        self._order = order
        self._workers = workers
        self._waiting = deque(sorted(mutants, key=lambda mutant: digest(mutant.id)))
        self._again: deque[list[Asked]] = deque()
        self._spent = 0.0
        self._judged = 0

    def uncovered(self) -> list[MutantVerdict]:
        """Takes out those whose line no test runs."""
        none = [mutant for mutant in self._waiting if not self._order.covered(mutant)]
        self._waiting = deque(mutant for mutant in self._waiting if self._order.covered(mutant))
        return [MutantVerdict(mutant, "not_covered") for mutant in none]

    @property
    def wanted(self) -> int:
        """How many batches at once are worth it: another worker has to load pytest first."""
        if not self._judged:
            return 1
        left = len(self._waiting) * self._spent / self._judged
        return max(1, min(self._workers, round(left / _BATCH_SECONDS)))

    def next(self) -> list[Asked]:
        """The next batch; empty if nothing waits."""
        if self._again:
            return self._again.popleft()
        batch: list[Asked] = []
        steps = 0
        size = self._size()
        while self._waiting and len(batch) < size and steps < _MOST_STEPS:
            mutant = self._waiting.popleft()
            tests = tuple(self._order.tests(mutant))
            batch.append(Asked(mutant, tests))
            steps += len(tests)
        return batch

    def _size(self) -> int:
        if not self._judged:
            return _FIRST
        each = max(1e-4, self._spent / self._judged)
        share = math.ceil(len(self._waiting) / self.wanted)
        return max(_LEAST, min(_MOST, int(_BATCH_SECONDS / each), share))

    def trial(self, asked: Asked) -> Trial:
        """What is run for one mutant."""
        edit = asked.mutant.edit
        edits = [(edit.file, edit.start, edit.end, edit.text)]
        if asked.tests is None:
            return Trial(edits, stop=False, cold=True)
        return Trial(
            edits,
            self._order.steps(asked.tests, asked.patience),
            careful=bool(self._order.survey.leaning),
            cold=self._order.cold(asked.mutant),
        )

    def wall(self, trials: Sequence[Trial]) -> float:
        """Seconds after which a batch is ended whatever it does."""
        each = 60.0 + 10 * self._order.survey.loading
        return (
            each
            + sum(s.wall_seconds for trial in trials for s in trial.steps or ())
            + sum(each for trial in trials if trial.cold)
        )

    def read(self, batch: Sequence[Asked], execution: Execution) -> list[MutantVerdict]:
        """Verdicts; mutants that need another turn wait again. Outcomes that are missing are those
        of a batch that broke: it is halved until the mutant that breaks it is alone."""
        outcomes = execution.trials or (TrialOutcome(),) * len(batch)
        told: list[MutantVerdict] = []
        lost: list[Asked] = []
        for asked, outcome in zip(batch, outcomes, strict=True):
            verdict = self._verdict(asked, outcome)
            if isinstance(verdict, Asked):
                lost.append(verdict)
            elif verdict is not None:
                told.append(verdict)
                self._learn(asked, outcome, verdict)
        if len(batch) == 1 and lost and lost[0].lost > _TRIES:
            why = execution.message or "the sandbox ended with it"
            return [MutantVerdict(lost[0].mutant, "crashed", "", why)]
        half = (len(lost) + 1) // 2
        self._again.extend(part for part in (lost[:half], lost[half:]) if part)
        self._judged += len(told)
        self._spent += execution.total_cpu
        return told

    def _learn(self, asked: Asked, outcome: TrialOutcome, verdict: MutantVerdict) -> None:
        ran = [step.what for step in outcome.steps if step.what in self._order.survey.seconds]
        self._order.learn(asked.mutant, ran, verdict.test)

    def _verdict(self, asked: Asked, outcome: TrialOutcome) -> MutantVerdict | Asked | None:
        """The verdict; the mutant again if its turn was lost; None if it waits for another one."""
        steps = [s for s in outcome.steps if s.what not in self._order.survey.flaky]
        bad = next((step for step in steps if step.status != "passed"), None)
        ran = len(outcome.steps)
        if bad is None and outcome.complete and not ran and asked.tests != ():
            return MutantVerdict(asked.mutant, "killed", "", _NOT_BEGUN, 0, outcome.cpu_seconds)
        if bad is None:
            if not outcome.complete or (asked.tests is not None and ran < len(asked.tests)):
                return replace(asked, lost=asked.lost + 1)
            return MutantVerdict(asked.mutant, "survived", "", "", ran, outcome.cpu_seconds)
        if bad.status == "error" and bad.message == "the test is gone":
            self._again.append([replace(asked, tests=None)])
            return None
        if bad.status == "timeout" and bad.message.startswith("wall") and asked.patience == 1.0:
            # Its wall time may have gone to other processes.
            self._again.append([replace(asked, patience=_PATIENCE)])
            return None
        fate = _fate(bad)
        return MutantVerdict(asked.mutant, fate, bad.what, bad.message, ran, outcome.cpu_seconds)


def _fate(step: StepOutcome) -> Fate:
    if step.status in ("timeout", "crashed", "memory"):
        return step.status
    return "memory" if step.message.startswith("MemoryError") else "killed"
