"""Test code that is only plain assertions, read as cases, so that it need not run at all.

`assert candidate(1, [2]) == 3` says the same as a case with expected value 3 under Python's `==`.
What is not of such a form (loops, random inputs, other calls) makes the whole source None: it
must then run as code.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any

from strop.checks.case import Case, Equality
from strop.sandbox.inside import wire

__all__ = ["cases_from_asserts", "cases_from_check"]

_LARGEST = 10_000
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class _NotPlain(Exception):
    """The code is more than assertions over constants."""


def cases_from_check(test_source: str, entry: str) -> tuple[Case, ...] | None:
    """The cases of a HumanEval-form test, `def check(candidate): assert candidate(...) == ...`.

    None where anything in it must be run as code, or there is no assertion on the candidate.
    """
    try:
        tree = ast.parse(test_source)
        body: list[ast.stmt] | None = None
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "check" and body is None:
                names = {entry, *(arg.arg for arg in node.args.args)}
                body = node.body
            elif not _inert(node) and not _calls_check(node):
                return None
        if body is None:
            return None
        return _cases(body, names) or None
    except (_NotPlain, SyntaxError, ValueError, RecursionError):
        return None


def cases_from_asserts(statements: Iterable[str], entry: str) -> tuple[Case, ...] | None:
    """The cases of MBPP-form `test_list` rows such as `assert f(1) == 2`; None as above."""
    try:
        body = [node for text in statements for node in ast.parse(text).body]
        return _cases(body, {entry}) or None
    except (_NotPlain, SyntaxError, ValueError, RecursionError):
        return None


def _cases(body: list[ast.stmt], names: set[str]) -> tuple[Case, ...]:
    cases: list[Case] = []
    for node in body:
        if _inert(node):
            continue
        if not isinstance(node, ast.Assert):
            raise _NotPlain
        if isinstance(node.test, ast.Constant) and node.test.value:
            continue
        cases.append(_case(node.test, names, f"{len(cases)}"))
    return tuple(cases)


def _inert(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant | ast.Name)
    if isinstance(node, ast.Assign):
        return [ast.unparse(t) for t in node.targets] == ["METADATA"]
    return False


def _calls_check(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node.value).startswith("check(")


def _case(test: ast.expr, names: set[str], name: str) -> Case:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call):
            return _build(name, call, names, False, "truth", 0.0)
        case ast.Call():
            return _build(name, test, names, True, "truth", 0.0)
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp() as gap]),
            ops=[ast.Lt() | ast.LtE()],
            comparators=[limit],
        ) if isinstance(gap.op, ast.Sub):
            call, value = _sides(gap.left, gap.right, names)
            return _build(name, call, names, _number(value), "python", _number(limit))
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            call, value = _sides(left, right, names)
            return _build(name, call, names, _constant(value), "python", 0.0)
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant() as right]) if (
            right.value is None or isinstance(right.value, bool)
        ):
            return _build(name, left, names, right.value, "strict", 0.0)
        case _:
            raise _NotPlain


def _build(
    name: str, call: ast.expr, names: set[str], expected: Any, equality: Equality, atol: float
) -> Case:
    if not _is_call(call, names) or not isinstance(call, ast.Call) or call.keywords:
        raise _NotPlain
    given = [wire.tree(_constant(arg)) for arg in call.args]
    return Case(name, given, wire.tree(expected), equality, atol)


def _sides(left: ast.expr, right: ast.expr, names: set[str]) -> tuple[ast.expr, ast.expr]:
    return (left, right) if _is_call(left, names) else (right, left)


def _is_call(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _number(node: ast.expr) -> float:
    value = _constant(node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _NotPlain
    return value


def _constant(node: ast.expr) -> Any:
    """The value of a literal, or of arithmetic on literals small enough to do here."""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            a, b = _constant(left), _constant(right)
            if _size(op, a, b) > _LARGEST:
                raise _NotPlain
            try:
                return _OPERATORS[type(op)](a, b)
            except (TypeError, ArithmeticError):
                raise _NotPlain from None
        case ast.List(elts=items):
            return [_constant(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_constant(item) for item in items)
        case ast.Set(elts=items):
            return {_constant(item) for item in items}
        case ast.Dict(keys=keys, values=values):
            if None in keys:
                raise _NotPlain
            return {
                _constant(key): _constant(value)
                for key, value in zip(keys, values, strict=True)
                if key is not None
            }
        case ast.Call(func=ast.Name(id="set"), args=[]):
            return set[Any]()
        case _:
            try:
                return ast.literal_eval(node)
            except (ValueError, TypeError):
                raise _NotPlain from None


def _size(op: ast.operator, a: Any, b: Any) -> int:
    """Items or bits that a product or a power would have; what else there is stays small."""
    if isinstance(op, ast.Pow):
        whole = isinstance(a, int) and isinstance(b, int) and b >= 0
        return a.bit_length() * b if whole else _LARGEST + 1
    if isinstance(op, ast.Mult):
        for many, times in ((a, b), (b, a)):
            if hasattr(many, "__len__") and isinstance(times, int):
                return len(many) * max(0, times)
    return 0
