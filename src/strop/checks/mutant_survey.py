"""What a suite does without any mutation: which test takes how long, and runs which lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strop.checks.instrument import instrument
from strop.checks.suite_refusal import fails_alone, never_began, not_finished
from strop.checks.suite_trials import SuiteTrials
from strop.core.errors import BadInput
from strop.core.types import Cost
from strop.sandbox.jobs import Execution, Step, Trial, TrialOutcome

__all__ = ["MutantSurvey", "Place", "survey_suite"]

Place = tuple[str, int]
"""A file and one of its lines."""

# Some kernels count CPU time in ticks of 4 ms.
_NOISE = 0.005
_Seconds = tuple[float, float]


@dataclass(frozen=True)
class MutantSurvey:
    """The steady tests in the suite's order.

    `seconds` are CPU and wall seconds of each test; `together` those of what several tests share
    and the first of them pays (fixtures, caches); `loading` CPU seconds of importing and
    collecting. `lines` are what each test runs; of the `unsure` tests only a part is known. What a
    test sees of `shared` lines may have been computed before it, for another test or by the import
    (`loaded`). `flaky` tests are left out; `leaning` is a test that fails out of the suite's order.
    """

    seconds: Mapping[str, _Seconds]
    lines: Mapping[str, frozenset[Place]]
    unsure: frozenset[str] = frozenset()
    shared: frozenset[Place] = frozenset()
    loaded: frozenset[Place] = frozenset()
    together: _Seconds = (0.0, 0.0)
    loading: float = 0.0
    flaky: tuple[str, ...] = ()
    leaning: str = ""
    cost: Cost = Cost()


async def survey_suite(trials: SuiteTrials) -> MutantSurvey:
    """Runs the suite forwards and backwards, each as it is and reporting lines, and backwards once
    more as mutants are run; again where a test did not pass. Raises `BadInput` for a suite that
    does not collect, pass or end."""
    return await _Survey(trials).whole()


class _Survey:
    def __init__(self, trials: SuiteTrials) -> None:
        self._trials = trials
        self._files = trials.names
        self._traced = [
            (name, 0, len(text), instrument(text, i))
            for i, (name, text) in enumerate(trials.files.items())
        ]
        self._jobs: list[Execution] = []
        self._flaky: list[str] = []

    async def whole(self) -> MutantSurvey:
        traced = Trial(self._traced, stop=False, cold=True, record=True)
        first = await self._run([Trial(stop=False), traced])
        if first.status == "passed" and not any(trial.complete for trial in first.trials):
            # From a fresh import it is told how that ended.
            probe = await self._run([Trial(stop=False, cold=True)])
            raise BadInput(never_began(self._trials, probe))
        refusal = not_finished(self._trials, first)
        if refusal:
            raise BadInput(refusal)
        forward, told = first.trials
        await self._demand_passing(forward)
        steady = [step.what for step in forward.steps if step.what not in self._flaky]
        back = self._backwards(steady)
        again = [Trial(steps=back, stop=False), Trial(steps=back)]
        again.append(Trial(self._traced, back, stop=False, cold=True, record=True))
        second = await self._run(again)
        # One that did not come to its end says nothing.
        backward, quick, other = second.trials if len(second.trials) == 3 else (TrialOutcome(),) * 3
        leaning = await self._leaning(steady, backward, quick)
        steady = [name for name in steady if name not in self._flaky]
        alone = [] if leaning else [backward]
        lines, unsure, shared = self._lines(steady, told, TrialOutcome() if leaning else other)
        loaded = frozenset((self._files[f], line) for f, line in told.loaded)
        loading = told.cpu_seconds - sum(step.cpu_seconds for step in told.steps)
        return MutantSurvey(
            seconds=_seconds(steady, forward, TrialOutcome() if leaning else quick),
            lines=lines,
            unsure=unsure,
            shared=shared | loaded,
            loaded=loaded,
            together=_together(steady, [forward, *alone]),
            loading=max(0.0, loading),
            flaky=tuple(self._flaky),
            leaning=leaning,
            cost=Cost(
                executions=len(self._jobs), cpu_seconds=sum(job.total_cpu for job in self._jobs)
            ),
        )

    async def _run(self, trials: Sequence[Trial]) -> Execution:
        self._jobs.append(await self._trials.pool.run(self._trials.job(trials)))
        return self._jobs[-1]

    def _backwards(self, names: Sequence[str]) -> list[Step]:
        return [Step(name, *self._trials.step) for name in reversed(names)]

    async def _demand_passing(self, forward: TrialOutcome) -> None:
        """Tests that fail now and pass another time are flaky; for others there is no way on."""
        bad = [step for step in forward.steps if step.status != "passed"]
        if bad:
            again = await self._run([Trial(stop=False), Trial(stop=False)])
            passed = {name for outcome in again.trials for name in _passed(outcome)}
            self._flaky += [step.what for step in bad if step.what in passed]
            bad = [step for step in bad if step.what not in passed]
        if bad:
            raise BadInput(fails_alone(self._trials, bad, len(forward.steps)))
        if len(self._flaky) == len(forward.steps):
            raise BadInput(
                f"every test is flaky, like {self._flaky[0]}: no verdict would mean anything. Mend "
                "one first."
            )

    async def _leaning(
        self, steady: Sequence[str], backward: TrialOutcome, quick: TrialOutcome
    ) -> str:
        """The first test that fails out of order, and only there."""
        bad = [name for name in steady if name not in _passed(backward)]
        if not bad:
            # Nothing that the usual way adds may be missed by the quick one.
            return next((name for name in steady if name not in _passed(quick)), "")
        again = await self._run(
            [Trial(stop=False), Trial(steps=self._backwards(steady), stop=False)]
        )
        here, there = map(_passed, again.trials or (TrialOutcome(),) * 2)
        wavers = [name for name in bad if name not in here or name in there]
        self._flaky += wavers
        return next((name for name in bad if name not in wavers), "")

    def _lines(
        self, steady: Sequence[str], forward: TrialOutcome, backward: TrialOutcome
    ) -> tuple[dict[str, frozenset[Place]], frozenset[str], frozenset[Place]]:
        """Lines of each test in either order; tests that reporting cut short or broke; lines that a
        test ran in one order only, so whatever ran them first left something for the others."""
        there, back = self._reached(forward), self._reached(backward)
        known = set(steady) & _passed(forward)
        if backward.steps:
            known &= _passed(backward)
        none: frozenset[Place] = frozenset()
        lines = {name: there.get(name, none) | back.get(name, none) for name in steady}
        shared: set[Place] = set()
        if backward.steps:
            for name in known:
                shared |= there[name] ^ back[name]
        return lines, frozenset(steady) - known, frozenset(shared)

    def _reached(self, outcome: TrialOutcome) -> dict[str, frozenset[Place]]:
        files = self._files
        return {s.what: frozenset((files[f], line) for f, line in s.lines) for s in outcome.steps}


def _passed(outcome: TrialOutcome) -> set[str]:
    return {step.what for step in outcome.steps if step.status == "passed"}


def _seconds(
    steady: Sequence[str], usual: TrialOutcome, quick: TrialOutcome
) -> dict[str, _Seconds]:
    """Of the way that mutants are run where that is known."""
    told = {s.what: (s.cpu_seconds, s.wall_seconds) for s in (*usual.steps, *quick.steps)}
    return {name: told[name] for name in steady}


def _together(steady: Sequence[str], passes: Sequence[TrialOutcome]) -> _Seconds:
    """A test that took much longer in one order than in the other had something set up for it
    there that others use too."""
    rows = [{s.what: (s.cpu_seconds, s.wall_seconds) for s in p.steps} for p in passes]
    whole = [0.0, 0.0]
    for name in steady:
        told = [row[name] for row in rows if name in row]
        for which in (0, 1):
            most = max(pair[which] for pair in told)
            saved = most - min(pair[which] for pair in told)
            if saved > max(_NOISE, most / 2):
                whole[which] += saved
    return whole[0], whole[1]
