"""Guards: an `if` put before a statement or around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.conditions import opposite, tests
from strop.moves.mutate.layout import before, indent, lines_of, shifted
from strop.moves.mutate.returns import RETURNED
from strop.moves.mutate.text import Code
from strop.moves.mutate.walk import Change, Place
from strop.moves.mutate.weights import worth

__all__ = ["guards"]


def guards(place: Place) -> Iterator[Change]:
    function = place.function
    stmt = place.stmt
    if not isinstance(function.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    if (
        place.chained
        or isinstance(place.owner, ast.ClassDef)
        or isinstance(stmt, (ast.Global, ast.Nonlocal))
    ):
        return
    if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant):
        return
    names = {n.id for n in ast.walk(stmt) if isinstance(n, ast.Name)}
    conditions = list(_conditions(place, names))
    unit = function.module.unit
    for condition, factor, _ in conditions:
        if place.loops:
            for jump, like in (("continue", 1.0), ("break", 0.8)):
                if not worth("guard/jump", factor * like):
                    continue
                edit = before(place, [f"if {condition.text}:", f"{unit}{jump}"])
                if edit is not None:
                    yield Change("guard/jump", (edit,), factor * like)
    entry = place.owner is function.node and _first(place)
    values = list(_values(place))
    for condition, factor, seen in conditions:
        for value, like in values:
            if not entry and not seen and like < 0.7:
                continue
            inner = place.loops or place.owner is not function.node
            variant = "guard/entry" if entry else "guard/inside"
            scale = factor * like * (0.7 if inner else 1.0)
            if not worth(variant, scale):
                continue
            result = f"return {value}" if value else "return"
            edit = before(place, [f"if {condition.text}:", f"{unit}{result}"])
            if edit is not None:
                yield Change(variant, (edit,), scale)
    yield from _wraps(place, conditions)


def _first(place: Place) -> bool:
    head = place.block[0]
    documented = isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant)
    return place.index == (1 if documented else 0)


def _conditions(place: Place, names: set[str]) -> Iterator[tuple[Code, float, bool]]:
    """Conditions, how likely each is, and whether the function has it already."""
    function = place.function
    done: set[str] = set()
    for donor in function.pool.near(place.stmt.lineno, 6, "condition"):
        if donor.free <= function.visible and not isinstance(donor.node, ast.Constant):
            for code, factor in ((donor.code, 0.7), (opposite(donor.node, donor.code), 0.4)):
                if code.text not in done:
                    done.add(code.text)
                    yield code, factor, True
    first = _first(place) and place.owner is function.node
    for name in place.names:
        used = name in names or (first and name in function.params)
        if used and (not first or name in function.params):
            for test, factor in tests(name, function.kinds.get(name)):
                if test.text not in done and (first or factor >= 0.6):
                    done.add(test.text)
                    yield test, factor, False


def _values(place: Place) -> Iterator[tuple[str, float]]:
    """What a guard may return, how likely."""
    function = place.function
    if function.generator:
        yield "", 1.0
        return
    seen: set[str] = set()
    kinds = set()
    for donor in function.pool.near(place.stmt.lineno, 6, "returned"):
        if donor.node is not None and donor.free <= function.visible:
            kinds.add(donor.kind)
            simple = isinstance(donor.node, (ast.Name, ast.Constant, ast.List))
            if len(donor.code.text) < 30:
                seen.add(donor.code.text)
                yield donor.code.text, 1.0 if simple else 0.5
    for text, kind in RETURNED:
        if text not in seen:
            yield text, 0.8 if kind in kinds else 0.4 if None in kinds else 0.15
    for name in function.params:
        if name not in seen and name not in ("self", "cls"):
            kind = function.kinds.get(name)
            yield name, 0.7 if kind in kinds else 0.4
            if "list" in kinds or None in kinds:
                yield f"[{name}]", 0.25


def _wraps(place: Place, conditions: list[tuple[Code, float, bool]]) -> Iterator[Change]:
    text, stmt = place.text, place.stmt
    if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    lines = lines_of(text, [stmt])
    if lines is None:
        return
    lead = indent(text, stmt)
    body = shifted(text, *lines, lead, lead + place.function.module.unit)
    if body is None:
        return
    compound = hasattr(stmt, "body")
    for condition, factor, seen in conditions:
        edit = text.edit(*lines, f"{lead}if {condition.text}:{text.newline}{body}")
        like = factor * (0.5 if compound else 1.0) * (1.0 if seen else 0.6)
        yield Change("structure/wrap", (edit,), like)
