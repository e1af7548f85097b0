"""What a function returns, yields, or assigns to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.conditions import negated, opposite, tests
from strop.moves.mutate.kinds import Kind, fit
from strop.moves.mutate.layout import alone, indent
from strop.moves.mutate.precedence import COMPARE, TEST, TUPLE
from strop.moves.mutate.text import Code
from strop.moves.mutate.walk import Change, Place, Site

__all__ = ["RETURNED", "assignments", "returns", "swaps", "targets", "yields"]

RETURNED: tuple[tuple[str, Kind], ...] = (
    ("True", "bool"),
    ("False", "bool"),
    ("None", "none"),
    ("0", "int"),
    ("1", "int"),
    ("-1", "int"),
    ("''", "str"),
    ("[]", "list"),
)


def returns(site: Site) -> Iterator[Change]:
    node = site.node
    if site.field != "value" or not isinstance(site.parent, ast.Return):
        return
    function = site.function
    kind = site.kind
    own = site.code()
    for donor in site.givers(12, "returned"):
        generates = isinstance(donor.node, (ast.Yield, ast.YieldFrom))
        if donor.code.text != own.text and not generates:
            yield site.put("return/donor", donor.code, fit(donor.kind, kind))
    names = site.names()
    crowd = min(1.0, (6 / max(len(names), 1)) ** 0.5)
    for name in names:
        if name != own.text:
            yield site.put("return/name", name, crowd * fit(function.kinds.get(name), kind))
    for text, other in RETURNED:
        if text != own.text:
            yield site.put("return/constant", text, fit(other, kind))
    for part in ast.walk(node):
        if part is not node and isinstance(part, (ast.Call, ast.BinOp, ast.Name, ast.Subscript)):
            if isinstance(part, ast.Name) and part.id not in names:
                continue
            if isinstance(getattr(part, "ctx", None), ast.Store) or _hidden(node, part):
                continue
            yield site.put("return/part", site.code(part), fit(function.kind(part), kind))
    if kind not in ("bool", "none"):
        yield site.put("return/list", f"[{own.text}]", 1.0 if kind != "list" else 0.5)
    if kind == "bool":
        if not isinstance(node, ast.Constant):
            yield site.put("boolean/negate", negated(own, node))
        for name in names:
            if (other := function.kinds.get(name)) != "bool":
                for test, factor in tests(name, other):
                    constant = 1.0 if isinstance(node, ast.Constant) else 0.3
                    yield site.put("return/test", test, crowd * factor * constant)
        for donor in site.givers(12, "condition"):
            if not isinstance(donor.node, ast.Constant):
                yield site.put("return/test", donor.code, 0.8)
                yield site.put("return/test", opposite(donor.node, donor.code), 0.5)
        numbers = [n for n in names if function.kinds.get(n) in ("int", None)][:5]
        for index, left in enumerate(numbers):
            for right in numbers[index + 1 :]:
                yield site.put("return/test", Code(f"{left} == {right}", COMPARE), 0.4)


def _hidden(node: ast.expr, part: ast.AST) -> bool:
    """Whether a part stands in a scope of its own or in an f-string."""
    scopes = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr)
    for outer in ast.walk(node):
        if isinstance(outer, scopes) and any(inner is part for inner in ast.walk(outer)):
            return outer is not part
    return False


def yields(site: Site) -> Iterator[Change]:
    """`yield` and `yield from`, and `return` in a generator."""
    node = site.node
    if isinstance(node, ast.Yield) and node.value is not None:
        value = site.code(node.value)
        yield site.put("return/yield", Code(f"yield from {value.within(TEST)}", TUPLE))
        if isinstance(site.parent, ast.Expr):
            yield site.put("return/yield", Code(f"return {value.text}", TUPLE), 0.3)
            yield site.put("return/list", Code(f"yield [{value.text}]", TUPLE))
    elif isinstance(node, ast.YieldFrom):
        yield site.put("return/yield", Code(f"yield {site.code(node.value).text}", TUPLE))
    elif isinstance(site.parent, ast.Return) and site.function.generator:
        edit = site.text.edit(site.text.start(site.parent), site.text.start(node), "yield ")
        yield Change("return/yield", (edit,))
        edit = site.text.edit(site.text.start(site.parent), site.text.start(node), "yield from ")
        yield Change("return/yield", (edit,), 0.8)


def swaps(site: Site) -> Iterator[Change]:
    """Two elements of a tuple or list, or the operands of an order, exchanged."""
    node, text = site.node, site.text
    if not isinstance(node, (ast.Tuple, ast.List)) or not 2 <= len(node.elts) <= 6:
        return
    for index, first in enumerate(node.elts):
        for second in node.elts[index + 1 :]:
            one, two = text.segment(first), text.segment(second)
            if one == two or text.parentheses(first, node) or text.parentheses(second, node):
                continue
            edits = (
                text.edit(text.start(first), text.end(first), two),
                text.edit(text.start(second), text.end(second), one),
            )
            kinds = fit(site.function.kind(first), site.function.kind(second))
            whole = 1.0 if len(node.elts) == 2 or isinstance(site.parent, ast.Assign) else 0.7
            constant = isinstance(first, ast.Constant) and isinstance(second, ast.Constant)
            yield Change("target/swap", edits, max(kinds, 0.5) * (0.3 if constant else whole))


def targets(site: Site) -> Iterator[Change]:
    """Another name or place to assign to."""
    node = site.node
    if site.role != "target" or isinstance(site.place.stmt, ast.Delete):
        return
    function = site.function
    if isinstance(node, ast.Name):
        kind = function.kinds.get(node.id)
        names = [n for n in site.names() if n in function.own]
        for name in names:
            if name != node.id:
                yield site.put("target/name", name, fit(function.kinds.get(name), kind))
        kinds = ("list", "dict", None) if isinstance(site.parent, ast.Assign) else ()
        for name in names:
            if name != node.id and function.kinds.get(name) in kinds[:2]:
                for index in names:
                    if function.kinds.get(index) == "int":
                        yield site.put("target/part", f"{name}[{index}]", 0.15)
    elif isinstance(node, (ast.Subscript, ast.Attribute)):
        own = site.code().text
        seen: set[str] = set()
        for stmt in function.pool.simple[:60]:
            every = (
                stmt.targets if isinstance(stmt, ast.Assign) else [getattr(stmt, "target", None)]
            )
            for other in every:
                if isinstance(other, (ast.Subscript, ast.Attribute, ast.Name)):
                    text = site.code(other).text
                    if text != own and text not in seen:
                        seen.add(text)
                        yield site.put("target/part", text, 0.8)
        for donor in site.givers(60, "operand", "value", "argument", "element"):
            place = isinstance(donor.node, (ast.Subscript, ast.Attribute))
            if place and donor.code.text != own and donor.code.text not in seen:
                seen.add(donor.code.text)
                yield site.put("target/part", donor.code, 0.7)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            for element in node.slice.elts:
                text = f"{site.code(node.value).text}[{site.code(element).text}]"
                yield site.put("target/part", text, 0.4)


def assignments(place: Place) -> Iterator[Change]:
    """Tuple assignments split, and neighbours made one."""
    stmt, text = place.stmt, place.text
    if not isinstance(stmt, ast.Assign) or len(stmt.targets) != 1:
        return
    target = stmt.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else []
    values = stmt.value.elts if isinstance(stmt.value, ast.Tuple) else []
    if len(names) == len(values) == 2 and alone(text, stmt):
        pairs = zip(names, values, strict=True)
        lines = [f"{text.code(t).text} = {text.code(v).text}" for t, v in pairs]
        lead = text.newline + indent(text, stmt)
        for order in (lines, lines[::-1]):
            edit = text.edit(text.start(stmt), text.end(stmt), lead.join(order))
            yield Change("target/split", (edit,))
    following = place.next
    if isinstance(following, ast.Assign) and len(following.targets) == 1:
        second = following.targets[0]
        if isinstance(target, ast.Tuple) or isinstance(second, ast.Tuple):
            return
        left = f"{text.code(target).text}, {text.code(second).text}"
        right = f"{text.code(stmt.value).text}, {text.code(following.value).text}"
        if left.count("\n") == 0 and ":=" not in right and "yield" not in right:
            edit = text.edit(text.start(stmt), text.end(following), f"{left} = {right}")
            constant = isinstance(following.value, ast.Constant)
            yield Change("target/merge", (edit,), 0.2 if constant else 1.0)
