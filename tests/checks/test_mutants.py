"""The mutation score on real suites: each fate, agreement with the whole suite, refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from strop.checks.kill_order import KillOrder
from strop.checks.mutant_batches import MutantBatches
from strop.checks.mutant_survey import MutantSurvey
from strop.checks.mutants import MutantsCheck
from strop.checks.mutation_score import FATES, Fate, MutantVerdict, MutationScore
from strop.checks.suite_trials import Suite, SuiteTrials
from strop.core.errors import BadInput
from strop.core.mutant import Mutant
from strop.core.patch import Edit, Patch
from strop.core.types import Candidate, SurvivingMutant, Verdict
from strop.sandbox.jobs import Execution, Limits, StepOutcome, TrialOutcome

from .conftest import CountingPool, Go

LIMITS = Limits(cpu_seconds=60.0, wall_seconds=120.0, memory_mb=512)
Make = Callable[..., MutantsCheck]


@pytest.fixture
def make(pool: CountingPool, projects: Path) -> Make:
    """Writes a project around the module `m.py`; a mutant is (old text, new text), the old one
    being there once, and `file` the one it is in."""

    def made(
        source: str,
        tests: str,
        *changes: tuple[str, str],
        step: tuple[float, float] = (5.0, 20.0),
        file: str = "m.py",
        **more: str,
    ) -> MutantsCheck:
        root = projects / f"m{len(list(projects.iterdir()))}"
        files: Mapping[str, str] = {
            "m.py": source,
            "tests/test_m.py": tests,
            **{name.replace("__", "/") + ".py": text for name, text in more.items()},
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        suite = Suite(str(root), ("tests",), ("",))
        trials = SuiteTrials(suite, {file: files[file]}, pool, LIMITS, "digest", step)
        return MutantsCheck(trials, [mutant(files[file], *c, file=file) for c in changes])

    return made


def mutant(source: str, old: str, new: str, file: str = "m.py") -> Mutant:
    assert source.count(old) == 1, old
    start = source.index(old)
    line = source.count("\n", 0, start) + 1
    indented = source[source.rindex("\n", 0, start) + 1 if "\n" in source[:start] else 0] == " "
    edit = Edit(file, start, start + len(old), new)
    return Mutant(f"{old} -> {new}", (line, line), line, "f", "test", edit, not indented)


async def fates(check: MutantsCheck) -> dict[str, tuple[Fate, str]]:
    """For each mutant what became of it, and the name of the test that noticed it."""
    survey = await check.survey()
    told: list[MutantVerdict] = []
    async for rows, _ in check.judged(survey):
        told += rows
    assert sorted(row.mutant.id for row in told) == sorted(m.id for m in check.mutants)
    return {row.mutant.id: (row.fate, row.test.rpartition("::")[2]) for row in told}


FATEFUL = """\
import os


def f(n):
    if n > 90:
        os._exit(3)
    left = n
    while left > 0:
        left -= 1
    room = bytes(1 >> 40)
    return n + len(room) + left


def unused(n):
    return n
"""
FATEFUL_TESTS = """\
import pytest
from m import f

@pytest.mark.parametrize("n", [1, 2])
def test_f(n):
    assert f(n) == n

def test_none():
    assert f(0) == 0
