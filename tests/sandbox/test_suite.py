from __future__ import annotations

import pytest

from strop.core.errors import BadInput
from strop.sandbox.jobs import Limits, SuiteJob

from .conftest import Bench

SOURCE = "def f(x):\n    return x + 1\n\nclass K:\n    pass\n"
TESTS = """
import subprocess
import pytest
from solution import f

def test_plain():
    assert f(1) == 2

@pytest.mark.parametrize("x", [1, 2])
def test_each(x, tmp_path):
    (tmp_path / "a").write_text("x")
    assert f(x) == x + 1

def test_program():
    assert subprocess.run(["echo", "hi"], capture_output=True).stdout == b"hi\\n"
"""


SKIPPED = "import pytest\n@pytest.mark.skip\ndef test_a():\n    pass\n"


def suite(tests: str, split: bool = False, **more: object) -> SuiteJob:
    files = {"test_it.py": tests, **({} if split else {"solution.py": SOURCE})}
    return SuiteJob(files, ["test_it.py"], split, source=SOURCE, plugins=False, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("split", [False, True])
def test_every_outcome_is_reported(bench: Bench, split: bool) -> None:
    done = bench.run(suite(TESTS, split))
    assert done.status == "passed", done
    assert [(t.id, t.result) for t in done.tests] == [
        ("test_it.py::test_plain", "passed"),
        ("test_it.py::test_each[1]", "passed"),
        ("test_it.py::test_each[2]", "passed"),
        ("test_it.py::test_program", "passed"),
    ]


@pytest.mark.parametrize(
    ("tests", "status", "results", "message"),
    [
        ("def test_a():\n    assert 1 == 2\n", "failed", ["failed"], "assert 1 == 2"),
        (
            "import pytest\n@pytest.fixture\ndef x():\n    1 / 0\ndef test_a(x):\n    pass\n",
            "error",
            ["error"],
            "ZeroDivisionError",
        ),
        (
            "import pytest\n@pytest.mark.skip\ndef test_a():\n    pass\n",
            "failed",
            ["skipped"],
            "skip",
        ),
        (
            "import pytest\n@pytest.mark.xfail\ndef test_a():\n    1 / 0\n",
            "passed",
            ["xfailed"],
            "",
        ),
        ("", "error", [], "no test was collected"),
        ("import nothing\n", "error", [], "No module named 'nothing'"),
        ("import os\ndef test_a():\n    os._exit(0)\n", "error", ["error"], "did not end"),
        ("import pytest\ndef test_a():\n    pytest.exit('x', 0)\n", "error", ["error"], ""),
        (
            "def test_a():\n    pass\ndef test_b():\n    while True:\n        pass\n",
            "timeout",
            ["passed", "error"],
            "time",
        ),
    ],
)
def test_how_suites_fail(
    bench: Bench, tests: str, status: str, results: list[str], message: str
) -> None:
    done = bench.run(suite(tests, limits=Limits(cpu_seconds=1, wall_seconds=3, memory_mb=2048)))
    assert (done.status, [t.result for t in done.tests]) == (status, results), done
    assert message in done.message


def test_an_allowed_skip_passes(bench: Bench) -> None:
    tests = SKIPPED + "def test_b():\n    pass\n"
    assert bench.run(suite(tests, allowed_skips=["test_it.py::test_a"])).status == "passed"


def test_classes_derived_by_the_tests_cannot_be_split(bench: Bench) -> None:
    tests = "from solution import K\ndef test_a():\n    class D(K):\n        pass\n"
    done = bench.run(suite(tests, split=True))
    assert done.status == "error"
    assert done.split_unsupported


def test_split_keeps_the_candidate_out_of_pytest(bench: Bench) -> None:
    job = SuiteJob(
        {"test_it.py": "import solution\ndef test_a():\n    assert solution.f(1) == 2\n"},
        ["test_it.py"],
        True,
        source=(
            "import gc, sys\n"
            "for o in gc.get_objects():\n"
            "    if type(o).__name__ == 'PytestPluginManager':\n        1 / 0\n"
            "def f(x):\n    import pytest\n    pytest.skip('x')\n"
        ),
        plugins=False,
    )
    done = bench.run(job)
    assert (done.status, done.tests[0].result) == ("failed", "failed"), done


def test_a_suite_writes_only_in_scratch_and_has_no_network(bench: Bench) -> None:
    tests = """
import pathlib, socket, pytest
def test_write():
    with pytest.raises(OSError):
        pathlib.Path(pathlib.__file__).write_text("x")
    with pytest.raises(OSError):
        pathlib.Path("/usr/lib/strop-planted").write_text("x")
    pathlib.Path("here").write_text("x")
def test_network():
    with pytest.raises(OSError):
        socket.create_connection(("1.1.1.1", 53), timeout=1)
"""
    assert bench.run(suite(tests)).status == "passed"


def test_paths_stay_in_scratch(bench: Bench) -> None:
    for path in ("../x.py", "/x.py", "a/../../x.py", ""):
        with pytest.raises(BadInput):
            bench.run(SuiteJob({path: ""}))
