"""A lab model measured on a split of its world, role by role, into one JSON-able report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strop.bench import lab_eval_judges as judges
from strop.bench import lab_eval_policies as policies
from strop.bench.lab_samples import Asked, Work, chosen, rows
from strop.core.errors import BadInput
from strop.lab.recipes import RECIPES, Recipe, recipe

if TYPE_CHECKING:
    from strop.lab.speaker import Speaker

__all__ = ["Asked", "evaluate", "folder_of", "policy_of"]

_SPLITS = ("train", "validation", "test")
_POLICY = {"minipy": "writer", "sums": "policy"}


def evaluate(
    name: str,
    asked: Asked,
    *,
    weights: Path | None = None,
    policy: str | None = None,
    stopped: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Every role of the model, on samples of itself or of `policy`. Once `stopped`, what is
    measured so far, with `complete` false. Raises `BadInput` for an unknown name or split,
    `ToolUnavailable` where an extra is missing."""
    _check(asked)
    made = recipe(name)
    writer = policy_of(made, policy)
    speaker = _load(name, folder_of(name, weights))
    drawn = speaker if writer == name else _load(writer, folder_of(writer, weights, other=name))
    started = time.monotonic()
    report: dict[str, Any] = {
        "model": name,
        "world": made.world,
        "policy_model": writer,
        "split": asked.split,
        "samples": asked.samples,
        "temperature": asked.temperature,
        "seed": asked.seed,
        "complete": False,
    }
    with Work(asked, made.world, stopped, say) as work:
        found = rows(work, drawn)
        speed = work.tokens / work.seconds if work.seconds else None
        report["problems"] = len(found)
        report["tokens_per_second"] = speed
        report["policy"] = policies.policy(found, asked.seed)
        items = chosen(work, found)
        problems = [row.problem for row in found]
        measures: dict[tuple[str, str], Callable[[], dict[str, Any] | None]] = {
            ("minipy", "reviser"): lambda: policies.revisers(work, speaker, drawn, found),
            ("minipy", "tester"): lambda: policies.testers(work, speaker, problems),
            ("minipy", "judge"): lambda: judges.minipy_judge(work, speaker, items),
            ("sums", "reviser"): lambda: policies.revisers(work, speaker, drawn, found),
            ("sums", "prm"): lambda: judges.prm(work, speaker, items),
            ("sums", "orm"): lambda: judges.orm(work, speaker, items),
            ("sums", "verifier"): lambda: judges.verifier(work, speaker, items),
            ("sums", "judge"): lambda: judges.step_judge(work, speaker, items),
        }
        for role in made.mix:
            measure = measures.get((made.world, role))
            if measure is not None and not stopped():
                report[role] = measure()
    report["complete"] = not stopped()
    report["seconds"] = round(time.monotonic() - started, 1)
    return report


def policy_of(made: Recipe, policy: str | None) -> str:
    """The model that writes the samples: the one named, else the model itself if it has the role,
    else the model named as its world. Raises `BadInput` for one that does not write them."""
    role = _POLICY[made.world]
    if policy is None:
        return made.name if role in made.mix else made.world
    fit = [each.name for each in RECIPES.values() if each.world == made.world and role in each.mix]
    if policy not in fit:
        raise BadInput(
            f"--policy {policy}: no policy of {made.world}. There are: {', '.join(fit)}."
        )
    return policy


def folder_of(name: str, weights: Path | None, other: str | None = None) -> Path | None:
    """Where a model's weights are: `weights/name`, or `weights` itself unless it holds the model
    `other`; None for those that ship with strop. Raises `BadInput` where there are none."""
    from strop.lab.weights import shipped

    if weights is not None:
        places = [weights / name] if other else [weights / name, weights]
        for place in places:
            if (place / "config.json").is_file():
                return place
        if not other:
            raise BadInput(f"--weights {weights}: no config.json there nor in {weights / name}.")
    if name not in shipped():
        raise BadInput(
            f"lab:{name} has no weights here. Train it with strop lab train {name} and name their "
            f"folder with --weights."
        )
    return None


def _check(asked: Asked) -> None:
    if asked.split not in _SPLITS:
        raise BadInput(f"--split {asked.split}: no such split. There are: {', '.join(_SPLITS)}.")
    if asked.problems < 1 or asked.samples < 1:
        raise BadInput("--problems and --samples must be 1 or more.")
    if not 0 <= asked.temperature < float("inf"):
        raise BadInput(f"--temperature must be 0 or more. Got {asked.temperature} instead.")


def _load(name: str, folder: Path | None) -> Speaker:
    from strop.lab.weights import load

    return load(name, folder)
