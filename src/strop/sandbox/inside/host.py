"""The candidate's half of split mode: holds the module, answers requests with plain data."""

from __future__ import annotations

import builtins
import json
import sys
from types import ModuleType
from typing import Any

from . import call, fault, wire
from .link import Link, LinkClosed

_MUTABLE = (list, dict, set, bytearray)
_dumps = json.JSONEncoder().encode
_BUILTIN = {v for v in vars(builtins).values() if isinstance(v, type)}


def run(link: Link, source: str, name: str) -> None:
    """Load `source` as the module `name`, then answer until the link closes."""
    file = name.replace(".", "/") + ".py"
    answer = _Answers(source, name, file)
    try:
        module = call.load(source, name, file)
    except BaseException as error:
        link.send(_dumps({"load": answer.fault(error)}))
        return
    answer.module = module
    names = {key: _kind(value) for key, value in vars(module).items() if key[:2] != "__"}
    link.send(_dumps({"load": None, "names": names}))
    try:
        while True:
            link.send(answer(link.receive()))
    except LinkClosed:
        return


def _kind(value: Any) -> str:
    if isinstance(value, ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, type):
        return f"exception {_base(value)}" if issubclass(value, BaseException) else "class"
    return "function" if callable(value) else "data"


def _base(kind: type) -> str:
    return next(k.__name__ for k in kind.__mro__ if k in _BUILTIN)


class _Answers:
    def __init__(self, source: str, name: str, file: str) -> None:
        self._sources = {file: source}
        self.module = ModuleType(name)

    def __call__(self, request: str) -> str:
        try:
            op, name, args, kwargs = wire.decode(request, live=True)
            if op == "get":
                value = call.find(self.module, name, False)
                return f'{{"value":{wire.encode(value)}}}'
            value = call.finish(call.find(self.module, name)(*args, **kwargs))
            text = f'{{"value":{wire.encode(value)}'
            if any(type(a) in _MUTABLE for a in (*args, *kwargs.values())):
                after = wire.encode([args, kwargs])
                if not request.endswith(f"{after[1:]}"):
                    text += f',"after":{after}'
            return text + "}"
        except BaseException as error:
            return _dumps({"error": self.fault(error)})

    def fault(self, error: BaseException) -> dict[str, Any]:
        kind = type(error)
        try:
            args = wire.encode(list(error.args))
        except BaseException:
            # Without plain arguments the message alone is passed on.
            args = "null"
        told = json.loads(fault.record(error, self._sources))
        told.pop("cpu")
        own = kind not in _BUILTIN
        return {**told, "base": _base(kind), "own": own, "args": args}


def main(source: str, name: str) -> int:
    """The whole life of the candidate's child."""
    sys.argv = [name + ".py"]
    run(Link(), source, name)
    return 0
