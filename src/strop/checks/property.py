"""One property of a program: its text, and where its inputs come from."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strop.core.errors import BadInput

__all__ = ["Definition", "Property", "definitions"]


@dataclass(frozen=True, slots=True)
class Property:
    """A function `name` in `source`, to be run with Hypothesis.

    A function with `@given` brings its strategies. For any other, `inputs` has the text of a
    strategy for each of its parameters but the candidate's, such as `st.lists(st.integers())`;
    without one it is run once. `relations` are (name, parameter, parameter, low, gap) as in
    `moves/vary/relations.py`: drawn values are changed so that they hold.
    """

    name: str
    source: str
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    relations: tuple[tuple[str, str, str, int, int], ...] = ()

    def record(self) -> list[Any]:
        """The fields as plain data."""
        return [self.name, self.source, dict(self.inputs), [list(r) for r in self.relations]]


@dataclass(frozen=True, slots=True)
class Definition:
    """A property as it stands in a text: `line` counts from 1, `given` says that it is decorated
    with Hypothesis's `given`, `hints` are the parameters with their annotations as text ("" for
    none), in order."""

    name: str
    line: int
    given: bool
    hints: Mapping[str, str]


def definitions(source: str, where: str = "properties") -> tuple[Definition, ...]:
    """The functions `prop_..` and `test_..` at the top level of a text, and those with `@given`.

    Raises `BadInput` where the text does not parse or has none.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f" line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise BadInput(f"{where}{line}: {error.args[0]}") from error
    found = [
        Definition(node.name, node.lineno, _is_given(node), _hints(node))
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        if node.name.startswith(("prop_", "test_")) or _is_given(node)
    ]
    if not found:
        raise BadInput(
            f"{where}: no property in it; define `def prop_NAME(candidate, ...)` or a test with "
            "Hypothesis's @given."
        )
    names = [definition.name for definition in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"{where}: {twice} is defined twice; give each property a name of its own.")
    return tuple(found)


def _is_given(node: ast.FunctionDef) -> bool:
    called = (d.func for d in node.decorator_list if isinstance(d, ast.Call))
    return any(ast.unparse(function).split(".")[-1] == "given" for function in called)


def _hints(node: ast.FunctionDef) -> dict[str, str]:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return {a.arg: ast.unparse(a.annotation) if a.annotation else "" for a in arguments}
