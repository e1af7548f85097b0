from __future__ import annotations

from pathlib import Path

from strop.methods.refine.self_refine import SelfRefine
from strop.tasks.workbench import Loaded, Workbench

from .solving import CRASH, PLUS_TWO, RIGHT, fenced, solve


def test_calls_follow_algorithm_1_with_full_history(ledger: Path):
    asked: list[tuple[str, str]] = []
    outcome, _ = solve(
        SelfRefine(rounds=3),
        {
            "writer": [fenced(CRASH)],
            "critic": ["It raises.", "It adds two."],
            "refiner": [fenced(PLUS_TWO), fenced(RIGHT)],
        },
        ledger,
        visible=(3,),
        asked=asked,
    )
    assert [role for role, _ in asked] == ["writer", "critic", "refiner", "critic", "refiner"]
    last = asked[-1][1]
    for part in (CRASH.strip(), "It raises.", PLUS_TWO.strip(), "It adds two."):
        assert part in last
    assert "double(3) should be 6, but was 5" in asked[3][1]
    assert outcome.candidate is not None
    assert outcome.candidate.value == RIGHT
    assert outcome.stopped == "passed"


def test_best_version_is_the_answer_after_a_wrong_turn(ledger: Path):
    outcome, _ = solve(
        SelfRefine(rounds=1),
        {"writer": [fenced(PLUS_TWO)], "critic": ["Hm."], "refiner": [fenced(CRASH)]},
        ledger,
        visible=(2, 3),
    )
    assert outcome.candidate is not None
    assert outcome.candidate.value == PLUS_TWO


def test_without_checks_the_critic_stops_the_loop(ledger: Path):
    def make(bench: Workbench) -> Loaded:
        return bench.answer_task("sum", "What is 2 + 2?", None)

    asked: list[tuple[str, str]] = []
    outcome, _ = solve(
        SelfRefine(rounds=3),
        {"solver": ["5"], "critic": ["2 + 2 is not 5.", "No issues."], "refiner": ["4"]},
        ledger,
        asked=asked,
        make=make,
    )
    assert [role for role, _ in asked] == ["solver", "critic", "refiner", "critic"]
    assert outcome.candidate is not None
    assert outcome.candidate.value == "4"
