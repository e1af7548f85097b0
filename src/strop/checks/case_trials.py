"""Patches of one file held against cases: surveyed once, then screened fast, then verified."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from strop.checks.cases import CasesCheck
from strop.checks.execute import ProgramExecutor
from strop.checks.instrument import LINE_BITS, traced_function, traced_program
from strop.checks.trial_order import TrialOrder, joined
from strop.core.ledger import digest
from strop.core.patch import Patch
from strop.core.types import Candidate, Cost, Observation, Status, Verdict
from strop.sandbox.inside import wire
from strop.sandbox.jobs import CallJob, Limits, ProgramJob

__all__ = ["CaseTrials"]

_SURVEY_CPU, _TRACE_CPU = 2.0, 0.5
_CHEAP_CPU = 0.004
_AFTER_A_HANG = 0.1
_LEAST_WALL = 2.0
MOST_HANGS = 4


class CaseTrials:
    """One source file and the cases it is to pass; candidates are patches of that file.

    `check` has the cases, entry, pool and the limits of a complete verdict.
    """

    def __init__(self, file: str, source: str, check: CasesCheck) -> None:
        self.files: Mapping[str, str] = {file: source}
        self.file = file
        self.check = check
        self.key = digest("case trials", self.files, check.key)

    @property
    def survey(self) -> CaseSurvey:
        """What each case comes to now, in which time, and by which lines."""
        return CaseSurvey(self)

    def screen(
        self,
        steps: Sequence[tuple[str, bool, float, float]],
        careful: bool = False,
        loaded: Sequence[tuple[str, int]] = (),
    ) -> CaseScreen:
        """A fast check of (test, fails now, CPU, wall seconds) in this order; see `TrialOrder`."""
        return CaseScreen(self, TrialOrder.of(steps, careful))

    def verify(self, left_out: Sequence[str] = ()) -> CaseVerify:
        """The complete check, for a patch that survived screening."""
        return CaseVerify(self, left_out)

    def source(self, candidate: Candidate) -> str:
        """The text of the file with the candidate's patch."""
        return Patch.read(candidate.value).apply(self.files).get(self.file, self.files[self.file])

    def part(self, names: Sequence[str], limits: Limits) -> CasesCheck:
        """A check of these cases alone, in this order."""
        known = {case.name: case for case in self.check.cases}
        check = self.check
        cases = [known[name] for name in names]
        return CasesCheck(cases, check.entry, check.pool, limits, check.checker)


class CaseSurvey:
    """Runs every case, also after one that hangs; then again with reports of lines."""

    name = "survey"

    def __init__(self, trials: CaseTrials) -> None:
        self._trials = trials
        self.key = digest("case survey", trials.key)

    @property
    def executions(self) -> int:
        """One process a case and pass at most, as one that hangs ends its process."""
        return 4 * len(self._trials.check.cases) + 2

    async def __call__(self, candidate: Candidate) -> Verdict:
        names = [case.name for case in self._trials.check.cases]
        verdict = await self._outcomes(candidate, names)
        steady = [row["name"] for row in verdict.detail["cases"] if row["status"] != "timeout"]
        again = await self._outcomes(candidate, steady)
        passed = {row["name"]: row["status"] == "passed" for row in again.detail["cases"]}
        lines, spent = await self._lines(self._trials.source(candidate))
        file, entry = self._trials.file, self._trials.check.entry or ""
        detail = {
            **verdict.detail,
            "lines": {name: [[file, n] for n in found] for name, found in lines.items()},
            "loaded": [],
            "calls": [[file, entry, json.dumps(case.given)] for case in self._trials.check.cases],
            "flaky": [
                row["name"]
                for row in verdict.detail["cases"]
                if passed.get(row["name"], row["status"] == "passed") != (row["status"] == "passed")
            ],
        }
        return replace(verdict, detail=detail, cost=verdict.cost + again.cost + spent)

    async def _outcomes(self, candidate: Candidate, names: Sequence[str]) -> Verdict:
        trials = self._trials
        inner = Candidate(candidate.id, "program", trials.source(candidate))
        verdicts: list[Verdict] = []
        cost = Cost()
        patience = _Patience(trials.check.limits, _SURVEY_CPU)
        while names:
            verdict = await trials.part(names, patience.limits())(inner)
            cost += verdict.cost
            rows = verdict.detail["cases"]
            hung = next((i for i, row in enumerate(rows) if row["status"] == "timeout"), None)
            if hung is None or trials.check.entry is None:
                verdicts.append(verdict)
                break
            done = patience.after(hung, sum(row["cpu_seconds"] for row in rows[:hung]))
            if done:
                verdicts.append(replace(verdict, detail={**verdict.detail, "cases": rows[:done]}))
            names = names[done:]
        return replace(joined(verdicts), cost=cost)

    async def _lines(self, source: str) -> tuple[dict[str, list[int]], Cost]:
        check = self._trials.check
        found: dict[str, list[int]] = {}
        spent = Cost()
        if check.entry is None:
            for case in check.cases:
                job = ProgramJob(traced_program(source), str(case.given), check.limits)
                execution = await check.pool.run(job)
                spent += Cost(executions=1, cpu_seconds=execution.total_cpu)
                found[case.name] = _told(execution.stderr)
            return found, spent
        text = traced_function(source, check.entry)
        given = [wire.decode(json.dumps(case.given), live=True) for case in check.cases]
        at, patience = 0, _Patience(check.limits, _TRACE_CPU)
        while at < len(given):
            job = CallJob(text, "_strop_trace", given[at:], patience.limits())
            execution = await check.pool.run(job)
            spent += Cost(executions=1, cpu_seconds=execution.total_cpu)
            outputs = execution.outputs
            ended = next((i for i, o in enumerate(outputs) if o.status != "passed"), len(outputs))
            for case, output in zip(check.cases[at:], outputs[:ended], strict=False):
                found[case.name] = [int(n) for n in output.value]
            used = sum(output.cpu_seconds for output in outputs[:ended])
            at += ended if ended == len(outputs) else patience.after(ended, used)
        return found, spent


