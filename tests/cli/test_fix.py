"""`strop fix` as a user types it: patches, refusals, Ctrl-C, and a run that was killed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Said, Shell
from .endpoint import ProgramServer, running

FAULTY = '''"""Prices."""


def price(weight):  # cents
    if weight < 5:
        return 390

    return 620
'''
TESTS = """
import pytest
from shop.prices import price


@pytest.mark.parametrize(("weight", "cents"), [(1, 390), (5, 390), (6, 620)])
def test_price(weight, cents):
    assert price(weight) == cents
"""
MENDED = FAULTY.replace("weight < 5", "weight <= 5")
CASES = {"entry": "price", "inputs": [[1], [5], [6]], "expected": [390, 390, 620]}

OneLine = Callable[[Said, int], str]


@pytest.fixture
def shop(strop: Shell) -> Shell:
    """A package with a fault, its tests in another folder."""
    strop.write("pyproject.toml", "")
    strop.write("shop/__init__.py", "")
    strop.write("shop/prices.py", FAULTY)
    strop.write("tests/test_prices.py", TESTS)
    return strop


def git(shop: Shell, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=shop.folder, capture_output=True, text=True, check=True)
    return done.stdout


def fix(shop: Shell, *more: object) -> Said:
    return shop("fix", "shop/prices.py", "--tests", "tests", "--json", *more)


def test_a_package_is_repaired_and_the_report_says_how_far_to_trust_it(shop: Shell):
    said = fix(shop)
    assert said.code == 0, said.err
    row = said.json
    assert row["passed"] is row["plausible"] is row["credible"] is True
    assert "-    if weight < 5:\n+    if weight <= 5:\n" in row["diff"]
    assert row["turned_green"] == ["tests/test_prices.py::test_price[5-390]"]
    assert row["tests"] == 3
    assert 0 < row["strength"]["killed"] <= row["strength"]["mutants"]
    assert row["held_out"]["inputs"] > 5
    assert row["cost"]["cpu_seconds"] > 0
    assert (shop.folder / "shop/prices.py").read_text() == FAULTY


def test_patches_that_act_differently_are_shown_with_a_telling_input(shop: Shell):
    row = fix(shop).json
    assert row["plausible_patches"] > 1
    for other in row["alternatives"]:
        assert other["diff"] != row["diff"]
        assert other["it_gives"] != other["answer_gives"]
        assert other["input"]["entry"] == "price"


def test_case_files_do_as_well_and_a_reference_scores_the_patch(shop: Shell):
    cases = shop.write("cases.json", json.dumps(CASES))
    right = shop.write("right.py", MENDED)
    wrong = shop.write("wrong.py", MENDED.replace("620", "weight * 100"))
    good = shop("fix", "shop/prices.py", "--cases", cases, "--reference", right, "--json")
    assert (good.code, good.json["credible"]) == (0, True), good.err
    bad = shop("fix", "shop/prices.py", "--cases", cases, "--reference", wrong, "--json")
    assert (bad.code, bad.json["plausible"], bad.json["credible"]) == (1, True, False)
    assert bad.json["held_out"]["failed"]


def test_write_applies_the_patch_and_undo_takes_it_back(shop: Shell):
    git(shop, "init", "-q")
    git(shop, "add", "shop", "tests", "pyproject.toml")
    git(shop, "commit", "-q", "-m", "start")
    assert fix(shop, "--write").json["written"] == [str(shop.folder / "shop/prices.py")]
    assert (shop.folder / "shop/prices.py").read_text() == MENDED
    assert shop("fix", "--undo").code == 0
    assert (shop.folder / "shop/prices.py").read_text() == FAULTY
    assert git(shop, "status", "--porcelain", "shop") == ""


def test_uncommitted_changes_are_not_written_over_without_force(shop: Shell, one_line: OneLine):
    git(shop, "init", "-q")
    said = shop("fix", "shop/prices.py", "--tests", "tests", "--write")
    assert "uncommitted" in one_line(said, 2)
    assert (shop.folder / "shop/prices.py").read_text() == FAULTY
    assert fix(shop, "--write", "--force").code == 0
    assert (shop.folder / "shop/prices.py").read_text() == MENDED


def test_undo_does_not_write_over_later_edits(shop: Shell, one_line: OneLine):
    assert fix(shop, "--write").code == 0
    edited = shop.write("shop/prices.py", MENDED + "# later\n")
    assert "edited after" in one_line(shop("fix", "--undo"), 2)
    assert edited.read_text().endswith("# later\n")
    assert shop("fix", "--undo", "--force").code == 0
    assert edited.read_text() == FAULTY
    assert "not undone" in one_line(shop("fix", "--undo"), 2)


def test_line_ends_and_what_stands_around_stay_as_they_are(shop: Shell):
    path = shop.folder / "shop/prices.py"
    path.write_bytes(FAULTY.replace("\n", "\r\n").encode())
    assert fix(shop, "--write").code == 0
    assert path.read_bytes() == MENDED.replace("\n", "\r\n").encode()


def test_dry_run_shows_suspicious_lines_and_tries_nothing(shop: Shell):
    row = fix(shop, "--dry-run").json
    assert row["failing"] == ["tests/test_prices.py::test_price[5-390]"]
    assert row["suspicious"][0][:2] == ["shop/prices.py", 8]
    assert row["changes"] > 20
    assert shop("runs", "list", "--json").json["runs"] == []


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ("from shop.prices import price\ndef test_a(): assert price(1) == 390\n", "pass"),
        ("from shop.prices import cost\ndef test_a(): pass\n", "do not collect: ImportError"),
        ("def test_a(): assert 1 == 2\n", "without running a line"),
        (
            "import os\n\ndef test_a():\n    assert os.getpid() % 2\n",
            "flaky",
        ),
        ("x = 1\n", "do not collect"),
    ],
    ids=["already pass", "do not collect", "elsewhere", "flaky", "no test"],
)
def test_tests_that_cannot_guide_a_repair_get_one_line(
    shop: Shell, one_line: OneLine, tests: str, told: str
):
    shop.write("tests/test_prices.py", tests)
    said = shop("fix", "shop/prices.py", "--tests", "tests")
    assert told in one_line(said, 2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tests", "tests"], "name the files"),
        (["shop/prices.py"], "either --tests PATH or --cases"),
        (["shop/none.py", "--tests", "tests"], "does not exist"),
        (["shop/prices.py", "--tests", "none"], "do not exist"),
        (["shop/prices.py", "--tests", "tests", "--root", "tests"], "outside the project"),
        (["shop/prices.py", "--tests", "tests", "--budget", "second=3"], "NAME one of"),
        (["shop/prices.py", "--tests", "tests", "--set", "enough=0"], "at least 1"),
        (["shop/prices.py", "--tests", "tests", "--method", "best_of_n"], "needs"),
        (["shop/prices.py", "tests", "--cases", "pyproject.toml"], "one file"),
        (["--undo"], "not undone"),
    ],
)
def test_wrong_use_gets_one_line(shop: Shell, one_line: OneLine, arguments: list[str], told: str):
    assert told in one_line(shop("fix", *arguments), 2)


def test_a_syntax_error_is_said_without_a_model_and_mended_with_one(shop: Shell, one_line: OneLine):
    shop.write("shop/prices.py", MENDED.replace("weight):", "weight)"))
    said = shop("fix", "shop/prices.py", "--tests", "tests")
    assert "line 4 does not parse" in one_line(said, 2)
    with running(ProgramServer(program=lambda call, i: MENDED)) as server:
        shop.use(server)
        said = fix(shop)
    assert said.code == 0, said.err
    assert said.json["method"] == "draft_repair"
    assert "+def price(weight):" in said.json["diff"]


def slow_shop(shop: Shell) -> None:
    """A fault that no small change mends, so that the search goes on until it is stopped."""
    shop.write("shop/prices.py", FAULTY + "\n\ndef code(a, b, c):\n    return a * b + c - a\n")
    extra = (
        "\nfrom shop.prices import code\n\ndef test_code():\n    assert code(2, 3, 4) == 'xyz'\n"
    )
    shop.write("tests/test_prices.py", TESTS + extra)


def test_ctrl_c_ends_the_search_with_what_is_known(shop: Shell):
    slow_shop(shop)
    process = shop.start("fix", "shop/prices.py", "--tests", "tests", "--json")
    wait_for_events(shop, 60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out)["stopped"] == "interrupted"
    assert json.loads(out)["failing"] == [
        "tests/test_prices.py::test_price[5-390]",
        "tests/test_prices.py::test_code",
    ]


def test_a_killed_run_goes_on_and_pays_for_nothing_twice(shop: Shell):
    whole = fix(shop).json
    (shop.folder / "ledger" / "ledger.db").unlink()
    process = shop.start("fix", "shop/prices.py", "--tests", "tests", "--json")
    wait_for_events(shop, 60)
    process.kill()
    process.communicate()
    said = fix(shop, "--resume")
    assert said.code == 0, said.err
    assert said.json["diff"] == whole["diff"]
    assert said.json["paid"]["executions"] < said.json["cost"]["executions"]
    keys = [key for (key,) in events(shop, "SELECT key FROM events WHERE kind = 'verdict'")]
    assert len(keys) == len(set(keys))
    assert len({run for (run,) in events(shop, "SELECT run FROM events")}) == 1


def events(shop: Shell, query: str) -> list[tuple[str]]:
    connection = sqlite3.connect(shop.folder / "ledger" / "ledger.db")
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def wait_for_events(shop: Shell, least: int) -> None:
    until = time.monotonic() + 60
    ledger: Path = shop.folder / "ledger" / "ledger.db"
    while time.monotonic() < until:
        if ledger.exists() and len(events(shop, "SELECT run FROM events")) >= least:
            return
        time.sleep(0.02)
    raise AssertionError("the run wrote too few events")
