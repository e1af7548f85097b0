"""What names stand for in test code: assignments, loops over literals, `parametrize`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from strop.moves.vary.literals import NotPlain, value_of

__all__ = ["bound", "looped", "parametrized", "unbound"]

Names = Mapping[str, Any]

_ROWS = 200


def bound(target: ast.expr, value: ast.expr, names: Names) -> dict[str, Any]:
    """The names of a target with the data assigned to them; those that get no data are left out."""
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else None
    if isinstance(target, ast.Tuple | ast.List) and parts is not None:
        if len(parts) != len(target.elts):
            return {}
        pairs = zip(target.elts, parts, strict=True)
        return {name: v for t, part in pairs for name, v in bound(t, part, names).items()}
    try:
        return _matched(target, value_of(value, names))
    except NotPlain:
        return {}


def _matched(target: ast.expr, value: Any) -> dict[str, Any]:
    if isinstance(target, ast.Name):
        return {target.id: value}
    if not isinstance(target, ast.Tuple | ast.List) or not isinstance(value, list | tuple):
        return {}
    if len(target.elts) != len(value):
        return {}
    pairs = zip(target.elts, value, strict=True)
    return {name: v for t, part in pairs for name, v in _matched(t, part).items()}


def unbound(target: ast.expr, names: Names) -> dict[str, Any]:
    """The known names but for those that the target binds."""
    gone = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    return {name: value for name, value in names.items() if name not in gone}


def looped(target: ast.expr, items: ast.expr, names: Names) -> list[dict[str, Any]]:
    """What a loop over a literal, or over a name that has one, binds in each round."""
    if isinstance(items, ast.List | ast.Tuple):
        return [new for item in items.elts[:_ROWS] if (new := bound(target, item, names))]
    try:
        value = value_of(items, names)
    except NotPlain:
        return []
    if not isinstance(value, list | tuple | str):
        return []
    return [new for item in value[:_ROWS] if (new := _matched(target, item))]


def parametrized(decorator: ast.expr, known: Names) -> list[dict[str, Any]]:
    """What a `pytest.mark.parametrize` decorator binds in each case; nothing for any other."""
    if not isinstance(decorator, ast.Call) or len(decorator.args) < 2:
        return []
    if not ast.unparse(decorator.func).endswith("parametrize"):
        return []
    wanted, table = decorator.args[:2]
    try:
        told = value_of(wanted, known)
    except NotPlain:
        return []
    names = [n.strip() for n in told.split(",") if n.strip()] if isinstance(told, str) else told
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return []
    targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    # Only for a name that is alone and not in a list is the case not a row.
    alone = isinstance(told, str) and len(targets) == 1
    target = targets[0] if alone else ast.Tuple(targets, ast.Store())
    if isinstance(table, ast.List | ast.Tuple):
        table = ast.List([_plain_case(item, alone) for item in table.elts], ast.Load())
    return looped(target, table, known)


def _plain_case(item: ast.expr, alone: bool) -> ast.expr:
    """`pytest.param(1, 2, id="x")` as what it gives."""
    if isinstance(item, ast.Call) and ast.unparse(item.func).endswith("param") and item.args:
        return item.args[0] if alone else ast.Tuple(item.args, ast.Load())
    return item
