"""Arithmetic, bitwise and augmented operators, and how their operands are grouped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.precedence import OPERATOR, binding
from strop.moves.mutate.text import Code
from strop.moves.mutate.walk import Change, Place, Site

__all__ = ["OP", "arithmetic", "augmented", "binary"]

OP: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.MatMult: "@",
}
_LEVEL = {symbol: OPERATOR[op] for op, symbol in OP.items()}
_NEAR = {
    "+": "-",
    "-": "+",
    "*": ("/", "**", "//", "+"),
    "/": ("//", "*"),
    "//": ("/", "%", "*"),
    "%": ("//",),
    "**": ("*",),
    "<<": (">>",),
    ">>": ("<<",),
    "|": ("&", "^"),
    "&": ("|", "^"),
    "^": ("&", "|"),
}
_FAR = {
    "+": "*|",
    "-": "*/%",
    "*": "-%",
    "/": "%-",
    "//": "-+",
    "%": "/*-",
    "**": "+",
    "|": "+",
    "&": "%",
    "^": "+",
    "<<": "*",
    ">>": "/",
}


def _others(symbol: str) -> Iterator[tuple[str, str, float]]:
    near = _NEAR.get(symbol, ())
    for rank, other in enumerate(near):
        yield other, "near", (1.0, 0.7, 0.6, 0.4)[rank]
    for other in _FAR.get(symbol, ""):
        yield other, "far", 1.0
    if symbol in "+-*///%":
        for other in OP.values():
            if other not in near and other not in _FAR.get(symbol, "") and other != "@":
                yield other, "rare", 0.5


def binary(site: Site, left: Code, symbol: str, right: Code) -> Code:
    """`left symbol right`, parenthesised where it must be."""
    level = _LEVEL[symbol]
    power = symbol == "**"
    return Code(f"{left.within(level + power)} {symbol} {right.within(level + 1 - power)}", level)


def arithmetic(site: Site) -> Iterator[Change]:
    node = site.node
    if not isinstance(node, ast.BinOp):
        return
    symbol = OP[type(node.op)]
    kind = site.function.kind(node)
    formats = symbol == "%" and kind == "str"
    left, right = site.code(node.left), site.code(node.right)
    for other, variant, factor in () if formats else _others(symbol):
        if kind in ("list", "str", "tuple") and other not in "+*":
            continue
        yield from _operator(site, node, symbol, other, f"arithmetic/{variant}", factor)
    if not formats:
        yield from _groupings(site, node)
        constant = isinstance(node.right, ast.Constant) or isinstance(node.left, ast.Constant)
        yield site.put("collapse/operand", left, 1.0)
        yield site.put("collapse/operand", right, 0.5 if constant else 0.9)
    if symbol in ("-", "/", "//", "%", "**", "<<", ">>") and not formats:
        yield site.put("operands/swap", binary(site, right, symbol, left))
    elif symbol == "+" and kind not in ("int", "float"):
        yield site.put("operands/swap", binary(site, right, symbol, left), 0.9 if kind else 0.5)


def _operator(
    site: Site, node: ast.BinOp, symbol: str, other: str, variant: str, factor: float
) -> Iterator[Change]:
    """The operator alone where its operands stay whole, else the expression anew."""
    level, old = _LEVEL[other], _LEVEL[symbol]
    start, stretch = site.text.between(node.left, node.right)
    at = stretch.find(symbol)
    if at >= 0 and (level == old or min(level, old) >= site.level):
        safe = _holds(site, node.left, level, node) and _holds(site, node.right, level + 1, node)
        if safe and other != "**":
            edit = site.text.edit(start + at, start + at + len(symbol), other)
            yield Change(variant, (edit,), factor)
            return
    code = binary(site, site.code(node.left), other, site.code(node.right))
    yield site.put(variant, code, factor)


def _holds(site: Site, operand: ast.expr, level: int, node: ast.BinOp) -> bool:
    return binding(operand) >= level or site.text.parentheses(operand, node) is not None


def _groupings(site: Site, node: ast.BinOp) -> Iterator[Change]:
    symbol = OP[type(node.op)]
    if isinstance(node.left, ast.BinOp):
        inner = node.left
        first, middle, last = inner.left, inner.right, node.right
        regrouped = binary(site, site.code(middle), symbol, site.code(last))
        code = binary(site, site.code(first), OP[type(inner.op)], regrouped)
        if not symbol == OP[type(inner.op)] == "+":
            yield site.put("arithmetic/grouping", code)
    if isinstance(node.right, ast.BinOp):
        inner = node.right
        first, middle, last = node.left, inner.left, inner.right
        regrouped = binary(site, site.code(first), symbol, site.code(middle))
        code = binary(site, regrouped, OP[type(inner.op)], site.code(last))
        if not symbol == OP[type(inner.op)] == "+":
            yield site.put("arithmetic/grouping", code)


def augmented(place: Place) -> Iterator[Change]:
    """`x += e` with another operator or none, and `x = e` with one."""
    stmt, text = place.stmt, place.text
    if isinstance(stmt, ast.AugAssign):
        symbol = OP[type(stmt.op)]
        start, stretch = text.between(stmt.target, stmt.value)
        at = stretch.find(symbol + "=")
        if at < 0:
            return
        at += start
        for other, variant, factor in _others(symbol):
            edit = text.edit(at, at + len(symbol), other)
            yield Change(f"arithmetic/{variant}", (edit,), factor)
        yield Change("augmented/drop", (text.edit(at, at + len(symbol), ""),))
        yield Change("augmented/drop", (text.edit(at, at + len(symbol) + 1, f"= {symbol}"),), 0.2)
    elif isinstance(stmt, ast.Assign) and len(stmt.targets) == 1:
        target = stmt.targets[0]
        if isinstance(target, ast.Tuple) or _first(place, target):
            return
        start, stretch = text.between(target, stmt.value)
        at = start + stretch.find("=")
        kind = place.function.kind(stmt.value)
        for symbol in "+-*|":
            fits = symbol == "+" or kind in (None, "int", "float") or (symbol, kind) == ("|", "set")
            if fits and kind not in ("bool", "none", "dict"):
                variant = "augmented/add" if symbol == "+" else "augmented/other"
                yield Change(variant, (text.edit(at, at, symbol),), 1.0 if kind else 0.7)


def _first(place: Place, target: ast.expr) -> bool:
    """Whether the assignment seems to be the one that makes the name."""
    if not isinstance(target, ast.Name):
        return False
    if target.id in place.function.params:
        return False
    for node in ast.walk(place.function.node):
        if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Store):
            return node is target
    return False
