"""The cases of a program, chosen so that programs one mistake away fail some of them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from strop.lab.minipy.inputs import EDGES, draw_input
from strop.lab.minipy.operations import KINDS
from strop.lab.minipy.steps import Step, misses, mistaken, run

__all__ = ["Cases", "chosen_cases"]

Cases = tuple[tuple[tuple[Any, ...], Any], ...]
_DRAWN = 16
_WIDE = 8
_LONGEST = 44
_FAILED = object()


def chosen_cases(steps: Sequence[Step], rng: Random, visible: int) -> tuple[Cases, Cases] | None:
    """Visible and hidden cases; None if a step does nothing or the results hardly vary."""
    kinds = [
        kind
        for step in steps
        for kind, arg in zip(step.operation.kinds, step.args, strict=True)
        if arg is None
    ]
    pool = _Pool(steps, kinds[0] if kinds else "")
    if not pool.filled(rng):
        return None
    shown = pool.shown(visible)
    kept = pool.kept(shown, rng)
    if pool.needed & ~pool.caught_by(kept):
        return None
    return tuple(pool.case(i) for i in shown), tuple(pool.case(i) for i in kept)


class _Pool:
    """Candidate cases of one program, and which near misses each of them tells apart."""

    def __init__(self, steps: Sequence[Step], argument: str) -> None:
        self.steps = steps
        self.argument = argument
        self.kind = steps[0].operation.takes
        self.gives = steps[-1].operation.gives
        self.given: list[tuple[Any, int]] = []
        self.result: list[Any] = []
        self.text: list[str] = []
        self.caught: list[int] = []
        self.edges = 0
        self.needed = 0

    def filled(self, rng: Random) -> bool:
        """Draws the candidates; whether they suffice."""
        args = [arg for step in self.steps for arg in step.args if arg is not None]
        numbers = [arg for arg in args if isinstance(arg, int)]
        letters = [arg for arg in args if isinstance(arg, str) and arg.isalpha()]
        edges = EDGES[self.kind]
        start = int(rng.random() * len(edges))
        some = {0, start, (start + 1) % len(edges)}
        for index in sorted(some):
            self._add(edges[index], rng)
        self.edges = len(self.given)
        for _ in range(_DRAWN):
            self._add(draw_input(rng, self.kind, numbers, letters), rng)
        if len(self.given) < 12 or not self._varied():
            return False
        return self._told_apart(rng)

    def _add(self, value: Any, rng: Random) -> None:
        k = 0
        if self.argument:
            values = KINDS[self.argument]
            number = values[int(rng.random() * len(values))]
            k = number if isinstance(number, int) else 0
        if (value, k) in self.given:
            return
        try:
            result = run(self.steps, value, k)
        except OverflowError:
            return
        text = repr(result)
        if len(text) <= _LONGEST:
            self.given.append((value, k))
            self.result.append(result)
            self.text.append(text)

    def _varied(self) -> bool:
        drawn = self.text[self.edges :]
        if self.gives == "B":
            return 3 <= drawn.count("True") <= len(drawn) - 3
        distinct = len(set(drawn))
        if self.gives == "I" or self.steps[-1].operation.takes == "I":
            commonest = max(drawn.count(text) for text in set(drawn))
            return distinct >= 2 and commonest <= 0.7 * len(drawn)
        return distinct >= max(4, len(drawn) // 3)

    def _told_apart(self, rng: Random) -> bool:
        found = misses(self.steps)
        found += [mistaken(self.steps, rng) for _ in range(_WIDE)]
        self.caught = [0] * len(self.given)
        bit = 1
        for kind, steps in found:
            seen = False
            for index, (value, k) in enumerate(self.given):
                try:
                    got = run(steps, value, k)
                except (ArithmeticError, LookupError, ValueError):
                    got = _FAILED
                if got != self.result[index]:
                    self.caught[index] |= bit
                    seen = True
            if seen:
                if kind == "dropped":
                    self.needed |= bit
                bit <<= 1
            elif kind == "dropped":
                return False
        return True

    def shown(self, count: int) -> list[int]:
        """Short drawn cases that tell the most near misses apart, with different results."""
        chosen: list[int] = []
        caught = 0
        seen: set[str] = set()
        for _ in range(count):
            best, most = -1, -99.0
            for index in range(self.edges, len(self.given)):
                if index in chosen:
                    continue
                text = self.text[index]
                worth = (self.caught[index] & ~caught).bit_count()
                worth -= 4 * (text in seen) + 3 * (text in ("[]", "''", "{}", "0"))
                if worth > most:
                    best, most = index, worth
            chosen.append(best)
            caught |= self.caught[best]
            seen.add(self.text[best])
        return chosen

    def kept(self, shown: Sequence[int], rng: Random) -> list[int]:
        """The edges, cases that together catch every near miss, and others up to a number."""
        chosen = list(range(self.edges))
        caught = self.caught_by(chosen)
        seen = {self.text[index] for index in chosen}
        rest = [index for index in range(self.edges, len(self.given)) if index not in shown]
        count = min(8 + int(rng.random() * 5), len(chosen) + len(rest))
        while rest and len(chosen) < count:
            best, most = rest[0], -1.0
            for index in rest:
                worth = (self.caught[index] & ~caught).bit_count() + 0.5 * (
                    self.text[index] not in seen
                )
                if worth > most:
                    best, most = index, worth
            chosen.append(best)
            caught |= self.caught[best]
            seen.add(self.text[best])
            rest.remove(best)
        return chosen

    def caught_by(self, chosen: Sequence[int]) -> int:
        """The near misses that some of these cases tell apart, as bits."""
        caught = 0
        for index in chosen:
            caught |= self.caught[index]
        return caught

    def case(self, index: int) -> tuple[tuple[Any, ...], Any]:
        value, k = self.given[index]
        return ((value, k) if self.argument else (value,)), self.result[index]
