"""`strop lab`: the small worlds, and how their models are trained."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from strop.cli.lab_bank import bank
from strop.cli.lab_eval import eval_
from strop.cli.options import Debug, Json

if TYPE_CHECKING:
    from strop.lab.recipes import Recipe

__all__ = ["app"]

app = typer.Typer(
    help="Small worlds with exact verifiers, and small models trained on them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_(json_: Json = False, debug: Debug = False) -> int:
    """The worlds, and the models that ship with strop.

    A problem of a world is a task, and a model a model:

      strop solve lab:minipy/test#17 --model lab:minipy
    """
    from strop.lab.recipes import RECIPES
    from strop.lab.weights import shipped
    from strop.models.lab import ALIASES
    from strop.tasks.lab_tasks import WORLDS

    rows = [
        {
            "name": recipe.name,
            "world": recipe.world,
            "roles": dict(recipe.mix),
            "width": recipe.width,
            "layers": recipe.layers,
            "steps": recipe.steps,
            "ships": recipe.name in shipped(),
        }
        for recipe in RECIPES.values()
    ]
    if json_:
        print(json.dumps({"worlds": WORLDS, "models": rows, "aliases": ALIASES}))
        return 0
    for world, what in WORLDS.items():
        print(f"world  {world:<12} {what}")
    for row in rows:
        roles = ", ".join(row["roles"])
        here = "" if row["ships"] else " (no weights here: strop lab train)"
        print(f"model  {row['name']:<12} {row['layers']} layers of {row['width']}; {roles}{here}")
    print(f"other names of these: {', '.join(ALIASES)}")
    return 0


@app.command("train")
def train(
    name: Annotated[str, typer.Argument(help="A model of strop lab list.")],
    out: Annotated[Path, typer.Option(help="Folder of checkpoints and model.")],
    hours: Annotated[
        float | None, typer.Option(help="Stop after so many hours; a later call goes on.", min=0)
    ] = None,
    threads: Annotated[int, typer.Option(help="Processor threads.", min=1)] = 2,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Train a lab model from scratch, or go on from the last checkpoint in --out.

    A judge begins with its policy's weights and learns from what the policies write: both are
    looked for beside --out, then among those that ship.

    Example:

      strop lab train minipy --out runs/minipy --hours 2
    """
    from strop.core.errors import ToolUnavailable
    from strop.lab.recipes import recipe

    chosen = recipe(name)
    try:
        from strop.lab.training import train as run

        if chosen.draws:
            _draw(chosen, out)
        folder = run(chosen, out, hours, threads)
    except ImportError as error:
        raise ToolUnavailable(f"training needs {error.name}: pip install 'strop[train]'") from error
    print(json.dumps({"model": str(folder)}) if json_ else f"model in {folder}")
    return 0


def _draw(chosen: Recipe, out: Path) -> None:
    from strop.bench.lab_draws import record_draws
    from strop.lab.training import DRAWS
    from strop.lab.weights import load

    beside = {name: out.parent / name / "model" for name in chosen.drawers}
    speakers = {
        name: load(name, folder if (folder / "config.json").is_file() else None)
        for name, folder in beside.items()
    }
    out.mkdir(parents=True, exist_ok=True)
    record_draws(chosen, speakers, out / DRAWS, lambda line: print(f"  {line}", file=sys.stderr))


app.command("eval")(eval_)


app.command("bank")(bank)
