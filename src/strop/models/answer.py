"""A provider's JSON reply, read without trusting it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from strop.core.model import TokenLogprob
from strop.models.logprobs import read_logprobs

__all__ = ["Answer", "Choice", "error_of", "read_answer"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One completion; `refusal` is the model's reason for giving none."""

    text: str
    finish: Literal["stop", "length", "other"]
    logprobs: tuple[TokenLogprob, ...] | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The choices in draw order, None where one could not be read; token counts if reported."""

    choices: tuple[Choice | None, ...]
    tokens_in: int | None = None
    tokens_out: int | None = None


def read_answer(raw: bytes, chat: bool, n: int) -> Answer:
    """Read a reply's body, at most `n` choices of it.

    Raises `ValueError` saying what is wrong if no choice can be read.
    """
    try:
        data = json.loads(raw)
    except ValueError as error:
        raise ValueError(f"the reply is not JSON ({len(raw)} bytes)") from error
    rows = data.get("choices") if isinstance(data, Mapping) else None
    if not isinstance(rows, list) or not rows:
        told, _ = error_of(raw)
        raise ValueError(
            f"the reply has no choices: {told}" if told else "the reply has no choices"
        )
    if all(isinstance(row, Mapping) and isinstance(row.get("index"), int) for row in rows):
        rows = sorted(rows, key=lambda row: row["index"])
    choices = tuple(_choice(row, chat) for row in rows[:n])
    if all(choice is None for choice in choices):
        raise ValueError("no choice of the reply has a text")
    return Answer(choices, *_usage(data.get("usage")))


def error_of(raw: bytes) -> tuple[str, Mapping[str, Any]]:
    """The provider's own error message (empty if there is none) and the object that it came in."""
    try:
        data = json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace"), {}
    if not isinstance(data, Mapping):
        return "", {}
    found = data.get("error")
    holder = found if isinstance(found, Mapping) else data
    for text in (holder.get("message"), found, holder.get("detail")):
        if isinstance(text, str):
            return text, holder
    return json.dumps(holder), holder


def _choice(row: Any, chat: bool) -> Choice | None:
    if not isinstance(row, Mapping):
        return None
    reason = row.get("finish_reason")
    finish = reason if reason in ("stop", "length") else "other"
    try:
        logprobs = read_logprobs(row.get("logprobs"))
    except (KeyError, TypeError, ValueError):
        return None
    if not chat:
        text = row.get("text")
        return Choice(text, finish, logprobs) if isinstance(text, str) else None
    message = row.get("message")
    if not isinstance(message, Mapping) or "content" not in message:
        return None
    text = _text(message["content"])
    if text is None:
        return None
    refusal = message.get("refusal")
    if not text and not isinstance(refusal, str) and reason == "content_filter":
        refusal = "stopped by the provider's content filter"
    return Choice(text, finish, logprobs, refusal if refusal and not text else None)


def _text(content: Any) -> str | None:
    """Content is a string, null (a reasoning model that ran out of tokens) or a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [part.get("text") for part in content if isinstance(part, Mapping)]
    return "".join(part for part in parts if isinstance(part, str))


def _usage(found: Any) -> tuple[int | None, int | None]:
    if not isinstance(found, Mapping):
        return None, None
    counts = (found.get("prompt_tokens"), found.get("completion_tokens"))
    tokens_in, tokens_out = (c if type(c) is int and c >= 0 else None for c in counts)
    return tokens_in, tokens_out
