"""What is known of a function: its names and their kinds, and the expressions that stand in it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from strop.moves.mutate.kinds import Kind, guess, name_kinds
from strop.moves.mutate.roles import Role, children, head
from strop.moves.mutate.text import Code, Text

__all__ = ["Donor", "Function", "Module", "Pool"]

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_BUILTINS = frozenset(dir(builtins))
_NAMES = 10
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)


@dataclass(frozen=True, slots=True)
class Donor:
    """An expression that may stand elsewhere too."""

    code: Code
    role: Role
    kind: Kind | None
    free: frozenset[str]
    line: int
    node: ast.expr


@dataclass(slots=True)
class Pool:
    """What stands in a stretch of the tree: expressions by role, constants by type, attribute and
    method names by the variable they are taken of, methods called `plain` without arguments, called
    functions with how many arguments, and simple statements."""

    donors: dict[Role, list[Donor]] = field(default_factory=dict)
    constants: dict[type, list[object]] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    methods: dict[str, list[str]] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)
    simple: list[ast.stmt] = field(default_factory=list)

    def role(self, *roles: Role) -> Iterator[Donor]:
        for role in roles:
            yield from self.donors.get(role, ())

    def near(self, line: int, count: int, *roles: Role) -> list[Donor]:
        """The nearest donors of some roles, in the order in which they stand."""
        every = list(self.role(*roles))
        if len(every) <= count:
            return every
        kept = sorted(every, key=lambda donor: abs(donor.line - line))[:count]
        return sorted(kept, key=lambda donor: donor.line)


def _fill(pool: Pool, root: ast.AST, text: Text, kinds: dict[str, Kind]) -> None:
    seen: set[tuple[Role, str]] = set()
    for stmt in _statements(root):
        if isinstance(stmt, _SIMPLE) and not _docstring(stmt):
            pool.simple.append(stmt)
        for node, parent, _, role in head(stmt):
            stack: list[tuple[ast.expr, ast.AST, Role]] = [(node, parent, role)]
            while stack:
                node, parent, role = stack.pop()
                _note(pool, node, parent)
                if role not in ("target", "function") and not isinstance(node, ast.Starred):
                    code = text.code(node) if len(seen) < 4000 else Code("")
                    if code.text and len(code.text) <= 120 and (role, code.text) not in seen:
                        seen.add((role, code.text))
                        donor = Donor(
                            code, role, guess(node, kinds), _free(node), stmt.lineno, node
                        )
                        pool.donors.setdefault(role, []).append(donor)
                stack.extend(reversed([(n, p, r) for n, p, _, r, _ in children(node, role)]))


def _note(pool: Pool, node: ast.expr, parent: ast.AST) -> None:
    match node:
        case ast.Constant(value=value):
            values = pool.constants.setdefault(type(value), [])
            if value not in values:
                values.append(value)
        case ast.Attribute(value=owner, attr=attr):
            group = pool.attributes
            if isinstance(parent, ast.Call) and parent.func is node:
                group = pool.methods
                if not (parent.args or parent.keywords) and attr not in pool.plain:
                    pool.plain.append(attr)
            base = owner.id if isinstance(owner, ast.Name) else ""
            if attr not in (names := group.setdefault(base, [])):
                names.append(attr)
        case ast.Call(func=ast.Name(id=name), args=args):
            pool.functions.setdefault(name, len(args))


def _statements(root: ast.AST) -> Iterator[ast.stmt]:
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt):
            yield node
        below: list[ast.AST] = []
        for name in ("body", "handlers", "orelse", "finalbody", "cases"):
            value = getattr(node, name, None)
            if isinstance(value, list):
                below.extend(value)
        stack.extend(reversed(below))


def _docstring(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)


def _free(node: ast.expr) -> frozenset[str]:
    loaded: set[str] = set()
    bound: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            (loaded if isinstance(part.ctx, ast.Load) else bound).add(part.id)
        elif isinstance(part, ast.arg):
            bound.add(part.arg)
    return frozenset(loaded - bound)


class Module:
    """A parsed file."""

    def __init__(self, tree: ast.Module, text: Text) -> None:
        self.tree = tree
        self.text = text
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.values: list[str] = []
        others: list[str] = []
        for stmt in tree.body:
            if isinstance(stmt, FUNCTION):
                self.functions[stmt.name] = stmt
            elif isinstance(stmt, ast.ClassDef):
                others.append(stmt.name)
                self.functions.update((s.name, s) for s in stmt.body if isinstance(s, FUNCTION))
            elif isinstance(stmt, (ast.Import, ast.ImportFrom)):
                others.extend((a.asname or a.name).partition(".")[0] for a in stmt.names)
            else:
                self.values.extend(n for n in _bound(stmt) if n not in self.values)
        self.globals = frozenset((*self.functions, *others, *self.values)) | _BUILTINS

    @cached_property
    def pool(self) -> Pool:
        pool = Pool()
        _fill(pool, self.tree, self.text, {})
        return pool

    @cached_property
    def unit(self) -> str:
        """One step of indentation."""
        for stmt in _statements(self.tree):
            if isinstance(stmt, (*FUNCTION, ast.ClassDef, ast.If, ast.For, ast.While)):
                start = self.text.start(stmt.body[0])
                lead = self.text.source[self.text.line_start(start) : start]
                if lead and not lead.strip() and stmt.col_offset == 0:
                    return lead
        return "    "


class Function:
    """A function around statements; the module itself where there is none."""

    def __init__(self, node: ast.AST, module: Module, outer: Function | None) -> None:
        self.node = node
        self.module = module
        self.outer = outer
        self.name = node.name if isinstance(node, FUNCTION) else ""
        self.params = _params(node)
        names = [n for n in self.params if n not in ("self", "cls")]
        if outer is not None or isinstance(node, FUNCTION):
            for stmt in getattr(node, "body", []):
                names.extend(n for n in _bound(stmt) if n not in names)
        else:
            names = list(module.values)
        self.own = names
        self.names = names + [n for n in (outer.names if outer else []) if n not in names]
        kinds = name_kinds(node)
        self.kinds: dict[str, Kind] = {**outer.kinds, **kinds} if outer else kinds
        self.visible = module.globals | frozenset(self.names) | frozenset(self.params)
        self._near: dict[int, list[str]] = {}
        self.generator = isinstance(node, FUNCTION) and _yields(node)
        if outer is not None:
            self.visible |= outer.visible

    @cached_property
    def pool(self) -> Pool:
        """What stands in the outermost function around."""
        if self.outer is not None:
            return self.outer.pool
        pool = Pool()
        _fill(pool, self.node, self.module.text, self.kinds)
        return pool

    def near(self, line: int) -> list[str]:
        """The variables in scope that stand nearest to a line, in the order of their making."""
        if len(self.names) <= _NAMES:
            return self.names
        if line not in self._near:
            far = 1 << 30
            rank = {
                n: min((abs(at - line) for at in self._lines.get(n, ())), default=far)
                for n in self.names
            }
            kept = set(sorted(self.names, key=rank.__getitem__)[:_NAMES])
            self._near[line] = [name for name in self.names if name in kept]
        return self._near[line]

    @cached_property
    def stores(self) -> dict[str, int]:
        """How often the function assigns to each name."""
        counts: dict[str, int] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                counts[node.id] = counts.get(node.id, 0) + 1
        return counts

    @cached_property
    def _lines(self) -> dict[str, list[int]]:
        lines: dict[str, list[int]] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name):
                lines.setdefault(node.id, []).append(node.lineno)
        return lines

    def kind(self, node: ast.expr | None) -> Kind | None:
        return guess(node, self.kinds)


def _params(node: ast.AST) -> list[str]:
    if not isinstance(node, FUNCTION):
        return []
    a = node.args
    every = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs]
    return [p.arg for p in (*every, *([a.kwarg] if a.kwarg else []))]


def _bound(stmt: ast.stmt) -> Iterator[str]:
    """The names that a statement binds, in order, without those of scopes inside it."""
    stack: list[ast.AST] = [stmt]
    while stack:
        node = stack.pop()
        if isinstance(node, (*FUNCTION, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp)):
            continue
        if isinstance(node, ast.GeneratorExp):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _yields(function: ast.AST) -> bool:
    stack = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (*FUNCTION, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))
    return False
