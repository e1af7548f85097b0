from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from strop.checks.suite_trials import Suite, SuiteExecutor, SuiteTrials
from strop.checks.trial_order import TrialOrder
from strop.core.errors import BadInput
from strop.core.patch import Patch
from strop.core.types import Candidate, Cost, Verdict
from strop.sandbox.jobs import Limits, TrialsJob

from .conftest import CountingPool, Go

CORE = """\
LIMIT = 3


def clamp(x):
    if x > LIMIT:
        return LIMIT + 1
    return x


def slow(n):
    return sum(range(n))
"""
RIGHT = CORE.replace("LIMIT + 1", "LIMIT")
TESTS = """\
import pytest
from pkg.core import clamp, slow

def test_below():
    assert clamp(2) == 2

@pytest.mark.parametrize("x", [4, 9])
def test_above(x):
    assert clamp(x) == 3, "too much"

class TestSlow:
    def test_sum(self):
        assert slow(10) == 45

@pytest.mark.skip
def test_left():
    assert clamp(1) == 0

def test_elsewhere():
    assert 1 == 2
"""
BELOW, FOUR, NINE, SLOW, LEFT, ELSEWHERE = (
    f"tests/test_core.py::{name}"
    for name in (
        "test_below",
        "test_above[4]",
        "test_above[9]",
        "TestSlow::test_sum",
        "test_left",
        "test_elsewhere",
    )
)
Make = Callable[..., SuiteTrials]
LIMITS = Limits(cpu_seconds=20.0, wall_seconds=40.0, memory_mb=2048)


