"""Integer expressions with + - * and exact /: read, show, evaluate, reduce one operation."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple, TypeAlias

__all__ = [
    "Expr",
    "Node",
    "apply",
    "first_operation",
    "leaves",
    "ordered",
    "parse",
    "reduced",
    "show",
    "value",
]

_PLAIN = re.compile(r"[0-9+\-*/() ]{1,200}")
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "/"}
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2}


class Node(NamedTuple):
    """One operation on two expressions."""

    op: str
    left: Expr
    right: Expr


Expr: TypeAlias = int | Node


def apply(op: str, a: int, b: int) -> int | None:
    """`a op b`; None where a division is not exact."""
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    if op == "*":
        return a * b
    return a // b if b and a % b == 0 else None


def value(expr: Expr) -> int | None:
    """The exact value; None where a division in it is not exact."""
    if isinstance(expr, int):
        return expr
    left, right = value(expr.left), value(expr.right)
    return None if left is None or right is None else apply(expr.op, left, right)


def leaves(expr: Expr) -> list[int]:
    """The numbers used, from left to right."""
    return [expr] if isinstance(expr, int) else leaves(expr.left) + leaves(expr.right)


def show(expr: Expr) -> str:
    """The text with as few parentheses as keep the tree."""
    if isinstance(expr, int):
        return str(expr)
    rank = _RANK[expr.op]
    left, right = show(expr.left), show(expr.right)
    if isinstance(expr.left, Node) and _RANK[expr.left.op] < rank:
        left = f"({left})"
    if isinstance(expr.right, Node) and _RANK[expr.right.op] <= rank:
        right = f"({right})"
    return f"{left} {expr.op} {right}"


def ordered(expr: Expr) -> str:
    """A form shared by expressions that differ only in the order or grouping of the operands
    of + and *."""
    if isinstance(expr, int):
        return str(expr)
    if expr.op in "-/":
        return f"({ordered(expr.left)}{expr.op}{ordered(expr.right)})"
    return f"({expr.op.join(sorted(map(ordered, _chain(expr, expr.op))))})"


def parse(text: str) -> Expr | None:
    """The expression written in `text`, or None. Nothing is evaluated as Python."""
    if not _PLAIN.fullmatch(text):
        return None
    try:
        return _from_ast(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _from_ast(tree: ast.expr) -> Expr:
    if isinstance(tree, ast.Constant) and type(tree.value) is int:
        return tree.value
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        inner = _from_ast(tree.operand)
        return -inner if isinstance(inner, int) else Node("-", 0, inner)
    if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATORS:
        return Node(_OPERATORS[type(tree.op)], _from_ast(tree.left), _from_ast(tree.right))
    raise ValueError("not plain arithmetic")


def _chain(expr: Expr, op: str) -> list[Expr]:
    if isinstance(expr, int) or expr.op != op:
        return [expr]
    return _chain(expr.left, op) + _chain(expr.right, op)


def first_operation(expr: Expr) -> tuple[int, str, int] | None:
    """The leftmost operation whose two operands are numbers."""
    if isinstance(expr, int):
        return None
    if isinstance(expr.left, int) and isinstance(expr.right, int):
        return expr.left, expr.op, expr.right
    return first_operation(expr.left) or first_operation(expr.right)


def reduced(expr: Expr, operation: tuple[int, str, int], result: int) -> Expr | None:
    """`expr` with the leftmost occurrence of the operation (operands of + and * in either
    order) replaced by `result`; None where it does not occur."""
    if isinstance(expr, int):
        return None
    if isinstance(expr.left, int) and isinstance(expr.right, int):
        a, op, b = operation
        if expr.op != op:
            return None
        here = (expr.left, expr.right)
        return result if here == (a, b) or (op in "+*" and here == (b, a)) else None
    left = reduced(expr.left, operation, result)
    if left is not None:
        return Node(expr.op, left, expr.right)
    right = reduced(expr.right, operation, result)
    return None if right is None else Node(expr.op, expr.left, right)
