"""Constants, and steps of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.arithmetic import binary
from strop.moves.mutate.kinds import called
from strop.moves.mutate.precedence import UNARY
from strop.moves.mutate.roles import Role
from strop.moves.mutate.text import Code
from strop.moves.mutate.walk import Change, Site

__all__ = ["constants", "literal", "off_by_one"]

_NOT_NUMBERS = (
    "len",
    "sorted",
    "list",
    "set",
    "sum",
    "any",
    "all",
    "reversed",
    "print",
    "isinstance",
    "enumerate",
    "zip",
    "map",
    "str",
)
_STEPS: dict[Role, str] = {
    "index": "index",
    "bound": "slice",
    "returned": "returned",
    "value": "value",
    "argument": "argument",
    "operand": "operand",
    "element": "operand",
}


def literal(value: object) -> Code:
    negative = isinstance(value, (int, float)) and value < 0
    return Code(repr(value), UNARY) if negative else Code(repr(value))


def off_by_one(site: Site) -> Iterator[Change]:
    """`e + 1` and `e - 1` for whatever may be an integer."""
    node, role = site.node, site.role
    variant = _STEPS.get(role)
    if variant is None or isinstance(node, (ast.Slice, ast.Starred)):
        return
    kind = site.kind
    if kind not in ("int", "float", None):
        return
    place = variant
    one = Code("1")
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        right = node.right
        if isinstance(right, ast.Constant) and right.value == 1 and right.value is not True:
            yield site.put("off-by-one/removed", site.code(node.left))
            if isinstance(node.op, ast.Add):
                yield site.put(f"off-by-one/{place}", binary(site, site.code(node.left), "-", one))
            return
        if isinstance(node.left, ast.Constant) and node.left.value == 1:
            yield site.put("off-by-one/removed", site.code(node.right))
            return
    if isinstance(node, (ast.Constant, ast.Yield, ast.Lambda, ast.Await)):
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return
    function = site.function
    parent = site.parent
    like = 1.0 if kind == "int" else 0.6 if kind is None else 0.3
    if role == "argument" and (name := called(parent)):
        if name == "range":
            place, like = "range", 1.0
        elif name in _NOT_NUMBERS:
            return
        elif kind is None:
            like = 0.35
    elif role == "argument" and kind is None:
        like = 0.35
    elif role == "operand":
        if isinstance(parent, ast.Compare):
            sides = [parent.left, *parent.comparators]
            if any(function.kind(s) in ("str", "list", "set", "none", "bool") for s in sides):
                return
            if not isinstance(parent.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)):
                return
            place = "compared"
            like *= 0.8 if isinstance(parent.ops[0], (ast.Eq, ast.NotEq)) else 1.0
        elif isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub)):
            like *= 0.15  # the same as a step of the whole sum
    elif role in ("value", "returned") and kind is None:
        like = 0.45 if isinstance(node, (ast.BinOp, ast.Call, ast.Name)) else 0.25
    if role == "index" and function.kind(getattr(parent, "value", None)) == "dict":
        like *= 0.2
    own = site.text.here(node)
    yield site.put(f"off-by-one/{place}", binary(site, own, "+", one), like)
    yield site.put(f"off-by-one/{place}", binary(site, own, "-", one), like)


def constants(site: Site) -> Iterator[Change]:
    """Another constant, or a variable's name, for a constant."""
    node = site.node
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load):
        if not node.elts:
            yield site.put("constant/empty", "[[]]")
            for value, factor in (("[0]", 0.3), ("[1]", 0.2), ("['']", 0.2), ("None", 0.3)):
                yield site.put("constant/empty", value, factor)
            for name in site.names():
                yield site.put("constant/empty", f"[{name}]", 0.7)
        elif len(node.elts) == 1:
            yield site.put("constant/empty", "[]", 0.5)
    if isinstance(node, (ast.Dict, ast.Call)) and site.role == "value":
        empty = isinstance(node, ast.Dict) and not node.keys
        if empty or (isinstance(node, ast.Call) and site.code().text == "set()"):
            for value in ("[]", "{}", "set()"):
                yield site.put("constant/empty", value, 0.3)
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield site.put("constant/flip", str(not value))
        yield site.put("constant/none", "None")
    elif isinstance(value, int):
        yield from _integers(site, value)
    elif isinstance(value, float):
        for new, variant in ((-value, "sign"), (value + 1, "step"), (value - 1, "step")):
            yield site.put(f"constant/{variant}", literal(new), 0.5)
        for new in (0.0, 1.0, value / 2, value * 2, value / 10, value * 10):
            yield site.put("constant/small", literal(new), 0.5)
    elif isinstance(value, str):
        yield from _strings(site, value)
    elif value is None:
        for new in ("0", "''", "[]", "False", "True", "1"):
            yield site.put("constant/none", new, 1.0 if site.role != "operand" else 0.2)
    yield from _others(site, value)


