"""Small changes of a text that are likely to hold the fix of a small bug."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from strop.core.patch import Edit
from strop.moves.mutate.arithmetic import arithmetic, augmented
from strop.moves.mutate.calls import arguments, callees
from strop.moves.mutate.combinations import donors, extensions, limits
from strop.moves.mutate.comparisons import comparisons
from strop.moves.mutate.conditions import booleans, conditions
from strop.moves.mutate.facts import Module
from strop.moves.mutate.guards import guards
from strop.moves.mutate.insertions import deletions, insertions
from strop.moves.mutate.numbers import constants, off_by_one
from strop.moves.mutate.returns import assignments, returns, swaps, targets, yields
from strop.moves.mutate.shapes import slices, unwraps, wraps
from strop.moves.mutate.structure import moves, structure
from strop.moves.mutate.text import Text
from strop.moves.mutate.variables import attributes, variables
from strop.moves.mutate.walk import Change, Place, Site, places, sites
from strop.moves.mutate.weights import LEAST, WEIGHTS

__all__ = ["Mutation", "mutations"]

_EXPRESSIONS: tuple[Callable[[Site], Iterator[Change]], ...] = (
    comparisons,
    arithmetic,
    booleans,
    conditions,
    constants,
    off_by_one,
    variables,
    attributes,
    arguments,
    callees,
    slices,
    unwraps,
    wraps,
    donors,
    extensions,
    limits,
    returns,
    yields,
    swaps,
)
_STATEMENTS: tuple[Callable[[Place], Iterator[Change]], ...] = (
    augmented,
    assignments,
    deletions,
    structure,
    moves,
    insertions,
    guards,
)


@dataclass(frozen=True, slots=True)
class Mutation:
    """A small change of one text."""

    edits: tuple[Edit, ...]
    operator: str
    """What kind of change it is, as in "comparison", "off-by-one", "guard"."""
    line: int
    """The line of the original that it changes; for an insertion, of the statement beside it."""
    weight: float
    """How likely this kind of change is the fix, in (0, 1]; see `weights`."""


def mutations(file: str, source: str, lines: Collection[int] | None = None) -> Iterator[Mutation]:
    """Changes at the given lines (all if None), the likeliest first, no two of the same edits.

    A statement over several lines counts as a whole: where only some of its lines are given, a
    change elsewhere in it is filed under its first given line. Raises `SyntaxError` for a source
    that does not parse.
    """
    tree = _parse(source)
    text = Text(file, source)
    module = Module(tree, text)
    wanted = None if lines is None else frozenset(lines)
    best: dict[tuple[tuple[int, int, str], ...], Mutation] = {}
    for place in places(module):
        first, last = place.span()
        if wanted is not None and wanted.isdisjoint(range(first, last + 1)):
            continue
        for change in _changes(place):
            weight = WEIGHTS[change.variant] * change.factor
            if weight < LEAST:
                continue
            edits = change.edits
            key = tuple(t for e in edits if (t := _trimmed(source, e)) is not None)
            if not key:
                continue
            old = best.get(key)
            if old is None or old.weight < weight:
                line = _line(text, edits, first, last, wanted)
                operator = change.variant.partition("/")[0]
                best[key] = Mutation(edits, operator, line, min(1.0, weight))
    return iter(sorted(best.values(), key=lambda mutation: -mutation.weight))


def _parse(source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from error


def _changes(place: Place) -> Iterator[Change]:
    for operator in _STATEMENTS:
        yield from operator(place)
    for site in sites(place):
        if site.role == "target" and not isinstance(site.node, (ast.Tuple, ast.List)):
            yield from targets(site)
            continue
        if site.role == "target":
            yield from swaps(site)
            continue
        for operator in _EXPRESSIONS:
            yield from operator(site)


def _trimmed(source: str, edit: Edit) -> tuple[int, int, str] | None:
    """An edit without what it leaves as it is; None if that is all."""
    start, end, new = edit.start, edit.end, edit.text
    while start < end and new and source[start] == new[0]:
        start, new = start + 1, new[1:]
    while start < end and new and source[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    if start == end and not new:
        return None
    # What only inserts or only deletes can slide: "a" put before or after an "a".
    while start == end and start and source[start - 1] == new[-1]:
        start, end, new = start - 1, end - 1, new[-1] + new[:-1]
    while not new and start and source[start - 1] == source[end - 1]:
        start, end = start - 1, end - 1
    return start, end, new


def _line(
    text: Text, edits: tuple[Edit, ...], first: int, last: int, wanted: frozenset[int] | None
) -> int:
    line = min(max(text.line_of(edits[0].start), first), last)
    if wanted is None or line in wanted:
        return line
    return next(n for n in range(first, last + 1) if n in wanted)
