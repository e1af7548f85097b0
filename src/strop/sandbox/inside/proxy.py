"""The tests' half of split mode: a stand-in for the candidate's module, made of calls on the link.

Functions and methods take and return plain data, objects of the candidate (`far`) and functions of
the tests; changes that a call makes to list, dict and set arguments are made here too; exceptions
arrive as the same built-in class, or as a class of the same name and built-in base. What cannot
cross is `Unsupported`, and only what the tests do can be: a result never is.
"""

from __future__ import annotations

import builtins
import importlib
import io
import json
import sys
import threading
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Callable

from . import wire
from .far import Far, stand_in
from .link import Link, LinkClosed

_dumps = json.JSONEncoder().encode
_TOO_DEEP = tuple(f'builtins.{k}"' for k in ("list", "tuple", "dict", "set", "frozenset"))
_FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType, partial)


class Unsupported(Exception):
    """The tests do something with the candidate that cannot cross."""


class CandidateGone(Exception):
    """The candidate's process ended in the middle of a call."""


class LoadFailed(Exception):
    """The candidate's module raised while it was loaded; the reported fault is in `told`."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(f"{told['type']}: {told['message']}")
        self.told = told


class Remote:
    """The candidate's module at the other end. `unsupported` says what was asked in vain; `named`
    are the classes that the tests speak of."""

    def __init__(self, link: Link, named: set[str]) -> None:
        """Waits until the module is loaded. Raises LoadFailed, CandidateGone."""
        self._link = link
        self._lock = threading.RLock()
        self._shadows: dict[str, type[BaseException]] = {}
        self._classes: dict[str, type] = {}
        self._kinds_of_far: dict[Any, type[Far]] = {}
        self._far: dict[int, Far] = {}
        self._locals: list[Any] = []
        self.unsupported = ""
        self.named = named
        self._read = wire.reader(
            {
                "$far": lambda told: self._met(*told),
                "$name": self._named,
                "$builtin": lambda name: getattr(builtins, name),
                "$call": lambda number: self._locals[number],
            }
        )
        answer = self._answer(self._receive())
        if answer.get("load"):
            raise LoadFailed(answer["load"])
        self.kinds: dict[str, str] = answer["names"]
        self.doc: str | None = answer["doc"]

    def _receive(self) -> str:
        try:
            return self._link.receive()
        except LinkClosed:
            raise CandidateGone("the candidate's process ended") from None

    def _answer(self, text: str) -> dict[str, Any]:
        try:
            answer = self._read(text)
        except wire.WireError as error:
            raise CandidateGone(f"the candidate's process sent no data: {error}") from None
        if type(answer) is not dict:
            raise CandidateGone("the candidate's process sent no answer")
        out = answer.get("out")
        if type(out) is str:
            sys.stdout.write(out)
        return answer

    def ask(self, request: str) -> dict[str, Any]:
        """One request and its answer, a `value` or an `error`. Questions of the candidate that come
        before are answered. Raises CandidateGone."""
        with self._lock:
            self._send(request)
            while True:
                answer = self._answer(self._receive())
                if "callback" not in answer:
                    return answer
                self._send(self._call_local(answer["callback"]))

    def _send(self, text: str) -> None:
        try:
            self._link.send(text)
        except LinkClosed:
            raise CandidateGone("the candidate's process ended") from None

    def _call_local(self, question: Any) -> str:
        try:
            number, args, kwargs = question
            value = self._locals[number](*args, **kwargs)
            text = wire.encode(value, self._refer)
            if '"$opaque":' not in text:
                return f'{{"value":{text}}}'
            # Said to the candidate alone: what it calls the function with must not decide how the
            # tests are run.
            raise TypeError("a function of the tests returned what has no plain form")
        except BaseException as error:
            self._locals.append(error)
            told = {
                "type": next(k.__name__ for k in type(error).__mro__ if k.__module__ == "builtins"),
                "args": [str(error)],
                "local": len(self._locals) - 1,
            }
            return _dumps({"error": told})

    def request(self, op: str, *what: Any) -> Any:
        """The value of one request. Raises the candidate's exception."""
        text = wire.encode([op, *what], self._refer)
        self._demand_plain(text, op)
        answer = self.ask(text)
        if "error" in answer:
            raise self.exception(answer["error"])
        after = answer.get("after")
        if after is not None:
            _write_back(list(what[1]), after[0])
            _write_back(what[2], after[1])
        return answer.get("value")

    def _demand_plain(self, text: str, what: str) -> None:
        for part in text.split('{"$opaque":"')[1:]:
            if part.startswith(_TOO_DEEP):
                # Data that the candidate may have made: no reason to run the tests otherwise.
                raise ValueError(f"an argument of {what} is nested too deeply")
            kind = part.partition('"')[0]
            raise self.refuse(f"an argument of {what} has no plain form: a {kind}")

    def refuse(self, reason: str) -> Unsupported:
        self.unsupported = reason
        return Unsupported(reason)

    def _refer(self, x: Any, kind: type) -> Any:
        if isinstance(x, Far):
            return vars(x)["_strop_tag"]
        if isinstance(x, type):
            if x.__name__ in self.kinds and "_strop_remote" in vars(x):
                return {"$name": x.__name__}
            return {"$builtin": x.__name__} if x.__module__ == "builtins" else None
        if kind is BuiltinFunctionType and getattr(builtins, x.__name__, None) is x:
            return {"$builtin": x.__name__}
        if kind in _FUNCTIONS:
            name = getattr(x, "_strop_name", None)
            if name is not None:
                return {"$name": name}
            self._locals.append(x)
            return {"$call": len(self._locals) - 1}
        if isinstance(x, io.IOBase):
            # It is an iterator too, but not for that is it passed.
            return {"$opaque": f"{kind.__module__}.{kind.__qualname__}", "repr": ""}
        if isinstance(x, BaseException):
            number = vars(x).get("_strop_ref")
            if number is not None:
                return {"$ref": number}
            if kind.__module__ == "builtins":
                return {"$error": [kind.__name__, [str(a) for a in x.args]]}
        return None

    def _met(self, number: int, kind: str, special: list[str], data: bool) -> Far:
        if number not in self._far:
            key = (kind, tuple(special), data)
            if key not in self._kinds_of_far:
                self._kinds_of_far[key] = stand_in(kind, tuple(special), data)
            self._far[number] = self._kinds_of_far[key](self, {"$ref": number})
        return self._far[number]

    def _named(self, name: str) -> Any:
        return self.get(name)

    def function(self, name: str) -> Callable[..., Any]:
        """A function that calls the candidate's function `name`."""
        head = f'["call",{{"$name":{_dumps(name)}}},'

        def call(*args: Any, **kwargs: Any) -> Any:
            sent = wire.encode([list(args), kwargs], self._refer)
            self._demand_plain(sent, name)
            answer = self.ask(head + sent[1:])
            if "error" in answer:
                raise self.exception(answer["error"])
            after = answer.get("after")
            if after is not None:
                _write_back(list(args), after[0])
                _write_back(kwargs, after[1])
            return answer.get("value")

        return self._dressed(name, call)

    def _coroutine_function(self, name: str) -> Callable[..., Any]:
        plain = self.function(name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            return plain(*args, **kwargs)

        return self._dressed(name, call)

    def _dressed(self, name: str, call: Any) -> Callable[..., Any]:
        call.__name__ = call.__qualname__ = name
        call._strop_name = name
        return call

    def value(self, name: str) -> Any:
        """The module's `name`, as it is now."""
        return self.request("get", name)

    def shadow(self, name: str, base: str) -> type[BaseException]:
        """The local class that stands for the candidate's exception class `name`."""
        if name not in self._shadows:
            parent = _builtin_exception(base)
            space = {"__module__": "solution", "_strop_remote": self, "__getattr__": _of_error}
            self._shadows[name] = type(name, (parent,), space)
        return self._shadows[name]

    def exception(self, told: dict[str, Any]) -> BaseException:
        """The exception to raise here for one that was raised there."""
        local = told.get("local")
        if type(local) is int and 0 <= local < len(self._locals):
            return self._locals[local]
        own, name, base = told.get("own"), str(told.get("type")), str(told.get("base"))
        kind = self.shadow(name, base) if own else _builtin_exception(name)
        try:
            args = self._read(told["args"])
            error = kind(*args)
        except (wire.WireError, TypeError, KeyError):
            error = kind(str(told.get("message")))
        vars(error).update(_told=told, _strop_ref=told.get("ref"))
        return error

    def get(self, name: str) -> Any:
        """What the module's `name` stands for. Raises AttributeError."""
        kind = self.kinds.get(name)
        if kind is None:
            raise AttributeError(f"module 'solution' has no attribute {name!r}")
        if kind == "function":
            return self.function(name)
        if kind == "coroutine function":
            return self._coroutine_function(name)
        if kind == "data":
            return self.value(name)
        word, _, rest = kind.partition(" ")
        if word == "exception":
            return self.shadow(name, rest)
        if word == "module":
            return importlib.import_module(rest)
        if name not in self._classes:
            self._classes[name] = _class(self, name)
        return self._classes[name]


class Module(ModuleType):
    """The stand-in module; each attribute is looked up, set and deleted at the other end."""

    def __init__(self, name: str, remote: Remote) -> None:
        super().__init__(name, remote.doc)
        self.__dict__["__all__"] = [n for n, k in remote.kinds.items() if n[:1] != "_"]
        self.__dict__["_remote"] = remote
        self.__dict__["_set"] = {}

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        if name in self.__dict__["_set"]:
            return self.__dict__["_set"][name]
        return self.__dict__["_remote"].get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name[:2] == "__":
            super().__setattr__(name, value)
            return
        self.__dict__["_remote"].request("set", name, value)
        self.__dict__["_set"][name] = value

    def __delattr__(self, name: str) -> None:
        # Patching tools that find a name nowhere in the module's dictionary undo by deleting it.
        known = name in self.__dict__["_set"] and name in self.__dict__["_remote"].kinds
        self.__dict__["_remote"].request("restore" if known else "unset", name)
        self.__dict__["_set"].pop(name, None)


class _ClassOf(type):
    """What a class of the candidate is to the tests: making, asking for, and looking up members."""

    _strop_remote: Remote

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._strop_remote.request("call", cls, list(args), kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name[:2] == "__" or name[:6] == "_strop":
            raise AttributeError(name)
        return cls._strop_remote.request("attribute", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls._strop_remote.request("assign", cls, name, value)

    def __delattr__(cls, name: str) -> None:
        cls._strop_remote.request("remove", cls, name)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Far) and bool(cls._strop_remote.request("isinstance", x, cls))

    def __subclasscheck__(cls, x: Any) -> bool:
        known = isinstance(x, _ClassOf)
        return known and bool(cls._strop_remote.request("issubclass", x, cls))

    def __iter__(cls) -> Any:
        return iter(cls._strop_remote.request("special", cls, "__iter__", []))

    def __len__(cls) -> int:
        return cls._strop_remote.request("special", cls, "__len__", [])

    def __getitem__(cls, key: Any) -> Any:
        return cls._strop_remote.request("special", cls, "__getitem__", [key])

    def __contains__(cls, x: Any) -> bool:
        return bool(cls._strop_remote.request("special", cls, "__contains__", [x]))

    def __bool__(cls) -> bool:
        return True


def _class(remote: Remote, name: str) -> type:
    def refuse(cls: type, **kwargs: Any) -> None:
        raise remote.refuse(f"the tests derive a class from {name}")

    space = {
        "_strop_remote": remote,
        "__module__": "solution",
        "__init_subclass__": classmethod(refuse),
    }
    return type.__call__(_ClassOf, name, (), space)


def _of_error(self: Any, name: str) -> Any:
    """An attribute that the candidate's exception has beyond its arguments."""
    number = vars(self).get("_strop_ref")
    if name[:2] == "__" or number is None:
        raise AttributeError(name)
    return self._strop_remote.request("attribute", self, name)


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
