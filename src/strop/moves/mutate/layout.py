"""Statements as lines of text: put beside another, taken away, moved sideways."""

from __future__ import annotations

import ast
import re

from strop.core.patch import Edit
from strop.moves.mutate.text import Text
from strop.moves.mutate.walk import Place

__all__ = ["after", "alone", "before", "first", "indent", "lines_of", "removed", "shifted"]

_REST = re.compile(r"[ \t]*;?[ \t]*(#.*)?$")


def first(text: Text, stmt: ast.stmt) -> int:
    """Where a statement begins, its decorators included."""
    decorators = getattr(stmt, "decorator_list", None)
    if decorators:
        return text.source.rindex("@", 0, text.start(decorators[0]))
    return text.start(stmt)


def indent(text: Text, stmt: ast.stmt) -> str:
    start = first(text, stmt)
    return text.source[text.line_start(start) : start]


def alone(text: Text, stmt: ast.stmt) -> bool:
    """Whether nothing but comments shares the statement's lines."""
    return _leads(text, stmt) and _ends(text, stmt)


def _leads(text: Text, stmt: ast.stmt) -> bool:
    return not indent(text, stmt).strip(" \t\f")


def _ends(text: Text, stmt: ast.stmt) -> bool:
    end = text.end(stmt)
    return _REST.match(text.source[end : text.line_end(end)]) is not None


def before(place: Place, lines: list[str]) -> Edit | None:
    """Statements put before one, given as lines without the indentation of its block."""
    text, stmt = place.text, place.stmt
    if _leads(text, stmt):
        lead = indent(text, stmt)
        at = text.line_start(first(text, stmt))
        return text.edit(at, at, "".join(f"{lead}{line}{text.newline}" for line in lines))
    if len(lines) > 1 or lines[0].endswith(":"):
        return None
    start = text.start(stmt)
    return text.edit(start, start, f"{lines[0]}; ")


def after(place: Place, lines: list[str]) -> Edit | None:
    """Statements put after one."""
    text, stmt = place.text, place.stmt
    end = text.end(stmt)
    if _leads(text, place.block[0]) and _ends(text, stmt):
        lead = indent(text, place.block[0])
        at = text.line_end(end)
        return text.edit(at, at, "".join(f"{text.newline}{lead}{line}" for line in lines))
    if len(lines) > 1 or lines[0].endswith(":") or getattr(stmt, "body", None):
        return None
    return text.edit(end, end, f"; {lines[0]}")


def removed(place: Place) -> Edit | None:
    """The statement taken away; `pass` where its block would be empty."""
    text, stmt = place.text, place.stmt
    start, end = first(text, stmt), text.end(stmt)
    if len(place.block) == 1 and not place.chained:
        return text.edit(start, end, "pass")
    if alone(text, stmt):
        return text.edit(text.line_start(start), text.after_line(end), "")
    if place.next is not None and text.line_of(text.start(place.next)) == text.line_of(end):
        return text.edit(start, text.start(place.next), "")
    if place.index:
        return text.edit(text.end(place.block[place.index - 1]), end, "")
    return None


def lines_of(text: Text, stmts: list[ast.stmt]) -> tuple[int, int] | None:
    """The whole lines of neighbouring statements, if nothing else stands on them and they can be
    moved sideways."""
    if not _leads(text, stmts[0]) or not _ends(text, stmts[-1]):
        return None
    start = text.line_start(first(text, stmts[0]))
    end = text.line_end(text.end(stmts[-1]))
    stretch = text.source[start:end]
    if '"""' in stretch or "'''" in stretch:
        return None
    return start, end


def shifted(text: Text, start: int, end: int, old: str, new: str) -> str | None:
    """Lines with their indentation `old` made `new`."""
    lines = text.source[start:end].split(text.newline)
    moved: list[str] = []
    for line in lines:
        if not line.strip():
            moved.append(line)
        elif line.startswith(old):
            moved.append(new + line[len(old) :])
        elif line.lstrip().startswith("#"):
            moved.append(line)
        else:
            return None
    return text.newline.join(moved)
