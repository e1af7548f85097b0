"""Strategies in text give values of the type or shape they were made for."""

from __future__ import annotations

import ast
import collections
import fractions
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strop.moves.vary.arguments import argument_strategies
from strop.moves.vary.fits import fits
from strop.moves.vary.hints import Hint, read_hint
from strop.moves.vary.infer import infer
from strop.moves.vary.literals import NotPlain, tree_of
from strop.moves.vary.strategies import strategy_of_hint, strategy_of_shape
from strop.sandbox.inside import wire

WORDS = {"st": st, "collections": collections, "fractions": fractions, "math": math}

TEXT = strategy_of_hint(Hint("str"))


def strategy(text: str) -> st.SearchStrategy[Any]:
    return eval(text, WORDS)


def drawn(text: str, count: int = 60) -> list[Any]:
    found: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None)
    @given(strategy(text))
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        ("int", "st.integers()"),
        ("float", "st.floats(allow_nan=False, allow_infinity=False)"),
        ("list[str]", f"st.lists({TEXT})"),
        ("dict[int, bool]", "st.dictionaries(st.integers(), st.booleans())"),
        ("tuple[int, str]", f"st.tuples(st.integers(), {TEXT})"),
        ("tuple[int, ...]", "st.lists(st.integers()).map(tuple)"),
        ("int | None", "st.one_of(st.integers(), st.none())"),
        ("Literal['a', 2, None]", "st.sampled_from(['a', 2, None])"),
        ("set[bytes]", "st.sets(st.binary())"),
        ("Iterator[int]", "st.lists(st.integers()).map(iter)"),
        ("frozenset[int]", "st.frozensets(st.integers())"),
    ],
)
def test_strategies_of_types(hint: str, text: str):
    told = read_hint(ast.parse(hint, mode="eval").body)
    assert told is not None
    assert strategy_of_hint(told) == text
    assert drawn(text, 5)


def test_text_is_mostly_ascii_and_quickly_drawn():
    found = drawn(TEXT, 100)
    assert any(text.isascii() and len(text) > 1 for text in found)
    assert any(not text.isascii() for text in found)


SHAPES: dict[str, list[Any]] = {
    "small numbers": [3, 8, 5, 12],
    "negative": [-3, 4],
    "closed": [0, 1, 1, 0, 2, 1, 0, 2, 2, 1],
    "floats": [0.5, 2.25, 9.0],
    "whole floats": [1.0, 4.0],
    "odd floats": [1.5, {"$float": "nan"}],
    "words": ["cat", "horse", "ox"],
    "dates": ["2020-01-02", "1999-12-31", "2011-11-11"],
    "empty texts": ["", ""],
    "bytes": [{"$bytes": "YWI="}, {"$bytes": "YmM="}],
    "lists": [[3, 1, 2, 2], [1, 5], []],
    "sorted and distinct": [[1, 2, 5], [0, 3], [4, 6, 7, 9]],
    "descending": [[5, 5, 2], [9, 4, 4, 1]],
    "permutations": [[2, 0, 1], [1, 0], [0, 3, 2, 1]],
    "grids": [[[1, 2], [3, 4], [5, 6]], [[1, 2, 3], [4, 5, 6]]],
    "squares": [[[1, 2], [3, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]],
    "text rows": [["ab", "cd"], ["abc", "def", "ghi"]],
    "pairs": [[[1, "a"], [2, "b"]], [[3, "c"]]],
    "tuples": [{"$tuple": [1, "x"]}, {"$tuple": [2, "y"]}],
    "ascending tuples": [{"$tuple": [1, 4]}, {"$tuple": [2, 3]}, {"$tuple": [0, 9]}],
    "sets": [{"$set": [1, 2, 3]}, {"$set": []}],
    "frozen": [{"$frozenset": ["a", "b"]}],
    "iterators": [{"$iter": [1, 2]}, {"$iter": [3]}],
    "tables": [{"a": 1, "b": 2}, {"c": 3}],
    "records": [{"name": "x", "age": 3}, {"name": "yy", "age": 5, "nick": "z"}],
    "number keys": [{"$dict": [[1, "x"], [2, "y"]]}],
    "deques": [{"$as": "collections.deque", "of": [1, 2]}],
    "optional": [None, 3, 4, None],
    "booleans": [True, False],
    "nested": [{"a": [[1], [2, 3]]}, {"b": []}],
    "complex": [{"$complex": [1.0, 2.0]}, {"$complex": [0.5, -1.0]}],
}


@pytest.mark.parametrize("name", SHAPES)
def test_values_keep_the_shape_of_the_examples(name: str):
    shape = infer(SHAPES[name])
    found = drawn(strategy_of_shape(shape))
    for value in found:
        # As it would be sent: iterators are run to their end.
        tree = json.loads(wire.encode(value))
        assert fits(shape, tree), (name, tree)
    if name not in ("empty texts", "booleans", "frozen"):
        assert len({wire.encode(value) for value in found if name != "iterators"}) != 1


def test_a_form_that_is_not_looked_into_has_no_strategy():
    with pytest.raises(NotPlain):
        strategy_of_shape(infer([{"$as": "numpy.ndarray", "of": ["int64", [1]]}]))


@given(st.lists(st.recursive(
    st.integers() | st.text() | st.booleans() | st.none() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    | st.tuples(inner, inner), max_leaves=6), min_size=1, max_size=4))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_shape_of_data_has_a_strategy_that_works(values: list[Any]):
    text = strategy_of_shape(infer([tree_of(value) for value in values]))
    strategy(text).validate()


def test_arguments_go_by_examples_then_hints():
    source = (
        "def f(items, k, strict: bool = False, frob=None):\n"
        '    """\n    >>> f([1, 2, 3], 1)\n    2\n    >>> f([4, 5], 0)\n    4\n'
        '    >>> f([7, 9, 11, 13], 3)\n    13\n    """\n'
    )
    found = argument_strategies(source, "f")
    assert found.names == ("items", "k", "strict", "frob")
    assert found.required == ("items", "k")
    assert dict(found.from_) == {"items": "docstring", "k": "docstring", "strict": "hints"}
    assert found.strategies["k"] == "st.integers(0, 6)"
    assert [(r.name, r.first, r.second) for r in found.relations] == [("index", 1, 0)]
    for items in drawn(found.strategies["items"]):
        assert items == sorted(set(items))
        assert items


def test_nothing_known_is_left_out():
    found = argument_strategies("def f(frob, n): ...", "f", ["f(object(), 3)"])
    assert dict(found.strategies) == {"n": "st.integers()"}
    assert found.relations == ()
