"""The search for patches: changes judged in waves, kept where every test accepts them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from strop.core.errors import BadInput
from strop.core.run import Run
from strop.core.types import Candidate, Check, Verdict
from strop.moves.choose_patch import Found
from strop.moves.localise import Spectrum, TestStep
from strop.moves.singles import Change

__all__ = ["PATIENCE", "PatchSearch", "Screen", "Told", "demand_time", "steady_screen"]

Told = list[tuple[Change, Verdict]]
PATIENCE = 8.0
_LONG_SUITE, _USUAL, _ENDLESS = 60.0, 1000, 1e15
_FIRST_WAVE, _WIDEST_WAVE = 16, 64
_LONG_WAITS, _LONG_WAIT = 3, 40.0
_MOST_FAULTS, _MOST_APART, _ALIKE = 4, 640, 4


class Screen(Check, Protocol):
    """What the port `screen` makes: a fast check, and the same with looser limits."""

    def slower(self, times: float) -> Screen: ...


def demand_time(run: Run, spectrum: Spectrum) -> None:
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


def screen_of(
    run: Run, spectrum: Spectrum, steps: Sequence[TestStep], careful: bool = False
) -> Screen:
    """The port's fast check of these tests; it is told which lines the import runs."""
    return run.port("screen")(steps, careful=careful, loaded=sorted(spectrum.loaded))


async def steady_screen(run: Run, start: Candidate, spectrum: Spectrum) -> Screen:
    """The failing tests first and the cheapest first, unless the passing ones fail in that order:
    then tests lean on each other, and run in their own."""
    steps = spectrum.steps()
    passing = [step for step in steps if not step[1]]
    if passing:
        verdict = await run.check(start, [screen_of(run, spectrum, passing)])
        if not verdict.passed:
            return screen_of(run, spectrum, spectrum.in_order(), careful=True)
    return screen_of(run, spectrum, steps)


class PatchSearch:
    """Judges changes in waves, in order, and keeps those that every test accepts. It leaves some of
    the budget for what comes after it."""

    def __init__(self, run: Run, spectrum: Spectrum, enough: int) -> None:
        self.found: list[Found] = []
        self.run = run.child("search", 0.92)
        self._parent = run
        self._enough = enough
        self._spectrum = spectrum
        self._verify: Check = run.port("verify")(spectrum.left_out)
        self._told = {"turned_green": spectrum.failing, "left_out": spectrum.left_out}
        self._known: dict[str, Candidate] = {}
        self._tried = 0
        self._last = 0
        self._long_waits = _LONG_WAITS

    async def judge(self, changes: Iterable[Change], screen: Screen) -> Told:
        """Until the changes run out, enough patches are found, or twice as many changes (and some)
        were tried as it took to find the first."""
        told: Told = []
        source, wave = iter(changes), _FIRST_WAVE
        while not self._over() and (batch := list(islice(source, wave))):
            for change, candidate, verdict in await self._screen(batch, screen):
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

    async def mended_apart(self, changes: Sequence[Change]) -> list[list[Change]]:
        """For each failing test, changes that mend it and break no passing one; tests that the
        first of these mends too share it. Few of each, for few tests."""
        steps = self._spectrum.steps()
        failing, passing = [s for s in steps if s[1]], [s for s in steps if not s[1]]
        groups: list[list[Change]] = []
        while failing and len(groups) < _MOST_FAULTS:
            first, *failing = failing
            screen = screen_of(self._parent, self._spectrum, [first, *passing])
            group = await self._mending(changes, screen)
            if not group:
                continue
            groups.append([change for change, _ in group])
            others = [screen_of(self._parent, self._spectrum, [step]) for step in failing]
            (row,) = await self.run.matrix([group[0][1]], others)
            failing = [
                step for step, verdict in zip(failing, row, strict=True) if not verdict.passed
            ]
        return groups

    async def _mending(
        self, changes: Sequence[Change], screen: Screen
    ) -> list[tuple[Change, Candidate]]:
        found: list[tuple[Change, Candidate]] = []
        for at in range(0, min(len(changes), _MOST_APART), _WIDEST_WAVE):
            rows = await self._screen(changes[at : at + _WIDEST_WAVE], screen)
            found += [(change, candidate) for change, candidate, v in rows if v.passed]
            if len(found) >= _ALIKE:
                break
        return found[:_ALIKE]

    async def _screen(
        self, batch: Sequence[Change], screen: Screen
    ) -> list[tuple[Change, Candidate, Verdict]]:
        candidates = [self._candidate(change) for change in batch]
        rows = await self.run.matrix(candidates, [screen])
        return [
            (change, candidate, verdict)
            for change, candidate, (verdict,) in zip(batch, candidates, rows, strict=True)
        ]

    def _candidate(self, change: Change) -> Candidate:
        value = change.patch.value
        if value not in self._known:
            self._known[value] = self.run.propose(value, kind="mutant", origin=change.origin)
        return self._known[value]

    async def _once_more(self, candidate: Candidate, screen: Screen) -> Verdict:
        """One that mends some tests and takes long over another: with more time, and a few with
        much more, since how long the right program takes over a failing test is not known."""
        verdict = await self.run.check(candidate, [screen.slower(PATIENCE)])
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
