"""Source that reports which lines run and what functions are called with.

Before each statement stands `_strop_hit(number)`, at the start of each module-level function
`_strop_call(file, name, arguments)`; whoever runs the text provides the two.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["LINE_BITS", "instrument", "traced_function", "traced_program"]

LINE_BITS = 20
_BODIES = ("body", "orelse", "finalbody")

_PRELUDE = f"""
class _StropEnough(BaseException):
    pass
_strop_lines = set()
_strop_left = [50000]
def _strop_call(*arguments):
    pass
def _strop_hit(number):
    _strop_lines.add(number & {(1 << LINE_BITS) - 1})
    _strop_left[0] -= 1
    if _strop_left[0] <= 0:
        raise _StropEnough
"""
_FUNCTION = """
def _strop_trace(*_strop_arguments):
    _strop_lines.clear()
    _strop_left[0] = 50000
    try:
        _strop_value = {entry}(*_strop_arguments)
        if hasattr(_strop_value, "__await__"):
            import asyncio
            asyncio.run(_strop_value)
        elif hasattr(_strop_value, "__next__"):
            for _ in zip(range(100000), _strop_value):
                pass
    except BaseException:
        pass
    return sorted(_strop_lines)
"""
_PROGRAM = """
import atexit as _strop_atexit, sys as _strop_sys
_strop_atexit.register(lambda: print(
    "\\n_strop_lines", *sorted(_strop_lines), file=_strop_sys.__stderr__, flush=True))
"""


def instrument(source: str, index: int = 0) -> str:
    """`source` with reports; a line's number is `index << LINE_BITS | line`. Raises SyntaxError."""
    return ast.unparse(_instrumented(source, index))


def traced_function(source: str, entry: str) -> str:
    """`source` with reports kept, and a function `_strop_trace` that calls `entry` and returns the
    sorted lines that the call reached, whatever it came to."""
    tree = _instrumented(source, 0)
    _insert(tree, ast.parse(_PRELUDE).body)
    return ast.unparse(tree) + _FUNCTION.format(entry=entry)


def traced_program(source: str) -> str:
    """`source` that prints `_strop_lines` and the reached lines at the end of standard error."""
    tree = _instrumented(source, 0)
    _insert(tree, ast.parse(_PRELUDE + _PROGRAM).body)
    return ast.unparse(tree)


def _instrumented(source: str, index: int) -> ast.Module:
    tree = ast.parse(source)
    for node in list(ast.walk(tree)):
        for name in _BODIES:
            body = getattr(node, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                setattr(node, name, list(_reporting(body, index)))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            _insert(node, [_call("_strop_call", index, node.name, _arguments(node))])
    return ast.fix_missing_locations(tree)


def _reporting(body: list[ast.stmt], index: int) -> Iterator[ast.stmt]:
    for place, statement in enumerate(body):
        if not (place == 0 and _is_docstring(statement)) and not _is_future(statement):
            yield _call("_strop_hit", index << LINE_BITS | statement.lineno)
        yield statement


def _call(name: str, *arguments: int | str | ast.expr) -> ast.stmt:
    values = [a if isinstance(a, ast.expr) else ast.Constant(a) for a in arguments]
    return ast.Expr(ast.Call(ast.Name(name, ast.Load()), values, []))


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.expr:
    """The positional parameters; one that is only given by name is left to its default."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    parts: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    if node.args.vararg:
        parts.append(ast.Starred(ast.Name(node.args.vararg.arg, ast.Load()), ast.Load()))
    return ast.Tuple(parts, ast.Load())


def _insert(
    node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, what: list[ast.stmt]
) -> None:
    first = 0
    while first < len(node.body) and (
        (first == 0 and _is_docstring(node.body[0])) or _is_future(node.body[first])
    ):
        first += 1
    node.body[first:first] = what
    ast.fix_missing_locations(node)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
