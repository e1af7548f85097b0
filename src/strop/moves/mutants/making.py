"""Mutants of a file for measuring its tests: every classical change, none that changes no code."""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strop.core.mutant import Mutant
from strop.core.patch import Edit
from strop.moves.mutants.arithmetic import Change, augmented, binary, unary
from strop.moves.mutants.conditions import comparison, connective, negation, unnegated
from strop.moves.mutants.constants import constant, display, slice_bounds
from strop.moves.mutants.same_code import SameCode
from strop.moves.mutants.spots import Scope, Spot, spots
from strop.moves.mutants.statements import jump, removed, returned, yielded
from strop.moves.mutate.text import Text

__all__ = ["MadeMutants", "functions_of", "make_mutants"]

_Operator = Callable[[Spot], Iterator[Change]]
_OPERATORS: Mapping[type[ast.AST], tuple[_Operator, ...]] = {
    ast.BinOp: (binary,),
    ast.UnaryOp: (unary, unnegated, constant),
    ast.Compare: (comparison,),
    ast.BoolOp: (connective,),
    ast.Constant: (constant,),
    ast.JoinedStr: (constant,),
    ast.List: (display,),
    ast.Dict: (display,),
    ast.Set: (display,),
    ast.Slice: (slice_bounds,),
    ast.Yield: (yielded,),
    ast.AugAssign: (augmented, removed),
    ast.Assign: (removed,),
    ast.AnnAssign: (removed,),
    ast.Expr: (removed,),
    ast.Delete: (removed,),
    ast.Raise: (removed,),
    ast.Return: (returned,),
    ast.Break: (jump,),
    ast.Continue: (jump,),
}
_PRAGMA = re.compile(r"#\s*pragma:\s*no mutate")


@dataclass(frozen=True)
class MadeMutants:
    """Mutants in the order of the text; `equivalent` is how many were dropped for compiling to the
    code that was there, `duplicate` to the code of an earlier one."""

    mutants: tuple[Mutant, ...] = ()
    equivalent: int = 0
    duplicate: int = 0

    def __add__(self, other: MadeMutants) -> MadeMutants:
        return MadeMutants(
            self.mutants + other.mutants,
            self.equivalent + other.equivalent,
            self.duplicate + other.duplicate,
        )


def make_mutants(
    file: str,
    source: str,
    *,
    lines: Collection[int] | None = None,
    function: str = "",
    ids: Collection[str] | None = None,
) -> MadeMutants:
    """Mutants that change one of the given lines, in the named function (qualified, or its last
    name alone), with one of the given ids; no bound where none is given.

    What a line with the comment `# pragma: no mutate` holds is left as it is. Raises `SyntaxError`
    for a source that does not parse.
    """
    tree = _parse(source)
    text = Text(file, source)
    wanted = None if lines is None else frozenset(lines)
    chosen = [
        (mutant, stmt)
        for mutant, stmt in _proposed(text, tree)
        if (wanted is None or not wanted.isdisjoint(range(mutant.lines[0], mutant.lines[1] + 1)))
        and (not function or _within(mutant.function, function))
        and (ids is None or mutant.id in ids)
    ]
    return _distinct(chosen, text, tree)


def functions_of(source: str) -> list[str]:
    """Qualified names of all functions and classes. Raises `SyntaxError`."""
    found: list[str] = []
    stack: list[tuple[ast.AST, str]] = [(_parse(source), "")]
    while stack:
        node, name = stack.pop()
        for child in ast.iter_child_nodes(node):
            below = name
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                below = f"{name}.{child.name}" if name else child.name
                found.append(below)
            stack.append((child, below))
    return sorted(found)


def _within(function: str, name: str) -> bool:
    return (
        f".{name}." in f".{function}." if "." not in name else f"{function}.".startswith(f"{name}.")
    )


def _parse(source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from error


def _proposed(text: Text, tree: ast.Module) -> list[tuple[Mutant, ast.stmt]]:
    """Each with the statement that it changes."""
    left = {n for n, line in enumerate(_lines(text), 1) if _PRAGMA.search(line)}
    changes: list[tuple[Edit, str, Scope]] = []
    for spot in spots(tree, text):
        for operator in _OPERATORS.get(type(spot.node), ()):
            changes += [(edit, name, spot.scope) for name, edit in operator(spot)]
        if spot.test:
            changes += [(edit, name, spot.scope) for name, edit in negation(spot)]
    changes.sort(key=lambda change: (change[0], change[1]))
    seen: set[Edit] = set()
    names: Counter[str] = Counter()
    found: list[tuple[Mutant, ast.stmt]] = []
    for edit, operator, scope in changes:
        lines = text.line_of(edit.start), text.line_of(max(edit.start, edit.end - 1))
        if edit in seen or not left.isdisjoint((*lines, scope.stmt.lineno)):
            continue
        seen.add(edit)
        name = _name(text, edit, operator, scope)
        names[name] += 1
        mark = f"{name}-{names[name]}" if names[name] > 1 else name
        line, function = scope.stmt.lineno, scope.function
        mutant = Mutant(mark, lines, line, function, operator, edit, scope.at_import)
        found.append((mutant, scope.stmt))
    return found


def _lines(text: Text) -> Iterator[str]:
    for start, end in zip(text.starts, [*text.starts[1:], len(text.source)], strict=True):
        yield text.source[start:end]


def _name(text: Text, edit: Edit, operator: str, scope: Scope) -> str:
    """Of the statement's own text and the change in it: lines elsewhere do not matter."""
    start = text.start(scope.stmt)
    body = getattr(scope.stmt, "body", None)
    last = text.start(body[0]) if isinstance(body, list) and body else text.end(scope.stmt)
    told = (text.source[start : max(last, edit.end)], edit.start - start, edit.end - start)
    mark = hashlib.sha256(repr((*told, edit.text)).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{edit.file}::{scope.function or '<module>'}::{operator}:{mark}"


def _distinct(
    mutants: Sequence[tuple[Mutant, ast.stmt]], text: Text, tree: ast.Module
) -> MadeMutants:
    kept: list[Mutant] = []
    seen: set[object] = set()
    equivalent = duplicate = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        codes = SameCode(text, tree)
        for mutant, stmt in mutants:
            code = codes.of(mutant.edit, stmt)
            if code is None:
                equivalent += 1
            elif code in seen:
                duplicate += 1
            else:
                seen.add(code)
                kept.append(mutant)
    return MadeMutants(tuple(kept), equivalent, duplicate)
