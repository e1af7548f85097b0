"""Type hints as a small tree, and values that fit them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from strop.moves.vary.literals import NotPlain, tree_of, value_of
from strop.moves.vary.trees import build

__all__ = ["Hint", "read_hint", "values_of"]

_PLAIN = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "str": "str",
    "Text": "str",
    "AnyStr": "str",
    "bytes": "bytes",
    "bytearray": "bytes",
    "complex": "complex",
    "None": "none",
    "NoneType": "none",
    "Number": "float",
    "Real": "float",
    "Integral": "int",
    "Hashable": "int",
}
_MANY = {
    **dict.fromkeys(("list", "List", "Sequence", "MutableSequence", "Iterable"), "list"),
    **dict.fromkeys(("Collection", "Container", "Reversible"), "list"),
    **dict.fromkeys(("set", "Set", "MutableSet", "AbstractSet"), "set"),
    **dict.fromkeys(("frozenset", "FrozenSet"), "frozenset"),
    **dict.fromkeys(("Iterator", "Generator"), "iter"),
}
_TABLES = frozenset(
    ("dict", "Dict", "Mapping", "MutableMapping", "DefaultDict", "defaultdict", "OrderedDict")
)
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Hint:
    """A type: `kind` is that of a value (`int`, `list`, ..), `row` (a tuple with a type for each
    place), `many` (a tuple of any length), `dict`, `union` or `literal`, which has `values` in
    case-file form."""

    kind: str
    parts: tuple[Hint, ...] = ()
    values: tuple[Any, ...] = ()


_ANY = Hint("int")


def read_hint(node: ast.expr | None) -> Hint | None:
    """The type that an annotation names; None where there is none or values of it are not plain
    data. Elements of a type that is not known are taken for whole numbers."""
    match node:
        case ast.Constant(value=None):
            return Hint("none")
        case ast.Constant(value=str() as text):
            return _quoted(text)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _named(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([read_hint(left), read_hint(right)])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _subscript(name, parts)
        case _:
            return None


def _quoted(text: str) -> Hint | None:
    try:
        return read_hint(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _named(name: str) -> Hint | None:
    if name in _PLAIN:
        return Hint(_PLAIN[name])
    if name in _MANY:
        return Hint(_MANY[name], (_ANY,))
    if name in _TABLES:
        return Hint("dict", (Hint("str"), _ANY))
    return Hint("many", (_ANY,)) if name in ("tuple", "Tuple") else None


def _subscript(name: str, parts: list[ast.expr]) -> Hint | None:
    if name in _MANY:
        return Hint(_MANY[name], (read_hint(parts[0]) or _ANY,))
    if name in _TABLES and len(parts) == 2:
        return Hint("dict", (read_hint(parts[0]) or Hint("str"), read_hint(parts[1]) or _ANY))
    if name == "Counter":
        return Hint("dict", (read_hint(parts[0]) or Hint("str"), _ANY))
    match name:
        case "tuple" | "Tuple":
            if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
                return Hint("many", (read_hint(parts[0]) or _ANY,))
            return Hint("row", tuple(read_hint(part) or _ANY for part in parts))
        case "Optional":
            return _union([read_hint(parts[0]), Hint("none")])
        case "Union":
            return _union([read_hint(part) for part in parts])
        case "Annotated" | "Final" | "Required":
            return read_hint(parts[0])
        case "Literal":
            try:
                return Hint("literal", values=tuple(tree_of(value_of(part)) for part in parts))
            except NotPlain:
                return None
        case _:
            return None


def _union(options: list[Hint | None]) -> Hint | None:
    """What is known of the options; None where that is nothing but None."""
    known = [option for option in options if option is not None]
    flat = [p for option in known for p in (option.parts if option.kind == "union" else (option,))]
    if not flat or (len(known) < len(options) and all(part.kind == "none" for part in flat)):
        return None
    once = [part for i, part in enumerate(flat) if part not in flat[:i]]
    return once[0] if len(once) == 1 else Hint("union", tuple(once))


_VALUES: dict[str, tuple[Any, ...]] = {
    "int": (0, 1, 2, -1, 7, 10, -4, 25),
    "float": (0.0, 1.0, 0.5, -1.5, 3.25, 10.0),
    "bool": (False, True),
    "str": ("", "a", "abc", "Hello World", "aba", "x1 y2", "12"),
    "none": (None,),
}


def values_of(hint: Hint, depth: int = 0) -> list[Any]:
    """A few values of a type in case-file form, the least one first."""
    if hint.kind in _VALUES:
        return list(_VALUES[hint.kind])
    match hint.kind:
        case "bytes":
            return [build("bytes", text) for text in _VALUES["str"]]
        case "complex":
            return [{"$complex": [a, b]} for a, b in ((0.0, 0.0), (1.0, 0.0), (0.5, -2.0))]
        case "literal":
            return list(hint.values)
        case "union":
            return [value for part in hint.parts for value in values_of(part, depth)[:_SHOWN]]
        case "row":
            columns = [values_of(part, depth + 1) for part in hint.parts]
            return [
                build(
                    "tuple",
                    [column[(i + i * place) % len(column)] for place, column in enumerate(columns)],
                )
                for i in range(min(_SHOWN, max(map(len, columns), default=1)))
            ]
        case "dict":
            names, values = (values_of(part, depth + 1) for part in hint.parts)
            kind = "dict" if hint.parts[0].kind == "str" else "pairs"
            return [
                build(
                    kind,
                    [[k, values[(i + size) % len(values)]] for i, k in enumerate(names[:size])],
                )
                for size in (0, 1, 3)
            ]
        case kind:
            items = values_of(hint.parts[0], depth + 1)
            rows = [[], items[:1], items[:3], items[1:2] * 2, items[::-1]][: 3 if depth > 1 else 5]
            if kind in ("set", "frozenset"):
                rows = [list({repr(i): i for i in row}.values()) for row in rows]
            return [build("tuple" if kind == "many" else kind, row) for row in rows]
