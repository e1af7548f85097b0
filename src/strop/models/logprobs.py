"""Log-probabilities out of a reply, in either of the two forms that servers use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strop.core.model import TokenLogprob

__all__ = ["read_logprobs"]


def read_logprobs(found: Any) -> tuple[TokenLogprob, ...] | None:
    """Tokens of the chat form (`content`) or the older completion form (`tokens`); None if the
    server sent neither. Raises `KeyError`, `TypeError` or `ValueError` if the form is broken."""
    if not isinstance(found, Mapping):
        return None
    if found.get("content") is not None:
        return tuple(
            TokenLogprob(
                row["token"],
                float(row["logprob"]),
                tuple((t["token"], float(t["logprob"])) for t in row.get("top_logprobs") or ()),
            )
            for row in found["content"]
        )
    if found.get("tokens") is None:
        return None
    tops = found.get("top_logprobs") or [None] * len(found["tokens"])
    return tuple(
        TokenLogprob(token, float(value), tuple((t, float(p)) for t, p in (top or {}).items()))
        for token, value, top in zip(found["tokens"], found["token_logprobs"], tops, strict=True)
        if value is not None
    )
