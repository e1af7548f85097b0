"""Roles, and how each family of models is asked to play them: one text file a role and family.

A file holds turns, each under a line `[system]`, `[user]` or `[assistant]`. `$name` is a field;
`$$` a dollar sign. A part between lines `[[name` and `]]` is left out where that field is empty.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from string import Template
from typing import Any, Literal, cast

from strop.core.errors import BadInput
from strop.core.model import Message
from strop.models.prompts.stub import stub_of

__all__ = ["FAMILIES", "render", "roles"]

FAMILIES = ("chat", "small")

TURN = re.compile(r"^\[(system|user|assistant)\]\n", re.MULTILINE)
OPTIONAL = re.compile(r"^\[\[(\w+)\n(.*?)^\]\]\n", re.MULTILINE | re.DOTALL)


def render(family: str, role: str, fields: Mapping[str, Any]) -> tuple[Message, ...]:
    """The messages that ask a model of `family` to play `role`.

    A field is a text, a number, or a list (one line an item; what is no text, as JSON). Fields
    that the template does not name are ignored. Raises `BadInput` for an unknown family or role
    and for a missing field, naming those that there are.
    """
    if family not in FAMILIES:
        raise BadInput(f"no prompts for models of family {family!r}. There are: {list(FAMILIES)}.")
    if role not in roles(family):
        raise BadInput(f"no prompt for the role {role!r}. There are: {', '.join(roles(family))}.")
    values = {name: _text(value) for name, value in fields.items() if value is not None}
    values |= _derived(role, values)
    return tuple(_turn(role, speaker, text, values) for speaker, text in _template(family, role))


@functools.cache
def roles(family: str) -> tuple[str, ...]:
    """The roles that models of `family` can be asked to play, in order of the alphabet."""
    folder = resources.files("strop.models.prompts") / family
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".txt") for name in names if name.endswith(".txt")))


def _derived(role: str, values: Mapping[str, str]) -> dict[str, str]:
    """What templates use beside the given fields: `stub`, and `program` where there is no entry."""
    entry = values.get("entry", "")
    derived = {} if entry else {"program": "yes"}
    if role == "writer":
        told = (values.get("tests", ""), values.get("start", ""))
        derived["stub"] = stub_of(values.get("prompt", ""), entry, *told)
    return derived


@functools.cache
def _template(family: str, role: str) -> tuple[tuple[str, str], ...]:
    file = resources.files("strop.models.prompts") / family / f"{role}.txt"
    parts = TURN.split(file.read_text(encoding="utf-8"))
    return tuple(zip(parts[1::2], parts[2::2], strict=True))


def _turn(role: str, speaker: str, text: str, values: Mapping[str, str]) -> Message:
    text = OPTIONAL.sub(lambda part: part[2] if values.get(part[1], "").strip() else "", text)
    try:
        content = Template(text).substitute(values).strip()
    except KeyError as missing:
        given = ", ".join(sorted(values)) or "none"
        raise BadInput(
            f"the role {role!r} needs the field {missing.args[0]!r}. Given: {given}."
        ) from missing
    return Message(cast(Literal["system", "user", "assistant"], speaker), content)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return "\n".join(_text(item) if isinstance(item, str) else _json(item) for item in value)
    return _json(value)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise BadInput(f"a prompt's field must be text or JSON data. Got {value!r}.") from error
