"""Where the values of each parameter of a function come from, as Hypothesis strategies in text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.moves.vary.examples import hint_of, written_inputs
from strop.moves.vary.infer import infer
from strop.moves.vary.literals import NotPlain
from strop.moves.vary.relations import Relation, find
from strop.moves.vary.signature import signature_of
from strop.moves.vary.strategies import strategy_of_hint, strategy_of_shape
from strop.moves.vary.trees import clip

__all__ = ["Arguments", "argument_strategies"]

_EXAMPLES = 200
_PARTS = 400


@dataclass(frozen=True, slots=True)
class Arguments:
    """`strategies`: for each parameter of which something is known, in order, a strategy's text.
    `from_` says what each is from: `tests`, `docstring`, `hints`, `defaults` or `names`, joined
    with a comma where there are two. `relations` hold between parameters by their place in
    `names`; `required` are those without a default."""

    names: tuple[str, ...]
    required: tuple[str, ...]
    strategies: Mapping[str, str]
    from_: Mapping[str, str]
    relations: tuple[Relation, ...]


def argument_strategies(source: str, entry: str, tests: Sequence[str] = ()) -> Arguments:
    """Strategies for the parameters of `entry`, defined in `source`.

    Calls with literal arguments in the test texts and the docstring tell most: kinds, ranges,
    alphabets, lengths, order, and relations between arguments. A parameter that none of them passes
    goes by its type hint, else its default, else its name; one of which nothing is known is left
    out. Nothing is run. Raises `BadInput` where `entry` is not a function of the source.
    """
    signature = signature_of(source, entry)
    written, from_ = written_inputs(signature, entry, tests)
    examples = [[clip(tree, _PARTS) for tree in args] for args in written[:_EXAMPLES]]
    strategies: dict[str, str] = {}
    sources: dict[str, str] = {}
    places: dict[str, int] = {}
    for place, parameter in enumerate(signature.parameters):
        column = [args[place] for args in examples if place < len(args)]
        told = _of_column([] if parameter.named else column)
        if told:
            strategies[parameter.name], sources[parameter.name] = told, ", ".join(from_)
            places[parameter.name] = place
            continue
        hint = hint_of(parameter)
        if hint is not None:
            strategies[parameter.name], sources[parameter.name] = strategy_of_hint(hint[0]), hint[1]
    names = [parameter.name for parameter in signature.parameters]
    relations = [
        r for r in _relations(examples) if {names[r.first], names[r.second]} <= set(places)
    ]
    required = tuple(p.name for p in signature.parameters if p.default is None)
    return Arguments(tuple(names), required, strategies, sources, tuple(relations))


def _of_column(column: list[Any]) -> str:
    if not column:
        return ""
    try:
        return strategy_of_shape(infer(column))
    except NotPlain:
        return ""


def _relations(examples: list[list[Any]]) -> list[Relation]:
    """What holds in all examples of the commonest number of arguments."""
    if not examples:
        return []
    sizes = [len(args) for args in examples]
    size = max(sizes, key=lambda n: (sizes.count(n), n))
    return find([args for args in examples if len(args) == size])
