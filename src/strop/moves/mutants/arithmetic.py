"""Arithmetic: operators of two sides, of one side, and those that also assign."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.core.patch import Edit
from strop.moves.mutants.spots import Spot
from strop.moves.mutate.precedence import OPERATOR, binding, required
from strop.moves.mutate.text import Code

__all__ = ["Change", "augmented", "binary", "unary"]

Change = tuple[str, Edit]
"""The operator's name and what it changes."""

_SYMBOL: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.MatMult: "@",
}
_OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.MatMult: ast.Mult,
}
_TEXTS = (ast.JoinedStr, ast.List, ast.ListComp, ast.Dict, ast.Set, ast.Tuple)
# A text or a list has these; what it has not would only raise.
_OF_TEXTS = (ast.Add, ast.Mod, ast.Mult)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, _TEXTS) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    )


def binary(spot: Spot) -> Iterator[Change]:
    node, text = spot.node, spot.text
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, _OF_TEXTS) and (_is_text(node.left) or _is_text(node.right)):
        return
    other = _OTHER[type(node.op)]
    level = OPERATOR[other]
    start, stretch = text.between(node.left, node.right)
    symbol = _SYMBOL[type(node.op)]
    at = start + stretch.index(symbol)
    name = "bitwise" if other in (ast.BitAnd, ast.BitOr) else "arithmetic"
    left, right = (_side(spot, side, level) for side in (node.left, node.right))
    if left is right is None and level >= required(spot.parent, spot.field):
        yield name, text.edit(at, at + len(symbol), _SYMBOL[other])
        return
    source = text.source
    code = "".join(
        (
            source[text.start(node) : text.start(node.left)],
            left or text.segment(node.left),
            source[text.end(node.left) : at],
            _SYMBOL[other],
            source[at + len(symbol) : text.start(node.right)],
            right or text.segment(node.right),
            source[text.end(node.right) : text.end(node)],
        )
    )
    place = required(spot.parent, spot.field)
    yield name, text.put(node, spot.parent, place, Code(code, level))


def _side(spot: Spot, side: ast.expr, level: int) -> str | None:
    """An operand in the parentheses that the new operator asks for; None if it asks for none."""
    if binding(side) > level or spot.text.parentheses(side, spot.node) is not None:
        return None
    if binding(side) == level:
        return None
    return f"({spot.text.segment(side)})"


def unary(spot: Spot) -> Iterator[Change]:
    """The sign taken away. That of a number is part of it."""
    node, text = spot.node, spot.text
    assert isinstance(node, ast.UnaryOp)
    if isinstance(node.op, ast.Not):
        return
    start = text.start(node)
    end = start + 1
    while text.source[end] in " \t":
        end += 1
    before, after = text.source[start - 1 : start], text.source[end]
    glued = start and (before.isalnum() or before == "_") and (after.isalnum() or after == "_")
    yield "unary", text.edit(start, end, " " if glued else "")


def augmented(spot: Spot) -> Iterator[Change]:
    """`x += 1` as `x -= 1` and as `x = 1`."""
    node, text = spot.node, spot.text
    assert isinstance(node, ast.AugAssign)
    start, stretch = text.between(node.target, node.value)
    symbol = f"{_SYMBOL[type(node.op)]}="
    at = start + stretch.index(symbol)
    if not (isinstance(node.op, _OF_TEXTS) and _is_text(node.value)):
        other = _SYMBOL[_OTHER[type(node.op)]]
        yield "augmented", text.edit(at, at + len(symbol), f"{other}=")
    yield "augmented", text.edit(at, at + len(symbol), "=")
