"""Mutants that measure tests: which there are, that each is a program, that none is no change."""

from __future__ import annotations

import ast
import importlib
import inspect
import time
import warnings
from types import CodeType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strop.core.mutant import Mutant
from strop.core.patch import Patch
from strop.moves.mutants import MadeMutants, functions_of, make_mutants

from .test_mutate import SHAPES


def made(source: str) -> list[tuple[str, str]]:
    """Operator and the whole changed text of each mutant."""
    found = make_mutants("f.py", source).mutants
    return [(m.operator, m.edit.of(source).strip()) for m in found]


def texts(source: str, operator: str) -> list[str]:
    """The changed texts that one operator makes of an expression in `x = ...` or a whole source."""
    return [text.removeprefix("x = ") for name, text in made(source) if name == operator]


@pytest.mark.parametrize(
    ("expression", "operator", "others"),
    [
        ("a + b", "arithmetic", ["a - b"]),
        ("a - b * c", "arithmetic", ["a + b * c", "a - b / c"]),
        ("a // b", "arithmetic", ["a / b"]),
        ("a % b", "arithmetic", ["a // b"]),
        ("c / a ** b", "arithmetic", ["c * a ** b", "c / (a * b)"]),
        ("a ** b ** c", "arithmetic", ["a * b ** c", "a ** (b * c)"]),
        ("a << b", "arithmetic", ["a >> b"]),
        ("a | b | c", "bitwise", ["a & b | c", "(a | b) & c"]),
        ("a ^ b & c", "bitwise", ["a | b & c", "a ^ (b | c)"]),
        ("(a | b) & (c)", "bitwise", ["(a & b) & (c)", "(a | b) | (c)"]),
        ("'%s' % a + 'b'", "arithmetic", []),
        ("[a] * 3 + [b]", "arithmetic", []),
        ("a < b", "boundary", ["a <= b"]),
        ("a < b", "comparison", ["a >= b"]),
        ("a >= b > c", "comparison", ["a < b > c", "a >= b <= c"]),
        ("a == b", "comparison", ["a != b"]),
        ("a  is   not b", "comparison", ["a  is b"]),
        ("a not in b", "comparison", ["a in b"]),
        ("a is b", "comparison", ["a is not b"]),
        ("a and b and c", "connective", ["a or b or c"]),
        ("a or (b and c)", "connective", ["a and (b and c)", "a or (b or c)"]),
        ("a or b and c", "connective", ["a and b and c", "a or b or c"]),
        ("not a", "negation", ["a"]),
        ("not(a)", "negation", ["(a)"]),
        ("b if a else c", "negation", ["b if not a else c"]),
        ("b if a or d else c", "negation", ["b if not (a or d) else c"]),
        ("b if a < d else c", "negation", []),
        ("[i for i in a if i]", "negation", ["[i for i in a if not i]"]),
        ("-a", "unary", ["a"]),
        ("~ (a + b)", "unary", ["(a + b)"]),
        ("a--b", "unary", ["a-b"]),
        ("3", "constant", ["2", "4"]),
        ("a[-1]", "constant", ["a[-2]", "a[0]"]),
        ("0 ** a", "constant", ["(-1) ** a", "1 ** a"]),
        ("1if a else b", "constant", ["0 if a else b", "2 if a else b"]),
        ("1.5", "constant", ["0.5", "2.5"]),
        ("True", "constant", ["False"]),
        ("'a'", "constant", ['""']),
        ("b'a'", "constant", ['b""']),
        ("''", "constant", ['"strop"']),
        ("f'{a} b'", "constant", ['""']),
        ("None", "constant", []),
        ("...", "constant", []),
        ("[a, b]", "emptied", ["[]"]),
        ("{a: b}", "emptied", ["{}"]),
        ("{a}", "emptied", ["set()"]),
        ("[]", "emptied", []),
        ("a[b:c:d]", "slice", ["a[:c:d]", "a[b::d]", "a[b:c:]"]),
        ("a[0:(b)]", "slice", ["a[0:]"]),
        ("a[::-1]", "slice", ["a[::]"]),
    ],
)
def test_each_operator_on_an_expression(expression: str, operator: str, others: list[str]):
    assert sorted(texts(f"x = {expression}\n", operator)) == sorted(others)


