"""New argument lists, one after the other."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from strop.moves.vary.draw import Draw
from strop.moves.vary.fits import fits
from strop.moves.vary.infer import infer
from strop.moves.vary.mutate import mutate
from strop.moves.vary.relations import find, holds, settle
from strop.moves.vary.trees import clip, look

__all__ = ["vary"]

_REPEATS = 200
_EXAMPLES = 200
_PARTS = 20_000
_TRIES = 12


def vary(examples: Sequence[Sequence[Any]], rng: random.Random) -> Iterator[list[Any]]:
    """New argument lists like the examples: JSON values in case-file form, small ones first.

    Each keeps what all examples have in common, as far as that is recognised: kinds, signs and
    ranges, alphabets, order, distinctness, equal lengths, relations between arguments. None equals
    an example or one before it. Ends after 200 repeats in a row. The same state of `rng` gives the
    same inputs.
    """
    known = {json.dumps(list(args)) for args in examples}
    groups: dict[int, list[Sequence[Any]]] = {}
    for args in examples[:_EXAMPLES]:
        groups.setdefault(len(args), []).append(args)
    budget = min(2000, max(100, _PARTS // max(1, len(examples))))
    sources = [_Source(group, budget, rng) for group in groups.values()]
    small = [args for source in sources for args in source.small()]
    small.reverse()
    repeats = 0
    while sources and repeats < _REPEATS:
        if small:
            args = small.pop()
        else:
            sizes = [len(source.bases) for source in sources]
            args = rng.choices(sources, sizes)[0].any()
        text = json.dumps(args)
        if args is None or text in known:
            repeats += 1
            continue
        repeats = 0
        known.add(text)
        yield json.loads(text)


class _Source:
    """Inputs of one number of arguments."""

    def __init__(self, examples: list[Sequence[Any]], budget: int, rng: random.Random) -> None:
        self.rng = rng
        self.bases = [[clip(tree, budget) for tree in args] for args in examples]
        self.relations = find(examples)
        self.shapes = [infer(column) for column in zip(*self.bases, strict=True)]
        self.draw = Draw(rng)

    def small(self) -> Iterator[list[Any]]:
        """The least values of all arguments together, then of each alone in an example."""
        for least in (0, 1):
            self.draw.start(least)
            args = self._kept([self.draw.value(shape) for shape in self.shapes])
            if args is not None:
                yield args
        base = min(self.bases, key=lambda args: len(json.dumps(args)))
        for place, shape in enumerate(self.shapes):
            for least in (0, 1):
                self.draw.start(least)
                args = list(base)
                args[place] = self.draw.value(shape)
                kept = self._kept(args)
                if kept is not None:
                    yield kept
        self.draw.start()

    def any(self) -> list[Any] | None:
        """An example changed at one or two places, or a fresh input; None where none was found."""
        for _ in range(_TRIES):
            self.draw.start()
            fresh = self.rng.random() < 0.4
            kept = self._kept(self._fresh() if fresh else self._changed())
            if kept is not None:
                return kept
        return None

    def _fresh(self) -> list[Any]:
        args = [self.draw.value(shape) for shape in self.shapes]
        # Programs that search do little on values that are nowhere in their other arguments.
        if len(args) > 1 and self.rng.random() < 0.3:
            first, second = self.rng.sample(range(len(args)), 2)
            kind, items = look(args[second])
            if kind in ("list", "tuple") and items:
                item = self.rng.choice(items)
                if look(item)[0] == look(args[first])[0]:
                    args[first] = item
        return args

    def _changed(self) -> list[Any]:
        args = list(self.rng.choice(self.bases))
        if not args:
            return args
        for _ in range(self.rng.choice((1, 1, 2))):
            place = self.rng.randrange(len(args))
            if len(self.bases) > 1 and self.rng.random() < 0.15:
                args[place] = self.rng.choice(self.bases)[place]
            else:
                args[place] = mutate(self.draw, self.shapes[place], args[place])
        return args

    def _kept(self, args: list[Any]) -> list[Any] | None:
        """The arguments with shapes and relations restored; None where that failed."""
        args = self._mended(args)
        if not holds(self.relations, args):
            args = self._mended(settle(self.relations, args, self.rng))
        shaped = all(fits(shape, arg) for shape, arg in zip(self.shapes, args, strict=True))
        return args if shaped and holds(self.relations, args) else None

    def _mended(self, args: list[Any]) -> list[Any]:
        return [self.draw.mend(shape, arg) for shape, arg in zip(self.shapes, args, strict=True)]
