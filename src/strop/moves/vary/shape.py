"""What a few example values have in common: their shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from strop.moves.vary.trees import key

__all__ = [
    "CLASSES",
    "DEPTH",
    "Atom",
    "Many",
    "Number",
    "Part",
    "Row",
    "Shape",
    "Table",
    "Text",
    "class_of",
    "order_of",
    "permuted_from",
]

# What lies deeper is copied as it is.
DEPTH = 12
CLASSES = (digits, ascii_lowercase, ascii_uppercase)


@dataclass(frozen=True, slots=True)
class Atom:
    """Values that are only repeated: None, booleans, and forms that are not looked into."""

    seen: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """Integers or floats. `closed`: only the values seen. `whole`: floats without a fraction."""

    seen: tuple[Any, ...]
    floor: float
    ceiling: float
    closed: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Text:
    """Strings, and bytes as Latin-1."""

    seen: tuple[str, ...]
    alphabet: str
    low: int
    high: int
    fixed: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Sequences of a fixed length in which each column has its own shape."""

    columns: tuple[Shape, ...]
    ascending: bool


@dataclass(frozen=True, slots=True)
class Many:
    """Sequences of like elements. `permutation`: of a range starting there. `even`: all elements
    are of one length; `square`: of the length of the sequence."""

    element: Shape
    low: int
    high: int
    fixed: bool
    order: int
    distinct: bool
    even: bool
    square: bool
    permutation: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """Dictionaries: `keys` seen, those that are `required`, the values by key where known."""

    keys: tuple[Any, ...]
    required: frozenset[Any]
    key: Shape
    values: dict[Any, Shape]
    value: Shape
    low: int
    high: int


Part = Atom | Number | Text | Row | Many | Table


@dataclass(frozen=True, slots=True)
class Shape:
    """The kinds of value seen at one place, how often, and what is known of each."""

    parts: dict[str, Part]
    counts: dict[str, int]
    seen: tuple[Any, ...]


def class_of(char: str) -> str:
    """The digits, lower-case or upper-case letters that `char` is one of; else nothing."""
    for letters in CLASSES:
        if char in letters:
            return letters
    return ""


def order_of(items: Sequence[Any]) -> int:
    """1 ascending, -1 descending, 2 both (all equal), 0 neither or not comparable."""
    keys = [key(item) for item in items]
    if len({(k[0], k[1] if k[0] == 4 else 0) for k in keys}) != 1 or not 1 <= keys[0][0] <= 4:
        return 0
    up = all(a <= b for a, b in pairwise(keys))
    down = all(a >= b for a, b in pairwise(keys))
    return 2 if up and down else 1 if up else -1 if down else 0


def permuted_from(found: Sequence[list[Any]]) -> int | None:
    """0 or 1 where each is a permutation of a range that starts there."""
    for start in (0, 1):
        wanted = [list(range(start, start + len(items))) for items in found]
        plain = [[item for item in items if type(item) is int] for items in found]
        if all(sorted(items) == right for items, right in zip(plain, wanted, strict=True)):
            return start
    return None
