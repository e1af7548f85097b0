"""A request in the words of the OpenAI protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from strop.core.model import Request
from strop.models.dialect import Dialect

__all__ = ["body_of", "path_of"]


def path_of(request: Request) -> str:
    """The endpoint's path for messages or for a bare prompt."""
    return "/chat/completions" if request.prompt is None else "/completions"


def body_of(
    model: str,
    request: Request,
    dialect: Dialect,
    *,
    n: int,
    max_tokens: int,
    seed: int | None,
    extra: Mapping[str, Any],
) -> bytes:
    """The JSON body, UTF-8. Only what the request asks for is named, since strict servers refuse
    fields that they do not know; a grammar goes under the names of llama.cpp and of vLLM."""
    body: dict[str, Any] = {"model": model}
    chat = request.prompt is None
    if chat:
        body["messages"] = [{"role": m.role, "content": m.content} for m in request.messages]
    else:
        body["prompt"] = request.prompt
    body[dialect.length if chat else "max_tokens"] = max_tokens
    if "temperature" not in dialect.silent:
        body["temperature"] = request.temperature
    if request.top_p != 1.0 and "top_p" not in dialect.silent:
        body["top_p"] = request.top_p
    if n > 1:
        body["n"] = n
    if seed is not None:
        body["seed"] = seed
    if request.stop:
        body["stop"] = list(request.stop)
    if request.logprobs is not None:
        if chat:
            body["logprobs"] = True
            body["top_logprobs"] = request.logprobs
        else:
            body["logprobs"] = request.logprobs
    if request.grammar is not None:
        body["grammar"] = body["guided_grammar"] = request.grammar
    if request.schema is not None:
        strict = request.schema.get("additionalProperties") is False
        form = {"name": "reply", "schema": dict(request.schema), "strict": strict}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    body.update(extra)
    return json.dumps(body).encode()
