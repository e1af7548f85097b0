from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.errors import BadInput
from strop.sandbox.equality import Equality, equal
from strop.sandbox.inside.wire import Iter, Opaque, Typed

from .test_wire import VALUES

NAN = float("nan")
ARRAY = Typed("numpy.ndarray", ["int64", [1, 2]])


@given(VALUES, st.sampled_from(["strict", "loose"]))
def test_equality_is_reflexive(value: Any, mode: Equality) -> None:
    assert equal(value, value, mode)


@pytest.mark.parametrize(
    ("got", "want", "strict", "loose", "python"),
    [
        (1, 1, True, True, True),
        (1, 1.0, False, True, True),
        (True, 1, False, False, True),
        ((1,), [1], False, True, False),
        (Iter([1]), [1], False, True, False),
        (NAN, NAN, True, True, False),
        ([NAN], [NAN], True, True, False),
        (0.0, -0.0, True, True, True),
        ({1, 2}, frozenset({1, 2}), False, True, True),
        ({1}, {1.0}, False, True, True),
        ({1: "a"}, {True: "a"}, False, False, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, True, True),
        ({"a": 1}, {"a": 1, "b": 2}, False, False, False),
        ([1, 2], [1], False, False, False),
        ("1", 1, False, False, False),
        (None, False, False, False, False),
        (b"a", "a", False, False, False),
        (Typed("collections.Counter", {"a": 1}), {"a": 1}, False, True, True),
        (Typed("collections.deque", [1]), [1], False, True, False),
        (Typed("builtins.range", [0, 2, 1]), [0, 1], False, True, False),
        (Typed("numpy.float64", 1.5), 1.5, False, True, True),
        (ARRAY, [1, 2], False, True, False),
        (ARRAY, Typed("numpy.ndarray", ["int64", [1, 2]]), True, True, True),
        (Opaque("a.B", "x"), Opaque("a.B", "x"), False, False, False),
        ([Opaque("a.B", "1")], [1], False, False, False),
    ],
)
def test_what_each_mode_merges(
    got: Any, want: Any, strict: bool, loose: bool, python: bool
) -> None:
    expected = {"strict": strict, "loose": loose, "python": python}
    modes: tuple[Equality, ...] = ("strict", "loose", "python")
    assert {mode: equal(got, want, mode) for mode in modes} == expected
    assert {mode: equal(want, got, mode) for mode in modes} == expected


def test_a_tolerance_reaches_nested_floats_only_as_numbers() -> None:
    assert equal([1.0, {"a": (2.0,)}], [1.0 + 1e-9, {"a": (2.0 - 1e-9,)}], atol=1e-8)
    assert not equal([1.0], [1.1], atol=1e-8)
    assert not equal(1.0, 1, atol=1)
    assert not equal(float("inf"), 1e308, atol=1)
    assert not equal(10**400, 1.0, "loose", atol=1)


def test_wrong_use_is_bad_input() -> None:
    with pytest.raises(BadInput):
        equal(1, 1, "exact")  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        equal(1, 1, atol=-1)


def test_very_deep_data_is_unequal_not_an_error() -> None:
    a: Any = []
    b: Any = []
    for _ in range(100_000):
        a, b = [a], [b]
    assert not equal(a, b)
