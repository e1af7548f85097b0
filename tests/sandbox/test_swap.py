from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from strop.sandbox.inside.swap import CannotSwap, Swapper

NAME = "swapped_module_of_a_test"
SOURCE = """\
import functools

LIMIT = 3


def plain(x, *rest, by=2):
    return x * by


def counter(n):
    for i in range(n):
        yield i


def outer(k):
    def inner(x):
        return x + k

    return inner


held = outer(10)


@functools.lru_cache
def cached(x):
    return x + 100


class Point:
    scale = [i for i in range(3)]

    def norm(self, x):
        return abs(x)

    @property
    def name(self):
        return "point"

    class Inner:
        def deep(self):
            return "deep"


def nested():
    return [x + 1 for x in range(LIMIT)]


short = lambda x: x - 1
"""


class Loaded:
    """A module made from a file, with the swapper of that file."""

    def __init__(self, path: Path, source: str = SOURCE, name: str = NAME) -> None:
        path.write_text(source)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        self.module = importlib.util.module_from_spec(spec)
        sys.modules[name] = self.module
        spec.loader.exec_module(self.module)
        self.source = source
        self.path = path

    @functools.cached_property
    def swapper(self) -> Swapper:
        return Swapper(str(self.path), self.source)

    def swap(self, old: str, new: str) -> None:
        assert self.source.count(old) == 1
        self.swapper.swap(self.source.replace(old, new))


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Loaded]:
    before = set(sys.modules)
    yield Loaded(tmp_path / "m.py")
    for name in set(sys.modules) - before:
        if name.startswith(NAME):
            del sys.modules[name]


def test_whoever_holds_a_function_runs_the_new_code(loaded: Loaded):
    plain, bound = loaded.module.plain, functools.partial(loaded.module.plain, 5)
    loaded.swap("return x * by", "return x ** by, rest")
    assert plain(3) == loaded.module.plain(3) == (9, ())
    assert bound(1) == (25, (1,))
    assert plain.__defaults__ is None
    assert plain.__kwdefaults__ == {"by": 2}


def test_methods_properties_and_nested_classes_of_living_objects(loaded: Loaded):
    point, norm = loaded.module.Point(), loaded.module.Point.norm
    loaded.swap("return abs(x)", "return -x")
    assert (point.norm(2), norm(point, 3)) == (-2, -3)
    loaded.swap('return "point"', 'return "dot"')
    assert point.name == "dot"
    assert point.norm(-2) == 2, "each swap is of the whole text"
    loaded.swap('return "deep"', 'return "flat"')
    assert loaded.module.Point.Inner().deep() == "flat"


def test_a_closure_made_at_import_keeps_what_it_closed_over(loaded: Loaded):
    held = loaded.module.held
    loaded.swap("return x + k", "return x - k")
    assert held(1) == -9
    assert loaded.module.outer(2)(1) == -1


def test_a_running_generator_ends_as_it_began(loaded: Loaded):
    running = loaded.module.counter(3)
    assert next(running) == 0
    loaded.swap("yield i", "yield -i")
    assert list(running) == [1, 2]
    assert list(loaded.module.counter(3)) == [0, -1, -2]


def test_a_lambda_a_decorated_function_and_a_comprehension(loaded: Loaded):
    loaded.swap("lambda x: x - 1", "lambda x: x - 2")
    assert loaded.module.short(5) == 3
    loaded.swap("x + 100", "x + 200")
    assert loaded.module.cached(1) == 201
    loaded.swap("[x + 1 for", "[x + 9 for")
    assert loaded.module.nested() == [9, 10, 11]


def test_lines_may_move_within_and_below_a_function(loaded: Loaded):
    loaded.swap("    return x * by", "    y = x\n\n    # more\n    return y * by * 2")
    assert loaded.module.plain(3) == 12
    assert loaded.module.nested() == [1, 2, 3]
    assert loaded.module.Point().norm(-1) == 1


