"""The candidate's half of split mode: holds the module and its objects, answers requests.

A request is a list, its answer an object. While the candidate runs it may call a function of the
tests: then a question goes the other way, and requests may come before its answer does.
"""

from __future__ import annotations

import builtins
import inspect
import io
import json
import operator
import sys
from types import BuiltinFunctionType, ModuleType
from typing import Any, Callable

from . import call, fault, wire
from .link import SPECIAL, Link, LinkClosed

PRINTED = 1 << 16
_MUTABLE = (list, dict, set, bytearray)
_dumps = json.JSONEncoder().encode
_BUILTIN = {v for v in vars(builtins).values() if isinstance(v, type)}
_OPERATORS = {
    name: getattr(operator, name)
    for name in SPECIAL
    if type(getattr(operator, name, None)) is BuiltinFunctionType
    and name not in ("__call__", "__index__")
}
# Each takes the content of an instance by the built-in's own means, whatever its class overrides.
_CONTENT: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, lambda x: int.__add__(x, 0)),
    (float, float.__pos__),
    (complex, complex.__pos__),
    (str, str.__str__),
    (bytes, lambda x: bytes(memoryview(x))),
    (tuple, lambda x: tuple.__getitem__(x, slice(None))),
    (list, lambda x: list.__getitem__(x, slice(None))),
    (dict, lambda x: dict(dict.items(x))),
    (set, lambda x: set(set.__iter__(x))),
    (frozenset, lambda x: frozenset(frozenset.__iter__(x))),
)


def run(link: Link, source: str, name: str) -> None:
    """Load `source` as the module `name`, then answer until the link closes."""
    file = name.replace(".", "/") + ".py"
    host = _Host(link, source, name, file)
    try:
        module = call.load(source, name, file)
    except BaseException as error:
        link.send(_dumps({"load": host.fault(error)}))
        return
    host.hold(module)
    names = {key: _kind(value) for key, value in vars(module).items() if key[:2] != "__"}
    link.send(_dumps({"load": None, "names": names, "doc": module.__doc__, "out": host.printed()}))
    try:
        while True:
            link.send(host.answer(link.receive()))
    except LinkClosed:
        return


def _kind(value: Any) -> str:
    if isinstance(value, ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, type):
        return f"exception {_base(value)}" if issubclass(value, BaseException) else "class"
    if inspect.iscoroutinefunction(value):
        return "coroutine function"
    return "function" if callable(value) else "data"


def _base(kind: type) -> str:
    return next(k.__name__ for k in kind.__mro__ if k in _BUILTIN)


