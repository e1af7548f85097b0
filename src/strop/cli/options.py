"""Options that several commands share, with one wording."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from strop.core.ledger import Ledger
    from strop.sandbox.jobs import Limits
    from strop.sandbox.pool import Pool

__all__ = [
    "Cpu",
    "Debug",
    "Isolation",
    "IsolationOption",
    "Json",
    "LedgerOption",
    "Memory",
    "ModelOption",
    "Python",
    "Split",
    "SplitOption",
    "Wall",
    "limits_of",
    "open_ledger",
    "pairs",
    "pool_of",
]


class Isolation(StrEnum):
    """Which kernel layers a candidate runs under."""

    auto = "auto"
    strict = "strict"


class Split(StrEnum):
    """Whether the code under test is in another process than the tests."""

    auto = "auto"
    always = "always"
    never = "never"


Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")]
ModelOption = Annotated[
    list[str] | None,
    typer.Option(
        help="openai:NAME, embedded, lab:NAME or none; ROLE=SPEC for one role; several take turns. "
        "Default: openai: if OPENAI_API_KEY or OPENAI_BASE_URL is set, else embedded.",
    ),
]
Python = Annotated[
    Path | None, typer.Option(help="Interpreter that candidates run in (default: strop's own).")
]
IsolationOption = Annotated[
    Isolation, typer.Option(help="strict refuses where a kernel layer is missing.")
]
SplitOption = Annotated[
    Split, typer.Option(help="Keep the code under test in another process than its tests.")
]
LedgerOption = Annotated[
    Path | None, typer.Option(help="Folder of the ledger (default: STROP_LEDGER or user data).")
]
Cpu = Annotated[float, typer.Option(help="CPU seconds a candidate may use.")]
Wall = Annotated[float, typer.Option(help="Wall seconds a candidate may take.")]
Memory = Annotated[int, typer.Option(help="Memory a candidate may use, in MiB.")]


def pool_of(python: Path | None, isolation: Isolation) -> Pool:
    """A pool as the options say. Raises `BadInput` for an interpreter that is not there."""
    from strop.core.errors import BadInput
    from strop.sandbox.pool import Pool

    if python is not None and not python.is_file():
        raise BadInput(
            f"--python {python}: no such file. Name an interpreter, like .venv/bin/python."
        )
    return Pool(python=str(python) if python else None, isolation=isolation.value)


def limits_of(cpu: float, wall: float, memory: int) -> Limits:
    """Limits as the options say. Raises `BadInput` out of range."""
    from strop.sandbox.jobs import Limits

    return Limits(cpu_seconds=cpu, wall_seconds=wall, memory_mb=memory)


def open_ledger(folder: Path | None) -> Ledger:
    """The ledger in a folder, or the default one."""
    from strop.core.ledger import Ledger
    from strop.session import default_ledger

    return Ledger(folder / "ledger.db" if folder else default_ledger())


def pairs(settings: Sequence[str]) -> dict[str, str]:
    """Options `--set key=value` as a table. Raises `BadInput`."""
    from strop.core.errors import BadInput

    found: dict[str, str] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise BadInput(f"--set {text!r}: write it as key=value, for example --set n=8.")
        found[key.strip()] = value.strip()
    return found
