"""What a parameter probably takes, by its default and its name, where nothing better is known."""

from __future__ import annotations

import ast
import re

from strop.moves.vary.hints import Hint
from strop.moves.vary.literals import NotPlain, value_of

__all__ = ["guess_default", "guess_name"]

_NUMBERS = Hint("list", (Hint("int"),))
# The first kind that has the name, or else the last word of the name.
_NAMES: tuple[tuple[Hint, str], ...] = (
    (Hint("bool"), "flag reverse strict verbose inclusive ascending descending"),
    (
        Hint("list", (_NUMBERS,)),
        "rows lists matrix grid board image points intervals edges pairs mat triangle",
    ),
    (Hint("list", (Hint("str"),)), "words strings strs names lines tokens texts keys"),
    (
        _NUMBERS,
        "nums numbers ints values vals items elements data seq sequence array arr lst list xs ys l "
        "ls li prices weights heights scores coins stack queue digits operands costs",
    ),
    (
        Hint("str"),
        "s st str string text txt word name sentence line phrase message msg pattern prefix suffix "
        "sub substring char ch character letter path url date key title password brackets",
    ),
    (
        Hint("dict", (Hint("str"), Hint("int"))),
        "d dct dic dict dictionary mapping map table counts graph",
    ),
    (Hint("many", (Hint("int"),)), "tup tuple tuples"),
    (
        Hint("float"),
        "rate ratio price weight height radius angle threshold epsilon eps tol tolerance amount "
        "temperature prob probability alpha beta",
    ),
    (
        Hint("int"),
        "a b c e f g h i j k m n o p q r t u v w x y z num number count size length len width "
        "limit total index idx pos position start end stop step lo hi low high left right min "
        "max base exp power target value val year month day hour minute depth level age id "
        "capacity cols",
    ),
)
_BY_NAME = {word: hint for hint, words in reversed(_NAMES) for word in words.split()}
_BOOLEAN = ("is_", "has_", "use_", "with_", "allow_", "should_")


def guess_name(name: str) -> Hint | None:
    """The type that parameters of this name mostly have; None for a name that says nothing."""
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_")
    if word.startswith(_BOOLEAN):
        return Hint("bool")
    word = word.rstrip("0123456789").rstrip("_")
    return _BY_NAME.get(word) or _BY_NAME.get(word.rpartition("_")[2])


def guess_default(default: ast.expr | None) -> Hint | None:
    """The type of a default; None where it is None, an empty container's elements are not told
    (then whole numbers), or it is no plain data."""
    try:
        value = value_of(default) if default is not None else None
    except NotPlain:
        return None
    return _type_of(value)


def _type_of(value: object) -> Hint | None:
    kind = type(value).__name__
    if kind in ("int", "float", "bool", "str", "bytes", "complex"):
        return Hint(kind)
    if isinstance(value, list | set | frozenset | tuple):
        inner = next((h for item in value if (h := _type_of(item)) is not None), Hint("int"))
        return Hint("many" if kind == "tuple" else kind, (inner,))
    if isinstance(value, dict):
        first = next(iter(value.items()), ("", 0))
        return Hint("dict", (_type_of(first[0]) or Hint("str"), _type_of(first[1]) or Hint("int")))
    return None
