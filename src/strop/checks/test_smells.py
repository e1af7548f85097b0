"""Test smells: what makes a test prove less than it seems to. Read off its text, nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from strop.checks.smell_rules import RULES, Reading
from strop.checks.test_parts import Function, TestFunction, inner, is_assertion, tests_in, uses
from strop.core.ledger import digest
from strop.core.types import Candidate, Crash, Failure, Verdict

__all__ = ["Smell", "TestSmellsCheck", "smells_in"]


@dataclass(frozen=True, slots=True)
class Smell:
    """`kind` is its name in words, `line` counts from 1, `test` is the test it is in and `text`
    says in a sentence what is wrong."""

    kind: str
    line: int
    test: str
    text: str


def smells_in(source: str, focal: Collection[str] = ()) -> tuple[Smell, ...]:
    """The smells of a test module by line. `focal` are the names of the code under test: modules,
    functions or classes; without any, it is not asked whether tests use it. Raises `SyntaxError`.

    Kinds: no assertion, empty test, no focal call, sleep, duplicated assertion, always true,
    conditional assertion, exception swallowed, broad raises, print, skipped, shadowed test.
    """
    tree = ast.parse(source)
    tests = tests_in(tree)
    reading = Reading(uses(tree, focal) if focal else set(), _helpers(tree))
    found: list[Smell] = []
    for test in tests:
        for kind, look in RULES.items():
            found += [Smell(kind, line, test.name, text) for line, text in look(test.node, reading)]
    found += _shadowed(tests)
    return tuple(sorted(found, key=lambda smell: (smell.line, smell.kind)))


def _helpers(tree: ast.Module) -> set[str]:
    functions = [n for n in ast.walk(tree) if isinstance(n, Function)]
    known: set[str] = set()
    while True:
        new = {n.name for n in functions if any(is_assertion(part, known) for part in inner(n))}
        new |= {f"self.{name}" for name in new} | {f"cls.{name}" for name in new}
        if new <= known:
            return known
        known |= new


def _shadowed(tests: Collection[TestFunction]) -> list[Smell]:
    last = {test.name: test.node.lineno for test in tests}
    return [
        Smell(
            "shadowed test",
            test.node.lineno,
            test.name,
            f"The test of the same name on line {last[test.name]} replaces it: it never runs.",
        )
        for test in tests
        if last[test.name] != test.node.lineno
    ]


class TestSmellsCheck:
    """Passes a test file without smells; the score is the share of its tests that have none.

    `focal` are the names of the code under test. A file without a test fails.
    """

    __test__ = False

    name = "test smells"
    executions = 0

    def __init__(self, focal: Collection[str] = ()) -> None:
        self.focal = tuple(sorted(focal))
        self.key = digest("test smells", self.focal)

    async def __call__(self, candidate: Candidate) -> Verdict:
        try:
            found = smells_in(candidate.value, self.focal)
            tests = tests_in(ast.parse(candidate.value))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            crash = Crash(type(error).__name__, str(error))
            return Verdict(0.0, False, (crash,), "error", {"cases": [], "smells": []})
        rows = [{"kind": s.kind, "line": s.line, "test": s.test, "text": s.text} for s in found]
        if not tests:
            nothing = Failure("tests", "failed", message="there is no test in the file")
            return Verdict(0.0, False, (nothing,), "failed", {"cases": [], "smells": rows})
        bad = {smell.test for smell in found}
        return Verdict(
            score=sum(test.name not in bad for test in tests) / len(tests),
            passed=not found,
            status="failed" if found else "passed",
            feedback=tuple(
                Failure(s.test, "failed", message=f"line {s.line}: {s.kind}: {s.text}")
                for s in found
            ),
            detail={"cases": [], "smells": rows},
        )
