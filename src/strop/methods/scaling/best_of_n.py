"""Best-of-N: draw up to N candidates, check each, stop at the first that passes.

**Maths.** With per-draw success rate p the chance that some draw passes is 1 - (1 - p)^N; with
early stop the expected number of draws is (1 - (1 - p)^N) / p.

**Differs from the usual.** Ends at the first pass and cancels what is in flight, so an easy task
costs one draw; where nothing passes, the candidate that passes most cases is the answer.

**Use when** there are checks that can be trusted and draws are independent enough.
**Fails when** the checks are weak (the first that slips through is taken) or p is near zero.

Source: the baseline of the field; pass@k as in HumanEval (2021).
"""

from __future__ import annotations

from dataclasses import dataclass

from strop.core.card import Card
from strop.core.run import Run
from strop.core.types import Candidate, Task, Verdict
from strop.moves.sample import sample

CARD = Card(
    title="Best-of-N with early stop",
    papers=(),
    year=2021,
    kind="strategy",
    needs=("model", "checks"),
    cost="up to n draws and n checks; stops at the first pass",
    axes={
        "what": "parallel",
        "how": "sampling",
        "where": "code and any checked task",
        "how_well": "pass@n at the cost of 1/p draws",
        "system": "sampling",
        "roles": ("policy",),
    },
    anchor="tests/methods/test_best_of_n.py::test_expected_draws_follow_the_geometric_law",
)


@dataclass(frozen=True)
class BestOfN:
    """`n`: most draws, at least 1."""

    n: int = 16

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"n must be at least 1. Got {self.n} instead.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        async def draw(_: int) -> tuple[Candidate, Verdict]:
            candidate = await sample(run, task)
            return candidate, await run.check(candidate)

        async with run.stream(self.n, draw) as draws:
            async for candidate, verdict in draws:
                run.offer(candidate, verdict)
                if verdict.passed:
                    break
        return run.best
