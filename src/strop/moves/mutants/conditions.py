"""Comparisons, boolean connectives, and negation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from strop.moves.mutants.arithmetic import Change
from strop.moves.mutants.spots import Spot
from strop.moves.mutate.comparisons import SYMBOL
from strop.moves.mutate.precedence import NOT, binding, required
from strop.moves.mutate.text import Code

__all__ = ["comparison", "connective", "negation", "unnegated"]

_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_OPPOSITE = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}


def comparison(spot: Spot) -> Iterator[Change]:
    """Each operator as its opposite, and one with a boundary with and without it."""
    node, text = spot.node, spot.text
    assert isinstance(node, ast.Compare)
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        symbol = SYMBOL[type(op)]
        start, stretch = text.between(left, right)
        found = re.search(r"[\s\\]+".join(map(re.escape, symbol.split())), stretch)
        left = right
        if found is None:
            continue
        at, end = start + found.start(), start + found.end()
        if symbol in _BOUNDARY:
            yield "boundary", text.edit(at, end, _BOUNDARY[symbol])
        yield "comparison", text.edit(at, end, _OPPOSITE[symbol])


def connective(spot: Spot) -> Iterator[Change]:
    """`a and b` as `a or b`, and the other way round; where either may stand, so may the other."""
    node, text = spot.node, spot.text
    assert isinstance(node, ast.BoolOp)
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    first = end = 0
    changed = ""
    for left, right in pairwise(node.values):
        start, stretch = text.between(left, right)
        at = start + stretch.index(old)
        if changed:
            changed += text.source[end:at]
        else:
            first = at
        changed += new
        end = at + len(old)
    yield "connective", text.edit(first, end, changed)


def negation(spot: Spot) -> Iterator[Change]:
    """A condition negated, unless it is a comparison or negated already: those have their own."""
    node, text = spot.node, spot.text
    if not isinstance(node, ast.expr) or not spot.test:
        return
    if isinstance(node, ast.Constant) or (isinstance(node, ast.Compare) and len(node.ops) == 1):
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return
    inner = Code(text.segment(node), binding(node)).within(NOT)
    place = required(spot.parent, spot.field)
    yield "negation", text.put(node, spot.parent, place, Code(f"not {inner}", NOT))


def unnegated(spot: Spot) -> Iterator[Change]:
    """`not x` as `x`."""
    node, text = spot.node, spot.text
    assert isinstance(node, ast.UnaryOp)
    if isinstance(node.op, ast.Not):
        start = text.start(node)
        end = start + len("not")
        while text.source[end] in " \t":
            end += 1
        yield "negation", text.edit(start, end, "")
