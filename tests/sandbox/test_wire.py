from __future__ import annotations

import collections
import json
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.sandbox.equality import equal
from strop.sandbox.inside import wire

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
)
KEYS = st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
        | st.frozensets(KEYS, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_plain_data_survives_the_wire(value: Any) -> None:
    text = wire.encode(value)
    assert json.dumps(json.loads(text), separators=(",", ":")) == text
    assert equal(wire.decode(text), value)
    assert equal(wire.decode(wire.encode(wire.decode(text, live=True))), value)


def test_decoded_values_are_written_as_they_came() -> None:
    text = wire.encode([iter([1]), object(), collections.Counter("aab"), range(3), (1, {2})])
    assert wire.encode(wire.decode(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, 2), '{"$tuple":[1,2]}'),
        ({1: "a"}, '{"$dict":[[1,"a"]]}'),
        ({"$a": 1}, '{"$dict":[["$a",1]]}'),
        (b"ab", '{"$bytes":"YWI="}'),
        (float("inf"), '{"$float":"inf"}'),
        (1j, '{"$complex":[0.0,1.0]}'),
        (2**1024, '{"$int":"0x1' + "0" * 256 + '"}'),
        (iter([1]), '{"$iter":[1]}'),
        (range(3), '{"$as":"builtins.range","of":[0,3,1]}'),
    ],
)
def test_the_form_on_the_wire(value: Any, text: str) -> None:
    assert wire.encode(value) == text


@pytest.mark.parametrize(
    "value",
    [
        collections.deque([1]),
        collections.Counter("aab"),
        collections.OrderedDict(a=1),
        bytearray(b"x"),
        Decimal("1.50"),
        Fraction(1, 3),
        range(1, 9, 2),
    ],
)
def test_known_library_types_come_back_alive(value: Any) -> None:
    back = wire.decode(wire.encode(value), live=True)
    assert type(back) is type(value)
    assert back == value


class Liar(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


def test_a_subclass_of_a_builtin_is_opaque() -> None:
    got = wire.decode(wire.encode(Liar(3)))
    assert isinstance(got, wire.Opaque)
    assert got.type.endswith("Liar")
    assert not equal(got, 3, "python")


def test_cyclic_and_deep_data_end_opaque() -> None:
    cycle: list[Any] = [1]
    cycle.append(cycle)
    deep: Any = []
    for _ in range(1000):
        deep = [deep]
    for value in (cycle, deep, {"a": cycle}):
        assert "$opaque" in wire.encode(value)


def test_data_that_unfolds_without_end_is_refused() -> None:
    wide: Any = [0]
    for _ in range(60):
        wide = [wide, wide]
    with pytest.raises(wire.WireError):
        wire.encode(wide)
    with pytest.raises(wire.WireError):
        wire.encode(iter(int, 1))


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[1",
        '{"$set":[[1]]}',
        '{"$float":"1"}',
        '{"$bytes":"*"}',
        '{"$nothing":1}',
        '{"$tuple":3}',
        '{"$dict":[1]}',
        "[" * 100_000,
        '{"$set":[' + ",".join(str(i * (2**61 - 1)) for i in range(1, 6000)) + "]}",
    ],
)
def test_malformed_text_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(text)


def test_non_finite_floats_keep_their_sign() -> None:
    back = wire.decode(wire.encode([math.inf, -math.inf, -0.0]))
    assert back[:2] == [math.inf, -math.inf]
    assert math.copysign(1, back[2]) == -1
