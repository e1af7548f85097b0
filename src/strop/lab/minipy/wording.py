"""A program in English: nested noun phrases, imperatives and connectives, sometimes vague."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import TypeVar

from strop.lab.minipy.operations import Operation, Value
from strop.lab.minipy.steps import Step

__all__ = ["describe", "forms"]

_T = TypeVar("_T")

_FIRST = {
    "L": ("the numbers", "the numbers", "the values", "the elements", "the integers"),
    "W": ("the words", "the words", "the strings"),
    "S": ("the string", "the text", "s"),
    "I": ("the number", "n", "n"),
    "D": ("the dictionary", "d"),
    "E": ("the dictionary", "d"),
}
_LATER = {
    "L": ("the numbers", "the results", "the values"),
    "W": ("the words", "the results"),
    "S": ("the result", "the string", "it"),
    "I": ("the result", "it", "that number"),
    "D": ("the dictionary", "the result"),
    "E": ("the dictionary", "the result"),
}
_GIVEN = {
    "L": ("a list of numbers", "a list of integers", "a list xs", "some numbers"),
    "W": ("a list of words", "a list of strings", "some words"),
    "S": ("a string", "a string s", "a text", "a piece of text"),
    "I": ("a number", "an integer n", "a number n"),
    "D": ("a dictionary d", "a dictionary from strings to numbers"),
    "E": ("a dictionary d", "a dictionary from numbers to numbers"),
}
_INTRO = ("Given {}, ", "Given {}, ", "You get {}. ", "For {}: ", "Take {}, then ", "f gets {}. ")
_RETURN = ("return", "return", "give", "give back", "compute", "find")
_JOINS = (
    (", then ", ", then "),
    (" and then ", " and then "),
    (". Then ", ". Finally, "),
    (", ", " and "),
    ("; after that ", "; after that "),
    (". Next, ", ". In the end, "),
    (", then ", ", and finally "),
)
_HINTS = ("See the examples.", "The examples show the rest.", "The examples decide.")
_UNKNOWN = (
    "Find the rule for $x from the examples",
    "Do with $x what the examples show",
    "Guess from the examples what happens to $x",
)
_COUNTING = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
_NUMBERS = _COUNTING.split()
_MARKS = {
    "-": "a hyphen",
    ",": "a comma",
    " ": "a space",
    "+": "a plus sign",
    ".": "a full stop",
    "!": "an exclamation mark",
    "_": "an underscore",
}
_ORDINALS = {2: ("second", "2nd"), 3: ("third", "3rd")}


def describe(steps: Sequence[Step], rng: Random, unclear: int | None, silent: bool) -> str:
    """A description; step number `unclear` is worded vaguely, or left out if `silent`."""
    with_k = any(None in step.args for step in steps)
    clauses = _clauses(steps, rng, unclear, silent)
    text = _joined(clauses, rng)
    if with_k or rng.random() < 0.45:
        given = _pick(_GIVEN[steps[0].operation.takes], rng) + (" and a number k" if with_k else "")
        intro = _pick(_INTRO, rng).format(given)
        text = intro + (_capital(text) if intro.endswith(". ") else text)
    text = _capital(text) + "."
    hinted = unclear is None or "examples" in text
    if not hinted and rng.random() < (0.5 if silent else 0.25):
        text = f"{text} {_pick(_HINTS, rng)}"
    return text


def forms(operation: Operation) -> int:
    """How many wordings the operation has, apart from objects and connectives."""
    count = 0
    for phrase in (*operation.verbs, *operation.nouns):
        ways = 1
        for part in _parsed(phrase):
            ways *= len(part)
        count += ways
    return count


def _clauses(steps: Sequence[Step], rng: Random, unclear: int | None, silent: bool) -> list[str]:
    clauses: list[str] = []
    carried = ""
    depth = 0
    for index, step in enumerate(steps):
        operation = step.operation
        last = index == len(steps) - 1
        refs = _LATER if index else _FIRST
        thing = carried or _pick(refs[operation.takes], rng)
        if index == unclear:
            if silent and len(steps) > 1:
                if carried:
                    clauses.append(f"take {carried}")
            elif operation.vague and not silent:
                clauses.append(_filled(_pick(operation.vague, rng), step, thing, rng))
            else:
                clauses.append(_pick(_UNKNOWN, rng).replace("$x", thing))
            carried, depth = "", 0
            continue
        if not last and index + 1 != unclear and depth < 2 and rng.random() < 0.35:
            carried = _filled(_pick(operation.nouns, rng), step, thing, rng)
            depth += 1
            continue
        verbs = [verb for verb in operation.verbs if "$x" in verb] if carried else operation.verbs
        if not verbs or rng.random() < (0.5 if last else 0.1):
            lead = _pick(_RETURN, rng) if last else "take"
            clauses.append(f"{lead} {_filled(_pick(operation.nouns, rng), step, thing, rng)}")
        else:
            clauses.append(_filled(_pick(verbs, rng), step, thing, rng))
        carried, depth = "", 0
    return clauses


def _joined(clauses: Sequence[str], rng: Random) -> str:
    if len(clauses) == 1:
        return clauses[0]
    between, before_last = _pick(_JOINS, rng)
    text = between.join(clauses[:-1]) + before_last + clauses[-1]
    return f"first {text}" if between == ", then " and rng.random() < 0.3 else text


def _filled(phrase: str, step: Step, thing: str, rng: Random) -> str:
    text = "".join([part[0] if len(part) == 1 else _pick(part, rng) for part in _parsed(phrase)])
    text = text.replace("  ", " ").strip().replace("$x", thing)
    if step.args:
        text = _with_value(text, "$k", step.args[0], rng)
        if "$j" in text:
            text = _with_value(text, "$j", step.args[-1], rng)
    return text


def _with_value(text: str, name: str, value: Value | None, rng: Random) -> str:
    if f"{name}-th" in text and isinstance(value, int) and value in _ORDINALS:
        text = text.replace(f"{name}-th", _pick(_ORDINALS[value], rng))
    return text.replace(name, _value(value, rng)) if name in text else text


def _value(value: Value | None, rng: Random) -> str:
    if value is None:
        return "k"
    chance = rng.random()
    if isinstance(value, int):
        return _NUMBERS[value] if 0 <= value <= 20 and chance < 0.25 else str(value)
    if value in _MARKS and chance < 0.4:
        return _MARKS[value]
    return f'"{value}"' if chance < 0.7 else f"'{value}'"


@cache
def _parsed(phrase: str) -> tuple[tuple[str, ...], ...]:
    parts = re.split(r"\[([^\]]*)\]", phrase)
    return tuple(
        tuple(part.split("|")) if index % 2 else (part,)
        for index, part in enumerate(parts)
        if part or index % 2
    )


def _capital(text: str) -> str:
    first = text[:1]
    return first.upper() + text[1:] if text[1:2].isalpha() else text


def _pick(options: Sequence[_T], rng: Random) -> _T:
    return options[int(rng.random() * len(options))]
