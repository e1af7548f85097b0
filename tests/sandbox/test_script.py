from __future__ import annotations

import pytest

from strop.sandbox.jobs import Limits, ScriptJob, Status

from .conftest import Bench

SOURCE = """
import math
class Err(ValueError):
    pass
LIMIT = [1, 2]
def f(x):
    if x < 0:
        raise Err("negative", x)
    return x + 1
def g(items):
    items.append([1])
    items[0][0] = 9
def pair():
    return 1, {2}, iter([3])
def leave():
    import os
    os._exit(0)
def hang():
    while True:
        pass
def thing():
    return object()
class K:
    pass
"""


@pytest.mark.parametrize(
    ("tests", "status", "exception"),
    [
        ("assert f(1) == 2", "passed", ""),
        ("assert candidate(1) == 2", "passed", ""),
        ("def check(c):\n    assert c(1) == 2", "passed", ""),
        ("from solution import *\nassert f(2) == 3 and LIMIT == [1, 2]", "passed", ""),
        ("import solution\nassert solution.f(x=1) == 2 and solution.LIMIT[0] == 1", "passed", ""),
        ("assert math.pi > 3", "passed", ""),
        (
            "a = [5]\nb = [a]\nassert g(b) is None\nassert b == [[9], [1]] and b[0] is a",
            "passed",
            "",
        ),
        ("x, y, z = pair()\nassert (x, y, next(z)) == (1, {2}, 3)", "passed", ""),
        (
            "import solution\ntry:\n    f(-1)\nexcept solution.Err as e:\n"
            "    assert e.args == ('negative', -1) and isinstance(e, ValueError)\n"
            "else:\n    assert False",
            "passed",
            "",
        ),
        ("assert f(1) == 3", "failed", "AssertionError"),
        ("def check(c):\n    assert c(1) == 3", "failed", "AssertionError"),
        ("f(-1)", "error", "Err"),
        ("f('a')", "error", "TypeError"),
        ("nothing", "error", "NameError"),
        ("assert (", "error", "SyntaxError"),
        ("raise SystemExit(0)", "error", "SystemExit"),
        ("import os\nos._exit(0)", "crashed", ""),
        ("leave()", "crashed", ""),
        ("try:\n    leave()\nexcept Exception:\n    pass", "passed", ""),
        ("hang()", "timeout", ""),
    ],
)
def test_tests_in_another_process(bench: Bench, tests: str, status: Status, exception: str) -> None:
    limits = Limits(cpu_seconds=0.5)
    done = bench.run(ScriptJob(SOURCE, tests, "f", limits=limits))
    assert (done.status, done.exception) == (status, exception), done


@pytest.mark.parametrize(
    "tests",
    ["f(object())", "class D(K):\n    pass", "class P:\n    pass\nf(P)", "f(open('/dev/null'))"],
)
def test_what_cannot_cross_is_said(bench: Bench, tests: str) -> None:
    done = bench.run(ScriptJob(SOURCE, "from solution import *\n" + tests, "f"))
    assert done.status != "passed"
    assert done.split_unsupported


@pytest.mark.parametrize(
    "source",
    [
        "import builtins\nbuiltins.all = lambda x: True\ndef f(x):\n    return 0\n",
        "def all(x):\n    return True\ndef f(x):\n    return 0\n",
        "def check(c):\n    return None\nAssertionError = ValueError\ndef f(x):\n    return 0\n",
        "class E:\n    def __eq__(self, o):\n        return True\ndef f(x):\n    return E()\n",
        "import sys\ndef f(x):\n    sys.exit(0)\n",
        "import os\nfor fd in (3, 4):\n    os.write(4, b'\\xff' * 64)\ndef f(x):\n    return 0\n",
        "import os\nos.write(4, b'\\x0c\\x00\\x00\\x00{\"end\":true}')\ndef f(x):\n    return 0\n",
        "import os\ndef f(x):\n    os.close(3)\n    os.close(4)\n    return 1\n",
        "def f(x):\n    raise SystemExit\n",
    ],
)
def test_the_candidate_cannot_touch_the_asserts(bench: Bench, source: str) -> None:
    tests = (
        "def check(candidate):\n    assert all([candidate(1) == 1])\n    assert candidate(2) == 2\n"
    )
    done = bench.run(ScriptJob(source, tests, "f", limits=Limits(wall_seconds=3)))
    assert done.status != "passed", done


def test_a_candidate_that_does_not_load(bench: Bench) -> None:
    done = bench.run(ScriptJob("1 / 0\n", "assert True", "f"))
    assert (done.status, done.exception) == ("error", "ZeroDivisionError")
    assert "solution.py" in done.trace


def test_many_small_calls_are_cheap(bench: Bench) -> None:
    tests = "for i in range(2000):\n    assert f(i) == i + 1\n"
    done = bench.run(ScriptJob(SOURCE, tests, "f"))
    assert done.status == "passed"
    assert done.cpu_seconds < 2