class _Host:
    def __init__(self, link: Link, source: str, name: str, file: str) -> None:
        self._link = link
        self._name = name
        self._sources = {file: source}
        self._module = ModuleType(name)
        # What the tests know by a number stays alive as long as they do.
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._specials: dict[type, list[str]] = {}
        self._first: dict[str, Any] = {}
        self._out = sys.stdout = io.StringIO()
        self._read = wire.reader(
            {
                "$ref": lambda number: self._objects[number],
                "$name": self._named,
                "$builtin": lambda name: getattr(builtins, name),
                "$call": lambda number: _Local(self, number),
                "$error": lambda told: getattr(builtins, told[0])(*told[1]),
            }
        )

    def hold(self, module: ModuleType) -> None:
        """The loaded module; what its names stand for now is what they mean to the tests."""
        self._module = module
        self._first = dict(vars(module))

    def printed(self) -> str:
        """What was printed since the last answer, shortened."""
        out = self._out.getvalue()
        if out:
            self._out.seek(0)
            self._out.truncate()
        return out[:PRINTED]

    def answer(self, request: str) -> str:
        try:
            op, *rest = self._read(request)
            text = '{"value":' + wire.encode(_OPS[op](self, *rest), self._refer)
            if op == "call" and any(type(a) in _MUTABLE for a in (*rest[1], *rest[2].values())):
                after = wire.encode(rest[1:], self._refer)
                if not request.endswith(after[1:]):
                    text += f',"after":{after}'
        except BaseException as error:
            text = _dumps({"error": self.fault(error)})[:-1]
        out = self.printed()
        return text + (f',"out":{_dumps(out)}' if out else "") + "}"

    def ask(self, number: int, args: Any, kwargs: Any) -> Any:
        """Call a function of the tests; requests that come meanwhile are answered."""
        question = wire.encode([number, list(args), kwargs], self._refer)
        self._link.send(f'{{"callback":{question}}}')
        while True:
            text = self._link.receive()
            if text[:1] == "[":
                self._link.send(self.answer(text))
                continue
            told = self._read(text)
            if "error" in told:
                raise _local_error(told["error"])
            return told["value"]

    def fault(self, error: BaseException) -> dict[str, Any]:
        kind = type(error)
        try:
            args = wire.encode(list(error.args), self._refer)
        except BaseException:
            # Without plain arguments the message alone is passed on.
            args = "null"
        told = json.loads(fault.record(error, self._sources))
        told.pop("cpu")
        own = kind not in _BUILTIN
        local = error.__dict__.get("_strop_local")
        number = self._number(error) if own else None
        return {
            **told,
            "base": _base(kind),
            "own": own,
            "args": args,
            "local": local,
            "ref": number,
        }

    def _named(self, name: str) -> Any:
        head, _, rest = name.partition(".")
        target = self._first[head] if head in self._first else getattr(self._module, head)
        return operator.attrgetter(rest)(target) if rest else target

    def _number(self, x: Any) -> int:
        number = self._numbers.get(id(x))
        if number is None:
            number = self._numbers[id(x)] = len(self._objects)
            self._objects.append(x)
        return number

    def _refer(self, x: Any, kind: type) -> Any:
        if kind is _Local:
            return {"$call": x.number}
        if isinstance(x, type):
            if self._first.get(x.__name__) is x:
                return {"$name": x.__name__}
            if getattr(builtins, x.__name__, None) is x:
                return {"$builtin": x.__name__}
        home = kind.__qualname__ if kind.__module__ == self._name else ""
        data = isinstance(x, tuple(base for base, _ in _CONTENT))
        return {"$far": [self._number(x), home or kind.__name__, self._special(kind), data]}

    def _special(self, kind: type) -> list[str]:
        if kind not in self._specials:
            plain = vars(object)
            self._specials[kind] = [
                name
                for name in SPECIAL
                if getattr(kind, name, None) is not None
                and getattr(kind, name) is not plain.get(name)
            ]
        return self._specials[kind]

    def _get(self, name: str) -> Any:
        return call.find(self._module, name, False)

    def _call(self, target: Any, args: Any, kwargs: Any) -> Any:
        return call.finish(target(*args, **kwargs))

    def _special_call(self, target: Any, name: str, args: Any) -> Any:
        if name in _OPERATORS:
            return _OPERATORS[name](target, *args)
        if name[2:3] == "r" and f"__{name[3:]}" in _OPERATORS:
            return _OPERATORS[f"__{name[3:]}"](*args, target)
        return call.finish(getattr(type(target), name)(target, *args))

    def _content(self, target: Any) -> Any:
        return next(take(target) for base, take in _CONTENT if isinstance(target, base))


class _Local:
    """A function of the tests, as the candidate sees it."""

    def __init__(self, host: _Host, number: int) -> None:
        self._host = host
        self.number = number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._host.ask(self.number, args, kwargs)


def _local_error(told: dict[str, Any]) -> BaseException:
    """An exception that a function of the tests raised; if nobody catches it here, the tests get
    their own back by its number."""
    kind = getattr(builtins, str(told["type"]), Exception)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = Exception
    try:
        error = kind(*told["args"])
    except TypeError:
        error = Exception(*told["args"])
    error.__dict__["_strop_local"] = told["local"]
    return error


_OPS: dict[str, Callable[..., Any]] = {
    "get": _Host._get,
    "call": _Host._call,
    "special": _Host._special_call,
    "content": _Host._content,
    "attribute": lambda self, target, name: getattr(target, name),
    "assign": lambda self, target, name, value: setattr(target, name, value),
    "remove": lambda self, target, name: delattr(target, name),
    "set": lambda self, name, value: setattr(self._module, name, value),
    "restore": lambda self, name: setattr(self._module, name, self._first[name]),
    "unset": lambda self, name: delattr(self._module, name),
    "isinstance": lambda self, target, kind: isinstance(target, kind),
    "issubclass": lambda self, target, kind: issubclass(target, kind),
    "same": lambda self, target, other: target == other,
    "str": lambda self, target: str(target),
    "repr": lambda self, target: repr(target),
    "dir": lambda self, target: dir(target),
}


def main(source: str, name: str) -> int:
    """The whole life of the candidate's child."""
    sys.argv = [name + ".py"]
    run(Link(), source, name)
    return 0
