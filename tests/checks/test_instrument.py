"""Instrumented source reaches the lines that the interpreter's own tracer sees."""

from __future__ import annotations

import ast
import asyncio
import io
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from types import FrameType
from typing import Any

import pytest

from strop.checks.instrument import LINE_BITS, instrument, traced_function, traced_program
from strop.sandbox.inside.spectrum import Enough, Spectrum

MASK = (1 << LINE_BITS) - 1
FILE = "traced-by-a-test"


def starts(source: str) -> set[int]:
    """Lines on which a statement begins, but for what does nothing by itself."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            for place, item in enumerate(body if isinstance(body, list) else []):
                text = isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
                future = isinstance(item, ast.ImportFrom) and item.module == "__future__"
                silent = future or isinstance(item, ast.Global | ast.Nonlocal)
                if isinstance(item, ast.stmt) and not (place == 0 and text) and not silent:
                    found.add(item.lineno)
    return found


def run(namespace: dict[str, Any], code: Any, call: str) -> None:
    exec(code, namespace)
    value = eval(call, namespace)
    if hasattr(value, "__await__"):
        asyncio.run(value)
    elif hasattr(value, "__next__"):
        list(value)


def by_tracer(source: str, call: str) -> set[int]:
    seen: set[int] = set()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != FILE:
            return None
        if event == "line":
            seen.add(frame.f_lineno)
        return trace

    code = compile(source, FILE, "exec")
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run({"__name__": "traced"}, code, call)
    finally:
        sys.settrace(before)
    return seen & starts(source)


def by_reports(source: str, call: str, index: int = 0) -> set[int]:
    hits: list[int] = []
    namespace = {
        "__name__": "traced",
        "_strop_hit": hits.append,
        "_strop_call": lambda *arguments: None,
    }
    run(namespace, compile(instrument(source, index), FILE, "exec"), call)
    assert {hit >> LINE_BITS for hit in hits} <= {index}
    return {hit & MASK for hit in hits}


PROGRAMS = {
    "branches": (
        """\
def f(x):
    if x > 1:
        y = 1
    elif x == 1:
        y = 2
    else:
        y = 3
    return y
""",
        "f(1)",
    ),
    "loops": (
        """\
def f(n):
    for i in range(n):
        if i == 2:
            break
        continue
    else:
        n = 0
    while n:
        n -= 1
    else:
        n = 5
    return n
""",
        "f(2)",
    ),
    "docstrings": (
        '''\
"""Module."""
from __future__ import annotations
"""Not a docstring."""
class A:
    """Class."""

    x = 1

    def m(self):
        """Method."""

        return self.x

def only():
    """Nothing more."""
''',
        "(A().m(), only())",
    ),
    "decorators": (
        """\
def d(f):
    def g(*a):
        return f(*a)
    return g

@d
@d
def f(x):
    return x
""",
        "f(1)",
    ),
    "match": (
        """\
def f(x):
    match x:
        case [a, b]:
            y = a
        case {'k': v} if v:
            y = v
        case int() | str():
            y = x
        case _:
            y = 0
    return y
""",
        "(f({'k': 3}), f(1))",
    ),
    "try": (
        """\
def f(x):
    try:
        y = 1 // x
        y += 1
    except ZeroDivisionError as e:
        y = str(e)
    except (TypeError, ValueError):
        y = 2
    else:
        y = 3
    finally:
        x = 0
    return y
""",
        "(f(0), f(2))",
    ),
    "finally alone": (
        """\
def f():
    try:
        return 1
    finally:
        x = 2
        del x
""",
        "f()",
    ),
    "with": (
        """\
import contextlib

def f():
    with contextlib.suppress(KeyError), contextlib.nullcontext(3) as x:
        {}[x]
        x = 4
    return x
""",
        "f()",
    ),
    "generator": (
        """\
def f(n):
    for i in range(n):
        got = yield i
        if got:
            return got
    yield from [8]
""",
        "f(2)",
    ),
    "async": (
        """\
async def one(x):
    return x

async def each(n):
    for i in range(n):
        yield i

async def f():
    total = await one(1)
    async for i in each(3):
        total += i
    return total
""",
        "f()",
    ),
    "nested": (
        """\
def f(x):
    k = 2
    def g(y):
        nonlocal k
        k += y
        return k
    def never():
        return 0
    class C:
        z = k
        def m(self):
            return self.z
    return g(x) + C().m()
""",
        "f(1)",
    ),
    "global": (
        """\
K = 1

def f():
    global K
    K += 1
    return K
""",
        "f()",
    ),
    "one line bodies": (
        """\
def f(x): return x
class A: y = 1
def g(x):
    if x: return 1
    for i in x: pass
    return 2
