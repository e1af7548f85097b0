"""Faults of one statement to seed in a program that has none, made unlike the search's changes.

Most leave something out that is then not in the file (a link of a chain, an operand, a keyword, a
statement, a branch) or put in a constant that the module has nowhere. Three are plain confusions
that the search has the reverse of: `name`, `arguments` and `direction`.
"""

from __future__ import annotations

import ast
import random
import string
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from strop.moves.mutate.text import Text

_ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant, ast.List, ast.Dict)
_BODIES = ("body", "orelse", "finalbody")
_FLIPPED = {ast.Lt: ">", ast.LtE: ">=", ast.Gt: "<", ast.GtE: "<="}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)


@dataclass(frozen=True)
class Fault:
    """A program's file with one fault in it: which operator made it, on which line."""

    operator: str
    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Spot:
    """A statement that tests reach, the block it is in, and what can be said there."""

    text: Text
    stmt: ast.stmt
    block: Sequence[ast.stmt]
    names: Sequence[str]
    constants: Collection[object]
    rng: random.Random

    def code(self, node: ast.expr) -> str:
        """A part's code, fit to stand alone in another place."""
        segment = self.text.segment(node)
        return segment if isinstance(node, _ATOMS) else f"({segment})"

    def cut(self, start: int, end: int, new: str = "") -> str:
        """The file's text with a stretch replaced."""
        return self.text.source[:start] + new + self.text.source[end:]

    def put(self, node: ast.expr, new: str) -> str:
        """The file's text with an expression replaced."""
        return self.cut(self.text.start(node), self.text.end(node), new)


_Made = Iterator[tuple[str, str]]


def faults(file: str, source: str, lines: Collection[int], rng: random.Random) -> list[Fault]:
    """Every fault of a statement that begins on one of `lines`, in the order of the file."""
    tree, text = ast.parse(source), Text(file, source)
    constants = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    found: list[Fault] = []
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        names = _names(function)
        for stmt, block in _statements(function.body):
            if stmt.lineno not in lines or isinstance(stmt, _DEFINITIONS):
                continue
            spot = Spot(text, stmt, block, names, constants, rng)
            made = list(_of_statement(spot))
            for node in _expressions(stmt):
                if node.lineno == node.end_lineno:
                    made += [pair for operator in _EXPRESSIONS for pair in operator(spot, node)]
            found += [Fault(name, file, stmt.lineno, new) for name, new in made if _sound(new)]
    return found


def _sound(text: str) -> bool:
    try:
        compile(text, "faulty", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Parameters and names that the function binds, `self` and `cls` left out."""
    given = [n.arg for n in ast.walk(function.args) if isinstance(n, ast.arg)]
    bound = [
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    return [n for n in dict.fromkeys((*given, *bound)) if n not in ("self", "cls", "_")]


def _statements(block: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt, Sequence[ast.stmt]]]:
    for stmt in block:
        yield stmt, block
        if isinstance(stmt, _DEFINITIONS):
            continue
        for owner in (stmt, *getattr(stmt, "handlers", ())):
            for name in _BODIES:
                yield from _statements(getattr(owner, name, ()))


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """What a statement computes itself: not its blocks, annotations, or parts of f-strings."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.stmt):
                continue
            if name == "annotation" or isinstance(child, (ast.JoinedStr, ast.ExceptHandler)):
                continue
            if isinstance(child, ast.expr):
                yield child
            yield from _expressions(child)


def _of_statement(spot: Spot) -> _Made:
    stmt, text = spot.stmt, spot.text
    start, end = text.start(stmt), text.end(stmt)
    alone = text.source[text.line_start(start) : start].isspace() or not stmt.col_offset
    one_line = stmt.lineno == stmt.end_lineno
    string = isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)
    if isinstance(stmt, _SIMPLE) and one_line and alone and not string:
        if len(spot.block) > 1:
            yield "statement", spot.cut(text.line_start(start), text.after_line(start))
        else:
            yield "statement", spot.cut(start, end, "pass")
    if isinstance(stmt, ast.Assign) and one_line and stmt is not spot.block[-1]:
        yield "early-return", spot.cut(start, end, f"return {text.segment(stmt.value)}")
    if isinstance(stmt, (ast.Break, ast.Continue)):
        yield (
            "jump",
            spot.cut(start, end, "break" if isinstance(stmt, ast.Continue) else "continue"),
        )
    short = (stmt.end_lineno or stmt.lineno) - stmt.lineno == 1
    if isinstance(stmt, ast.If) and not stmt.orelse and len(stmt.body) == 1 and short:
        chained = text.source.startswith("elif", start)
        if len(spot.block) > 1 or chained:
            last = text.after_line(text.end(stmt.body[0]))
            yield "branch", spot.cut(text.line_start(start), last)


