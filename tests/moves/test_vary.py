from __future__ import annotations

import json
import random
import string
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strop.moves.vary import vary
from strop.sandbox.inside import wire

DRAWS = 300


def draws(examples: list[list[Any]], seed: int = 0, count: int = DRAWS) -> list[list[Any]]:
    found = list(islice(vary(examples, random.Random(seed)), count))
    assert found
    return found


SORTED = [[[1, 2, 5], 2], [[0, 3], 3], [[4, 6, 7, 9], 4]]
ODD = [
    [{"$tuple": [1, "a", None]}, {"$set": [1, 2]}, {"$frozenset": ["a"]}, {"$bytes": "YWJj"}],
    [{"$tuple": [2, "b", 3]}, {"$set": []}, {"$frozenset": ["b", "c"]}, {"$bytes": ""}],
]
TABLES = [
    [{"$dict": [[1, "x"], [{"$tuple": [1, 2]}, "y"]]}, {"$complex": [1.0, {"$float": "inf"}]}],
    [{"$dict": []}, {"$complex": [0.5, -2.0]}],
]
LIBRARY = [
    [
        {"$iter": [1, 2]},
        {"$as": "collections.deque", "of": [1, 2]},
        {"$as": "fractions.Fraction", "of": [1, 2]},
        {"$int": hex(1 << 1100)},
        {"$float": "nan"},
        True,
        None,
        2.5,
    ]
]


@pytest.mark.parametrize("examples", [SORTED, ODD, TABLES, LIBRARY])
def test_same_seed_same_inputs(examples: list[list[Any]]):
    assert draws(examples) == draws(examples)
    assert draws(examples, seed=1) != draws(examples)


@pytest.mark.parametrize("examples", [SORTED, ODD, TABLES, LIBRARY])
def test_inputs_are_new_and_in_wire_form(examples: list[list[Any]]):
    found = draws(examples)
    texts = [json.dumps(args) for args in found]
    assert len(set(texts)) == len(texts)
    for args, text in zip(found, texts, strict=True):
        assert args not in examples
        assert json.loads(text) == args
        wire.decode(text, live=True)


def test_sorted_list_and_its_element():
    for items, item in draws(SORTED):
        assert items == sorted(set(items))
        assert item in items
        assert min(items) >= 0


def test_descending_with_repeats():
    for (items,) in draws([[[5, 5, 2]], [[9, 4, 4, 1]], [[3]]]):
        assert items == sorted(items, reverse=True)


def test_unsorted_stays_free():
    found = draws([[[3, 1, 2, 2]], [[1, 5]]])
    assert any(items != sorted(items) for (items,) in found)
    assert any(len(set(items)) < len(items) for (items,) in found)


def test_distinct():
    for (items,) in draws([[[3, 1, 7]], [[9, 2, 5, 0]]]):
        assert len(set(items)) == len(items)


def test_signs_and_ranges():
    for positive, whole, free, ratio in draws([[1, 0, -3, 0.5], [7, 4, 9, 0.25], [2, 8, 0, 1.0]]):
        assert 1 <= positive <= 14
        assert 0 <= whole <= 16
        assert -6 <= free <= 18
        assert 0 < ratio <= 1


def test_small_values_come_first():
    found = draws([[[], 0], [[4, -2, 9], 6], [[1, 1], 3]])
    assert [[], 0] not in found
    assert any(items == [] for items, _ in found[:5])
    assert any(len(items) == 1 for items, _ in found[:5])
    assert {number for _, number in found[:6]} >= {0, 1}


def test_alphabets():
    for digits, brackets, word in draws([["0110", "(())", "Ab c"], ["10", "()", "D-"]]):
        assert set(digits) <= set("01")
        assert set(brackets) <= set("()")
        assert set(word) <= set(string.ascii_letters + " -")


def test_closed_sets_of_words():
    names = ["add", "sub"] * 5
    assert {name for name, _ in draws([[name, i] for i, name in enumerate(names)])} == {
        "add",
        "sub",
    }


def test_matrices_stay_rectangular():
    examples = [[[[1, 2], [3, 4], [5, 6]]], [[[1, 2, 3]]], [[[7], [8]]]]
    found = draws(examples)
    for (rows,) in found:
        assert len({len(row) for row in rows}) <= 1
    assert len({len(rows[0]) for (rows,) in found if rows}) > 1


