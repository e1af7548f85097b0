from __future__ import annotations

from pathlib import Path

from strop.methods.code.s_star import SStar

from .solving import CRASH, RIGHT, SQUARE, fenced, solve


def test_selection_by_distinguishing_input_beats_first_pass(ledger: Path):
    asked: list[tuple[str, str]] = []
    scripts = {
        "writer": [fenced(SQUARE), fenced(RIGHT)],
        "tester": ["[[0]]"],
        "distinguisher": ["Try [[3], [2]]"],
        "judge": ["A multiplies x by itself, so B is right: B"],
    }
    outcome, _ = solve(
        SStar(n=2, rounds=0), scripts, ledger, visible=(2,), hidden=(5, 9), asked=asked
    )
    assert outcome.candidate is not None
    assert outcome.candidate.value == SQUARE, "0 and 2 do not tell them apart: one cluster"

    scripts["tester"] = ["[[4]]"]
    outcome, _ = solve(
        SStar(n=2, rounds=0), scripts, ledger.with_name("two.db"), hidden=(5, 9), asked=asked
    )
    judged = [text for role, text in asked if role == "judge"]
    assert judged, "the pair of clusters was judged"
    assert "input [3]: A gives 9, B gives 6" in judged[0]
    assert "input [2]" not in judged[0], "only inputs on which execution differs are shown"
    assert outcome.candidate is not None
    assert outcome.candidate.value == RIGHT
    assert outcome.hidden_verdict is not None
    assert outcome.hidden_verdict.passed


def test_each_sample_is_debugged_on_visible_tests(ledger: Path):
    outcome, events = solve(
        SStar(n=2, rounds=2),
        {"writer": [fenced(CRASH)], "reviser": [fenced(CRASH), fenced(RIGHT)]},
        ledger,
        visible=(3,),
    )
    assert outcome.stopped == "passed"
    origins = [e.body["origin"] for e in events if e.kind == "candidate"]
    assert origins == ["sample", "revise", "revise", "sample", "revise", "revise"]
