"""Conditions: connectives, negation, and what another condition adds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from strop.moves.mutate.comparisons import SYMBOL
from strop.moves.mutate.precedence import AND, BIT_OR, COMPARE, NOT, OR, binding
from strop.moves.mutate.text import Code
from strop.moves.mutate.walk import Change, Site

__all__ = ["booleans", "conditions", "joined", "negated", "opposite", "tests"]

_OPPOSITE = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}


def negated(code: Code, node: ast.expr | None = None) -> Code:
    """`not code`, or the code without the `not` that it has."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Code(ast.unparse(node.operand), binding(node.operand))
    return Code(f"not {code.within(NOT)}", NOT)


def joined(left: Code, word: str, right: Code) -> Code:
    level = OR if word == "or" else AND
    return Code(f"{left.within(level)} {word} {right.within(level)}", level)


def booleans(site: Site) -> Iterator[Change]:
    """`and`, `or` and `not` where they stand."""
    node, text = site.node, site.text
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield site.put("boolean/unnegate", text.code(node.operand))
    if not isinstance(node, ast.BoolOp):
        return
    word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    parts = [site.code(value) for value in node.values]
    whole = Code("")
    for index, part in enumerate(parts):
        whole = part if index == 0 else joined(whole, other, part)
    if len(parts) == 2:
        start, stretch = text.between(node.values[0], node.values[1])
        found = re.search(rf"\b{word}\b", stretch)
        clean = all(not isinstance(value, ast.BoolOp) for value in node.values)
        if found and clean and not isinstance(site.slot, ast.BoolOp):
            edit = text.edit(start + found.start(), start + found.end(), other)
            yield Change("boolean/connective", (edit,))
        else:
            yield site.put("boolean/connective", whole)
    else:
        yield site.put("boolean/connective", whole, 0.8)
    for index in range(len(parts)):
        rest = [*parts[:index], *parts[index + 1 :]]
        level = OR if word == "or" else AND
        if len(rest) == 1:
            yield site.put("boolean/operand", rest[0])
        else:
            kept = f" {word} ".join(part.within(level + 1) for part in rest)
            yield site.put("boolean/operand", Code(kept, level))
    for index, value in enumerate(node.values):
        if isinstance(value, ast.BoolOp) and len(node.values) == 2 and len(value.values) == 2:
            a, b = (site.code(v) for v in value.values)
            c = parts[1 - index]
            if index == 0:
                yield site.put("boolean/grouping", joined(a, other, joined(b, word, c)))
            else:
                yield site.put("boolean/grouping", joined(joined(c, word, a), other, b))


def conditions(site: Site) -> Iterator[Change]:
    """What may replace or extend a condition as a whole."""
    node, role = site.node, site.role
    if role != "condition":
        stands = role in ("value", "returned", "argument", "element")
        if stands and site.kind == "bool" and not isinstance(node, (ast.Constant, ast.UnaryOp)):
            yield site.put("boolean/negate", negated(site.code()), 0.6)
        return
    function = site.function
    here = site.code()
    whole = not isinstance(site.slot, (ast.BoolOp, ast.UnaryOp))
    if isinstance(node, ast.Constant):
        yield from _instead(site)
        return
    # A single comparison is negated by its own operators, `not c` by taking the `not` away.
    single = isinstance(node, ast.Compare) and len(node.ops) == 1
    if not (single or isinstance(node, ast.UnaryOp) or isinstance(site.slot, ast.UnaryOp)):
        yield site.put("boolean/negate", negated(here))
    if not whole and not isinstance(site.slot, ast.BoolOp):
        return
    if whole:
        yield site.put("condition/constant", "True", 1.0)
        yield site.put("condition/constant", "False", 0.8)
    yield from _null(site, here)
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    kinds = function.kinds
    for donor in site.givers(10, "condition"):
        if donor.code.text in here.text:
            continue
        if not isinstance(donor.node, (ast.Constant, ast.BoolOp)):
            yield site.put("condition/join", joined(here, "and", donor.code))
            yield site.put("condition/join", joined(here, "or", donor.code))
            yield site.put("condition/join", joined(here, "and", negated(donor.code)), 0.4)
    if not whole:
        return
    names = site.names()
    crowd = min(1.0, (5 / max(len(names), 1)) ** 0.5)
    for name in names:
        kind = kinds.get(name)
        like = crowd * (0.5 if kind in ("int", "float", "bool", None) else 1.0)
        code = Code(name)
        if name not in used or kind in ("list", "str", "dict", "set"):
            yield site.put("condition/join-name", joined(here, "and", code), like)
            yield site.put("condition/join-name", joined(here, "or", negated(code)), like)
            yield site.put("condition/join-name", joined(here, "or", code), like * 0.4)
            yield site.put("condition/join-name", joined(here, "and", negated(code)), like * 0.5)
        for test, factor in tests(name, kind):
            if not test.text.startswith("not ") and test.text not in here.text:
                yield site.put("condition/join-test", joined(here, "or", test), factor * crowd)
                yield site.put("condition/join-test", joined(here, "and", test), factor * crowd)
    for left, right in _pairs(site):
        for symbol in ("<", "!=", "=="):
            test = Code(f"{left} {symbol} {right}", COMPARE)
            if test.text not in here.text:
                yield site.put("condition/join-test", joined(here, "and", test), 0.5 * crowd)