"""


def test_each_mutant_meets_its_fate(go: Go, make: Make):
    check = make(
        FATEFUL,
        FATEFUL_TESTS,
        ("return n + len", "return 9 + len"),
        ("n > 90", "n >= 90"),
        ("n > 90", "n > 0"),
        ("left -= 1", "left += 1"),
        ("1 >> 40", "1 << 40"),
        ("    return n\n", "    return None\n"),
    )
    told = go(fates(check))
    assert told["n > 90 -> n >= 90"] == ("survived", "")
    assert told["    return n\n ->     return None\n"] == ("not_covered", "")
    assert told["n > 90 -> n > 0"][0] == "crashed"
    assert told["left -= 1 -> left += 1"][0] == "timeout"
    assert told["1 >> 40 -> 1 << 40"][0] == "memory"
    assert told["return n + len -> return 9 + len"][0] == "killed"
    assert all(test.startswith("test_") for fate, test in told.values() if fate in FATES[:4])


PRICES = '''\
"""Prices."""

import functools

RATES = {"a": 3, "b": 5}
LOW = min(RATES.values())


def shout(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner


@shout
def price(kind, n=1):
    if n < LOW:
        return RATES[kind] * n
    return RATES[kind] * n - 1


class Cart:
    limit = 4

    def __init__(self):
        self.items = []

    def add(self, item):
        if len(self.items) >= self.limit:
            raise ValueError("full")
        self.items.append(item)
        return self

    def total(self):
        return sum(price(item) for item in self.items)
'''
PRICES_TESTS = """\
import pytest
from m import Cart, price

@pytest.mark.parametrize(("n", "cents"), [(1, 3), (2, 6), (4, 11)])
def test_price(n, cents):
    assert price("a", n) == cents

def test_total(cart, tmp_path):
    (tmp_path / "x").write_text("x")
    assert cart.total() == 8

def test_full(full, capsys):
    print("full")
    with pytest.raises(ValueError):
        full.add("a")
    assert capsys.readouterr().out == "full\\n"

@pytest.mark.skipif(True, reason="never")
def test_skipped():
    assert price("a") == 0

@pytest.mark.xfail
def test_known():
    assert price("b", 9) == 45

@pytest.mark.usefixtures("once")
class TestMore:
    def test_empty(self):
        assert Cart().total() == 0

    def test_rate(self, doubled):
        assert doubled == 10
"""
PRICES_CONFTEST = """\
import pytest
from m import Cart, price

pytest_plugins = ["plug"]

@pytest.fixture
def cart():
    return Cart().add("a").add("b")

@pytest.fixture(scope="module")
def full():
    made = Cart()
    for _ in range(4):
        made.add("a")
    yield made

@pytest.fixture(scope="session")
def once():
    return price("b", 3)
"""
PLUGIN = """\
import pytest

@pytest.fixture
def doubled():
    from m import RATES
    return 2 * RATES["b"]
