"""What a model's tokens cost: a table that ships with strop, and the user's own before it."""

from __future__ import annotations

import fnmatch
import math
import os
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from strop.core.errors import BadInput
from strop.core.model import Price

__all__ = ["price_of", "user_prices_file"]

Table = Mapping[str, Price]


def price_of(model: str, environ: Mapping[str, str] | None = None) -> Price | None:
    """The price of a model by its name (`gpt-4o-mini`, `openai/gpt-4o-mini`); None if unknown.

    The user's file counts before strop's. Raises `BadInput` naming its file and key if that is
    not a table `[prices]` of patterns with two prices each, US dollars per million tokens >= 0.
    """
    path = user_prices_file(os.environ if environ is None else environ)
    tables: list[Table] = []
    try:
        tables.append(_read(path.read_text(encoding="utf-8"), str(path)))
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})") from error
    shipped = resources.files("strop.models") / "prices.toml"
    tables.append(_read(shipped.read_text(encoding="utf-8"), "strop's prices.toml"))
    names = (model.lower(), model.lower().rpartition("/")[2])
    for table in tables:
        for name in names:
            fitting = [p for p in table if fnmatch.fnmatchcase(name, p.lower())]
            if fitting:
                return table[max(fitting, key=len)]
    return None


def user_prices_file(environ: Mapping[str, str]) -> Path:
    """`STROP_PRICES`, else `prices.toml` in the user's configuration folder."""
    override = environ.get("STROP_PRICES")
    if override:
        return Path(override)
    from platformdirs import user_config_dir

    return Path(user_config_dir("strop")) / "prices.toml"


def _read(text: str, origin: str) -> Table:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{origin}: not TOML: {error}") from error
    rows = data.get("prices")
    if not isinstance(rows, dict) or len(data) != 1:
        found = ", ".join(map(repr, data)) or "nothing"
        raise BadInput(f"{origin}: must hold one table [prices]. Got {found} instead.")
    return {pattern: _price(origin, pattern, row) for pattern, row in rows.items()}


def _price(origin: str, pattern: str, row: object) -> Price:
    if (
        isinstance(row, list)
        and len(row) == 2
        and all(type(n) in (int, float) and math.isfinite(n) and n >= 0 for n in row)
    ):
        return Price(float(row[0]), float(row[1]))
    raise BadInput(
        f"{origin}: [prices] {pattern!r} must be two prices [prompt, completion] in US dollars "
        f"per million tokens, each >= 0. Got {row!r} instead."
    )
