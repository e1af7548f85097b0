"""`strop models`: which models this machine can use, and the embedded one's weights."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

import typer

from strop.cli.options import Debug, Json

__all__ = ["app"]

app = typer.Typer(help="List and install models.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(json_: Json = False, debug: Debug = False) -> int:
    """Show which models are ready, and where prices are read from."""
    import importlib.util

    from strop.models.prices import user_prices_file
    from strop.models.weights import embedded_path

    endpoint = os.environ.get("OPENAI_BASE_URL") or (
        "the default endpoint" if os.environ.get("OPENAI_API_KEY") else ""
    )
    runtime = importlib.util.find_spec("xllamacpp") is not None
    weights = embedded_path()
    embedded = str(weights or "strop models install embedded")
    rows: list[dict[str, Any]] = [
        {
            "spec": "openai:NAME",
            "ready": bool(endpoint),
            "detail": endpoint or "set OPENAI_API_KEY or OPENAI_BASE_URL",
        },
        {
            "spec": "embedded",
            "ready": runtime and weights is not None,
            "detail": embedded if runtime else "pip install 'strop[local]', then " + embedded,
        },
        {
            "spec": "lab:NAME",
            "ready": importlib.util.find_spec("tokenizers") is not None,
            "detail": "small models for experiments: strop lab list; pip install 'strop[lab]'",
        },
        {"spec": "none", "ready": True, "detail": "search operators only"},
    ]
    prices = str(user_prices_file(os.environ))
    if json_:
        print(json.dumps({"models": rows, "prices": prices}, ensure_ascii=False))
        return 0
    for row in rows:
        print(f"{row['spec']:<12} {'ready' if row['ready'] else 'not ready':<10} {row['detail']}")
    print(f"your own prices (US dollars a million tokens): {prices}")
    return 0


@app.command("install")
def install(
    name: Annotated[str, typer.Argument(help="embedded: SmolLM2-135M-Instruct, 98 MB.")],
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Fetch the embedded model's weights into the user's cache and check their hash."""
    from strop.core.errors import BadInput
    from strop.models.weights import install_embedded

    if name != "embedded":
        raise BadInput(f"no model {name!r} to install. There is: embedded.")
    path = install_embedded(_show if sys.stderr.isatty() else None)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(json.dumps({"model": "embedded", "path": str(path)}) if json_ else f"installed {path}")
    return 0


def _show(done: int, total: int) -> None:
    print(f"\rfetching weights: {done / 1e6:.0f} of {total / 1e6:.0f} MB", end="", file=sys.stderr)
