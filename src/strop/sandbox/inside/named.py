"""Which classes the tests speak of."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def classes_named(sources: Iterable[str]) -> set[str]:
    """The names in the tests that look like those of classes: written with a capital. Decided by
    the tests' text alone, which a candidate has no part in."""
    found: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
    return {name for name in found if name.lstrip("_")[:1].isupper()}
