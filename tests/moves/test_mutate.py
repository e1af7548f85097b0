"""What every change must keep, over sources of all shapes."""

from __future__ import annotations

import ast
import importlib
import inspect
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.patch import Edit, Patch
from strop.moves.mutate import Mutation, mutations
from strop.moves.mutate.weights import WEIGHTS

SHAPES = '''
import os
from math import floor, ceil


@staticmethod
@(lambda f: f)
def outer(a, b=1, *rest, key=None, **extra):
    """Words."""
    if a: return b
    if b: a = 1; b = 2
    x = 1; y = [a, b]; y.append(x)
    def inner(n): return n + x
    z = [i * j for i in y if i for j in range(i) if j != 2]
    w = {k: v for k, v in zip(y, z)}
    f = lambda p, q=2: p + q
    text = f"{a + 1} {x!r:>{b}} {'nested' + str(b)}"
    with open(os.devnull) as one, open(os.devnull) as two:
        pass
    try:
        value = w[a]
    except (KeyError, IndexError) as error:
        raise ValueError("no") from error
    else:
        value = -value
    finally:
        del w[a]
    match value:
        case [1, *others] if others:
            return others
        case {"a": 1, **more}:
            return more
        case _:
            pass
    while (n := floor(x)) < 3 and not a:
        x += (
            1  # one
            + ceil(b)
        )
        if x > 5 or (a
                     and b):
            break
        elif x in (1, 2):
            continue
        else:
            a, b = b, a
    else:
        x = 0
    assert x, "x"
    return (yield x) if key else (a if not b else y[1:-1][::2])


async def gather(items):
    async with items as entered:
        async for item in entered:
            await item.done(*items, **{})
    return [await i async for i in items if i is not None]


class Box:
    size: int = 0

    def __init__(self, size): self.size = size

    @property
    def area(self) -> "int":
        return self.size ** 2 if self.size else -self.size % 3


TABLE = {"é": "ü" + "ö", "日本": len("語") - 1}
if TABLE: pass
'''
MODULES = ("bisect", "fnmatch", "textwrap", "heapq", "shlex", "statistics")


def apply(source: str, mutation: Mutation) -> str:
    patch = Patch.of(mutation.edits)
    return patch.apply({"f.py": source}).get("f.py", source)


def parses(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "f.py", "exec")
    except SyntaxError:
        return False
    return True


