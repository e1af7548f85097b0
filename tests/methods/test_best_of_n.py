from __future__ import annotations

import random
from pathlib import Path

from strop.methods.scaling.best_of_n import BestOfN

from .solving import CRASH, PLUS_TWO, RIGHT, fenced, solve


def test_expected_draws_follow_the_geometric_law(ledger: Path):
    p, n, repeats = 0.4, 5, 60
    rng = random.Random(7)
    drawn = 0
    for repeat in range(repeats):
        replies = [fenced(RIGHT if rng.random() < p else CRASH) for _ in range(n)]
        outcome, _ = solve(
            BestOfN(n), {"": replies}, ledger.with_name(f"{repeat}.db"), visible=(3,)
        )
        drawn += outcome.evidence.candidates
    expected = (1 - (1 - p) ** n) / p
    assert abs(drawn / repeats - expected) < 0.5


def test_stops_at_the_first_pass_and_draws_no_more(ledger: Path):
    outcome, _ = solve(BestOfN(8), {"": [fenced(CRASH), fenced(RIGHT)]}, ledger)
    assert outcome.stopped == "passed"
    assert outcome.evidence.candidates == 2
    assert outcome.candidate is not None
    assert outcome.candidate.value == RIGHT


def test_without_a_pass_the_candidate_with_most_cases_is_the_answer(ledger: Path):
    outcome, _ = solve(
        BestOfN(3), {"": [fenced(CRASH), fenced(PLUS_TWO), fenced(CRASH)]}, ledger, visible=(2, 3)
    )
    assert outcome.stopped == "done"
    assert outcome.verdict is not None
    assert outcome.verdict.score == 0.5
    assert outcome.candidate is not None
    assert outcome.candidate.value == PLUS_TWO
