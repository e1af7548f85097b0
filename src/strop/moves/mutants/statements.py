"""Statements: taken away, nothing returned, loops left or gone on with."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutants.arithmetic import Change
from strop.moves.mutants.spots import Spot
from strop.moves.mutate.precedence import required
from strop.moves.mutate.text import Code

__all__ = ["jump", "removed", "returned", "yielded"]

_JUMPS = {ast.Break: "continue", ast.Continue: "break"}


def jump(spot: Spot) -> Iterator[Change]:
    """`break` as `continue`, and the other way round."""
    node, text = spot.node, spot.text
    assert isinstance(node, ast.stmt)
    yield "loop", text.edit(text.start(node), text.end(node), _JUMPS[type(node)])  # type: ignore[index]


def removed(spot: Spot) -> Iterator[Change]:
    """`pass` in a statement's place. What the import defines is only changed, never taken away."""
    node, text = spot.node, spot.text
    match node:
        case ast.Expr(value=ast.Constant() | ast.Yield() | ast.YieldFrom()):
            return
        case ast.AnnAssign(value=None):
            return
        case ast.Assign() | ast.AnnAssign() if spot.scope.at_import:
            return
    assert isinstance(node, ast.stmt)
    yield "statement", text.edit(text.start(node), text.end(node), "pass")


def returned(spot: Spot) -> Iterator[Change]:
    """None in place of what is returned."""
    node = spot.node
    assert isinstance(node, ast.Return)
    yield from _nothing(spot, node, node.value, "return")


def yielded(spot: Spot) -> Iterator[Change]:
    """None in place of what is yielded."""
    node = spot.node
    assert isinstance(node, ast.Yield)
    yield from _nothing(spot, node, node.value, "yield")


def _nothing(spot: Spot, node: ast.AST, value: ast.expr | None, name: str) -> Iterator[Change]:
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return
    place = required(node, "value")
    yield name, spot.text.put(value, node, place, Code("None"))
