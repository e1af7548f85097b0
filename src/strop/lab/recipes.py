"""How each lab model is made: world, roles, size, steps. `strop lab train NAME` follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from strop.core.errors import BadInput

__all__ = ["RECIPES", "Recipe", "recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`mix` are shares of roles among the training pairs; `width`, `layers`, `heads`, `inner` and
    `vocabulary` the model's size; `batch_tokens` a step, `steps` in all, of which the last `decay`
    lower the learning rate to nothing. `begin` names a model whose weights it starts from. The
    models named `drawers` first write `each` texts on each of `draws` training problems, and what
    is learned is to judge those."""

    name: str
    world: str
    mix: Mapping[str, float] = field(default_factory=dict[str, float])
    width: int = 192
    layers: int = 6
    heads: int = 6
    inner: int = 512
    vocabulary: int = 1024
    context: int = 512
    batch_tokens: int = 4096
    steps: int = 4000
    decay: int = 1000
    warmup: int = 150
    rate: float = 2e-3
    seed: int = 0
    begin: str | None = None
    drawers: tuple[str, ...] = ()
    draws: int = 0
    each: int = 12


_MINIPY = {
    "writer": 0.62,
    "tester": 0.28,
    # Without these two a model of this size does not learn to copy numbers for a long time.
    "quote": 0.06,
    "echo": 0.04,
}
_MINIPY_JUDGES = {"verdict": 0.4, "judge": 0.15, "reviser": 0.45}
_SUMS = {"policy": 0.85, "reviser": 0.15}
_SUMS_JUDGES = {"prm": 0.3, "orm": 0.2, "verifier": 0.25, "judge": 0.1, "reviser": 0.15}

RECIPES: Mapping[str, Recipe] = {
    r.name: r
    for r in (
        Recipe("minipy", "minipy", _MINIPY, steps=4600, decay=1200),
        Recipe(
            "minipy-judge",
            "minipy",
            _MINIPY_JUDGES,
            steps=1400,
            decay=700,
            rate=1e-3,
            begin="minipy",
            drawers=("minipy",),
            draws=2400,
        ),
        Recipe("sums", "sums", _SUMS, vocabulary=384, steps=3600, decay=1000),
        Recipe(
            "sums-small",
            "sums",
            {"policy": 1.0},
            width=96,
            layers=4,
            heads=3,
            inner=256,
            vocabulary=384,
            steps=1800,
            decay=500,
        ),
        Recipe(
            "sums-judge",
            "sums",
            _SUMS_JUDGES,
            vocabulary=384,
            steps=1400,
            decay=600,
            rate=1e-3,
            begin="sums",
            drawers=("sums", "sums-small"),
            draws=1600,
        ),
    )
}


def recipe(name: str) -> Recipe:
    """The recipe of a model. Raises `BadInput` naming those that exist."""
    if name not in RECIPES:
        raise BadInput(f"no lab model {name!r}. There are: {', '.join(RECIPES)}.")
    return RECIPES[name]