def tests(name: str, kind: str | None) -> Iterator[tuple[Code, float]]:
    """Tests of a variable that often guard something."""
    if kind not in ("int", "float", "bool"):
        yield Code(f"not {name}", NOT), 1.0
        yield Code(f"{name} is None", COMPARE), 0.6
        yield Code(f"{name} is not None", COMPARE), 0.4
    if kind in ("list", "str", None):
        yield Code(f"len({name}) == 0", COMPARE), 0.3
        yield Code(f"len({name}) == 1", COMPARE), 0.6
        yield Code(f"len({name}) <= 1", COMPARE), 0.5
    if kind in ("int", "float", None):
        yield Code(f"{name} == 0", COMPARE), 1.0 if kind else 0.5
        yield Code(f"{name} < 0", COMPARE), 0.7 if kind else 0.4
        yield Code(f"{name} == 1", COMPARE), 0.6 if kind else 0.3
        yield Code(f"{name} <= 0", COMPARE), 0.5 if kind else 0.2
        yield Code(f"{name} > 0", COMPARE), 0.5 if kind else 0.2
        yield Code(f"{name} <= 1", COMPARE), 0.3 if kind else 0.1
        yield Code(f"{name} < 2", COMPARE), 0.3 if kind else 0.1


def _pairs(site: Site) -> Iterator[tuple[str, str]]:
    """Pairs of numbers in scope."""
    names = [n for n in site.names() if site.function.kinds.get(n) == "int"][:4]
    for index, left in enumerate(names):
        for right in names[index + 1 :]:
            yield left, right


def _null(site: Site, here: Code) -> Iterator[Change]:
    """A test that what the condition uses is there."""
    if site.slot is not None and isinstance(site.slot, ast.UnaryOp):
        return
    owners: dict[str, ast.expr] = {}
    for part in ast.walk(site.node):
        if isinstance(part, (ast.Attribute, ast.Subscript)) and (
            isinstance(part.value, (ast.Name, ast.Attribute))
        ):
            name = site.code(part.value).text
            if name not in ("self", "cls") and len(name) < 40:
                owners.setdefault(name, part.value)
    function = site.function
    for name, owner in owners.items():
        if isinstance(owner, ast.Name) and owner.id in function.module.globals - {*function.own}:
            continue
        there = Code(name)
        like = 0.5 if function.kind(owner) in ("list", "str") else 1.0
        yield site.put("condition/null", joined(there, "and", here), like)
        yield site.put("condition/null", joined(negated(there), "or", here), like)
        missing = Code(f"{name} is None", COMPARE)
        present = Code(f"{name} is not None", COMPARE)
        yield site.put("condition/null", joined(missing, "or", here), like)
        yield site.put("condition/null", joined(present, "and", here), like)


def _instead(site: Site) -> Iterator[Change]:
    """Tests in place of a constant condition, as in `while True`."""
    kinds = site.function.kinds
    for name in site.names():
        kind = kinds.get(name)
        yield site.put("condition/truth", name, 1.0 if kind not in ("int", None) else 0.5)
        yield site.put("condition/truth", f"not {name}", 0.4)
        for test, factor in tests(name, kind):
            yield site.put("condition/join-test", test, factor)
    for left, right in _pairs(site):
        for symbol in ("<", "<=", "!=", ">"):
            yield site.put("condition/truth", Code(f"{left} {symbol} {right}", COMPARE), 0.4)
    for donor in site.givers(12, "condition"):
        if not isinstance(donor.node, ast.Constant):
            yield site.put("condition/truth", donor.code, 0.8)
            yield site.put("condition/truth", opposite(donor.node, donor.code), 0.8)


def opposite(node: ast.expr, code: Code) -> Code:
    """The contrary condition, as one would write it."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Code(ast.unparse(node.operand), binding(node.operand))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        symbol = SYMBOL[type(node.ops[0])]
        sides = (node.left, node.comparators[0])
        left, right = (Code(ast.unparse(s), binding(s)).within(BIT_OR) for s in sides)
        return Code(f"{left} {_OPPOSITE[symbol]} {right}", COMPARE)
    return negated(code)
