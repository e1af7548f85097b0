"""Values in wire form as short text for feedback and prompts: Python notation, never run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from strop.checks.case import Case
from strop.sandbox.inside import wire

__all__ = ["assertion_text", "call_text", "value_text"]

LONGEST = 200


def value_text(value: Any, longest: int = LONGEST) -> str:
    """`repr` of a decoded value, cut in the middle beyond `longest` characters."""
    try:
        text = repr(value)
    except ValueError:  # whole numbers of more than 4,300 digits have no decimal text
        text = f"a {type(value).__name__} with a number too long to write"
    if isinstance(value, wire.Opaque):
        text = f"a {value.type} object, {text}"
    if len(text) <= longest:
        return text
    half = (longest - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def call_text(entry: str | None, given: Any, longest: int = LONGEST) -> str:
    """`f(1, [2])`, or the text on standard input; `given` is in wire form."""
    if entry is None:
        return f"input {value_text(given, longest)}"
    return f"{entry}({value_text(tuple(_decoded(given)), longest)[1:-1].removesuffix(',')})"


def assertion_text(entry: str, cases: Sequence[Case]) -> str:
    """The cases as assert statements, one a line, as a prompt shows tests."""
    return "\n".join(
        f"assert {call_text(entry, case.given)} == {value_text(_decoded(case.expected))}"
        for case in cases
    )


def _decoded(tree: Any) -> Any:
    return wire.decode(json.dumps(tree))
