"""Small changes of a value at one place, and new values where none of the old is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from strop.moves.vary.draw import Draw
from strop.moves.vary.shape import Many, Number, Part, Row, Shape, Table, Text, class_of
from strop.moves.vary.trees import build, key, look

__all__ = ["mutate"]


def mutate(draw: Draw, shape: Shape, tree: Any, depth: int = 0) -> Any:
    """`tree` changed at one place. What the whole must keep is restored by `Draw.mend`."""
    kind, content = look(tree)
    part = shape.parts.get(kind)
    if part is None or (len(shape.parts) > 1 and draw.rng.random() < 0.15):
        return draw.value(shape, depth)
    return build(kind, _content(draw, kind, part, content, depth))


def _content(draw: Draw, kind: str, part: Part, content: Any, depth: int) -> Any:
    rng = draw.rng
    match part:
        case Number():
            return _number(draw, kind, part, content)
        case Text():
            return _text(draw, part, content)
        case Row(columns):
            place = rng.randrange(len(columns))
            items = list(content)
            items[place] = mutate(draw, columns[place], items[place], depth + 1)
            return items
        case Many():
            return _items(draw, part, list(content), depth)
        case Table():
            return _pairs(draw, kind, part, list(content), depth)
        case _:
            return not content if kind == "bool" else rng.choice(part.seen)


def _number(draw: Draw, kind: str, part: Number, content: Any) -> Any:
    rng = draw.rng
    if part.closed or isinstance(content, dict) or rng.random() < 0.15:
        return rng.choice(part.seen)
    steps: list[Callable[[Any], Any]] = [
        lambda n: n + 1,
        lambda n: n - 1,
        lambda n: 0 * n,
        lambda n: 0 * n + 1,
        lambda n: -n,
        lambda n: 2 * n,
        lambda n: draw.number(kind, part),
    ]
    if kind == "float" and not part.whole:
        steps += [lambda n: n + 0.5, lambda n: n / 2]
    changed = rng.choice(steps)(content)
    if isinstance(changed, dict) or part.floor <= changed <= part.ceiling:
        return changed + 0.0 if isinstance(changed, float) else changed
    return draw.number(kind, part)


def _text(draw: Draw, part: Text, text: str) -> str:
    rng = draw.rng
    if part.closed or not part.alphabet:
        return draw.text(part)
    place = rng.randrange(len(text) + 1)
    before, here, after = text[:place], text[place : place + 1], text[place + 1 :]
    new = rng.choice(part.alphabet)
    like = [char for char in class_of(here) if char in part.alphabet]
    if part.fixed:
        # Texts of one length are often a format, in which each place has its class.
        return before + (rng.choice(like) if like else new if here else "") + after
    changes: list[Callable[[], str]] = [
        lambda: before + after,
        lambda: before + here + here + after,
        lambda: before + new + here + after,
        lambda: before + (rng.choice(like) if like else new) + after,
        lambda: text[::-1],
        lambda: before,
        lambda: text[place:],
        lambda: draw.text(part),
    ]
    if rng.random() < 0.05 and part.low <= 2:
        return text[: rng.randint(min(part.low, 1), 1)]
    return rng.choice(changes)()


def _items(draw: Draw, part: Many, items: list[Any], depth: int) -> list[Any]:
    rng = draw.rng
    if not part.element.parts:
        return items
    fresh = [draw.value(part.element, depth + 1)]
    if not items:
        return fresh
    place = rng.randrange(len(items))
    if rng.random() < 0.45:
        items[place] = mutate(draw, part.element, items[place], depth + 1)
        return items
    if rng.random() < 0.06 and part.low <= 2:
        return items[place : place + rng.randint(min(part.low, 1), 1)]
    other = rng.randrange(len(items))
    swapped = list(items)
    swapped[place], swapped[other] = items[other], items[place]
    changes: list[Callable[[], list[Any]]] = [
        lambda: items[:place] + items[place + 1 :],
        lambda: [*items[: place + 1], items[other], *items[place + 1 :]],
        lambda: items[:place] + fresh + items[place:],
        lambda: items + fresh,
        lambda: [*items[:place], items[other], *items[place + 1 :]],
        lambda: items[:place] + fresh + items[place + 1 :],
        lambda: swapped,
        lambda: items[::-1],
        lambda: items[: place + 1],
    ]
    return rng.choice(changes)()


def _pairs(draw: Draw, kind: str, part: Table, pairs: list[Any], depth: int) -> list[Any]:
    rng = draw.rng
    present = {key(name) for name, _ in pairs}
    missing = [name for name in part.keys if key(name) not in present]
    if kind == "pairs" and part.key.parts and rng.random() < 0.3:
        new = draw.value(part.key, depth + 1)
        missing = [new] if key(new) not in present else missing
    spare = [place for place, pair in enumerate(pairs) if key(pair[0]) not in part.required]
    chance = rng.random()
    if missing and (chance < 0.3 or not pairs):
        name = rng.choice(missing)
        return [*pairs, [name, draw.entry(part, name, depth)]]
    if spare and chance < 0.5:
        del pairs[rng.choice(spare)]
        return pairs
    if not pairs:
        return pairs
    place = rng.randrange(len(pairs))
    name, value = pairs[place]
    shape = part.values.get(key(name), part.value)
    pairs[place] = [name, mutate(draw, shape, value, depth + 1)]
    return pairs
