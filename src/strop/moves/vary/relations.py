"""What holds between the arguments of every example."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from strop.moves.vary.trees import build, key, look, size

__all__ = ["Relation", "find", "holds", "settle"]

_INTEGERS = 4000


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of two arguments by place. It says nothing where their kinds are others.

    lengths: both are equally long. index: `low <= first <= len(second) - gap`. element: the first
    is in the second. order: first <= second. below: the integers in the first are less than the
    second (`gap` 1) or not greater (`gap` 0).
    """

    name: str
    first: int
    second: int
    low: int = 0
    gap: int = 0


def find(examples: Sequence[Sequence[Any]]) -> list[Relation]:
    """The relations that hold in all examples, which have equally many arguments."""
    found: list[Relation] = []
    for first, second in permutations(range(len(examples[0])), 2):
        pairs = [(args[first], args[second]) for args in examples]
        for name in ("lengths", "below", "element", "order"):
            if name == "lengths" and first > second:
                continue
            gaps = (1, 0) if name == "below" and len(examples) > 2 else (0,)
            if name == "below" and gaps == (0,):
                continue
            for gap in gaps:
                relation = Relation(name, first, second, gap=gap)
                said = [_TESTS[name](relation, a, b) for a, b in pairs]
                if True in said and False not in said:
                    found.append(relation)
                    break
        found += _index(first, second, pairs)
    indices = {(r.first, r.second) for r in found if r.name == "index"}
    # With one example, an index that happens to be an element is no sign of more.
    if len(examples) == 1:
        found = [r for r in found if r.name != "element" or (r.first, r.second) not in indices]
    rank = ("lengths", "below", "element", "index", "order")
    return sorted(found, key=lambda relation: rank.index(relation.name))


def _index(first: int, second: int, pairs: list[tuple[Any, Any]]) -> list[Relation]:
    known = [(_integer(a), size(b)) for a, b in pairs]
    both = [(a, b) for a, b in known if a is not None and b is not None]
    if not both or not all(0 <= a <= b for a, b in both):
        return []
    gap = 0 if any(a == b for a, b in both) else 1
    low = 0 if any(a == 0 for a, _ in both) else 1
    return [Relation("index", first, second, low, gap)]


def holds(relations: Sequence[Relation], args: Sequence[Any]) -> bool:
    """Whether the arguments keep all relations."""
    return all(
        _TESTS[r.name](r, args[r.first], args[r.second]) is not False
        for r in relations
        if max(r.first, r.second) < len(args)
    )


def settle(relations: Sequence[Relation], args: list[Any], rng: random.Random) -> list[Any]:
    """The arguments, changed where a relation fails. What cannot be settled is left."""
    args = list(args)
    for r in relations:
        if _TESTS[r.name](r, args[r.first], args[r.second]) is False:
            _settle_one(r, args, rng)
    return args


def _settle_one(r: Relation, args: list[Any], rng: random.Random) -> None:
    a, b = args[r.first], args[r.second]
    if r.name == "lengths":
        least = min(size(a) or 0, size(b) or 0)
        for place in (r.first, r.second):
            kind, content = look(args[place])
            args[place] = build(kind, content[:least])
    elif r.name == "index":
        low, high = _range(r, b)
        if low <= high:
            args[r.first] = rng.choice((low, high, rng.randint(low, high)))
    elif r.name == "element":
        items = look(b)[1]
        if items:
            args[r.first] = rng.choice(items)
    elif r.name == "order":
        if rng.random() < 0.5:
            args[r.first], args[r.second] = b, a
        else:
            args[r.first] = b
    elif isinstance(b, int) and b - r.gap >= 0:
        args[r.first] = _lowered(a, lambda n: n if n <= b - r.gap else rng.randint(0, b - r.gap))


def _range(r: Relation, items: Any) -> tuple[int, int]:
    length = size(items) or 0
    return (0 if length == 1 and r.gap else r.low), length - r.gap


def _lowered(tree: Any, change: Callable[[int], int]) -> Any:
    kind, content = look(tree)
    if kind == "int":
        return change(content)
    if kind in ("list", "tuple"):
        return build(kind, [_lowered(item, change) for item in content])
    return tree


def _integer(tree: Any) -> int | None:
    kind, content = look(tree)
    return content if kind == "int" else None


def _integers(tree: Any) -> list[int]:
    out: list[int] = []
    ahead = [tree]
    while ahead and len(out) < _INTEGERS:
        kind, content = look(ahead.pop())
        if kind == "int":
            out.append(content)
        elif kind in ("list", "tuple"):
            ahead.extend(content)
    return out


def _lengths(r: Relation, a: Any, b: Any) -> bool | None:
    first, second = size(a), size(b)
    return None if first is None or second is None else first == second


def _is_index(r: Relation, a: Any, b: Any) -> bool | None:
    place = _integer(a)
    if place is None or size(b) is None:
        return None
    low, high = _range(r, b)
    return low <= place <= high


def _element(r: Relation, a: Any, b: Any) -> bool | None:
    kind, items = look(b)
    if kind not in ("list", "tuple") or isinstance(a, list):
        return None
    wanted = key(a)
    return any(key(item) == wanted for item in items)


def _order(r: Relation, a: Any, b: Any) -> bool | None:
    first, second = key(a), key(b)
    plain = first[0] == second[0] == 1 and not isinstance(a, bool) and not isinstance(b, bool)
    return first <= second if plain else None


def _below(r: Relation, a: Any, b: Any) -> bool | None:
    bound = _integer(b)
    if bound is None or isinstance(b, bool) or look(a)[0] not in ("list", "tuple"):
        return None
    numbers = _integers(a)
    return max(numbers) <= bound - r.gap if numbers else None


_TESTS: dict[str, Callable[[Relation, Any, Any], bool | None]] = {
    "lengths": _lengths,
    "index": _is_index,
    "element": _element,
    "order": _order,
    "below": _below,
}