CANNOT = [
    ("LIMIT = 3", "LIMIT = 4"),
    ("by=2", "by=3"),
    ("*rest, by=2", "*rest"),
    ("def plain", "def plainer"),
    ("range(3)]", "range(4)]"),
    ("[i for i", "[-i for i"),
    ("outer(10)", "outer(11)"),
    ("@functools.lru_cache\n", ""),
    ("@property\n", "@functools.cached_property\n"),
    ("class Point:", "class Point(dict):"),
    ("import functools", "import functools, os"),
    ("short = lambda x: x - 1", "short = lambda x, y=1: x - 1"),
    ("short = lambda x: x - 1\n", ""),
    ("        return x + k", "        return x"),
    (
        "    def inner(x):\n        return x + k",
        "    z = 1\n    def inner(x):\n        return x + k + z",
    ),
    ("return abs(x)\n", "return abs(x)\n\n    def more(self):\n        return 1\n"),
    ("class Inner:", "class Inner:\n        z = 1\n"),
]


@pytest.mark.parametrize(("old", "new"), CANNOT)
def test_what_ran_at_import_cannot_be_swapped_and_nothing_is_done(
    loaded: Loaded, old: str, new: str
):
    codes = [loaded.module.plain.__code__, loaded.module.held.__code__]
    with pytest.raises(CannotSwap):
        loaded.swap(old, new)
    assert [loaded.module.plain.__code__, loaded.module.held.__code__] == codes
    assert loaded.module.plain(3) == 6


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1", "True"),
        ("1", "1.0"),
        ("0.0", "-0.0"),
        ("(1, 2)", "(1, 2.0)"),
        ("'a'", "b'a'"),
        ("frozenset()", "frozenset([1])"),
    ],
)
def test_constants_that_are_equal_but_not_the_same_are_a_change(tmp_path: Path, old: str, new: str):
    made = Loaded(tmp_path / "m.py", f"K = {old}\n\ndef f():\n    return K\n", f"{NAME}_constant")
    try:
        with pytest.raises(CannotSwap):
            made.swapper.swap(f"K = {new}\n\ndef f():\n    return K\n")
        made.swapper.swap(f"K = {old}\n\ndef f():\n    return {new}\n")
        assert repr(made.module.f()) == repr(eval(new))
    finally:
        del sys.modules[f"{NAME}_constant"]


def test_an_equal_function_of_the_same_file_is_not_mistaken_for_another(tmp_path: Path):
    source = "def a(x):\n    return x\n\ndef b(x):\n    return x\n\nc = [lambda: 1, lambda: 1]\n"
    made = Loaded(tmp_path / "m.py", source, f"{NAME}_twins")
    try:
        made.swapper.swap(source.replace("def b(x):\n    return x", "def b(x):\n    return -x"))
        assert (made.module.a(2), made.module.b(2)) == (2, -2)
        made.swapper.swap(source.replace("lambda: 1]", "lambda: 2]"))
        assert [f() for f in made.module.c] == [1, 2]
    finally:
        del sys.modules[f"{NAME}_twins"]


def test_what_does_not_compile_is_told_and_nothing_is_done(loaded: Loaded):
    with pytest.raises(SyntaxError):
        loaded.swap("return x * by", "return x *")
    assert loaded.module.plain(3) == 6


def test_a_file_that_nobody_imported_cannot_be_swapped(tmp_path: Path):
    (tmp_path / "lonely.py").write_text("x = 1\n")
    with pytest.raises(CannotSwap):
        Swapper(str(tmp_path / "lonely.py"), "x = 1\n").swap("x = 1\n")


def test_functions_of_other_files_are_left_alone(loaded: Loaded, tmp_path: Path):
    other = Loaded(tmp_path / "other.py", SOURCE, f"{NAME}_other")
    loaded.swap("return x * by", "return 0")
    assert (loaded.module.plain(3), other.module.plain(3)) == (0, 6)


def test_a_module_imported_twice_is_swapped_in_both(loaded: Loaded):
    twin = Loaded(loaded.path, SOURCE, f"{NAME}_twin")
    loaded.swap("return x * by", "return 0")
    assert (loaded.module.plain(3), twin.module.plain(3)) == (0, 0)
    assert isinstance(twin.module, ModuleType)


def test_a_function_removed_from_its_module_still_follows(loaded: Loaded):
    plain = loaded.module.plain
    assert loaded.swapper.modules == [loaded.module]
    loaded.module.__dict__.pop("plain")
    loaded.swap("return x * by", "return 1")
    assert plain(5) == 1
