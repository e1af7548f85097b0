"""Where text comes from. Importing this loads neither aiohttp nor xllamacpp."""

from __future__ import annotations

from strop.models.embedded import EmbeddedModel
from strop.models.openai import OpenAIModel
from strop.models.prices import price_of
from strop.models.prompts import render
from strop.models.scripted import ScriptedModel
from strop.models.spec import parse_spec, resolve
from strop.models.weights import embedded_path, install_embedded

__all__ = [
    "EmbeddedModel",
    "OpenAIModel",
    "ScriptedModel",
    "embedded_path",
    "install_embedded",
    "parse_spec",
    "price_of",
    "render",
    "resolve",
]
