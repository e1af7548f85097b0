"""One case: the arguments, what is expected of them, and how the two are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Case", "Equality"]

Equality = Literal["strict", "loose", "python", "truth"]


@dataclass(frozen=True, slots=True)
class Case:
    """`given` is a list of arguments, or the text on standard input; values are in wire form.

    `equality`: `strict` compares type and value, `loose` merges list with tuple and iterator and
    int with float, `python` is what `==` says of plain data, `truth` compares `bool(value)` with
    `expected`. `atol` is an absolute tolerance for every float inside.
    """

    name: str
    given: Any
    expected: Any
    equality: Equality = "strict"
    atol: float = 0.0
