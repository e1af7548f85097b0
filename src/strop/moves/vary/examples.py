"""Example inputs of a function from what is written about it; no code is run."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from strop.core.errors import BadInput
from strop.moves.vary.calls import Call, calls_in_docstring, calls_in_tests
from strop.moves.vary.guess import guess_default, guess_name
from strop.moves.vary.hints import Hint, read_hint, values_of
from strop.moves.vary.literals import NotPlain, tree_of
from strop.moves.vary.signature import Parameter, Signature, signature_of

__all__ = ["Inferred", "example_inputs", "hint_of", "written_inputs"]

_MADE = 16


@dataclass(frozen=True, slots=True)
class Inferred:
    """Argument lists in case-file form, and where they are from: some of `tests`, `docstring`, or
    else of `hints`, `defaults`, `names`."""

    inputs: tuple[list[Any], ...]
    from_: tuple[str, ...]


def example_inputs(source: str, entry: str, tests: Sequence[str] = ()) -> Inferred:
    """Inputs of `entry` (`f` or `Class.method`), defined in `source`, to `vary` from.

    Calls with literal arguments in the test texts and in the docstring come first, as they keep to
    the contract. Where there are none, values are made up: for each parameter by its type hint,
    else its default, else its name; one with a default that says nothing is left out.

    Raises `BadInput` where `entry` is not a function of the source, or naming the parameter of
    which nothing is known.
    """
    signature = signature_of(source, entry)
    written, from_ = written_inputs(signature, entry, tests)
    if written:
        return Inferred(tuple(written), from_)
    return _made_up(signature, entry)


def written_inputs(
    signature: Signature, entry: str, tests: Sequence[str] = ()
) -> tuple[list[list[Any]], tuple[str, ...]]:
    """The argument lists of calls in tests and docstring, each once, in order, and the names of
    those of the two that had any."""
    sources = {
        "tests": [call for text in tests for call in calls_in_tests(text, entry)],
        "docstring": calls_in_docstring(signature.doc, entry) if signature.doc else [],
    }
    found: dict[str, list[Any]] = {}
    from_: list[str] = []
    for name, calls in sources.items():
        lists = [args for call in calls if (args := _placed(signature, call)) is not None]
        from_ += [name] if lists else []
        found.update({json.dumps(args): args for args in lists})
    return list(found.values()), tuple(from_)


def _placed(signature: Signature, call: Call) -> list[Any] | None:
    """The arguments by place, in case-file form; None for a call that cannot be or not so."""
    given, named = call
    names = [parameter.name for parameter in signature.positional]
    required = sum(p.default is None for p in signature.positional)
    if len(given) > len(names) and not signature.more:
        return None
    for name in names[len(given) :]:
        if name not in named:
            break
        given = [*given, named[name]]
    if len(given) < required or any(p.named and p.default is None for p in signature.parameters):
        return None
    try:
        return [tree_of(value) for value in given]
    except NotPlain:
        return None


def hint_of(parameter: Parameter) -> tuple[Hint, str] | None:
    """A parameter's type, and what told it: `hints`, `defaults` or `names`."""
    for hint, from_ in (
        (read_hint(parameter.hint), "hints"),
        (guess_default(parameter.default), "defaults"),
        (guess_name(parameter.name) if parameter.default is None else None, "names"),
    ):
        if hint is not None:
            return hint, from_
    return None


def _made_up(signature: Signature, entry: str) -> Inferred:
    columns: list[list[Any]] = []
    from_: list[str] = []
    for parameter in signature.positional:
        told = hint_of(parameter)
        if told is None and parameter.default is not None:
            break
        if told is None:
            raise BadInput(
                f"{entry}: nothing is known of the parameter {parameter.name}; give it a type "
                "hint, or an example call in the docstring or a test."
            )
        columns.append(values_of(told[0]))
        from_ += [told[1]] if told[1] not in from_ else []
    named = [p.name for p in signature.parameters if p.named and p.default is None]
    if named:
        raise BadInput(f"{entry}: the parameter {named[0]} can only be given by name.")
    return Inferred(tuple(_mixed(columns)), tuple(from_))


def _mixed(columns: list[list[Any]]) -> list[list[Any]]:
    """Rows in which the columns' values meet at random, so that no relation seems to hold."""
    if not columns:
        return [[]]
    rng = random.Random(0)
    rows = [[column[0] for column in columns]]
    rows += [[column[i % len(column)] for column in columns] for i in range(len(columns[0]))]
    for _ in range(_MADE if len(columns) > 1 else max(map(len, columns))):
        rows.append([rng.choice(column) for column in columns])
    for place, column in enumerate(columns):
        rows += [[*rows[-1][:place], value, *rows[-1][place + 1 :]] for value in column]
    return list({json.dumps(row): row for row in rows}.values())[: 3 * _MADE]