@pytest.mark.parametrize(
    ("source", "operator", "others"),
    [
        ("x += 1", "augmented", ["x -= 1", "x = 1"]),
        ("x += 'a'", "augmented", ["x = 'a'"]),
        ("x **= 2", "augmented", ["x *= 2", "x = 2"]),
        ("f(a)", "statement", ["pass"]),
        ("if a: f(\n  a)", "statement", ["if a: pass"]),
        ("f(); g()", "statement", ["f(); pass", "pass; g()"]),
        ("while a: break", "loop", ["while a: continue"]),
        ("while a: continue", "loop", ["while a: break"]),
        ("while (n := a): b", "negation", ["while (not (n := a)): b"]),
        ("if a: b\nelif c: d", "negation", ["if not a: b\nelif c: d", "if a: b\nelif not c: d"]),
        ("def f():\n return(a)", "return", ["def f():\n return(None)"]),
        ("def f():\n return a, b", "return", ["def f():\n return None"]),
        ("def f():\n return-a", "return", ["def f():\n return None"]),
        ("def f():\n return None\n return", "return", []),
        ("def f():\n yield a", "yield", ["def f():\n yield None"]),
        ("def f(a=1): b", "default", ["def f(a=0): b", "def f(a=2): b"]),
        ("def f(*, a=True): b", "default", ["def f(*, a=False): b"]),
        ("f = lambda a=[b]: a", "default", ["f = lambda a=[]: a"]),
        ("match a:\n case 1 if b: c", "negation", ["match a:\n case 1 if not b: c"]),
        ("def f():\n x: int = 1", "statement", ["def f():\n pass"]),
        ("x = 1", "statement", []),
    ],
)
def test_each_operator_on_a_statement(source: str, operator: str, others: list[str]):
    assert sorted(t for n, t in made(source) if n == operator) == sorted(others)


def test_every_mutant_of_a_small_function():
    source = (
        "def at(xs, i=0):\n    if i > len(xs):\n        raise IndexError('no')\n    return xs[i]\n"
    )
    assert [(m.operator, m.line, m.edit.of(source).splitlines()[m.line - 1].strip()) for m in (
        make_mutants("f.py", source).mutants
    )] == [
        ("default", 1, "def at(xs, i=-1):"),
        ("default", 1, "def at(xs, i=1):"),
        ("comparison", 2, "if i <= len(xs):"),
        ("boundary", 2, "if i >= len(xs):"),
        ("statement", 3, "pass"),
        ("return", 4, "return None"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""\n\ndef f():\n    """More."""\n',
        "import os\nfrom a import b as c\n",
        "x: int | None\ndef f(a: 'list[int]', *b: 1 + 2) -> 3 + 4: ...\n",
        "@d(1)\nclass A(B[3], k=2):\n    pass\n",
        "if __name__ == '__main__':\n    f(1)\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    x = 1\n",
        "import typing as t\nif t.TYPE_CHECKING:\n    x = 1\n",
        "__all__ = ['a']\n__all__ += ['b']\n__version__ = '1.0'\n",
        "def f():\n    global g\n    assert a < 1, 'b'\n    pass\n",
        "T = TypeVar('T', bound='A')\n",
        "x = cast('int', y)\n",
        "@overload\ndef f(a=1): ...\n@t.overload\ndef f(b=2): ...\n",
        "x = 1  # pragma: no mutate\nf(a,\n  1)  #pragma:no mutate\n",
    ],
)
def test_what_no_test_could_notice_is_left_alone(source: str):
    assert made(source) == []


def test_the_text_of_an_exception_is_left_alone_and_the_rest_of_it_is_not():
    source = "def f():\n    raise SystemExit('a %s' % b, f'c{d}', 3) from None\n"
    assert {name for name, _ in made(source)} == {"statement", "constant"}
    assert len(texts(source, "constant")) == 2