def test_square_matrices():
    for (rows,) in draws([[[[1]]], [[[1, 0], [0, 1]]], [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]):
        assert all(len(row) == len(rows) for row in rows)


def test_rows_are_records():
    examples = [[[["a", 1], ["b", 2]]], [[["c", 5]]]]
    for (rows,) in draws(examples):
        for name, number in rows:
            assert isinstance(name, str)
            assert number >= 1


def test_ordered_pairs():
    for (rows,) in draws([[[[1, 3], [2, 6], [8, 10]]], [[[1, 4], [4, 5]]]]):
        assert all(low <= high for low, high in rows)


def test_equal_lengths():
    for first, second, third in draws([[[1, 2], "ab", [0, 0]], [[3], "c", [1]], [[], "", []]]):
        assert len(first) == len(second) == len(third)


def test_index():
    found = draws([[[5, 1, 4], 0], [[7, 7], 1], [[9, 8, 2, 2], 2]])
    for items, place in found:
        assert 0 <= place < len(items)
    assert any(place == len(items) - 1 > 0 for items, place in found)


def test_count():
    found = draws([["abc", 3], ["a", 1], ["defgh", 2]])
    for text, count in found:
        assert 1 <= count <= len(text)
    assert any(count == len(text) for text, count in found)


def test_order_of_arguments():
    for low, high in draws([[1, 5], [3, 3], [-4, 0]]):
        assert low <= high


def test_elements_below_a_bound():
    for items, bound in draws([[[0, 3, 1], 4], [[5, 5], 6], [[], 2], [[1], 2]]):
        assert all(0 <= item < bound for item in items)


def test_permutations():
    for (items,) in draws([[[2, 0, 1]], [[0, 1]], [[3, 1, 0, 2]]], count=100):
        assert sorted(items) == list(range(len(items)))


def test_none_only_where_seen():
    found = draws([[None, 3], [4, 5]])
    assert any(first is None for first, _ in found)
    assert all(isinstance(second, int) for _, second in found)


def test_records_keep_their_keys():
    for (record,) in draws([[{"name": "ann", "age": 3}], [{"name": "bo", "age": 30, "x": None}]]):
        assert isinstance(record["name"], str)
        assert record["age"] >= 1
        assert set(record) <= {"name", "age", "x"}


def test_fixed_length_boards():
    board = [["x", "o", "."], [".", "x", "o"], ["o", ".", "x"]]
    for (rows,) in draws([[board], [board[::-1]], [[board[1], board[0], board[2]]]]):
        assert [len(row) for row in rows] == [3, 3, 3]
        assert {cell for row in rows for cell in row} <= set("xo.")


def test_mixed_arities():
    assert {len(args) for args in draws([[1], [2, "a"], [3, "b"]])} == {1, 2}


@pytest.mark.parametrize("examples", [[], [[]], [[], []], [[{}]], [[None]], [[[]]]])
def test_nothing_to_vary_ends(examples: list[list[Any]]):
    assert len(list(islice(vary(examples, random.Random(0)), DRAWS))) < 5


def test_large_examples_are_bounded():
    long = [list(range(50_000)), "ab" * 50_000, 7]
    found = draws([long, long], count=20)
    assert all(len(json.dumps(args)) < 100_000 for args in found)


def test_deep_nesting():
    tree: Any = 1
    for _ in range(150):
        tree = [tree]
    for (deep,) in draws([[tree], [[[2]]]], count=50):
        assert isinstance(deep, list)


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([{"$bytes": "YQ=="}, {"$bytes": 3}, {"$float": "inf"}, {"$int": "0xzz"}])
    | st.sampled_from([{"$as": "builtins.range", "of": [0, 1, 2]}, {"$opaque": "x", "repr": "y"}]),
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(st.text(max_size=3), below, max_size=3)
        | st.builds(lambda tag, of: {tag: of}, st.sampled_from(["$tuple", "$set", "$dict"]), below)
        | st.lists(below, max_size=3).map(lambda items: {"$frozenset": items})
        | st.lists(st.tuples(below, below).map(list), max_size=3).map(lambda p: {"$dict": p})
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(TREES, max_size=3), max_size=4), st.integers(0, 3))
def test_never_fails_on_any_json(examples: list[list[Any]], seed: int):
    arities = {len(args) for args in examples}
    for args in islice(vary(examples, random.Random(seed)), 30):
        assert len(args) in arities
        json.loads(json.dumps(args))
