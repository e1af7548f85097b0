"""The calls of a function that a text writes down, with the data they pass."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from strop.moves.vary.bindings import bound, looped, parametrized, unbound
from strop.moves.vary.literals import NotPlain, value_of

__all__ = ["Call", "calls_in_docstring", "calls_in_tests"]

# The positional arguments, and those given by name: plain Python data.
Call = tuple[list[Any], dict[str, Any]]
Names = Mapping[str, Any]

_ROWS = 200


def calls_in_tests(text: str, entry: str) -> list[Call]:
    """Calls of `entry` (also as `candidate`, or as an attribute of any module) in test code whose
    arguments are data: written in the call, or in a name that was assigned a literal, that
    `parametrize` or a loop over a literal fills. Nothing is run; what does not parse has none."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    name = entry.rpartition(".")[2]
    aliases = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == name and alias.asname
    }
    reader = _Reader(name, {name, "candidate", *aliases})
    reader.read(tree.body, [{}])
    return reader.found


def calls_in_docstring(text: str, entry: str) -> list[Call]:
    """Calls in the examples of a docstring: those after `>>>`, or else any `entry(...)` in it."""
    try:
        examples = [example.source for example in doctest.DocTestParser().get_examples(text)]
    except ValueError:
        examples = []
    found: list[Call] = []
    if examples:
        found = calls_in_tests("".join(examples), entry)
        found = found or [call for part in examples for call in calls_in_tests(part, entry)]
    if not found:
        found = [call for part in _written(text, entry) for call in calls_in_tests(part, entry)]
    return found


def _written(text: str, entry: str) -> Iterator[str]:
    """The stretches of prose that look like a call, up to the bracket that closes it."""
    name = re.escape(entry.rpartition(".")[2])
    for match in re.finditer(rf"(?<![\w.]){name}\(", text):
        for end in islice(re.finditer(r"\)", text[match.end() :]), 40):
            call = text[match.start() : match.end() + end.end()]
            try:
                ast.parse(call, mode="eval")
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            yield call
            break


class _Reader:
    """Goes through statements in order; `rows` are the values that names may have there."""

    def __init__(self, name: str, functions: set[str]) -> None:
        self._name = name
        self._functions = functions
        self.found: list[Call] = []

    def read(self, body: Sequence[ast.stmt], rows: list[dict[str, Any]]) -> None:
        for statement in body:
            self._statement(statement, rows)

    def _statement(self, node: ast.stmt, rows: list[dict[str, Any]]) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, rows)
            case ast.ClassDef():
                self.read(node.body, [dict(row) for row in rows])
            case ast.For(target=target, iter=items):
                self._calls(items, rows)
                each = [{**row, **new} for row in rows for new in looped(target, items, row)]
                self.read(node.body, each[:_ROWS] or [unbound(target, row) for row in rows])
                self.read(node.orelse, rows)
            case _:
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.expr | ast.withitem):
                        self._calls(part, rows)
                self._assign(node, rows)
                for part in _parts(node):
                    self.read(part, rows)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, rows: list[dict[str, Any]]
    ) -> None:
        known = [dict(row) for row in rows]
        for decorator in reversed(node.decorator_list):
            filled = [{**row, **new} for row in known for new in parametrized(decorator, row)]
            known = filled[:_ROWS] or known
        functions = self._functions
        if node.name == "check" and node.args.args:
            self._functions = functions | {node.args.args[0].arg}
        self.read(node.body, known)
        self._functions = functions

    def _assign(self, node: ast.stmt, rows: list[dict[str, Any]]) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            return
        for row in rows:
            new = bound(target, value, row)
            kept = unbound(target, row)
            row.clear()
            row.update(kept | new)

    def _calls(self, part: ast.AST, rows: list[dict[str, Any]]) -> None:
        for node in ast.walk(part):
            if isinstance(node, ast.Call) and self._is_entry(node.func):
                for row in rows:
                    try:
                        self.found.append(_arguments(node, row))
                    except NotPlain:
                        continue

    def _is_entry(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Attribute):
            return function.attr == self._name
        return isinstance(function, ast.Name) and function.id in self._functions


def _parts(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a statement in the order they stand in."""
    yield getattr(node, "body", [])
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body
    yield getattr(node, "orelse", [])
    yield getattr(node, "finalbody", [])


def _arguments(node: ast.Call, row: Names) -> Call:
    given: list[Any] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            more = value_of(argument.value, row)
            if not isinstance(more, list | tuple):
                raise NotPlain
            given += more
        else:
            given.append(value_of(argument, row))
    if any(keyword.arg is None for keyword in node.keywords):
        raise NotPlain
    return given, {k.arg: value_of(k.value, row) for k in node.keywords if k.arg is not None}
