"""Bad input gets one clear line: what happened, the value, what to do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest

from .conftest import TASK, Said, Shell

Line = Callable[[Said, int], str]

CASES = {"entry": "f", "inputs": [[1]], "expected": [1]}


def judge(strop: Shell, cases: object, source: str = "def f(x):\n    return x\n") -> Said:
    text = cases if isinstance(cases, str) else json.dumps(cases)
    return strop("judge", strop.write("s.py", source), "--cases", strop.write("cases.json", text))


def test_a_missing_task_file(strop: Shell, one_line: Line):
    assert "nope.toml does not exist" in one_line(strop("solve", "nope.toml"), 2)


def test_a_task_file_that_is_not_toml_names_the_line(strop: Shell, one_line: Line):
    task = strop.write("t.toml", 'id = "a"\nprompt = oops\n')
    assert "line 2" in one_line(strop("solve", task), 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('id = "double"', "'id': this key is missing"),
        ("[[cases]]\ninput = [3]\nexpected = 6", "expected"),
    ],
)
def test_a_task_file_with_a_missing_key_names_it(
    strop: Shell, one_line: Line, change: str, said: str
):
    text = TASK.replace(change, "" if change.startswith("id") else "[[cases]]\ninput = [3]")
    assert said in one_line(strop("solve", strop.write("t.toml", text)), 2)


def test_a_task_file_with_an_unknown_key_names_it(strop: Shell, one_line: Line):
    task = strop.write("t.toml", TASK.replace("entry =", "entri ="))
    assert "'entri': this key is not known" in one_line(strop("solve", task), 2)


def test_a_jsonl_row_that_is_not_json_names_the_line(strop: Shell, one_line: Line):
    rows = strop.write("t.jsonl", '{"task_id": "a", "prompt"\n')
    assert "line 1" in one_line(strop("solve", f"{rows}#a"), 2)


def test_an_unknown_row_lists_what_there_is(strop: Shell, one_line: Line):
    row = {"id": "a", "prompt": "p", "entry": "f", "cases": [{"input": [1], "expected": 1}]}
    rows = strop.write("t.jsonl", json.dumps(row))
    assert "no row 'b'. It has a" in one_line(strop("solve", f"{rows}#b", "--model", "none"), 2)


def test_an_unknown_method_names_the_nearest(strop: Shell, one_line: Line):
    task = strop.write("t.toml", TASK)
    line = one_line(strop("solve", task, "--method", "best_of_m", "--model", "embedded"), 2)
    assert "best_of_n" in line


def test_an_unknown_hyperparameter_names_the_nearest(strop: Shell, one_line: Line):
    task = strop.write("t.toml", TASK)
    line = one_line(strop("solve", task, "--set", "m=3", "--model", "embedded"), 2)
    assert "no hyper-parameter 'm'. It has: n" in line


@pytest.mark.parametrize("budget", ["tokens=0", "calls=-3", "seconds=0.0"])
def test_a_budget_that_is_not_above_zero(strop: Shell, one_line: Line, budget: str):
    task = strop.write("t.toml", TASK)
    assert "must be above zero" in one_line(strop("solve", task, "--budget", budget), 2)


def test_a_method_that_needs_a_model_with_none(strop: Shell, one_line: Line):
    line = one_line(strop("solve", strop.write("t.toml", TASK), "--model", "none"), 2)
    assert "--model" in line


def test_a_read_only_ledger_folder(strop: Shell, one_line: Line):
    folder = strop.write("file", "")
    line = one_line(
        strop(
            "solve", strop.write("t.toml", TASK), "--ledger", folder / "x", "--model", "embedded"
        ),
        2,
    )
    assert "--ledger" in line


def test_a_ledger_of_another_version(strop: Shell, one_line: Line):
    assert strop("runs", "list").code == 0
    connection = sqlite3.connect(strop.folder / "ledger" / "ledger.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "another version" in one_line(strop("runs", "list"), 2)


def test_an_expected_value_that_is_not_json(strop: Shell, one_line: Line):
    line = one_line(judge(strop, '{"entry": "f", "inputs": [[1]], "expected": [nil]}'), 2)
    assert "not JSON at line 1 column" in line


def test_an_unknown_tag_in_a_value(strop: Shell, one_line: Line):
    line = one_line(judge(strop, {**CASES, "expected": [{"$tupel": [1]}]}), 2)
    assert "$tupel" in line


def test_cases_of_unequal_number(strop: Shell, one_line: Line):
    line = one_line(judge(strop, {**CASES, "expected": [1, 2]}), 2)
    assert "'inputs' has 1 items and 'expected' has 2" in line


def test_cases_without_a_case(strop: Shell, one_line: Line):
    assert "at least one case" in one_line(
        judge(strop, {"entry": "f", "inputs": [], "expected": []}), 2
    )


def test_an_entry_point_that_is_not_in_the_solution(strop: Shell, one_line: Line):
    line = one_line(judge(strop, CASES, "def g(x):\n    return x\n"), 2)
    assert "does not define the entry point 'f'" in line


def test_an_unreadable_file(strop: Shell, one_line: Line):
    source = strop.folder / "s.py"
    source.write_bytes(b"\xff\xfe\x00")
    cases = strop.write("cases.json", json.dumps(CASES))
    assert "not UTF-8" in one_line(strop("judge", source, "--cases", cases), 2)


def test_a_folder_in_place_of_a_file(strop: Shell, one_line: Line):
    cases = strop.write("cases.json", json.dumps(CASES))
    assert "is a folder" in one_line(strop("judge", strop.folder, "--cases", cases), 2)


def test_a_python_that_is_not_there(strop: Shell, one_line: Line):
    cases = strop.write("cases.json", json.dumps(CASES))
    source = strop.write("s.py", "def f(x):\n    return x\n")
    line = one_line(strop("judge", source, "--cases", cases, "--python", "no/python"), 2)
    assert "no/python" in line


def test_limits_out_of_range(strop: Shell, one_line: Line):
    cases = strop.write("cases.json", json.dumps(CASES))
    source = strop.write("s.py", "def f(x):\n    return x\n")
    assert "cpu_seconds" in one_line(strop("judge", source, "--cases", cases, "--cpu", "0"), 2)


def test_wrong_use_points_to_the_help(strop: Shell, one_line: Line):
    assert "strop solve --help" in one_line(strop("solve", "--budgte", "x"), 2)


def test_errors_are_json_too_where_asked(strop: Shell):
    said = strop("solve", "nope.toml", "--json")
    assert said.code == 2
    assert said.json["exit"] == 2
    assert "nope.toml" in said.json["error"]


def test_an_unknown_key_in_tool_strop_names_the_nearest(strop: Shell, one_line: Line):
    strop.write("pyproject.toml", '[tool.strop]\nmethd = "tdd"\n')
    assert "Nearest: method" in one_line(strop("methods"), 2)


def test_defaults_come_from_tool_strop(strop: Shell):
    strop.write("pyproject.toml", '[tool.strop]\nfamily = "refine"\n')
    assert {row["family"] for row in strop("methods", "--json").json} == {"refine"}


def test_no_run_of_that_name(strop: Shell, one_line: Line):
    assert "strop solve TASK makes one" in one_line(strop("runs", "export", "last"), 2)
