"""How one operation is written: products by their place values, added in pairs."""

from __future__ import annotations

from collections.abc import Sequence

from strop.lab.sums.expression import apply

__all__ = ["effort", "partial_products", "sums_in_pairs", "written"]


def written(a: int, op: str, b: int) -> str:
    """One exact operation as a line: `12 + 7 = 19`, `19 * 3 = 30 + 27 = 57`,
    `47 * 36 = 1200 + 240 + 210 + 42 = 1440 + 252 = 1692`."""
    head = f"{a} {op} {b} = "
    terms = partial_products(a, b) if op == "*" else []
    return head + sums_in_pairs(terms) if terms else f"{head}{apply(op, a, b)}"


def partial_products(a: int, b: int) -> list[int]:
    """The products of the place values; empty where a single one is all there is."""
    sign = -1 if (a < 0) != (b < 0) else 1
    terms = [sign * x * y for x in _places(abs(a)) for y in _places(abs(b))]
    return terms if len(terms) > 1 else []


def sums_in_pairs(terms: Sequence[int]) -> str:
    """`7000 + 1400 + 210 + 28 = 8400 + 238 = 8638`."""
    links = [" + ".join(map(str, terms))]
    while len(terms) > 1:
        terms = [sum(terms[i : i + 2]) for i in range(0, len(terms), 2)]
        links.append(" + ".join(map(str, terms)))
    return " = ".join(links)


def effort(a: int, op: str, b: int) -> int:
    """How much one operation asks of a small model: digits handled, twice over for products
    and divisions."""
    if op == "*":
        return 1 + 2 * len(_places(abs(a))) * len(_places(abs(b)))
    if op == "/":
        return len(str(abs(a))) + 2 * len(str(abs(b)))
    return max(len(str(abs(a))), len(str(abs(b)))) + (a < 0) + (b < 0)


def _places(number: int) -> list[int]:
    digits = str(number)
    size = len(digits)
    return [int(d) * 10 ** (size - 1 - i) for i, d in enumerate(digits) if d != "0"]
