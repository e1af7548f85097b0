"""A Llama of a few million weights run by numpy, many rows at a time.

**Maths.** h' = h + O softmax(Q K^T / sqrt(d)) V, then h' + D (silu(G x) * U x), each on the
RMS-normalised h; Q and K turned by rotary angles p / theta^(2i/d). Prompts are read once: rows that
share one share its keys and values, so their part of attention is one matrix product a head.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Cache", "Llama", "Read", "Shape"]

Array = np.ndarray[Any, Any]

_ROOM = 32
_NEVER = np.float32(-1e30)


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a Hugging Face Llama configuration that its arithmetic needs."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    context: int
    theta: float
    epsilon: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Shape:
        """Of a `config.json` of a model with as many key heads as heads and tied embeddings."""
        rope = config.get("rope_parameters") or {}
        return cls(
            config["hidden_size"],
            config["num_hidden_layers"],
            config["num_attention_heads"],
            config["intermediate_size"],
            config["vocab_size"],
            config["max_position_embeddings"],
            rope.get("rope_theta") or config.get("rope_theta") or 10_000.0,
            config["rms_norm_eps"],
        )


@dataclass(frozen=True, slots=True)
class Read:
    """Prompts after a reading: `hidden` (prompts, longest, width), their `lengths`, and each
    layer's keys and values (prompts, heads, longest, width / heads)."""

    hidden: Array
    lengths: Array
    keys: Sequence[Array]
    values: Sequence[Array]

    def last(self) -> Array:
        """The hidden state at each prompt's last token, (prompts, width)."""
        return self.hidden[np.arange(len(self.lengths)), self.lengths - 1]


@dataclass(slots=True)
class Cache:
    """What rows have read: the prompt of each (`of` indexes prompts), and their own tokens' keys
    and values (rows, heads, room, width / heads), of which `size` are written."""

    read: Read
    of: Array
    keys: list[Array]
    values: list[Array]
    size: int = 0

    @classmethod
    def after(cls, read: Read, of: Sequence[int]) -> Cache:
        """Of rows that have written nothing yet."""
        rows = np.asarray(of)
        _, heads, _, depth = read.keys[0].shape
        empty = [np.empty((len(rows), heads, _ROOM, depth), np.float32) for _ in read.keys]
        return cls(read, rows, empty, [part.copy() for part in empty])

    def keep(self, rows: Array) -> None:
        """Drop all rows but these."""
        self.of = self.of[rows]
        self.keys = [part[rows] for part in self.keys]
        self.values = [part[rows] for part in self.values]

    def grow(self) -> None:
        """Make room for one token more."""
        if self.size == self.keys[0].shape[2]:
            more = ((0, 0), (0, 0), (0, self.size), (0, 0))
            self.keys = [np.pad(part, more) for part in self.keys]
            self.values = [np.pad(part, more) for part in self.values]
        self.size += 1


@dataclass(frozen=True, slots=True)
class _Layer:
    before: Array
    qkv: Array
    out: Array
    between: Array
    gate_up: Array
    down: Array


