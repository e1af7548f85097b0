"""The places of a file that a mutant may change.

Left alone are docstrings, imports, annotations, decorators, bases of classes, asserts, patterns of
`match`, type variables, overloads, names like `__all__`, what stands under `if __name__ ==
"__main__"` or `if TYPE_CHECKING`, and the texts of raised exceptions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from strop.moves.mutate.text import Text

__all__ = ["Scope", "Spot", "spots"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_UNTOUCHED = ("Import", "ImportFrom", "Global", "Nonlocal", "Pass", "Assert", "TypeAlias")
_BELOW = (ast.expr, ast.comprehension, ast.keyword, ast.arguments)
_TYPES = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "NamedTuple", "TypedDict"})
_CHECKING = "TYPE_CHECKING"
_TESTS = {
    (ast.If, "test"),
    (ast.While, "test"),
    (ast.IfExp, "test"),
    (ast.comprehension, "ifs"),
    (ast.match_case, "guard"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a statement stands: the qualified name of its function or class, whether importing the
    module runs it, and the statement."""

    function: str
    at_import: bool
    stmt: ast.stmt


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A statement, or an expression in `parent.field`. `message`: it only makes up the text of an
    exception; `default`: it is the value of a parameter that is not given."""

    text: Text
    scope: Scope
    node: ast.expr | ast.stmt
    parent: ast.AST
    field: str
    message: bool = False
    default: bool = False

    @property
    def test(self) -> bool:
        """Whether the expression decides a branch."""
        return (type(self.parent), self.field) in _TESTS


def spots(tree: ast.Module, text: Text) -> Iterator[Spot]:
    """Every place, in no order."""
    outside = Scope("", True, ast.Pass(lineno=1, col_offset=0))
    stack: list[tuple[ast.stmt, Scope]] = [(stmt, outside) for stmt in tree.body]
    while stack:
        stmt, around = stack.pop()
        if type(stmt).__name__ in _UNTOUCHED or _is_about_module(stmt):
            continue
        here = replace(around, stmt=stmt)
        if isinstance(stmt, (*_FUNCTIONS, ast.ClassDef)):
            if _named(stmt.decorator_list, "overload"):
                continue
            name = f"{around.function}.{stmt.name}" if around.function else stmt.name
            runs = around.at_import and isinstance(stmt, ast.ClassDef)
            inside = Scope(name, runs, stmt)
            if not isinstance(stmt, ast.ClassDef):
                yield from _defaults(text, here, stmt.args)
            stack += [(below, inside) for below in stmt.body]
            continue
        if isinstance(stmt, ast.If) and (_is_main(stmt.test) or _named([stmt.test], _CHECKING)):
            stack += [(below, here) for below in stmt.orelse]
            continue
        yield Spot(text, here, stmt, stmt, "")
        for node, parent, field in _own(stmt):
            message = isinstance(stmt, ast.Raise)
            yield from _expressions(text, here, node, parent, field, message)
        for block in _blocks(stmt):
            stack += [(below, here) for below in block]


def _named(nodes: list[ast.expr], name: str) -> bool:
    return any(getattr(n, "id", None) == name or getattr(n, "attr", None) == name for n in nodes)


def _is_main(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare):
        return False
    sides = (test.left, *test.comparators)
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)


def _is_about_module(stmt: ast.stmt) -> bool:
    """Whether it gives something like `__all__` or `__version__`."""
    match stmt:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return name[:2] == name[-2:] == "__"
    return False


def _own(stmt: ast.stmt) -> Iterator[tuple[ast.expr, ast.AST, str]]:
    """A statement's own expressions, without those of the statements inside it."""
    match stmt:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.AnnAssign():
            parts = [("target", stmt.target), ("value", stmt.value)]
        case ast.Match():
            yield stmt.subject, stmt, "subject"
            for case in stmt.cases:
                if case.guard is not None:
                    yield case.guard, case, "guard"
            return
        case ast.With() | ast.AsyncWith():
            for item in stmt.items:
                yield item.context_expr, item, "context_expr"
            return
        case ast.Delete():
            return
        case _:
            parts = list(ast.iter_fields(stmt))
    for field, value in parts:
        for node in value if isinstance(value, list) else (value,):
            if isinstance(node, ast.expr):
                yield node, stmt, field


def _blocks(stmt: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(stmt, field, [])
    for part in (*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ())):
        yield part.body


def _defaults(text: Text, scope: Scope, arguments: ast.arguments) -> Iterator[Spot]:
    for field in ("defaults", "kw_defaults"):
        for node in getattr(arguments, field):
            if node is not None:
                yield from _expressions(text, scope, node, arguments, field)


def _expressions(
    text: Text, scope: Scope, top: ast.expr, parent: ast.AST, field: str, message: bool = False
) -> Iterator[Spot]:
    """An expression and all below it."""
    stack: list[tuple[ast.AST, ast.AST, str]] = [(top, parent, field)]
    while stack:
        node, above, where = stack.pop()
        if isinstance(node, ast.expr):
            default = isinstance(above, ast.arguments)
            yield Spot(text, scope, node, above, where, message, default)
        # Positions inside f-strings are wrong before Python 3.12.
        if type(node).__name__ in ("JoinedStr", "TemplateStr") or _is_type(node):
            continue
        skipped = node.args[:1] if isinstance(node, ast.Call) and _is_cast(node) else []
        for name, value in ast.iter_fields(node):
            parts = value if isinstance(value, list) else (value,)
            stack += [(p, node, name) for p in parts if isinstance(p, _BELOW) and p not in skipped]


def _is_cast(node: ast.Call) -> bool:
    return _named([node.func], "cast")


def _is_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(_named([node.func], name) for name in _TYPES)
