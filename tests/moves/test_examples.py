"""Example inputs read off tests, docstrings, hints, defaults and names; nothing is run."""

from __future__ import annotations

import ast
import json
import random
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.errors import BadInput
from strop.moves.vary import vary
from strop.moves.vary.calls import calls_in_docstring, calls_in_tests
from strop.moves.vary.examples import example_inputs
from strop.moves.vary.guess import guess_name
from strop.moves.vary.hints import Hint, read_hint, values_of
from strop.moves.vary.literals import NotPlain, text_of, tree_of, value_of
from strop.moves.vary.signature import signature_of
from strop.sandbox.equality import equal
from strop.sandbox.inside import wire


def value(text: str, **names: Any) -> Any:
    return value_of(ast.parse(text, mode="eval").body, names)


def hint(text: str) -> Hint | None:
    return read_hint(ast.parse(text, mode="eval").body)


# -- expressions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-3", -3),
        ("[0] * 3 + [1]", [0, 0, 0, 1]),
        ("2**31 - 1", 2**31 - 1),
        ("'ab' * 2", "abab"),
        ("{1: (2, None)}", {1: (2, None)}),
        ("{1, 2}", {1, 2}),
        ("set()", set()),
        ("frozenset([1])", frozenset([1])),
        ("list(range(3))", [0, 1, 2]),
        ("float('-inf')", float("-inf")),
        ("math.inf", float("inf")),
        ("not False", True),
        ("1 + 2j", 1 + 2j),
        ("[x]", [5]),
    ],
)
def test_an_expression_of_data_has_a_value(text: str, expected: Any):
    found = value(text, x=5)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "text",
    [
        "f(1)",
        "x",
        "...",
        "10**10**10",
        "[0] * 10**9",
        "'a' * (1 << 40)",
        "1 / 0",
        "-'a'",
        "{[1]: 2}",
        "{**a}",
        "[*a]",
        "lambda: 1",
        "float('1e5')",
        "range(10**9)",
        "9**99999",
    ],
)
def test_anything_else_has_none(text: str):
    with pytest.raises(NotPlain):
        value(text)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
        | st.sets(st.integers() | st.text(), max_size=3)
    ),
    max_leaves=12,
)


@given(plain)
def test_trees_are_those_of_the_wire_and_their_text_reads_back(data: Any):
    tree = tree_of(data)
    assert equal(wire.decode(json.dumps(tree)), wire.decode(wire.encode(data)), "strict", 0.0)
    again = eval(text_of(tree), {})
    assert json.dumps(tree_of(again), sort_keys=True) == json.dumps(tree, sort_keys=True)


# -- calls -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("assert f(1, [2]) == 3", [([1, [2]], {})]),
        ("def check(c):\n    assert c(-1) == c((1,))", [([-1], {}), ([(1,)], {})]),
        ("assert candidate(0) == 1", [([0], {})]),
        ("import solution as s\ns.f('a', key=None)", [(["a"], {"key": None})]),
        ("from solution import f as g, h\ng(1)\nh(2)", [([1], {})]),
        ("xs = [1, 2]\nf(xs)\nxs = other()\nf(xs)", [([[1, 2]], {})]),
        ("a, (b, c) = 1, (2, 3)\nf(c, b, a)", [([3, 2, 1], {})]),
        ("for x, y in [(1, 2), (3, z)]:\n    f(x)", [([1], {}), ([3], {})]),
        ("for i in range(3):\n    f(i)", [([0], {}), ([1], {}), ([2], {})]),
        ("for i in many():\n    f(i)\n    f(7)", [([7], {})]),
        ("cases = ['ab', 'c']\nfor x in cases:\n    assert f(x)", [(["ab"], {}), (["c"], {})]),
        ("with pytest.raises(ValueError):\n    f(-1)", [([-1], {})]),
        ("try:\n    f(1)\nexcept E:\n    f(2)\nfinally:\n    f(3)", [([n], {}) for n in (1, 2, 3)]),
        ("class T:\n    def test(self):\n        self.assertEqual(f(4), 5)", [([4], {})]),
        ("args = [1, 2]\nf(*args)", [([1, 2], {})]),
        ("f(**kw)\nf(x)\nf(lambda: 1)\nf(object())", []),
        ("f(f(2))", [([2], {})]),
        ("def test(:", []),
        ("pairs = {'a': 1}\nf(pairs)", [([{"a": 1}], {})]),
    ],
)
def test_calls_with_data_are_found_in_tests(text: str, calls: list[Any]):
    assert calls_in_tests(text, "f") == calls