class Llama:
    """Reads prompts and steps rows on by a token. Weights are float32; the arithmetic of a row
    depends on the rows beside it only in the last bits."""

    def __init__(self, shape: Shape, tensors: Mapping[str, Array]) -> None:
        def part(name: str) -> Array:
            return tensors[f"model.{name}.weight"].astype(np.float32)

        def across(layer: int, *names: str) -> Array:
            rows = [part(f"layers.{layer}.{name}") for name in names]
            return np.ascontiguousarray(np.concatenate(rows).T)

        self.shape = shape
        self._layers = [
            _Layer(
                part(f"layers.{i}.input_layernorm"),
                across(i, "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
                across(i, "self_attn.o_proj"),
                part(f"layers.{i}.post_attention_layernorm"),
                across(i, "mlp.gate_proj", "mlp.up_proj"),
                across(i, "mlp.down_proj"),
            )
            for i in range(shape.layers)
        ]
        self._tokens = part("embed_tokens")
        self._head = np.ascontiguousarray(self._tokens.T)
        self._norm = part("norm")
        depth = shape.width // shape.heads
        turns = shape.theta ** -(np.arange(0, depth, 2, dtype=np.float64) / depth)
        angles = np.outer(np.arange(shape.context), np.concatenate([turns, turns]))
        self._cos, self._sin = np.cos(angles, dtype=np.float32), np.sin(angles, dtype=np.float32)

    @classmethod
    def load(cls, folder: Path) -> Llama:
        """From `config.json` and `model.safetensors`. Raises `OSError` and `ValueError`."""
        from safetensors.numpy import load_file

        config = json.loads((folder / "config.json").read_text("utf-8"))
        return cls(Shape.of(config), load_file(folder / "model.safetensors"))

    def logits(self, hidden: Array) -> Array:
        """Of the next token, (..., vocabulary)."""
        return hidden @ self._head

    def read(self, prompts: Sequence[Sequence[int]]) -> Read:
        """Read prompts of 1 to `context` tokens from the start."""
        lengths = np.array([len(prompt) for prompt in prompts])
        rows, longest = len(prompts), int(lengths.max())
        ids = np.zeros((rows, longest), np.int64)
        for row, prompt in zip(ids, prompts, strict=True):
            row[: len(prompt)] = prompt
        heads, depth = self.shape.heads, self.shape.width // self.shape.heads
        later = np.triu(np.full((longest, longest), _NEVER), 1)
        x = self._tokens[ids]
        keys: list[Array] = []
        values: list[Array] = []
        for layer in self._layers:
            parts = self._normal(x, layer.before).reshape(rows * longest, -1) @ layer.qkv
            q, k, v = parts.reshape(rows, longest, 3, heads, depth).transpose(2, 0, 3, 1, 4)
            q = _turned(q, self._cos[:longest], self._sin[:longest])
            keys.append(_turned(k, self._cos[:longest], self._sin[:longest]))
            values.append(np.ascontiguousarray(v))
            scores = q @ keys[-1].transpose(0, 1, 3, 2)
            scores *= np.float32(depth**-0.5)
            scores += later
            scores -= scores.max(-1, keepdims=True)
            np.exp(scores, out=scores)
            mixed = (scores @ values[-1]) / scores.sum(-1, keepdims=True)
            x = x + mixed.transpose(0, 2, 1, 3).reshape(rows, longest, -1) @ layer.out
            x = self._fed(x, layer)
        return Read(self._normal(x, self._norm), lengths, keys, values)

    def step(self, tokens: Array, cache: Cache) -> Array:
        """Each row's hidden state (rows, width) after one token more."""
        read, rows, heads = cache.read, len(tokens), self.shape.heads
        depth = self.shape.width // heads
        positions = read.lengths[cache.of] + cache.size
        cos, sin = self._cos[positions][:, None], self._sin[positions][:, None]
        cache.grow()
        at, shared = cache.size - 1, len(read.lengths) == 1
        longest = read.hidden.shape[1]
        beyond = None
        if not shared:
            missing = np.arange(longest) >= read.lengths[cache.of][:, None]
            beyond = np.where(missing, _NEVER, np.float32(0))[:, None]
        x = self._tokens[tokens]
        for i, layer in enumerate(self._layers):
            parts = self._normal(x, layer.before) @ layer.qkv
            q, k, v = parts.reshape(rows, 3, heads, depth).transpose(1, 0, 2, 3)
            q = _turned(q, cos, sin)
            q *= np.float32(depth**-0.5)
            cache.keys[i][:, :, at] = _turned(k, cos, sin)
            cache.values[i][:, :, at] = v
            own_keys, own_values = cache.keys[i][:, :, : at + 1], cache.values[i][:, :, : at + 1]
            alone = q[:, :, None]
            own = (alone @ own_keys.transpose(0, 1, 3, 2))[:, :, 0]
            if shared:
                told = q.transpose(1, 0, 2) @ read.keys[i][0].transpose(0, 2, 1)
                told = told.transpose(1, 0, 2)
            else:
                told = (alone @ read.keys[i][cache.of].transpose(0, 1, 3, 2))[:, :, 0] + beyond
            top = np.maximum(own.max(-1), told.max(-1))[:, :, None]
            own, told = np.exp(own - top), np.exp(told - top)
            total = own.sum(-1, keepdims=True) + told.sum(-1, keepdims=True)
            mixed = (own[:, :, None] @ own_values)[:, :, 0]
            if shared:
                mixed += (told.transpose(1, 0, 2) @ read.values[i][0]).transpose(1, 0, 2)
            else:
                mixed += (told[:, :, None] @ read.values[i][cache.of])[:, :, 0]
            mixed /= total
            x = x + mixed.reshape(rows, -1) @ layer.out
            x = self._fed(x, layer)
        return self._normal(x, self._norm)

    def _fed(self, x: Array, layer: _Layer) -> Array:
        gate, up = np.split(self._normal(x, layer.between) @ layer.gate_up, 2, axis=-1)
        return x + (gate / (1 + np.exp(-gate)) * up) @ layer.down

    def _normal(self, x: Array, weight: Array) -> Array:
        square = np.mean(x * x, axis=-1, keepdims=True)
        return x * (weight / np.sqrt(square + np.float32(self.shape.epsilon)))


def _turned(x: Array, cos: Array, sin: Array) -> Array:
    half = x.shape[-1] // 2
    return x * cos + np.concatenate([-x[..., half:], x[..., :half]], -1) * sin
