"""One short text for programs that compile to the same code, wherever their lines lie."""

from __future__ import annotations

import ast
import hashlib
import warnings
from bisect import bisect_right
from types import CodeType

from strop.core.patch import Edit

__all__ = ["Fingerprints"]


class Fingerprints:
    """Of changed versions of one text; only the top-level statement that changes is compiled."""

    def __init__(self, source: str) -> None:
        self._source = source
        starts = [0]
        for line in source.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        firsts = [
            min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", ()))])
            for s in ast.parse(source).body
        ]
        self._starts = sorted({starts[line - 1] for line in firsts})

    def of(self, edits: tuple[Edit, ...]) -> str | None:
        """None where the changed text does not compile."""
        first = self._start(edits[0].start)
        end = self._end(edits[-1].end)
        text = self._source[:end]
        for edit in reversed(edits):
            text = text[: edit.start] + edit.text + text[edit.end :]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                code = compile(text[first:], "", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return f"{first}:{hashlib.sha256(_described(code).encode()).hexdigest()[:24]}"

    def _start(self, offset: int) -> int:
        at = bisect_right(self._starts, offset)
        return self._starts[at - 1] if at else 0

    def _end(self, offset: int) -> int:
        at = bisect_right(self._starts, max(0, offset - 1))
        return self._starts[at] if at < len(self._starts) else len(self._source)


def _described(code: CodeType) -> str:
    constants = [
        _described(c) if isinstance(c, CodeType) else f"{type(c).__name__} {c!r}"
        for c in code.co_consts
    ]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    shape = (code.co_argcount, code.co_kwonlyargcount, code.co_flags, code.co_exceptiontable)
    return f"{code.co_code!r}{names}{shape}{constants}"