def test_parametrize_gives_names_their_values():
    text = (
        "import pytest\nROWS = [(5,), (6,)]\n"
        "@pytest.mark.parametrize('x, want', [(1, 2), pytest.param(3, g(), id='b')])\n"
        "@pytest.mark.parametrize(['y'], [[10], (11,)])\n"
        "def test_a(x, want, y):\n    assert f(x, y) == want\n"
        "@pytest.mark.parametrize('z', [7, pytest.param(8), unknown])\n"
        "def test_b(z):\n    f(z)\n"
        "@pytest.mark.parametrize(('w',), ROWS)\n"
        "def test_c(w):\n    f(w)\n"
    )
    found = [args for args, _ in calls_in_tests(text, "f")]
    assert sorted(found[:4]) == [[1, 10], [1, 11], [3, 10], [3, 11]]
    assert found[4:] == [[7], [8], [5], [6]]


def test_the_methods_of_a_class_are_found_by_their_last_name():
    assert calls_in_tests("Solution().f([1])", "Solution.f") == [([[1]], {})]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (">>> f(1)\n2\n>>> x = [3]\n>>> f(x, k=4)\n5", [([1], {}), ([[3]], {"k": 4})]),
        (
            "For example f([1, (2)]) => 3 and f('a)') is so. Not off(9).",
            [([[1, 2]], {}), (["a)"], {})],
        ),
        ("f(x) of any x", []),
        (">>> f(1", []),
        ("  >>> f(1)\n 2", [([1], {})]),
    ],
)
def test_calls_in_docstrings(text: str, calls: list[Any]):
    assert calls_in_docstring(text, "f") == calls


# -- signatures and hints --------------------------------------------------------------------------


def test_a_signature_is_what_a_caller_passes():
    source = (
        "'''Of the module.'''\nclass K:\n    'Of the class.'\n"
        "    def m(self, a: int, b=2, *rest: str, c, d=4):\n        'Own.'\n"
        "    @staticmethod\n    def s(x): ...\n"
    )
    found = signature_of(source, "K.m")
    assert [(p.name, p.named, p.default is not None) for p in found.parameters] == [
        ("a", False, False),
        ("b", False, True),
        ("c", True, False),
        ("d", True, True),
    ]
    assert found.doc == "Own.\nOf the class.\nOf the module."
    assert found.more
    assert [p.name for p in signature_of(source, "K.s").parameters] == ["x"]


@pytest.mark.parametrize(
    ("source", "entry", "told"),
    [
        ("def f(:", "f", "does not parse"),
        ("f = 1", "f", "not defined"),
        ("class C: ...", "C", "is a class"),
        ("def f(): ...", "C.f", "not defined"),
    ],
)
def test_what_has_no_signature_is_bad_input(source: str, entry: str, told: str):
    with pytest.raises(BadInput, match=told):
        signature_of(source, entry)


INT, STR, NONE = Hint("int"), Hint("str"), Hint("none")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", INT),
        ("'list[str]'", Hint("list", (STR,))),
        ("typing.List[int]", Hint("list", (INT,))),
        ("Sequence[float]", Hint("list", (Hint("float"),))),
        ("t.Iterable['int']", Hint("list", (INT,))),
        ("Iterator[int]", Hint("iter", (INT,))),
        ("tuple[int, str]", Hint("row", (INT, STR))),
        ("Tuple[int, ...]", Hint("many", (INT,))),
        ("tuple[()]", Hint("row")),
        ("set[str]", Hint("set", (STR,))),
        ("frozenset[bytes]", Hint("frozenset", (Hint("bytes"),))),
        ("dict[str, list[bool]]", Hint("dict", (STR, Hint("list", (Hint("bool"),))))),
        ("Mapping[int, str]", Hint("dict", (INT, STR))),
        ("Optional[int]", Hint("union", (INT, NONE))),
        ("int | None", Hint("union", (INT, NONE))),
        ("Union[int, str, int]", Hint("union", (INT, STR))),
        ("int | Foo", INT),
        ("Foo | None", None),
        ("Literal['a', 3]", Hint("literal", values=("a", 3))),
        ("Annotated[int, 'x']", INT),
        ("list", Hint("list", (INT,))),
        ("list[T]", Hint("list", (INT,))),
        ("dict", Hint("dict", (STR, INT))),
        ("None", NONE),
        ("Any", None),
        ("Callable[[int], int]", None),
        ("np.ndarray", None),
        ("'not an annotation('", None),
    ],
)
def test_hints_are_read(text: str, expected: Hint | None):
    assert hint(text) == expected


