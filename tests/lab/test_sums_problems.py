import hashlib
from itertools import pairwise

import pytest

from strop.lab.sums.arithmetic import ARITH_LIMIT
from strop.lab.sums.check import check_solution, prefix_values
from strop.lab.sums.countdown import COUNT_LIMIT
from strop.lab.sums.expression import leaves, ordered, parse, show, value
from strop.lab.sums.problem import get, problem, problems
from strop.lab.sums.task import task_row
from strop.lab.sums.working import written

SEEDS = 20_000


@pytest.fixture(scope="module")
def many():
    return [problem(seed) for seed in range(SEEDS)]


def test_problems_stay_what_they_are(many):
    text = "".join(repr(p) for p in many[:200])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "c32e928b6d8c5477"


def test_get_and_listing():
    found = problems("test", 5, start=100, kind="count")
    assert [p.split for p in found] == ["test"] * 5
    assert all(p.seed >= 100 and p.kind == "count" and get(p.id) == p for p in found)
    assert found[1:] == problems("test", 4, start=found[0].seed + 1, kind="count")
    assert {p.difficulty for p in problems("train", 3, difficulty=4)} == {4}


@pytest.mark.parametrize("bad", ["sums-x", "minipy-3", "sums--1", "sums-²", ""])
def test_get_refuses_another_id(bad):
    with pytest.raises(ValueError, match="problem id"):
        get(bad)


def test_listing_refuses_what_there_is_not():
    with pytest.raises(ValueError, match="difficulty 6"):
        problems("test", 1, difficulty=6)
    with pytest.raises(ValueError, match="kind 'sum'"):
        problems("test", 1, kind="sum")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="split 'valid'"):
        problems("valid", 1)  # pyright: ignore[reportArgumentType]


def test_splits_are_disjoint_and_shares_hold(many):
    by_split = {split: set() for split in ("train", "validation", "test")}
    for p in many:
        by_split[p.split].add(p.canonical)
    sets = list(by_split.values())
    assert not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])
    shares = [sum(p.split == split for p in many) / len(many) for split in by_split]
    assert shares == pytest.approx([0.9, 0.05, 0.05], abs=0.01)


def test_every_solution_is_right_in_every_step(many):
    for p in many[:6000]:
        checked = check_solution(p, p.solution)
        assert checked.right
        assert checked.first_wrong is None


def test_sizes_and_difficulties(many):
    for kind, limit in (("arith", ARITH_LIMIT), ("count", COUNT_LIMIT)):
        these = [p for p in many if p.kind == kind]
        assert max(len(p.solution) for p in these) <= limit
        assert max(len(p.question) for p in these) <= 45
        shares = [sum(p.difficulty == level for p in these) / len(these) for level in range(1, 6)]
        assert min(shares[:4]) > 0.1
        assert 0.015 < shares[4] < 0.06


def test_some_searches_go_back_and_some_do_not(many):
    traces = [p.solution for p in many if p.kind == "count"]
    assert 0.2 < sum("back" in trace for trace in traces) / len(traces) < 0.6


def test_expressions_keep_their_bounds(many):
    for p in many[:4000:2]:
        expr = parse(p.question)
        assert expr is not None
        assert show(expr) == p.question
        assert value(expr) == p.answer
        assert all(1 <= x <= 99 for x in leaves(expr))
        results = [int(line.split("= ")[-1]) for line in p.solution.split("\n") if "=" in line]
        assert 2 <= len(results) <= 6
        assert all(abs(x) < 10_000 for x in results)


def test_a_prefix_of_a_right_expression_never_loses_hope(many):
    for p in many[:1000:2]:
        assert all(prefix_values(p, p.solution))


def test_canonical_forms_ignore_order_and_grouping():
    forms = [ordered(e) for t in ("1 + 2 + 3", "3 + (1 + 2)", "(3 + 2) + 1") if (e := parse(t))]
    assert len(forms) == 3
    assert all(a == b for a, b in pairwise(forms))
    assert ordered(parse("3 - 1") or 0) != ordered(parse("1 - 3") or 0)


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        ((12, "+", 7), "12 + 7 = 19"),
        ((19, "*", 3), "19 * 3 = 30 + 27 = 57"),
        ((20, "*", 3), "20 * 3 = 60"),
        ((-14, "*", 2), "-14 * 2 = -20 + -8 = -28"),
        ((47, "*", 36), "47 * 36 = 1200 + 240 + 210 + 42 = 1440 + 252 = 1692"),
        ((0, "*", 36), "0 * 36 = 0"),
    ],
)
def test_written_operations(operation, line):
    assert written(*operation) == line


@pytest.mark.parametrize(
    "bad", ["2 ** 3", "f(1)", "1 if 1 else 2", "1,2", "", "1e3", "\\d", "07", "("]
)
def test_only_plain_arithmetic_is_read(bad):
    assert parse(bad) is None


def test_task_rows():
    assert task_row(problem(0))["answer"] == str(problem(0).answer)
    row = task_row(problem(1))
    expr = parse(row["answer"])
    assert expr is not None
    assert value(expr) == problem(1).answer
