"""Expressions of the function put in place of others, or joined to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.arithmetic import binary
from strop.moves.mutate.kinds import called, fit
from strop.moves.mutate.precedence import TEST
from strop.moves.mutate.roles import Role
from strop.moves.mutate.text import Code, call
from strop.moves.mutate.walk import Change, Site

__all__ = ["donors", "extensions", "limits"]

_VALUES: tuple[Role, ...] = ("value", "returned", "argument", "element")
_NOT_NUMBERS = ("isinstance", "len", "print", "enumerate", "zip", "map", "str")
_GIVERS: dict[Role, tuple[Role, ...]] = {
    "condition": ("condition",),
    "iterable": ("iterable", "argument", "value"),
    "index": ("index", "bound"),
    "bound": ("bound", "index", "argument"),
    "argument": (*_VALUES, "index"),
    "value": _VALUES,
    "returned": _VALUES,
    "element": _VALUES,
    "operand": ("operand", "index", "argument", "value"),
}


def donors(site: Site) -> Iterator[Change]:
    """Another expression of the same function, seldom of the module, for this one."""
    node, role = site.node, site.role
    givers = _GIVERS.get(role)
    if givers is None or isinstance(node, (ast.Starred, ast.Yield, ast.YieldFrom)):
        return
    function = site.function
    kind = site.kind
    own = site.code().text
    simple = isinstance(node, (ast.Name, ast.Constant))
    for giver in givers:
        found = [d for d in site.givers(12, giver) if _may(site, d.node) and d.code.text != own]
        crowd = min(1.0, (8 / max(len(found), 1)) ** 0.5)
        for donor in found:
            if role in ("condition", "iterable") and giver == role:
                variant = f"donor/{role}"
            elif role == "operand" or giver == "operand":
                variant = "donor/operand"
            else:
                variant = "donor/same" if giver == role else "donor/value"
            like = fit(donor.kind, kind) * crowd
            like *= 1.0 if abs(donor.line - site.place.stmt.lineno) <= 3 else 0.8
            like *= 0.7 if simple and len(donor.code.text) > 12 else 1.0
            if not (simple and isinstance(donor.node, (ast.Name, ast.Constant))):
                yield site.put(variant, donor.code, like)
    if role in ("condition", "iterable", "value", "returned"):
        count = 0
        for donor in function.module.pool.near(site.place.stmt.lineno, 40, role):
            if count == 12:
                break
            if donor.code.text != own and _may(site, donor.node) and site.sees(donor):
                count += 1
                yield site.put("donor/module", donor.code, fit(donor.kind, kind))


def _may(site: Site, node: ast.expr) -> bool:
    if isinstance(node, ast.Slice):
        return site.role == "index" and isinstance(site.parent, ast.Subscript)
    return not isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr))


def extensions(site: Site) -> Iterator[Change]:
    """`e` to `e + v` and the like."""
    node, role = site.node, site.role
    if role not in (*_VALUES, "operand", "index", "bound") or isinstance(node, ast.Slice):
        return
    if isinstance(
        node, (ast.Starred, ast.Yield, ast.YieldFrom, ast.Lambda, ast.Tuple, ast.Compare)
    ):
        return
    parent = site.parent
    if role == "argument" and called(parent) in _NOT_NUMBERS:
        return
    kind = site.kind
    function = site.function
    kinds = function.kinds
    own = site.text.here(node)
    names = [n for n in site.names() if not (isinstance(node, ast.Name) and n == node.id)]
    if kind in ("list", "str", "tuple"):
        yield from _sequences(site, own, names)
        return
    if kind in ("bool", "none", "dict", "set"):
        return
    like = 1.0 if kind else 0.4
    like *= {"operand": 0.5, "index": 0.7, "element": 0.5, "argument": 0.8}.get(role, 1.0)
    like *= min(1.0, (5 / max(len(names), 1)) ** 0.5)
    if function.name and called(parent) == function.name:
        like *= 1.8  # what a recursion passes on
    constant = isinstance(node, ast.Constant)
    if constant and (node.value in (0, None) or role == "operand"):
        return
    summed = isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub))
    if not constant:
        yield site.put("extension/constant", binary(site, own, "**", Code("2")), like)
        yield site.put("extension/constant", binary(site, own, "*", Code("2")), like)
        yield site.put("extension/constant", binary(site, own, "//", Code("2")), like * 0.8)
        yield site.put("extension/constant", binary(site, own, "%", Code("2")), like * 0.3)
        yield site.put("extension/constant", binary(site, own, "+", Code("2")), like * 0.3)
        yield site.put("extension/constant", binary(site, own, "-", Code("2")), like * 0.3)
    numbers = [n for n in names if kinds.get(n) in ("int", "float", None)]
    for name in numbers:
        code = Code(name)
        scale = like * (1.0 if kinds.get(name) else 0.4) * (0.4 if constant else 1.0)
        for symbol in "-+":
            yield site.put(
                "extension/name", binary(site, own, symbol, code), scale * (0.5 if summed else 1.0)
            )
        for symbol, factor in (("*", 1.0), ("%", 0.8), ("//", 0.7), ("/", 0.4)):
            yield site.put("extension/scale", binary(site, own, symbol, code), scale * factor)
        if not summed:
            yield site.put("extension/scale", binary(site, code, "-", own), scale)
    if constant or kind is None:
        return
    for donor in site.givers(10, "index", "argument", "operand"):
        compound = isinstance(donor.node, (ast.BinOp, ast.Call, ast.Subscript))
        if compound and donor.kind in ("int", "float"):
            for symbol in "-+":
                yield site.put("extension/expression", binary(site, own, symbol, donor.code))


def _sequences(site: Site, own: Code, names: list[str]) -> Iterator[Change]:
    kinds = site.function.kinds
    kind = site.kind
    like = {"returned": 1.0, "value": 0.8, "argument": 0.7, "element": 0.4}.get(site.role, 0.3)
    if isinstance(site.node, ast.Constant) and site.role != "returned":
        like *= 0.2
    for name in names:
        other = kinds.get(name)
        code = Code(name)
        if other == kind or other is None:
            factor = like * (1.0 if other else 0.4)
            yield site.put("extension/sequence", binary(site, code, "+", own), factor)
            yield site.put("extension/sequence", binary(site, own, "+", code), factor)
        if kind == "list":
            one = Code(f"[{name}]")
            factor = like * (0.5 if other != "list" else 0.3)
            yield site.put("extension/sequence", binary(site, own, "+", one), factor)
            yield site.put("extension/sequence", binary(site, one, "+", own), factor)
        if other == "int":
            yield site.put("extension/scale", binary(site, own, "*", code), like)
    for donor in site.givers(24, "value", "returned", "argument", "operand"):
        if donor.kind == kind and not isinstance(donor.node, ast.Name):
            if isinstance(donor.node, ast.Constant) and not donor.node.value:  # type: ignore
                continue
            if donor.code.text == own.text or donor.code.text in ("[]", "[[]]"):
                continue
            for pair in ((own, donor.code), (donor.code, own)):
                yield site.put(
                    "extension/sequence", binary(site, pair[0], "+", pair[1]), 0.4 * like
                )


def limits(site: Site) -> Iterator[Change]:
    """`max(t, e)`, `min(t, e)` and `max(0, e)` for `e`."""
    node, role = site.node, site.role
    if role not in ("value", "returned", "argument", "operand", "bound"):
        return
    kind = site.kind
    if kind not in ("int", "float", None) or isinstance(node, (ast.Constant, ast.Lambda)):
        return
    if called(node) in ("min", "max"):
        return
    if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await, ast.Starred, ast.NamedExpr)):
        return
    own = site.text.here(node)
    own = Code(own.text, max(own.level, TEST))
    like = (1.0 if kind else 0.6) * (1.0 if isinstance(node, (ast.BinOp, ast.Name)) else 0.8)
    stmt = site.place.stmt
    if role == "value" and isinstance(stmt, (ast.Assign, ast.AugAssign)):
        target = stmt.targets[0] if isinstance(stmt, ast.Assign) else stmt.target
        if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)) and stmt.value is node:
            kept = site.code(target)
            old = like if not isinstance(target, ast.Subscript) else like * 0.6
            if kept.text != own.text and isinstance(stmt, ast.Assign):
                yield site.put("min-max/keep", call("max", kept, own), old)
                yield site.put("min-max/keep", call("min", kept, own), old)
            elif isinstance(stmt, ast.AugAssign) and kind != "str":
                start = site.text.start(stmt)
                for name in ("max", "min"):
                    text = f"{kept.text} = {call(name, kept, site.code()).text}"
                    edit = site.text.edit(start, site.text.end(stmt), text)
                    yield Change("min-max/keep", (edit,), 0.6)
    scale = {"value": 1.0, "returned": 0.5, "operand": 0.3, "argument": 0.4, "bound": 0.5}[role]
    yield site.put("min-max/zero", call("max", Code("0"), own), like * scale)
    names = [n for n in site.names() if site.function.kinds.get(n) in ("int", "float")]
    for name in names[:6]:
        if name != own.text:
            for choice in ("min", "max"):
                yield site.put("min-max/name", call(choice, own, Code(name)), like * scale)
