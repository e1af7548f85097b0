"""Plain data as JSON text: how values cross from the candidate's process and back.

Lists, strings, numbers, booleans, None and string-keyed dictionaries are JSON. The rest is tagged:
`$tuple`, `$set`, `$frozenset`, `$dict` (pairs), `$bytes` (base64), `$complex`, `$float`, `$int`
(hexadecimal, beyond 1024 bits), `$iter` (an iterator, run to its end), `$as` (a known library type
by name, with its content in `of`), `$opaque` (anything else: only its type's name and its repr).

Types are taken exactly: a subclass of a built-in, which may lie about equality, is opaque.
Reading makes data only and runs no code of the sender.
"""

from __future__ import annotations

import base64
import json
import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Callable

DEPTH = 200
NODES = 1_000_000
REPR = 200
_BIG = 1 << 1024
_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_isfinite = math.isfinite
_NONE = type(None)
_WORDS = {str, bool, _NONE}


class WireError(ValueError):
    """The text is not the data-only form, or the value is too large to write."""


class Opaque:
    """A value that has no plain form. It equals nothing, itself included."""

    __slots__ = ("repr", "type")

    def __init__(self, type: str, repr: str) -> None:
        self.type = type
        self.repr = repr

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return self.repr


class Iter:
    """What an iterator or generator gave, run to its end; not a list under strict equality."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __repr__(self) -> str:
        return f"iter({self.items!r})"


class Typed:
    """A value of a known library type: `name` such as `collections.deque`, and plain content."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    def __repr__(self) -> str:
        return f"{self.name}({self.value!r})"


_CONTENT: dict[str, Callable[[Any], Any]] = {
    "collections.deque": list,
    "collections.Counter": dict,
    "collections.OrderedDict": dict,
    "collections.defaultdict": dict,
    "builtins.range": lambda r: [r.start, r.stop, r.step],
    "builtins.bytearray": bytes,
    "builtins.dict_keys": list,
    "builtins.dict_values": list,
    "builtins.dict_items": list,
    "decimal.Decimal": str,
    "fractions.Fraction": lambda f: [f.numerator, f.denominator],
    "numpy.ndarray": lambda a: [str(a.dtype), a.tolist()],
}


Refer = Callable[[Any, type], Any]


KNOWN = frozenset(_CONTENT)
"""Library types that have a plain form."""


class _Writer:
    def __init__(self, nodes: int, refer: Refer | None = None) -> None:
        self.nodes = nodes
        self.refer = refer
        self.path: set[int] = set()

    def tree(self, x: Any, depth: int) -> Any:
        kind = type(x)
        if kind is int:
            return x if -_BIG < x < _BIG else {"$int": hex(x)}
        if kind in _WORDS:
            return x
        if kind is float:
            return x if _isfinite(x) else {"$float": repr(x)}
        if kind is list:
            return self.items(x, depth)
        if kind is tuple:
            return {"$tuple": self.items(x, depth)}
        if kind is dict:
            return self.table(x, depth)
        if kind is set or kind is frozenset:
            return {"$" + kind.__name__: self.items(list(x), depth)}
        if kind is bytes:
            return {"$bytes": base64.b64encode(x).decode()}
        if kind is complex:
            return {"$complex": [self.tree(x.real, depth), self.tree(x.imag, depth)]}
        return self.other(x, kind, depth)

    def items(self, x: Any, depth: int) -> list[Any]:
        self.nodes -= len(x) + 1
        if self.nodes < 0:
            raise WireError("the value has too many parts to be sent")
        kinds = set(map(type, x))
        if kinds <= _WORDS:
            return x if type(x) is list else list(x)
        if kinds == {int} and min(x) > -_BIG and max(x) < _BIG:
            return x if type(x) is list else list(x)
        if kinds == {float} and all(map(_isfinite, x)):
            return x if type(x) is list else list(x)
        if depth >= DEPTH or id(x) in self.path:
            return [_opaque(x)]
        self.path.add(id(x))
        out = [self.tree(item, depth + 1) for item in x]
        self.path.discard(id(x))
        return out

    def table(self, x: dict[Any, Any], depth: int) -> dict[str, Any]:
        if depth >= DEPTH or id(x) in self.path:
            return _opaque(x)
        self.nodes -= len(x)
        if all(type(key) is str and key[:1] != "$" for key in x):
            self.path.add(id(x))
            keys = list(x)
            out = dict(zip(keys, self.items(list(x.values()), depth)))
            self.path.discard(id(x))
            return out
        self.path.add(id(x))
        pairs = [[self.tree(k, depth + 1), self.tree(v, depth + 1)] for k, v in x.items()]
        self.path.discard(id(x))
        return {"$dict": pairs}

    def other(self, x: Any, kind: type, depth: int) -> Any:
        if kind is Opaque:
            return {"$opaque": x.type, "repr": x.repr}
        if kind is Iter:
            return {"$iter": self.items(x.items, depth)}
        if kind is Typed:
            return {"$as": x.name, "of": self.tree(x.value, depth + 1)}
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name in _CONTENT:
            return {"$as": name, "of": self.tree(_CONTENT[name](x), depth + 1)}
        if kind.__module__ == "numpy" and hasattr(kind, "dtype"):
            return {"$as": name, "of": self.tree(x.item(), depth + 1)}
        if self.refer is not None:
            found = self.refer(x, kind)
            if found is not None:
                return found
        if isinstance(x, Iterator) and depth < DEPTH:
            out = []
            for item in x:
                out.append(item)
                if len(out) > self.nodes:
                    raise WireError("the iterator is too long to be sent")
            return {"$iter": self.items(out, depth)}
        return _opaque(x)


