"""The tests in a text, and what each of them uses and asserts. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

__all__ = [
    "Function",
    "TestFunction",
    "called",
    "inner",
    "is_assertion",
    "mentions",
    "tests_in",
    "uses",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef

_ASSERTING = ("assert", "check", "verify", "expect", "fail")
_PYTEST = frozenset(("raises", "warns", "fail", "deprecated_call"))


@dataclass(frozen=True, slots=True)
class TestFunction:
    """A test: `name` with its class, if it has one, before a dot."""

    __test__ = False

    name: str
    node: Function


def tests_in(tree: ast.Module) -> tuple[TestFunction, ...]:
    """The functions `test..` of the module, and of its classes `Test..` and unittest cases."""
    found = list(_tests(tree.body, ""))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _has_tests(node):
            found += _tests(node.body, f"{node.name}.")
    return tuple(found)


def _tests(body: Sequence[ast.stmt], prefix: str) -> Iterator[TestFunction]:
    for node in body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield TestFunction(f"{prefix}{node.name}", node)


def _has_tests(node: ast.ClassDef) -> bool:
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    return node.name.startswith("Test") or any(base.endswith("TestCase") for base in bases)


def called(node: ast.AST) -> str:
    """The dotted name of a call's function, "" for what is no call or has no such name."""
    if not isinstance(node, ast.Call):
        return ""
    parts: list[str] = []
    function = node.func
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name):
        parts.append(function.id)
    return ".".join(reversed(parts))


def inner(node: Function) -> Iterator[ast.AST]:
    """Everything in a function's body."""
    for statement in node.body:
        yield from ast.walk(statement)


def is_assertion(node: ast.AST, helpers: Collection[str] = ()) -> bool:
    """An assert statement, a method or function that asserts by its name, `pytest.raises` and the
    like, or a call of one of `helpers`."""
    if isinstance(node, ast.Assert):
        return True
    name = called(node)
    last = name.rpartition(".")[2].lstrip("_")
    return bool(name) and (last.startswith(_ASSERTING) or last in _PYTEST or name in helpers)


def uses(tree: ast.Module, focal: Collection[str]) -> set[str]:
    """The names in a test module that stand for the code under test: `focal` (modules, functions or
    classes), what is imported from them, and the functions, fixtures and variables that use any."""
    known = set(focal)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {
                (a.asname or a.name).partition(".")[0]
                for a in node.names
                if a.name in focal or a.name.rpartition(".")[2] in focal
            }
        elif isinstance(node, ast.ImportFrom):
            whole = (node.module or "").rpartition(".")[2] in focal or node.module in focal
            known |= {a.asname or a.name for a in node.names if whole or a.name in focal}
    while True:
        new = {name for node in ast.walk(tree) for name in _made(node) if mentions(node, known)}
        if new <= known:
            return known
        known |= new


def _made(node: ast.AST) -> list[str]:
    """The names that a helper, a fixture, a class or an assignment gives to what is in it."""
    if isinstance(node, Function | ast.ClassDef):
        # A test is no helper, whatever it uses.
        return [] if node.name.lower().startswith("test") else [node.name]
    if isinstance(node, ast.Assign):
        names = [n for target in node.targets for n in ast.walk(target)]
        return [n.id for n in names if isinstance(n, ast.Name)]
    return []


def mentions(node: ast.AST, names: Collection[str]) -> bool:
    """Whether any of the names is read in it, or asked for as a fixture."""
    return any(
        (isinstance(part, ast.Name) and part.id in names)
        or (isinstance(part, ast.arg) and part.arg in names)
        or (isinstance(part, ast.Attribute) and part.attr in names)
        for part in ast.walk(node)
    )
