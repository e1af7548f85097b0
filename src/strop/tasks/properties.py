"""Properties as the user writes them, made ready to run: each parameter gets its inputs."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from strop.checks.property import Definition, Property, definitions
from strop.core.errors import BadInput
from strop.moves.vary.arguments import Arguments, argument_strategies
from strop.moves.vary.guess import guess_name
from strop.moves.vary.hints import read_hint
from strop.moves.vary.signature import signature_of
from strop.moves.vary.strategies import strategy_of_hint

__all__ = ["property_from_expression", "read_properties"]


def read_properties(
    text: str, source: str, entry: str, tests: Sequence[str] = (), where: str = "properties"
) -> tuple[Property, ...]:
    """The properties in `text` about `entry` (`f` or `Class.method`) of `source`.

    A function `prop_NAME` or `test_NAME` gets `candidate` (or `entry`'s name), where it has such a
    parameter, and inputs for the others; with `@given` it brings its own. A parameter's inputs go
    by its own type hint; else by what is known of the parameter of `entry` with the same name, or
    in the same place where no name is shared: from calls in `tests` and the docstring, type hints,
    defaults. `source` must be a text that can be trusted (a stub will do), since it says what the
    property is tried on.

    A single expression is a property too: `f(f(xs)) == f(xs)`, with `xs` a parameter of `f`.

    Raises `BadInput` where the text has no property, and for a parameter of which nothing is known.
    """
    text = property_from_expression(text, source, entry)
    found: list[Property] = []
    known: Arguments | None = None
    for definition in definitions(text, where):
        wanted = [name for name in definition.hints if name not in ("candidate", entry)]
        if definition.given or not wanted:
            found.append(Property(definition.name, text))
            continue
        if known is None:
            known = argument_strategies(source, entry, tests)
        found.append(_undecorated(definition, wanted, text, known, where))
    return tuple(found)


def property_from_expression(text: str, source: str, entry: str) -> str:
    """A text that is a single expression as a property of that expression; any other as it is.

    Its names that are parameters of `entry` are its inputs. Raises `BadInput` where the expression
    is not about the entry or `candidate`.
    """
    try:
        expression = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    nodes = list(ast.walk(expression))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    function = entry.partition(".")[0]
    if not used & {"candidate", function}:
        raise BadInput(f"the property {text.strip()!r} does not call {entry}")
    own = {
        node.id for node in nodes if isinstance(node, ast.Name) if isinstance(node.ctx, ast.Store)
    }
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    names = [p.name for p in signature_of(source, entry).parameters if p.name in used - own]
    unknown = sorted(used - own - {*names, "candidate", function, *dir(builtins)})
    if unknown:
        raise BadInput(
            f"the property {text.strip()!r} uses {unknown[0]}, which is no parameter of {entry}; "
            "write it as `def prop_NAME(candidate, ...)`."
        )
    return f"def prop_expression({', '.join(names)}):\n    assert {ast.unparse(expression)}\n"


def _undecorated(
    definition: Definition, wanted: Sequence[str], text: str, known: Arguments, where: str
) -> Property:
    strategies: dict[str, str] = {}
    # Which of the entry's parameters each stands for, where its values are from examples.
    stands: dict[str, str] = {}
    required = list(known.required)
    by_place = not set(wanted) & set(known.strategies) and len(wanted) == len(required)
    for place, name in enumerate(wanted):
        hint = read_hint(_parsed(definition.hints[name]))
        same = required[place] if by_place else name
        if hint is not None:
            strategies[name] = strategy_of_hint(hint)
        elif same in known.strategies:
            strategies[name], stands[same] = known.strategies[same], name
        elif (guess := guess_name(name)) is not None:
            strategies[name] = strategy_of_hint(guess)
        else:
            raise BadInput(
                f"{where} line {definition.line}: nothing is known of the parameter {name} of "
                f"{definition.name}; give it a type hint, or the function a @given."
            )
    names = known.names
    relations = [
        (r.name, stands[names[r.first]], stands[names[r.second]], r.low, r.gap)
        for r in known.relations
        if names[r.first] in stands and names[r.second] in stands
    ]
    return Property(definition.name, text, strategies, tuple(relations))


def _parsed(hint: str) -> ast.expr | None:
    return ast.parse(hint, mode="eval").body if hint else None
