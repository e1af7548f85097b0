"""Objects of the candidate as the tests hold them: every use is a request over the link.

What an operator says may decide a test, and it is the candidate's to say. So an instance of a class
that the tests never use by name is never handed what the tests expect: compared with plain data it
is unequal, unless it is built on a data type; then its content is compared. Where the tests do use
the class, its `==` is asked about decoys as well, and one that agrees with everything is not equal.
"""

from __future__ import annotations

import cmath
import random
from typing import Any, Callable, Protocol

from . import wire
from .link import SPECIAL

_OWN_WAY = {"__eq__", "__hash__", "__bool__", "__format__", "__reversed__", "__exit__"}
_DECOYS = 3
_TAKES_NONE = {"__len__", "__iter__", "__next__", "__enter__", "__int__", "__float__", "__index__"}
_TAKES_NONE |= {"__complex__", "__abs__", "__neg__", "__pos__", "__invert__"}
_TELLS_NOTHING = _TAKES_NONE | {
    "__call__",
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__round__",
}
_chance = random.Random()


class Asks(Protocol):
    """The line to the candidate's process."""

    named: set[str]

    def request(self, op: str, *what: Any) -> Any: ...


class Far:
    """An object at the other end. Made by `stand_in`, one class for each kind of object."""

    _strop_kind = ""
    _strop_data = False

    def __init__(self, remote: Asks, tag: Any) -> None:
        vars(self).update(_strop_remote=remote, _strop_tag=tag)

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__" and name != "__dict__":
            raise AttributeError(name)
        return self._strop_remote.request("attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._strop_remote.request("assign", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._strop_remote.request("remove", self, name)

    def __dir__(self) -> Any:
        return self._strop_remote.request("dir", self)

    def __str__(self) -> str:
        return str(self._strop_remote.request("str", self))

    def __repr__(self) -> str:
        return str(self._strop_remote.request("repr", self))

    def __format__(self, form: str) -> str:
        return format(content(self) if self._strop_data else str(self), form)

    def __bool__(self) -> bool:
        if self._strop_data:
            return bool(content(self))
        for name in ("__bool__", "__len__"):
            if name in self._strop_special:
                return bool(self._strop_remote.request("special", self, name, []))
        return True

    def __hash__(self) -> int:
        if self._strop_data:
            return hash(content(self))
        return self._strop_remote.request("special", self, "__hash__", [])

    def __eq__(self, other: Any) -> Any:
        if isinstance(other, Far):
            return bool(self._strop_remote.request("same", self, other))
        if not _plain(other):
            return NotImplemented
        if self._strop_data:
            return content(self) == other
        if self._strop_kind.partition(".")[0] not in self._strop_remote.named:
            return False
        return _same_as(self, other)

    def __ne__(self, other: Any) -> Any:
        told = self.__eq__(other)
        return told if told is NotImplemented else not told

    def __init_subclass__(cls, made: bool = False, **kwargs: Any) -> None:
        if not made:
            raise TypeError("a class of the candidate cannot be a base of the tests' own here")

    _strop_special: tuple[str, ...] = ()


def content(far: Far) -> Any:
    """The plain content of an instance of a class built on a data type, as it is now."""
    return far._strop_remote.request("content", far)


def stand_in(kind: str, special: tuple[str, ...], data: bool) -> type[Far]:
    """The class of stand-ins for objects of the class `kind` that have these special methods."""
    space: dict[str, Any] = {
        name: _content_method(name) if data else _method(name)
        for name in special
        if name in SPECIAL and name not in _OWN_WAY
    }
    if "__exit__" in special:
        space["__exit__"] = _exit
    space.update(_strop_kind=kind, _strop_data=data, _strop_special=special, __module__="solution")
    name = kind.rpartition(".")[2]
    return type(Far)(name, (Far,), space, made=True)  # type: ignore[call-overload]


def _method(name: str) -> Callable[..., Any]:
    def method(self: Far, *args: Any, **kwargs: Any) -> Any:
        if name == "__call__":
            return self._strop_remote.request("call", self, list(args), kwargs)
        known = self._strop_kind.partition(".")[0] in self._strop_remote.named
        if name not in _TELLS_NOTHING and not known and not isinstance(args[0], Far):
            return NotImplemented if name != "__contains__" else False
        return self._strop_remote.request("special", self, name, list(args))

    method.__name__ = name
    return method


def _content_method(name: str) -> Callable[..., Any]:
    """Data's own operators need nothing of the candidate but the data."""

    def method(self: Far, *args: Any, **kwargs: Any) -> Any:
        if name in ("__setitem__", "__delitem__", "__call__") or (name[:3] == "__i" and args):
            return self._strop_remote.request("special", self, name, list(args))
        plain = [content(a) if isinstance(a, Far) and a._strop_data else a for a in args]
        value = content(self)
        if not hasattr(value, name):
            return self._strop_remote.request("special", self, name, list(args))
        return getattr(value, name)(*plain)

    method.__name__ = name
    return method


def _exit(self: Far, kind: Any, error: Any, trace: Any) -> Any:
    told = [None, None, None] if error is None else [type(error), error, None]
    return self._strop_remote.request("special", self, "__exit__", told)


def _plain(x: Any) -> bool:
    if isinstance(x, (str, bytes, int, float, complex, type(None), range)):
        return True
    if type(x) in (list, tuple, set, frozenset):
        return all(map(_plain, x))
    if type(x) is dict:
        return all(_plain(k) and _plain(v) for k, v in x.items())
    return f"{type(x).__module__}.{type(x).__qualname__}" in wire.KNOWN


def _same_as(far: Far, other: Any) -> bool:
    """Whether `far == other` and is equal to no decoy. Which of them is asked for in earnest is not
    to be seen."""
    asked = [(other, True), *((decoy, False) for decoy in _decoys(other))]
    _chance.shuffle(asked)
    told = [bool(far._strop_remote.request("same", far, value)) == real for value, real in asked]
    return all(told)


def _decoys(x: Any) -> list[Any]:
    found: list[Any] = []
    while len(found) < _DECOYS:
        found.append(_changed(x))
    return found


def _changed(x: Any) -> Any:
    """Data of the same form that differs."""
    if isinstance(x, bool) or x is None:
        return _chance.choice(["", 7, (1,), -3.5])
    if isinstance(x, int):
        return x + _chance.choice([-9, -2, -1, 1, 2, 10])
    if isinstance(x, (float, complex)):
        if not cmath.isfinite(x):
            return _chance.choice([0.0, 1.5, -2.0])
        return x + _chance.choice([-1, 1]) * _chance.choice([1, 1.5, 3.25]) * (1 + abs(x))
    if isinstance(x, str):
        return x + _chance.choice("abcxyz") if _chance.random() < 0.5 or not x else x[:-1]
    if isinstance(x, bytes):
        return x + b"\0"
    if isinstance(x, (list, tuple)):
        items = list(x)
        if items and _chance.random() < 0.7:
            at = _chance.randrange(len(items))
            items[at] = _changed(items[at])
        else:
            items.append(_chance.randrange(99))
        return type(x)(items)
    if isinstance(x, (set, frozenset)):
        return type(x)([*x, _chance.randrange(10**6, 10**7)])
    if isinstance(x, dict):
        return {**x, _chance.choice(["key", "name", "x"]) + str(_chance.randrange(99)): 0}
    return None
