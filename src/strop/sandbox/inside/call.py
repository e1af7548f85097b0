"""Function harness: one program, one entry, many inputs; a line of the channel for each result."""

from __future__ import annotations

import sys
import time
from types import CoroutineType, ModuleType
from typing import Any

from . import fault, wire
from .channel import Channel

NAME = "solution"
FILE = "solution.py"


def load(source: str, name: str = NAME, file: str = FILE) -> ModuleType:
    """Run `source` as the module `name`. Raises whatever the source raises."""
    module = ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module
    exec(compile(source, file, "exec"), module.__dict__)
    return module


def find(module: ModuleType, entry: str, function: bool = True) -> Any:
    """The function (or any value), or `Class.method`, called `entry`.

    Raises AttributeError, and TypeError for what is not a function when one is wanted.
    """
    target: Any = module
    for part in entry.split("."):
        target = getattr(target, part)
    if function and not callable(target):
        raise TypeError(f"{entry} is a {type(target).__name__}, not a function")
    return target


def finish(value: Any) -> Any:
    """The result of a coroutine function's call is what its coroutine returns."""
    if type(value) is CoroutineType:
        import asyncio

        return asyncio.run(value)
    return value


def run(channel: Channel, source: str, inputs: str, entry: str, after: bool) -> None:
    """Call `entry` on each argument list of the wire text `inputs`. With `after`, the arguments as
    the call left them are reported too. A last line says that everything ran."""
    encode, clock, write, error_of = wire.encode, time.thread_time_ns, channel.write, fault.record
    fits = channel.fits
    cases = wire.decode(inputs, live=True)
    sources = {FILE: source}
    try:
        function = find(load(source), entry)
    except BaseException as error:
        write('{"load":' + error_of(error, sources) + "}")
        return
    write('{"load":null}')
    for args in cases:
        start = clock()
        try:
            value = finish(function(*args))
            cpu = (clock() - start) / 1e9
            line = f'{{"value":{encode(value)},"cpu":{cpu}'
            line += f',"after":{encode(list(args))}}}' if after else "}"
            if not fits(line):
                raise wire.WireError("the result is too large to be sent")
        except BaseException as error:
            line = error_of(error, sources, (clock() - start) / 1e9)
        if not fits(line):
            return
        write(line)
    write('{"end":true}')
