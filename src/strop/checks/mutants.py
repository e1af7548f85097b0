"""The mutation score of a pytest suite: how many small changes of the code under test it notices.

score = (killed + timeout + crashed + memory) / mutants
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from strop.checks.kill_order import KillOrder
from strop.checks.mutant_batches import Asked, MutantBatches
from strop.checks.mutant_survey import MutantSurvey, survey_suite
from strop.checks.mutation_score import MutantVerdict, MutationScore
from strop.checks.suite_trials import SuiteTrials
from strop.core.errors import BadInput
from strop.core.ledger import digest
from strop.core.mutant import Mutant
from strop.core.types import Candidate, Cost, SurvivingMutant, Verdict
from strop.sandbox.jobs import Execution

__all__ = ["MutantsCheck"]

_PLAIN = ("--assert=plain", "--capture=no")
_LOAD_LEAST, _LOAD_TIMES, _LOAD_WALL = 1.0, 10.0, 8.0


class MutantsCheck:
    """Mutants of the files of `trials`, each held against the tests that run its line, in a fork of
    the collected suite, until one fails. `population` is how many mutants there are where these
    are a sample; `equivalent` and `duplicate` are reported with the score."""

    name = "mutants"

    def __init__(
        self,
        trials: SuiteTrials,
        mutants: Sequence[Mutant],
        *,
        population: int | None = None,
        equivalent: int = 0,
        duplicate: int = 0,
    ) -> None:
        self.trials = trials
        self.mutants = tuple(mutants)
        self.population = len(self.mutants) if population is None else population
        self.equivalent = equivalent
        self.duplicate = duplicate
        self.key = digest("mutants", trials.key, [mutant.id for mutant in self.mutants])

    @property
    def executions(self) -> int:
        """Jobs of the survey, and at worst one a mutant and turn."""
        return 3 + 4 * len(self.mutants)

    async def __call__(self, candidate: Candidate) -> Verdict:
        """The score of the suite as it is, whatever the candidate; survivors are the feedback.
        Raises `BadInput` as `survey` does."""
        survey = await self.survey()
        rows: list[MutantVerdict] = []
        spent = survey.cost
        async for told, cost in self.judged(survey):
            rows += told
            spent += cost
        score = self.scored(rows, survey, spent)
        missed = [row for row in rows if row.fate in ("survived", "not_covered")]
        return Verdict(
            score=score.score or 0.0,
            passed=not missed,
            status="failed" if missed else "passed",
            feedback=tuple(
                SurvivingMutant(row.mutant.diff(self.trials.files)) for row in score.survivors
            ),
            detail=score.as_dict(self.trials.files),
            cost=spent,
        )

    async def survey(self) -> MutantSurvey:
        """What the suite does without a mutation. Raises `BadInput` where it does not collect, does
        not pass, needs the network, ends the interpreter, or takes too long."""
        return await survey_suite(self.trials)

    def scored(
        self, rows: Sequence[MutantVerdict], survey: MutantSurvey | None, cost: Cost = Cost()
    ) -> MutationScore:
        """The score of the mutants judged so far, in the order of their text."""
        place = {mutant.id: at for at, mutant in enumerate(self.mutants)}
        return MutationScore(
            rows=tuple(sorted(rows, key=lambda row: place[row.mutant.id])),
            population=self.population,
            equivalent=self.equivalent,
            duplicate=self.duplicate,
            left_out=survey.flaky if survey else (),
            leaning=survey.leaning if survey else "",
            cost=cost,
        )

    async def judged(self, survey: MutantSurvey) -> AsyncIterator[tuple[list[MutantVerdict], Cost]]:
        """Verdicts as they come, with what they cost. Whoever stops listening ends the rest; the
        verdicts up to then are those of mutants drawn by chance."""
        pool = self.trials.pool
        workers = pool.workers or min(os.cpu_count() or 1, 4)
        batches = MutantBatches(KillOrder(survey), self.mutants, workers)
        yield batches.uncovered(), Cost()
        running: dict[asyncio.Task[Execution], list[Asked]] = {}
        try:
            while True:
                while len(running) < batches.wanted and (batch := batches.next()):
                    running[asyncio.create_task(self._run(batches, batch, survey))] = batch
                if not running:
                    return
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    execution = task.result()
                    told = batches.read(running.pop(task), execution)
                    yield told, Cost(executions=1, cpu_seconds=execution.total_cpu)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _run(
        self, batches: MutantBatches, batch: Sequence[Asked], survey: MutantSurvey
    ) -> Execution:
        trials = [batches.trial(asked) for asked in batch]
        job = self.trials.job(trials, _PLAIN, batches.wall(trials))
        limit = _LOAD_LEAST + _LOAD_TIMES * survey.loading
        load = limit, _LOAD_WALL * limit
        execution = await self.trials.pool.run(replace(job, load=load))
        if execution.status == "error":
            raise BadInput(
                f"tests {' '.join(self.trials.suite.targets)} collected once and then did not: "
                f"{execution.message.strip().splitlines()[-1][:160]}. Mend what is flaky about "
                "their import."
            )
        return execution
