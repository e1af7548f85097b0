"""Plain data in program text: expressions as case-file values, and values as expressions."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any

from strop.moves.vary.trees import build, key, look

__all__ = ["NotPlain", "text_of", "tree_of", "value_of"]

_LARGEST = 10_000
_FLOATS = ("nan", "inf", "-inf")


class NotPlain(Exception):
    """The expression is more than data written down."""


def value_of(node: ast.expr, names: Mapping[str, Any] | None = None) -> Any:
    """The value of an expression as plain Python data, where `names` have known values.

    Literals, containers of them, small arithmetic such as `[0] * 5` or `2**31 - 1`, `float("inf")`,
    `math.inf`, `set([..])` and the like. Nothing is run. Raises `NotPlain`.
    """
    match node:
        case ast.Constant(value=value) if value is not ...:
            return value
        case ast.Name(id=name) if names is not None and name in names:
            return names[name]
        case ast.List(elts=items):
            return [value_of(item, names) for item in items]
        case ast.Tuple(elts=items):
            return tuple(value_of(item, names) for item in items)
        case ast.Set(elts=items):
            return _hashed(frozenset, [value_of(item, names) for item in items], set)
        case ast.Dict(keys=keys, values=values):
            if None in keys:
                raise NotPlain
            pairs = [
                (value_of(k, names), value_of(v, names))
                for k, v in zip(keys, values, strict=True)
                if k is not None
            ]
            return _hashed(dict, pairs, dict)
        case ast.UnaryOp(op=op, operand=operand):
            return _unary(op, value_of(operand, names))
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(op, value_of(left, names), value_of(right, names))
        case ast.Attribute(value=ast.Name(id="math"), attr="inf" | "nan" | "pi" | "e" as name):
            return getattr(math, name)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, [value_of(a, names) for a in arguments])
        case _:
            raise NotPlain


def _hashed(make: Any, content: list[Any], kind: Any) -> Any:
    try:
        return kind(make(content))
    except TypeError:
        raise NotPlain from None


def _unary(op: ast.unaryop, value: Any) -> Any:
    if isinstance(op, ast.Not):
        return not value
    if isinstance(value, int | float | complex):
        if isinstance(op, ast.USub):
            return -value
        if isinstance(op, ast.UAdd):
            return +value
    raise NotPlain


def _binary(op: ast.operator, a: Any, b: Any) -> Any:
    if max(_size(a), _size(b)) > _LARGEST:
        raise NotPlain
    try:
        match op:
            case ast.Add():
                return a + b
            case ast.Sub():
                return a - b
            case ast.Mult():
                many = max(_length(a), _length(b))
                if many and not (_length(a) and _length(b)):
                    times = b if _length(a) else a
                    if not isinstance(times, int) or many * times > _LARGEST:
                        raise NotPlain
                return a * b
            case ast.Pow():
                if not isinstance(b, int) or abs(b) * max(1, _size(a)) > _LARGEST:
                    raise NotPlain
                return a**b
            case ast.Div():
                return a / b
            case ast.FloorDiv():
                return a // b
            case _:
                raise NotPlain
    except (TypeError, ArithmeticError, ValueError):
        raise NotPlain from None


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes | list | tuple) else 0


def _size(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else _length(value)


def _call(name: str, arguments: list[Any]) -> Any:
    match name, arguments:
        case "float", [str() as text] if text.strip().lower().lstrip("+") in _FLOATS:
            return float(text)
        case "set" | "frozenset" | "list" | "tuple", []:
            return {"set": set[Any](), "frozenset": frozenset[Any](), "list": [], "tuple": ()}[name]
        case "dict", []:
            return {}
        case "list", [list() | tuple() | str() as items]:
            return list(items)
        case "tuple", [list() | tuple() | str() as items]:
            return tuple(items)
        case "set" | "frozenset", [list() | tuple() | str() | set() as items]:
            return _hashed(frozenset, list(items), set if name == "set" else frozenset)
        case "range", [int() as stop] if 0 <= stop <= _LARGEST:
            return list(range(stop))
        case "bytearray" | "bytes", [bytes() as data]:
            return bytes(data)
        case _:
            raise NotPlain


def tree_of(value: Any) -> Any:
    """Plain Python data in case-file form. Raises `NotPlain`."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return build("int", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, complex):
        return build("complex", [tree_of(value.real), tree_of(value.imag)])
    if isinstance(value, bytes):
        return build("bytes", value.decode("latin-1"))
    if isinstance(value, list | tuple | set | frozenset):
        items = [tree_of(item) for item in value]
        return build(type(value).__name__, items)
    if isinstance(value, dict):
        pairs = [[tree_of(k), tree_of(v)] for k, v in value.items()]
        plain = all(isinstance(name, str) and name[:1] != "$" for name in value)
        return build("dict" if plain else "pairs", pairs)
    raise NotPlain


def text_of(tree: Any) -> str:
    """A case-file value as a Python expression over `collections`, `fractions` and builtins.

    Raises `NotPlain` for a form that is not looked into.
    """
    kind, content = look(tree)
    match kind:
        case "none" | "bool" | "int" | "str":
            return repr(content)
        case "float":
            return f"float({content['$float']!r})" if isinstance(content, dict) else repr(content)
        case "bytes":
            return repr(content.encode("latin-1"))
        case "complex":
            return f"complex({', '.join(map(text_of, content))})"
        case "list" | "set" | "frozenset" | "tuple" | "iter":
            items = sorted(content, key=key) if kind in ("set", "frozenset") else content
            listed = f"[{', '.join(map(text_of, items))}]"
            return listed if kind == "list" else f"{kind}({listed})"
        case "dict" | "pairs":
            return f"{{{', '.join(f'{text_of(k)}: {text_of(v)}' for k, v in content)}}}"
        case _ if kind.startswith("as "):
            return f"{kind[3:].removeprefix('builtins.')}({text_of(content[0])})"
        case _:
            raise NotPlain
