"""Comparison operators."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from strop.moves.mutate.precedence import BIT_OR, COMPARE
from strop.moves.mutate.text import Code
from strop.moves.mutate.walk import Change, Site

__all__ = ["SYMBOL", "comparisons"]

SYMBOL: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPLEMENT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MEMBERSHIP = {"in": "not in", "not in": "in", "is": "is not", "is not": "is"}


def _others(symbol: str) -> Iterator[tuple[str, str]]:
    if symbol in _BOUNDARY:
        yield _BOUNDARY[symbol], "boundary"
        yield _FLIP[symbol], "flip"
        yield _COMPLEMENT[symbol], "complement"
        yield "==", "order"
        yield "!=", "order"
    elif symbol in ("==", "!="):
        yield ("!=" if symbol == "==" else "=="), "equality"
        for order in _BOUNDARY:
            yield order, "order"
        yield ("is" if symbol == "==" else "is not"), "identity"
        yield ("in" if symbol == "==" else "not in"), "identity"
    else:
        yield _MEMBERSHIP[symbol], "membership"
        equal = "==" if symbol in ("is", "in") else "!="
        yield equal, "identity"


def comparisons(site: Site) -> Iterator[Change]:
    node, text = site.node, site.text
    if not isinstance(node, ast.Compare):
        return
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        symbol = SYMBOL[type(op)]
        start, stretch = text.between(left, right)
        found = re.search(r"\s+".join(map(re.escape, symbol.split())), stretch)
        if found is not None:
            at, end = start + found.start(), start + found.end()
            literal = any(
                isinstance(s, ast.Constant) and s.value is not None for s in (left, right)
            )
            for new, variant in _others(symbol):
                if new.startswith("is") and symbol in ("==", "!=") and literal:
                    continue
                pad = " " if new[0].isalpha() and not symbol[0].isalpha() else ""
                before = pad if pad and not stretch[: found.start()].endswith(" ") else ""
                after = pad if pad and not stretch[found.end() :].startswith(" ") else ""
                edit = text.edit(at, end, before + new + after)
                yield Change(f"comparison/{variant}", (edit,))
        left = right
    if len(node.ops) == 1:
        yield from _bounds(site, node)
        yield from _chains(site, node)
    else:
        first, *middle = [node.left, *node.comparators]
        for operands, ops in (
            ([first, *middle[:-1]], node.ops[:-1]),
            (middle, node.ops[1:]),
        ):
            yield site.put("comparison/chain", _compare(site, operands, ops))


def _compare(site: Site, operands: list[ast.expr], ops: list[ast.cmpop]) -> Code:
    parts = [site.code(operands[0]).within(BIT_OR)]
    for op, operand in zip(ops, operands[1:], strict=True):
        parts += [SYMBOL[type(op)], site.code(operand).within(BIT_OR)]
    return Code(" ".join(parts), COMPARE)


def _bounds(site: Site, node: ast.Compare) -> Iterator[Change]:
    """The operator and the constant together, `len(x) == 0` to `len(x) <= 1`."""
    right = node.comparators[0]
    symbol = SYMBOL[type(node.ops[0])]
    if not isinstance(right, ast.Constant) or not isinstance(right.value, (int, str)):
        return
    left = site.code(node.left).within(BIT_OR)
    value = right.value
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and symbol in (*_BOUNDARY, "==", "!=")
    ):
        for new in ("<=", ">=", "<", ">", "==", "!="):
            for step in (1, -1):
                if new != symbol and value + step >= 0:
                    near = new in (_BOUNDARY.get(symbol), _FLIP.get(symbol)) or symbol in "==!="
                    code = Code(f"{left} {new} {value + step}", COMPARE)
                    yield site.put("comparison/bound", code, 1.0 if near else 0.4)
    if symbol in ("==", "!="):
        inside = "in" if symbol == "==" else "not in"
        for other in site.function.pool.constants.get(type(value), [])[:6]:
            if other != value:
                code = Code(f"{left} {inside} ({value!r}, {other!r})", COMPARE)
                yield site.put("comparison/one-of", code)


def _chains(site: Site, node: ast.Compare) -> Iterator[Change]:
    symbol = SYMBOL[type(node.ops[0])]
    left = node.left
    if symbol not in ("<", "<=") or site.function.kind(left) in ("str", "list", "float"):
        return
    whole = site.code().text
    if not isinstance(left, ast.Constant):
        yield site.put("comparison/chain", Code(f"0 <= {whole}", COMPARE), 0.6)
        yield site.put("comparison/chain", Code(f"0 < {whole}", COMPARE), 0.4)
