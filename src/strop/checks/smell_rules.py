"""The rules for test smells: each looks at one test and gives lines with what is wrong there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from strop.checks.repeated_assertions import repeated
from strop.checks.test_parts import Function, called, inner, is_assertion, mentions

__all__ = ["RULES", "Reading"]

_SLEEPS = frozenset(("time.sleep", "sleep", "asyncio.sleep", "trio.sleep", "anyio.sleep"))
_SKIPS = frozenset(("pytest.mark.skip", "mark.skip", "unittest.skip", "skip"))
_BROAD = frozenset(("Exception", "BaseException"))
_LEAVING = ast.Continue | ast.Return


Found = Iterator[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the whole module: names that stand for the code under test, and functions
    that assert."""

    focal: set[str]
    helpers: set[str]


def _is_empty(node: Function) -> bool:
    return all(_does_nothing(s) and not _prints(getattr(s, "value", s)) for s in node.body)


def _empty(node: Function, reading: Reading) -> Found:
    if _is_empty(node):
        yield node.lineno, "The test has no code, so it always passes."


def _no_assertion(node: Function, reading: Reading) -> Found:
    if not _is_empty(node) and not any(is_assertion(p, reading.helpers) for p in inner(node)):
        yield node.lineno, "Nothing is asserted: the test passes as long as nothing raises."


def _no_focal_call(node: Function, reading: Reading) -> Found:
    if reading.focal and not _is_empty(node) and not mentions(node, reading.focal):
        yield node.lineno, "The test never uses the code under test."


def _sleep(node: Function, reading: Reading) -> Found:
    for part in inner(node):
        if isinstance(part, ast.Call) and called(part) in _SLEEPS:
            zero = part.args and isinstance(part.args[0], ast.Constant) and not part.args[0].value
            if not zero:
                yield part.lineno, "The test sleeps: it is slow, and right only if that was enough."


def _duplicated(node: Function, reading: Reading) -> Found:
    for line, first in repeated(node):
        yield line, f"The same is asserted on line {first}."


def _always_true(node: Function, reading: Reading) -> Found:
    for part in inner(node):
        if not isinstance(part, ast.Assert):
            continue
        match part.test:
            case ast.Tuple(elts=[_, *_]):
                yield part.lineno, "A tuple is always true: the brackets take in the message."
            case ast.Constant(value=value) if value:
                yield part.lineno, "A constant is asserted, which says nothing of the code."
            case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
                plain = not any(isinstance(p, ast.Call) for p in ast.walk(left))
                if plain and ast.dump(left) == ast.dump(right):
                    yield part.lineno, "A value is compared with itself."
            case _:
                continue


def _conditional(node: Function, reading: Reading) -> Found:
    asserting = [p for p in inner(node) if is_assertion(p, reading.helpers)]
    if asserting and not _surely(node.body, reading.helpers):
        line = getattr(asserting[0], "lineno", node.lineno)
        yield line, "Every assertion stands under an if, so none may be reached."


def _surely(body: Sequence[ast.stmt], helpers: Collection[str]) -> bool:
    """Whether some assertion is reached whichever way the conditions fall; loops and `try` are
    taken to be gone through."""
    for node in body:
        if isinstance(node, ast.If):
            if _surely(node.body, helpers) and _surely(node.orelse, helpers):
                return True
        elif isinstance(node, ast.Match):
            if all(_surely(case.body, helpers) for case in node.cases):
                return True
        elif blocks := [
            getattr(node, n) for n in ("body", "orelse", "finalbody") if hasattr(node, n)
        ]:
            heads = (*getattr(node, "items", ()), getattr(node, "iter", None))
            parts = [part for head in heads if head is not None for part in ast.walk(head)]
            parts += [p for h in getattr(node, "handlers", ()) for p in ast.walk(h)]
            if any(is_assertion(part, helpers) for part in parts):
                return True
            if not isinstance(node, Function) and any(_surely(b, helpers) for b in blocks):
                return True
        elif any(is_assertion(part, helpers) for part in ast.walk(node)):
            return True
    return False


def _swallowed(node: Function, reading: Reading) -> Found:
    for part in inner(node):
        if not isinstance(part, ast.ExceptHandler):
            continue
        # To go on after an exception that was to be expected is all right.
        leaves = part.type is None or ast.unparse(part.type) in _BROAD
        if all(_does_nothing(s) or (leaves and isinstance(s, _LEAVING)) for s in part.body):
            yield part.lineno, "An exception is caught and dropped: the test passes all the same."


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _prints(node.value)
    return isinstance(node, ast.Pass)


def _broad_raises(node: Function, reading: Reading) -> Found:
    for part in inner(node):
        if isinstance(part, ast.Call) and called(part).rpartition(".")[2] in (
            "raises",
            "assertRaises",
        ):
            broad = part.args and ast.unparse(part.args[0]) in _BROAD
            if broad and not any(keyword.arg == "match" for keyword in part.keywords):
                yield part.lineno, "Any exception will do, a mistake in the test itself included."


def _prints(node: ast.AST) -> bool:
    return called(node) in ("print", "pprint", "pprint.pprint")


def _print(node: Function, reading: Reading) -> Found:
    for part in inner(node):
        if isinstance(part, ast.Call) and _prints(part):
            yield part.lineno, "The test prints, which nobody checks."


def _skipped(node: Function, reading: Reading) -> Found:
    for decorator in node.decorator_list:
        name = called(decorator) or ast.unparse(decorator)
        always = (
            isinstance(decorator, ast.Call)
            and name.endswith(("skipif", "skipIf"))
            and bool(decorator.args)
            and isinstance(decorator.args[0], ast.Constant)
            and bool(decorator.args[0].value)
        )
        if name in _SKIPS or always:
            yield decorator.lineno, "The test is skipped whatever happens."
    for statement in node.body:
        if isinstance(statement, ast.Expr) and called(statement.value) in (
            "pytest.skip",
            "self.skipTest",
        ):
            yield statement.lineno, "The test is skipped whatever happens."


RULES: dict[str, Callable[[Function, Reading], Found]] = {
    "empty test": _empty,
    "no assertion": _no_assertion,
    "no focal call": _no_focal_call,
    "sleep": _sleep,
    "duplicated assertion": _duplicated,
    "always true": _always_true,
    "conditional assertion": _conditional,
    "exception swallowed": _swallowed,
    "broad raises": _broad_raises,
    "print": _print,
    "skipped": _skipped,
}
"""By the name of the smell."""
