"""The shape of example values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from strop.moves.vary.shape import (
    CLASSES,
    DEPTH,
    Atom,
    Many,
    Number,
    Part,
    Row,
    Shape,
    Table,
    Text,
    class_of,
    order_of,
    permuted_from,
)
from strop.moves.vary.trees import SEQUENCES, key, look

__all__ = ["infer"]

_ENOUGH = 5


def infer(trees: Sequence[Any], depth: int = 0) -> Shape:
    """The shape of values that stand at one place; `depth` 0 is an argument itself."""
    contents: dict[str, list[Any]] = {}
    for tree in trees:
        kind, content = look(tree) if depth <= DEPTH else ("atom", tree)
        contents.setdefault(kind, []).append(content)
    parts = {kind: _part(kind, found, depth) for kind, found in contents.items()}
    counts = {kind: len(found) for kind, found in contents.items()}
    return Shape(parts, counts, _unique(trees))


def _unique(trees: Sequence[Any]) -> tuple[Any, ...]:
    return tuple({repr(tree): tree for tree in trees}.values())


def _part(kind: str, found: list[Any], depth: int) -> Part:
    if kind in ("int", "float"):
        return _number(kind, found)
    if kind in ("str", "bytes"):
        return _text(kind, found)
    if kind == "complex" or kind.startswith("as "):
        return Row(tuple(infer(column, depth + 1) for column in zip(*found, strict=True)), False)
    if kind in ("dict", "pairs"):
        return _table(found, depth)
    if kind in SEQUENCES:
        return _row(kind, found, depth) or _many(kind, found, depth)
    return Atom((False, True) if kind == "bool" else _unique(found))


def _closed(found: Sequence[Any], distinct: int) -> bool:
    """Few values, often repeated: probably all there are."""
    return distinct <= 6 and len(found) >= max(8, 3 * distinct)


def _number(kind: str, found: list[Any]) -> Number:
    seen = _unique(found)
    finite = [number for number in found if not isinstance(number, dict)]
    if not finite:
        return Number(seen, 0, 0, True, False)
    low, high = min(finite), max(finite)
    step = 1 if kind == "int" else 0.5
    ceiling = max(2 * high, high + 2 * step) if high >= 0 else max(high, -step)
    # Five numbers of two and more: zero and one may well be outside the contract.
    if low < 0:
        floor = 2 * low
    elif len(finite) >= _ENOUGH:
        floor = min(low, 2)
    else:
        floor = 0 if low == 0 else min(low, 1)
    if kind == "float":
        floor, ceiling = max(floor, -1e308), min(ceiling, 1e308)
        if low >= 0 and high <= 1 and len(finite) > 2:
            ceiling = 1.0
    whole = all(number == int(number) for number in finite)
    return Number(seen, floor, ceiling, _closed(found, len(seen)), whole)


def _text(kind: str, found: list[str]) -> Text:
    everything = "".join(found)
    alphabet = ""
    for letters in CLASSES:
        here = [char for char in everything if char in letters]
        used = set(here)
        few = len(used) <= 6 and len(here) >= 3 * len(used)
        alphabet += "".join(sorted(used)) if few or not used else letters
    alphabet += "".join(sorted(char for char in set(everything) if not class_of(char)))
    lengths = [len(text) for text in found]
    fixed = len(set(lengths)) == 1 and len(found) > 2
    seen = tuple(dict.fromkeys(found))
    closed = _closed(found, len(seen)) and max(lengths) > 1
    return Text(seen, alphabet, min(lengths), max(lengths), fixed, closed)


def _row(kind: str, found: list[list[Any]], depth: int) -> Row | None:
    lengths = {len(items) for items in found}
    if kind not in ("list", "tuple") or len(lengths) != 1 or not 1 <= (n := lengths.pop()) <= 8:
        return None
    kinds = [{look(items[i])[0] for items in found} for i in range(n)]
    mixed = any(a != b for a, b in pairwise(kinds))
    if kind == "list" and not mixed and (depth == 0 or len(found) < 2 or n == 1):
        return None
    if kind == "list" and len(found) < 2:
        return None
    if kind == "tuple" and len(found) < 2 and not mixed and n > 3:
        return None
    ordered = len(found) > 2 and n > 1 and all(order_of(items) == 1 for items in found)
    columns = zip(*found, strict=True)
    return Row(tuple(infer(column, depth + 1) for column in columns), ordered)


def _many(kind: str, found: list[list[Any]], depth: int) -> Many:
    lengths = [len(items) for items in found]
    long = [items for items in found if len(items) > 1]
    evident = len(long) > 1 or any(len(items) > 3 for items in long)
    orders = {order_of(items) for items in long} if evident and kind != "set" else {0}
    order = 0
    for wanted in (1, -1):
        if wanted in orders and orders <= {wanted, 2}:
            order = wanted
    distinct = evident and all(len({key(i) for i in items}) == len(items) for items in long)
    even, square = _even(found, long)
    return Many(
        element=infer([item for items in found for item in items], depth + 1),
        low=min(lengths),
        high=max(lengths),
        fixed=len(set(lengths)) == 1 and len(found) > 2,
        order=order,
        distinct=distinct or kind in ("set", "frozenset"),
        even=even,
        square=square,
        permutation=permuted_from(found) if distinct and evident else None,
    )


def _even(found: list[list[Any]], long: list[list[Any]]) -> tuple[bool, bool]:
    rows = [[look(item) for item in items] for items in found if items]
    if not rows or any(kind not in ("list", "str") for items in rows for kind, _ in items):
        return False, False
    if len({kind for items in rows for kind, _ in items}) != 1:
        return False, False
    even = bool(long) and all(len({len(content) for _, content in items}) == 1 for items in rows)
    square = even and all(len(items) == len(items[0][1]) for items in rows)
    return even, square


def _table(found: list[list[list[Any]]], depth: int) -> Table:
    keys: dict[Any, Any] = {}
    values: dict[Any, list[Any]] = {}
    for pairs in found:
        for name, value in pairs:
            keys.setdefault(key(name), name)
            values.setdefault(key(name), []).append(value)
    everything = [value for group in values.values() for value in group]
    always = {name for name, group in values.items() if len(group) == len(found)}
    # Tables with the same few keys are records: each key has values of its own.
    record = len(found) > 1 and always and len(keys) <= 2 * len(always)
    sizes = [len(pairs) for pairs in found]
    return Table(
        keys=tuple(keys.values()),
        required=frozenset(always) if len(found) > 1 else frozenset(),
        key=infer(list(keys.values()), depth + 1),
        values={name: infer(group, depth + 1) for name, group in values.items()} if record else {},
        value=infer(everything, depth + 1),
        low=min(sizes),
        high=max(sizes),
    )
