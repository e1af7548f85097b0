"""The function that is wanted, as a header with a docstring: what a small model follows best."""

from __future__ import annotations

import ast
import re
import textwrap

__all__ = ["header_of", "stub_of"]

NAMES = "abcdefgh"
MOST_EXAMPLES = 3


def stub_of(prompt: str, entry: str, tests: str, start: str = "") -> str:
    """The prompt if it holds the header of `entry` (or `start` if that does), else a header with
    the prompt and the first few equalities of the tests as its docstring. "" without an entry."""
    if not entry:
        return ""
    for text in (start, prompt):
        if _header_in(text, entry):
            return text.strip("\n")
    told = [_wish(prompt, entry).replace('"""', "'''"), *_equalities(tests, entry)]
    doc = told[0] if len(told) == 1 else "\n".join([told[0], "", *told[1:], ""])
    return header_of(prompt, entry, tests) + "\n" + textwrap.indent(f'"""{doc}"""', "    ")


def header_of(prompt: str, entry: str, tests: str) -> str:
    """`def entry(...):` with the parameters that the prompt names (`entry(text, k)`), else with as
    many as its calls in the tests or the prompt pass."""
    named = re.search(rf"\b{re.escape(entry)}\(((?:\s*[A-Za-z_]\w*\s*,?)*)\)", prompt)
    if named and named[1].strip():
        return f"def {entry}({named[1].strip()}):"
    arity = next((n for n in (_arity(tests, entry), _arity(prompt, entry)) if n is not None), None)
    if arity is None or arity > len(NAMES):
        return f"def {entry}(*args):"
    return f"def {entry}({', '.join(NAMES[:arity])}):"


def _wish(prompt: str, entry: str) -> str:
    """The prompt without a first sentence that only says to write the function."""
    lead = (
        rf"(?:Write|Implement|Create|Define)\b[^.\n]*\b{re.escape(entry)}\b(?:\([^)\n]*\))?[.:]\s+"
    )
    return re.sub(rf"\A{lead}(?=\S)", "", prompt.strip())


def _header_in(text: str, entry: str) -> bool:
    return re.search(rf"^\s*(?:async )?def {re.escape(entry)}\s*\(", text, re.MULTILINE) is not None


def _equalities(tests: str, entry: str) -> list[str]:
    lines = [line.strip().removeprefix("assert ") for line in tests.splitlines()]
    return [line for line in lines if line.startswith(f"{entry}(")][:MOST_EXAMPLES]


def _arity(text: str, entry: str) -> int | None:
    """How many arguments the first readable call of `entry` in a text passes."""
    for call in re.finditer(rf"\b{re.escape(entry)}\s*\(", text):
        rest = text[call.start() : call.start() + 500]
        for end in re.finditer(r"\)", rest):
            try:
                tree = ast.parse(rest[: end.end()], mode="eval")
            except (SyntaxError, ValueError):
                continue
            if isinstance(tree.body, ast.Call):
                return len(tree.body.args) + len(tree.body.keywords)
    return None
