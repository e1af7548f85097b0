"""`strop doctor`: what is installed, which isolation this machine allows, what to install."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import sys
from typing import Any

from strop.cli.options import Debug, Isolation, Json, LedgerOption, Python, open_ledger, pool_of

__all__ = ["doctor"]

_EXTRAS = {
    "local": ("xllamacpp", "the embedded model"),
    "math": ("math_verify", "symbolic equality of answers"),
    "torch": ("torch", "networks"),
    "serve": ("starlette", "the server"),
    "ray": ("ray", "many machines"),
}
_TOOLS = ("cc", "c++", "node", "java")


def doctor(
    python: Python = None, ledger: LedgerOption = None, json_: Json = False, debug: Debug = False
) -> int:
    """Say what works here, which isolation layers are active, and what to install for the rest."""
    import asyncio

    row = {
        "python": platform.python_version(),
        "candidates_run_in": str(python or sys.executable),
        "isolation": asyncio.run(_layers(python)),
        "extras": _extras(),
        "models": _models(),
        "toolchains": {tool: shutil.which(tool) for tool in _TOOLS},
        "ledger": _ledger(ledger),
        "families": _families(),
    }
    print(json.dumps(row, ensure_ascii=False)) if json_ else _print(row)
    return 0


async def _layers(python: Any) -> list[dict[str, Any]]:
    pool = pool_of(python, Isolation.auto)
    try:
        return [
            {"layer": layer.name, "active": layer.active, "reason": layer.reason}
            for layer in await pool.layers()
        ]
    finally:
        await pool.aclose()


def _extras() -> list[dict[str, Any]]:
    return [
        {
            "extra": extra,
            "for": purpose,
            "installed": importlib.util.find_spec(module) is not None,
            "install": f"pip install 'strop[{extra}]'",
        }
        for extra, (module, purpose) in _EXTRAS.items()
    ]


def _models() -> dict[str, Any]:
    from strop.models.weights import embedded_path

    weights = embedded_path()
    return {
        "endpoint": os.environ.get("OPENAI_BASE_URL")
        or ("the default endpoint" if os.environ.get("OPENAI_API_KEY") else None),
        "embedded_weights": str(weights) if weights else None,
    }


def _ledger(folder: Any) -> dict[str, Any]:
    from strop.core.errors import LedgerUnusable

    ledger = open_ledger(folder)
    try:
        runs = len(ledger.runs())
    except LedgerUnusable as error:
        return {"path": str(ledger.path), "usable": False, "reason": str(error)}
    return {"path": str(ledger.path), "usable": True, "runs": runs}


def _families() -> dict[str, int]:
    from strop.core.card import catalogue

    counts: dict[str, int] = {}
    for entry in catalogue().values():
        counts[entry.family] = counts.get(entry.family, 0) + 1
    return counts


def _print(row: dict[str, Any]) -> None:
    print(f"python      {row['python']}; candidates run in {row['candidates_run_in']}")
    for layer in row["isolation"]:
        standing = "active" if layer["active"] else f"MISSING: {layer['reason']}"
        print(f"isolation   {layer['layer']:<20} {standing}")
    for extra in row["extras"]:
        standing = "installed" if extra["installed"] else extra["install"]
        print(f"extra       {extra['extra']:<20} {standing} ({extra['for']})")
    models = row["models"]
    print(f"endpoint    {models['endpoint'] or 'none: set OPENAI_API_KEY or OPENAI_BASE_URL'}")
    print(f"embedded    {models['embedded_weights'] or 'none: strop models install embedded'}")
    for tool, path in row["toolchains"].items():
        print(f"toolchain   {tool:<20} {path or 'not found'}")
    ledger = row["ledger"]
    print(f"ledger      {ledger['path']}: {'usable' if ledger['usable'] else ledger['reason']}")
    print(f"methods     {', '.join(f'{n} {f}' for f, n in row['families'].items())}")
