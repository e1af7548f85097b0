from __future__ import annotations

from pathlib import Path

import pytest

from strop.methods.repair.draft_repair import DraftRepair

from .solving import CRASH, FILE, NOTHING, RIGHT, fenced, patched, repairing, solve

BROKEN = "def double(x)\n    return 2 * x\n"


def test_a_file_that_does_not_parse_is_mended(ledger: Path):
    asked: list[tuple[str, str]] = []
    scripts = {"repairer": [fenced(CRASH), fenced(RIGHT), fenced(CRASH)]}
    outcome, _ = solve(DraftRepair(), scripts, ledger, make=repairing(BROKEN), asked=asked)
    assert outcome.stopped == "passed"
    assert outcome.candidate is not None
    assert patched(outcome.candidate, BROKEN) == RIGHT
    assert [role for role, _ in asked] == ["repairer"] * 2, "none after the one that passed"
    assert f"{FILE}, line 1: def double(x)" in asked[0][1]
    assert "expected ':'" in asked[0][1]
    assert "ValueError" not in asked[0][1]
    assert "ValueError" in asked[1][1], "what was wrong with the draft before"


def test_a_draft_of_one_definition_leaves_the_rest_of_the_file(ledger: Path):
    source = f"# a note\nK = 2\n\n\n{NOTHING}\n\ndef other():\n    return K\n"
    draft = "def double(x):\n    return K * x\n"
    outcome, _ = solve(DraftRepair(), {"repairer": [fenced(draft)]}, ledger, make=repairing(source))
    assert outcome.stopped == "passed"
    assert outcome.candidate is not None
    assert patched(outcome.candidate, source) == source.replace(NOTHING, draft)


def test_the_drafts_end_and_the_file_stays_as_it_was(ledger: Path):
    asked: list[tuple[str, str]] = []
    outcome, _ = solve(
        DraftRepair(drafts=3), {"repairer": ["No idea."]}, ledger, make=repairing(), asked=asked
    )
    assert len(asked) == 3
    assert outcome.candidate is not None
    assert patched(outcome.candidate) == NOTHING
    assert outcome.verdict is not None
    assert not outcome.verdict.passed


@pytest.mark.parametrize("drafts", [0, -2])
def test_bad_settings_are_refused(drafts: int):
    with pytest.raises(ValueError, match="drafts must be at least 1"):
        DraftRepair(drafts=drafts)
