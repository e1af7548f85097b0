"""The weights that ship with strop, checked before they are used."""

# pyright: reportMissingImports=false
from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from strop.core.errors import BadInput, ToolUnavailable
from strop.lab.speaker import Speaker

__all__ = ["FOLDER", "card", "load", "shipped"]

FOLDER = Path(__file__).parent / "shipped"


def shipped() -> list[str]:
    """The names of the models whose weights are here."""
    return sorted(path.parent.name for path in FOLDER.glob("*/card.json"))


def card(name: str) -> dict[str, Any]:
    """How a model was made and what it reached, as in its `card.json`. Raises `BadInput`."""
    if name not in shipped():
        raise BadInput(f"no lab model {name!r}. There are: {', '.join(shipped())}.")
    return json.loads((FOLDER / name / "card.json").read_text("utf-8"))


@cache
def load(name: str, folder: Path | None = None) -> Speaker:
    """The model of a name, once a process; `folder` holds one that does not ship, and it is not
    checked. Raises `BadInput` for an unknown name, `ToolUnavailable` where the extra is missing or
    a file is not the one that was shipped."""
    place = folder or FOLDER / name
    if folder is None:
        for file, digest in card(name)["sha256"].items():
            if not (place / file).is_file():
                raise ToolUnavailable(f"lab:{name}: {file} is missing: install strop again.")
            found = hashlib.sha256((place / file).read_bytes()).hexdigest()
            if found != digest:
                raise ToolUnavailable(
                    f"lab:{name}: {file} is damaged (sha256 {found[:12]}, not {digest[:12]}): "
                    "install strop again."
                )
    try:
        from tokenizers import Tokenizer

        from strop.lab.llama import Llama

        llama = Llama.load(place)
    except ImportError as error:
        raise ToolUnavailable(f"lab models need {error.name}: pip install 'strop[lab]'") from error
    return Speaker(name, llama, Tokenizer.from_file(str(place / "tokenizer.json")))