def _opaque(x: Any) -> dict[str, str]:
    kind = type(x)
    try:
        text = "..." if kind in (list, tuple, dict, set, frozenset) else repr(x)[:REPR]
    except Exception as error:
        text = f"<repr raised {type(error).__name__}>"
    return {"$opaque": f"{kind.__module__}.{kind.__qualname__}", "repr": text}


def tree(value: Any) -> Any:
    """`value` in wire form as plain Python data, ready for any JSON writer."""
    return _Writer(NODES).tree(value, 0)


def encode(value: Any, refer: Refer | None = None) -> str:
    """The wire text of `value`. Iterators are consumed. `refer(x, type(x))` may give the tagged
    form of a value that has no plain one: a name by which the two ends of a link know it.

    Raises WireError beyond a million parts; whatever an iterator of the value raises.
    """
    return _dumps(_Writer(NODES, refer).tree(value, 0))


def _set(items: list[Any]) -> set[Any]:
    # Integers with equal hashes make a set quadratic; such a list is an attack on the reader.
    if len(items) > 5000 and len(set(map(hash, items))) < len(items) // 4:
        raise WireError("too many equal hashes")
    return set(items)


def _dict(pairs: list[Any]) -> dict[Any, Any]:
    _set([key for key, _ in pairs])
    return dict(pairs)


def _number(text: str) -> float:
    if text not in ("nan", "inf", "-inf"):
        raise WireError(f"$float must be nan, inf or -inf. Got {text!r} instead.")
    return float(text)


_READ: dict[str, Callable[[dict[str, Any]], Any]] = {
    "$tuple": lambda d: tuple(d["$tuple"]),
    "$set": lambda d: _set(d["$set"]),
    "$frozenset": lambda d: frozenset(_set(d["$frozenset"])),
    "$dict": lambda d: _dict(d["$dict"]),
    "$bytes": lambda d: base64.b64decode(d["$bytes"], validate=True),
    "$complex": lambda d: complex(*d["$complex"]),
    "$float": lambda d: _number(d["$float"]),
    "$int": lambda d: int(d["$int"], 16),
    "$iter": lambda d: Iter(list(d["$iter"])),
    "$as": lambda d: Typed(str(d["$as"]), d["of"]),
    "$opaque": lambda d: Opaque(str(d["$opaque"]), str(d["repr"])),
}


def _hook(d: dict[str, Any]) -> Any:
    for key in d:
        if key[:1] == "$":
            if key not in _READ or len(d) > 2:
                raise WireError(f"unknown tag {key!r}")
            return _READ[key](d)
        return d
    return d


def _live(d: dict[str, Any]) -> Any:
    value = _hook(d)
    if type(value) is Iter:
        return iter(value.items)
    if type(value) is Typed:
        return _revive(value)
    return value


def _revive(typed: Typed) -> Any:
    module, _, name = typed.name.rpartition(".")
    if typed.name not in _CONTENT and module != "numpy":
        raise WireError(f"unknown type {typed.name!r}")
    if name in ("dict_keys", "dict_values", "dict_items"):
        return {"dict_keys": dict.fromkeys(typed.value).keys()}.get(name, typed.value)
    if typed.name == "collections.defaultdict":
        return typed.value
    if module == "builtins":
        return range(*typed.value) if name == "range" else bytearray(typed.value)
    __import__(module)
    home = sys.modules[module]
    if typed.name == "numpy.ndarray":
        return home.array(typed.value[1], dtype=typed.value[0])
    if typed.name == "fractions.Fraction":
        return home.Fraction(*typed.value)
    kind = getattr(home, name)
    if module == "numpy" and not (isinstance(kind, type) and issubclass(kind, home.generic)):
        # Any other function of the library would be called with what the sender chose.
        raise WireError(f"unknown type {typed.name!r}")
    return kind(typed.value)


def _constant(text: str) -> Any:
    raise WireError(f"{text} must be written as a $float")


def _decoder(hook: Callable[[dict[str, Any]], Any]) -> Callable[[str], Any]:
    return json.JSONDecoder(object_hook=hook, parse_constant=_constant).decode


_plain = _decoder(_hook)
_alive = _decoder(_live)


def decode(text: str, live: bool = False) -> Any:
    """The data in a wire text. With `live`, known library types and iterators become real ones;
    without, they stay `Typed` and `Iter`. Raises WireError for anything malformed."""
    return _read(_alive if live else _plain, text)


def reader(tags: Mapping[str, Callable[[Any], Any]]) -> Callable[[str], Any]:
    """Like `decode` of live values, with more tags: what a link's two ends know each other's values
    by. The function raises WireError."""

    def hook(d: dict[str, Any]) -> Any:
        for key in d:
            if key in tags:
                return tags[key](d[key])
            break
        return _live(d)

    decoded = _decoder(hook)
    return lambda text: _read(decoded, text)


def _read(decoded: Callable[[str], Any], text: str) -> Any:
    try:
        return decoded(text)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WireError(f"not in wire form: {type(error).__name__}: {error}") from error
