"""Puts a changed file's functions into modules that are loaded already, by their code objects.

Whoever holds a function (`from m import f`, a decorator, a class) then runs the new code.
"""

from __future__ import annotations

import gc
import os
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any

_OPTIMIZED = 0x1
_AT_ONCE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


class CannotSwap(Exception):
    """The change reaches code that ran when the module was loaded; it needs a fresh import."""


class Swapper:
    """The live functions of one file, found once; `swap` may be called in any forked child."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.modules = [m for m in list(sys.modules.values()) if _file_of(m) == path]
        self._code = compile(source, path, "exec", dont_inherit=True)
        self._functions: dict[CodeType, list[FunctionType]] = {}
        if self.modules:
            for thing in gc.get_objects():
                if type(thing) is FunctionType and _same_file(thing.__code__.co_filename, path):
                    self._functions.setdefault(thing.__code__, []).append(thing)

    def swap(self, source: str) -> None:
        """Make every live function run `source` instead. Raises CannotSwap with nothing done, and
        what `compile` raises."""
        if not self.modules:
            raise CannotSwap
        new = compile(source, self.path, "exec", dont_inherit=True)
        pairs: dict[CodeType, CodeType] = {}
        _match(self._code, new, pairs)
        changes = [
            (function, pairs[code])
            for code, functions in self._functions.items()
            if code in pairs
            for function in functions
        ]
        if any(f.__code__.co_freevars != code.co_freevars for f, code in changes):
            raise CannotSwap
        for function, code in changes:
            function.__code__ = code


def _match(old: CodeType, new: CodeType, pairs: dict[CodeType, CodeType]) -> None:
    """Pair the functions below two codes that run at import, and which must do the same."""
    if _masked(old) != _masked(new):
        raise CannotSwap
    for before, after in zip(_nested(old), _nested(new), strict=True):
        if not before.co_flags & _OPTIMIZED:
            _match(before, after, pairs)
        elif before.co_name in _AT_ONCE:
            if _masked(before) != _masked(after):
                raise CannotSwap
        else:
            _pair(before, after, pairs)


def _pair(old: CodeType, new: CodeType, pairs: dict[CodeType, CodeType]) -> None:
    pairs[old] = new
    for before, after in zip(_nested(old), _nested(new), strict=False):
        if before.co_name == after.co_name:
            _pair(before, after, pairs)


def _masked(code: CodeType) -> tuple[Any, ...]:
    constants = [
        (c.co_name, c.co_flags, c.co_freevars) if type(c) is CodeType else (type(c), repr(c))
        for c in code.co_consts
    ]
    return code.co_code, code.co_names, code.co_varnames, constants


def _nested(code: CodeType) -> list[CodeType]:
    return [c for c in code.co_consts if type(c) is CodeType]


def _file_of(module: Any) -> str:
    if not isinstance(module, ModuleType):
        return ""
    file = module.__dict__.get("__file__")
    return os.path.abspath(file) if type(file) is str else ""


def _same_file(name: str, path: str) -> bool:
    return name == path or (name[-3:] == ".py" and os.path.abspath(name) == path)
