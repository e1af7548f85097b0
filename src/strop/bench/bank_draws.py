"""Draws of a lab model for a sample bank: each different text once, each different writing once."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

import numpy as np

from strop.bench.bank_file import Column, coarse
from strop.lab.speaker import Written

__all__ = ["BankPlan", "Speaks", "draw", "draw_columns", "rngs"]


@dataclass(frozen=True, slots=True)
class BankPlan:
    """How many problems, samples and generated-test replies a bank has, and how they are drawn."""

    world: str
    problems: int = 320
    samples: int = 128
    testers: int = 32
    votes: int = 4
    seed: int = 0
    temperature: float = 1.0
    max_tokens: int = 256


class Speaks(Protocol):
    """What a bank needs of a `Speaker`."""

    def ids(self, prompt: str) -> list[int]: ...

    def write(
        self,
        prompts: Sequence[str],
        rngs: Sequence[Sequence[Random]],
        max_tokens: int = 256,
        *,
        temperature: float = 1.0,
    ) -> list[list[Written]]: ...

    def chances(self, prompts: Sequence[str], words: Sequence[str]) -> Any: ...

    def step_scores(
        self, prompts: Sequence[str], solutions: Sequence[Sequence[str]]
    ) -> list[list[float]]: ...


def rngs(plan: BankPlan, problem: str, role: str, n: int) -> list[Random]:
    """Sources of chance that depend on seed, problem and role alone."""
    return [Random(f"{plan.seed} {problem} {role} {i}") for i in range(n)]


def draw(
    speaker: Speaks, prompt: str, plan: BankPlan, problem: str, role: str, n: int
) -> list[Written]:
    """`n` draws on one prompt."""
    chance = rngs(plan, problem, role, n)
    return speaker.write([prompt], [chance], plan.max_tokens, temperature=plan.temperature)[0]


def draw_columns(
    drawn: Sequence[Written], prefix: str = "", tokens: bool = True
) -> dict[str, Column]:
    """`text`: the different texts, sorted. `writing.*`: the different ways of tokens that were
    drawn, each with its text; two ways may have one text. `sample`: the writing of each draw."""
    texts = sorted({w.text for w in drawn})
    at = {text: i for i, text in enumerate(texts)}
    ways = sorted({(at[w.text], w.finish, w.pieces): w for w in drawn}.items(), key=lambda x: x[0])
    place = {key: i for i, (key, _) in enumerate(ways)}
    writings = [way for _, way in ways]
    logs = [p for w in writings for p in w.logprobs] if tokens else []
    columns: dict[str, Column] = {
        "text": texts,
        "writing.text": np.array([at[w.text] for w in writings], np.int16),
        "writing.stopped": np.array([w.finish == "stop" for w in writings], np.bool_),
        "writing.tokens": np.array([len(w.pieces) for w in writings], np.int16),
        "writing.logprob": np.array([sum(w.logprobs) for w in writings], np.float16),
        "writing.logprobs": coarse(np.array(logs, np.float64)),
        "sample": np.array([place[at[w.text], w.finish, w.pieces] for w in drawn], np.int16),
    }
    return {prefix + name: column for name, column in columns.items()}