"""
CHANGES = (
    ('"a": 3', '"a": 4'),
    ('"b": 5', '"b": 4'),
    ("min(", "max("),
    ("return function", "return not function"),
    ("    return inner", "    return None"),
    ("n < LOW", "n <= LOW"),
    ("RATES[kind] * n\n", "RATES[kind] / n\n"),
    ("* n - 1", "* n + 1"),
    ("limit = 4", "limit = 5"),
    (">= self.limit", "> self.limit"),
    ("        self.items.append(item)", "        pass"),
    ('raise ValueError("full")', "pass"),
    ("return sum(", "return -sum("),
)


def test_verdicts_are_those_of_the_whole_suite_with_fixtures_plugin_and_marks(go: Go, make: Make):
    check = make(PRICES, PRICES_TESTS, *CHANGES, conftest=PRICES_CONFTEST, plug=PLUGIN)
    told = go(fates(check))
    verify = check.trials.verify()

    async def whole() -> list[Verdict]:
        patches = [Patch((m.edit,)).value for m in check.mutants]
        return [await verify(Candidate("", "patch", value)) for value in patches]

    passes = {m.id: v.passed for m, v in zip(check.mutants, go(whole()), strict=True)}
    assert {name: fate in ("survived", "not_covered") for name, (fate, _) in told.items()} == passes
    assert 0 < sum(passes.values()) < len(passes) / 2


def test_what_is_set_up_once_for_many_tests_counts_for_all_of_them(go: Go, make: Make):
    source = "def slow(n):\n    return sum(range(n)) * 0 + 7\n\ndef other():\n    return 1\n"
    tests = (
        "import pytest\nfrom m import slow, other\n"
        "@pytest.fixture(scope='session')\ndef seven():\n    return slow(3_000_000)\n"
        "def test_first(seven):\n    assert other() == 1\n"
        "def test_second(seven):\n    assert seven == 7 and other()\n"
        "def test_third(seven):\n    pass\n"
    )
    check = make(source, tests, ("+ 7", "+ 8"), ("return 1", "return 2"), ("* 0", "* 0 + 0"))
    told = go(fates(check))
    assert told["+ 7 -> + 8"] == ("killed", "test_second")
    assert told["return 1 -> return 2"] == ("killed", "test_first"), "no timeout for the set-up"
    assert told["* 0 -> * 0 + 0"][0] == "survived"


def test_flaky_tests_are_left_out_and_named(go: Go, make: Make):
    tests = (
        "import pathlib\nfrom m import f\n"
        "def test_steady():\n    assert f(1) == 2\n"
        "def test_wavers(tmp_path):\n    mark = tmp_path.parents[2] / 'mark'\n"
        "    known = mark.exists()\n    mark.touch()\n    assert f(2) == 3 and known\n"
    )
    check = make("def f(x):\n    return x + (x > 1) + 1 - (x > 1)\n", tests, ("(x > 1) + 1", "1"))
    survey = go(check.survey())
    assert survey.flaky == ("tests/test_m.py::test_wavers",)
    assert list(survey.seconds) == ["tests/test_m.py::test_steady"]
    assert go(fates(check)) == {"(x > 1) + 1 -> 1": ("survived", "")}
    assert check.scored([], survey).left_out == survey.flaky


def test_tests_that_lean_on_each_other_keep_their_order(go: Go, make: Make):
    tests = (
        "from m import f\nseen = []\n"
        "def test_a():\n    seen.append(f(1))\n"
        "def test_b():\n    assert seen == [2]\n"
        "def test_c():\n    assert f(5)\n"
    )
    check = make("def f(x):\n    return x + 1\n", tests, ("x + 1", "x + 2"), ("x + 1", "1 + x"))
    assert go(check.survey()).leaning == "tests/test_m.py::test_b"
    assert go(fates(check)) == {
        "x + 1 -> x + 2": ("killed", "test_b"),
        "x + 1 -> 1 + x": ("survived", ""),
    }


def test_a_mutant_that_no_conftest_can_import_is_killed(go: Go, make: Make):
    source = "K = {1: 2}[1]\n"
    tests = "from m import K\ndef test_k():\n    assert K\n"
    check = make(source, tests, ("[1]", "[2]"), ("1: 2", "1: 3"), conftest="import m\n")
    told = go(fates(check))
    assert told == {"[1] -> [2]": ("killed", ""), "1: 2 -> 1: 3": ("survived", "")}


def test_a_mutant_that_changes_which_tests_there_are_is_held_against_those(go: Go, make: Make):
    source = "def kinds():\n    return [1, 2]\n\ndef f(x):\n    return x\n"
    tests = (
        "import pytest\nfrom m import f, kinds\n"
        "@pytest.mark.parametrize('x', kinds())\ndef test_f(x):\n    assert f(x) < 5\n"
    )
    changes = [("[1, 2]", "[3, 4]"), ("[1, 2]", "[3, 9]"), ("[1, 2]", "None")]
    assert go(fates(make(source, tests, *changes))) == {
        "[1, 2] -> [3, 4]": ("survived", ""),
        "[1, 2] -> [3, 9]": ("killed", "test_f[9]"),
        "[1, 2] -> None": ("killed", "tests/test_m.py"),
    }


def test_tests_that_run_the_code_in_another_process_count(go: Go, make: Make):
    tests = (
        "import subprocess, sys\n"
        "def test_f():\n"
        "    code = 'import m; print(m.f(2))'\n"
        "    out = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)\n"
        "    assert out.stdout == '3\\n'\n"
    )
    check = make("def f(x):\n    return x + 1\n", tests, ("x + 1", "x + 2"), ("x + 1", "1 + x"))
    assert {k: fate for k, (fate, _) in go(fates(check)).items()} == {
        "x + 1 -> x + 2": "killed",
        "x + 1 -> 1 + x": "survived",
    }


def test_a_test_that_runs_too_many_lines_to_report_them_all_counts_for_every_line(
    go: Go, make: Make
):
    source = "def f(n):\n    for _ in range(n):\n        pass\n    return n\n"
    tests = "from m import f\ndef test_f():\n    assert f(60000) == 60000\n"
    check = make(source, tests, ("return n", "return -n"), ("return n", "return +n"))
    assert go(check.survey()).unsure == {"tests/test_m.py::test_f"}
    assert {k: fate for k, (fate, _) in go(fates(check)).items()} == {
        "return n -> return -n": "killed",
        "return n -> return +n": "survived",
    }


def test_a_module_that_is_imported_late_and_one_that_never_is(go: Go, make: Make):
    tests = (
        "def test_a():\n    import late\n    assert late.f()\n"
        "def test_b():\n    import late\n    assert late.f() == 3\n"
    )
    late = "K = 3\n\ndef f():\n    return K\n"
    change = [("K = 3", "K = 4"), ("return K", "return 2"), ("return K", "return 3")]
    check = make("", tests, *change, late=late, file="late.py")
    assert {k: fate for k, (fate, _) in go(fates(check)).items()} == {
        "K = 3 -> K = 4": "killed",
        "return K -> return 2": "killed",
        "return K -> return 3": "survived",
    }
    never = make("", "def test_a():\n    pass\n", *change, late=late, file="late.py")
    assert {fate for fate, _ in go(fates(never)).values()} == {"not_covered"}


REFUSED = "def f(x):\n    return x\n"


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("def test_a(:\n", "do not collect: SyntaxError"),
        ("from m import g\n", "do not collect: .*cannot import name 'g'"),
        ("x = 1\n", "hold no test"),
        ("", "do not collect: ZeroDivisionError"),
        ("import os\nos._exit(3)\n", r"end the interpreter before a test runs .*exit code 3"),
        (
            "import os, signal\ndef test_ok(): pass\ndef test_a():\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n",
            r"test_a ends the interpreter without any mutation .*signal 9",
        ),
        (
            "def test_a():\n    assert 1 == 2, 'odd'\ndef test_b(): pass\n",
            "1 of 2 tests fail without any mutation, first .*test_a: AssertionError: odd",
        ),
        ("def test_a():\n    while True: pass\n", r"more than 0\.5 s CPU .*--cpu and --wall"),
        (
            "import socket\ndef test_a():\n    socket.create_connection(('192.0.2.1', 80), 1)\n",
            r"test_a needs the network, which the sandbox does not give \(.*a stand-in",
        ),
        (
            "from urllib.request import urlopen\ndef test_a():\n    urlopen('http://a.test')\n",
            "test_a needs the network",
        ),
    ],
    ids=[
        "syntax",
        "import",
        "none",
        "conftest",
        "kills-import",
        "kills",
        "fails",
        "hangs",
        "socket",
        "url",
    ],
)
def test_a_suite_that_cannot_measure_anything_gets_one_line(
    go: Go, make: Make, tests: str, said: str
):
    with pytest.raises(BadInput, match=said) as caught:
        conftest = "" if tests else "1 / 0\n"
        go(make(REFUSED, tests, step=(0.5, 20.0), conftest=conftest).survey())
    assert "\n" not in str(caught.value)


def test_the_check_gives_a_verdict_with_survivors_and_its_json(
    go: Go, make: Make, pool: CountingPool
):
    check = make(FATEFUL, FATEFUL_TESTS, ("n > 90", "n >= 90"), ("n + len", "n - len - 1"))
    verdict: Verdict = go(check(Candidate("", "patch", Patch().value)))
    assert (verdict.passed, verdict.score, verdict.status) == (False, 0.5, "failed")
    (survivor,) = verdict.feedback
    assert isinstance(survivor, SurvivingMutant)
    assert "-    if n > 90:\n+    if n >= 90:" in survivor.diff
    told = json.loads(json.dumps(verdict.detail))
    assert (told["mutants"], told["killed"], told["survived"]) == (2, 1, 1)
    assert told["survivors"][0]["diff"] == survivor.diff
    assert [row["status"] for row in told["rows"]] == ["survived", "killed"]
    assert len(pool.jobs) == verdict.cost.executions == 3
    assert verdict.cost.cpu_seconds > 0
    assert check.executions >= 3


def test_verdicts_up_to_an_interruption_are_kept(go: Go, make: Make, pool: CountingPool):
    changes = [("n > 90", f"n > 90 + {k}") for k in range(30)]
    check = make(FATEFUL, FATEFUL_TESTS, *changes, ("    return n\n", "    return 0\n"))

    async def work() -> tuple[list[MutantVerdict], MutantSurvey]:
        survey = await check.survey()
        rows: list[MutantVerdict] = []

        async def listen() -> None:
            async for told, _ in check.judged(survey):
                rows.extend(told)

        task = asyncio.ensure_future(listen())
        while len(rows) < 2:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        # The pool's one worker is free again.
        await asyncio.wait_for(check.survey(), 20)
        return rows, survey

    rows, survey = go(work())
    score = check.scored(rows, survey)
    assert 2 <= len(score.rows) < 31
    assert score.interval is not None


# -- order, limits, batches and the score, without a sandbox ------------------------------------


def survey(**more: Any) -> MutantSurvey:
    lines = {"cheap": {2}, "dear": {2, 3}, "far": {9}}
    return MutantSurvey(
        seconds={"dear": (0.1, 0.2), "cheap": (0.001, 0.5), "far": (0.002, 0.002)},
        lines={name: frozenset(("m.py", n) for n in found) for name, found in lines.items()},
        **more,
    )


def at(line: int, *, at_import: bool = False, id: str = "") -> Mutant:
    name = id or f"line {line}"
    return Mutant(name, (line, line), line, "f", "test", Edit("m.py", 0, 1, id), at_import)


def test_the_cheapest_test_of_the_line_comes_first_until_another_kills():
    order = KillOrder(survey())
    assert order.tests(at(2)) == ["cheap", "dear"]
    assert order.tests(at(3)) == ["dear"]
    assert (order.covered(at(3)), order.covered(at(4))) == (True, False)
    for _ in range(60):
        order.learn(at(2), ["cheap", "dear"], "dear")
    assert order.tests(at(2)) == ["dear", "cheap"]


def test_lines_run_before_a_test_began_are_held_against_all_tests():
    place = frozenset({("m.py", 3)})
    assert KillOrder(survey(shared=place)).tests(at(3)) == ["dear", "cheap", "far"]
    order = KillOrder(survey(loaded=place, shared=place))
    assert order.cold(at(3))
    assert not order.cold(at(2))
    assert KillOrder(survey(unsure=frozenset({"far"}))).tests(at(4)) == ["far"]
    assert KillOrder(survey(unsure=frozenset({"far"}))).tests(at(3)) == ["dear", "far"]
    assert KillOrder(survey(leaning="cheap")).tests(at(2)) == ["dear", "cheap"]


def test_limits_grow_with_the_times_of_the_survey():
    cheap, dear = KillOrder(survey()).steps(["cheap", "dear"])
    assert cheap.cpu_seconds == pytest.approx(0.03 + 12 * 0.001)
    assert dear.cpu_seconds == pytest.approx(0.03 + 12 * 0.1)
    assert cheap.wall_seconds > 2.0, "it may wait as long as it did before"
    (after,) = KillOrder(survey(together=(1.0, 2.0))).steps(["cheap"], patience=2.0)
    assert after.cpu_seconds == pytest.approx(cheap.cpu_seconds + 3.0)
    assert after.wall_seconds > 2 * (cheap.wall_seconds + 6.0) - 1e-9


def outcome(*steps: StepOutcome, complete: bool = True) -> TrialOutcome:
    return TrialOutcome(steps, 0.1, complete)


def test_a_batch_that_broke_is_halved_until_its_breaker_is_alone():
    mutants = [at(2, id=str(k)) for k in range(7)]
    batches = MutantBatches(KillOrder(survey()), mutants, workers=1)
    breaker = mutants[3]
    passed = [StepOutcome("cheap", "passed"), StepOutcome("dear", "passed")]
    told: list[MutantVerdict] = []
    sizes: list[int] = []
    while batch := batches.next():
        sizes.append(len(batch))
        broken = [k for k, asked in enumerate(batch) if asked.mutant is breaker]
        done = broken[0] if broken else len(batch)
        rows = [outcome(*passed)] * done + [outcome(complete=False)] * (len(batch) - done)
        execution = Execution("crashed" if broken else "passed", trials=tuple(rows), message="gone")
        told += batches.read(batch, execution)
    assert sorted(row.mutant.id for row in told) == [str(k) for k in range(7)]
    assert {row.mutant.id: (row.fate, row.message) for row in told if row.fate != "survived"} == {
        "3": ("crashed", "gone")
    }
    assert len(sizes) < 10


def test_a_test_that_waited_too_long_gets_more_time_before_it_is_a_timeout():
    batches = MutantBatches(KillOrder(survey()), [at(2)], workers=1)
    late = outcome(StepOutcome("cheap", "timeout", "wall time over its limit"))
    first = batches.next()
    before = batches.trial(first[0]).steps
    assert batches.read(first, Execution("passed", trials=(late,))) == []
    second = batches.next()
    after = batches.trial(second[0]).steps
    assert before and after
    assert after[0].wall_seconds == pytest.approx(8 * before[0].wall_seconds)
    assert after[0].cpu_seconds == before[0].cpu_seconds
    (verdict,) = batches.read(second, Execution("passed", trials=(late,)))
    assert (verdict.fate, verdict.test) == ("timeout", "cheap")
    assert batches.next() == []


def test_a_pass_that_did_not_run_every_test_is_none():
    batches = MutantBatches(KillOrder(survey()), [at(2)], workers=1)
    part = Execution("passed", trials=(outcome(StepOutcome("cheap", "passed")),))
    assert batches.read(batches.next(), part) == []
    assert batches.next()


def test_the_order_of_mutants_is_by_chance_and_the_same_each_time():
    mutants = [at(2, id=str(k)) for k in range(40)]
    order = KillOrder(survey())
    first, second = (MutantBatches(order, m, 1).next() for m in (mutants, mutants[::-1]))
    assert first == second
    assert [asked.mutant for asked in first] != mutants[: len(first)]


def test_the_score_counts_every_way_of_noticing():
    rows = [
        MutantVerdict(at(2, id=f"{fate}{k}"), fate)
        for k, fate in enumerate((*FATES, "killed", "killed"))
    ]
    score = MutationScore(tuple(rows), population=8, equivalent=3)
    assert score.counts == {
        "killed": 3, "timeout": 1, "crashed": 1, "memory": 1, "survived": 1, "not_covered": 1
    }  # fmt: skip
    assert (score.noticed, score.score, score.interval) == (6, 0.75, None)
    part = MutationScore(tuple(rows), population=800)
    assert part.interval is not None
    low, high = part.interval
    assert low == pytest.approx(0.409, abs=0.001)
    assert high == pytest.approx(0.929, abs=0.001)
    assert MutationScore((), population=0).score is None
    assert MutationScore((), population=9).as_dict({})["score"] is None