@pytest.mark.parametrize(
    "text",
    ["int", "list[dict[str, tuple[int, ...]]]", "set[int]", "dict[int, str]", "Literal[1, 'a']",
     "tuple[int, str, float]", "frozenset[str] | None", "complex", "bytes", "Iterator[int]"],
)  # fmt: skip
def test_values_of_a_type_are_in_wire_form(text: str):
    told = hint(text)
    assert told is not None
    values = values_of(told)
    assert len({json.dumps(tree) for tree in values}) > 1
    for tree in values:
        wire.decode(json.dumps(tree), live=True)


# -- inputs ----------------------------------------------------------------------------------------


def test_tests_and_docstring_come_before_anything_else():
    source = 'def f(a: str, k=0):\n    """\n    >>> f(1)\n    2\n    >>> f(3)\n    4\n    """\n'
    found = example_inputs(source, "f", ["assert f(3) == 4\nassert f(5, k=6) == 7"])
    assert found.inputs == ([3], [5, 6], [1])
    assert found.from_ == ("tests", "docstring")
    assert example_inputs(source, "f").from_ == ("docstring",)


def test_calls_that_the_function_does_not_take_are_left_out():
    source = "def f(a, b, *, c=1): ...\n"
    tests = ["f(1)\nf(1, 2, 3)\nf(b=1, a=2)\nf(1, 2, c=9)"]
    assert example_inputs(source, "f", tests).inputs == ([2, 1], [1, 2])
    assert example_inputs("def f(a, *more): ...", "f", ["f(1, 2, 3)"]).inputs == ([1, 2, 3],)


def test_hints_then_defaults_then_names():
    found = example_inputs("def f(n: str, flag=0.5, words): ...".replace(", words", ""), "f")
    assert found.from_ == ("hints", "defaults")
    assert all(isinstance(a, str) and isinstance(b, float) for a, b in found.inputs)
    found = example_inputs("def f(nums, target, other=None): ...", "f")
    assert found.from_ == ("names",)
    assert all(isinstance(a, list) and isinstance(b, int) for a, b in found.inputs)


def test_made_up_arguments_meet_at_random():
    """`vary` keeps what all examples have in common, so nothing may seem to hold."""
    found = example_inputs("def f(a: int, b: int, xs: list[int]): ...", "f").inputs
    assert {a < b for a, b, _ in found} == {True, False}
    assert {a in xs for a, _, xs in found} == {True, False}
    new = list(islice(vary(found, random.Random(0)), 200))
    assert {a < b for a, b, _ in new} == {True, False}
    assert any(xs != sorted(xs) for _, _, xs in new)


def test_a_function_without_parameters_has_one_input():
    assert example_inputs("def f(): ...", "f").inputs == ([],)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f(nums, frob): ...", "frob"),
        ("def f(a: Widget, b): ...".replace("a", "gadget", 1), "gadget"),
        ("def f(a: int, *, key): ...", "key"),
    ],
)
def test_a_parameter_of_which_nothing_is_known_is_named(source: str, told: str):
    with pytest.raises(BadInput, match=told):
        example_inputs(source, "f")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("nums1", "list"), ("test_list", "list"), ("maxSize", "int"), ("is_open", "bool"),
     ("word", "str"), ("input_str", "str"), ("n", "int"), ("graph", "dict"), ("tup", "many")],
)  # fmt: skip
def test_names_say_what_they_mostly_take(name: str, kind: str):
    told = guess_name(name)
    assert told is not None
    assert told.kind == kind


def test_a_name_that_says_nothing_has_no_guess():
    assert guess_name("frobnicator") is None