class _Patience:
    """How long the cases of one process may take together: less, once one of them alone hung."""

    def __init__(self, limits: Limits, most: float) -> None:
        self._limits = limits
        self._cpu = min(most, limits.cpu_seconds)

    def limits(self) -> Limits:
        return replace(self._limits, cpu_seconds=self._cpu, wall_seconds=4 * self._cpu + 1)

    def after(self, ended: int, used: float) -> int:
        """How many cases are done where the one at place `ended` did not come to its end, and those
        before it used so many CPU seconds: if little, it hangs; else it may only have lacked time,
        and is tried again."""
        if ended and used > self._cpu / 4:
            return ended
        self._cpu = max(_AFTER_A_HANG, self._cpu / 4)
        return ended + 1


class CaseScreen:
    """The cases that are dear to run only for what passes the cheap ones; failing ones first."""

    name = "screen"

    def __init__(self, trials: CaseTrials, order: TrialOrder) -> None:
        self._trials = trials
        self._order = order
        self.key = digest("case screen", trials.key, order.record())
        head, tail, total = [], [], 0.0
        for step in order.steps:
            total += step.cpu_seconds if not step.failing else 0.0
            first = step.failing or total < _CHEAP_CPU or order.careful
            (head if first else tail).append(step)
        self._stages = [
            trials.part([s.name for s in stage], self._limits(stage))
            for stage in (head, tail)
            if stage
        ]

    def slower(self, times: float) -> CaseScreen:
        """The same with limits that many times as loose."""
        return CaseScreen(self._trials, self._order.slower(times))

    def _limits(self, stage: Sequence[Any]) -> Limits:
        cpu = self._order.joint_cpu_limit(stage)
        return replace(
            self._trials.check.limits, cpu_seconds=cpu, wall_seconds=_LEAST_WALL + 4 * cpu
        )

    @property
    def executions(self) -> int:
        """One process a stage."""
        return sum(stage.executions for stage in self._stages)

    async def __call__(self, candidate: Candidate) -> Verdict:
        inner = Candidate(candidate.id, "program", self._trials.source(candidate))
        rows: list[tuple[str, Status, str]] = []
        cost = Cost()
        for stage in self._stages:
            verdict = await stage(inner)
            cost += verdict.cost
            rows += [
                (row["name"], row["status"], row["message"] or f"got {row['got']}")
                for row in verdict.detail["cases"]
            ]
            if not verdict.passed:
                break
        return self._order.verdict(rows, cost)


class CaseVerify:
    """Every case, but for those left out, under the full limits."""

    name = "cases"

    def __init__(self, trials: CaseTrials, left_out: Sequence[str]) -> None:
        self._trials = trials
        self._names = [case.name for case in trials.check.cases if case.name not in left_out]
        self.key = digest("case verify", trials.key, self._names)

    @property
    def executions(self) -> int:
        """As the check of the cases."""
        return self._trials.check.executions

    async def __call__(self, candidate: Candidate) -> Verdict:
        inner = Candidate(candidate.id, "program", self._trials.source(candidate))
        check = self._trials.part(self._names, self._trials.check.limits)
        return await check(inner)


class PatchExecutor:
    """The port `execute` for patches of one file; inputs are argument lists, or texts for a program
    on standard input."""

    def __init__(self, trials: CaseTrials, limits: Limits) -> None:
        self._trials = trials
        self._inner = ProgramExecutor(trials.check.entry, trials.check.pool, limits)
        self.key = digest("patch execute", trials.key, self._inner.key)

    def executions(self, inputs: Sequence[Any]) -> int:
        """As for a program."""
        return self._inner.executions(inputs)

    async def __call__(self, source: str, inputs: Sequence[Any]) -> tuple[Observation, ...]:
        patched = self._trials.source(Candidate("", "patch", source))
        found: list[Observation] = []
        hangs = 0
        rest = [json.loads(text) for _, _, text in inputs]
        while rest:
            told = await self._inner(patched, rest)
            hung = next((i for i, o in enumerate(told) if o.status == "timeout"), None)
            done = len(told) if hung is None else hung + 1
            found += told[:done]
            rest = rest[done:]
            hangs += hung is not None
            if hangs >= MOST_HANGS:
                found += [Observation("timeout", None, "not run")] * len(rest)
                break
        return tuple(found)


def _told(stderr: str) -> list[int]:
    for line in reversed(stderr.splitlines()):
        if line.startswith("_strop_lines"):
            return [int(n) & ((1 << LINE_BITS) - 1) for n in line.split()[1:]]
    return []