def test_the_else_of_type_checking_and_what_stands_beside_main_are_mutated():
    assert texts("if TYPE_CHECKING:\n    x = 1\nelse:\n    x = 8\n", "constant")
    assert texts("if __name__ == '__main__':\n    f(1)\nelse:\n    x = 8\n", "constant")


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ("x = 1 if True else 2\n", "x = 1 if True else 3\n"),
        ("def f(a):\n    x = 1 if True else 2\n    return a[2]\n", "True else 3"),
        ("def f():\n    return 1\n    x = 2\n", "x = 3"),
        ("class A:\n    def f(self):\n        if 0:\n            return 5\n", "return 6"),
        ("from __future__ import annotations\ndef f(x):\n    if False:\n        x[1]\n", "x[2]"),
    ],
)
def test_changes_that_compile_to_the_same_code_are_dropped(source: str, same: str):
    found = make_mutants("f.py", source)
    assert found.equivalent > 0
    assert not any(same in m.edit.of(source) for m in found.mutants)


def test_of_changes_that_compile_alike_one_is_kept():
    found = make_mutants("f.py", "def f(x):\n    y = -1\n    return x[1:-1:1]\n")
    codes = [compiled(m, "def f(x):\n    y = -1\n    return x[1:-1:1]\n") for m in found.mutants]
    assert len(codes) == len(set(codes))
    twice = make_mutants("f.py", "if x:\n    pass\n    y = 1; f(y)\n")
    assert twice.duplicate == 0
    assert make_mutants("f.py", "x = not not a\n").duplicate == 1


def compiled(mutant: Mutant, source: str) -> str:
    """Everything that the whole changed file compiles to, but for its lines."""

    def told(code: CodeType) -> str:
        parts = [told(c) if isinstance(c, CodeType) else repr((type(c), c)) for c in code.co_consts]
        return f"{code.co_code.hex()}{code.co_names}{code.co_varnames}{parts}"

    return told(compile(mutant.edit.of(source), "f.py", "exec", dont_inherit=True))


def test_an_id_stays_when_other_statements_change():
    source = "def f(a):\n    b = a + 1\n    return b\n"
    later = "import os\n\nX = 9\n\ndef f(a):\n    g(a)\n    b = a + 1\n    c = 2\n    return b\n"
    ids = [m.id for m in make_mutants("f.py", source).mutants]
    assert len(set(ids)) == len(ids)
    assert set(ids) < {m.id for m in make_mutants("f.py", later).mutants}
    changed = {m.id for m in make_mutants("f.py", source.replace("a + 1", "a + 2")).mutants}
    assert [i.split("::")[2].split(":")[0] for i in sorted(set(ids) & changed)] == ["return"]
    twins = [m.id for m in make_mutants("f.py", "f(1)\nf(1)\n").mutants]
    assert len(set(twins)) == len(twins) == 6


def test_a_mutant_tells_where_it_is_and_renders_as_a_diff():
    source = (
        "class A:\n    k = 1\n    def f(self):\n        return (self.k +\n                self.k)\n"
    )
    found = {m.operator: m for m in make_mutants("a/f.py", source).mutants}
    sum_ = found["arithmetic"]
    assert (sum_.file, sum_.lines, sum_.statement, sum_.function) == ("a/f.py", (4, 4), 4, "A.f")
    assert (found["return"].lines, found["return"].at_import) == ((4, 5), False)
    assert (found["constant"].function, found["constant"].at_import) == ("A", True)
    diff = sum_.diff({"a/f.py": source})
    assert diff.startswith("--- a/a/f.py\n+++ b/a/f.py\n")
    assert "-        return (self.k +\n+        return (self.k -\n" in diff


