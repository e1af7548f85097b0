"""S*: parallel samples, each debugged on the visible tests, then selected by executed inputs.

**Maths.** Stage 1: N samples in parallel; each is revised on its failing visible tests up to R
times or until it passes. Stage 2: of those that pass most visible tests, programs with equal
outputs on generated inputs form one cluster; for each pair of clusters the model writes inputs on
which they may differ, both are run on them, and the model says which outputs are right; the
cluster with most pairwise wins is the answer, the larger one at a tie.

**Differs from the paper.** Inputs are kept only if execution shows that they tell the pair apart;
a pair that no input separates is a draw. Clusters beyond `clusters`, the smallest, are not
compared.

**Use when** visible tests are few and several different programs pass them.
**Fails when** the model cannot tell which of two outputs is right.

Source: P025 S* (2025), algorithms 1 and 2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

from strop.core.card import Card
from strop.core.choose import tournament
from strop.core.run import Run
from strop.core.types import Candidate, Observation, Task, Verdict
from strop.moves.observe import behaviour, enough_inputs, invent_inputs, observe
from strop.moves.revise import revise
from strop.moves.sample import sample

CARD = Card(
    title="S*: hybrid scaling with distinguishing inputs",
    papers=("P025",),
    year=2025,
    kind="strategy",
    needs=("model", "checks", "execute"),
    cost="n * (1 + rounds) draws at most, then two calls a pair of clusters",
    axes={
        "what": "hybrid",
        "how": "sampling and self-correction",
        "where": "code",
        "how_well": "accuracy over best-of-n by visible tests",
        "system": "sampling",
        "roles": ("policy", "value"),
    },
    anchor="tests/methods/test_s_star.py::test_selection_by_distinguishing_input_beats_first_pass",
)


@dataclass(frozen=True)
class SStar:
    """`n`: samples, at least 1; `rounds`: debugging steps a sample, at least 0; `inputs`: generated
    inputs for clustering; `clusters`: most clusters that are compared, at least 1."""

    n: int = 8
    rounds: int = 2
    inputs: int = 4
    clusters: int = 4

    def __post_init__(self) -> None:
        if self.n < 1 or self.clusters < 1:
            raise ValueError(f"n and clusters must be at least 1. Got {self.n}, {self.clusters}.")
        if self.rounds < 0 or self.inputs < 0:
            raise ValueError(
                f"rounds, inputs must be at least 0. Got {self.rounds}, {self.inputs}."
            )

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        finished = await self._generate(task, run)
        if not finished:
            return run.best
        top = max(verdict.score for _, verdict in finished)
        finalists = [candidate for candidate, verdict in finished if verdict.score == top]
        clusters = await self._cluster(task, run, finalists)
        wins: dict[tuple[int, int], bool | None] = {}
        for i, j in combinations(range(len(clusters)), 2):
            wins[i, j] = await self._compare(task, run, clusters[i][0], clusters[j][0])
        winner = tournament(len(clusters), lambda i, j: wins[i, j])
        if winner is None:
            return run.best
        chosen = clusters[winner]
        verdict = next(v for c, v in finished if c.id == chosen[0].id)
        run.offer(chosen[0], verdict, agreement=len(chosen) / len(finalists))
        return chosen[0]

    async def _generate(self, task: Task, run: Run) -> list[tuple[Candidate, Verdict]]:
        async def draw(_: int) -> tuple[Candidate, Verdict]:
            candidate = await sample(run, task, show_tests=True)
            verdict = await run.check(candidate)
            run.offer(candidate, verdict)
            for _step in range(self.rounds):
                if verdict.passed:
                    break
                revised = await revise(run, task, candidate, verdict)
                new = await run.check(revised)
                run.offer(revised, new)
                if new.score >= verdict.score:
                    candidate, verdict = revised, new
            return candidate, verdict

        async with run.stream(self.n, draw) as draws:
            return await draws.in_order()

    async def _cluster(
        self, task: Task, run: Run, finalists: Sequence[Candidate]
    ) -> list[list[Candidate]]:
        """Groups of equal behaviour, the largest first."""
        distinct = {candidate.value for candidate in finalists}
        shown = len(task.meta.get("inputs", ()))
        inputs = await enough_inputs(run, task, shown + self.inputs) if len(distinct) > 1 else []
        groups: dict[Hashable, list[Candidate]] = {}
        for candidate in finalists:
            vote = behaviour(await observe(run, candidate, inputs)) if len(distinct) > 1 else None
            groups.setdefault(vote, []).append(candidate)
        return sorted(groups.values(), key=len, reverse=True)[: self.clusters]

    async def _compare(self, task: Task, run: Run, a: Candidate, b: Candidate) -> bool | None:
        inputs = await invent_inputs(run, task, "distinguisher", code_a=a.value, code_b=b.value)
        if not inputs:
            return None
        of_a, of_b = await observe(run, a, inputs), await observe(run, b, inputs)
        telling = [(given, x, y) for given, x, y in zip(inputs, of_a, of_b, strict=True) if x != y]
        if not telling:
            return None
        reply = await run.ask(
            "judge",
            temperature=0.0,
            prompt=task.prompt,
            cases="\n".join(
                f"input {json.dumps(given)}: A gives {_shown(x)}, B gives {_shown(y)}"
                for given, x, y in telling[:3]
            ),
        )
        said = re.findall(r"\b([AB])\b", reply.text)
        return said[-1] == "A" if said else None


def _shown(output: Observation) -> str:
    return output.value if output.value is not None else f"{output.status} ({output.message})"
