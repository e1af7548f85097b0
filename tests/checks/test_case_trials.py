from __future__ import annotations

import json
from typing import Any

import pytest

from strop.checks.case import Case
from strop.checks.case_trials import CaseTrials, PatchExecutor
from strop.checks.cases import CasesCheck
from strop.core.errors import BadInput
from strop.core.patch import Patch
from strop.core.types import Candidate, Verdict
from strop.sandbox.jobs import CallJob, Limits

from .conftest import CountingPool, Go

LIMITS = Limits(cpu_seconds=0.5, wall_seconds=4.0)
BUGGY = """\
def f(x):
    if x < 0:
        return -x
    while x == 7:
        pass
    if x == 8:
        raise ValueError("eight")
    total = 0
    for i in range(x):
        total += i
    return total
"""
RIGHT = BUGGY.replace("range(x)", "range(x + 1)")
CASES = {
    "neg": (-2, 2),
    "zero": (0, 0),
    "three": (3, 6),
    "hang": (7, 28),
    "raise": (8, 36),
    "one": (1, 1),
}


def trials(pool: CountingPool, source: str = BUGGY, *names: str) -> CaseTrials:
    cases = [Case(n, [CASES[n][0]], CASES[n][1]) for n in names or CASES]
    return CaseTrials("m.py", source, CasesCheck(cases, "f", pool, LIMITS))


def patch(new: str = BUGGY, old: str = BUGGY) -> Candidate:
    return Candidate("c", "patch", Patch.between({"m.py": old}, {"m.py": new}).value)


def statuses(verdict: Verdict) -> dict[str, str]:
    return {row["name"]: row["status"] for row in verdict.detail["cases"]}


def test_the_survey_knows_of_every_case_also_after_a_hang(go: Go, pool: CountingPool):
    made = trials(pool)
    verdict = go(made.survey(patch()))
    assert statuses(verdict) == {
        "neg": "passed",
        "zero": "passed",
        "three": "failed",
        "hang": "timeout",
        "raise": "error",
        "one": "failed",
    }
    assert (verdict.passed, verdict.score) == (False, pytest.approx(2 / 6))
    assert verdict.detail["flaky"] == []
    assert verdict.cost.executions <= made.survey.executions
    assert 0.5 < verdict.cost.cpu_seconds < 10
    lines = {name: {n for _, n in found} for name, found in verdict.detail["lines"].items()}
    assert lines["neg"] == {2, 3}
    assert lines["zero"] == {2, 4, 6, 8, 9, 11}
    assert lines["one"] == lines["three"] == lines["zero"] | {10}
    assert lines["raise"] == {2, 4, 6, 7}
    assert lines["hang"] == {2, 4, 5}, "the loop without end is cut off"
    assert {f for found in verdict.detail["lines"].values() for f, _ in found} == {"m.py"}
    assert verdict.detail["calls"][2] == ["m.py", "f", "[3]"]


def test_the_survey_is_of_the_patched_file(go: Go, pool: CountingPool):
    verdict = go(trials(pool, BUGGY, "neg", "three", "one").survey(patch(RIGHT)))
    assert verdict.passed
    assert verdict.score == 1.0


def test_a_case_that_wavers_is_flaky(go: Go, pool: CountingPool):
    source = (
        "import os\n\ndef f(x):\n    path = os.environ.get('TMPDIR', '/tmp')\n"
        "    import time\n    return x + 1 if x == 3 and time.time_ns() // 1000 % 2 else x\n"
    )
    cases = [Case("wavers", [3], 3), Case("steady", [1], 1)]
    made = CaseTrials("m.py", source, CasesCheck(cases, "f", pool, LIMITS))
    for _ in range(40):
        verdict = go(made.survey(patch(source, source)))
        if verdict.detail["flaky"]:
            break
    assert verdict.detail["flaky"] == ["wavers"]


def test_the_survey_of_a_program_on_standard_input(go: Go, pool: CountingPool):
    source = "n = int(input())\nif n > 1:\n    print(n)\nelse:\n    print(-n)\n"
    cases = [Case("a", "3\n", "3"), Case("b", "1\n", "1"), Case("c", "x", "1")]
    made = CaseTrials("m.py", source, CasesCheck(cases, None, pool, LIMITS))
    verdict = go(made.survey(patch(source, source)))
    assert statuses(verdict) == {"a": "passed", "b": "failed", "c": "error"}
    lines = {name: [n for _, n in found] for name, found in verdict.detail["lines"].items()}
    assert lines == {"a": [1, 2, 3], "b": [1, 2, 5], "c": [1]}
    assert verdict.detail["calls"][0] == ["m.py", "", '"3\\n"']
    assert verdict.cost.executions <= made.survey.executions


