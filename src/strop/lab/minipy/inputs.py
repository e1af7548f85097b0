"""Inputs that are small, ordinary and near the parameters of a program."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

__all__ = ["EDGES", "draw_input", "draw_tiny"]

_TEXT = (
    "a to in on old red sun tea cat dog ant bee owl ice sand tree nest rain bird level noon stone "
    "river apple bread cloud idea land ocean radio onion salad iron rose data banana letter"
)
_WORDS = _TEXT.split()
_RANGES = ((0, 10), (-9, 30), (0, 30), (-20, 120))

EDGES: dict[str, tuple[Any, ...]] = {
    "L": ([], [0], [1], [-3, -3], [5, 5, 5, 5], [-20, 99], [1, 2, 3, 4, 5, 6, 7], [9, 6, 3, 0]),
    "S": ("", " ", "a", "aa", "noon", "e e e", "a b c"),
    "W": ([], [""], ["a"], ["tea", "tea"], ["dd", "c", "bbb", "a"], ["noon", "noon", "tea"]),
    "I": (0, 1, -1, 10, 99, -20, 7),
    "D": ({}, {"a": 0}, {"b": 3, "a": 3}, {"a": -1, "b": 2}),
    "E": ({}, {0: 0}, {2: 3, 1: 3}),
}


def draw_input(rng: Random, kind: str, numbers: Sequence[int], letters: Sequence[str]) -> Any:
    """A value of the type; `numbers` and `letters` are parameters worth coming close to."""
    random = rng.random
    if kind == "L":
        low, span = _RANGES[int(random() * 4)]
        size = 2 + int(random() * 6)
        xs = [low + int(random() * span) for _ in range(size)]
        if numbers and random() < 0.6:
            near = numbers[int(random() * len(numbers))] + int(random() * 3) - 1
            xs[int(random() * size)] = near
        if random() < 0.35:
            xs[int(random() * size)] = xs[int(random() * size)]
        return xs
    if kind == "I":
        if numbers and random() < 0.4:
            return numbers[int(random() * len(numbers))] + int(random() * 3) - 1
        low, span = _RANGES[int(random() * 4)]
        return low + int(random() * span)
    if kind == "S":
        return _text(rng, letters)
    if kind == "W":
        words = [_word(rng, letters) for _ in range(2 + int(random() * 4))]
        if random() < 0.3:
            words[int(random() * len(words))] = words[0]
        return words
    low, span = _RANGES[int(random() * 3)]
    size = 1 + int(random() * 4)
    values = [low + int(random() * span) for _ in range(size)]
    if numbers and random() < 0.6:
        values[0] = numbers[0] + int(random() * 3) - 1
    if kind == "E":
        return {int(random() * 10): value for value in values}
    return {_word(rng, letters): value for value in values}


def draw_tiny(rng: Random, kind: str) -> Any:
    """A value of the type that a person could work out in their head."""
    random = rng.random
    if kind == "L":
        return [int(random() * 10) for _ in range(1 + int(random() * 3))]
    if kind == "I":
        return int(random() * 13)
    if kind == "S":
        return _word(rng, ())[: 1 + int(random() * 4)]
    if kind == "W":
        return [_word(rng, ())[:3] for _ in range(1 + int(random() * 2))]
    value = int(random() * 10)
    return {int(random() * 10): value} if kind == "E" else {_word(rng, ())[:3]: value}


def _word(rng: Random, letters: Sequence[str]) -> str:
    word = _WORDS[int(rng.random() * len(_WORDS))]
    if letters and rng.random() < 0.4:
        letter = letters[int(rng.random() * len(letters))]
        at = int(rng.random() * (len(word) + 1))
        return (word[:at] + letter + word[at:])[:6]
    return word


def _text(rng: Random, letters: Sequence[str]) -> str:
    text = _word(rng, letters)
    if rng.random() < 0.12:
        return text + text[-2::-1]
    while rng.random() < 0.6:
        longer = f"{text} {_word(rng, letters)}"
        if len(longer) > 12:
            break
        text = longer
    return text
