"""The places of a file where something can be changed: its statements and their expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from strop.core.patch import Edit
from strop.moves.mutate.facts import Donor, Function, Module
from strop.moves.mutate.kinds import Kind
from strop.moves.mutate.precedence import required
from strop.moves.mutate.roles import Role, children, head
from strop.moves.mutate.text import Code, Text
from strop.moves.mutate.weights import worth

__all__ = ["Change", "Place", "Site", "places", "sites"]


class Change(NamedTuple):
    """A change that an operator proposes: the row of the weights' table, and how well it fits."""

    variant: str
    edits: tuple[Edit, ...]
    factor: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A statement where it stands."""

    stmt: ast.stmt
    block: list[ast.stmt]
    index: int
    owner: ast.AST
    field: str
    function: Function
    loops: int

    @property
    def text(self) -> Text:
        return self.function.module.text

    @property
    def next(self) -> ast.stmt | None:
        return self.block[self.index + 1] if self.index + 1 < len(self.block) else None

    @property
    def names(self) -> list[str]:
        """The variables in scope."""
        return self.function.near(self.stmt.lineno)

    @property
    def chained(self) -> bool:
        """Whether the statement is an `elif`."""
        return isinstance(self.stmt, ast.If) and (
            self.text.source.startswith("elif", self.text.start(self.stmt))
        )

    @property
    def last(self) -> bool:
        return self.index == len(self.block) - 1

    def span(self) -> tuple[int, int]:
        """First and last line of the statement without the statements inside it."""
        stmt = self.stmt
        body = getattr(stmt, "body", None) or getattr(stmt, "cases", None)
        end = stmt.end_lineno or stmt.lineno
        if isinstance(body, list):
            first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
            end = max(stmt.lineno, first.lineno - 1)
        return stmt.lineno, end


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """An expression where it stands."""

    node: ast.expr
    parent: ast.AST
    field: str
    role: Role
    place: Place
    local: frozenset[str]
    slot: ast.AST

    @property
    def function(self) -> Function:
        return self.place.function

    @property
    def text(self) -> Text:
        return self.place.function.module.text

    @property
    def kind(self) -> Kind | None:
        return self.place.function.kind(self.node)

    @property
    def level(self) -> int:
        return required(self.parent, self.field)

    def code(self, node: ast.expr | None = None) -> Code:
        return self.text.code(node or self.node)

    def names(self) -> list[str]:
        """The variables in scope here."""
        near = self.function.near(self.place.stmt.lineno)
        return [*sorted(self.local), *(n for n in near if n not in self.local)]

    def sees(self, donor: Donor) -> bool:
        visible = self.function.visible
        return all(name in visible or name in self.local for name in donor.free)

    def givers(self, count: int, *roles: Role) -> list[Donor]:
        """The function's nearest expressions of some roles that make sense here."""
        near = self.function.pool.near(self.place.stmt.lineno, count, *roles)
        return [donor for donor in near if self.sees(donor)]

    def put(self, variant: str, code: Code | str, factor: float = 1.0) -> Change:
        """The change that puts code in this expression's place."""
        if not worth(variant, factor):
            return Change(variant, (), 0.0)
        code = code if isinstance(code, Code) else Code(code)
        edit = self.text.put(self.node, self.slot, self.level, code)
        return Change(variant, (edit,), factor)


def places(module: Module) -> Iterator[Place]:
    """Every statement, outer ones before those inside them."""
    top = Function(module.tree, module, None)
    stack: list[tuple[list[ast.stmt], ast.AST, str, Function, int]] = [
        (module.tree.body, module.tree, "body", top, 0)
    ]
    while stack:
        block, owner, field, function, loops = stack.pop()
        for index, stmt in enumerate(block):
            yield Place(stmt, block, index, owner, field, function, loops)
            inside, depth = function, loops
            if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
                outer = function if function is not top else None
                inside, depth = Function(stmt, module, outer), 0
            elif isinstance(stmt, ast.ClassDef):
                depth = 0
            elif isinstance(stmt, (ast.For, ast.AsyncFor, ast.While)):
                depth += 1
            for name in ("body", "orelse", "finalbody"):
                if below := getattr(stmt, name, None):
                    looped = loops if name == "orelse" else depth
                    stack.append((below, stmt, name, inside, looped))
            parts = (*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ()))
            stack.extend((part.body, part, "body", inside, depth) for part in parts)


def sites(place: Place) -> Iterator[Site]:
    """Every expression of a statement's own, outer ones first."""
    none: frozenset[str] = frozenset()
    stack: list[tuple[ast.expr, ast.AST, str, Role, frozenset[str], ast.AST]] = []
    for node, parent, field, role in head(place.stmt):
        stack.insert(0, (node, parent, field, role, none, parent))
    while stack:
        node, parent, field, role, local, slot = stack.pop()
        yield Site(node, parent, field, role, place, local, slot)
        inner = local | _binds(node)
        for child, above, name, use, outer in reversed(list(children(node, role))):
            stack.append((child, above, name, use, inner, outer))


def _binds(node: ast.expr) -> frozenset[str]:
    match node:
        case ast.Lambda(args=args):
            every = (*args.posonlyargs, *args.args, *args.kwonlyargs)
            return frozenset(a.arg for a in every)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            parts = (part for g in node.generators for part in ast.walk(g.target))
            return frozenset(p.id for p in parts if isinstance(p, ast.Name))
    return frozenset()
