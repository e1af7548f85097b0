from __future__ import annotations

from pathlib import Path

from strop.methods.code.tdd import Tdd

from .solving import CRASH, PLUS_TWO, RIGHT, fenced, solve


def test_prompt_carries_tests_and_remediation_failures(ledger: Path):
    asked: list[tuple[str, str]] = []
    outcome, _ = solve(
        Tdd(rounds=5),
        {"writer": [fenced(CRASH)], "reviser": [fenced(PLUS_TWO), fenced(RIGHT)]},
        ledger,
        visible=(3,),
        asked=asked,
    )
    assert [role for role, _ in asked] == ["writer", "reviser", "reviser"]
    assert "assert double(3) == 6" in asked[0][1]
    assert "double(3) ended with error: ValueError: 3" in asked[1][1]
    assert CRASH.strip() in asked[1][1]
    assert "double(3) should be 6, but was 5." in asked[2][1]
    assert outcome.stopped == "passed"


def test_remediation_ends_after_the_rounds(ledger: Path):
    asked: list[tuple[str, str]] = []
    outcome, _ = solve(Tdd(rounds=2), {"": [fenced(CRASH)]}, ledger, visible=(3,), asked=asked)
    assert len(asked) == 3
    assert outcome.stopped == "done"
