"""What an expression is used for where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

__all__ = ["Role", "children", "head"]

Role = Literal[
    "condition",
    "iterable",
    "argument",
    "index",
    "bound",
    "value",
    "returned",
    "operand",
    "element",
    "base",
    "function",
    "target",
    "other",
]
_Child = tuple[ast.expr, ast.AST, str, Role]

# Positions inside f-strings are wrong before Python 3.12.
_CLOSED = ("JoinedStr", "TemplateStr")


def _head(stmt: ast.stmt) -> Iterator[tuple[ast.AST | None, str, Role]]:
    match stmt:
        case ast.If() | ast.While():
            yield stmt.test, "test", "condition"
        case ast.Assert():
            yield stmt.test, "test", "condition"
        case ast.For() | ast.AsyncFor():
            yield stmt.iter, "iter", "iterable"
            yield stmt.target, "target", "target"
        case ast.Assign():
            yield stmt.value, "value", "value"
            for target in stmt.targets:
                yield target, "targets", "target"
        case ast.AugAssign() | ast.AnnAssign():
            yield stmt.value, "value", "value"
            yield stmt.target, "target", "target"
        case ast.Return():
            yield stmt.value, "value", "returned"
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr():
            yield stmt.value, "value", "other"
        case ast.Raise():
            yield stmt.exc, "exc", "other"
        case ast.Delete():
            for target in stmt.targets:
                yield target, "targets", "target"
        case ast.With() | ast.AsyncWith():
            for item in stmt.items:
                yield item.context_expr, "context_expr", "other"
        case ast.Match():
            yield stmt.subject, "subject", "other"
            for case in stmt.cases:
                yield case.guard, "guard", "condition"
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            for default in (*stmt.args.defaults, *stmt.args.kw_defaults):
                yield default, "defaults", "other"


def head(stmt: ast.stmt) -> Iterator[_Child]:
    """A statement's own expressions, without those of the statements inside it."""
    for node, field, role in _head(stmt):
        if isinstance(node, ast.expr) and type(node).__name__ not in _CLOSED:
            yield node, stmt, field, role


def children(node: ast.expr, role: Role) -> Iterator[tuple[ast.expr, ast.AST, str, Role, ast.AST]]:
    """An expression's own parts; the last item is `node` itself."""
    parents: list[ast.AST] = [node]
    for parent in parents:
        for field in parent._fields:
            value = getattr(parent, field, None)
            for part in value if isinstance(value, list) else (value,):
                if isinstance(part, (ast.comprehension, ast.keyword)):
                    parents.append(part)
                elif isinstance(part, ast.expr) and type(part).__name__ not in _CLOSED:
                    yield part, parent, field, _role(parent, field, part, role), node
                elif isinstance(part, ast.arguments):
                    for default in part.defaults:
                        yield default, parent, "defaults", "other", node


def _role(parent: ast.AST, field: str, part: ast.expr, above: Role) -> Role:
    if isinstance(getattr(part, "ctx", None), (ast.Store, ast.Del)):
        return "target"
    match parent:
        case ast.BoolOp():
            return "condition" if above == "condition" else "operand"
        case ast.UnaryOp(op=ast.Not()):
            return "condition"
        case ast.IfExp():
            return "condition" if field == "test" else above
        case ast.comprehension():
            return {"ifs": "condition", "iter": "iterable"}.get(field, "other")  # type: ignore
        case ast.Call():
            return "function" if field == "func" else "argument"
        case ast.keyword():
            return "argument"
        case ast.Attribute():
            return "base"
        case ast.Subscript():
            return "base" if field == "value" else "index"
        case ast.Slice():
            return "bound"
        case ast.BinOp() | ast.Compare() | ast.UnaryOp():
            return "operand"
        case ast.Tuple() if above in ("index", "target"):
            return above
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
            return "element"
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return "element"
        case ast.Starred():
            return "iterable"
        case ast.Lambda() | ast.Yield() | ast.YieldFrom():
            return "returned"
        case ast.NamedExpr():
            return "value"
    return "other"
