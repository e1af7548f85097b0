"""A lab model with its tokenizer: texts in, texts, probabilities and scores out."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, Literal

import numpy as np

from strop.core.errors import BadInput
from strop.lab.llama import Array, Llama
from strop.lab.sampling import Draw, log_softmax, sample
from strop.lab.tokens import BAD, END, GOOD

__all__ = ["ROWS", "Speaker", "Written"]

ROWS = 64
"""Rows that are written or read together: more are no faster."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one draw wrote: its text up to a stop, and each token with its log-probability and
    the alternatives asked for."""

    text: str
    finish: Literal["stop", "length"]
    pieces: tuple[str, ...]
    logprobs: tuple[float, ...]
    top: tuple[tuple[tuple[str, float], ...], ...] = ()


@dataclass(eq=False)
class Speaker:
    """`name` as in `strop lab list`; `tokenizer` a `tokenizers.Tokenizer`."""

    name: str
    llama: Llama
    tokenizer: Any

    def ids(self, prompt: str) -> list[int]:
        """The prompt's tokens. Raises `BadInput` where they leave no room in the context."""
        ids: list[int] = self.tokenizer.encode(prompt).ids
        context = self.llama.shape.context
        if not ids:
            raise BadInput(f"lab:{self.name}: the prompt is empty.")
        if len(ids) >= context:
            raise BadInput(
                f"lab:{self.name}: the prompt has {len(ids)} tokens; the context is {context}, "
                f"the answer included. Shorten the task or name another model."
            )
        return ids

    def write(
        self,
        prompts: Sequence[str],
        rngs: Sequence[Sequence[Random]],
        max_tokens: int = 256,
        *,
        temperature: float = 1.0,
        top_p: float = 1.0,
        alternatives: int = 0,
        stop: Sequence[str] = (),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[list[Written]]:
        """For each prompt a draw for each of its sources of chance. Once `cancelled`, what is not
        yet begun is left out and the draw in hand is cut."""
        ids = [self.ids(prompt) for prompt in prompts]
        room = self.llama.shape.context
        draws = [Draw(i, rng) for i, each in enumerate(rngs) for rng in each]
        out: list[list[Written]] = [[] for _ in prompts]
        stops = [text.encode() for text in stop]
        for begin in range(0, len(draws), ROWS):
            if cancelled():
                break
            part = draws[begin : begin + ROWS]
            told = sorted({draw.prompt for draw in part})
            where = {prompt: at for at, prompt in enumerate(told)}
            raw = [b""] * len(part)

            def ended(row: int, part: list[Draw] = part, raw: list[bytes] = raw) -> bool:
                piece = self._bytes[part[row].tokens[-1]]
                raw[row] += piece
                return any(text in raw[row][-len(text) - len(piece) :] for text in stops)

            owners = [draw.prompt for draw in part]
            for draw in part:
                draw.prompt = where[draw.prompt]
            sample(
                self.llama,
                [ids[prompt] for prompt in told],
                part,
                [min(max_tokens, room - len(ids[prompt])) for prompt in owners],
                self._end,
                temperature=temperature,
                top_p=top_p,
                alternatives=alternatives,
                stop=ended if stops else lambda row: False,
                cancelled=cancelled,
            )
            for owner, draw in zip(owners, part, strict=True):
                out[owner].append(self._written(draw, stops))
        return out

    def logprobs(self, prompts: Sequence[str], completions: Sequence[str]) -> list[list[float]]:
        """Log-probability of each token of each completion, its end token included."""
        texts = [
            (self.ids(prompt), [*self.tokenizer.encode(text).ids, self._end])
            for prompt, text in zip(prompts, completions, strict=True)
        ]
        out: list[list[float]] = []
        for rows in _batches([[*a, *b] for a, b in texts], self):
            for (prompt, text), hidden in zip(texts[len(out) :], rows, strict=False):
                logs = log_softmax(self.llama.logits(hidden[len(prompt) - 1 :]))
                out.append([float(logs[i, token]) for i, token in enumerate(text)])
        return out

    def chances(self, prompts: Sequence[str], words: Sequence[str]) -> Array:
        """For each prompt the probability of each word's first token as the next one, scaled so
        that the words' sum to 1: (prompts, words)."""
        first = [self.tokenizer.encode(word).ids[0] for word in words]
        rows = [
            log_softmax(self.llama.logits(hidden[-1])[first])
            for batch in _batches([self.ids(prompt) for prompt in prompts], self)
            for hidden in batch
        ]
        return np.exp(np.array(rows))

    def step_scores(
        self, prompts: Sequence[str], solutions: Sequence[Sequence[str]]
    ) -> list[list[float]]:
        """For each solution the probability of good rather than bad after each of its steps: the
        process reward, or by the outcome's prompt the outcome reward, which is the last one. A step
        ends in a newline."""
        marks = [self.tokenizer.token_to_id(GOOD), self.tokenizer.token_to_id(BAD)]
        texts: list[list[int]] = []
        ends: list[list[int]] = []
        for prompt, steps in zip(prompts, solutions, strict=True):
            text = self.ids(prompt)
            places: list[int] = []
            for step in steps:
                text += self.tokenizer.encode(step).ids
                places.append(len(text) - 1)
            texts.append(text)
            ends.append(places)
        out: list[list[float]] = []
        for batch in _batches(texts, self):
            for hidden, places in zip(batch, ends[len(out) :], strict=False):
                logits = self.llama.logits(hidden[places])[:, marks]
                out.append(np.exp(log_softmax(logits))[:, 0].tolist())
        return out

    def hidden(self, texts: Sequence[str]) -> list[Array]:
        """The last layer's normalised states at each token: (tokens, width) a text."""
        ids = [self.ids(text) for text in texts]
        return [hidden for batch in _batches(ids, self) for hidden in batch]

    @cached_property
    def _end(self) -> int:
        return self.tokenizer.token_to_id(END)

    @cached_property
    def _bytes(self) -> list[bytes]:
        plain = _byte_of_letter()
        return [
            b""
            if self.tokenizer.id_to_token(i).startswith("<") and i < 2
            else bytes(plain[letter] for letter in self.tokenizer.id_to_token(i))
            for i in range(self.tokenizer.get_vocab_size())
        ]

    def _written(self, draw: Draw, stops: Sequence[bytes]) -> Written:
        raw = b"".join(self._bytes[token] for token in draw.tokens)
        cut = min((at for text in stops if (at := raw.find(text)) >= 0), default=len(raw))
        return Written(
            raw[:cut].decode("utf-8", "replace"),
            "stop" if draw.done else "length",
            tuple(self._piece(token) for token in draw.tokens),
            tuple(draw.logprobs),
            tuple(tuple((self._piece(i), p) for i, p in best) for best in draw.top),
        )

    def _piece(self, token: int) -> str:
        return END if token == self._end else self._bytes[token].decode("utf-8", "replace")


def _batches(texts: Sequence[list[int]], speaker: Speaker) -> Any:
    """The hidden states of texts, batch by batch in order, each without what pads it. Raises
    `BadInput` for a text that is longer than the context."""
    context = speaker.llama.shape.context
    longest = max(map(len, texts), default=0)
    if longest > context:
        raise BadInput(
            f"lab:{speaker.name}: the text has {longest} tokens; the context is {context}. "
            "Shorten it."
        )
    for begin in range(0, len(texts), ROWS):
        part = texts[begin : begin + ROWS]
        read = speaker.llama.read(part)
        yield [hidden[: len(text)] for hidden, text in zip(read.hidden, part, strict=True)]


def _byte_of_letter() -> dict[str, int]:
    """The bytes behind the letters of a byte-level vocabulary: printable ones stand for
    themselves, the others are numbered from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(256 + i): byte for i, byte in enumerate(others)}
