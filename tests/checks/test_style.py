"""Complexity, maintainability and ruff's findings of a program."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from strop.checks import style
from strop.checks.style import StyleCheck
from strop.core.errors import BadInput, ToolUnavailable
from strop.core.types import Candidate, Crash, Failure, Verdict

MANY = "def f(x):\n" + "".join(f"    if x == {n}:\n        return {n}\n" for n in range(12))


def judged(source: str, **options: Any) -> Verdict:
    return asyncio.run(StyleCheck(**options)(Candidate("c", "program", source)))


def test_plain_code_passes():
    verdict = judged("def f(x):\n    return x\n")
    assert (verdict.passed, verdict.score, verdict.feedback) == (True, 1.0, ())
    assert verdict.detail["style"] == {
        "complexity": {"f": 1},
        "maintainability": 100.0,
        "findings": [],
    }
    assert StyleCheck.executions == 0


def test_a_function_with_too_many_paths_is_named():
    verdict = judged(MANY)
    assert verdict.feedback == (
        Failure(
            "complexity of f",
            "failed",
            message="13 independent paths, at most 10 are allowed: split it up",
        ),
    )
    assert verdict.score == pytest.approx(2 / 3)
    assert judged(MANY, most_complexity=13).passed


def test_ruff_s_findings_are_told_by_code_and_line():
    verdict = judged("import os\n\ndef f(x, y=[]):\n    return x\n")
    assert [(row["code"], row["line"]) for row in verdict.detail["style"]["findings"]] == [
        ("F401", 1),
        ("B006", 3),
    ]
    assert [getattr(item, "case", "") for item in verdict.feedback] == ["F401", "B006"]
    assert judged("import os\n", rules=("B",)).passed
    assert judged("import os\n", rules=()).passed


def test_hard_to_maintain_code_is_told():
    verdict = judged(MANY, most_complexity=99, least_maintainability=90.0)
    (failure,) = verdict.feedback
    assert isinstance(failure, Failure)
    assert (failure.case, failure.status) == ("maintainability", "failed")


@pytest.mark.parametrize("source", ["def f(:\n", "x = '\ud800'\n", "x = 1\0"])
def test_what_does_not_parse_is_a_crash(source: str):
    verdict = judged(source)
    assert isinstance(verdict.feedback[0], Crash)
    assert (verdict.status, verdict.score) == ("error", 0.0)


def test_rules_that_ruff_does_not_know_are_bad_input():
    with pytest.raises(BadInput, match="ZZZ") as caught:
        judged("x = 1\n", rules=("ZZZ",))
    assert "\n" not in str(caught.value)


def test_missing_tools_are_told_with_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(style.sysconfig, "get_path", lambda name: "/nowhere")
    monkeypatch.setattr(style.shutil, "which", lambda name: None)
    with pytest.raises(ToolUnavailable, match=r"strop\[style\]"):
        judged("x = 1\n")
    monkeypatch.setitem(sys.modules, "radon.complexity", None)
    with pytest.raises(ToolUnavailable, match=r"strop\[style\]"):
        judged("x = 1\n")


def test_the_key_follows_the_settings():
    keys = {StyleCheck(), StyleCheck(9), StyleCheck(10, 30.0), StyleCheck(rules=("F",))}
    assert len({check.key for check in keys}) == 4
