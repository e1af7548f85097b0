"""What a call to llama.cpp has brought so far, gathered event by event from its own thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strop.core.errors import ModelError
from strop.core.model import Reply, TokenLogprob
from strop.models.logprobs import read_logprobs

__all__ = ["Drawing"]


class Drawing:
    """`n` draws in the making. Set `stop` to end them at the next token or prompt step."""

    def __init__(self, n: int) -> None:
        self.stop = False
        self.error: ModelError | None = None
        self.tokens_in = 0
        self._texts: list[list[str]] = [[] for _ in range(n)]
        self._counts = [0] * n
        self._finish = ["other"] * n
        self._logprobs: list[list[TokenLogprob]] = [[] for _ in range(n)]

    @property
    def tokens_out(self) -> int:
        """Tokens generated so far, over all draws."""
        return sum(self._counts)

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take in one event of the stream; True tells llama.cpp to stop."""
        if "error" in event:
            self.error = ModelError("refused", str(event["error"].get("message", event["error"])))
            return True
        progress = event.get("prompt_progress")
        timings = event.get("timings")
        if progress:
            self.tokens_in = max(self.tokens_in, progress["processed"])
        elif timings:
            self.tokens_in = max(self.tokens_in, timings["prompt_n"] + timings["cache_n"])
        for choice in event.get("choices", ()):
            draw = choice["index"]
            delta = choice.get("delta")
            text = choice.get("text") if delta is None else delta.get("content")
            if text:
                self._texts[draw].append(text)
            if timings:
                self._counts[draw] = max(self._counts[draw], timings["predicted_n"])
            self._logprobs[draw] += read_logprobs(choice.get("logprobs")) or ()
            if choice.get("finish_reason"):
                self._finish[draw] = choice["finish_reason"]
        return self.stop

    def replies(self, logprobs: int | None) -> list[Reply | ModelError]:
        """The finished draws; `logprobs` is the number of alternatives kept a token, None for no
        log-probabilities."""
        return [self._reply(draw, logprobs) for draw in range(len(self._texts))]

    def _reply(self, draw: int, logprobs: int | None) -> Reply:
        finish = self._finish[draw]
        rows = None
        if logprobs is not None:
            rows = tuple(
                TokenLogprob(row.token, row.logprob, row.top[:logprobs])
                for row in self._logprobs[draw]
            )
        return Reply(
            "".join(self._texts[draw]),
            finish if finish in ("stop", "length") else "other",
            self.tokens_in if draw == 0 else 0,
            self._counts[draw],
            rows,
        )
