"""Changes that compile to the code that was there, or to that of another change, found and dropped.

Code is the same if its instructions, and the constants and names that these use, are: in which
line it stands does not matter. Where that is enough, a changed statement is compiled alone (its
head, if others stand inside it), else the definition around it: a function, or a statement of a
class or module.
"""

from __future__ import annotations
import __future__

import ast
import dis
import re
from bisect import bisect_right
from collections.abc import Iterator
from types import CodeType
from typing import Any

from strop.core.patch import Edit
from strop.moves.mutate.text import Text

__all__ = ["SameCode"]

_EXTENDED = dis.EXTENDED_ARG
_CONSTANTS = re.compile(b"[" + re.escape(bytes(dis.hasconst)) + b"]", re.DOTALL)
_ASYNC = re.compile(r"\b(?:async|await)\b")
_HEADS = (ast.If, ast.While, ast.For, ast.With, ast.AsyncFor, ast.AsyncWith)
_WHOLE = (ast.Break, ast.Continue, ast.Match, ast.FunctionDef, ast.AsyncFunctionDef)


class SameCode:
    """Knows a source's definitions, and what each change of one compiles to. Raises `SyntaxError`
    for a source that parses but does not compile."""

    def __init__(self, text: Text, tree: ast.Module) -> None:
        self._text = text
        self._source = text.source
        starts = [*text.starts, len(text.source)]
        self._units = sorted(_units(tree.body, text.source, starts, ""))
        self._first = [start for start, _, _ in self._units]
        self._flags = _future(tree)
        self._known: dict[tuple[int, int], Any] = {}
        # A name that an inner function binds has to be bound outside it.
        self._apart = "nonlocal" not in text.source
        try:
            self._live = _live_lines(self._code(text.source))
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error

    def of(self, edit: Edit, stmt: ast.stmt) -> tuple[object, Any] | None:
        """What a change of a statement compiles to; None where it does not, or as it was."""
        if self._live.isdisjoint(range(stmt.lineno, (stmt.end_lineno or stmt.lineno) + 1)):
            return None
        for start, end, before, after in self._stretches(edit, stmt):
            place = start, end
            if place not in self._known:
                self._known[place] = self._compiled(before + self._source[start:end] + after)
            original = self._known[place]
            if original is None:
                continue
            text = self._source[start : edit.start] + edit.text + self._source[edit.end : end]
            code = self._compiled(before + text + after)
            return None if code is None or code == original else (place, code)
        return None

    def _stretches(self, edit: Edit, stmt: ast.stmt) -> Iterator[tuple[int, int, str, str]]:
        """Stretches of the text around a change, the shortest first, each with what has to stand
        before and after it."""
        if self._apart and not isinstance(stmt, _WHOLE):
            start, end, after = self._text.start(stmt), self._text.end(stmt), ""
            if isinstance(stmt, _HEADS):
                end, after = self._text.start(stmt.body[0]), "pass"
                if self._source.startswith("elif", start):
                    start += 2
            if start <= edit.start and edit.end <= end:
                word = "async " if _ASYNC.search(self._source, start, end) else ""
                yield start, end, f"{word}def f():\n ", after
        at = bisect_right(self._first, edit.start) - 1
        if at >= 0 and edit.end <= self._units[at][1]:
            start, end, shell = self._units[at]
            yield start, end, shell, ""

    def _compiled(self, text: str) -> Any:
        try:
            return _described(self._code(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def _code(self, text: str) -> CodeType:
        return compile(text, "", "exec", flags=self._flags, dont_inherit=True, optimize=0)


def _future(tree: ast.Module) -> int:
    flags = 0
    for stmt in tree.body:
        if isinstance(stmt, ast.ImportFrom) and stmt.module == "__future__":
            for name in stmt.names:
                flags |= getattr(__future__, name.name).compiler_flag
    return flags


def _live_lines(code: CodeType) -> set[int]:
    """Lines that there are instructions for."""
    lines = {line for _, _, line in code.co_lines() if line is not None}
    for value in code.co_consts:
        if isinstance(value, CodeType):
            lines |= _live_lines(value)
    return lines


def _units(
    body: list[ast.stmt], source: str, starts: list[int], shell: str
) -> list[tuple[int, int, str]]:
    """Stretches of whole lines, each with the lines of the classes that it needs around it."""
    found: list[tuple[int, int, str]] = []
    last = 0
    for stmt in body:
        decorators = getattr(stmt, "decorator_list", ())
        line = min([stmt.lineno, *(d.lineno for d in decorators)])
        end = stmt.end_lineno or stmt.lineno
        if line == last and found:
            # Statements on one line are one stretch.
            found[-1] = (found[-1][0], starts[end], found[-1][2])
        elif isinstance(stmt, ast.ClassDef) and stmt.body[0].lineno > _header_end(stmt):
            first = starts[stmt.lineno - 1]
            indent = source[first : first + stmt.col_offset]
            found += _units(stmt.body, source, starts, f"{shell}{indent}class {stmt.name}:\n")
        else:
            found.append((starts[line - 1], starts[end], shell))
        last = end
    return found


def _header_end(stmt: ast.ClassDef) -> int:
    above = [*stmt.bases, *(k.value for k in stmt.keywords)]
    return max([stmt.lineno, *(node.end_lineno or 0 for node in above)])


def _described(code: CodeType) -> Any:
    raw = bytearray(code.co_code)
    used: list[Any] = []
    for found in _CONSTANTS.finditer(bytes(raw[::2])):
        at = found.start()
        number = raw[2 * at + 1]
        above = 1
        while above <= at and raw[2 * (at - above)] == _EXTENDED:
            number |= raw[2 * (at - above) + 1] << 8 * above
            above += 1
        # Constants that no instruction uses are listed too, and shift the numbers of others.
        used.append(_constant(code.co_consts[number]))
        raw[2 * at + 1] = 0
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return bytes(raw), names, shape, code.co_exceptiontable, tuple(used)


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _described(value)
    # 1, 1.0 and True are equal, and so are 0.0 and -0.0.
    return type(value), repr(value)
