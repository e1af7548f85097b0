"""Constants: numbers off by one, texts and displays emptied, truth values turned; slice bounds."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from strop.moves.mutants.arithmetic import Change
from strop.moves.mutants.spots import Spot
from strop.moves.mutate.precedence import ATOM, UNARY, required
from strop.moves.mutate.text import Code

__all__ = ["constant", "display", "slice_bounds"]

_SOMETHING = "strop"


def constant(spot: Spot) -> Iterator[Change]:
    """Of a number, with its sign: one more and one less. Texts of exceptions stay."""
    node = spot.node
    if _signed(spot.parent) and isinstance(node, ast.Constant):
        return
    name = "default" if spot.default else "constant"
    for new in _others(node, spot.message):
        level = UNARY if new.startswith("-") else ATOM
        place = required(spot.parent, spot.field)
        yield name, spot.text.put(_expression(node), spot.parent, place, Code(new, level))


def _expression(node: ast.AST) -> ast.expr:
    assert isinstance(node, ast.expr)
    return node


def _signed(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
        and type(node.operand.value) in (int, float)
    )


def _others(node: ast.AST, message: bool) -> Iterator[str]:
    sign = 1
    if isinstance(node, ast.UnaryOp) and _signed(node):
        sign, node = -1, node.operand
    if isinstance(node, ast.JoinedStr) and not message:
        yield '""'
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield repr(not value)
    elif isinstance(value, int):
        yield _decimal(sign * value + 1)
        yield _decimal(sign * value - 1)
    elif isinstance(value, float):
        for new in (sign * value + 1, sign * value - 1):
            if math.isfinite(new) and new != sign * value:
                yield repr(new)
    elif isinstance(value, (str, bytes)) and not message:
        mark = "b" if isinstance(value, bytes) else ""
        yield f'{mark}""' if value else f'{mark}"{_SOMETHING}"'


def _decimal(value: int) -> str:
    """Very long numbers cannot be written in decimal."""
    return str(value) if value.bit_length() < 1024 else hex(value)


def display(spot: Spot) -> Iterator[Change]:
    """A list, dictionary or set with something in it emptied."""
    node, text = spot.node, spot.text
    match node:
        case ast.List(elts=[_, *_], ctx=ast.Load()):
            new = "[]"
        case ast.Dict(values=[_, *_]):
            new = "{}"
        case ast.Set():
            new = "set()"
        case _:
            return
    name = "default" if spot.default else "emptied"
    yield name, text.edit(text.start(node), text.end(node), new)


def slice_bounds(spot: Spot) -> Iterator[Change]:
    """`x[a:b]` without each bound, and without its step."""
    node, text = spot.node, spot.text
    assert isinstance(node, ast.Slice)
    for bound in (node.lower, node.upper, node.step):
        if bound is None or (isinstance(bound, ast.Constant) and bound.value is None):
            continue
        if bound is node.lower and isinstance(bound, ast.Constant) and bound.value == 0:
            continue
        start, end = text.parentheses(bound, node) or (text.start(bound), text.end(bound))
        yield "slice", text.edit(start, end, "")
