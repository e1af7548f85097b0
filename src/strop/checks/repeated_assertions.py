"""Assertions that a test makes twice though nothing they speak of can have changed in between."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

__all__ = ["repeated"]


Function = ast.FunctionDef | ast.AsyncFunctionDef


def repeated(test: Function) -> Iterator[tuple[int, int]]:
    """(line, line of the first) of each repetition within a block. A call outside an assertion may
    change everything; a call in one may change what a name of the test's own stands for, if it is
    a method of it or is handed it."""
    own = {part.arg for part in ast.walk(test.args) if isinstance(part, ast.arg)}
    own |= {
        part.id
        for part in ast.walk(test)
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
    }
    yield from _repeated(test.body, own)


def _repeated(body: Sequence[ast.stmt], own: set[str]) -> Iterator[tuple[int, int]]:
    known: dict[str, tuple[int, set[str]]] = {}
    for node in body:
        for block in _blocks(node):
            yield from _repeated(block, own)
        changed = _changed(node) & own
        if not isinstance(node, ast.Assert):
            if any(isinstance(part, ast.Call) for part in ast.walk(node)):
                known.clear()
            _forget(known, changed)
            continue
        text = ast.dump(node.test)
        if text in known:
            yield node.lineno, known[text][0]
            continue
        _forget(known, changed)
        names = _names(node.test)
        if not names & changed:
            known[text] = node.lineno, names


def _forget(known: dict[str, tuple[int, set[str]]], changed: set[str]) -> None:
    for text in [text for text, (_, names) in known.items() if names & changed]:
        del known[text]


def _blocks(node: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if getattr(node, name, None):
            yield getattr(node, name)
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _changed(node: ast.AST) -> set[str]:
    """Names that are bound, that a method is called on, or that are handed to a call."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            found.add(part.id)
        elif isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
            found |= _names(part.value)
        elif isinstance(part, ast.Call):
            if isinstance(part.func, ast.Attribute):
                found |= _names(part.func.value)
            for argument in (*part.args, *(keyword.value for keyword in part.keywords)):
                found |= _names(argument)
    return found


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