def steps(*names: str, cpu: float = 0.001) -> list[tuple[str, bool, float, float]]:
    return [(name, name in ("three", "one", "hang", "raise"), cpu, cpu) for name in names]


def test_the_screen_names_what_turned_green_and_what_failed(go: Go, pool: CountingPool):
    made = trials(pool, BUGGY, "neg", "zero", "three", "one")
    screen = made.screen(steps("one", "three", "neg", "zero"))
    right = go(screen(patch(RIGHT)))
    assert right.passed
    assert (right.score, right.status) == (1.0, "passed")
    assert right.detail["green"] == ["one", "three"]
    assert right.feedback == ()
    half = go(screen(patch(BUGGY.replace("total = 0", "total = 1"))))
    assert not half.passed
    assert half.status == "failed"
    assert half.detail["green"] == ["one"]
    (failure,) = half.feedback
    assert getattr(failure, "case", "") == "three"
    assert go(screen(patch())).detail["green"] == []


def test_dear_cases_are_run_only_for_what_passes_the_cheap_ones(go: Go, pool: CountingPool):
    made = trials(pool, BUGGY, "three", "neg", "zero")
    screen = made.screen(
        [("three", True, 0.001, 0.0), ("neg", False, 0.001, 0.0), ("zero", False, 0.5, 0.0)]
    )
    assert screen.executions == 2
    assert not go(screen(patch())).passed
    assert len(pool.jobs) == 1
    verdict = go(screen(patch(RIGHT)))
    assert verdict.passed
    assert len(pool.jobs) == 3
    assert verdict.cost.executions == 2
    careful = made.screen([("zero", False, 0.5, 0.0), ("three", True, 0.001, 0.0)], careful=True)
    assert careful.executions == 1


def test_a_screen_with_looser_limits_is_another_check(go: Go, pool: CountingPool):
    slow = RIGHT.replace("total = 0", "total = 0 * sum(range(10_000_000))")
    made = trials(pool, BUGGY, "three")
    screen = made.screen(steps("three"))
    assert go(screen(patch(slow))).status == "timeout"
    loose = screen.slower(50.0)
    assert loose.key != screen.key
    assert loose.slower(2.0).key != loose.key
    assert go(loose(patch(slow))).passed


def test_the_verdict_of_all_cases_leaves_out_the_named_ones(go: Go, pool: CountingPool):
    made = trials(pool)
    whole = go(made.verify()(patch(RIGHT)))
    assert not whole.passed
    assert len(whole.detail["cases"]) == 6
    part = go(made.verify(["hang", "raise"])(patch(RIGHT)))
    assert part.passed
    assert list(statuses(part)) == ["neg", "zero", "three", "one"]
    assert made.verify().key != made.verify(["hang"]).key
    job = pool.jobs[-1]
    assert isinstance(job, CallJob)
    assert job.limits == LIMITS, "under the full limits"


def test_keys_follow_the_source_the_cases_and_the_order(pool: CountingPool):
    one, other = trials(pool), trials(pool, RIGHT)
    assert one.survey.key == trials(pool).survey.key
    assert len({one.survey.key, other.survey.key, trials(pool, BUGGY, "neg").survey.key}) == 3
    assert one.verify().key != other.verify().key
    keys = {
        one.screen(steps("neg", "zero")).key,
        one.screen(steps("zero", "neg")).key,
        one.screen(steps("neg", "zero", cpu=0.5)).key,
        one.screen(steps("neg", "zero"), careful=True).key,
    }
    assert len(keys) == 4


def test_a_patch_that_does_not_fit_is_bad_input(go: Go, pool: CountingPool):
    for value in ("nonsense", '[["m.py",0,9999,""]]', '[["other.py",0,1,""]]'):
        with pytest.raises(BadInput):
            go(trials(pool).verify()(Candidate("c", "patch", value)))


def test_the_executor_observes_the_patched_file_and_caps_hangs(go: Go, pool: CountingPool):
    executor = PatchExecutor(trials(pool), Limits(cpu_seconds=0.1, wall_seconds=2.0))

    def observe(value: str, *arguments: Any) -> list[tuple[str, str | None]]:
        inputs = [["m.py", "f", json.dumps([x])] for x in arguments]
        return [(o.status, o.value) for o in go(executor(value, inputs))]

    assert observe(patch().value, 3, 7, -1, 8, 4) == [
        ("passed", "3"),
        ("timeout", None),
        ("passed", "1"),
        ("error", None),
        ("passed", "6"),
    ]
    assert observe(patch(RIGHT).value, 3, 4) == [("passed", "6"), ("passed", "10")]
    pool.jobs.clear()
    told = observe(patch().value, 7, 7, 7, 7, 7, 3)
    assert told == [("timeout", None)] * 6
    assert len(pool.jobs) == 4
