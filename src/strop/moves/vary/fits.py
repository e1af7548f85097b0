"""Whether a value keeps a shape."""

from __future__ import annotations

from typing import Any

from strop.moves.vary.shape import (
    DEPTH,
    Atom,
    Many,
    Number,
    Row,
    Shape,
    Table,
    Text,
    order_of,
    permuted_from,
)
from strop.moves.vary.trees import key, look

__all__ = ["fits"]


def fits(shape: Shape, tree: Any, depth: int = 0) -> bool:
    """Whether a value keeps everything that `shape` knows."""
    kind, content = look(tree) if depth <= DEPTH else ("atom", tree)
    part = shape.parts.get(kind)
    below = depth + 1
    match part:
        case None:
            return False
        case Atom(seen):
            return kind == "bool" or any(tree is known or tree == known for known in seen)
        case Number():
            if part.closed or isinstance(content, dict):
                return content in part.seen
            return part.floor <= content <= part.ceiling
        case Text():
            if part.closed:
                return content in part.seen
            length = len(content) == part.low if part.fixed else len(content) <= _most(part)
            return length and all(char in part.alphabet for char in content)
        case Row(columns):
            return (
                len(content) == len(columns)
                and all(fits(c, item, below) for c, item in zip(columns, content, strict=True))
                and (not part.ascending or order_of(content) in (1, 2))
            )
        case Many():
            return _fits_many(part, content) and all(
                fits(part.element, item, below) for item in content
            )
        case Table():
            names = [key(name) for name, _ in content]
            return (
                len(set(names)) == len(names)
                and part.required <= set(names)
                and all(fits(part.key, name, below) for name, _ in content)
                and all(
                    fits(part.values.get(key(name), part.value), value, below)
                    for name, value in content
                )
            )


def _most(part: Text | Many) -> int:
    return max(2 * part.high, part.high + 2)


def _fits_many(part: Many, items: list[Any]) -> bool:
    if len(items) != part.low if part.fixed else len(items) > _most(part):
        return False
    if part.order and len(items) > 1 and order_of(items) not in (part.order, 2):
        return False
    if part.distinct and len({key(item) for item in items}) != len(items):
        return False
    if part.even and len({len(look(item)[1]) for item in items}) > 1:
        return False
    if part.square and items and len(look(items[0])[1]) != len(items):
        return False
    return part.permutation is None or permuted_from([items]) == part.permutation or not items