""",
        "(f(1), g([]))",
    ),
    "many lines to a statement": (
        """\
def f(x):
    y = (
        x +
        1
    )
    return [
        y,
        x,
    ]
""",
        "f(1)",
    ),
    "lambdas": (
        """\
f = lambda x: [y for y in x]
k = sorted([3, 1], key=lambda z:
    -z)
""",
        "f([1])",
    ),
    "assert and raise": (
        """\
def f(x):
    assert x, 'no'
    if x > 1:
        raise ValueError(x)
    return 1

def g():
    try:
        f(2)
    except ValueError:
        return f(1)
""",
        "g()",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_lines_are_those_of_the_tracer(name: str):
    source, call = PROGRAMS[name]
    expected = by_tracer(source, call)
    assert len(expected) > 1
    assert by_reports(source, call) & starts(source) == expected


def test_two_statements_on_one_line_are_one_line():
    source = "def f(x):\n    x += 1; x += 1; return x\n"
    assert by_reports(source, "f(1)") == by_tracer(source, "f(1)") == {1, 2}


def test_the_line_of_a_file_carries_its_number():
    assert by_reports("x = 1\n", "x", index=5) == {1}
    hits: list[int] = []
    exec(instrument("x = 1\n\ny = 2\n", 3), {"_strop_hit": hits.append})
    assert hits == [3 << LINE_BITS | 1, 3 << LINE_BITS | 3]


def test_instrumented_code_does_what_the_source_does():
    source = (
        '"""Doc."""\nfrom __future__ import annotations\n\n'
        "def f(a, /, b=2, *c, d: int = 4, **e) -> nowhere:\n"
        "    'Doc of f.'\n    return a, b, c, d, e\n"
    )
    namespace: dict[str, Any] = {
        "_strop_hit": lambda n: None,
        "_strop_call": lambda *arguments: None,
    }
    exec(compile(instrument(source), FILE, "exec"), namespace)
    f = namespace["f"]
    assert namespace["__doc__"] == "Doc."
    assert f.__doc__ == "Doc of f."
    assert f.__annotations__ == {"d": "int", "return": "nowhere"}
    assert f(1, 3, 5, d=6, z=7) == (1, 3, (5,), 6, {"z": 7})


def test_what_does_not_parse_is_a_syntax_error():
    for made in (instrument, traced_program, lambda text: traced_function(text, "f")):
        with pytest.raises(SyntaxError):
            made("def f(:\n")


CALLS = """\
def plain(a, b=2):
    return a

def many(a, *rest, flag=False, **more):
    return rest

def positional(a, /, b):
    return b

async def later(a):
    return a

def rebinds(a):
    a = 5
    return a

def outer(x):
    def inner(y):
        return y
    return inner(x)

class K:
    def method(self, x):
        return x

def gen(a):
    yield a