def _integers(site: Site, value: int) -> Iterator[Change]:
    raw = site.code().text
    odd = raw[:2].lower() in ("0x", "0b", "0o")
    show = (lambda n: Code(f"{raw[:2]}{format(n, raw[1].lower())}")) if odd else literal
    steps = [value + 1, *([value - 1] if value > 0 or not odd else [])]
    for new in steps:
        near = value in (0, 1) and new in (0, 1)
        yield site.put("constant/zero-one" if near else "constant/step", show(new))
    if odd:
        return
    if value:
        yield site.put("constant/sign", literal(-value), 0.5 if value > 2 else 1.0)
        yield site.put("constant/small", "0", 0.8)
    for new, factor in ((1, 0.8), (2, 0.8), (-1, 0.8), (10, 0.25)):
        if new != value:
            yield site.put("constant/small", literal(new), factor)
    if value > 1:
        yield site.put("constant/small", literal(value * 2), 0.3)
        yield site.put("constant/small", literal(value // 2), 0.3)
    if value > 9:
        yield site.put("constant/small", literal(value * 10), 0.3)
        yield site.put("constant/small", literal(value // 10), 0.3)
    if site.role == "value" and value in (0, 1):
        for new in ("None", "float('inf')", "-float('inf')"):
            yield site.put("constant/none", new, 0.9)
        for name in site.function.params:
            if site.function.kinds.get(name) in ("list", "str"):
                yield site.put("constant/none", Code(f"{name}[0]"), 1.0)


def _strings(site: Site, value: str) -> Iterator[Change]:
    quote = '"' if site.code().text.lstrip("rbfuRBFU").startswith('"') else "'"

    def quoted(text: str) -> str:
        text = repr(text)
        if quote == '"' and '"' not in text and text.startswith("'"):
            return f'"{text[1:-1]}"'
        return text

    if value == "":
        yield site.put("constant/text", quoted(" "))
        yield site.put("constant/text", "None", 0.3)
        return
    yield site.put("constant/text", quoted(""), 1.0 if len(value) < 3 else 0.3)
    if value != " ":
        yield site.put("constant/text", quoted(" "), 0.6 if len(value) < 3 else 0.1)
    else:
        yield site.put("constant/text", quoted("\n"), 0.3)
    for new in (value.strip(), value + " ", " " + value, value[:-1], value[1:]):
        if new and new != value:
            yield site.put("constant/text", quoted(new), 0.4)
    if value.isalpha():
        for new in (value.lower(), value.upper()):
            if new != value:
                yield site.put("constant/text", quoted(new), 0.6)


def _others(site: Site, value: object) -> Iterator[Change]:
    if not isinstance(value, (int, str, float)) or isinstance(value, bool):
        return
    function = site.function
    own = function.pool.constants.get(type(value), [])
    crowd = min(1.0, (4 / max(len(own), 1)) ** 0.5)
    for other in own[:12]:
        if other != value and len(repr(other)) < 40:
            yield site.put("constant/function", literal(other), crowd)
    every = function.module.pool.constants.get(type(value), [])
    for other in every[:12]:
        if other != value and other not in own and len(repr(other)) < 40:
            yield site.put("constant/module", literal(other), 0.5)
    kind = site.kind
    for name in site.names():
        if function.kinds.get(name) == kind and site.role != "function":
            yield site.put("variable/name", name, 0.5 * crowd)
