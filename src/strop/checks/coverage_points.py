"""Source that marks the lines and branches it comes by, and what each mark stands for.

A mark is a store into a list, `_strop_seen[7] = 1`: the interpreter has a fast path for it, and
nothing is called. The list is made by the text itself and stays in the module.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from strop.core.errors import BadInput

__all__ = ["SEEN", "Branch", "Marked", "mark"]

SEEN = "_strop_seen"
_LOCAL, _ITER = "_strop_marks", "_strop_iter"
# The tokenizer gives up at 100 levels of indentation.
_DEEPEST = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.While | ast.For | ast.AsyncFor


@dataclass(frozen=True, slots=True)
class Branch:
    """One way out of a statement: `true` or `false` of an `if`, `while` or `case` at `line`, `each`
    (an element came) or `done` (none was left) of a `for`, `none` where no case matched. It was
    taken if any of `marks` was set."""

    line: int
    way: str
    marks: tuple[int, ...]


@dataclass(slots=True)
class Marked:
    """The marked text, how many marks it has, and for each line that starts a statement the marks
    of which any says that it was run."""

    text: str = ""
    count: int = 0
    lines: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    branches: list[Branch] = field(default_factory=list[Branch])


def mark(source: str, scope: str | None = None, prelude: str = "") -> Marked:
    """Marks for every statement but docstrings, and for both ways of each `if`, `while` and `for`
    and each case of a `match`; a condition that is a constant has one way. Ways through ternaries,
    `and`, `or`, comprehensions, `try` and `assert` are not told apart.

    With `scope` (`f`, `Class` or `Class.method`), only the statements in it. `prelude` is put
    first, where the list is known. Raises `SyntaxError`, `BadInput` where the scope is not defined.
    """
    tree = ast.parse(source)
    marked = Marked()
    marker = _Marker(marked)
    if scope is None:
        tree.body = marker.block(tree.body, SEEN, documented=True)
    else:
        node = _defined(tree, scope)
        node.body = marker.inside(node)
    made = f"{SEEN} = [0] * {marked.count}\n{_ITER} = iter\n{prelude}"
    first = len(_head(tree.body))
    tree.body[first:first] = ast.parse(made).body
    marked.text = ast.unparse(ast.fix_missing_locations(tree))
    return marked


def _defined(tree: ast.Module, scope: str) -> Function | ast.ClassDef:
    body: Sequence[ast.stmt] = tree.body
    found: Function | ast.ClassDef | None = None
    for name in scope.split("."):
        found = next(
            (
                n
                for n in reversed(body)
                if isinstance(n, Function | ast.ClassDef) and n.name == name
            ),
            None,
        )
        if found is None:
            raise BadInput(f"{scope} is not defined in the source")
        body = found.body
    assert found is not None
    return found


def _head(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements that have to stay first: docstring and imports from the future."""
    found: list[ast.stmt] = []
    for node in body:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) if not found:
                found.append(node)
            case ast.ImportFrom(module="__future__"):
                found.append(node)
            case _:
                break
    return found


