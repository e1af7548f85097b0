"""Properties run in a process apart from the candidate, with shrunk counter-examples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from strop.checks.properties import PropertiesCheck
from strop.checks.property import Property, definitions
from strop.core.errors import BadInput, ToolUnavailable
from strop.core.types import Candidate, Crash, Failure, Verdict
from strop.sandbox.jobs import Execution, Job, Limits, ScriptJob

from .conftest import CountingPool, Go

LIMITS = Limits(cpu_seconds=4.0, wall_seconds=30.0)
LISTS = {"xs": "st.lists(st.integers())"}
SORTED = "def prop_sorted(candidate, xs):\n    assert candidate(xs) == sorted(xs)\n"
RIGHT = "def f(xs):\n    return sorted(xs)\n"
DISTINCT = "def f(xs):\n    return sorted(set(xs))\n"


def check(
    pool: CountingPool, text: str, inputs: dict[str, str] | None = None, **options: Any
) -> PropertiesCheck:
    made = [
        Property(d.name, text, (inputs or {}) if d.hints and not d.given else {})
        for d in definitions(text)
    ]
    limits = options.pop("limits", LIMITS)
    return PropertiesCheck(made, "f", pool, limits, **options)


def judged(go: Go, made: PropertiesCheck, source: str) -> Verdict:
    verdict = go(made(Candidate("c", "program", source)))
    assert verdict.cost.executions <= made.executions
    return verdict


def only(verdict: Verdict) -> Failure:
    (failure,) = verdict.feedback
    assert isinstance(failure, Failure)
    return failure


def test_a_right_program_passes_and_the_inputs_are_counted(go: Go, pool: CountingPool):
    verdict = judged(go, check(pool, SORTED, LISTS), RIGHT)
    assert (verdict.passed, verdict.score, verdict.status) == (True, 1.0, "passed")
    assert verdict.feedback == ()
    (row,) = verdict.detail["cases"]
    assert row["tried"] - row["invalid"] == 100


def test_the_counter_example_is_shrunk_and_typed(go: Go, pool: CountingPool):
    verdict = judged(go, check(pool, SORTED, LISTS), DISTINCT)
    assert (verdict.passed, verdict.score, verdict.status) == (False, 0.0, "failed")
    assert only(verdict) == Failure(
        "prop_sorted",
        "failed",
        input="xs=[0, 0]",
        got="[0]",
        message="line 2: assert candidate(xs) == sorted(xs)",
    )
    (row,) = verdict.detail["cases"]
    assert 0 < row["tried"] <= 100


def test_the_same_inputs_come_every_time(go: Go, pool: CountingPool):
    source = "def f(xs):\n    return sorted(xs, key=lambda x: x % 1000)\n"
    first, second = (judged(go, check(pool, SORTED, LISTS), source) for _ in range(2))
    assert first.feedback == second.feedback
    assert [r["tried"] for r in first.detail["cases"]] == [
        r["tried"] for r in second.detail["cases"]
    ]


def test_decorated_tests_bring_their_inputs_and_may_ask_for_the_candidate(
    go: Go, pool: CountingPool
):
    text = (
        "from hypothesis import given, settings, strategies as st\n"
        "from solution import f as again\n"
        "@given(st.lists(st.integers(0, 9)), st.data())\n"
        "def test_twice(xs, data):\n"
        "    n = data.draw(st.integers(2, 3), label='n')\n"
        "    assert len(f(xs * n)) == len(again(xs)) * n, 'lengths'\n"
        "@settings(max_examples=7)\n"
        "@given(xs=st.lists(st.integers()))\n"
        "def holds(candidate, xs):\n"
        "    assert candidate(xs) == f(xs)\n"
        "def test_plain():\n"
        "    assert f([]) == []\n"
    )
    verdict = judged(go, check(pool, text), DISTINCT)
    failure = only(verdict)
    assert (failure.case, failure.input) == ("test_twice", "xs=[0], data=data(...)")
    assert failure.message.startswith("line 6: assert len(f(xs * n)) ==")
    assert failure.message.endswith("lengths; Draw 1 (n): 2")
    assert [(r["status"], r["tried"]) for r in verdict.detail["cases"][1:]] == [
        ("passed", 7),
        ("passed", 1),
    ]
    assert verdict.score == pytest.approx(2 / 3)


def test_a_property_without_valid_input_is_an_error_and_the_others_still_run(
    go: Go, pool: CountingPool
):
    text = (
        "from hypothesis import assume\n"
        "def prop_never(candidate, xs):\n    assume(False)\n"
        "def prop_broken(candidate, xs):\n    return nothing_of_the_kind\n" + SORTED
    )
    verdict = judged(go, check(pool, text, LISTS), RIGHT)
    assert not verdict.passed
    assert verdict.status == "error"
    never, broken, fine = verdict.detail["cases"]
    assert (never["status"], never["input"]) == ("error", None)
    assert never["message"].startswith("no valid input among ")
    assert "\n" not in never["message"]
    assert (broken["status"], broken["message"].partition(":")[0]) == ("error", "line 5")
    assert "NameError" in broken["message"]
    assert fine["status"] == "passed"


def test_a_strategy_that_cannot_be_is_that_property_s_error(go: Go, pool: CountingPool):
    verdict = judged(go, check(pool, SORTED, {"xs": "st.integers(5, 1)"}), RIGHT)
    failure = only(verdict)
    assert failure.status == "error"
    assert "InvalidArgument" in failure.message


def test_what_the_candidate_raises_is_an_error_with_its_input(go: Go, pool: CountingPool):
    source = (
        "class UnsatisfiedAssumption(Exception):\n    pass\n"
        "def f(xs):\n    if len(xs) > 1:\n        raise UnsatisfiedAssumption('no')\n"
        "    return xs\n"
    )
    failure = only(judged(go, check(pool, SORTED, LISTS), source))
    assert (failure.status, failure.input) == ("error", "xs=[0, 0]")
    assert failure.message == "line 2: UnsatisfiedAssumption: no"


def test_a_candidate_that_ends_its_process_is_told_with_the_input(go: Go, pool: CountingPool):
    source = "import os\ndef f(xs):\n    return sorted(xs) if len(xs) < 3 else os._exit(0)\n"
    verdict = judged(go, check(pool, SORTED, LISTS), source)
    failure = only(verdict)
    assert (verdict.status, failure.status) == ("crashed", "crashed")
    assert failure.input is not None
    assert failure.input.count(",") >= 2


def test_a_candidate_that_hangs_is_told_with_the_input(go: Go, pool: CountingPool):
    source = "def f(xs):\n    while len(xs) == 1:\n        pass\n    return sorted(xs)\n"
    limits = Limits(cpu_seconds=1.0, wall_seconds=20.0)
    failure = only(judged(go, check(pool, SORTED, LISTS, limits=limits), source))
    assert failure.status == "timeout"
    assert failure.input is not None
    assert "," not in failure.input.removeprefix("xs=")


def test_a_candidate_that_is_not_the_same_twice_is_flaky(go: Go, pool: CountingPool):
    source = (
        "import time\ndef f(xs):\n    n = time.perf_counter_ns()\n"
        "    return sorted(xs) if n // 1000 % 4 else [n]\n"
    )
    verdict = judged(go, check(pool, SORTED, LISTS), source)
    assert only(verdict).status in ("flaky", "failed")
    assert not verdict.passed


def test_what_does_not_load_is_a_crash_told_once(go: Go, pool: CountingPool):
    two = SORTED + SORTED.replace("prop_sorted", "prop_other")
    for source, kind in (("def f(:\n", "SyntaxError"), ("x = 1\n", "AttributeError")):
        verdict = judged(go, check(pool, two, LISTS), source)
        (crash,) = verdict.feedback
        assert isinstance(crash, Crash)
        assert crash.exception == kind
        assert verdict.cost.executions == 2


def test_what_held_between_the_examples_holds_between_the_inputs(go: Go, pool: CountingPool):
    text = "def prop_in(candidate, xs, i, j, ys):\n    assert candidate(xs, i, j, ys)\n"
    inputs = {
        "xs": "st.lists(st.integers(0, 50), min_size=1)",
        "i": "st.integers(-99, 99)",
        "j": "st.integers(-99, 99)",
        "ys": "st.lists(st.integers(0, 500), min_size=1)",
    }
    relations = (
        ("lengths", "xs", "ys", 0, 0),
        ("index", "i", "xs", 0, 1),
        ("order", "i", "j", 0, 0),
    )
    made = PropertiesCheck([Property("prop_in", text, inputs, relations)], "f", pool, LIMITS)
    source = "def f(xs, i, j, ys):\n    return len(xs) == len(ys) and xs[i] >= 0 and 0 <= i <= j\n"
    assert judged(go, made, source).passed
    loose = PropertiesCheck([Property("prop_in", text, inputs)], "f", pool, LIMITS)
    assert not judged(go, loose, source).passed


def test_more_examples_are_tried_where_asked_for(go: Go, pool: CountingPool):
    verdict = judged(go, check(pool, SORTED, LISTS, examples=5), RIGHT)
    (row,) = verdict.detail["cases"]
    assert row["tried"] - row["invalid"] == 5


def test_long_inputs_are_cut(go: Go, pool: CountingPool):
    text = "def prop_long(candidate, xs):\n    assert candidate(xs) == 'é' * 2000, 'ü\"' * 2000\n"
    inputs = {"xs": "st.lists(st.just('\\U0001f600\"' * 40), min_size=9, max_size=9)"}
    source = "def f(xs):\n    return 'x' * 100000\n"
    failure = only(judged(go, check(pool, text, inputs), source))
    assert failure.status == "failed"
    assert " ... " in (failure.input or "")
    assert " ... " in (failure.got or "")


class Lacking(CountingPool):
    """A pool whose interpreter has no Hypothesis."""

    async def run(self, job: Job) -> Execution:
        assert isinstance(job, ScriptJob)
        gone = "import sys\nsys.modules['hypothesis'] = None\n"
        text = job.test_source.replace("\nimport functools\n", f"\n{gone}import functools\n", 1)
        return await super().run(replace(job, test_source=text))


def test_an_interpreter_without_hypothesis_is_told_of(go: Go):
    lacking = Lacking(workers=1)
    try:
        with pytest.raises(ToolUnavailable, match=r"-m pip install 'hypothesis>=6.100'"):
            judged(go, check(lacking, SORTED, LISTS), RIGHT)
    finally:
        go(lacking.aclose())


def test_the_key_follows_what_decides_the_verdict(pool: CountingPool):
    keys = {
        check(pool, SORTED, LISTS).key,
        check(pool, SORTED + "\n", LISTS).key,
        check(pool, SORTED, {"xs": "st.lists(st.booleans())"}).key,
        check(pool, SORTED, LISTS, examples=7).key,
        check(pool, SORTED, LISTS, limits=Limits()).key,
    }
    assert len(keys) == 5
    assert check(pool, SORTED, LISTS).key in keys


# -- what counts as a property ---------------------------------------------------------------------


def test_definitions_are_found_with_their_parameters():
    text = (
        "from hypothesis import given\nimport hypothesis as h\n"
        "def prop_a(candidate, x: int, *, y): ...\n"
        "@h.given(z=1)\ndef b(z): ...\n"
        "def helper(q): ...\nclass T:\n    def test_inner(self): ...\n"
        "def test_c(): ...\n"
    )
    found = definitions(text)
    assert [(d.name, d.line, d.given, dict(d.hints)) for d in found] == [
        ("prop_a", 3, False, {"candidate": "", "x": "int", "y": ""}),
        ("b", 5, True, {"z": ""}),
        ("test_c", 9, False, {}),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def prop_x(:", "p.py line 1"),
        ("x = 1", "no property in it"),
        ("def prop_x(): ...\ndef prop_x(): ...", "defined twice"),
    ],
)
def test_a_text_that_is_no_property_is_bad_input_in_one_line(text: str, told: str):
    with pytest.raises(BadInput, match=told) as caught:
        definitions(text, "p.py")
    assert "\n" not in str(caught.value)
