"""How tightly an expression binds, and how tightly its place asks it to."""

from __future__ import annotations

import ast

__all__ = ["ATOM", "TUPLE", "binding", "required"]

TUPLE, NAMED, TEST, OR, AND, NOT, COMPARE = range(7)
BIT_OR, BIT_XOR, BIT_AND, SHIFT, SUM, TERM, UNARY, POWER, AWAIT, ATOM = range(7, 17)

OPERATOR: dict[type[ast.operator], int] = {
    ast.BitOr: BIT_OR,
    ast.BitXor: BIT_XOR,
    ast.BitAnd: BIT_AND,
    ast.LShift: SHIFT,
    ast.RShift: SHIFT,
    ast.Add: SUM,
    ast.Sub: SUM,
    ast.Mult: TERM,
    ast.Div: TERM,
    ast.FloorDiv: TERM,
    ast.Mod: TERM,
    ast.MatMult: TERM,
    ast.Pow: POWER,
}

_BINDING: dict[type[ast.AST], int] = {
    ast.Tuple: TUPLE,
    ast.Yield: TUPLE,
    ast.YieldFrom: TUPLE,
    ast.Starred: TUPLE,
    ast.Slice: TUPLE,
    ast.NamedExpr: NAMED,
    ast.IfExp: TEST,
    ast.Lambda: TEST,
    ast.Compare: COMPARE,
    ast.Await: AWAIT,
}

_REQUIRED: dict[tuple[type[ast.AST], str], int] = {
    (ast.Compare, "left"): BIT_OR,
    (ast.Compare, "comparators"): BIT_OR,
    (ast.IfExp, "body"): OR,
    (ast.IfExp, "test"): OR,
    (ast.IfExp, "orelse"): TEST,
    (ast.Call, "func"): ATOM,
    (ast.Attribute, "value"): ATOM,
    (ast.Subscript, "value"): ATOM,
    (ast.Subscript, "slice"): TUPLE,
    (ast.comprehension, "iter"): OR,
    (ast.comprehension, "ifs"): OR,
    (ast.Starred, "value"): BIT_OR,
    (ast.Await, "value"): ATOM,
    (ast.Return, "value"): TUPLE,
    (ast.Assign, "value"): TUPLE,
    (ast.AugAssign, "value"): TUPLE,
    (ast.AnnAssign, "value"): TUPLE,
    (ast.Expr, "value"): TUPLE,
    (ast.Yield, "value"): TUPLE,
    (ast.For, "iter"): TUPLE,
    (ast.For, "target"): TUPLE,
    (ast.Assign, "targets"): TUPLE,
    (ast.If, "test"): NAMED,
    (ast.While, "test"): NAMED,
}


def binding(node: ast.AST) -> int:
    """How tightly an expression's own text binds; a higher one needs no parentheses in a lower
    place."""
    if isinstance(node, ast.BinOp):
        return OPERATOR[type(node.op)]
    if isinstance(node, ast.BoolOp):
        return OR if isinstance(node.op, ast.Or) else AND
    if isinstance(node, ast.UnaryOp):
        return NOT if isinstance(node.op, ast.Not) else UNARY
    return _BINDING.get(type(node), ATOM)


def required(parent: ast.AST, field: str) -> int:
    """How tightly an expression must bind to stand in `parent.field` without parentheses."""
    if isinstance(parent, ast.BinOp):
        if isinstance(parent.op, ast.Pow):
            return AWAIT if field == "left" else UNARY
        return OPERATOR[type(parent.op)] + (field == "right")
    if isinstance(parent, ast.BoolOp):
        return AND if isinstance(parent.op, ast.Or) else NOT
    if isinstance(parent, ast.UnaryOp):
        return NOT if isinstance(parent.op, ast.Not) else UNARY
    return _REQUIRED.get((type(parent), field), TEST)