class _Marker:
    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self._iterators = 0

    def _new(self, line: int) -> int:
        number = self._marked.count
        self._marked.count += 1
        if line:
            self._marked.lines.setdefault(line, []).append(number)
        return number

    def _branch(self, line: int, way: str, *marks: int) -> None:
        self._marked.branches.append(Branch(line, way, marks))

    def block(self, body: list[ast.stmt], name: str, documented: bool = False) -> list[ast.stmt]:
        """The statements, each after its mark in the list `name`."""
        out: list[ast.stmt] = _head(body) if documented else []
        rest = body[len(out) :]
        for node, after in zip(rest, [*rest, None][1:], strict=True):
            out.append(_set(name, self._new(node.lineno)))
            if isinstance(node, ast.If) and after is not None and _guard(node):
                self._guarding(node, name)
            else:
                self._inner(node, name, 0)
            out.append(node)
        return out

    def inside(self, node: Function | ast.ClassDef) -> list[ast.stmt]:
        """The body of a class or function; one with a loop looks the list up once a call."""
        if isinstance(node, ast.ClassDef):
            return self.block(node.body, SEEN, documented=True)
        if not any(isinstance(part, Loop) for part in ast.walk(node)):
            return self.block(node.body, SEEN, documented=True)
        body = self.block(node.body, _LOCAL, documented=True)
        first = len(_head(node.body))
        body[first:first] = ast.parse(f"{_LOCAL} = {SEEN}").body
        return body

    def _inner(self, node: ast.stmt, name: str, depth: int) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                node.body = self.inside(node)
            case ast.If():
                self._if(node, name, depth)
            case ast.While() | ast.For() | ast.AsyncFor():
                self._loop(node, name)
            case ast.Match():
                self._match(node, name)
            case _:
                for part in ("body", "orelse", "finalbody"):
                    if getattr(node, part, None):
                        setattr(node, part, self.block(getattr(node, part), name))
                for handler in getattr(node, "handlers", ()):
                    handler.body = self.block(handler.body, name)

    def _guarding(self, node: ast.If, name: str) -> None:
        """An `if` that leaves the block when true: the mark of the next statement says `false`."""
        yes, node.body = self._way(node.body, name)
        self._ways(node.lineno, node.test, (yes,), (self._marked.count,))

    def _if(self, node: ast.If, name: str, depth: int) -> tuple[int, ...]:
        """The marks of which one is set whenever the condition was true or false."""
        yes, node.body = self._way(node.body, name)
        chained = len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
        if chained and depth >= _DEEPEST:
            inner = node.orelse[0]
            assert isinstance(inner, ast.If)
            no = self._if(inner, name, depth + 1)
            self._marked.lines.setdefault(inner.lineno, []).extend(no)
        elif chained:
            number = self._new(node.orelse[0].lineno)
            self._inner(node.orelse[0], name, depth + 1)
            no, node.orelse = (number,), [_set(name, number), node.orelse[0]]
        else:
            number, node.orelse = self._way(node.orelse, name)
            no = (number,)
        self._ways(node.lineno, node.test, (yes,), no)
        return (yes, *no)

    def _way(self, body: list[ast.stmt], name: str) -> tuple[int, list[ast.stmt]]:
        """The mark that is set on entering a block, and the block; an empty one gets a mark."""
        if not body:
            number = self._new(0)
            return number, [_set(name, number)]
        return self._marked.count, self.block(body, name)

    def _ways(self, line: int, test: ast.expr, yes: tuple[int, ...], no: tuple[int, ...]) -> None:
        always = bool(test.value) if isinstance(test, ast.Constant) else None
        if always is not False:
            self._branch(line, "true", *yes)
        if always is not True:
            self._branch(line, "false", *no)

    def _loop(self, node: Loop, name: str) -> None:
        yes, node.body = self._way(node.body, name)
        bare = not node.orelse
        no, node.orelse = self._way(node.orelse, name)
        if isinstance(node, ast.While):
            self._ways(node.lineno, node.test, (yes,), (no,))
        else:
            self._branch(node.lineno, "each", yes)
            self._branch(node.lineno, "done", no)
        innermost = not any(isinstance(part, Loop) for item in node.body for part in ast.walk(item))
        if bare and innermost and name == _LOCAL and not isinstance(node, ast.AsyncFor):
            self._goes_on(node, name)

    def _goes_on(self, node: ast.While | ast.For, name: str) -> None:
        """Once a round has come to its end, all marks of the body itself are set: the rest of the
        rounds go without them, in a copy of the loop inside it that takes over."""
        unmarked = [item for item in node.body if not _is_mark(item, name)]
        again = copy.deepcopy(ast.While(ast.Constant(True), unmarked, node.orelse))
        if isinstance(node, ast.For):
            self._iterators += 1
            items = ast.Name(f"_strop_items{self._iterators}", ast.Load())
            inner: ast.stmt = ast.For(node.target, items, again.body, again.orelse, lineno=0)
            node.iter = ast.NamedExpr(
                ast.Name(items.id, ast.Store()),
                ast.Call(ast.Name(_ITER, ast.Load()), [node.iter], []),
            )
        else:
            inner = ast.While(copy.deepcopy(node.test), again.body, again.orelse)
        node.body += [inner, ast.Break()]

    def _match(self, node: ast.Match, name: str) -> None:
        for case in node.cases:
            number, case.body = self._way(case.body, name)
            self._branch(case.pattern.lineno, "true", number)
        last = node.cases[-1]
        if last.guard is None and _takes_all(last.pattern):
            return
        number = self._new(0)
        node.cases.append(ast.match_case(ast.MatchAs(), None, [_set(name, number)]))
        self._branch(node.lineno, "none", number)


def _guard(node: ast.If) -> bool:
    leaves = ast.Return | ast.Raise | ast.Continue | ast.Break
    return not node.orelse and isinstance(node.body[-1], leaves)


def _is_mark(node: ast.stmt, name: str) -> bool:
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=known))]):
            return known == name
        case _:
            return False


def _takes_all(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or _takes_all(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and _takes_all(pattern.patterns[-1])


def _set(name: str, number: int) -> ast.stmt:
    place = ast.Subscript(ast.Name(name, ast.Load()), ast.Constant(number), ast.Store())
    return ast.Assign([place], ast.Constant(1), lineno=0)
