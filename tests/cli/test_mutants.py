"""`strop mutants` as a user types it: the score, survivors, what to judge, refusals, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Said, Shell

PRICES = '''"""Prices."""


def price(weight):  # cents
    if weight <= 5:
        return 390
    return 620


class Cart:
    def total(self, weights, rebate=0):
        return sum(price(w) for w in weights) - rebate


def never(x):
    return x + 1
'''
TESTS = """
import pytest
from shop.prices import Cart, price


@pytest.mark.parametrize(("weight", "cents"), [(1, 390), (6, 620)])
def test_price(weight, cents):
    assert price(weight) == cents


def test_total(tmp_path):
    assert Cart().total([1, 9]) == 1010
"""

OneLine = Callable[[Said, int], str]


@pytest.fixture
def shop(strop: Shell) -> Shell:
    """A package with tests that miss a boundary, a rebate and a function."""
    strop.write("pyproject.toml", "")
    strop.write("shop/__init__.py", "")
    strop.write("shop/prices.py", PRICES)
    strop.write("tests/test_prices.py", TESTS)
    return strop


def mutants(shop: Shell, *more: object) -> Said:
    return shop("mutants", "shop/prices.py", "--tests", "tests", *more)


def changes(row: Any) -> set[str]:
    """The new line of each survivor's diff."""
    lines = [line for told in row["survivors"] for line in told["diff"].splitlines()]
    return {line[1:].strip() for line in lines if line[0] == "+" and line[:3] != "+++"}


def test_the_score_and_what_no_test_notices_first_in_words_then_again_as_json(shop: Shell):
    said = mutants(shop, "--out", "result.json")
    assert said.code == 1, said.err
    row = json.loads((shop.folder / "result.json").read_text())
    # 5 to 4 and 6 are told apart by 5 and 6 alone; the tests have 6.
    assert changes(row) == {
        "if weight < 5:",
        "if weight <= 4:",
        "return sum(price(w) for w in weights) + rebate",
    }
    assert row["stopped"] == "done"
    assert (row["survived"], row["not_covered"], row["timeout"]) == (3, 4, 0)
    assert row["mutants"] == row["killed"] + 7 == len(row["rows"])
    assert row["score"] == pytest.approx(row["killed"] / row["mutants"], abs=1e-6)
    assert f"{row['score']:.1%}: {row['killed']} of {row['mutants']} mutants noticed" in said.out
    assert "no test   runs shop/prices.py 16" in said.out
    assert "# shop/prices.py price: 2 survived" in said.out
    assert "# shop/prices.py Cart.total: 1 survived" in said.out
    assert "-    if weight <= 5:\n+    if weight < 5:" in said.out
    killed = next(r for r in row["rows"] if r["operator"] == "return" and r["line"] == 7)
    assert (killed["status"], killed["file"]) == ("killed", "shop/prices.py")
    assert killed["test"] in (
        "tests/test_prices.py::test_price[6-620]",
        "tests/test_prices.py::test_total",
    )
    assert (shop.folder / "shop/prices.py").read_text() == PRICES

    shop.write("tests/test_more.py", "from shop.prices import never, price\n"
               "def test_edge():\n    assert price(5) == 390 and never(1) == 2\n")  # fmt: skip
    again = mutants(shop, "--rerun", "result.json", "--json")
    assert again.code == 1, again.err
    assert again.json["mutants"] == 7
    assert changes(again.json) == {"return sum(price(w) for w in weights) + rebate"}
    assert again.json["gone"] == []


def test_one_function_and_a_sample_of_it(shop: Shell, one_line: OneLine):
    shop.write("tests/test_edge.py", "from shop.prices import price\n"
               "def test_edge():\n    assert price(5) == 390\n")  # fmt: skip
    some = mutants(shop, "--function", "price", "--most", 3, "--seed", 1, "--json")
    assert some.code == 0
    assert {r["function"] for r in some.json["rows"]} == {"price"}
    assert (some.json["score"], some.json["survivors"]) == (1.0, [])
    assert (some.json["mutants"], some.json["population"]) == (3, 10)
    assert 0 < some.json["score_95"][0] < some.json["score_95"][1] == 1.0
    said = mutants(shop, "--function", "prise")
    assert "no such function in shop/prices.py. Nearest: price." in one_line(said, 2)


def git(shop: Shell, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=shop.folder, check=True, capture_output=True)


def test_only_lines_that_changed_since_a_commit(shop: Shell, one_line: OneLine):
    git(shop, "init", "-q")
    git(shop, "add", "shop", "tests", "pyproject.toml")
    git(shop, "commit", "-q", "-m", "start")
    assert "no line of shop/prices.py that changed since HEAD" in one_line(
        mutants(shop, "--since", "HEAD"), 2
    )
    shop.write("shop/prices.py", PRICES.replace("620", "62 * 10"))
    row = mutants(shop, "--since", "HEAD", "--json").json
    assert {r["line"] for r in row["rows"]} == {7}
    assert row["mutants"] == 6
    shop.write("tests/test_prices.py", "def test_a():\n    assert 1 == 2\n")
    assert "1 of 1 tests fail without any mutation" in one_line(mutants(shop), 2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tests", "tests"], "name the files"),
        (["shop/prices.py"], "give --tests PATH"),
        (["shop/prices.py", "--tests", "tests", "--most", "0"], "at least 1"),
        (["shop/prices.py", "--tests", "tests", "--out", "none/r.json"], "no folder"),
        (["shop/prices.py", "--tests", "tests", "--python", "none"], "no such file"),
        (["shop/prices.py", "--tests", "tests", "--rerun", "pyproject.toml"], "no result of strop"),
        (["shop/__init__.py", "--tests", "tests"], "nothing to mutate"),
    ],
)
def test_wrong_use_gets_one_line(shop: Shell, one_line: OneLine, arguments: list[str], told: str):
    assert told in one_line(shop("mutants", *arguments), 2)


def test_a_source_that_does_not_parse_and_mutants_that_are_gone(shop: Shell, one_line: OneLine):
    rows = [{"id": "shop/prices.py::price::constant:00000000", "status": "survived"}]
    shop.write("result.json", json.dumps({"rows": rows}))
    said = mutants(shop, "--rerun", "result.json")
    assert "none of the 1 mutants to rerun is one of shop/prices.py" in one_line(said, 2)
    shop.write("shop/prices.py", PRICES.replace("weight):", "weight)"))
    assert "shop/prices.py line 4 does not parse" in one_line(mutants(shop), 2)


def test_ctrl_c_keeps_and_writes_what_was_judged(shop: Shell):
    lines = "".join(f"    x = x + {n}\n" for n in range(60))
    shop.write(
        "shop/prices.py", f"import time\n\ndef f(x):\n    time.sleep(0.1)\n{lines}    return x\n"
    )
    shop.write(
        "tests/test_prices.py", "from shop.prices import f\ndef test_f():\n    assert f(0) > 9\n"
    )
    process = shop.start(
        "mutants", "shop/prices.py", "--tests", "tests", "--out", "r.json", "--json"
    )
    try:
        process.communicate(timeout=4)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    row = json.loads(out)
    assert row == json.loads((shop.folder / "r.json").read_text())
    assert row["stopped"] == "interrupted"
    assert row["left"] > 0
    assert row["mutants"] + row["left"] == row["population"]