def _shorter(spot: Spot, node: ast.expr) -> _Made:
    """Something left out of an expression."""
    whole = isinstance(spot.stmt, ast.Expr) and spot.stmt.value is node
    if isinstance(node, ast.Call) and not whole:
        if isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if not (isinstance(owner, ast.Name) and owner.id not in spot.names):
                yield "link", spot.put(node, spot.code(owner))
        elif isinstance(node.func, ast.Name) and len(node.args) == 1:
            (argument,) = node.args
            if not isinstance(argument, (ast.Starred, ast.GeneratorExp)):
                yield "call", spot.put(node, spot.code(argument))
    if isinstance(node, ast.BoolOp):
        word = " and " if isinstance(node.op, ast.And) else " or "
        for out in node.values:
            rest = [spot.code(value) for value in node.values if value is not out]
            yield "condition", spot.put(node, word.join(rest))
    if isinstance(node, ast.BinOp) and not _is_format(node):
        yield "operand", spot.put(node, spot.code(node.left))
    if isinstance(node, ast.IfExp):
        yield "choice", spot.put(node, spot.code(node.body))
        yield "choice", spot.put(node, spot.code(node.orelse))
    if isinstance(node, ast.Slice) and node.lower and node.upper:
        yield "slice", spot.put(node, spot.code(node.lower) + ":")
        yield "slice", spot.put(node, ":" + spot.code(node.upper))
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        for part in node.generators:
            for test in part.ifs[-1:]:
                before = spot.text.end(part.ifs[-2] if len(part.ifs) > 1 else part.iter)
                yield "filter", spot.cut(before, spot.text.end(test))


def _is_format(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant)


def _in_calls(spot: Spot, node: ast.expr) -> _Made:
    """A call with other arguments."""
    if not isinstance(node, ast.Call):
        return
    text, args = spot.text, node.args
    for keyword in node.keywords if args or len(node.keywords) > 1 else ():
        if keyword.arg:
            rest = [text.segment(a) for a in args]
            rest += [
                f"{k.arg}={text.segment(k.value)}" if k.arg else f"**{text.segment(k.value)}"
                for k in node.keywords
                if k is not keyword
            ]
            yield "keyword", spot.put(node, f"{text.segment(node.func)}({', '.join(rest)})")
    if len(args) >= 2 and not any(isinstance(a, ast.Starred) for a in args):
        one, two = text.segment(args[0]), text.segment(args[1])
        if one != two:
            middle = text.source[text.end(args[0]) : text.start(args[1])]
            start, end = text.start(args[0]), text.end(args[1])
            yield "arguments", spot.cut(start, end, two + middle + one)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else text.segment(node.func)
    if isinstance(node.func, ast.Attribute) and name == "get" and len(args) in (1, 2):
        yield "get", spot.put(node, f"{spot.code(node.func.value)}[{text.segment(args[0])}]")
    if name == "isinstance" and len(args) == 2 and isinstance(args[1], ast.Tuple):
        for kind in args[1].elts:
            yield "isinstance", spot.put(args[1], text.segment(kind))


def _other(spot: Spot, node: ast.expr) -> _Made:
    """A constant of no other place, another name, a comparison turned."""
    text, rng = spot.text, spot.rng
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        new = _strange(value, spot.constants, rng)
        if new is not None:
            yield "constant", spot.put(node, repr(new))
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in spot.names:
        others = [name for name in spot.names if name != node.id]
        if others:
            yield "name", spot.put(node, rng.choice(others))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sign = _FLIPPED.get(type(node.ops[0]))
        if sign:
            left, right = text.segment(node.left), text.segment(node.comparators[0])
            yield "direction", spot.put(node, f"{left} {sign} {right}")


def _strange(value: int | str, known: Collection[object], rng: random.Random) -> int | str | None:
    """A value like this one that the module has nowhere."""
    if isinstance(value, str):
        place = rng.randrange(len(value)) if value else 0
        put = ("", *rng.sample(string.ascii_lowercase + "-_:", 8))
        made: list[int | str] = [value[:place] + new + value[place + 1 :] for new in put]
    else:
        made = [value + step for step in rng.sample((2, 3, 4, 5, 6, 7, 8, 9), 8)]
    return next((new for new in made if new not in known), None)


_EXPRESSIONS: tuple[Callable[[Spot, ast.expr], _Made], ...] = (_shorter, _in_calls, _other)
