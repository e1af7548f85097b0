"""The header of the function that is wanted, guessed from what the task shows."""

from __future__ import annotations

import ast
import re

__all__ = ["stub_of"]

NAMES = "abcdefgh"


def stub_of(prompt: str, entry: str, tests: str) -> str:
    """`def entry(...):` as the prompt has it, else with as many parameters as the tests pass;
    "" where there is no entry. Small models follow a header better than a description."""
    if not entry:
        return ""
    found = re.search(rf"^\s*(?:async )?def {re.escape(entry)}\s*\(.*?\)[^:\n]*:", prompt, re.M | re.S)
    if found:
        return found[0].strip()
    calls = [_calls(text, entry) for text in (tests, prompt)]
    arity = next((n for n in calls if n is not None), None)
    if arity is None or arity > len(NAMES):
        return f"def {entry}(*args):"
    return f"def {entry}({', '.join(NAMES[:arity])}):"


def _calls(text: str, entry: str) -> int | None:
    """How many arguments the first readable call of `entry` in a text has."""
    for match in re.finditer(rf"\b{re.escape(entry)}\s*\(", text):
        for end in [m.end() for m in re.finditer(r"\)", text[match.start() :])][:20]:
            try:
                tree = ast.parse(text[match.start() : match.start() + end].strip(), mode="eval")
            except (SyntaxError, ValueError):
                continue
            if isinstance(tree.body, ast.Call):
                return len(tree.body.args) + len(tree.body.keywords)
    return None
