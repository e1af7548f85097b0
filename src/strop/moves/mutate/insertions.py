"""Statements deleted, copied, made up and exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.kinds import fit
from strop.moves.mutate.layout import after, before, lines_of, removed
from strop.moves.mutate.walk import Change, Place
from strop.moves.mutate.weights import worth

__all__ = ["deletions", "insertions"]

_GROW = {"list": ("append",), "set": ("add",)}
_ADDERS = ("append", "add", "extend", "appendleft", "push", "put", "update", "insert", "discard")
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def deletions(place: Place) -> Iterator[Change]:
    """The statement taken away, or exchanged with its neighbour."""
    stmt = place.stmt
    if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import)):
        return
    if isinstance(stmt, (ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)) or _docstring(place):
        return
    if (edit := removed(place)) is not None:
        compound = hasattr(stmt, "body")
        yield Change("statement/delete", (edit,), 0.4 if compound else 1.0)
    if place.chained:
        return
    following = place.next
    if following is not None and not isinstance(stmt, _JUMPS):
        text = place.text
        one, two = lines_of(text, [stmt]), lines_of(text, [following])
        if one and two and one[1] < two[0]:
            edits = (
                text.edit(*one, text.source[two[0] : two[1]]),
                text.edit(*two, text.source[one[0] : one[1]]),
            )
            simple = not (hasattr(stmt, "body") or hasattr(following, "body"))
            constant = isinstance(getattr(stmt, "value", None), ast.Constant)
            yield Change("statement/swap", edits, 0.3 if constant else 1.0 if simple else 0.7)


def _docstring(place: Place) -> bool:
    stmt = place.stmt
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)


def insertions(place: Place) -> Iterator[Change]:
    """Statements put before this one, and after it where it ends its block."""
    stmt = place.stmt
    if _docstring(place) or isinstance(stmt, (ast.Import, ast.ImportFrom)):
        return
    if place.chained or isinstance(place.owner, (ast.Module, ast.ClassDef)):
        return
    edge = place.index == 0
    above = place.block[place.index - 1]
    here = 0.8 if edge else 0.9 if hasattr(above, "body") else 0.6
    ends = place.last and not isinstance(stmt, _JUMPS)
    for variant, line, factor, last in _lines(place):
        if not worth(variant, factor):
            continue
        if not last and (edit := before(place, [line])) is not None:
            yield Change(variant, (edit,), factor * here)
        if ends and (edit := after(place, [line])) is not None:
            yield Change(variant, (edit,), factor)
    yield from _copies(place, here, ends)


def _lines(place: Place) -> Iterator[tuple[str, str, float, bool]]:
    """Made-up statements: table row, text, factor, whether only for the end of a block."""
    function = place.function
    kinds = function.kinds
    names = place.names
    crowd = min(1.0, (5 / max(len(names), 1)) ** 0.5)
    grow: dict[tuple[str, str], float] = {}
    for owner, methods in function.pool.methods.items():
        for method in methods:
            if owner in function.visible and method in _ADDERS and owner:
                grow[owner, method] = 1.0
    for name in names:
        for method in _GROW.get(kinds.get(name) or "", ()):
            grow.setdefault((name, method), 0.5 if name in function.params else 0.9)
    near = _near(place)
    for (owner, method), factor in grow.items():
        for name in names:
            if name != owner:
                like = factor * crowd * (1.0 if name in near else 0.6)
                like *= 0.5 if kinds.get(name) == "list" and method != "extend" else 1.0
                yield "statement/call", f"{owner}.{method}({name})", like, False
    if place.loops:
        for name in (n for n in names if n in function.own):
            kind = kinds.get(name)
            if name in function.params and kind is None:
                continue
            # A variable that a loop only reads has often lost the line that moves it on.
            still = crowd * (1.0 if function.stores.get(name, 0) == 1 else 0.6)
            still *= 1.0 if name in near else 0.8
            for other in names:
                if other != name and (like := fit(kinds.get(other), kind)) >= 0.5:
                    like *= 1.0 if other in near else 0.7
                    yield "statement/assign", f"{name} = {other}", like * crowd * still, False
            if kind == "int":
                yield "statement/step", f"{name} += 1", 1.0, False
                yield "statement/step", f"{name} -= 1", 0.6, False
        if place.last:
            yield "statement/jump", "break", 1.0, True
            yield "statement/jump", "continue", 0.4, True
    if place.last and isinstance(function.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        outer = 1.0 if place.owner is function.node else 0.5
        seen: set[str] = set()
        for donor in function.pool.near(place.stmt.lineno, 8, "returned"):
            if donor.free <= function.visible and not isinstance(
                donor.node, (ast.Yield, ast.YieldFrom)
            ):
                seen.add(donor.code.text)
                yield "statement/return", f"return {donor.code.text}", outer, True
        for name in names:
            if name not in seen:
                yield "statement/return", f"return {name}", outer * crowd * 0.8, True
        for text in ("None", "True", "False"):
            if text not in seen:
                yield "statement/return", f"return {text}", outer * 0.5, True


def _near(place: Place) -> set[str]:
    """The names of the statement, its block's head and its neighbours."""
    around = place.block[max(0, place.index - 1) : place.index + 2]
    parts: list[ast.AST] = [*around]
    if not isinstance(place.owner, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parts += [n for n in ast.iter_child_nodes(place.owner) if isinstance(n, ast.expr)]
    return {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}


def _copies(place: Place, here: float, ends: bool) -> Iterator[Change]:
    """Other simple statements of the function, as they are."""
    function, text = place.function, place.text
    line = place.stmt.lineno
    donors = [s for s in function.pool.simple if s is not place.stmt and _visible(place, s)]
    donors = sorted(donors, key=lambda donor: abs(donor.lineno - line))[:12]
    crowd = min(1.0, (6 / max(len(donors), 1)) ** 0.5)
    for donor in donors:
        source = text.segment(donor)
        if "\n" in source or "\r" in source:
            continue
        beside = abs(donor.lineno - place.stmt.lineno) <= 1 and donor in place.block
        like = crowd * (0.3 if beside else 1.0)
        start = place.index == 0
        fresh = isinstance(donor, ast.Assign) and isinstance(donor.value, (ast.Constant, ast.List))
        if (edit := before(place, [source])) is not None:
            inside = start and place.loops and fresh
            yield Change("statement/copy", (edit,), like * (1.0 if inside else here))
        if ends and (edit := after(place, [source])) is not None:
            yield Change("statement/copy", (edit,), like * (0.5 if fresh else 1.0))


def _visible(place: Place, stmt: ast.stmt) -> bool:
    visible = place.function.visible
    return all(
        n.id in visible
        for n in ast.walk(stmt)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    )
