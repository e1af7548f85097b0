"""`[tool.strop]` in pyproject.toml: defaults for the options of every command."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from strop.core.errors import BadInput

__all__ = ["read_defaults"]


def read_defaults(file: Path, command: Any) -> dict[str, Any]:
    """A click default map. Raises `BadInput` for a key that is no option of any command."""
    if "[tool.strop]" not in file.read_text(encoding="utf-8", errors="replace"):
        return {}
    import tomllib

    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))["tool"]["strop"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot read [tool.strop]: {error}.") from error
    options = {
        name: {parameter.name: parameter for parameter in sub.params}
        for name, sub in command.commands.items()
    }
    known = {option for names in options.values() for option in names}
    settings: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4)
            hint = f"Nearest: {', '.join(near)}." if near else "See strop solve --help."
            raise BadInput(f"{file}: [tool.strop] has an unknown key {key!r}. {hint}")
        settings[name] = _text_of(value)
    return {
        command_name: {
            name: [value] if parameters[name].multiple and isinstance(value, str) else value
            for name, value in settings.items()
            if name in parameters
        }
        for command_name, parameters in options.items()
    }


def _text_of(value: Any) -> Any:
    """Tables such as `budget = {tokens = 2000}` in the form of the option's text."""
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return value
