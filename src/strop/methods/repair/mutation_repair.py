"""Repair by search: suspicious lines, small changes of the syntax tree, then pairs, then a model.

**Maths.** Suspicion of a line (Ochiai) s = ef / sqrt((ef + nf)(ef + ep)); a change c of line l is
tried in the order of s(l) w(c), with w the prior of its operator. Plausible patches are grouped by
what they do on inputs x_1..x_m like the recorded ones; the answer is the smallest patch of the
group with the greatest sum of s w among those that newly fail on the fewest inputs.

**Differs from the paper.** GenProg evolves statement edits; here single changes are tried in a
fixed order, which finds one-line repairs sooner, and pairs of the changes that helped.

**Use when** a test fails and the fault is small.
**Fails when** the repair needs code that is not in the file, or the tests cannot tell a repair from
a change that fits them by chance (see `alternatives` and `mutants_killed`).

Source: classic. Ochiai: Abreu, Zoeteweij, van Gemund (2006); generate and validate: GenProg (2009).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from strop.core.card import Card
from strop.core.errors import BadInput, BudgetSpent
from strop.core.patch import Patch
from strop.core.run import Run
from strop.core.types import Candidate, Check, Task, Verdict
from strop.moves.choose_patch import Found, choose_patch
from strop.moves.draft_patch import draft_patch, findings
from strop.moves.localise import Spectrum, ochiai
from strop.moves.singles import Change, Changes

CARD = Card(
    title="Mutation repair guided by Ochiai, with pairs and a model last",
    papers=(),
    year=2009,
    kind="strategy",
    needs=("survey", "screen", "verify"),
    cost="up to thousands of short executions; model calls only where the search fails",
    axes={
        "what": "parallel",
        "how": "search",
        "where": "code",
        "how_well": "plausible and credible patches at equal CPU",
        "system": "search",
        "roles": ("policy", "value"),
    },
    anchor="tests/methods/test_mutation_repair.py::test_ochiai_of_a_hand_worked_spectrum",
)


class Screen(Check, Protocol):
    """What the port `screen` makes: a fast check, and the same with looser limits."""

    def slower(self, times: float) -> Screen: ...


Told = list[tuple[Change, Verdict]]
_LONG_SUITE, _USUAL, _ENDLESS = 60.0, 1000, 1e15
_FIRST_WAVE, _WIDEST_WAVE = 16, 64
_PARTNERS = 40
_HUNG, _PATIENCE = 100, 8.0
_LONG_WAITS, _LONG_WAIT = 3, 40.0


@dataclass(frozen=True)
class MutationRepair:
    """`enough` plausible patches end the search; `pairs` and `drafts` bound how many are tried of
    each; `inputs` tell plausible patches apart; `mutants` measure the suite."""

    enough: int = 8
    pairs: int = 600
    drafts: int = 4
    inputs: int = 60
    mutants: int = 30

    def __post_init__(self) -> None:
        if self.enough < 1:
            raise ValueError(f"enough must be at least 1. Got {self.enough} instead.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        files = task.meta["files"]
        start = run.propose(Patch().value, kind="patch", origin="as it is")
        survey = await run.check(start, [run.port("survey")])
        run.offer(start, survey)
        spectrum = Spectrum.fault_in(survey)
        suspicion = ochiai(spectrum)
        changes = Changes(files, suspicion)
        _demand_time(run, spectrum)
        screen = await _steady_screen(run, start, spectrum)
        told = {"turned_green": spectrum.failing, "left_out": spectrum.left_out}
        search = _Search(run, self.enough, run.port("verify")(spectrum.left_out), told)
        try:
            tried = await search.judge(changes.singles(), screen)
            if not search.found:
                helped = [change for change, verdict in tried if verdict.detail["green"]]
                rest = [change for change, _ in tried[:_PARTNERS] if change not in helped]
                partners = [*helped, *rest][:_PARTNERS]
                pairs = changes.pairs(partners, helped[:_PARTNERS] or partners)
                tried += await search.judge(islice(pairs, self.pairs), screen)
            if not search.found:
                hung = [change for change, verdict in tried if verdict.status == "timeout"]
                tried += await search.judge(hung[:_HUNG], screen.slower(_PATIENCE))
            last: Verdict | None = None
            for _ in range(self.drafts if run.plays("repairer") and not search.found else 0):
                learned = findings(suspicion, tried)
                file = suspicion.ranked()[0][0][0]
                draft = await draft_patch(
                    search.run, task.prompt, files, file, spectrum.failures(), learned, last
                )
                judged = await search.judge([draft] if draft else [], screen)
                last = judged[-1][1] if judged else last
        except BudgetSpent:
            if not search.found:
                raise
        return await choose_patch(
            run, files, start, spectrum.calls, search.found, screen, self.inputs, self.mutants
        )


def _demand_time(run: Run, spectrum: Spectrum) -> None:
    """Raises `BadInput` with a forecast where the suite takes long and no time is set."""
    whole = sum(spectrum.wall_seconds.values())
    if whole < _LONG_SUITE or not run.afford(cpu_seconds=_ENDLESS, seconds=_ENDLESS):
        return
    first = min(spectrum.wall_seconds[name] for name in spectrum.failing)
    minutes = (_USUAL * (first + 0.01) + 10 * whole) / 60
    raise BadInput(
        f"the suite takes {whole:.0f} s, so {_USUAL} candidates may take {minutes:.0f} minutes or "
        f"more. Give a limit, --budget seconds={60 * math.ceil(minutes)}, or name fewer tests."
    )


async def _steady_screen(run: Run, start: Candidate, spectrum: Spectrum) -> Screen:
    """The failing tests first and the cheapest first, unless the passing ones fail in that order:
    then tests lean on each other, and run in their own."""
    steps = spectrum.steps()
    passing = [step for step in steps if not step[1]]
    if passing:
        verdict = await run.check(start, [run.port("screen")(passing)])
        if not verdict.passed:
            return run.port("screen")(spectrum.in_order(), careful=True)
    return run.port("screen")(steps)


class _Search:
    """Judges changes in waves, in order, and keeps those that every test accepts. It leaves some of
    the budget for what comes after it."""

    def __init__(
        self, run: Run, enough: int, verify: Check, told: Mapping[str, Sequence[str]]
    ) -> None:
        self.found: list[Found] = []
        self.run = run.child("search", 0.85)
        self._parent = run
        self._enough = enough
        self._verify = verify
        self._told = told
        self._tried = 0
        self._last = 0
        self._long_waits = _LONG_WAITS

    async def judge(self, changes: Iterable[Change], screen: Screen) -> Told:
        """Until the changes run out, enough patches are found, or twice as many changes (and some)
        were tried as it took to find the first."""
        told: Told = []
        source, wave = iter(changes), _FIRST_WAVE
        while not self._over() and (batch := list(islice(source, wave))):
            candidates = [
                self.run.propose(c.patch.value, kind="mutant", origin=c.origin) for c in batch
            ]
            rows = await self.run.matrix(candidates, [screen])
            for change, candidate, (verdict,) in zip(batch, candidates, rows, strict=True):
                if verdict.status == "timeout" and verdict.detail["green"]:
                    verdict = await self._once_more(candidate, screen)
                told.append((change, verdict))
                if verdict.passed:
                    await self._accept(change, candidate)
            self._tried += len(batch)
            if self.found and not self._last:
                self._last = 2 * self._tried + 100
            wave = self._next_wave(wave, [verdict for _, verdict in told[-len(batch) :]])
        return told

    async def _once_more(self, candidate: Candidate, screen: Screen) -> Verdict:
        """One that mends some tests and takes long over another: with more time, and a few with
        much more, since how long the right program takes over a failing test is not known."""
        verdict = await self.run.check(candidate, [screen.slower(_PATIENCE)])
        if verdict.status == "timeout" and self._long_waits and self._can_pay(_LONG_WAIT / 10):
            self._long_waits -= 1
            verdict = await self.run.check(candidate, [screen.slower(_LONG_WAIT)])
        return verdict

    def _next_wave(self, wave: int, verdicts: Sequence[Verdict]) -> int:
        """As wide as costs no large part of what is left: wide ones share one start."""
        each = sum(verdict.cost.cpu_seconds for verdict in verdicts) / len(verdicts)
        wave = min(4 * wave, _WIDEST_WAVE)
        while wave > _FIRST_WAVE and not self._can_pay(4 * wave * each):
            wave //= 2
        return wave

    def _can_pay(self, seconds: float) -> bool:
        return self.run.afford(cpu_seconds=seconds) and self.run.afford(seconds=seconds)

    async def _accept(self, change: Change, candidate: Candidate) -> None:
        verdict = await self.run.check(candidate, [self._verify])
        if verdict.passed:
            told = {**verdict.detail, "origin": change.origin, "repair": self._told}
            verdict = replace(verdict, detail=told)
            self.found.append(Found(candidate, change, verdict))
            self._parent.offer(candidate, verdict)

    def _over(self) -> bool:
        return len(self.found) >= self._enough or bool(self._last and self._tried >= self._last)
