from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any

import pytest

from strop.core.errors import BadInput
from strop.core.types import Verdict
from strop.moves.localise import Spectrum, ochiai

F = "m.py"
Row = tuple[str, Iterable[int] | None, float]


def survey(
    rows: Mapping[str, Row], loaded: Iterable[int] = (), flaky: Iterable[str] = ()
) -> Verdict:
    """A survey's verdict from test: (status, lines reached or None where unknown, seconds)."""
    detail: dict[str, Any] = {
        "cases": [
            {"name": n, "status": s, "cpu_seconds": cpu, "message": f"{s} of {n}\nmore"}
            for n, (s, _, cpu) in rows.items()
        ],
        "lines": {
            n: [[F, k] for k in found] for n, (_, found, _) in rows.items() if found is not None
        },
        "loaded": [[F, n] for n in loaded],
        "flaky": list(flaky),
        "calls": [[F, "f", "[1]"]],
    }
    return Verdict(0.0, passed=False, detail=detail)


HAND = {
    "fails a": ("failed", [1, 2, 4], 0.2),
    "fails b": ("error", [1, 2, 5], 0.1),
    "passes a": ("passed", [1, 2, 3], 0.4),
    "passes b": ("passed", [1, 3], 0.3),
    "passes c": ("passed", [1], 0.5),
}


def test_ochiai_by_hand():
    scores = ochiai(Spectrum.fault_in(survey(HAND))).scores
    assert scores == {
        (F, 1): pytest.approx(2 / sqrt(2 * 5)),
        (F, 2): pytest.approx(2 / sqrt(2 * 3)),
        (F, 3): 0.0,
        (F, 4): pytest.approx(1 / sqrt(2 * 1)),
        (F, 5): pytest.approx(1 / sqrt(2 * 1)),
    }


def test_lines_are_ranked_by_score_then_place_without_those_no_failure_runs():
    ranked = ochiai(Spectrum.fault_in(survey(HAND))).ranked()
    assert [place for place, _ in ranked] == [(F, 2), (F, 4), (F, 5), (F, 1)]
    assert [score for _, score in ranked] == sorted((s for _, s in ranked), reverse=True)


def test_a_line_inside_a_statement_has_the_score_of_its_start():
    suspicion = ochiai(
        Spectrum.fault_in(survey({"x": ("failed", [3, 10], 0), "y": ("passed", [10], 0)}))
    )
    assert suspicion(F, 3) == suspicion(F, 9) == 1.0
    assert suspicion(F, 10) == suspicion(F, 99) == pytest.approx(1 / sqrt(2))
    assert suspicion(F, 2) == 0.0
    assert suspicion("other.py", 3) == 0.0


def test_a_line_run_by_the_failing_tests_alone_is_certain():
    rows: dict[str, Row] = {f"f{n}": ("failed", [7, n], 0) for n in range(4)}
    suspicion = ochiai(Spectrum.fault_in(survey({**rows, "p": ("passed", [9], 0)})))
    assert suspicion(F, 7) == 1.0
    assert suspicion(F, 3) == pytest.approx(0.5)
    assert suspicion.scores[F, 9] == 0.0


def test_what_loading_reached_counts_for_every_test():
    spectrum = Spectrum.fault_in(
        survey({"x": ("failed", [5], 0), "y": ("passed", [6], 0)}, loaded=[1])
    )
    assert spectrum.lines["y"] == {(F, 1), (F, 6)}
    assert ochiai(spectrum)(F, 1) == pytest.approx(1 / sqrt(2))


def test_a_failing_test_whose_lines_are_unknown_still_fails_and_has_no_say():
    rows: dict[str, Row] = {
        "crashes": ("crashed", None, 0),
        "x": ("failed", [1, 2], 0),
        "y": ("passed", [1], 0),
    }
    spectrum = Spectrum.fault_in(survey(rows))
    assert spectrum.failing == ["crashes", "x"]
    assert ochiai(spectrum)(F, 2) == 1.0


def test_a_flaky_test_is_neither_failing_nor_passing():
    rows: dict[str, Row] = {**HAND, "wavers": ("failed", [8], 0), "wavers too": ("passed", [1], 0)}
    spectrum = Spectrum.fault_in(survey(rows, flaky=["wavers", "wavers too"]))
    assert spectrum.failing == ["fails a", "fails b"]
    assert spectrum.passing == ["passes a", "passes b", "passes c"]
    assert spectrum.left_out == ["wavers", "wavers too"]
    assert (F, 8) not in ochiai(spectrum).scores
    assert ochiai(spectrum)(F, 1) == pytest.approx(2 / sqrt(2 * 5))


def test_a_test_that_fails_elsewhere_is_left_out():
    rows: dict[str, Row] = {**HAND, "elsewhere": ("failed", [], 0), "only loads": ("error", [9], 0)}
    spectrum = Spectrum.fault_in(survey(rows, loaded=[9]))
    assert spectrum.elsewhere == {"elsewhere", "only loads"}
    assert spectrum.failing == ["fails a", "fails b"]
    assert spectrum.left_out == ["elsewhere", "only loads"]
    assert [name for name, *_ in spectrum.in_order()] == list(HAND)


def refusal(rows: Mapping[str, Row], **more: Any) -> str:
    with pytest.raises(BadInput) as caught:
        Spectrum.fault_in(survey(rows, **more))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_why_there_is_nothing_to_repair_is_said_in_a_line():
    passing: dict[str, Row] = {"x": ("passed", [1], 0), "y": ("passed", [2], 0)}
    assert "all 2 tests pass already" in refusal(passing)
    wavering: dict[str, Row] = {"x": ("failed", [1], 0), "y": ("passed", [2], 0)}
    assert refusal(wavering, flaky=["x"]).startswith("x is flaky")
    assert "(and 1 more)" in refusal(wavering, flaky=["x", "y"])
    elsewhere: dict[str, Row] = {"x": ("error", [4], 0), "y": ("passed", [2], 0)}
    said = refusal(elsewhere, loaded=[4])
    assert said.startswith("x fails without running a line of the given files")
    assert "error of x" in said
    assert "more" not in said


def test_steps_run_failing_tests_first_and_cheap_ones_before_dear_ones():
    rows: dict[str, Row] = {
        "hangs": ("timeout", [1], 0.0),
        "untouched": ("passed", [], 0.01),
        **HAND,
        "unknown": ("passed", None, 0.0),
    }
    spectrum = Spectrum.fault_in(survey(rows))
    assert spectrum.steps() == [
        ("fails b", True, 0.1, 0.0),
        ("fails a", True, 0.2, 0.0),
        ("hangs", True, 0.0, 0.0),
        ("passes b", False, 0.3, 0.0),
        ("passes a", False, 0.4, 0.0),
        ("passes c", False, 0.5, 0.0),
    ]
    assert [name for name, *_ in spectrum.in_order()] == list(rows)
    assert {name for name, fails, *_ in spectrum.in_order() if fails} == {
        "hangs",
        "fails a",
        "fails b",
    }


def test_calls_and_seconds_are_kept_as_told():
    spectrum = Spectrum.of(survey(HAND))
    assert spectrum.calls == ((F, "f", "[1]"),)
    assert spectrum.cpu_seconds["passes c"] == 0.5
    assert spectrum.status["fails b"] == "error"
