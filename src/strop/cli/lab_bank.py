"""`strop lab bank`: look at the recorded samples that ship, or record new ones."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from strop.cli.options import Debug, Json

if TYPE_CHECKING:
    from strop.bench.bank_draws import BankPlan

__all__ = ["bank"]


def bank(
    world: Annotated[str, typer.Argument(help="minipy or sums.")],
    problems: Annotated[int, typer.Option(help="Test problems.", min=1)] = 320,
    samples: Annotated[int, typer.Option(help="Samples a problem.", min=1, max=1024)] = 128,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    temperature: Annotated[float, typer.Option(help="Of every draw.", min=0)] = 1.0,
    out: Annotated[Path | None, typer.Option(help="Build a bank into this file.")] = None,
    work: Annotated[
        Path | None,
        typer.Option(help="Folder of what is done; a later call goes on (default: OUT.work)."),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FOLDER: a model's weights instead of those that ship."),
    ] = None,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """What a bank of recorded samples holds; with --out, build one first.

    Example:

      strop lab bank sums --out sums.bank --problems 20
    """
    from strop.bench.bank_draws import BankPlan
    from strop.bench.bank_summary import summary
    from strop.bench.sample_bank import WORLDS, load_bank
    from strop.core.errors import BadInput

    if world not in WORLDS:
        raise BadInput(f"no sample bank {world!r}. There are: {', '.join(WORLDS)}.")
    if out is not None:
        plan = BankPlan(world, problems, samples, seed=seed, temperature=temperature)
        _build(plan, out, work or out.with_name(f"{out.name}.work"), weights or [])
    loaded = load_bank(world, out)
    told = summary(loaded)
    if json_:
        print(json.dumps({**told, "header": loaded.header}))
        return 0
    for key, value in told.items():
        print(f"{key:<18} {value:.3f}" if isinstance(value, float) else f"{key:<18} {value}")
    for name, digest in loaded.header["models"].items():
        print(f"{'model':<18} {name} {digest[:12]}")
    print(f"{'made':<18} {loaded.header['date']} by strop {loaded.header['version']}")
    return 0


def _build(plan: BankPlan, out: Path, work: Path, told: list[str]) -> None:
    from datetime import UTC, datetime

    from strop import __version__
    from strop.bench.bank_build import MODELS, build_bank
    from strop.cli.options import pairs
    from strop.core.errors import BadInput
    from strop.lab.weights import FOLDER, load

    names = MODELS[plan.world]
    folders = {name: Path(folder) for name, folder in pairs(told).items()}
    for name, folder in folders.items():
        if name not in names:
            raise BadInput(f"--weights {name}: a bank of {plan.world} uses {', '.join(names)}.")
        if not (folder / "model.safetensors").is_file():
            raise BadInput(f"--weights {name}={folder}: there is no model.safetensors.")
    speakers = {name: load(name, folders.get(name)) for name in names}
    digests = {name: _digest(folders.get(name, FOLDER / name)) for name in names}
    header: dict[str, Any] = {
        "models": digests,
        "date": datetime.now(UTC).date().isoformat(),
        "version": __version__,
        "command": " ".join(["strop", *sys.argv[1:]]),
    }

    def heard(line: str) -> None:
        end = "\r" if sys.stderr.isatty() else "\n"
        print(f"strop lab bank: {line}  ", end=end, file=sys.stderr, flush=True)

    try:
        build_bank(plan, speakers, header, work, out, heard)
    except KeyboardInterrupt:
        print(f"\nstrop lab bank: what is done is in {work}", file=sys.stderr)
        raise
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
