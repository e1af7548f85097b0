"""Whether two decoded values are equal, decided in the parent on plain data.

Modes:
- `strict`: type and value. `True` is not `1`, `1` is not `1.0`, a tuple is not a list, an iterator
  is not a list. NaN equals NaN. `-0.0` equals `0.0`, as in Python. Order in a dict is free.
- `loose`: lists, tuples, ranges, deques, iterators and arrays are one sequence type; integers and
  floats one number type (booleans stay apart); the library's dictionaries are dictionaries, set and
  frozenset are sets.
- `python`: what `==` says of the plain data: `1 == 1.0 == True`, a tuple is not a list, NaN differs
  from NaN.

`atol` (0 or more) accepts numbers within that absolute distance, nested anywhere but in sets and
keys. An opaque value equals nothing under any mode.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from strop.core.errors import BadInput
from strop.sandbox.inside.wire import Iter, Opaque, Typed

__all__ = ["Equality", "equal"]

Equality = Literal["strict", "loose", "python"]
_DICTS = {"collections.Counter", "collections.OrderedDict", "collections.defaultdict"}
_NUMBERS = (int, float, complex)
# Values that every mode compares alike with their own kind; numbers may have a tolerance.
_ATOMS = {str, bytes, bool, type(None)}


def equal(got: Any, want: Any, mode: Equality = "strict", atol: float = 0.0) -> bool:
    """Whether `got` is `want`. Raises BadInput for an unknown mode or an `atol` below 0."""
    if mode not in _VIEWS:
        raise BadInput(f"equality must be one of {', '.join(_VIEWS)}. Got {mode!r} instead.")
    if not atol >= 0:
        raise BadInput(f"atol must be 0 or more. Got {atol!r} instead.")
    try:
        return _same(got, want, _VIEWS[mode], mode == "python", atol)
    except RecursionError:
        return False


View = Callable[[Any], "tuple[str, Any]"]


def _exact(x: Any) -> tuple[str, Any]:
    if type(x) is Typed:
        return x.name, x.value
    return type(x).__name__, x.items if type(x) is Iter else x


def _merged(x: Any) -> tuple[str, Any]:
    kind = type(x)
    if kind in (list, tuple):
        return "list", x
    if kind is Iter:
        return "list", x.items
    if kind in (int, float):
        return "number", x
    if kind in (set, frozenset):
        return "set", x
    if kind is Typed:
        return _unwrapped(x)
    return kind.__name__, x


def _unwrapped(x: Typed) -> tuple[str, Any]:
    module, _, name = x.name.rpartition(".")
    if x.name in _DICTS:
        return "dict", x.value
    if x.name == "builtins.range":
        return "list", range(*x.value)
    if name in ("deque", "dict_keys", "dict_values", "dict_items"):
        return "list", x.value
    if x.name == "numpy.ndarray":
        return _merged(x.value[1])
    if module == "numpy":
        return _merged(x.value)
    return x.name, x.value


def _natural(x: Any) -> tuple[str, Any]:
    kind = type(x)
    if kind in (bool, *_NUMBERS):
        return "number", x
    if kind in (set, frozenset):
        return "set", x
    if kind is Typed:
        if x.name in _DICTS:
            return "dict", x.value
        if x.name.startswith("numpy.") and x.name != "numpy.ndarray":
            return _natural(x.value)
        if x.name == "builtins.bytearray":
            return "bytes", x.value
        return x.name, x.value
    return _exact(x)


_VIEWS: dict[str, View] = {"strict": _exact, "loose": _merged, "python": _natural}


def _same(a: Any, b: Any, view: View, natural: bool, atol: float) -> bool:
    if type(a) is type(b) and type(a) in _ATOMS:
        return a == b
    if type(a) is Opaque or type(b) is Opaque:
        return False
    (kind, x), (other, y) = view(a), view(b)
    if kind != other:
        return False
    if type(x) in _NUMBERS and type(y) in _NUMBERS:
        return _close(x, y, natural, atol)
    if kind in ("set", "frozenset"):
        return _same_sets(x, y, view)
    if type(x) is dict:
        return _same_tables(x, y, view, natural, atol)
    if isinstance(x, (list, tuple, range)):
        return len(x) == len(y) and all(
            _same(p, q, view, natural, atol) for p, q in zip(x, y, strict=True)
        )
    return x == y


def _close(x: Any, y: Any, natural: bool, atol: float) -> bool:
    if x == y:
        return True
    if x != x or y != y:
        return x != x and y != y and not natural
    if not atol:
        return False
    try:
        return abs(x - y) <= atol and not math.isinf(abs(x))
    except OverflowError:
        return False


def _key(x: Any, view: View) -> Any:
    """A hashable stand-in, equal for equal values under `view`; an opaque part matches nothing."""
    if type(x) is Opaque:
        return x
    kind, value = view(x)
    if isinstance(value, float) and value != value:
        return kind, object() if view is _natural else "nan"
    if isinstance(value, (list, tuple, range)):
        return kind, tuple(_key(v, view) for v in value)
    if isinstance(value, (set, frozenset)):
        return kind, frozenset(_key(v, view) for v in value)
    if isinstance(value, dict):
        return kind, frozenset((_key(k, view), _key(v, view)) for k, v in value.items())
    return kind, value


def _same_sets(x: Any, y: Any, view: View) -> bool:
    return len(x) == len(y) and {_key(v, view) for v in x} == {_key(v, view) for v in y}


def _same_tables(x: Any, y: Any, view: View, natural: bool, atol: float) -> bool:
    if len(x) != len(y):
        return False
    theirs = {_key(k, view): v for k, v in y.items()}
    for key, value in x.items():
        name = _key(key, view)
        if name not in theirs or not _same(value, theirs[name], view, natural, atol):
            return False
    return True
