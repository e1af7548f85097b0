"""The tests' half of split mode: a stand-in for the candidate's module, made of calls on the link.

Functions take and return plain data; changes that a call makes to list, dict and set arguments are
made here too; exceptions arrive as the same built-in class, or as a class of the same name and
built-in base. Classes, and values with no plain form, are beyond it: `Unsupported`.
"""

from __future__ import annotations

import builtins
import importlib
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from . import wire
from .link import Link, LinkClosed


class Unsupported(Exception):
    """The tests need something of the candidate that cannot cross as plain data."""


class CandidateGone(Exception):
    """The candidate's process ended in the middle of a call."""


class LoadFailed(Exception):
    """The candidate's module raised while it was loaded; the reported fault is in `told`."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(f"{told['type']}: {told['message']}")
        self.told = told


class Remote:
    """The candidate's module at the other end. `unsupported` says what was asked in vain."""

    def __init__(self, link: Link) -> None:
        """Waits until the module is loaded. Raises LoadFailed, CandidateGone."""
        self._link = link
        self._lock = threading.Lock()
        self._shadows: dict[str, type[BaseException]] = {}
        self.unsupported = ""
        answer = self._answer(self._receive())
        if answer.get("load"):
            raise LoadFailed(answer["load"])
        self.kinds: dict[str, str] = answer["names"]

    def _receive(self) -> str:
        try:
            return self._link.receive()
        except LinkClosed:
            raise CandidateGone("the candidate's process ended") from None

    def _answer(self, text: str) -> dict[str, Any]:
        try:
            answer = wire.decode(text, live=True)
        except wire.WireError as error:
            raise CandidateGone(f"the candidate's process sent no data: {error}") from None
        if type(answer) is not dict:
            raise CandidateGone("the candidate's process sent no answer")
        return answer

    def ask(self, request: str) -> dict[str, Any]:
        """One request and its answer, a `value` or an `error`. Raises CandidateGone."""
        with self._lock:
            try:
                self._link.send(request)
            except LinkClosed:
                raise CandidateGone("the candidate's process ended") from None
            text = self._receive()
        if '"$opaque":' in text:
            self.unsupported = "a result has no plain form"
        return self._answer(text)

    def refuse(self, reason: str) -> Unsupported:
        self.unsupported = reason
        return Unsupported(reason)

    def function(self, name: str) -> Callable[..., Any]:
        """A function that calls the candidate's function `name`."""
        head = f'["call",{wire.encode(name)},'

        def stand_in(*args: Any, **kwargs: Any) -> Any:
            sent = wire.encode([list(args), kwargs])
            if '"$opaque":' in sent:
                raise self.refuse(f"an argument of {name} has no plain form")
            answer = self.ask(head + sent[1:])
            if "error" in answer:
                raise self.exception(answer["error"])
            after = answer.get("after")
            if after is not None:
                _write_back(list(args), after[0])
                _write_back(kwargs, after[1])
            return answer.get("value")

        stand_in.__name__ = stand_in.__qualname__ = name
        return stand_in

    def value(self, name: str) -> Any:
        """The module's data `name`, as it is now."""
        answer = self.ask(f'["get",{wire.encode(name)},[],{{}}]')
        if "error" in answer:
            raise self.exception(answer["error"])
        return answer.get("value")

    def shadow(self, name: str, base: str) -> type[BaseException]:
        """The local class that stands for the candidate's exception class `name`."""
        if name not in self._shadows:
            parent = _builtin_exception(base)
            self._shadows[name] = type(name, (parent,), {"__module__": "solution"})
        return self._shadows[name]

    def exception(self, told: dict[str, Any]) -> BaseException:
        """The exception to raise here for one that was raised there."""
        own, name, base = told.get("own"), str(told.get("type")), str(told.get("base"))
        kind = self.shadow(name, base) if own else _builtin_exception(name)
        try:
            args = wire.decode(told["args"], live=True)
            error = kind(*args)
        except (wire.WireError, TypeError, KeyError):
            error = kind(str(told.get("message")))
        error.__dict__["_told"] = told
        return error

    def get(self, name: str) -> Any:
        """What the module's `name` stands for. Raises AttributeError."""
        kind = self.kinds.get(name)
        if kind is None:
            raise AttributeError(f"module 'solution' has no attribute {name!r}")
        if kind == "function":
            return self.function(name)
        if kind == "data":
            return self.value(name)
        word, _, rest = kind.partition(" ")
        if word == "exception":
            return self.shadow(name, rest)
        if word == "module":
            return importlib.import_module(rest)
        return _Beyond(self, name)


class Module(ModuleType):
    """The stand-in module; each attribute is looked up at the other end."""

    def __init__(self, name: str, remote: Remote) -> None:
        super().__init__(name)
        self.__dict__["__all__"] = [n for n, k in remote.kinds.items() if n[:1] != "_"]
        self.__dict__["_remote"] = remote

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self.__dict__["_remote"].get(name)


class _Beyond:
    """Stands for a class of the candidate: may be imported, but not used."""

    def __init__(self, remote: Remote, name: str) -> None:
        self.__dict__.update(_remote=remote, _name=name)

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise self._remote.refuse(f"{self._name} is a class of the candidate")

    __call__ = __getattr__ = __setattr__ = _refuse
    __instancecheck__ = __subclasscheck__ = __mro_entries__ = _refuse


def _builtin_exception(name: str) -> type[BaseException]:
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return kind
    return Exception


def _write_back(old: Any, new: Any) -> Any:
    """Make `old` equal to `new` in place where it can be; returns what stands for `new` now."""
    kind = type(old)
    if kind is not type(new):
        return new
    if kind is list:
        old[:] = [_write_back(o, n) for o, n in zip(old, new)] + new[len(old) :]
    elif kind is dict:
        merged = {k: _write_back(old[k], v) if k in old else v for k, v in new.items()}
        old.clear()
        old.update(merged)
    elif kind is set:
        old.clear()
        old.update(new)
    elif kind is bytearray:
        old[:] = new
    elif kind is tuple and len(old) == len(new):
        for o, n in zip(old, new):
            _write_back(o, n)
    else:
        return new
    return old