"""


def calls_of(expression: str) -> list[tuple[int, str, tuple[Any, ...]]]:
    told: list[tuple[int, str, tuple[Any, ...]]] = []
    namespace: dict[str, Any] = {
        "_strop_hit": lambda n: None,
        "_strop_call": lambda *arguments: told.append(arguments),
    }
    run(namespace, compile(instrument(CALLS, 4), FILE, "exec"), expression)
    return told


@pytest.mark.parametrize(
    ("expression", "calls"),
    [
        ("plain(1)", [(4, "plain", (1, 2))]),
        ("plain(b=1, a=3)", [(4, "plain", (3, 1))]),
        ("many(1, 2, 3, flag=True, z=1)", [(4, "many", (1, 2, 3))]),
        ("positional(1, b=2)", [(4, "positional", (1, 2))]),
        ("later(7)", [(4, "later", (7,))]),
        ("rebinds(1)", [(4, "rebinds", (1,))]),
        ("outer(2)", [(4, "outer", (2,))]),
        ("K().method(1)", []),
        ("gen([1])", [(4, "gen", ([1],))]),
    ],
)
def test_calls_of_functions_are_told_with_their_positional_arguments(
    expression: str, calls: list[Any]
):
    assert calls_of(expression) == calls


@pytest.fixture
def spectrum() -> Iterator[Spectrum]:
    """The receiver of the reports, where instrumented code looks for it."""
    import builtins

    yield Spectrum()
    del builtins._strop_hit, builtins._strop_call  # type: ignore[attr-defined]


def loaded(source: str, index: int = 0) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(instrument(source, index), FILE, "exec"), namespace)
    return namespace


def test_what_loading_reached_is_told_apart_from_what_a_test_reached(spectrum: Spectrum):
    module = loaded("K = 1\n\ndef f(x):\n    if x:\n        return 1\n    return 0\n", 2)
    spectrum.begin()
    module["f"](1)
    first = spectrum.found()
    spectrum.begin()
    module["f"](0)
    second = spectrum.found()
    lines = [{n & MASK for n in found["hits"]} for found in (first, second)]
    assert lines == [{4, 5}, {4, 6}]
    assert [n & MASK for n in first["loaded"]] == [n & MASK for n in second["loaded"]] == [1, 3]
    assert first["calls"] == [[2, "f", "[1]"]]
    assert second["calls"] == [[2, "f", "[0]"]]


def test_iterators_and_unknown_objects_are_not_touched(spectrum: Spectrum):
    class Touchy:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

        def __iter__(self) -> Any:
            raise AssertionError("iterated")

    class Rows(list[int]):
        def __iter__(self) -> Any:
            raise AssertionError("iterated")

    module = loaded("def f(x):\n    return x\n")
    spectrum.begin()
    numbers = iter([1, 2, 3])
    for value in (
        numbers,
        [numbers],
        (n for n in "ab"),
        Touchy(),
        {"k": Touchy()},
        Rows([1]),
        open,
    ):
        assert module["f"](value) is value
    assert spectrum.found()["calls"] == []
    assert list(numbers) == [1, 2, 3]


def test_a_call_is_told_as_it_was_when_it_was_made(spectrum: Spectrum):
    module = loaded("def f(xs):\n    xs.append(1)\n    return xs\n")
    spectrum.begin()
    module["f"]([])
    module["f"]([])
    module["f"]([[2]])
    assert [text for _, _, text in spectrum.found()["calls"]] == ["[[]]", "[[[2]]]"]
    spectrum.begin()
    module["f"]([])
    assert spectrum.found()["calls"] == [], "known from the test before"


def test_no_more_calls_are_kept_than_are_of_use(spectrum: Spectrum):
    module = loaded("def f(x):\n    return x\n\ndef g(x):\n    return x\n")
    spectrum.begin()
    for n in range(100):
        module["f"](n)
    module["f"]("x" * 5000)
    module["g"](list(range(5000)))
    module["g"](0)
    found = spectrum.found()["calls"]
    assert [row[1:] for row in found if row[1] == "g"] == [["g", "[0]"]]
    assert [row[2] for row in found if row[1] == "f"] == [f"[{n}]" for n in range(40)]


def test_a_loop_without_end_is_ended_and_its_lines_are_known(spectrum: Spectrum):
    module = loaded("def f():\n    while True:\n        x = 1\n")
    spectrum.begin()
    with pytest.raises(Enough):
        module["f"]()
    assert {n & MASK for n in spectrum.found()["hits"]} == {2, 3}


# -- for cases ---------------------------------------------------------------------------------


def traced(source: str, entry: str, *arguments: Any) -> list[int]:
    namespace: dict[str, Any] = {}
    exec(traced_function(source, entry), namespace)
    return namespace["_strop_trace"](*arguments)


FAULTY = """\
\"\"\"Doc.\"\"\"
from __future__ import annotations

def f(x):
    if x < 0:
        raise ValueError(x)
    while x == 9:
        pass
    return x

def gen(n):
    for i in range(n):
        yield i

async def later(x):
    return x

class K:
    @staticmethod
    def half(x):
        return x / 2
"""


@pytest.mark.parametrize(
    ("entry", "argument", "lines"),
    [
        ("f", 1, [5, 7, 9]),
        ("f", -1, [5, 6]),
        ("f", 9, [5, 7, 8]),
        ("f", "x", [5]),
        ("gen", 2, [12, 13]),
        ("gen", 0, [12]),
        ("later", 1, [16]),
        ("K.half", 3, [21]),
        ("nothing", 1, []),
    ],
)
def test_a_traced_call_returns_its_lines_whatever_it_came_to(
    entry: str, argument: Any, lines: list[int]
):
    assert traced(FAULTY, entry, argument) == lines


def test_each_traced_call_starts_anew():
    namespace: dict[str, Any] = {}
    exec(traced_function(FAULTY, "f"), namespace)
    told = [namespace["_strop_trace"](x) for x in (-1, 1, 9, -1)]
    assert told == [[5, 6], [5, 7, 9], [5, 7, 8], [5, 6]]


def test_a_traced_program_prints_its_lines_last(monkeypatch: pytest.MonkeyPatch):
    registered: list[Any] = []
    monkeypatch.setattr("atexit.register", registered.append)
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", err)
    source = (
        "x = 2\nif x > 1:\n    print(x)\nelse:\n    print('no')\n"
        "print('é', file=__import__('sys').stderr)\n"
    )
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        exec(compile(traced_program(source), FILE, "exec"), {"__name__": "__main__"})
    (last,) = registered
    last()
    assert out.getvalue() == "2\n"
    assert err.getvalue().splitlines()[-1] == "_strop_lines 1 2 3 6"
