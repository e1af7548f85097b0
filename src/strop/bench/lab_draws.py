"""What policies write on training problems, with verdicts: what judges are trained on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from strop.bench.lab_samples import Asked, Work, policy_prompt
from strop.lab import minipy, sums
from strop.lab.drawn import Drawn, read_drawn
from strop.lab.recipes import Recipe

if TYPE_CHECKING:
    from strop.lab.speaker import Speaker

__all__ = ["record_draws"]

# No training pair of a policy is made from a seed as high.
_START = 20_000_000
_KEPT = 4
_AT_ONCE = 4


def record_draws(
    recipe: Recipe,
    speakers: Mapping[str, Speaker],
    path: Path,
    say: Callable[[str], None] = lambda line: None,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Append to `path` up to four right and four wrong different texts of each drawer on each of
    the recipe's training problems; goes on after the last problem there. False once stopped."""
    rows = read_drawn(path) if path.is_file() else []
    done = max((row.seed for row in rows), default=_START - 1)
    make: Any = minipy.problems if recipe.world == "minipy" else sums.problems
    todo = list(islice((p for p in make("train", recipe.draws, _START) if p.seed > done), None))
    asked = Asked("train", recipe.draws, recipe.each)
    with (
        Work(asked, recipe.world, stopped, say) as work,
        path.open("a", encoding="utf-8") as file,
    ):
        for part in work.parts("training problems drawn on", todo, _AT_ONCE):
            for name in recipe.drawers:
                rngs = [
                    [work.rng(name, problem.id, i) for i in range(recipe.each)] for problem in part
                ]
                prompts = [policy_prompt(recipe.world, problem) for problem in part]
                written = work.write(speakers[name], prompts, rngs)
                if written is None:
                    return False
                for problem, draws in zip(part, written, strict=True):
                    for row in _kept(work, problem, [draw.text for draw in draws]):
                        file.write(json.dumps(asdict(row)) + "\n")
            file.flush()
    return not stopped()


def _kept(work: Work, problem: Any, texts: list[str]) -> list[Drawn]:
    texts = sorted({text for text in texts if text.strip()})
    verdicts, right = work.verdicts(problem, texts)
    rows = [
        Drawn(problem.seed, text, good, getattr(verdict, "feedback", ""))
        for text, verdict, good in zip(texts, verdicts, right, strict=True)
    ]
    rng = Random(f"kept {problem.id}")
    kept: list[Drawn] = []
    for kind in (True, False):
        fit = [row for row in rows if row.right is kind]
        kept += rng.sample(fit, min(_KEPT, len(fit)))
    return kept
