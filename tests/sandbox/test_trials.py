"""Many changes of a module against one collected suite: each as if the file had been edited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from strop.sandbox.inside import wire
from strop.sandbox.jobs import Execution, Step, StepOutcome, Trial, TrialsJob
from strop.sandbox.pool import Pool

from .conftest import Bench

Edit = tuple[str, int, int, str]

M = """\
import functools

LIMIT = 10


def traced(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


@traced
def add(a, b):
    return a + b


def default(x, step=1):
    return x + step


def count(n):
    for i in range(n):
        yield i + 1


def maker(k):
    def made(x):
        return x * k + 7

    return made


triple = maker(3)
cut = lambda x, most=5: min(x, most)


class Box:
    size = 4

    def __init__(self, *items):
        self.items = list(items)

    def total(self):
        return sum(self.items)

    @property
    def first(self):
        return self.items[0]

    @staticmethod
    def half(x):
        return x // 2

    @classmethod
    def named(cls, name):
        return cls.__name__ + name


BOX = Box(1, 2)


def capped(x):
    return [min(i, LIMIT) for i in range(x)]
"""
TESTS = """\
from m import BOX, Box, add, capped, count, cut, default, triple
import m

ALIAS = Box.total

def test_function():
    assert add(2, 3) == 5

def test_default():
    assert default(1) == 2

def test_generator():
    assert list(count(2)) == [1, 2]

def test_closure():
    assert triple(2) == 13

def test_lambda():
    assert (cut(3), cut(9)) == (3, 5)

def test_method():
    assert (BOX.total(), ALIAS(Box(5))) == (3, 5)

def test_property():
    assert BOX.first == 1

def test_static():
    assert (Box.half(9), Box.named("x")) == (4, "Boxx")

def test_attribute():
    assert Box.size == BOX.size == 4

def test_constant():
    assert m.LIMIT == 10 and max(capped(20)) == 10
"""


def change(text: str, old: str, new: str, file: str = "m.py") -> list[Edit]:
    """The edit that puts `new` for the one `old`."""
    assert text.count(old) == 1, (old, text.count(old))
    start = text.index(old)
    return [(file, start, start + len(old), new)]


def job(
    source: str, tests: str, trials: Sequence[Trial], more: Mapping[str, str] | None = None
) -> TrialsJob:
    files = {"m.py": source, "test_m.py": tests, **(more or {})}
    return TrialsJob(trials, ["m.py"], files, plugins=False, step=(2.0, 6.0))


def outcomes(steps: Sequence[StepOutcome]) -> dict[str, str]:
    return {step.what.partition("::")[2]: step.status for step in steps}


def failing(execution: Execution, trial: int = 0) -> list[str]:
    assert execution.status == "passed", execution
    assert execution.trials[trial].complete
    found = outcomes(execution.trials[trial].steps)
    return [name for name, status in found.items() if status != "passed"]


SWAPPED = [
    ("return a + b", "return a - b", ["test_function"]),
    ("yield i + 1", "yield i", ["test_generator"]),
    ("x * k + 7", "x * k + 8", ["test_closure"]),
    ("min(x, most)", "max(x, most)", ["test_lambda"]),
    ("return sum(self.items)", "return len(self.items)", ["test_method"]),
    ("self.items[0]", "self.items[-1]", ["test_property"]),
    ("return x // 2", "return x / 2", ["test_static"]),
    ("return cls.__name__ + name", "return name", ["test_static"]),
    ("min(i, LIMIT)", "max(i, LIMIT)", ["test_constant"]),
    ("return function(*args)", "return -function(*args)", ["test_function"]),
]
FRESH = [
    ("LIMIT = 10", "LIMIT = 11", ["test_constant"]),
    ("step=1", "step=2", ["test_default"]),
    ("most=5", "most=6", ["test_lambda"]),
    ("size = 4", "size = 5", ["test_attribute"]),
    ("@traced\n", "@(lambda f: lambda a, b: 0)\n", ["test_function"]),
    ("maker(3)", "maker(4)", ["test_closure"]),
    ("Box(1, 2)", "Box(1, 3)", ["test_method"]),
    ("@staticmethod\n", "@staticmethod\n    @(lambda f: lambda x: 4.5)\n", ["test_static"]),
]


@pytest.fixture(scope="module")
def changed(bench: Bench) -> Execution:
    """Every change of the two lists in one job, and an unchanged trial at either end."""
    rows = [change(M, old, new) for old, new, _ in (*SWAPPED, *FRESH)]
    return bench.run(job(M, TESTS, [Trial(edits, stop=False) for edits in [[], *rows, []]]))


@pytest.mark.parametrize("at", range(len(SWAPPED) + len(FRESH)))
def test_a_change_fails_the_tests_that_it_breaks_and_no_other(changed: Execution, at: int):
    assert failing(changed, at + 1) == [*SWAPPED, *FRESH][at][2]
    assert len(changed.trials[at + 1].steps) == 10


def test_an_unchanged_trial_passes_whatever_was_tried_around_it(changed: Execution):
    assert failing(changed, 0) == failing(changed, -1) == []
    assert len(changed.collected) == 10


def test_each_change_is_the_same_as_a_fresh_import_of_it(bench: Bench, changed: Execution):
    rows = [change(M, old, new) for old, new, _ in (*SWAPPED, *FRESH)]
    cold = bench.run(job(M, TESTS, [Trial(edits, stop=False, cold=True) for edits in rows]))
    warm = [outcomes(trial.steps) for trial in changed.trials[1:-1]]
    assert [outcomes(trial.steps) for trial in cold.trials] == warm


def test_which_changes_need_a_fresh_import(bench: Bench):
    """The module knows the process that imported it: a swapped trial is another one."""
    source = M + "\nimport os\nPID = os.getpid()\n"
    tests = "import os, m\ndef test_loaded():\n    assert m.PID != os.getpid(), 'fresh'\n"
    cases = [*SWAPPED, *FRESH]
    trials = [Trial(change(source, old, new), stop=False) for old, new, _ in cases]
    done = bench.run(job(source, tests, trials))
    fresh = [failing(done, number) == ["test_loaded"] for number in range(len(cases))]
    assert fresh == [False] * len(SWAPPED) + [True] * len(FRESH)


SUITE = """\
import asyncio
import unittest
import pytest
from m import f

made = []

@pytest.fixture(scope="session")
def once():
    made.append(1)
    return len(made)

@pytest.fixture(params=[1, 2])
def each(request):
    return request.param

@pytest.fixture
def closing():
    yield 3
    assert f(0) == 1

def test_one(once):
    assert once == 1

def test_two(once):
    assert once == len(made) == 1

def test_each(each, tmp_path, monkeypatch):
    monkeypatch.setattr("m.K", each, raising=False)
    (tmp_path / "x").write_text("x")
    assert f(each) == each + 1

@pytest.mark.parametrize("x, y", [(1, 2), (3, 4), pytest.param(5, 6, id="last")])
def test_pairs(x, y):
    assert f(x) == y

def test_closing(closing):
    assert closing == 3

@pytest.mark.skip(reason="not now")
def test_skipped():
    assert 0

def test_skips_itself():
    pytest.skip("no")

@pytest.mark.xfail
def test_known():
    assert f(1) == 0

@pytest.mark.xfail(strict=True)
def test_surprise():
    assert f(1) == 2

class TestGroup:
    @classmethod
    def setup_class(cls):
        cls.base = f(1)

    def test_in(self):
        assert self.base == 2

class TestOld(unittest.TestCase):
    def setUp(self):
        self.x = f(4)

    def test_unit(self):
        self.assertEqual(self.x, 5)

    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertEqual(f(i), i + 1)
"""
F = "def f(x):\n    return x + 1\n"


def test_every_kind_of_test_is_run_and_told(bench: Bench):
    wrong = change(F, "x + 1", "x + 1 if x else 5")
    done = bench.run(job(F, SUITE, [Trial(stop=False), Trial(wrong, stop=False)]))
    assert failing(done) == ["test_surprise"]
    assert len(done.trials[0].steps) == len(done.collected) == 15
    assert failing(done, 1) == ["test_closing", "test_surprise", "TestOld::test_sub"]
    by_name = {step.what.partition("::")[2]: step for step in done.trials[1].steps}
    assert by_name["test_closing"].status == "error", "the fixture failed, not the test"


def test_only_the_steps_asked_for_are_run_in_their_order(bench: Bench):
    names = ["test_m.py::TestGroup::test_in", "test_m.py::test_pairs[last]", "test_m.py::test_gone"]
    steps = [Step(name, 1, 2) for name in names]
    done = bench.run(job(F, SUITE, [Trial([], steps), Trial([], steps[:0])]))
    assert [(s.what, s.status) for s in done.trials[0].steps] == [
        (names[0], "passed"),
        (names[1], "passed"),
        (names[2], "error"),
    ]
    assert "gone" in done.trials[0].steps[2].message
    assert done.trials[1].steps == ()


@pytest.mark.parametrize("careful", [False, True])
def test_a_trial_stops_at_its_first_failure(bench: Bench, careful: bool):
    tests = "from m import f\n" + "".join(
        f"def test_{n}():\n    assert f({n}) == {n + 1}, 'number {n}'\n" for n in range(4)
    )
    wrong = change(F, "x + 1", "x + (x < 2)")
    done = bench.run(job(F, tests, [Trial(wrong, careful=careful), Trial(careful=careful)]))
    assert outcomes(done.trials[0].steps) == {
        "test_0": "passed",
        "test_1": "passed",
        "test_2": "failed",
    }
    assert "number 2" in done.trials[0].steps[2].message
    assert len(done.trials[1].steps) == 4


def test_a_failure_is_told_with_what_raised_it(bench: Bench):
    source = "def f(x):\n    raise KeyError(x)\n"
    tests = (
        "from m import f\ndef test_a():\n    f('k')\n"
        "class TestB:\n    def test_b(self):\n        f('m')\n"
    )
    done = bench.run(job(source, tests, [Trial(stop=False), Trial()]))
    assert [s.message for s in done.trials[0].steps] == ["KeyError: 'k'", "KeyError: 'm'"]
    assert [s.message for s in done.trials[1].steps] == ["KeyError: 'k'"]


HANGS = "def f(x):\n    while x == 1:\n        pass\n    return x + 1\n"
THREE = """\
from m import f
import pytest

@pytest.mark.parametrize('x', [0, 1, 2])
def test_x(x):
    assert f(x) == x + 1
"""
NODES = [f"test_m.py::test_x[{x}]" for x in range(3)]


def test_a_hang_costs_its_own_limit_and_is_a_timeout(bench: Bench):
    steps = [Step(name, 0.2, 5) for name in NODES]
    loop = change(F, "return x + 1", HANGS.partition("    ")[2].rstrip())
    done = bench.run(job(F, THREE, [Trial(loop, steps), Trial([], steps)]))
    assert list(outcomes(done.trials[0].steps).values()) == ["passed", "timeout"]
    assert done.trials[0].steps[1].what == NODES[1]
    assert "cpu time over" in done.trials[0].steps[1].message
    assert 0.19 <= done.trials[0].cpu_seconds < 1.5
    assert list(outcomes(done.trials[1].steps).values()) == ["passed"] * 3


def test_what_sleeps_is_ended_by_the_wall_limit(bench: Bench):
    sleeps = change(
        F, "return x + 1", "import time\n    time.sleep(60 * (x == 1))\n    return x + 1"
    )
    steps = [Step(name, 5, 0.3) for name in NODES]
    done = bench.run(job(F, THREE, [Trial(sleeps, steps)]))
    assert list(outcomes(done.trials[0].steps).values()) == ["passed", "timeout"]
    assert "wall time over" in done.trials[0].steps[1].message
    assert done.cpu_seconds < 2


@pytest.mark.parametrize("cold", [False, True])
def test_after_a_hang_the_next_test_goes_on_if_wanted(bench: Bench, cold: bool):
    steps = [Step(name, 0.2, 5) for name in NODES]
    trials = [Trial([], steps, stop=False, cold=cold), Trial(stop=False, cold=cold)]
    done = bench.run(job(HANGS, THREE, trials))
    for trial in done.trials:
        assert [(s.what, s.status) for s in trial.steps] == [
            (NODES[0], "passed"),
            (NODES[1], "timeout"),
            (NODES[2], "passed"),
        ]
        assert trial.complete


def test_after_so_many_hangs_the_rest_is_left(bench: Bench):
    tests = THREE.replace("[0, 1, 2]", "[1, 1, 0, 1, 0]")
    nodes = [f"test_m.py::test_x[{x}]" for x in ("1_0", "1_1", "0_0", "1_2", "0_1")]
    steps = [Step(name, 0.1, 5) for name in nodes]
    done = bench.run(job(HANGS, tests, [Trial([], steps, stop=False, hangs=2)]))
    assert list(outcomes(done.trials[0].steps).values()) == ["timeout", "timeout"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os._exit(5)", "exit code 5"),
        ("os.kill(os.getpid(), 9)", "signal 9"),
        ("os.abort()", "signal 6"),
        ("ctypes.string_at(0)", "signal 11"),
    ],
)
def test_a_change_that_ends_the_process_is_a_crash_of_its_test(bench: Bench, end: str, said: str):
    fatal = change(F, "return", f"import ctypes, os\n    if x == 1:\n        {end}\n    return")
    trials = [Trial(fatal, stop=False), Trial(fatal), Trial()]
    done = bench.run(job(F, THREE, trials))
    assert list(outcomes(done.trials[0].steps).values()) == ["passed", "crashed", "passed"]
    assert said in done.trials[0].steps[1].message
    assert list(outcomes(done.trials[1].steps).values()) == ["passed", "crashed"]
    assert failing(done, 2) == []


def test_a_test_that_crashed_under_one_change_is_run_under_the_next(bench: Bench):
    fatal = change(F, "return", "import os\n    os._exit(5 * (x == 1))\n    return")
    wrong = change(F, "+ 1", "+ (x != 1)")
    done = bench.run(job(F, THREE, [Trial(e, stop=False) for e in (fatal, wrong, [])]))
    assert failing(done, 1) == ["test_x[1]"]
    assert len(done.trials[2].steps) == 3


def test_a_test_that_exits_in_silence_passes_nothing(bench: Bench):
    for code in (0, 3):
        quits = change(F, "return x + 1", f"import os\n    os._exit({code})")
        done = bench.run(job(F, THREE, [Trial(quits), Trial()]))
        assert not any(step.status == "passed" for step in done.trials[0].steps)
        assert failing(done, 1) == []


def test_a_test_that_exits_in_silence_is_a_crash_and_the_next_goes_on(bench: Bench):
    quits = change(F, "return", "import os\n    if x == 1:\n        os._exit(0)\n    return")
    done = bench.run(job(F, THREE, [Trial(quits, stop=False)]))
    assert list(outcomes(done.trials[0].steps).values()) == ["passed", "crashed", "passed"]


def test_what_the_import_computed_changes_only_by_a_fresh_import(bench: Bench):
    source = "def build():\n    return {1: 1}\n\nTABLE = build()\n\ndef f():\n    return TABLE\n"
    tests = "from m import f\ndef test_a():\n    assert f() == {1: 2}\n"
    edits = change(source, "1}", "2}")
    done = bench.run(job(source, tests, [Trial(edits, cold=True), Trial(edits)]))
    assert failing(done, 0) == []
    assert failing(done, 1) == ["test_a"]


def test_a_file_that_a_trial_leaves_is_gone_in_the_next(bench: Bench):
    tests = "import m, os\ndef test_a():\n    os.mkdir('made')\n    assert m.f(0) == 1\n"
    done = bench.run(job(F, tests, [Trial(), Trial()]))
    assert failing(done, 0) == failing(done, 1) == []


def test_exceptions_that_end_pytest_fail_their_test(bench: Bench):
    for raised in ("SystemExit(0)", "KeyboardInterrupt", "BaseException('x')"):
        fatal = change(F, "return x + 1", f"raise {raised}")
        done = bench.run(job(F, THREE, [Trial(fatal), Trial()]))
        assert [s.status for s in done.trials[0].steps] == ["failed"], raised
        assert failing(done, 1) == []


def test_a_change_that_does_not_compile_or_import_is_an_error_of_its_trial(bench: Bench):
    trials = [
        Trial(change(F, "return x", "return (x")),
        Trial(change(F, "def f(x)", "1 / 0\ndef f(x)")),
        Trial(change(F, "def f(x)", "def g(x)")),
        Trial(change(F, "x + 1", "x + nothing")),
        Trial(),
    ]
    done = bench.run(job(F, THREE, trials))
    assert [t.steps[0].status for t in done.trials] == [
        "error",
        "error",
        "error",
        "failed",
        "passed",
    ]
    for number, said in enumerate(["SyntaxError", "ZeroDivisionError", "cannot import name 'f'"]):
        assert said in done.trials[number].steps[0].message
        assert not any(s.status == "passed" for s in done.trials[number].steps)
    assert all(t.complete for t in done.trials)


def test_a_fresh_import_that_hangs_is_a_timeout_of_its_trial_alone(bench: Bench):
    hangs = change(F, "def f", "while True:\n    pass\ndef f")
    more = job(F, THREE, [Trial(hangs), Trial()])
    done = bench.run(TrialsJob(more.trials, ["m.py"], more.files, plugins=False, step=(0.7, 5.0)))
    assert [s.status for s in done.trials[0].steps] == ["timeout"]
    assert failing(done, 1) == []


def test_a_suite_that_does_not_collect_is_an_error_of_the_job(bench: Bench):
    done = bench.run(job(F, "from m import g\n", [Trial()]))
    assert done.status == "error"
    assert "cannot import name 'g'" in done.message
    assert done.trials[0].steps == ()
    assert bench.run(job(F, THREE, [Trial()])).status == "passed", "the worker serves on"


def test_the_changes_of_many_files_are_made_together(bench: Bench):
    files = {
        "a.py": "def one():\n    return 1\n",
        "m.py": "from a import one\n\ndef two():\n    return one()\n",
    }
    tests = "from m import two\ndef test_a():\n    assert two() == 6\n"
    edits = [
        *change(files["a.py"], "return 1", "return 3", "a.py"),
        *change(files["m.py"], "return one()", "return one() * 2"),
    ]
    trials = [Trial(edits), Trial(edits[:1]), Trial(edits, cold=True), Trial()]
    done = bench.run(
        TrialsJob(trials, ["a.py", "m.py"], {**files, "test_m.py": tests}, plugins=False)
    )
    assert [t.steps[0].status for t in done.trials] == ["passed", "failed", "passed", "failed"]


def test_edits_of_one_file_count_from_its_original_text(bench: Bench):
    text = "def f(x):\n    y = x - 1\n    return y - 1\n"
    edits = [*change(text, "y - 1", "yy + 2"), *change(text, "y = x - 1", "yy = x * 10")]
    tests = "from m import f\ndef test_a():\n    assert f(3) == 32\n"
    done = bench.run(job(text, tests, [Trial(edits), Trial(edits[::-1])]))
    assert failing(done, 0) == failing(done, 1) == []


def test_another_process_sees_the_change_on_disk_and_then_the_original(bench: Bench):
    tests = (
        "import subprocess, sys, m\n"
        "def test_a():\n"
        "    code = 'import m; print(m.f(1))'\n"
        "    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)\n"
        "    assert done.stdout == f'{m.f(1)}\\n', done\n"
        "def test_text():\n"
        "    text = open(m.__file__, newline='').read()\n"
        "    assert ('+ 5' in text) == (m.f(1) == 6)\n"
        "    assert text.endswith('\\r\\n')\n"
    )
    source = "# é\r\ndef f(x):\r\n    return x + 1\r\n"
    trials = [
        Trial(change(source, "+ 1", "+ 5")),
        Trial(),
        Trial(change(source, "+ 1", "+ 5"), cold=True),
        Trial(cold=True),
    ]
    done = bench.run(job(source, tests, trials))
    assert [failing(done, n) for n in range(4)] == [[]] * 4


def test_trials_do_not_see_one_another(bench: Bench):
    source = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)\n"
    tests = (
        "import m\nleft = []\ndef test_a():\n    left.append(1)\n    assert m.f(1) == len(left)\n"
    )
    done = bench.run(job(source, tests, [Trial()] * 5))
    assert [failing(done, n) for n in range(5)] == [[]] * 5


CALLED = """\
def f(x):
    while x == 1:
        pass
    if x == 3:
        raise KeyError(x)
    if x == 4:
        import os
        os._exit(1)
    return {x: (x, "é")}


class K:
    @staticmethod
    def twice(x):
        return 2 * x


async def later(x):
    return x
"""


def call(entry: str, *arguments: Any, file: str = "m.py", cpu: float = 0.2) -> Step:
    return Step((file, entry, wire.encode(list(arguments))), cpu, 5)


def test_calls_return_values_in_wire_text(bench: Bench):
    calls = [
        call("f", 0),
        call("f", 1),
        call("f", 3),
        call("f", 4),
        call("K.twice", 4),
        call("later", [1]),
        call("nothing"),
        call("f", 1, file="other.py"),
        call("f", 5),
    ]
    steps = bench.run(
        job(CALLED, "import m\n\ndef test_a(): pass\n", [Trial([], calls, True, stop=False)])
    )
    told = steps.trials[0].steps
    assert [s.what for s in told] == [str(n) for n in range(9)]
    assert [s.status for s in told] == [
        "passed", "timeout", "error", "crashed", "passed", "passed", "error", "error", "passed",
    ]  # fmt: skip
    values = [wire.decode(s.value) for s in told if s.value is not None]
    assert values == [{0: (0, "é")}, 8, [1], {5: (5, "é")}]
    assert [told[n].message for n in (2, 6, 7)] == [
        "KeyError",
        "AttributeError",
        "other.py was not imported",
    ]


def test_calls_see_the_change_and_hangs_are_capped(bench: Bench):
    edits = change(CALLED, '(x, "é")', "x + 1")
    trials = [
        Trial(edits, [call("f", 7)], True),
        Trial([], [call("f", 1, cpu=0.1)] * 9 + [call("f", 2)], True, stop=False, hangs=3),
    ]
    done = bench.run(job(CALLED, "import m\n\ndef test_a(): pass\n", trials))
    (one,) = done.trials[0].steps
    assert one.value is not None
    assert wire.decode(one.value) == {7: 8}
    assert [s.status for s in done.trials[1].steps] == ["timeout"] * 3


def test_calls_after_a_change_that_needs_a_fresh_import(bench: Bench):
    source = "K = 1\n\ndef f(x):\n    return x + K\n"
    trials = [Trial(change(source, "K = 1", f"K = {k}"), [call("f", 1)], True) for k in (1, 5)]
    done = bench.run(job(source, "import m\n\ndef test_a(): pass\n", trials))
    assert [t.steps[0].value for t in done.trials] == ["2", "6"]


RECORDED = """\
_strop_hit(1 << 20 | 1)
K = 1
def f(x, *, y=0):
    _strop_call(1, "f", (x,))
    _strop_hit(1 << 20 | 2)
    if x:
        _strop_hit(1 << 20 | 3)
        return 1
    return 0
"""


def test_a_recording_trial_reports_lines_and_calls_of_each_test(bench: Bench):
    tests = (
        "from m import f\n"
        "def test_a():\n    assert f(0) == 0\n"
        "def test_b():\n    assert f(2) == f([1, {'a': (None,)}]) == f(2) == 1\n"
        "def test_c():\n    assert f(object()) == f(iter([1])) == 1\n"
        "def test_d():\n    pass\n"
    )
    edits = [("m.py", 0, len(F), RECORDED)]
    done = bench.run(job(F, tests, [Trial(edits, stop=False, cold=True, record=True)]))
    trial = done.trials[0]
    assert failing(done) == []
    assert trial.loaded == ((1, 1),)
    assert [set(s.lines) for s in trial.steps] == [
        {(1, 2)},
        {(1, 2), (1, 3)},
        {(1, 2), (1, 3)},
        set(),
    ]
    assert [s.calls for s in trial.steps[:2]] == [
        ((1, "f", wire.encode([0])),),
        ((1, "f", wire.encode([2])), (1, "f", wire.encode([[1, {"a": (None,)}]]))),
    ]
    assert trial.steps[2].calls == (), "what cannot be written down is left"


def test_a_recording_trial_ends_a_test_that_runs_on(bench: Bench):
    source = "def f(x):\n    while True:\n        _strop_hit(7)\n"
    done = bench.run(
        job(F, THREE, [Trial([("m.py", 0, len(F), source)], stop=False, cold=True, record=True)])
    )
    for step in done.trials[0].steps:
        assert step.status == "failed"
        assert step.message.startswith("Enough")
        assert step.lines == ((0, 7),)


LEAN = """\
import m
state = []

def test_first():
    state.append(m.f(0))

def test_second():
    assert state == [1]
"""


def test_tests_that_lean_on_each_other_share_their_process(bench: Bench):
    names = ["test_m.py::test_first", "test_m.py::test_second"]
    steps = [Step(name, 1, 3) for name in names]
    done = bench.run(
        job(F, LEAN, [Trial([], steps, careful=True), Trial([], steps[::-1], careful=True)])
    )
    assert failing(done) == []
    assert failing(done, 1) == ["test_second"]


def test_careful_runs_what_pytest_adds_around_a_plain_function(bench: Bench):
    """A hook of a conftest is not run for a bare call; a careful trial runs it."""
    hook = "def pytest_runtest_setup(item):\n    import m\n    m.READY = True\n"
    tests = "import m\ndef test_a():\n    assert getattr(m, 'READY', False)\n"
    done = bench.run(job(F, tests, [Trial(careful=True), Trial(stop=False)], {"conftest.py": hook}))
    assert failing(done) == failing(done, 1) == []


AROUND = {
    "autouse": """\
import m, pytest
@pytest.fixture(autouse=True)
def ready(monkeypatch):
    monkeypatch.setattr(m, 'f', lambda x: 9)
def test_a():
    assert m.f(0) == 9
""",
    "setup_module": """\
import m
def setup_module():
    m.K = 9
def test_a():
    assert m.K == 9
""",
    "setup_function": """\
import m
def setup_function():
    m.K = 9
def test_a():
    assert m.K == 9
""",
    "indirect": """\
import m, pytest
@pytest.fixture
def doubled(request):
    return 2 * request.param
@pytest.mark.parametrize('doubled', [4], indirect=True)
def test_a(doubled):
    assert doubled == 8
""",
    "two marks": """\
import m, pytest
@pytest.mark.parametrize('a', [1, 2])
@pytest.mark.parametrize('b', [3])
def test_a(a, b):
    assert a < b
""",
    "setup_method": """\
import m
class TestA:
    def setup_method(self):
        self.x = 1
    def test_a(self):
        assert self.x == 1
""",
    "usefixtures": """\
import m, pytest
@pytest.mark.usefixtures('tmp_path')
def test_a():
    assert m.f(0) == 1
""",
    "filterwarnings": """\
import m, pytest, warnings
@pytest.mark.filterwarnings('ignore')
def test_a():
    warnings.warn('x')
""",
    "setUpClass": """\
import m, unittest
class A(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.x = 1
    def test_a(self):
        self.assertEqual(self.x, 1)
""",
    "capsys": """\
import m
def test_a(capsys):
    print('hi')
    assert capsys.readouterr().out == 'hi\\n'
""",
    "request": """\
import m
def test_a(request):
    assert request.node.name == 'test_a'
""",
    "default": """\
def test_a(x=3):
    assert x == 3
""",
}


@pytest.mark.parametrize("name", AROUND)
def test_what_pytest_does_around_a_test_is_done(bench: Bench, name: str):
    done = bench.run(job(F, AROUND[name], [Trial(), Trial(stop=False), Trial(cold=True)]))
    assert [failing(done, n) for n in range(3)] == [[], [], []], done.trials
    assert all(trial.steps for trial in done.trials)


# -- projects on disk --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("projects")


@pytest.fixture(scope="module")
def run(runner: asyncio.Runner, projects: Path) -> Iterator[Callable[[TrialsJob], Execution]]:
    """Runs jobs in a pool that may read the projects."""
    pool = Pool(workers=1, readable=[str(projects)])
    yield lambda job: runner.run(pool.run(job))
    runner.run(pool.aclose())


def folder(root: Path, name: str, files: Mapping[str, str | bytes]) -> Path:
    for path, content in files.items():
        target = root / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root / name


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(p.relative_to(root)): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in sorted(root.rglob("*"))
        if p.is_file()
    }


CORE = """\
from pathlib import Path

HERE = Path(__file__).parents[2]

def size():
    return len((HERE / "data" / "x.bin").read_bytes()) + 1
"""


def test_a_project_is_copied_with_its_data_and_left_as_it_was(
    run: Callable[[TrialsJob], Execution], projects: Path
):
    root = folder(
        projects,
        "whole",
        {
            "src/pkg/__init__.py": "",
            "src/pkg/core.py": CORE,
            "data/x.bin": bytes(range(256)),
            "tests/conftest.py": "import pytest\n@pytest.fixture\ndef wanted():\n    return 256\n",
            "tests/test_core.py": (
                "import os\nfrom pkg.core import size\n"
                "def test_size(wanted):\n    assert size() == wanted\n"
                "def test_writes():\n    open('data/y.bin', 'wb').close()\n"
                "    os.makedirs('made', exist_ok=True)\n"
                "    assert not os.path.exists('.git') and not os.path.exists('venv')\n"
            ),
            "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
            ".git/HEAD": "x",
            "venv/big.py": "x",
            "__pycache__/old.pyc": b"x",
        },
    )
    before = snapshot(root)
    done = run(
        TrialsJob(
            [Trial(change(CORE, " + 1", "", "src/pkg/core.py")), Trial(stop=False)],
            ["src/pkg/core.py"],
            targets=["tests"],
            plugins=False,
            project=str(root),
            paths=["src"],
        )
    )
    assert failing(done) == []
    assert failing(done, 1) == ["test_size"]
    assert done.collected == ("tests/test_core.py::test_size", "tests/test_core.py::test_writes")
    assert snapshot(root) == before
    assert not (root / "made").exists()


def test_files_of_the_job_are_written_over_the_copy(
    run: Callable[[TrialsJob], Execution], projects: Path
):
    root = folder(projects, "over", {"m.py": "def f(x):\n    return 0\n", "test_m.py": THREE})
    done = run(
        TrialsJob(
            [Trial(), Trial(change(F, "+ 1", "+ 2"))],
            ["m.py"],
            {"m.py": F},
            plugins=False,
            project=str(root),
        )
    )
    assert failing(done) == []
    assert failing(done, 1) == ["test_x[0]"]
    assert (root / "m.py").read_text() == "def f(x):\n    return 0\n"


def test_options_of_the_project_hold_for_its_trials(
    run: Callable[[TrialsJob], Execution], projects: Path
):
    root = folder(
        projects,
        "options",
        {
            "m.py": "import warnings\n\ndef f(x):\n    return x + 1\n",
            "test_m.py": THREE,
            "pytest.ini": "[pytest]\nfilterwarnings = error\naddopts = -k 'not 2'\n",
        },
    )
    text = (root / "m.py").read_text()
    warns = change(text, "return x", "warnings.warn('old')\n    return x")
    done = run(TrialsJob([Trial(), Trial(warns)], ["m.py"], plugins=False, project=str(root)))
    assert failing(done) == []
    assert len(done.trials[0].steps) == 2
    assert failing(done, 1) == ["test_x[0]"]
    assert "UserWarning: old" in done.trials[1].steps[0].message


def test_a_link_out_of_the_project_is_no_way_to_write(
    run: Callable[[TrialsJob], Execution], projects: Path
):
    outside = folder(projects, "outside", {"note.txt": "keep"}) / "note.txt"
    root = folder(
        projects,
        "linked",
        {"m.py": F, "test_m.py": "def test_a():\n    open('note.txt', 'w').close()\n"},
    )
    (root / "note.txt").symlink_to(outside)
    done = run(TrialsJob([Trial()], ["m.py"], plugins=False, project=str(root)))
    assert failing(done) == []
    assert outside.read_text() == "keep"
