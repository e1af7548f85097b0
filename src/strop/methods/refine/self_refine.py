"""Self-Refine: the model criticises its own draft and rewrites it, with the whole history in view.

**Maths.** y_0 = M(x); for t = 0, 1, ..: fb_t = M(x, y_t); stop if fb_t says so;
y_{t+1} = M(x, y_0, fb_0, .., y_t, fb_t).

**Differs from the paper.** Every version is held against the task's visible checks if there are
any: a pass stops the loop, failures are shown to the critic, and the best version is the answer,
so a wrong turn is never the last word.

**Use when** the model can see what is wrong with its drafts.
**Fails when** it cannot: small models praise wrong drafts and break right ones.

Source: P019 Self-Refine (2023), algorithm 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from strop.core.card import Card
from strop.core.run import Run
from strop.core.types import Candidate, Task, Verdict
from strop.moves.feedback import feedback_text
from strop.moves.sample import candidate_of, sample

CARD = Card(
    title="Self-Refine: iterative refinement with self-feedback",
    papers=("P019",),
    year=2023,
    kind="strategy",
    needs=("model",),
    cost="1 + 2 * rounds calls, one check a version",
    axes={
        "what": "sequential",
        "how": "self-correction",
        "where": "any task",
        "how_well": "score over the first draft",
        "system": "self-correction",
        "roles": ("policy", "value"),
    },
    anchor="tests/methods/test_self_refine.py::test_calls_follow_algorithm_1_with_full_history",
)

_STOP = re.compile(
    r"\b(no (?:further )?(?:issues?|changes?|problems?|errors?)|it is correct)\b", re.I
)


@dataclass(frozen=True)
class SelfRefine:
    """`rounds`: most refinements after the first draft, at least 0."""

    rounds: int = 4

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise ValueError(f"rounds must be at least 0. Got {self.rounds} instead.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        candidate = await sample(run, task)
        history: list[str] = []
        for step in range(self.rounds + 1):
            verdict = await self._judge(task, run, candidate)
            if step == self.rounds or (verdict and verdict.passed):
                break
            entry = task.meta.get("entry") or ""
            critique = await run.ask(
                "critic",
                prompt=task.prompt,
                entry=entry,
                code=candidate.value,
                failures=feedback_text(verdict.feedback) if verdict else "",
            )
            if verdict is None and _STOP.search(critique.text):
                break
            history.append(f"{candidate.value}\n\nFeedback: {critique.text}")
            reply = await run.ask(
                "refiner",
                prompt=task.prompt,
                entry=entry,
                code=candidate.value,
                critique=critique.text,
                history="\n\n".join(history),
            )
            candidate = candidate_of(run, task, reply, origin="refine", parents=(candidate,))
        return run.best if task.checks else candidate

    async def _judge(self, task: Task, run: Run, candidate: Candidate) -> Verdict | None:
        if not task.checks:
            return None
        verdict = await run.check(candidate)
        run.offer(candidate, verdict)
        return verdict
