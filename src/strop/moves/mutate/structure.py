"""Blocks: branches exchanged or unwrapped, loops turned to tests, statements moved in and out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from strop.moves.mutate.layout import alone, indent, lines_of, shifted
from strop.moves.mutate.walk import Change, Place

__all__ = ["moves", "structure"]

_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def structure(place: Place) -> Iterator[Change]:
    """Changes of a compound statement."""
    stmt, text = place.stmt, place.text
    start = text.start(stmt)
    if isinstance(stmt, ast.If):
        chained = place.chained
        if chained:
            yield Change("structure/branch", (text.edit(start, start + 4, "if"),))
        elif not stmt.orelse:
            if not (len(stmt.body) == 1 and isinstance(stmt.body[0], _JUMPS)):
                yield Change("structure/loop", (text.edit(start, start + 2, "while"),))
            previous = place.block[place.index - 1] if place.index else None
            if isinstance(previous, ast.If):
                yield Change("structure/branch", (text.edit(start, start + 2, "elif"),), 0.7)
        elif isinstance(previous := place.block[place.index - 1], ast.If) and place.index:
            yield Change("structure/branch", (text.edit(start, start + 2, "elif"),), 0.7)
        if not chained:
            yield from _unwrapped(place, stmt.body)
        if len(stmt.orelse) == 1 and isinstance(stmt.orelse[0], ast.If):
            return
        yield from _branches(place, stmt)
    elif isinstance(stmt, ast.While) and not stmt.orelse:
        jumps = any(isinstance(n, (ast.Break, ast.Continue)) for n in ast.walk(stmt))
        if not jumps or place.loops:
            yield Change("structure/loop", (text.edit(start, start + 5, "if"),))


def _unwrapped(place: Place, body: list[ast.stmt]) -> Iterator[Change]:
    """The body without its test."""
    stmt, text = place.stmt, place.text
    whole, inside = lines_of(text, [stmt]), lines_of(text, body)
    if whole and inside and body[0].lineno > stmt.lineno and not getattr(stmt, "orelse", None):
        moved = shifted(text, *inside, indent(text, body[0]), indent(text, stmt))
        if moved is not None:
            yield Change("structure/unwrap", (text.edit(*whole, moved),))


def _branches(place: Place, stmt: ast.If) -> Iterator[Change]:
    """The two branches exchanged; the `else` made unconditional, or the other way round."""
    text = place.text
    if not stmt.orelse:
        rest = place.block[place.index + 1 :]
        if rest and alone(text, stmt) and (lines := lines_of(text, rest[:1])):
            lead = indent(text, stmt)
            moved = shifted(text, *lines, lead, lead + place.function.module.unit)
            if moved is not None and not isinstance(stmt.body[-1], _JUMPS):
                new = f"{lead}else:{text.newline}{moved}"
                yield Change("structure/else", (text.edit(*lines, new),))
        return
    one, two = lines_of(text, stmt.body), lines_of(text, stmt.orelse)
    if one and two and indent(text, stmt.body[0]) == indent(text, stmt.orelse[0]):
        edits = (
            text.edit(*one, text.source[two[0] : two[1]]),
            text.edit(*two, text.source[one[0] : one[1]]),
        )
        yield Change("structure/branch", edits)
        between = text.source[one[1] : two[0]]
        found = re.fullmatch(r"\s*else[ \t]*:[ \t]*(?:\r\n|\n|\r)", between)
        moved = shifted(text, *two, indent(text, stmt.orelse[0]), indent(text, stmt))
        if found and moved is not None:
            edit = text.edit(one[1], two[1], text.newline + moved)
            yield Change("structure/else", (edit,))


def moves(place: Place) -> Iterator[Change]:
    """The last statement of a block moved out of it, the one after a block moved into it; the first
    one of a loop moved before it."""
    stmt, text = place.stmt, place.text
    lead = indent(text, stmt)
    if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    loop = isinstance(place.owner, (ast.For, ast.AsyncFor, ast.While))
    block = loop or isinstance(place.owner, (ast.If, ast.With, ast.AsyncWith))
    lines = lines_of(text, [stmt])
    if lines is None or place.chained:
        return
    if block and isinstance(place.owner, ast.stmt) and len(place.block) > 1:
        outer = indent(text, place.owner)
        ends = place.owner.end_lineno == stmt.end_lineno
        moved = shifted(text, *lines, lead, outer) if len(outer) < len(lead) else None
        if moved is None:
            return
        if place.last and ends:
            yield Change("structure/dedent", (text.edit(*lines, moved),))
        owner_start = text.line_start(text.start(place.owner))
        simple = isinstance(stmt, (ast.Assign, ast.AugAssign, ast.Expr))
        if loop and place.index == 0 and place.field == "body" and simple:
            put = text.edit(owner_start, owner_start, moved + text.newline)
            take = text.edit(lines[0], text.after_line(lines[1]), "")
            yield Change("structure/dedent", (put, take), 0.5)
    if place.index == 0:
        return
    above = place.block[place.index - 1]
    while (inner := _tail(above)) is not None:
        deeper = indent(text, inner[-1])
        if lines_of(text, [inner[-1]]) and len(deeper) > len(lead):
            moved = shifted(text, *lines, lead, deeper)
            unreachable = isinstance(inner[-1], _JUMPS)
            if moved is not None and not unreachable:
                yield Change("structure/indent", (text.edit(*lines, moved),))
        above = inner[-1]


def _tail(stmt: ast.stmt) -> list[ast.stmt] | None:
    """The block that ends a compound statement."""
    if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Match, ast.Try)):
        return None
    return getattr(stmt, "orelse", None) or getattr(stmt, "body", None)
