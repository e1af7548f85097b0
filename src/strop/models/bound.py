"""Upper bounds on token counts that no tokenizer has told yet."""

from __future__ import annotations

import json

from strop.core.model import Request

__all__ = ["tokens_in_bound", "tokens_out_guess"]

PER_MESSAGE = 16
"""Role name and markers around one message: at most eight tokens in the templates in use."""

PER_PROMPT = 128
"""Start tokens, the opening of the answer, and the system text that some templates add themselves
(SmolLM2: 20 tokens, Llama 3: 30, gpt-oss: 70)."""


def tokens_in_bound(request: Request) -> int:
    """Most tokens that the prompt can take: a token of a byte-level tokenizer covers at least one
    byte, so UTF-8 bytes bound the text; the template's own tokens and a schema come on top."""
    total = PER_PROMPT + len((request.prompt or "").encode("utf-8", "surrogatepass"))
    for message in request.messages:
        total += PER_MESSAGE + len(message.content.encode("utf-8", "surrogatepass"))
    if request.schema is not None:
        total += len(json.dumps(request.schema))
    return total


def tokens_out_guess(text: str, max_tokens: int) -> int:
    """Completion tokens of a reply whose provider reported none: at most a token a byte and at
    most what was allowed, unless the text is too long for that at eight bytes a token."""
    size = len(text.encode("utf-8", "surrogatepass"))
    return max(min(size, max_tokens), size // 8)
