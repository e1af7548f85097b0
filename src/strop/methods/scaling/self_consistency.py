"""Self-consistency over outputs: draw N programs, run them on inputs, answer with the majority.

**Maths.** For programs f_1..f_N and inputs x_1..x_M the vote of f_i is (f_i(x_1), .., f_i(x_M));
the answer is the first f_i whose vote is the most frequent. A draw that failed, or a program that
returned nothing on any input, has no vote.

**Differs from the paper.** The 2022 paper votes over final text answers; for programs the vote is
over observed behaviour, which needs no expected outputs. Text answers vote by their value.

**Use when** no check can be trusted but right programs agree and wrong ones scatter.
**Fails when** the model makes the same mistake more often than it is right.

Source: self-consistency (2022); execution-based voting as in MBR-exec and AlphaCode (2022).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from strop.core.card import Card
from strop.core.choose import agreement, majority
from strop.core.run import Run
from strop.core.types import Candidate, Task
from strop.moves.observe import behaviour, enough_inputs, observe
from strop.moves.sample import sample

CARD = Card(
    title="Self-consistency over outputs on inputs",
    papers=(),
    year=2022,
    kind="strategy",
    needs=("model", "execute"),
    cost="n draws, n executions, one call for inputs where the task shows fewer than `inputs`",
    axes={
        "what": "parallel",
        "how": "sampling",
        "where": "code and answers",
        "how_well": "majority accuracy",
        "system": "sampling",
        "roles": ("policy",),
    },
    anchor="tests/methods/test_self_consistency.py::test_majority_behaviour_wins_over_first_draw",
)


@dataclass(frozen=True)
class SelfConsistency:
    """`n`: draws, at least 1. `inputs`: how many inputs to have before voting, at least 1."""

    n: int = 16
    inputs: int = 4

    def __post_init__(self) -> None:
        if self.n < 1 or self.inputs < 1:
            raise ValueError(f"n and inputs must be at least 1. Got {self.n} and {self.inputs}.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        async with run.stream(self.n, lambda _: sample(run, task)) as draws:
            candidates = await draws.in_order()
        inputs = await enough_inputs(run, task, self.inputs)

        async def observed(index: int) -> tuple[int, Hashable | None]:
            return index, behaviour(await observe(run, candidates[index], inputs))

        votes: list[Hashable | None] = [None] * len(candidates)
        async with run.stream(len(candidates), observed) as observations:
            async for index, vote in observations:
                votes[index] = vote
                leader = majority(votes)
                if leader is not None:
                    run.offer(candidates[leader], agreement=votes.count(votes[leader]) / self.n)
        winner = majority(votes)
        if winner is None:
            return run.best
        verdict = await run.check(candidates[winner]) if task.checks else None
        run.offer(candidates[winner], verdict, agreement(votes))
        return candidates[winner]
