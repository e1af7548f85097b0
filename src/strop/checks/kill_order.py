"""Which tests a mutant is held against, in which order, and how long each may take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from strop.checks.mutant_survey import MutantSurvey, Place
from strop.checks.trial_order import TrialOrder, TrialStep
from strop.core.mutant import Mutant
from strop.sandbox.jobs import Step

__all__ = ["KillOrder"]

_SLACK = 2.0
_SETUP = 3.0
_EACH = 0.0005
_NEAR = 4


class KillOrder:
    """Tests that run the mutant's line, the likeliest killer for its time first: a test is likelier
    to kill if it killed in the same statement or function before.

    A test may take 30 ms + 12 times its own CPU time + 3 times that of what tests share, and in
    wall time four times as much and some.
    """

    def __init__(self, survey: MutantSurvey) -> None:
        self.survey = survey
        self._at: dict[Place, list[str]] = {}
        for name, places in survey.lines.items():
            for place in places:
                self._at.setdefault(place, []).append(name)
        self._kills: Counter[tuple[str, str, str]] = Counter()
        self._runs: Counter[tuple[str, str, str]] = Counter()
        steps = [TrialStep(name, False, *times) for name, times in survey.seconds.items()]
        order = TrialOrder(tuple(steps), slack=_SLACK)
        cpu_more, wall_more = (_SETUP * seconds for seconds in survey.together)
        self._limits: dict[str, tuple[float, float]] = {}
        for step in steps:
            cpu = order.cpu_limit(step) + cpu_more
            self._limits[step.name] = (cpu, order.wall_limit(step, cpu) + wall_more)

    def covered(self, mutant: Mutant) -> bool:
        """Whether a test may run the mutant's line."""
        place = (mutant.file, mutant.statement)
        return place in self._at or place in self.survey.loaded or bool(self.survey.unsure)

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests in their order."""
        place = (mutant.file, mutant.statement)
        known = self._at.get(place, [])
        groups = [known, [n for n in self.survey.unsure if n not in set(known)]]
        if known or place in self.survey.loaded:
            groups.append(self._others(mutant, place, known))
        chosen = [name for group in groups for name in self._likeliest(mutant, group)]
        if not self.survey.leaning or not chosen:
            return chosen
        every = list(self.survey.seconds)
        return every[: max(every.index(name) for name in chosen) + 1]

    def _others(self, mutant: Mutant, place: Place, known: Sequence[str]) -> list[str]:
        """All the rest, where the line may be run for a test before that test begins."""
        if place not in self.survey.shared and not mutant.at_import:
            return []
        left = {*known, *self.survey.unsure}
        return [name for name in self.survey.seconds if name not in left]

    def _likeliest(self, mutant: Mutant, names: Sequence[str]) -> list[str]:
        function, statement = _near(mutant)

        def worth(name: str) -> float:
            kills = self._kills[name, *function] + _NEAR * self._kills[name, *statement]
            runs = self._runs[name, *function] + _NEAR * self._runs[name, *statement]
            return (kills + 1) / (runs + 2) / (self.survey.seconds[name][0] + _EACH)

        return sorted(names, key=lambda name: (-worth(name), name))

    def steps(self, names: Sequence[str], patience: float = 1.0) -> list[Step]:
        """The tests with their limits; `patience` times as much wall time."""
        return [Step(n, self._limits[n][0], patience * self._limits[n][1]) for n in names]

    def cold(self, mutant: Mutant) -> bool:
        """Whether the import of the module runs the line."""
        return mutant.at_import or (mutant.file, mutant.statement) in self.survey.loaded

    def learn(self, mutant: Mutant, ran: Sequence[str], killer: str) -> None:
        """What a mutant came to: which tests were run, and which noticed it ("" if none)."""
        for near in _near(mutant):
            for name in ran:
                self._runs[name, *near] += 1
            if killer:
                self._kills[killer, *near] += 1


def _near(mutant: Mutant) -> tuple[tuple[str, str], tuple[str, str]]:
    return (mutant.file, mutant.function), (mutant.file, f"line {mutant.statement}")
