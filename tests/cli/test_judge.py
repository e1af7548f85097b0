"""`strop judge` on each kind of check, as a user runs it."""

from __future__ import annotations

import json

import pytest

from .conftest import Shell

CASES = {"entry": "add", "inputs": [[1, 2], [0, 0]], "expected": [3, 0]}
RIGHT = "def add(a, b):\n    return a + b\n"


def test_a_right_program_exits_0(strop: Shell):
    said = strop(
        "judge",
        strop.write("s.py", RIGHT),
        "--cases",
        strop.write("c.json", json.dumps(CASES)),
        "--json",
    )
    assert said.code == 0, said.err
    assert said.json["passed"] is True
    assert said.json["score"] == 1.0
    assert said.json["status"] == "passed"
    assert [case["status"] for case in said.json["cases"]] == ["passed", "passed"]


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def add(a, b):\n    return a - b\n", "failed"),
        ("def add(a, b):\n    raise KeyError(a)\n", "error"),
        ("def add(a, b):\n    while True: pass\n", "timeout"),
        ("def add(a, b):\n    return bytearray(8 << 30)\n", "memory"),
        ("import os\ndef add(a, b):\n    os.kill(os.getppid(), 9)\n", "forbidden"),
        ("import os\ndef add(a, b):\n    os._exit(0)\n", "crashed"),
        ("add = 3 +\n", "error"),
    ],
)
def test_each_status_is_told_apart(strop: Shell, source: str, status: str):
    said = strop(
        "judge",
        strop.write("s.py", source),
        "--cases",
        strop.write("c.json", json.dumps(CASES)),
        "--cpu",
        1,
        "--wall",
        2,
        "--json",
    )
    assert said.code == 1
    assert said.json["status"] == status


def test_a_program_on_standard_input(strop: Shell):
    source = strop.write("s.py", "print(sum(map(int, input().split())))\n")
    cases = {"entry": None, "inputs": ["1 2\n", "5\n"], "expected": ["3", "5\n"]}
    said = strop("judge", source, "--cases", strop.write("c.json", json.dumps(cases)), "--json")
    assert said.code == 0, said.out


def test_an_own_checker_decides(strop: Shell):
    strop.write("c.py", "def close(given, expected, got):\n    return abs(got - expected) < 2\n")
    cases = {**CASES, "expected": [4, 5], "checker": "c.py:close"}
    said = strop(
        "judge",
        strop.write("s.py", RIGHT),
        "--cases",
        strop.write("cases.json", json.dumps(cases)),
        "--json",
    )
    assert [case["status"] for case in said.json["cases"]] == ["passed", "failed"]


SUITE = """
import pytest
from s import add

@pytest.fixture
def two():
    return 2

@pytest.mark.parametrize("x", [1, 2])
def test_add(x, two):
    assert add(x, two) == x + two

def test_rejects_text():
    with pytest.raises(TypeError):
        add(1, "a")
"""


@pytest.mark.parametrize("split", ["auto", "always", "never"])
def test_a_pytest_suite_reports_every_test(strop: Shell, split: str):
    said = strop(
        "judge",
        strop.write("s.py", RIGHT),
        "--tests",
        strop.write("test_s.py", SUITE),
        "--split",
        split,
        "--json",
    )
    assert said.code == 0, said.out + said.err
    assert len(said.json["cases"]) == 3


@pytest.mark.parametrize("split", ["auto", "never"])
def test_a_failing_suite_names_the_test(strop: Shell, split: str):
    source = strop.write("s.py", "def add(a, b):\n    return a + b + (a == 2)\n")
    said = strop(
        "judge", source, "--tests", strop.write("test_s.py", SUITE), "--split", split, "--json"
    )
    assert said.code == 1
    failing = [case["name"] for case in said.json["cases"] if case["status"] != "passed"]
    assert failing == ["test_s.py::test_add[2]"]


@pytest.mark.parametrize(
    "source",
    [
        "import os\ndef add(a, b):\n    os._exit(0)\n",
        "import sys\nsys.exit(0)\n",
        "import pytest\npytest.exit('done', returncode=0)\n",
        "import pytest\ndef add(a, b):\n    pytest.skip('later')\n",
        "class Any:\n    def __eq__(self, other):\n        return True\n"
        "def add(a, b):\n    return Any()\n",
    ],
)
def test_a_suite_is_not_fooled(strop: Shell, source: str):
    said = strop(
        "judge", strop.write("s.py", source), "--tests", strop.write("test_s.py", SUITE), "--json"
    )
    assert said.code == 1, said.out


def test_tests_that_do_not_collect_say_so(strop: Shell):
    suite = strop.write("test_s.py", "import not_there_at_all\ndef test_a():\n    pass\n")
    said = strop("judge", strop.write("s.py", RIGHT), "--tests", suite)
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "not_there_at_all" in said.err


