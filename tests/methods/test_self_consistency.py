from __future__ import annotations

from pathlib import Path

from strop.core.errors import ModelError
from strop.methods.scaling.self_consistency import SelfConsistency
from strop.tasks.workbench import Loaded, Workbench

from .solving import CRASH, PLUS_TWO, RIGHT, fenced, solve


def test_majority_behaviour_wins_over_first_draw(ledger: Path):
    same = "def double(x):\n    return x + x\n"
    writer = [fenced(PLUS_TWO), fenced(RIGHT), fenced(same), fenced(CRASH)]
    outcome, _ = solve(
        SelfConsistency(n=4, inputs=3), {"": writer, "tester": ["[[5], [7]]"]}, ledger
    )
    assert outcome.candidate is not None
    assert outcome.candidate.value == RIGHT
    assert outcome.evidence.agreement == 2 / 3


def test_a_failed_call_has_no_vote(ledger: Path):
    down = ModelError("http", "500")
    writer = [down, down, fenced(RIGHT), down]
    outcome, _ = solve(SelfConsistency(n=4, inputs=1), {"": writer}, ledger)
    assert outcome.candidate is not None
    assert outcome.candidate.value == RIGHT
    assert outcome.evidence.agreement == 1.0
    assert outcome.evidence.failed_draws == 3
    assert "3 draws failed" in outcome.evidence.notes[0]


def test_text_answers_vote_by_value(ledger: Path):
    def make(bench: Workbench) -> Loaded:
        return bench.answer_task("sum", "What is 1/4 + 1/4?", "0.5")

    replies = ["The answer is 0.25", "So the answer is 1/2.", "It makes \\boxed{0.50}"]
    outcome, _ = solve(SelfConsistency(n=3, inputs=1), {"": replies}, ledger, make=make)
    assert outcome.candidate is not None
    assert outcome.candidate.value == replies[1]
    assert outcome.stopped == "passed"
