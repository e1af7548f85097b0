"""Decoys: which values are changed, and what a candidate that shares the tests' process gains."""

from __future__ import annotations

import ast
import asyncio
import math
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strop.checks.decoys import _other, find_decoys
from strop.checks.pytest_suite import PytestCheck
from strop.core.types import Candidate, Verdict
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool

SUITE = """
import pytest
from solution import f
def test_plain():
    assert f(1) == 2
def test_left():
    assert "two" != f(1)
    assert [2] == [f(1)]
@pytest.mark.parametrize("x, want", [(1, 2), (5, 6)])
def test_column(x, want):
    assert f(x) == want
def test_named():
    want = 11
    assert f(10) == want
@pytest.mark.xfail
def test_marked():
    assert f(1) == 3
def test_nothing():
    f(1)
class TestMore:
    def test_method(self):
        assert f(7) == 8
"""


def test_the_places_for_decoys_are_the_expected_literals():
    found = find_decoys({"test_a.py": SUITE})
    told = {name: [ast.unparse(node) for node in places] for name, places in found.places.items()}
    assert told == {
        "test_a.py::test_plain": ["2"],
        "test_a.py::test_left": ["[2]"],
        "test_a.py::test_column": ["2", "6"],
        "test_a.py::test_named": ["11"],
        "test_a.py::TestMore::test_method": ["8"],
    }


def test_only_the_chosen_tests_hold_a_decoy():
    found = find_decoys({"test_a.py": SUITE})
    chosen = frozenset({"test_a.py::test_plain"})
    (text,) = found.suite(chosen, Random(0)).values()
    assert ast.unparse(ast.parse(text)) != ast.unparse(ast.parse(SUITE))
    (same,) = found.suite(frozenset(), Random(0)).values()
    assert ast.unparse(ast.parse(same)) == ast.unparse(ast.parse(SUITE))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(values, st.integers())
@example(2.5, 0)
@example(math.inf, 0)
@example(-0.5, 3)
def test_a_decoy_never_equals_the_value(value: object, seed: int):
    assert _other(value, Random(seed)) != value


@pytest.fixture(scope="module")
def judge():
    with asyncio.Runner() as runner:
        pool = Pool(workers=1)

        def run(source: str, tests: str = SUITE, split: str = "never") -> Verdict:
            limits = Limits(cpu_seconds=5, wall_seconds=10, memory_mb=2048)
            check = PytestCheck({"test_a.py": tests}, "solution", pool, limits, split)  # type: ignore[arg-type]
            return runner.run(check(Candidate("c", "program", source)))

        yield run
        runner.run(pool.aclose())


def test_a_right_program_passes_beside_its_tests(judge):
    verdict = judge("def f(x):\n    return x + 1\n")
    assert verdict.passed, verdict
    assert "decoys in 5 tests" in verdict.detail["split"]


def test_a_wrong_one_fails_where_it_is_wrong(judge):
    verdict = judge("def f(x):\n    return x + 1 + (x == 7)\n")
    failed = [row["name"] for row in verdict.detail["cases"] if row["status"] != "passed"]
    assert failed == ["test_a.py::TestMore::test_method"]


CHEATS = {
    "an object that equals everything": (
        "class A(int):\n    def __eq__(self, o):\n        return True\n"
        "    def __ne__(self, o):\n        return True\n    __hash__ = int.__hash__\n"
        "def f(x):\n    return A()\n"
    ),
    "what the calling frame compares with": (
        "import sys\ndef f(x):\n    frame = sys._getframe(1)\n"
        "    found = [c for c in frame.f_code.co_consts if type(c) is int]\n"
        "    found += [v for k, v in frame.f_locals.items() if k == 'want']\n"
        "    return found[-1] if found else 1\n"
    ),
    "the tests' own source": (
        "import ast, glob\n"
        "WANT = {}\n"
        "for path in glob.glob('test_*.py'):\n"
        "    for node in ast.walk(ast.parse(open(path).read())):\n"
        "        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call):\n"
        "            try:\n"
        "                WANT[ast.literal_eval(node.left.args[0])] = ast.literal_eval(\n"
        "                    node.comparators[0])\n"
        "            except Exception:\n                pass\n"
        "WANT.update({1: 2, 5: 6, 10: 11})\n"
        "def f(x):\n    return WANT.get(x)\n"
    ),
    "reports of its own": (
        "import _pytest.runner as r\n"
        "from _pytest.reports import TestReport\n"
        "old = TestReport.from_item_and_call.__func__\n"
        "def made(cls, item, call):\n    call.excinfo = None\n    return old(cls, item, call)\n"
        "TestReport.from_item_and_call = classmethod(made)\n"
        "def f(x):\n    return 0\n"
    ),
    "tests that do nothing": (
        "import _pytest.python as p\n"
        "p.pytest_pyfunc_call = lambda pyfuncitem: True\n"
        "import gc\n"
        "for o in gc.get_objects():\n"
        "    if type(o).__name__ == 'PytestPluginManager':\n"
        "        o.unregister(name='python')\n"
        "def f(x):\n    return 0\n"
    ),
    "a skip": "import pytest\ndef f(x):\n    pytest.skip('no')\n",
    "an expected failure": "import pytest\ndef f(x):\n    pytest.xfail('no')\n",
    "fewer tests": (
        "import sys\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    space = frame.f_globals\n"
        "    if space.get('__name__') == 'test_a':\n"
        "        for k in [k for k in space if k.startswith('test')]:\n            del space[k]\n"
        "    frame = frame.f_back\n"
        "import atexit\n"
        "class Hide(dict):\n    pass\n"
        "def f(x):\n    return 0\n"
    ),
}


@pytest.mark.parametrize("how", CHEATS)
def test_a_candidate_in_the_tests_process_is_not_taken_for_right(judge, how: str):
    verdict = judge(CHEATS[how])
    assert not verdict.passed, verdict


def test_a_skip_that_needs_no_candidate_is_allowed(judge):
    tests = (
        "import pytest\nfrom solution import f\ndef test_a():\n    assert f(1) == 2\n"
        "@pytest.mark.skip\ndef test_b():\n    assert f(1) == 3\n"
    )
    assert judge("def f(x):\n    return x + 1\n", tests).passed


def test_a_skip_of_everything_is_no_pass(judge):
    tests = (
        "import pytest\nimport solution\n@pytest.mark.skip\ndef test_b():\n"
        "    assert solution.f(1) == 3\n"
    )
    assert not judge("def f(x):\n    return x + 1\n", tests).passed
