"""What instrumented code reports while a test runs: lines reached, and calls with their arguments.

Instrumented source calls `_strop_hit(number)` before each statement and
`_strop_call(number, name, arguments)` at the start of each function.
"""

from __future__ import annotations

import builtins
from typing import Any

from . import wire

_MOST_HITS = 50_000
_MOST_CALLS = 40
_MOST_TEXT = 4000
_SCALARS = frozenset((int, float, complex, bool, str, bytes, type(None)))


class Enough(BaseException):
    """Ends a test that runs on and on, so that what it reached is known."""


class Spectrum:
    """Puts the two functions where instrumented code finds them. What is reached before the first
    test was reached by loading the modules."""

    def __init__(self) -> None:
        self._hits: set[int] = set()
        self._left = _MOST_HITS
        self._seen: dict[tuple[int, str], int] = {}
        self._calls: list[list[Any]] = []
        self._known: set[str] = set()
        self._loaded: list[int] | None = None
        builtins._strop_hit = self._hit  # type: ignore[attr-defined]
        builtins._strop_call = self._call  # type: ignore[attr-defined]

    def begin(self) -> None:
        """A test starts."""
        if self._loaded is None:
            self._loaded = sorted(self._hits)
        self._hits.clear()
        self._left = _MOST_HITS
        self._calls = []

    def found(self) -> dict[str, Any]:
        """What the test reached, and what loading reached, as plain data."""
        return {"hits": sorted(self._hits), "calls": self._calls, "loaded": self._loaded or []}

    def _hit(self, number: int) -> None:
        self._hits.add(number)
        self._left -= 1
        if self._left <= 0:
            raise Enough

    def _call(self, number: int, name: str, arguments: tuple[Any, ...]) -> None:
        times = self._seen.get((number, name), 0)
        if times >= _MOST_CALLS:
            return
        # Writing an iterator down would use it up.
        if not _plain(arguments, [_MOST_TEXT]):
            return
        try:
            text = wire.encode(list(arguments))
        except wire.WireError:
            return
        if (
            len(text) < _MOST_TEXT
            and '"$opaque"' not in text
            and f"{name}{text}" not in self._known
        ):
            self._known.add(f"{name}{text}")
            self._seen[number, name] = times + 1
            self._calls.append([number, name, text])


def _plain(value: Any, left: list[int]) -> bool:
    left[0] -= 1
    if left[0] < 0:
        return False
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind in (list, tuple, set, frozenset):
        return all(_plain(item, left) for item in value)
    if kind is dict:
        return all(_plain(k, left) and _plain(v, left) for k, v in value.items())
    return False