@pytest.fixture
def make(pool: CountingPool, projects: Path, request: pytest.FixtureRequest) -> Make:
    """Writes a project and gives its trials."""

    def made(
        source: str = CORE, tests: str = TESTS, step: tuple[float, float] = (1.0, 5.0), **more: str
    ) -> SuiteTrials:
        root = projects / f"p{len(list(projects.iterdir()))}"
        files: Mapping[str, str] = {
            "src/pkg/__init__.py": "",
            "src/pkg/core.py": source,
            "tests/test_core.py": tests,
            **{name.replace("__", "/") + ".py": text for name, text in more.items()},
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        suite = Suite(str(root), ("tests",), ("src",), plugins=False)
        return SuiteTrials(suite, {"src/pkg/core.py": source}, pool, LIMITS, "digest", step)

    return made


def patch(new: str = CORE, old: str = CORE) -> Candidate:
    name = "src/pkg/core.py"
    return Candidate("c", "patch", Patch.between({name: old}, {name: new}).value)


def statuses(verdict: Verdict) -> dict[str, str]:
    return {row["name"]: row["status"] for row in verdict.detail["cases"]}


def test_the_survey_tells_statuses_messages_lines_and_calls(go: Go, pool: CountingPool, make: Make):
    verdict = go(make().survey(patch()))
    assert statuses(verdict) == {
        BELOW: "passed",
        FOUR: "failed",
        NINE: "failed",
        SLOW: "passed",
        LEFT: "passed",
        ELSEWHERE: "failed",
    }
    assert verdict.score == pytest.approx(3 / 6)
    assert "too much" in verdict.detail["cases"][1]["message"]
    assert verdict.detail["flaky"] == []
    lines = {name: {n for _, n in found} for name, found in verdict.detail["lines"].items()}
    assert lines[BELOW] == {5, 7}
    assert lines[FOUR] == lines[NINE] == {5, 6}
    assert lines[SLOW] == {11}
    assert lines[ELSEWHERE] == set()
    assert {f for found in verdict.detail["lines"].values() for f, _ in found} == {
        "src/pkg/core.py"
    }
    assert {n for _, n in verdict.detail["loaded"]} == {1, 4, 10}
    assert sorted(text for _, entry, text in verdict.detail["calls"] if entry == "clamp") == [
        "[2]",
        "[4]",
        "[9]",
    ]
    assert verdict.cost.executions == 1
    assert len(pool.jobs) == 1


def test_a_test_that_wavers_is_flaky(go: Go, make: Make):
    tests = (
        "import pathlib\nfrom pkg.core import clamp\n"
        "def test_steady():\n    assert clamp(1) == 1\n"
        "def test_wavers(tmp_path):\n    mark = tmp_path.parents[2] / 'mark'\n"
        "    known = mark.exists()\n    mark.touch()\n    assert clamp(1) == 1 and known\n"
    )
    verdict = go(make(CORE, tests).survey(patch()))
    assert verdict.detail["flaky"] == ["tests/test_core.py::test_wavers"]


HANGS = """\
import time
from pkg.core import clamp

def spend(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass

def test_first():
    while clamp(0) == 0:
        pass

def test_slow():
    spend(0.3)
    assert clamp(1) == 1

def test_slow_and_wrong():
    spend(0.3)
    assert clamp(4) == 3

def test_hangs_too():
    while True:
        pass

def test_last():
    assert clamp(2) == 2
"""


def test_a_slow_test_after_a_hang_is_not_taken_for_one(go: Go, make: Make):
    verdict = go(make(CORE, HANGS).survey(patch()))
    found = {name.rpartition("::")[2]: status for name, status in statuses(verdict).items()}
    assert found == {
        "test_first": "timeout",
        "test_slow": "passed",
        "test_slow_and_wrong": "failed",
        "test_hangs_too": "timeout",
        "test_last": "passed",
    }
    assert not {"test_slow", "test_last"} & {n.rpartition("::")[2] for n in verdict.detail["flaky"]}
    lines = {n.rpartition("::")[2]: {k for _, k in f} for n, f in verdict.detail["lines"].items()}
    assert lines["test_first"] == {5, 7}, "cut off, and what it reached is known"
    assert lines["test_slow_and_wrong"] == {5, 6}


@pytest.mark.parametrize(
    ("source", "tests", "said"),
    [
        (CORE, "from pkg.core import nothing\n", "cannot import name 'nothing'"),
        (CORE, "def test_a(:\n", "invalid syntax"),
        ("1 / 0\n", "import pkg.core\ndef test_a():\n    pass\n", "ZeroDivisionError"),
        (CORE, "x = 1\n", "no test"),
    ],
)
def test_what_does_not_collect_is_said_in_a_line(
    go: Go, make: Make, source: str, tests: str, said: str
):
    trials = make(source, tests)
    for check in (trials.survey, trials.screen([("tests/test_core.py::test_a", True, 0.01, 0.01)])):
        if said == "no test" and check.name == "screen":
            continue
        with pytest.raises(BadInput, match=r"^tests tests do not collect: ") as caught:
            go(check(patch(source, source)))
        assert "\n" not in str(caught.value)
        assert said in str(caught.value)


def test_a_suite_that_takes_too_long_is_said_in_a_line(go: Go, make: Make, projects: Path):
    tests = "import time\nfrom pkg.core import clamp\n" + "".join(
        f"def test_{n}():\n    time.sleep(0.4)\n" for n in range(9)
    )
    trials = make(CORE, tests)
    short = SuiteTrials(
        trials.suite, trials.files, trials.pool, Limits(wall_seconds=1.2, memory_mb=2048)
    )
    with pytest.raises(BadInput, match=r"did not end within 1\.2 s: \d of 9 tests ran") as caught:
        go(short.survey(patch()))
    assert "\n" not in str(caught.value)


ORDER = [
    (NINE, True, 0.01, 0.01),
    (FOUR, True, 0.01, 0.01),
    (BELOW, False, 0.01, 0.01),
    (SLOW, False, 0.01, 0.01),
]


def test_the_screen_runs_in_its_order_and_stops_at_the_first_failure(go: Go, make: Make):
    screen = make().screen(ORDER)
    good = go(screen(patch(RIGHT)))
    assert good.passed
    assert (good.score, good.status) == (1.0, "passed")
    assert good.detail["green"] == [NINE, FOUR]
    fits_nine = CORE.replace("LIMIT + 1", "LIMIT if x == 9 else 5")
    half = go(screen(patch(fits_nine)))
    assert (half.passed, half.score, half.status) == (False, 0.25, "failed")
    assert half.detail["green"] == [NINE]
    assert [f.case for f in half.feedback if hasattr(f, "case")] == [FOUR]  # type: ignore[union-attr]
    assert go(screen(patch(CORE.replace("return LIMIT + 1", "return (")))).status == "error"
    breaks = go(screen(patch(RIGHT.replace("return x\n", "return -x\n"))))
    assert breaks.detail["green"] == [NINE, FOUR]
    assert breaks.feedback[0].case == BELOW  # type: ignore[union-attr]


def test_screens_asked_at_one_moment_are_one_job_and_each_pays_its_part(
    go: Go, pool: CountingPool, make: Make
):
    screen = make().screen(ORDER)
    loops = CORE.replace("        return LIMIT + 1", "        while True: pass")
    sources = [RIGHT, CORE, loops, RIGHT.replace("LIMIT = 3", "LIMIT = 4"), RIGHT]

    async def ask() -> list[Verdict]:
        return await asyncio.gather(*(screen(patch(source)) for source in sources))

    verdicts = go(ask())
    assert [v.status for v in verdicts] == ["passed", "failed", "timeout", "failed", "passed"]
    (job,) = pool.jobs
    assert isinstance(job, TrialsJob)
    assert len(job.trials) == 5
    assert all(v.cost.executions == 1 and v.cost.cpu_seconds > 0 for v in verdicts)
    assert verdicts[2].cost.cpu_seconds > verdicts[0].cost.cpu_seconds
    go(screen(patch(RIGHT)))
    assert len(pool.jobs) == 2


def test_a_screen_that_one_no_longer_wants_goes_on_for_the_others(
    go: Go, pool: CountingPool, make: Make
):
    screen = make().screen(ORDER)

    async def work() -> Verdict:
        first, second = (asyncio.ensure_future(screen(patch(s))) for s in (CORE, RIGHT))
        while not pool.jobs:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        first.cancel()
        return await second

    assert go(work()).passed
    assert len(pool.jobs) == 1


def test_a_job_that_nobody_wants_is_ended(go: Go, pool: CountingPool, make: Make):
    screen = make().screen(ORDER).slower(1000.0)
    loops = CORE.replace("        return LIMIT + 1", "        while True: pass")

    async def work() -> Verdict:
        tasks = [asyncio.ensure_future(screen(patch(loops + "#" * n))) for n in range(3)]
        while not pool.jobs:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        # The pool's one worker is free again.
        return await asyncio.wait_for(screen(patch(RIGHT)), 10)

    assert go(work()).passed


def test_the_whole_suite_leaves_out_the_named_tests(go: Go, make: Make):
    trials = make()
    whole = go(trials.verify()(patch(RIGHT)))
    assert not whole.passed
    assert [f.case for f in whole.feedback if hasattr(f, "case")] == [ELSEWHERE]  # type: ignore[union-attr]
    part = go(trials.verify([ELSEWHERE])(patch(RIGHT)))
    assert part.passed
    assert part.score == 1.0
    assert list(statuses(part)) == [BELOW, FOUR, NINE, SLOW, LEFT]
    one = go(trials.verify([ELSEWHERE, FOUR])(patch()))
    assert statuses(one) == {BELOW: "passed", NINE: "failed", SLOW: "passed", LEFT: "passed"}
    assert one.score == 0.75
    assert trials.verify().key != trials.verify([ELSEWHERE]).key


def test_the_project_is_left_as_it_was(go: Go, make: Make):
    trials = make()
    root = Path(trials.suite.project)
    before = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
    go(trials.survey(patch()))
    go(trials.screen(ORDER)(patch(RIGHT)))
    go(trials.verify()(patch(RIGHT)))
    assert {p: p.read_bytes() for p in root.rglob("*") if p.is_file()} == before


def test_tests_that_lean_on_each_other_run_in_one_process_if_careful(go: Go, make: Make):
    tests = (
        "from pkg.core import clamp\nseen = []\n"
        "def test_a():\n    seen.append(clamp(4))\n"
        "def test_b():\n    assert seen == [3]\n"
    )
    names = [f"tests/test_core.py::test_{c}" for c in "ab"]
    trials = make(CORE, tests)
    order = [(names[0], False, 0.01, 0.01), (names[1], True, 0.01, 0.01)]
    assert go(trials.screen(order, careful=True)(patch(RIGHT))).passed
    assert not go(trials.screen(order[::-1])(patch(RIGHT))).passed


def test_the_executor_calls_functions_of_the_patched_files(go: Go, make: Make):
    executor = SuiteExecutor(make(), (0.2, 3.0))
    inputs = [["src/pkg/core.py", "clamp", f"[{x}]"] for x in (9, 1)]
    inputs += [["src/pkg/core.py", "slow", "[1e99]"], ["src/pkg/core.py", "gone", "[]"]]

    def observe(source: str) -> list[tuple[str, Any]]:
        return [(o.status, o.value) for o in go(executor(patch(source).value, inputs))]

    assert observe(CORE) == [("passed", "4"), ("passed", "1"), ("error", None), ("error", None)]
    assert observe(RIGHT)[0] == ("passed", "3")
    assert executor.executions(inputs) == 1


def test_the_executor_takes_the_rest_for_hanging_after_several_hangs(go: Go, make: Make):
    source = CORE.replace("        return LIMIT + 1", "        while True: pass")
    executor = SuiteExecutor(make(), (0.1, 3.0))
    inputs = [["src/pkg/core.py", "clamp", f"[{x}]"] for x in (1, 9, 9, 9, 9, 9, 1)]
    told = [o.status for o in go(executor(patch(source).value, inputs))]
    assert told == ["passed", *["timeout"] * 6]


# -- the order, and limits -----------------------------------------------------------------------


def test_limits_come_from_the_passing_tests():
    order = TrialOrder.of([("f", True, 99.0, 0.0), ("p", False, 0.1, 5.0), ("q", False, 0.5, 0.5)])
    f, p, q = order.steps
    assert 0.2 < order.cpu_limit(p) < 2
    assert 4 * 0.4 < order.cpu_limit(q) - order.cpu_limit(p) < 20 * 0.4
    assert order.cpu_limit(f) == order.cpu_limit(q), "a failing test's own time says nothing"
    assert order.wall_limit(q, 1.0) > 1.0
    assert 5.0 < order.wall_limit(p, 1.0) < 50.0, "a test may wait as long as it did before"
    assert order.wall_limit(f, 1.0) == order.wall_limit(p, 1.0)
    loose = order.slower(2.0).slower(3.0)
    assert loose.cpu_limit(p) == pytest.approx(6 * order.cpu_limit(p))
    assert loose.steps == order.steps
    only = TrialOrder.of([("f", True, 99.0, 0.0)])
    assert 0 < only.cpu_limit(only.steps[0]) < 1


def test_a_verdict_is_whole_only_where_every_test_was_run():
    order = TrialOrder.of([("f", True, 0, 0), ("p", False, 0, 0)])
    cost = Cost(executions=1)
    both = order.verdict([("f", "passed", ""), ("p", "passed", "")], cost)
    assert (both.passed, both.score, both.status, both.cost) == (True, 1.0, "passed", cost)
    one = order.verdict([("f", "passed", "")], cost)
    assert (one.passed, one.score, one.status) == (False, 0.5, "error")
    assert one.detail["green"] == ["f"]
    none = order.verdict([], cost)
    assert (none.passed, none.score) == (False, 0.0)
    bad = order.verdict([("f", "passed", ""), ("p", "timeout", "slow")], cost)
    assert (bad.status, bad.feedback[0].message) == ("timeout", "slow")  # type: ignore[union-attr]


def test_a_change_of_what_the_import_ran_is_screened_from_a_fresh_import(go: Go, make: Make):
    source = "def build():\n    return {1: 1}\n\n\nTABLE = build()\n"
    tests = "from pkg.core import TABLE\n\ndef test_a():\n    assert TABLE == {1: 2}\n"
    trials = make(source, tests)
    steps = [("tests/test_core.py::test_a", True, 0.01, 0.01)]
    right = patch_of(trials, source.replace("1}", "2}"))
    assert not go(trials.screen(steps)(right)).passed
    assert go(trials.screen(steps, loaded=[(trials.names[0], 2)])(right)).passed


def patch_of(trials: SuiteTrials, text: str) -> Candidate:
    name = trials.names[0]
    return Candidate("c", "patch", Patch.between(trials.files, {name: text}).value)
