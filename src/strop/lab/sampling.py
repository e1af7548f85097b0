"""Draws from a lab model, and the probabilities that it gives to a text."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from strop.lab.llama import Array, Cache, Llama

__all__ = ["Draw", "log_softmax", "sample"]

_KEPT = 0.8
"""Rows that are done are dropped once fewer than this share go on."""


@dataclass(slots=True)
class Draw:
    """One row: the prompt that it follows, its own source of chance, and what it wrote. `done`
    tells that it ended (by the end token or by `stop`) and was not cut off."""

    prompt: int
    rng: Random
    tokens: list[int] = field(default_factory=list[int])
    logprobs: list[float] = field(default_factory=list[float])
    top: list[list[tuple[int, float]]] = field(default_factory=list[Any])
    done: bool = False


def sample(
    llama: Llama,
    prompts: Sequence[Sequence[int]],
    draws: Sequence[Draw],
    most: Sequence[int],
    end: int,
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
    alternatives: int = 0,
    stop: Callable[[int], bool] = lambda row: False,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Write up to `most[row]` tokens into each draw, all rows together. `stop(row)` is asked after
    each token. Log-probabilities are the model's own, before temperature and top_p; a temperature
    of 0 takes the likeliest token. Returns early, with what there is, once `cancelled`."""
    read = llama.read(prompts)
    cache = Cache.after(read, [draw.prompt for draw in draws])
    rows = list(range(len(draws)))
    hidden = read.last()[cache.of]
    while rows and not cancelled():
        logs = log_softmax(llama.logits(hidden))
        chosen = _chosen(logs, [draws[row].rng for row in rows], temperature, top_p)
        going: list[int] = []
        for at, row in enumerate(rows):
            draw, token = draws[row], int(chosen[at])
            if draw.done or len(draw.tokens) >= most[row]:
                continue
            draw.tokens.append(token)
            draw.logprobs.append(float(logs[at, token]))
            if alternatives:
                best = np.argsort(logs[at])[::-1][:alternatives]
                draw.top.append([(int(i), float(logs[at, i])) for i in best])
            draw.done = token == end or stop(row)
            if not draw.done and len(draw.tokens) < most[row]:
                going.append(at)
        if not going:
            return
        if len(going) < _KEPT * len(rows):
            kept = np.array(going)
            cache.keep(kept)
            rows, chosen = [rows[at] for at in going], chosen[kept]
        hidden = llama.step(chosen, cache)


def log_softmax(logits: Array) -> Array:
    """Over the last axis."""
    logits = logits - logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def _chosen(logs: Array, rngs: Sequence[Random], temperature: float, top_p: float) -> Array:
    """By inversion, one number of each row's own source: a row draws the same beside others."""
    if temperature <= 0:
        return logs.argmax(-1)
    weights = np.exp(logs if temperature == 1 else logs / np.float32(temperature))
    if top_p < 1:
        weights = _nucleus(weights, top_p)
    sums = np.cumsum(weights, -1, dtype=np.float64)
    marks = np.array([rng.random() for rng in rngs]) * sums[:, -1]
    return np.minimum((sums <= marks[:, None]).sum(-1), logs.shape[-1] - 1)


def _nucleus(weights: Array, top_p: float) -> Array:
    """Keeps the fewest likeliest tokens that have a share of `top_p` together."""
    order = np.argsort(-weights, axis=-1, kind="stable")
    ranked = np.take_along_axis(weights, order, -1)
    before = np.cumsum(ranked, -1) - ranked
    ranked[before >= top_p * ranked.sum(-1, keepdims=True)] = 0
    kept = np.zeros_like(weights)
    np.put_along_axis(kept, order, ranked, -1)
    return kept
