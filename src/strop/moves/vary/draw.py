"""Fresh values of a shape, and values brought back into a shape."""

from __future__ import annotations

import random
from typing import Any

from strop.moves.vary.shape import Atom, Many, Number, Part, Row, Shape, Table, Text
from strop.moves.vary.trees import build, key, look

__all__ = ["Draw"]

_PARTS = 400
_WIDE = 1000
_LENGTHS = (24, 10, 5, 3)


class Draw:
    """Draws values of shapes. `small`: 0 for the least value a shape allows, 1 for the one after
    it, None for any."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.small: int | None = None
        self._left = _PARTS

    def start(self, small: int | None = None, parts: int = _PARTS) -> None:
        """Begin a new input of at most about so many `parts`."""
        self.small = small
        self._left = parts

    def value(self, shape: Shape, depth: int = 0) -> Any:
        """A value of any of the kinds seen, which may still break a property of the whole."""
        self._left -= 1
        if self._left < 0:
            return self.rng.choice(shape.seen)
        kinds = list(shape.counts)
        kind = self.rng.choices(kinds, [shape.counts[kind] for kind in kinds])[0]
        if self.small is not None:
            kind = max(kinds, key=lambda kind: shape.counts[kind])
        return build(kind, self._content(kind, shape.parts[kind], depth))

    def _content(self, kind: str, part: Part, depth: int) -> Any:
        match part:
            case Atom(seen):
                return self.rng.choice(seen) if self.small is None else seen[self.small % len(seen)]
            case Number():
                return self.number(kind, part)
            case Text():
                return self.text(part)
            case Row(columns):
                return [self.value(column, depth + 1) for column in columns]
            case Many():
                return self._items(part, depth)
            case Table():
                return self._pairs(kind, part, depth)

    def number(self, kind: str, part: Number) -> Any:
        """A number in the range, near its ends more often than not."""
        if self.small is not None:
            near = sorted((n for n in part.seen if not isinstance(n, dict)), key=abs)
            wanted = self.small if kind == "int" else float(self.small)
            if part.closed or not part.floor <= wanted <= part.ceiling:
                return (near or part.seen)[min(self.small, len(near or part.seen) - 1)]
            return wanted
        if part.closed or self.rng.random() < 0.15:
            return self.rng.choice(part.seen)
        finite = [n for n in part.seen if not isinstance(n, dict)]
        high = max(finite) if self.rng.random() < 0.75 else part.ceiling
        low = min(finite) if self.rng.random() < 0.6 else part.floor
        if self.rng.random() < 0.3 and low <= 4 <= high:
            low, high = max(low, -4), 4
        if kind == "int":
            if low < _WIDE < high and self.rng.random() < 0.5:
                # Numbers of any size are likely, small ones with them, which are cheap to compute.
                high = 1 << self.rng.randrange(max(1, int(high).bit_length()))
            return self.rng.randint(int(low), max(int(low), int(high)))
        if part.whole:
            return float(round(self.rng.uniform(low, high)))
        return round(self.rng.uniform(low, high), self.rng.choice((1, 2, 3)))

    def length(self, part: Text | Many, depth: int) -> int:
        """A length as seen, at times shorter or up to twice as long."""
        if part.fixed:
            return part.low
        if self.small is not None:
            return max(self.small, part.low if part.low < 2 else 1)
        chance = self.rng.random()
        if chance < 0.03:
            return min(part.low, 1)
        if chance < 0.1:
            return max(1, part.low // 2)
        most = _LENGTHS[min(depth, len(_LENGTHS) - 1)]
        high = max(2 * part.high, part.high + 2) if chance > 0.9 else part.high
        return self.rng.randint(part.low, max(part.low, min(high, most)))

    def text(self, part: Text) -> str:
        """A string over the alphabet, or one that was seen."""
        if part.closed or (self.small is None and self.rng.random() < 0.1):
            return self.rng.choice(part.seen)
        length = self.length(part, 1 if part.high < 12 else 0)
        if not part.alphabet:
            return ""
        # Half of the strings use few characters, so that some repeat.
        letters = part.alphabet
        if self.rng.random() < 0.5:
            letters = "".join(self.rng.choices(part.alphabet, k=3))
        if part.seen and self.rng.random() < 0.5:
            letters = "".join(part.seen[-4:]) or letters
        return "".join(self.rng.choices(letters, k=length))

    def _items(self, part: Many, depth: int) -> list[Any]:
        length = self.length(part, depth)
        if part.permutation is not None:
            start = part.permutation
            return self.rng.sample(range(start, start + length), length)
        if not part.element.parts:
            return []
        items: list[Any] = []
        for _ in range(length):
            if items and not part.distinct and self.rng.random() < 0.15:
                items.append(self.rng.choice(items))
            else:
                items.append(self.value(part.element, depth + 1))
        return self.mend_items(part, items, depth)

    def _pairs(self, kind: str, part: Table, depth: int) -> list[list[Any]]:
        wanted = self.rng.randint(part.low, max(part.low, min(part.high + 1, 12)))
        if self.small is not None:
            wanted = max(self.small, min(part.low, 1))
        names = list(part.keys)
        self.rng.shuffle(names)
        names.sort(key=lambda name: key(name) not in part.required)
        names = names[: max(wanted, len(part.required))]
        names.sort(key=part.keys.index)
        if kind == "pairs" and part.key.parts:
            names += [self.value(part.key, depth + 1) for _ in range(wanted - len(names))]
        pairs = [[name, self.entry(part, name, depth)] for name in names]
        return list({key(name): [name, value] for name, value in pairs}.values())

    def entry(self, part: Table, name: Any, depth: int) -> Any:
        """A value for the entry `name` of a table."""
        return self.value(part.values.get(key(name), part.value), depth + 1)

    def mend(self, shape: Shape, tree: Any, depth: int = 0) -> Any:
        """`tree` with the properties of its sequences restored: order, distinctness, lengths."""
        kind, content = look(tree)
        part = shape.parts.get(kind)
        if isinstance(part, Row):
            columns = zip(part.columns, content, strict=False)
            items = [self.mend(column, item, depth + 1) for column, item in columns]
            return build(kind, sorted(items, key=key) if part.ascending else items)
        if isinstance(part, Many):
            items = [self.mend(part.element, item, depth + 1) for item in content]
            return build(kind, self.mend_items(part, items, depth))
        return tree

    def mend_items(self, part: Many, items: list[Any], depth: int) -> list[Any]:
        """The items with what `part` says of them together restored."""
        if part.fixed and len(items) != part.low and part.element.parts:
            more = [self.value(part.element, depth + 1) for _ in range(part.low - len(items))]
            items = (items + more)[: part.low]
        if part.even and items:
            rows = [size for item in items if (size := len(look(item)[1]))] or [0]
            width = len(items) if part.square else self.rng.choice(rows)
            items = [self._widen(part.element, item, width, depth) for item in items]
        if part.permutation is not None:
            ranks = sorted(range(len(items)), key=lambda i: (key(items[i]), i))
            places = {place: rank for rank, place in enumerate(ranks)}
            items = [places[i] + part.permutation for i in range(len(items))]
        if part.distinct:
            known = {key(item): item for item in items}
            for _ in range(3 * (part.low - len(known)) if part.fixed else 0):
                extra = self.value(part.element, depth + 1)
                if len(known) < part.low:
                    known.setdefault(key(extra), extra)
            items = list(known.values())
        if part.order:
            items = sorted(items, key=key, reverse=part.order < 0)
        return items

    def _widen(self, shape: Shape, tree: Any, width: int, depth: int) -> Any:
        kind, content = look(tree)
        part = shape.parts[kind]
        content = content[:width]
        missing = width - len(content)
        if isinstance(part, Text) and part.alphabet:
            content += "".join(self.rng.choices(part.alphabet, k=missing))
        elif isinstance(part, Many) and part.element.parts:
            content = content + [self.value(part.element, depth + 2) for _ in range(missing)]
        return build(kind, content)