def sample(source: str, count: int) -> list[Mutation]:
    every = list(mutations("f.py", source))
    return every[:: max(1, len(every) // count)]


def test_all_shapes_of_code_give_programs():
    found = list(mutations("f.py", SHAPES))
    results = [apply(SHAPES, mutation) for mutation in found]
    assert SHAPES not in results
    kept = sample(SHAPES, 1500)
    broken = [m for m in kept if not parses(apply(SHAPES, m))]
    assert len(broken) < 0.02 * len(kept), broken[:5]
    lines = SHAPES.count("\n")
    assert all(1 <= m.line <= lines and 0 < m.weight <= 1 for m in found)


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library_gives_programs(name: str):
    source = inspect.getsource(importlib.import_module(name))
    length = source.count("\n")
    lines = range(length // 2, length // 2 + 40)
    found = list(mutations("f.py", source, lines))
    kept = found[:: max(1, len(found) // 60)]
    assert all(m.line in lines for m in found)
    broken = [m for m in kept if not parses(apply(source, m))]
    assert len(broken) <= 0.02 * len(kept), broken[:5]
    assert all(apply(source, m) != source for m in kept)


def test_the_order_is_always_the_same():
    first = list(mutations("f.py", SHAPES, {20, 40, 41}))
    assert first == list(mutations("f.py", SHAPES, [41, 40, 20]))
    weights = [m.weight for m in first]
    assert weights == sorted(weights, reverse=True)


def test_no_two_changes_are_the_same():
    source = "def f(x, y):\n    if x < y:\n        return x\n    return y\n"
    results = [apply(source, m) for m in mutations("f.py", source)]
    assert len(results) == len(set(results)) > 60


def test_formatted_strings_stay_as_they_are():
    source = 'def f(a, b):\n    return f"{a + 1} {b[0]}" + a\n'
    start = source.index('f"')
    end = source.index('"', start + 2)
    edits = [edit for m in mutations("f.py", source, {2}) for edit in m.edits]
    assert not any(start < edit.start <= end or start < edit.end <= end for edit in edits)


def test_positions_count_characters():
    source = 'def größe(höhe, tiefe):\n    return "日本", höhe < tiefe\n'
    found = [m for m in mutations("f.py", source) if m.operator == "comparison"]
    texts = {apply(source, m) for m in found}
    assert source.replace("<", "<=") in texts
    assert all(parses(apply(source, m)) for m in mutations("f.py", source))


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_newlines_stay(newline: str):
    source = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    return out\n"
    source = source.replace("\n", newline)
    for mutation in mutations("f.py", source):
        result = apply(source, mutation)
        assert result.replace(newline, "").find("\n" if newline != "\n" else "\r") < 0


def test_comments_and_layout_around_stay():
    source = "def f(a,   b):  # odd\n    return a+b   # sum\n"
    texts = {apply(source, m) for m in mutations("f.py", source)}
    assert source.replace("a+b", "a-b") in texts


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("(a + b) * c", "a * c"),
        ("(a + b) * c", "a + b * c"),
        ("a * b + c", "a * (b + c)"),
        ("a - b - c", "a - (b - c)"),
        ("(a + b) * c", "a * b * c"),
        ("a * b", "(a + 1) * b"),
        ("a + b", "(a + b) ** 2"),
        ("not a", "a"),
        ("not(a)", "a"),
        ("sum(x for x in a)", "sum(a)"),
        ("f(a)[0]", "f(a)[-1]"),
        ("a if b else c", "c if b else a"),
        ("a if b else c", "a if not b else c"),
        ("a and b or c", "a and (b or c)"),
        ("f(a, b)", "f(b, a)"),
        ("f(a, b)", "f(a)"),
        ("f(a,\n        b)", "f(b,\n        a)"),
    ],
)
def test_parentheses_are_those_a_person_writes(expression: str, wanted: str):
    source = f"def g(a, b, c, f):\n    return {expression}\n"
    texts = {apply(source, m) for m in mutations("f.py", source)}
    assert f"def g(a, b, c, f):\n    return {wanted}\n" in texts


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("def f(x):\n    x = 1\n    return x\n", "def f(x):\n    return x\n"),
        ("def f(x):\n    if x: return 1\n", "def f(x):\n    if x: pass\n"),
        ("def f(x):\n    g(x); h(x)\n", "def f(x):\n    h(x)\n"),
        ("def f(x):\n    g(x); h(x)\n", "def f(x):\n    g(x)\n"),
        (
            "def f(x):\n    if x:\n        x = 1  # one\n        y = 2\n    return x\n",
            "def f(x):\n    if x:\n        x = 1  # one\n    y = 2\n    return x\n",
        ),
        (
            "def f(x):\n    for y in x:\n        g(y)\n    h(x)\n",
            "def f(x):\n    for y in x:\n        g(y)\n        h(x)\n",
        ),
        (
            "def f(x):\n    if x:\n        g(x)\n    else:\n        h(x)\n",
            "def f(x):\n    if x:\n        h(x)\n    else:\n        g(x)\n",
        ),
        (
            "def f(x):\n    if x > 0:\n        g(x)\n    return x\n",
            "def f(x):\n    while x > 0:\n        g(x)\n    return x\n",
        ),
        (
            "def f(x):\n    if x > 0:\n        g(x)\n    return x\n",
            "def f(x):\n    g(x)\n    return x\n",
        ),
        ("def f(x, y):\n    g(x)\n    h(y)\n", "def f(x, y):\n    h(y)\n    g(x)\n"),
    ],
)
def test_statements_move_with_their_lines(source: str, wanted: str):
    assert wanted in {apply(source, m) for m in mutations("f.py", source)}


def test_only_the_given_lines_change():
    source = "def f(a, b):\n    c = a + b\n    return g(\n        c,\n        a,\n    )\n"
    assert {m.line for m in mutations("f.py", source, {2})} == {2}
    # A change at line 5 belongs to the statement at line 3.
    texts = {apply(source, m): m.line for m in mutations("f.py", source, {3})}
    assert texts[source.replace("        a,", "        b,")] == 3
    assert list(mutations("f.py", source, ())) == []


@pytest.mark.parametrize("source", ["def f(:\n", "x = \0\n", "if x:\npass\n"])
def test_what_does_not_parse_is_a_syntax_error(source: str):
    with pytest.raises(SyntaxError):
        mutations("f.py", source)


@pytest.mark.parametrize("source", ["", "\n", "# nothing\n", "pass", "x = 1", "def f(): pass"])
def test_small_sources(source: str):
    assert all(parses(apply(source, m)) for m in mutations("f.py", source))


def test_weights_are_in_their_range():
    assert all(0 < weight <= 1 for weight in WEIGHTS.values())


_NAMES = st.sampled_from(["a", "b", "xs", "n"])
_EXPRESSIONS = st.recursive(
    _NAMES | st.sampled_from(["0", "1", "-1", "2.5", "''", "True", "None", "[]", "{}", "xs[1:]"]),
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "-", "*", "//", "%", "**", "<", "==", "and", "or", "in"]),
            inner,
        ).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*", "%", "<", "and"]), inner).map(" ".join),
        inner.map(lambda e: f"not ({e})"),
        inner.map(lambda e: f"-({e})"),
        inner.map(lambda e: f"len({e})"),
        inner.map(lambda e: f"[{e}][0]"),
        inner.map(lambda e: f"[v for v in ({e}) if v]"),
        st.tuples(inner, inner, inner).map(lambda t: f"(({t[0]}) if ({t[1]}) else ({t[2]}))"),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
    ),
    max_leaves=6,
)


@given(_EXPRESSIONS, st.sampled_from(["return {}", "if {}: return n", "a = {}", "xs.append({})"]))
def test_any_expression_gives_programs(expression: str, statement: str):
    source = f"def f(a, b, xs, n):\n    {statement.format(expression)}\n"
    if not parses(source):
        return
    for mutation in sample(source, 60):
        result = apply(source, mutation)
        assert result != source
        ast.parse(result)


def test_a_function_takes_little_time():
    source = inspect.getsource(importlib.import_module("textwrap"))
    start = time.process_time()
    found = list(mutations("f.py", source, range(200, 230)))
    assert found
    assert time.process_time() - start < 1.5
    assert all(isinstance(edit, Edit) for m in found for edit in m.edits)
