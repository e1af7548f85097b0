"""Properties as they are written get their inputs from what is known of the function."""

from __future__ import annotations

import pytest

from strop.core.errors import BadInput
from strop.tasks.properties import property_from_expression, read_properties

SOURCE = '''
def f(items: list[int], k: int):
    """
    >>> f([10, 20, 30], 1)
    20
    >>> f([40, 55], 0)
    40
    >>> f([70, 95, 11, 13], 3)
    13
    """
'''
PLAIN = "def f(items: list[int], k: int): ...\n"


def test_parameters_of_the_same_name_get_the_entry_s_inputs():
    (made,) = read_properties(
        "def prop_in(f, k, items):\n    assert f(items, k) in items", SOURCE, "f"
    )
    assert made.name == "prop_in"
    assert list(made.inputs) == ["k", "items"]
    assert made.inputs["k"] == "st.integers(0, 6)"
    assert made.relations == (("index", "k", "items", 0, 1),)


def test_other_names_go_by_place_where_none_is_shared():
    (made,) = read_properties("def prop_x(candidate, xs_, at_): ...", SOURCE, "f")
    assert made.inputs["at_"] == "st.integers(0, 6)"
    assert made.relations == (("index", "at_", "xs_", 0, 1),)


def test_a_hint_of_the_property_s_own_comes_first():
    (made,) = read_properties("def prop_x(candidate, items, k: bool): ...", SOURCE, "f")
    assert made.inputs["k"] == "st.booleans()"
    assert made.relations == ()


def test_tests_tell_of_inputs_too():
    tests = ["\n".join(f"assert f([{n}, 5], {n % 2}) == 1" for n in (90, 91, 92))]
    (made,) = read_properties("def prop_x(candidate, items, k): ...", PLAIN, "f", tests)
    assert made.inputs["k"].startswith("st.integers(0, ")
    (made,) = read_properties("def prop_x(candidate, items, k): ...", PLAIN, "f")
    assert made.inputs["k"] == "st.integers()"


def test_given_and_plain_tests_bring_their_own():
    text = (
        "from hypothesis import given, strategies as st\n"
        "@given(st.integers())\ndef test_a(frob): ...\n"
        "def test_b(): ...\ndef prop_c(candidate): ...\n"
    )
    made = read_properties(text, "def other(): ...", "f")
    assert [(p.name, dict(p.inputs)) for p in made] == [
        ("test_a", {}),
        ("test_b", {}),
        ("prop_c", {}),
    ]


def test_an_expression_is_a_property():
    (made,) = read_properties("f(items, k) in items", SOURCE, "f")
    assert made.source == "def prop_expression(items, k):\n    assert f(items, k) in items\n"
    assert list(made.inputs) == ["items", "k"]
    text = property_from_expression("all(candidate([x], 0) == x for x in items)", SOURCE, "f")
    assert text.startswith("def prop_expression(items):")
    assert property_from_expression("def prop_a(): ...", SOURCE, "f") == "def prop_a(): ..."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def prop_x(candidate, frob): ...", "p.py line 1: nothing is known of the parameter frob"),
        ("g(items)", "does not call f"),
        ("f(items, j)", "uses j, which is no parameter of f"),
        ("def prop_x(:", "p.py line 1"),
        ("y = 3", "no property in it"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(text: str, told: str):
    with pytest.raises(BadInput, match=told) as caught:
        read_properties(text, SOURCE, "f", where="p.py")
    assert "\n" not in str(caught.value)
