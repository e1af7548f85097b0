"""The parameters of a function, read off its text."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from strop.core.errors import BadInput

__all__ = ["Parameter", "Signature", "signature_of"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter with its annotation and default, None where it has none. `named`: it can only
    be given by name."""

    name: str
    hint: ast.expr | None = None
    default: ast.expr | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What a caller passes, in order (`self` is not among them); `rest` is the annotation of
    `*args`, where there is one, and `more` says that there is; `doc` are the docstrings of
    function, class and module."""

    parameters: tuple[Parameter, ...]
    doc: str
    rest: ast.expr | None = None
    more: bool = False

    @property
    def positional(self) -> tuple[Parameter, ...]:
        """Those that can be given by place."""
        return tuple(p for p in self.parameters if not p.named)


def signature_of(source: str, entry: str) -> Signature:
    """The signature of `f`, or of `Class.method`.

    Raises `BadInput` where the source does not parse or does not define the function with `def`.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"the source of {entry} does not parse: {error}") from error
    around: list[ast.Module | ast.ClassDef] = [tree]
    *owners, name = entry.split(".")
    for owner in owners:
        found = _defined(around[-1], owner, entry)
        around += [found] if isinstance(found, ast.ClassDef) else []
    node = _defined(around[-1], name, entry)
    if isinstance(node, ast.ClassDef):
        raise BadInput(f"{entry} is a class; name a function or `Class.method`")
    docs = [ast.get_docstring(part) for part in (node, *reversed(around))]
    arguments = node.args
    placed = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(placed) - len(arguments.defaults))
    defaults += arguments.defaults
    parameters = [Parameter(a.arg, a.annotation, d) for a, d in zip(placed, defaults, strict=True)]
    decorators = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
    if owners and "staticmethod" not in decorators:
        parameters = parameters[1:]
    parameters += [
        Parameter(a.arg, a.annotation, d, named=True)
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    rest = arguments.vararg
    return Signature(
        tuple(parameters),
        "\n".join(filter(None, docs)),
        rest.annotation if rest else None,
        rest is not None,
    )


def _defined(node: ast.Module | ast.ClassDef, name: str, entry: str) -> Definition:
    # The last definition is the one that counts.
    for statement in reversed(node.body):
        if isinstance(statement, Definition) and statement.name == name:
            return statement
    raise BadInput(f"{entry} is not defined in the source (as a function, with def)")