def test_objects_of_the_candidate_live_in_the_other_process(strop: Shell):
    source = strop.write("s.py", "class Box:\n    def __init__(self, x):\n        self.x = x\n")
    suite = strop.write(
        "test_s.py", "from s import Box\ndef test_box():\n    assert Box(3).x == 3\n"
    )
    said = strop("judge", source, "--tests", suite, "--split", "always", "--json")
    assert said.code == 0, said.err
    assert said.json["split"] == "tests and candidate in separate processes"


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("def test_box():\n    class Lid(Box):\n        pass\n", "derive a class from Box"),
        (
            "def test_box(monkeypatch):\n    monkeypatch.setenv('A', 'b')\n    assert Box\n",
            "test_s.py line 3 changes the environment",
        ),
    ],
)
def test_split_always_says_what_it_cannot_do(strop: Shell, tests: str, why: str):
    source = strop.write("s.py", "class Box:\n    pass\n")
    suite = strop.write("test_s.py", f"from s import Box\n{tests}")
    always = strop("judge", source, "--tests", suite, "--split", "always")
    assert always.code == 2
    assert why in always.err
    assert "--split auto" in always.err
    auto = strop("judge", source, "--tests", suite, "--json")
    assert auto.code == 0, auto.out
    assert why in auto.json["split"]


def test_any_command_is_a_check(strop: Shell):
    source = strop.write("s.py", RIGHT)
    command = "python3 -c 'import s; assert s.add(1, 2) == 3'"
    assert strop("judge", source, "--check", command).code == 0
    said = strop("judge", source, "--check", "echo no; exit 3", "--json")
    assert said.code == 1
    assert "no" in said.json["cases"][0]["message"]


def test_a_flaky_candidate_is_neither_passed_nor_failed(strop: Shell):
    source = strop.write(
        "s.py", "import os\ndef add(a, b):\n    return a + b + os.urandom(1)[0] % 2\n"
    )
    cases = {"entry": "add", "inputs": [[i, 0] for i in range(40)], "expected": list(range(40))}
    file = strop.write("c.json", json.dumps(cases))
    said = strop("judge", source, "--cases", file, "--reruns", 6, "--json")
    assert said.code == 1
    assert said.json["passed"] is False
    flaky = [case for case in said.json["cases"] if case["status"] == "flaky"]
    assert len(flaky) > 20
    assert "of 6 runs" in flaky[0]["message"]


def test_reruns_of_a_steady_candidate_say_what_one_run_says(strop: Shell):
    file = strop.write("c.json", json.dumps(CASES))
    once = strop("judge", strop.write("s.py", RIGHT), "--cases", file, "--json").json
    often = strop(
        "judge", strop.write("s.py", RIGHT), "--cases", file, "--reruns", 3, "--json"
    ).json
    assert once["passed"] is often["passed"] is True
    assert "runs" not in often


def test_an_audit_counts_wrong_verdicts(strop: Shell):
    rows = [
        {"name": "good", "source": RIGHT, "right": True},
        {"name": "odd", "source": "def add(a, b):\n    return 3 * (a > 0)\n", "right": False},
        {"name": "bad", "source": "def add(a, b):\n    return 7\n", "right": False},
        {"name": "strict", "source": "def add(a, b):\n    return float(a + b)\n", "right": True},
    ]
    file = strop.write("rows.jsonl", "\n".join(map(json.dumps, rows)))
    cases = strop.write("c.json", json.dumps(CASES))
    said = strop("judge", "--audit", file, "--cases", cases, "--json")
    assert said.code == 1, said.err
    assert said.json["accepted_wrong"] == ["odd"]
    assert said.json["rejected_right"] == ["strict"]
    assert said.json["false_accept"]["value"] == 0.5
    assert said.json["false_accept"]["low"] == pytest.approx(0.0945, abs=1e-3)
    tests = strop.write(
        "test_x.py", "from adder import add\ndef test_a():\n    assert add(1, 2) == 3\n"
    )
    said = strop("judge", "--audit", file, "--tests", tests)
    assert "false reject  0.0%" in said.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no rows"),
        ("{", "line 1: not JSON"),
        ('{"source": "x"}', 'needs "right"'),
        ('{"right": true}', 'needs "source"'),
        ('{"right": true, "file": "none.py"}', "cannot read none.py"),
    ],
)
def test_a_bad_audit_file_is_one_line(strop: Shell, text: str, told: str):
    file = strop.write("rows.jsonl", text)
    said = strop("judge", "--audit", file, "--cases", strop.write("c.json", json.dumps(CASES)))
    assert said.code == 2
    assert told in said.err
    assert said.err.count("\n") == 1
