"""Test-driven development: the tests stand in the prompt, and failures come back as remediation.

**Maths.** y_0 = M(description, tests); for t < rounds: stop if every test passes, else
y_{t+1} = M(description, y_t, failures of y_t).

**Differs from the paper.** Remediation shows the input, the expected and the actual value of the
first failing tests, where the paper pastes the runner's output.

**Use when** the visible tests say more than the description does.
**Fails when** the model copies the tests' values into the code, which hidden cases show.

Source: P073 Test-Driven Development for Code Generation (2024); five remediation attempts.
"""

from __future__ import annotations

from dataclasses import dataclass

from strop.core.card import Card
from strop.core.run import Run
from strop.core.types import Candidate, Task
from strop.moves.revise import revise
from strop.moves.sample import sample

CARD = Card(
    title="Test-driven prompting with remediation",
    papers=("P073",),
    year=2024,
    kind="strategy",
    needs=("model", "checks"),
    cost="up to 1 + rounds calls and checks",
    axes={
        "what": "sequential",
        "how": "self-correction",
        "where": "code",
        "how_well": "pass rate over description only",
        "system": "self-correction",
        "roles": ("policy",),
    },
    anchor="tests/methods/test_tdd.py::test_prompt_carries_tests_and_remediation_failures",
)


@dataclass(frozen=True)
class Tdd:
    """`rounds`: most remediation attempts, at least 0."""

    rounds: int = 5

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise ValueError(f"rounds must be at least 0. Got {self.rounds} instead.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        candidate = await sample(run, task, show_tests=True)
        for step in range(self.rounds + 1):
            verdict = await run.check(candidate)
            run.offer(candidate, verdict)
            if verdict.passed or step == self.rounds:
                break
            candidate = await revise(run, task, candidate, verdict)
        return run.best
