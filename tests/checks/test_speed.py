"""Speed against a reference and growth in size, on real processes."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from strop.checks.callgrind import instruction_counts
from strop.checks.growth_check import GrowthCheck
from strop.checks.speed import SpeedCheck
from strop.core.errors import BadInput, ToolUnavailable
from strop.core.types import Candidate, Failure, Timing, Verdict
from strop.sandbox.jobs import Limits

from .conftest import CountingPool, Go

LIMITS = Limits(cpu_seconds=4.0, wall_seconds=60.0)
ONCE = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x * x\n    return total\n"
THRICE = (
    "def f(xs):\n    for _ in range(3):\n        total = 0\n        for x in xs:\n"
    "            total += x * x\n    return total\n"
)
INPUTS = [[list(range(300))], [[]]]


def judged(go: Go, check: Any, source: str) -> Verdict:
    verdict = go(check(Candidate("c", "program", source)))
    assert verdict.cost.executions <= check.executions
    return verdict


def test_three_times_the_work_is_found_to_be_slower(go: Go, pool: CountingPool):
    check = SpeedCheck(ONCE, "f", INPUTS, pool, LIMITS, most=1.5, rounds=5)
    slow = judged(go, check, THRICE)
    assert (slow.passed, slow.status) == (False, "failed")
    told = slow.detail["speed"]
    assert 2.0 < told["ratio"]["value"] < 4.5
    assert told["ratio"]["low"] > 1.5
    assert told["decided"]
    assert slow.score == pytest.approx(1.5 / told["ratio"]["value"], rel=0.01)
    failure, timing = slow.feedback
    assert isinstance(failure, Failure)
    assert "times the CPU time of the reference" in failure.message
    assert isinstance(timing, Timing)
    assert timing.seconds > timing.limit > 0
    fast = judged(go, check, ONCE.replace("total += x * x", "total += x ** 2 if x < 0 else x * x"))
    assert fast.passed
    assert fast.detail["speed"]["times"] == told["times"], "the reference is gauged once"


def test_another_answer_is_not_timed(go: Go, pool: CountingPool):
    check = SpeedCheck(ONCE, "f", INPUTS, pool, LIMITS, rounds=5)
    verdict = judged(go, check, "def f(xs):\n    return 0\n")
    (failure,) = verdict.feedback
    assert isinstance(failure, Failure)
    assert (failure.expected, failure.got) == ("8955050", "0")
    assert (verdict.score, verdict.detail["speed"]) == (0.0, None)
    assert verdict.cost.executions == 2


def test_a_candidate_without_end_is_a_timeout(go: Go, pool: CountingPool):
    # Right once, and then no more: what the answers are compared on is not what is timed.
    source = "def f(xs, n=[0]):\n    n[0] += 1\n    while n[0] > 2:\n        pass\n    return 1\n"
    reference = "def f(xs):\n    return 1\n"
    limits = Limits(cpu_seconds=0.5, wall_seconds=20.0)
    verdict = judged(go, SpeedCheck(reference, "f", INPUTS, pool, limits, rounds=5), source)
    assert verdict.status == "timeout"


def test_a_reference_that_fails_is_bad_input(go: Go, pool: CountingPool):
    for source in ("def f(:", "def g(): ...", "import os\ndef f(xs):\n    os._exit(1)\n"):
        with pytest.raises(BadInput, match="the reference f cannot be timed"):
            judged(go, SpeedCheck(source, "f", INPUTS, pool, LIMITS, rounds=5), ONCE)


def test_work_in_other_threads_and_at_import_counts(go: Go, pool: CountingPool):
    hidden = (
        "import threading\n_t = 0\ndef _work():\n    global _t\n    for i in range(2_000_000):\n"
        "        _t += i\n_w = threading.Thread(target=_work)\n_w.start()\n_w.join()\n" + ONCE
    )
    check = SpeedCheck(ONCE, "f", INPUTS, pool, LIMITS, rounds=5)
    assert not judged(go, check, hidden).passed


QUADRATIC = "def f(xs):\n    return sum(1 for x in xs for y in xs if x < y)\n"
SIZED: dict[float, Any] = {n: [[list(range(n))]] for n in (16, 32, 64, 128)}


def test_growth_is_told_and_judged(go: Go, pool: CountingPool):
    verdict = judged(go, GrowthCheck(SIZED, "f", pool, LIMITS, "O(n log n)"), QUADRATIC)
    told = verdict.detail["growth"]
    assert told["nearest"] == "O(n^2)"
    assert 1.6 < told["slope"]["value"] < 2.3
    assert list(told["seconds"]) == ["16", "32", "64", "128"]
    assert verdict.passed == (told["name"] == "inconclusive")
    if not verdict.passed:
        failure, timing = verdict.feedback
        assert "time grows like O(n^2)" in getattr(failure, "message", "")
        assert getattr(timing, "case", "") == "size 128"
    assert judged(go, GrowthCheck(SIZED, "f", pool, LIMITS, "O(n^2)"), QUADRATIC).passed


def test_sizes_that_take_too_long_are_left_out(go: Go, pool: CountingPool):
    source = "def f(xs):\n    while len(xs) > 64:\n        pass\n" + QUADRATIC.partition("\n")[2]
    limits = Limits(cpu_seconds=0.5, wall_seconds=20.0)
    verdict = judged(go, GrowthCheck(SIZED, "f", pool, limits, runs=3), source)
    told = verdict.detail["growth"]
    assert (told["too_long"], told["name"]) == (128, "inconclusive")
    assert verdict.passed


@pytest.mark.parametrize(
    ("sized", "most"), [(SIZED, "O(n!)"), ({1: [[[]]], 2: [[[]]], 9: [[[]]]}, "O(n)")]
)
def test_growth_of_no_known_class_or_too_few_sizes(
    go: Go, pool: CountingPool, sized: dict[float, Any], most: str
):
    with pytest.raises(BadInput, match="growth"):
        go(GrowthCheck(sized, "f", pool, LIMITS, most)(Candidate("c", "program", ONCE)))


def test_keys_follow_what_decides(pool: CountingPool):
    speed = {
        SpeedCheck(ONCE, "f", INPUTS, pool, LIMITS, most=m, seed=s).key
        for m, s in ((1.0, 0), (2.0, 0), (1.0, 1))
    }
    growth = {
        GrowthCheck(SIZED, "f", pool, LIMITS, most, seed=s).key
        for most, s in (("O(n)", 0), ("O(1)", 0), ("O(n)", 1))
    }
    assert len(speed) == len(growth) == 3


# -- instructions ----------------------------------------------------------------------------------


def test_without_valgrind_it_is_said_how_to_get_it(
    go: Go, pool: CountingPool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ToolUnavailable, match="apt-get install valgrind"):
        go(instruction_counts([ONCE], "f", INPUTS, pool))


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_a_pool_that_hides_proc_is_told_of(go: Go, pool: CountingPool):
    with pytest.raises(ToolUnavailable, match="/proc"):
        go(instruction_counts([ONCE], "f", INPUTS, pool))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_instructions_are_the_same_every_time():
    import asyncio

    async def work() -> None:
        pool = CountingPool(workers=1, readable=["/proc"])
        try:
            sources = [ONCE, ONCE, THRICE, "1 / 0\n"]
            counts, cost = await instruction_counts(sources, "f", [[list(range(3000))]], pool)
        finally:
            await pool.aclose()
        first, second, thrice, broken = counts
        assert first is not None
        assert first > 3000 * 10
        assert second == first
        assert thrice == pytest.approx(3 * first, rel=0.1)
        assert broken is None
        assert cost.executions == 5

    asyncio.run(work())
