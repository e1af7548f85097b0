"""Inputs like the examples, but of a given size: to see how time grows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from strop.core.errors import BadInput
from strop.moves.vary.draw import Draw
from strop.moves.vary.infer import infer
from strop.moves.vary.relations import find, holds, settle
from strop.moves.vary.shape import Many, Number, Part, Row, Shape, Text
from strop.moves.vary.trees import look

__all__ = ["sized_inputs"]

_TRIES, _ROUNDS, _PARTS = 20, 4, 100


def sized_inputs(
    examples: Sequence[Sequence[Any]], sizes: Sequence[int], rng: random.Random, each: int = 3
) -> dict[float, list[list[Any]]]:
    """For each size (1 and more), up to `each` argument lists in case-file form.

    The size is the length of every list, tuple, set and string that is an argument itself; where
    there is none, the value of every whole number. What the elements are, and what holds between
    the arguments, is as in the examples (one number of arguments, that of the first).
    Raises `BadInput` where no argument can be given a size, or none of a size could be made.
    """
    rows = [list(args) for args in examples if len(args) == len(examples[0])]
    shapes = [infer(column) for column in zip(*rows, strict=True)] if rows else []
    grown = [_is_sequence(shape) for shape in shapes]
    if not any(grown):
        grown = ["int" in shape.parts for shape in shapes]
    if not any(grown):
        raise BadInput("no argument has a size: neither a sequence nor a whole number among them.")
    relations = find(rows)
    draw = Draw(rng)
    made: dict[float, list[list[Any]]] = {}
    for size in sizes:
        wanted = [
            _sized(shape, size) if grows else _widened(shape, size)
            for shape, grows in zip(shapes, grown, strict=True)
        ]
        found: list[list[Any]] = []
        for _ in range(_TRIES * each):
            draw.start(parts=_PARTS * size + _PARTS)
            args = _mended(draw, wanted, [draw.value(shape) for shape in wanted])
            if not holds(relations, args):
                args = _mended(draw, wanted, settle(relations, args, rng))
            right = all(_has_size(s, a) for s, a in zip(wanted, args, strict=True))
            if right and holds(relations, args) and args not in found:
                found.append(args)
            if len(found) == each:
                break
        if not found:
            raise BadInput(f"no input of size {size} like the examples was found.")
        made[size] = found
    return made


def _mended(draw: Draw, shapes: Sequence[Shape], args: Sequence[Any]) -> list[Any]:
    done: list[Any] = []
    for shape, arg in zip(shapes, args, strict=True):
        # Elements that are to differ may take several rounds.
        for _ in range(_ROUNDS):
            arg = draw.mend(shape, arg)
            if _has_size(shape, arg):
                break
        done.append(arg)
    return done


def _has_size(shape: Shape, tree: Any) -> bool:
    kind, content = look(tree)
    part = shape.parts.get(kind)
    return not (isinstance(part, Many | Text) and part.fixed) or len(content) == part.low


def _is_sequence(shape: Shape) -> bool:
    return any(isinstance(part, Many | Text) for part in shape.parts.values())


def _sized(shape: Shape, size: int) -> Shape:
    """Only the kinds that have a size, with that size."""
    sequences = {k: p for k, p in shape.parts.items() if isinstance(p, Many | Text)}
    parts = {k: _part(p, size) for k, p in (sequences or shape.parts).items()}
    return Shape(parts, {kind: shape.counts[kind] for kind in parts}, shape.seen)


def _part(part: Part, size: int) -> Part:
    if isinstance(part, Many):
        element = _widened(part.element, size) if part.distinct else part.element
        if part.square:
            element = _sized(element, size)
        return replace(part, element=element, low=size, high=size, fixed=True)
    if isinstance(part, Text):
        return replace(part, low=size, high=size, fixed=True, closed=False)
    if isinstance(part, Number):
        return replace(part, floor=size, ceiling=size, seen=(size,), closed=True)
    return part


def _widened(shape: Shape, size: int) -> Shape:
    """With numbers enough for so many of them to differ, or to point into so many."""
    parts: dict[str, Part] = {}
    for kind, part in shape.parts.items():
        if isinstance(part, Number):
            ceiling = max(part.ceiling, 8 * size)
            known = (part.floor, ceiling) if kind == "float" else (int(part.floor), int(ceiling))
            parts[kind] = replace(part, ceiling=ceiling, seen=known, closed=False)
        elif isinstance(part, Row):
            parts[kind] = replace(part, columns=tuple(_widened(c, size) for c in part.columns))
        else:
            parts[kind] = part
    return Shape(parts, shape.counts, shape.seen)
