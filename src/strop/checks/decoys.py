"""Tests with another expected value: what passes the right ones cannot pass these as well.

A candidate that shares its process with the tests can read what they expect, replace `==`, or
report what it likes. It cannot know which tests hold the true value, as long as both look alike.
"""

from __future__ import annotations

import ast
import cmath
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Decoys", "find_decoys", "test_functions"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_EQUAL = {"assertEqual", "assertEquals", "assertListEqual", "assertDictEqual", "assertTupleEqual"}


@dataclass(frozen=True, slots=True)
class Decoys:
    """`places` are the literals that can be changed, by test function (`path::Class::name`)."""

    files: Mapping[str, str]
    places: Mapping[str, tuple[ast.expr, ...]]

    def suite(self, chosen: frozenset[str], rng: random.Random) -> dict[str, str]:
        """The files with other values in the `chosen` tests, which a sound candidate must fail. The
        others keep theirs, written anew, so that nothing but the value tells them apart."""
        edits: dict[str, list[tuple[ast.expr, str]]] = {}
        for name, places in self.places.items():
            for node in places:
                value = ast.literal_eval(node)
                told = _other(value, rng) if name in chosen else value
                edits.setdefault(name.partition("::")[0], []).append((node, repr(told)))
        changed = {path: _edited(self.files[path], found) for path, found in edits.items()}
        return {**self.files, **changed}


def find_decoys(files: Mapping[str, str]) -> Decoys:
    """Of each test that compares a literal, in an assertion that it always reaches, the last one:
    `assert f(x) == 3`, `self.assertEqual(f(x), 3)`, a name for a literal, a column of
    `parametrize`. `files` is path to text."""
    places: dict[str, tuple[ast.expr, ...]] = {}
    for path, text in files.items():
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for name, function in _tests(tree):
            found = _places(function)
            if found:
                places[f"{path}::{name}"] = found
    return Decoys(files, places)


def test_functions(files: Mapping[str, str]) -> list[str]:
    """The test functions (`path::Class::name`) of the files that pytest looks into, but for those
    that a condition may leave out."""
    found: list[str] = []
    for path, text in files.items():
        name = path.rpartition("/")[2]
        if not (name.startswith("test_") or name.endswith("_test.py")):
            continue
        try:
            found += [f"{path}::{name}" for name, _ in _tests(ast.parse(text))]
        except (SyntaxError, ValueError, RecursionError):
            continue
    return found


test_functions.__test__ = False  # type: ignore[attr-defined]


def _tests(tree: ast.Module) -> Iterator[tuple[str, _Function]]:
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) and not node.decorator_list else []
        for function in [node, *inside]:
            if isinstance(function, _Function) and function.name.startswith("test"):
                owner = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
                yield f"{owner}{function.name}", function


def _places(function: _Function) -> tuple[ast.expr, ...]:
    rows = [_parametrized(decorator) for decorator in function.decorator_list]
    if any(row is None for row in rows):
        # Some other mark, such as one that expects the test to fail.
        return ()
    columns = {name: column for row in rows if row for name, column in row.items()}
    named = {
        statement.targets[0].id: statement.value
        for statement in function.body
        if isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and _is_literal(statement.value)
    }
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and _stores(n)]
    found: tuple[ast.expr, ...] = ()
    for statement in function.body:
        if isinstance(statement, ast.Return | ast.Raise):
            break
        for side in _compared(statement):
            if _is_literal(side):
                found = (side,)
            elif isinstance(side, ast.Name) and side.id in columns:
                found = columns[side.id]
            elif isinstance(side, ast.Name) and side.id in named and stored.count(side.id) == 1:
                found = (named[side.id],)
            else:
                continue
            break
    return found


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _compared(statement: ast.stmt) -> Sequence[ast.expr]:
    """The two sides of what a statement asserts equal, if one of them is not a literal."""
    sides: Sequence[ast.expr] = ()
    if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
        test = statement.test
        if len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
            sides = (test.comparators[0], test.left)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if isinstance(call.func, ast.Attribute) and call.func.attr in _EQUAL:
            sides = call.args[1::-1]
    return () if len(sides) < 2 or all(map(_is_literal, sides)) else sides


def _parametrized(decorator: ast.expr) -> dict[str, tuple[ast.expr, ...]] | None:
    """The literals of each argument of a `parametrize`; None for any other decorator."""
    call = decorator
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    if call.func.attr != "parametrize" or len(call.args) < 2:
        return None
    names, rows = call.args[0], call.args[1]
    if not isinstance(rows, ast.List | ast.Tuple):
        return {}
    if isinstance(names, ast.Constant) and isinstance(names.value, str):
        words = [word.strip() for word in names.value.split(",")]
    elif isinstance(names, ast.List | ast.Tuple):
        words = [n.value for n in names.elts if isinstance(n, ast.Constant)]
    else:
        return {}
    cells = [[row] if len(words) == 1 else getattr(row, "elts", None) for row in rows.elts]
    if any(row is None or len(row) != len(words) for row in cells):
        return {}
    columns = {str(w): tuple(row[i] for row in cells if row) for i, w in enumerate(words)}
    return {w: column for w, column in columns.items() if column and all(map(_is_literal, column))}


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _other(value: Any, rng: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if value is None:
        return rng.choice([0, "", False])
    if isinstance(value, int):
        return value + rng.choice([-2, -1, 1, 2, 10])
    if isinstance(value, float | complex):
        if not cmath.isfinite(value):
            return rng.choice([0.0, 1.5, -2.0])
        # Far enough for any tolerance.
        return value + rng.choice([-1, 1]) * rng.choice([1, 1.5, 3.25]) * (1 + abs(value))
    if isinstance(value, str):
        return value + rng.choice("aeiou") if rng.random() < 0.5 or not value else value[:-1]
    if isinstance(value, bytes):
        return value + b"x"
    if isinstance(value, list | tuple):
        return _other_items(value, rng)
    if isinstance(value, set):
        return {*value, rng.randrange(10**6)}
    if isinstance(value, dict):
        if not value:
            return {rng.choice("abc"): 0}
        key = rng.choice(list(value))
        return {**value, key: _other(value[key], rng)}
    return 0


def _other_items(value: list[Any] | tuple[Any, ...], rng: random.Random) -> Any:
    items = list(value)
    if items and rng.random() < 0.7:
        at = rng.randrange(len(items))
        items[at] = _other(items[at], rng)
    else:
        items.append(rng.randrange(10))
    return type(value)(items)


def _edited(text: str, edits: Sequence[tuple[ast.expr, str]]) -> str:
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    for node, new in sorted(edits, key=lambda e: (e[0].lineno, e[0].col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head = lines[first][: node.col_offset]
        tail = lines[last][node.end_col_offset :]
        lines[first : last + 1] = [head + new.encode() + tail]
    return b"".join(lines).decode()
