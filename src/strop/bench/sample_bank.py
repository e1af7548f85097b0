"""Recorded samples of lab models on test problems, with verdicts: selection, stopping and
allocation of samples are studied on them without a model."""

# pyright: reportMissingImports=false
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from strop.bench.bank_file import Array, read_bank
from strop.core.errors import BadInput, ToolUnavailable

__all__ = ["WORLDS", "Bank", "BankProblem", "BankSample", "BankStep", "BankTest", "load_bank"]

WORLDS = ("minipy", "sums")
FOLDER = Path(__file__).parent / "data" / "bank"
_VOTES: Mapping[int, bool | None] = {-1: None, 0: False, 1: True}


@dataclass(frozen=True, slots=True)
class BankStep:
    """A step of a solution: the process reward in 0 to 1 (NaN where it was not read), and whether
    a right answer can still follow it."""

    score: float
    good: bool


@dataclass(frozen=True, slots=True, eq=False)
class BankSample:
    """One draw. `text` is number `distinct` of the problem's different texts. `logprob` is the sum
    over its `tokens`; `logprobs` (tokens,) are rounded to 3%, and empty for `sums-small`. `group`
    is equal for samples that vote together: programs with equal outputs on the hidden inputs,
    solutions with equal answers; -1 without an answer. `score` is the judge's or outcome reward
    model's P(right), NaN where there is none.

    Of minipy: `visible`, whether the visible cases pass; `right` means all cases. Of sums:
    `answer`, `steps`, and the verifier's `votes`, None for one that says neither.
    """

    text: str
    distinct: int
    right: bool
    logprob: float
    logprobs: Array
    tokens: int
    finish: Literal["stop", "length"]
    group: int
    score: float = math.nan
    visible: bool = False
    answer: str | None = None
    steps: tuple[BankStep, ...] = ()
    votes: tuple[bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class BankTest:
    """A generated test: `f(*args) == expected`, both as Python text. `valid`: the arguments are of
    the problem's kind and the reference takes them; `right`: it returns what is expected."""

    args: str
    expected: str
    valid: bool
    right: bool


@dataclass(frozen=True, slots=True, eq=False)
class BankProblem:
    """`id` as `minipy.get` and `sums.get` know it. `samples` in the order drawn; `small` are those
    of `sums-small`. Of minipy: `tests` are the different generated ones, `testers` each reply's
    text and which tests it holds, and `passes[sample.distinct, test]` who passes which."""

    id: str
    difficulty: int
    samples: tuple[BankSample, ...]
    small: tuple[BankSample, ...] = ()
    tests: tuple[BankTest, ...] = ()
    testers: tuple[tuple[str, tuple[int, ...]], ...] = ()
    passes: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """`header` says how it was made: seed, temperature, models with their digests, date, strop's
    version and the command."""

    world: str
    header: Mapping[str, Any]
    problems: tuple[BankProblem, ...]


def load_bank(world: str, path: Path | None = None) -> Bank:
    """The bank that ships for a world, or the one in a file. Raises `BadInput` for an unknown
    world or an unreadable file, `ToolUnavailable` where none ships."""
    if world not in WORLDS:
        raise BadInput(f"no sample bank {world!r}. There are: {', '.join(WORLDS)}.")
    place = path or FOLDER / f"{world}.bank"
    if path is None and not place.is_file():
        raise ToolUnavailable(
            f"no sample bank of {world} ships with this strop; to build one: "
            f"strop lab bank {world} --out {world}.bank"
        )
    header, parts = read_bank(place)
    if header.get("world") != world:
        raise BadInput(f"{place} is a sample bank of {header.get('world')}, not of {world}.")
    make = _minipy if world == "minipy" else _sums
    try:
        return Bank(world, header, tuple(make(part) for part in parts))
    except (KeyError, IndexError, ValueError) as error:
        raise BadInput(f"{place}: the bank is damaged ({error}); build it again.") from error


def _minipy(part: Mapping[str, Any]) -> BankProblem:
    judge, visible, hidden = (part[name].tolist() for name in ("judge", "visible", "hidden"))
    behaviour = part["behaviour"].tolist()
    extra = [
        {
            "right": visible[i] and hidden[i],
            "visible": visible[i],
            "group": behaviour[i],
            "score": judge[i],
        }
        for i in range(len(judge))
    ]
    tests = tuple(
        map(
            BankTest,
            part["test.args"],
            part["test.expected"],
            part["test.valid"].tolist(),
            part["test.right"].tolist(),
        )
    )
    held = _split(part["tester.test"].tolist(), part["tester.tests"].tolist())
    replies = [(text, tuple(own)) for text, own in zip(part["tester.text"], held, strict=True)]
    shape = (len(judge), len(tests))
    bits = np.unpackbits(part["passes"], count=shape[0] * shape[1])
    return BankProblem(
        part["id"][0],
        int(part["difficulty"][0]),
        _samples(part, "", extra),
        tests=tests,
        testers=tuple(replies[i] for i in part["tester.sample"].tolist()),
        passes=bits.reshape(shape).astype(np.bool_),
    )


def _sums(part: Mapping[str, Any]) -> BankProblem:
    both = zip(part["step.score"].tolist(), part["step.good"].tolist(), strict=True)
    steps = _split([BankStep(*step) for step in both], part["steps"].tolist())
    votes = part["votes"].reshape(len(steps), -1).tolist() if steps else []
    extra = [
        {
            **told,
            "score": score,
            "steps": tuple(own),
            "votes": tuple(_VOTES[vote] for vote in cast),
        }
        for told, score, own, cast in zip(
            _answers(part, ""), part["orm"].tolist(), steps, votes, strict=True
        )
    ]
    return BankProblem(
        part["id"][0],
        int(part["difficulty"][0]),
        _samples(part, "", extra),
        _samples(part, "small.", _answers(part, "small.")),
    )


def _answers(part: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    groups: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for text, right in zip(part[f"{prefix}answer"], part[f"{prefix}right"].tolist(), strict=True):
        none = text == "\t"
        group = -1 if none else groups.setdefault(text, len(groups))
        rows.append({"right": right, "answer": None if none else text, "group": group})
    return rows


def _samples(
    part: Mapping[str, Any], prefix: str, extra: Sequence[Mapping[str, Any]]
) -> tuple[BankSample, ...]:
    texts, logs = part[f"{prefix}text"], part[f"{prefix}writing.logprobs"]
    which, tokens, logprob, stopped = (
        part[f"{prefix}writing.{name}"].tolist()
        for name in ("text", "tokens", "logprob", "stopped")
    )
    ways: list[BankSample] = []
    begin = 0
    for text, count, total, stop in zip(which, tokens, logprob, stopped, strict=True):
        ways.append(
            BankSample(
                text=texts[text],
                distinct=text,
                logprob=total,
                logprobs=logs[begin : begin + count],
                tokens=count,
                finish="stop" if stop else "length",
                **extra[text],
            )
        )
        begin += count
    return tuple(ways[i] for i in part[f"{prefix}sample"].tolist())


def _split(rows: list[Any], counts: Sequence[int]) -> list[list[Any]]:
    out: list[list[Any]] = []
    begin = 0
    for count in counts:
        out.append(rows[begin : begin + count])
        begin += count
    return out