def test_lines_functions_and_ids_choose():
    source = (
        "def f(a):\n    return a + 1\nclass C:\n    def f(self):\n        return [2]\n\nx = 3\n"
    )

    def chosen(**how: object) -> set[int]:
        return {m.line for m in make_mutants("f.py", source, **how).mutants}  # type: ignore[arg-type]

    assert chosen() == {2, 5, 7}
    assert chosen(lines={5, 6}) == {5}
    assert chosen(function="f") == {2, 5}
    assert chosen(function="C.f") == chosen(function="C") == {5}
    assert chosen(function="g") == chosen(lines=set()) == chosen(ids=set()) == set()
    one = make_mutants("f.py", source).mutants[0]
    assert make_mutants("f.py", source, ids={one.id}).mutants == (one,)
    assert functions_of(source) == ["C", "C.f", "f"]


def test_a_source_that_does_not_parse_is_refused():
    for source in ("def f(:\n", "x = 1\0"):
        with pytest.raises(SyntaxError):
            make_mutants("f.py", source)


def demand_programs(source: str) -> MadeMutants:
    """Every mutant parses, differs from the source in text and tree, and is there once."""
    found = make_mutants("f.py", source)
    tree = ast.dump(ast.parse(source))
    seen: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mutant in found.mutants:
            changed = Patch((mutant.edit,)).apply({"f.py": source})["f.py"]
            compile(changed, "f.py", "exec", dont_inherit=True)
            assert ast.dump(ast.parse(changed)) != tree, mutant
            assert changed not in seen
            seen.add(changed)
    return found


names = st.sampled_from(["a", "b", "é", "long_name"])
numbers = st.one_of(st.integers(-5, 300), st.floats(allow_nan=False, allow_infinity=False))
leaves = st.one_of(
    names, numbers.map(repr), st.sampled_from(["True", "None", "'é'", "b''", "f'{a}'"])
)
_TWO = ["+", "-", "*", "/", "//", "%", "**", "<<", "&", "|", "^", "@", "<", ">=", "==", "in"]
_TWO += ["not in", "is", "is  not", "and", "or", "\\\n and", " #!\n or"]


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from(_TWO), inner).map(" ".join)
    return st.one_of(
        two,
        two,
        st.tuples(st.sampled_from(["-", "not ", "~", "not", "- "]), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        inner.map("({})".format),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"(a)[{p[0]}:{p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"f({p[0]}, k={p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]} for a in ({p[1]}) if {p[0]}]"),
        st.tuples(inner, inner).map(lambda p: f"{{{p[0]}: {p[1]}}}"),
        inner.map(lambda p: f"(lambda a={p}: a)"),
    )


expressions = st.recursive(leaves, grown, max_leaves=10)
_FORMS = [
    "x = ({0})\n",
    "def f(a=({0})):\n\tif ({0}): return({0})\n\tx[{1}] += ({0}); f({1})\n",
    "class A:\r\n    async def f(self):\r\n        while ({0}):\r\n            break\r\n"
    "        yield ({1})\r\n    é = ({1})\r\n",
    "for x in ({0}):\n    try:\n        del x\n    finally:\n        raise E({1})\nelse: f({0})\n",
]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(_FORMS), expressions, expressions)
def test_every_mutant_of_any_program_is_another_program(form: str, first: str, second: str):
    source = form.format(first, second)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "f.py", "exec", dont_inherit=True)
        except SyntaxError:
            return
        demand_programs(source)


def test_every_mutant_of_all_shapes_of_code_is_another_program():
    operators = {m.operator for m in demand_programs(SHAPES).mutants}
    assert operators == {
        "arithmetic", "augmented", "boundary", "comparison", "connective", "constant", "default",
        "emptied", "loop", "negation", "return", "slice", "statement", "unary", "yield",
    }  # fmt: skip
    demand_programs(SHAPES.replace("\n", "\r\n"))


@pytest.mark.parametrize("name", ["textwrap", "heapq", "bisect"])
def test_mutants_of_the_standard_library_are_programs_and_soon_made(name: str):
    source = inspect.getsource(importlib.import_module(name))
    started = time.process_time()
    found = make_mutants("f.py", source)
    assert time.process_time() - started < 2.0
    assert len(found.mutants) > 60
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mutant in found.mutants[::4]:
            compile(mutant.edit.of(source), "f.py", "exec", dont_inherit=True)
