"""Patches of a project's files held against its pytest suite, many to a collected suite."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from strop.checks.execute import canonical_text
from strop.checks.instrument import instrument
from strop.checks.trial_order import TrialOrder
from strop.core.errors import BadInput
from strop.core.ledger import digest
from strop.core.patch import Edit, Patch
from strop.core.types import Candidate, Cost, Failure, Observation, Status, Verdict
from strop.sandbox.inside import wire
from strop.sandbox.jobs import (
    Execution,
    Limits,
    Step,
    StepOutcome,
    SuiteJob,
    Trial,
    TrialOutcome,
    TrialsJob,
)
from strop.sandbox.pool import Pool

__all__ = ["Suite", "SuiteTrials"]

# Messages of failures are wanted once, in the survey; later an assertion need not explain itself.
MOST_HANGS = 4
_SCRATCH = "/tmp/job"
_PLAIN = ("--assert=plain", "--capture=no")


@dataclass(frozen=True)
class Suite:
    """A project and its tests: `project` is the folder (absolute), `paths` the folders in it to
    import from, `targets` what pytest is given, `files` texts written over the copy."""

    project: str
    targets: tuple[str, ...]
    paths: tuple[str, ...] = ()
    files: Mapping[str, str] | None = None
    plugins: bool = True


class SuiteTrials:
    """The files under repair (path below the project to text) and the suite that they are to pass.

    `digest_of_project` stands for everything else in the folder; `step` are the CPU and wall
    seconds after which a test of the survey is ended.
    """

    def __init__(
        self,
        suite: Suite,
        files: Mapping[str, str],
        pool: Pool,
        limits: Limits,
        digest_of_project: str = "",
        step: tuple[float, float] = (10.0, 20.0),
    ) -> None:
        self.suite = suite
        self.files = dict(files)
        self.names = list(self.files)
        self.pool = pool
        self.limits = limits
        self.step = step
        self.key = digest(
            "suite trials",
            [suite.targets, suite.paths, suite.files, suite.plugins, digest_of_project],
            self.files,
            pool.python,
        )

    @property
    def survey(self) -> SuiteSurvey:
        """What each test comes to now, twice, in which time, and by which lines."""
        return SuiteSurvey(self)

    def screen(
        self,
        steps: Sequence[tuple[str, bool, float, float]],
        careful: bool = False,
        loaded: Sequence[tuple[str, int]] = (),
    ) -> SuiteScreen:
        """A fast check of (test, fails now, CPU, wall seconds) in this order; see `TrialOrder`.
        Patches checked at the same time share one collection; those that touch `loaded` (file and
        line of what the import runs) get a fresh import."""
        return SuiteScreen(self, TrialOrder.of(steps, careful), frozenset(loaded))

    def verify(self, left_out: Sequence[str] = ()) -> SuiteVerify:
        """The whole suite, but for tests left out, in its own order in a fresh process."""
        return SuiteVerify(self, left_out)

    def job(
        self, trials: Sequence[Trial], arguments: Sequence[str] = (), wall: float | None = None
    ) -> TrialsJob:
        """A job of trials on this suite."""
        return TrialsJob(
            trials=trials,
            under_test=self.names,
            files={**(self.suite.files or {}), **self.files},
            targets=[*arguments, *self.suite.targets],
            plugins=self.suite.plugins,
            project=self.suite.project,
            paths=self.suite.paths,
            step=self.step,
            limits=replace(
                self.limits,
                cpu_seconds=wall or self.limits.wall_seconds,
                wall_seconds=wall or self.limits.wall_seconds,
                result_bytes=1 << 25,
            ),
        )


class SuiteSurvey:
    """Three passes in one job: plain, plain again (to find flaky tests), and with reports of lines
    and calls. Raises `BadInput` where the suite does not collect."""

    name = "survey"

    def __init__(self, trials: SuiteTrials) -> None:
        self._trials = trials
        self.key = digest("suite survey", trials.key)

    @property
    def executions(self) -> int:
        """One job."""
        return 1

    async def __call__(self, candidate: Candidate) -> Verdict:
        trials = self._trials
        whole = [
            (name, 0, len(text), instrument(text, i))
            for i, (name, text) in enumerate(trials.files.items())
        ]
        traced = Trial(whole, stop=False, cold=True, record=True)
        job = trials.job([Trial(stop=False), Trial(stop=False), traced])
        execution = await trials.pool.run(job)
        if execution.status == "error" or not execution.collected:
            raise BadInput(_refusal(trials, execution))
        if execution.status != "passed":
            raise BadInput(_unfinished(trials, execution))
        return self._verdict(execution)

    def _verdict(self, execution: Execution) -> Verdict:
        plain, second, traced = execution.trials
        again = {step.what: step.status for step in second.steps}
        traces = {step.what: step for step in traced.steps}
        first = [_slow_or_hung(step, traces.get(step.what)) for step in plain.steps]
        rows = [
            {
                "name": step.what,
                "status": step.status,
                "input": None,
                "expected": None,
                "got": None,
                "message": step.message,
                "cpu_seconds": round(step.cpu_seconds, 6),
                "wall_seconds": round(step.wall_seconds, 6),
            }
            for step in first
        ]
        names = self._trials.names
        detail = {
            "cases": rows,
            "lines": {n: [[names[f], line] for f, line in s.lines] for n, s in traces.items()},
            "loaded": [[names[f], line] for f, line in traced.loaded],
            "calls": [[names[f], entry, text] for s in traced.steps for f, entry, text in s.calls],
            "flaky": [
                s.what
                for s in plain.steps
                if again.get(s.what) is not None
                and (again[s.what] == "passed") != (s.status == "passed")
            ],
        }
        good = sum(row["status"] == "passed" for row in rows)
        failing = [s for s in first if s.status != "passed"]
        return Verdict(
            score=good / max(1, len(rows)),
            passed=not failing,
            status=failing[0].status if failing else "passed",
            feedback=tuple(Failure(s.what, s.status, message=s.message) for s in failing),
            detail=detail,
            cost=Cost(executions=1, cpu_seconds=execution.total_cpu),
        )


def _slow_or_hung(plain: StepOutcome, traced: StepOutcome | None) -> StepOutcome:
    """After one hang, later tests had less time: one that then ended with more was only slow."""
    if plain.status != "timeout" or traced is None or traced.status == "timeout":
        return plain
    return plain if traced.message.startswith("Enough") else traced


class SuiteScreen:
    """Runs tests in the order given until one fails; what is asked at one moment is one job."""

    name = "screen"
    executions = 1

    def __init__(
        self, trials: SuiteTrials, order: TrialOrder, loaded: frozenset[tuple[str, int]]
    ) -> None:
        self._trials = trials
        self._order = order
        self._loaded = loaded
        self.key = digest("suite screen", trials.key, order.record())
        self._steps = [self._step(step) for step in order.steps]
        self._waiting: list[tuple[Candidate, asyncio.Future[Verdict]]] = []
        self._running: set[asyncio.Task[None]] = set()

    def slower(self, times: float) -> SuiteScreen:
        """The same with limits that many times as loose."""
        return SuiteScreen(self._trials, self._order.slower(times), self._loaded)

    def _step(self, step: Any) -> Step:
        cpu = self._order.cpu_limit(step)
        return Step(step.name, cpu, self._order.wall_limit(step, cpu))

    async def __call__(self, candidate: Candidate) -> Verdict:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # After every task that is ready now: they may ask as well.
            loop.call_soon(loop.call_soon, self._launch)
        future: asyncio.Future[Verdict] = loop.create_future()
        self._waiting.append((candidate, future))
        return await future

    def _trial(self, patch: Patch) -> Trial:
        cold = any(self._at_import(edit) for edit in patch.edits)
        return Trial(_edits(patch.value), self._steps, careful=self._order.careful, cold=cold)

    def _at_import(self, edit: Edit) -> bool:
        text = self._trials.files[edit.file]
        first = text.count("\n", 0, edit.start) + 1
        last = first + text.count("\n", edit.start, edit.end)
        return any((edit.file, line) in self._loaded for line in range(first, last + 1))

    def _launch(self) -> None:
        batch, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._judge(batch))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        for _, future in batch:
            future.add_done_callback(lambda _, t=task, b=batch: _cancel_if_unwanted(t, b))

    async def _judge(self, batch: list[tuple[Candidate, asyncio.Future[Verdict]]]) -> None:
        try:
            trials = [self._trial(Patch.read(candidate.value)) for candidate, _ in batch]
            wall = 60.0 + len(trials) * sum(step.wall_seconds for step in self._steps)
            execution = await self._trials.pool.run(self._trials.job(trials, _PLAIN, wall))
            if execution.status == "error":
                raise BadInput(_refusal(self._trials, execution))
            self._answer(batch, execution)
        except Exception as error:  # noqa: BLE001 - whoever waits for a verdict must hear of it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        finally:
            for _, future in batch:
                future.cancel()

    def _answer(
        self, batch: list[tuple[Candidate, asyncio.Future[Verdict]]], execution: Execution
    ) -> None:
        each = sum(t.cpu_seconds for t in execution.trials)
        shared = max(0.0, execution.total_cpu - each) / len(batch)
        outcomes = execution.trials or (TrialOutcome(),) * len(batch)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():
                rows: list[tuple[str, Status, str]]
                rows = [(s.what, s.status, s.message) for s in outcome.steps]
                if not outcome.complete:
                    rows.append(("", "crashed", execution.message))
                cost = Cost(executions=1, cpu_seconds=outcome.cpu_seconds + shared)
                future.set_result(self._order.verdict(rows, cost))


def _edits(value: str) -> list[tuple[str, int, int, str]]:
    return [(e.file, e.start, e.end, e.text) for e in Patch.read(value).edits]


def _cancel_if_unwanted(
    task: asyncio.Task[None], batch: Sequence[tuple[Candidate, asyncio.Future[Verdict]]]
) -> None:
    if all(future.cancelled() for _, future in batch):
        task.cancel()


class SuiteVerify:
    """The suite as it is run by hand. What was skipped before any patch may still be."""

    name = "pytest"
    executions = 1

    def __init__(self, trials: SuiteTrials, left_out: Sequence[str]) -> None:
        self._trials = trials
        self._without = tuple(left_out)
        self.key = digest("suite verify", trials.key, self._without)

    async def __call__(self, candidate: Candidate) -> Verdict:
        trials = self._trials
        suite = trials.suite
        patched = Patch.read(candidate.value).apply(trials.files)
        leave = [f"--deselect={name}" for name in self._without]
        execution = await trials.pool.run(
            SuiteJob(
                files={**(suite.files or {}), **trials.files, **patched},
                targets=suite.targets,
                arguments=leave,
                plugins=suite.plugins,
                project=suite.project,
                paths=suite.paths,
                limits=trials.limits,
            )
        )
        bad = [t for t in execution.tests if t.result in ("failed", "error")]
        status: Status = execution.status
        if status == "failed" and not bad and execution.tests:
            status = "passed"
        rows = [
            {
                "name": t.id,
                "status": "failed" if t in bad else "passed",
                "input": None,
                "expected": None,
                "got": None,
                "message": t.message,
                "cpu_seconds": round(t.seconds, 6),
            }
            for t in execution.tests
        ]
        good = len(execution.tests) - len(bad)
        feedback = [Failure(t.id, "failed", message=t.message) for t in bad]
        if status != "passed" and not bad:
            feedback.append(Failure("the suite", status, message=_last_error(execution)))
        return Verdict(
            score=good / len(rows) if rows and status in ("passed", "failed") else 0.0,
            passed=status == "passed",
            status=status,
            feedback=tuple(feedback),
            detail={"cases": rows, "layers": list(execution.layers)},
            cost=Cost(executions=1, cpu_seconds=execution.total_cpu),
        )


class SuiteExecutor:
    """The port `execute`: calls functions of the patched files; inputs are (file, entry, arguments
    as JSON text)."""

    def __init__(self, trials: SuiteTrials, step: tuple[float, float] = (0.1, 1.0)) -> None:
        self._trials = trials
        self._step = step
        self.key = digest("suite execute", trials.key, step)

    def executions(self, inputs: Sequence[Any]) -> int:
        """One job."""
        return 1

    async def __call__(self, source: str, inputs: Sequence[Any]) -> tuple[Observation, ...]:
        steps = [Step((str(f), str(e), str(a)), *self._step) for f, e, a in inputs]
        trial = Trial(_edits(source), steps, calls=True, stop=False, hangs=MOST_HANGS)
        execution = await self._trials.pool.run(self._trials.job([trial], _PLAIN))
        # After several hangs the rest is taken for hanging too.
        told: dict[str, StepOutcome] = defaultdict(lambda: StepOutcome("", "timeout", "not run"))
        if execution.trials:
            told.update({step.what: step for step in execution.trials[0].steps})
        each = execution.total_cpu / max(1, len(steps))
        return tuple(_observation(told[str(i)], each) for i in range(len(steps)))


def _observation(step: StepOutcome, cpu: float) -> Observation:
    if step.status != "passed" or step.value is None:
        return Observation(step.status, None, step.message, cpu)
    return Observation("passed", canonical_text(wire.decode(step.value)), "", cpu)


def _refusal(trials: SuiteTrials, execution: Execution) -> str:
    """Why nothing was collected, in a line."""
    return (
        f"tests {' '.join(trials.suite.targets)} do not collect: {_last_error(execution)}. "
        "Run pytest on them to see all of it."
    )


def _last_error(execution: Execution) -> str:
    """The line of pytest's output that names the exception, with paths below the project."""
    text = execution.message if execution.status == "error" else ""
    text = text or execution.stdout or execution.stderr or execution.message
    errors = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    usage = [line for line in text.splitlines() if line.lower().startswith("error")]
    why = (errors or usage or text.strip().splitlines() or ["no test was found"])[-1]
    return why.replace(f"{_SCRATCH}/", "").strip()


def _unfinished(trials: SuiteTrials, execution: Execution) -> str:
    done = len(execution.trials[0].steps) if execution.trials else 0
    return (
        f"the suite did not end within {trials.limits.wall_seconds:g} s: {done} of "
        f"{len(execution.collected)} tests ran ({execution.message}). Name fewer tests, or give "
        "it time: --budget seconds=.."
    )
