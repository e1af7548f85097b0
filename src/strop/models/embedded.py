"""SmolLM2-135M-Instruct in this process, by xllamacpp: a model that needs no endpoint."""

from __future__ import annotations

import asyncio
import importlib
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strop.core.errors import BadInput, BudgetSpent, ModelError, ToolUnavailable
from strop.core.model import Hold, Meter, Price, Reply, Request
from strop.models.bound import tokens_in_bound
from strop.models.drawing import Drawing
from strop.models.seeds import draw_seed
from strop.models.weights import embedded_path

__all__ = ["EmbeddedModel"]

FREE = Price()

MOST_DRAWS = 16
"""Sequences decoded together: tokens a CPU-second grow to here (see the guide to models)."""

PROMPT_STEP = 64
"""Prompt tokens a step; a cancelled call ends within one step (about 0.4 s of one core)."""


@dataclass(eq=False)
class EmbeddedModel:
    """A GGUF model on this machine's processor; `path` None means the installed SmolLM2.

    `threads` (>= 1) are the processor threads of a step, `context` the tokens of key-value memory
    that the draws of one call share (23 KB each). Beside a request's temperature and top_p it
    keeps the `top_k` (0: all) likeliest tokens and those with `min_p` (in [0, 1]) of the best, and
    ends a chat reply at one of `stop`: a model this small rambles on once its code block is closed.

    One call runs at a time, alone: the arithmetic of a draw depends on what it is batched with,
    and the same request with the same seed has to give the same draws. Loaded at the first call.
    """

    path: Path | None = None
    threads: int = 1
    context: int = 8192
    top_k: int = 40
    min_p: float = 0.05
    stop: tuple[str, ...] = ("\n```\n",)
    family: str = "small"
    price: Price = FREE
    batch: int = MOST_DRAWS
    many: bool = True
    ports: frozenset[str] = frozenset({"logprobs", "grammar", "schema", "seed", "continuation"})
    _server: Any = field(default=None, init=False, repr=False)
    _pool: ThreadPoolExecutor | None = field(default=None, init=False, repr=False)
    _served: bool = field(default=False, init=False, repr=False)

    @property
    def name(self) -> str:
        """`embedded`, with the file and the settings of sampling where they are not the default."""
        name = "embedded" if self.path is None else f"embedded:{self.path.name}"
        cut = (self.top_k, self.min_p)
        return name if cut == (40, 0.05) else f"{name}(top_k={self.top_k},min_p={self.min_p:g})"

    async def generate(self, request: Request, meter: Meter) -> Sequence[Reply | ModelError]:
        """See `core.model.Model.generate`. Raises `ToolUnavailable` where the extra or the weights
        are missing, `BadInput` for a request that is none."""
        if request.n < 1 or bool(request.messages) == (request.prompt is not None):
            raise BadInput("Request: set n >= 1 and exactly one of 'messages' and 'prompt'.")
        await self._in_worker(self._load)
        bound = tokens_in_bound(request)
        room = max(1, (self.context - bound) // max(1, request.max_tokens))
        results: list[Reply | ModelError] = []
        while len(results) < request.n:
            want = min(request.n - len(results), MOST_DRAWS, room)
            try:
                hold = meter.reserve(
                    tokens_in=bound, max_tokens=request.max_tokens, n=want, price=self.price
                )
            except BudgetSpent:
                if results:
                    break
                raise
            results += await self._draw(request, hold, start=len(results))
            if hold.n < want or hold.max_tokens < request.max_tokens:
                break
        return results

    async def aclose(self) -> None:
        """Free the weights and end the worker thread."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.get_running_loop().run_in_executor(pool, self._unload)
            pool.shutdown()

    async def _draw(self, request: Request, hold: Hold, start: int) -> list[Reply | ModelError]:
        drawing = Drawing(hold.n)
        try:
            body = self._body(request, hold, start)
            await self._in_worker(self._run, request.prompt is None, body, drawing)
        except BaseException:
            hold.cancel(drawing.tokens_in, drawing.tokens_out)
            raise
        if drawing.error is not None:
            hold.fail(drawing.error, billed=False)
            return [drawing.error] * hold.n
        hold.settle(drawing.tokens_in, drawing.tokens_out)
        return drawing.replies(request.logprobs)

    async def _in_worker(self, work: Any, *args: Any) -> None:
        """Run `work` on the one worker thread. When cancelled, tell a `Drawing` to stop and wait
        for the step in hand to end, since only then its count is known."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="strop-embedded")
        future = asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            for arg in args:
                if isinstance(arg, Drawing):
                    arg.stop = True
            while not future.done():
                try:
                    await asyncio.wait({future})
                except asyncio.CancelledError:
                    continue  # the first cancellation is on its way already
            raise

    def _body(self, request: Request, hold: Hold, start: int) -> dict[str, Any]:
        seed = request.seed
        first = secrets.randbits(31) if seed is None else draw_seed(seed, start)
        body: dict[str, Any] = {
            "n": hold.n,
            "max_tokens": hold.max_tokens,
            "seed": first,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "top_k": self.top_k,
            "min_p": self.min_p,
            "stream": True,
            "timings_per_token": True,
            "return_progress": True,
            # Keys and values kept from other calls change the last bits of the arithmetic.
            "cache_prompt": False,
        }
        if request.prompt is None:
            body["messages"] = [{"role": m.role, "content": m.content} for m in request.messages]
        else:
            body["prompt"] = request.prompt
        stop = [*request.stop, *(self.stop if request.prompt is None else ())]
        if stop:
            body["stop"] = stop
        if request.logprobs is not None:
            body["logprobs"] = True
            body["top_logprobs"] = body["n_probs"] = max(1, request.logprobs)
        grammar = request.grammar
        if grammar is None and request.schema is not None:
            grammar = self._engine().json_schema_to_grammar(dict(request.schema))
        if grammar is not None:
            body["grammar"] = grammar
        return body

    def _run(self, chat: bool, body: dict[str, Any], drawing: Drawing) -> None:
        if drawing.stop:
            return
        handle = self._server.handle_chat_completions if chat else self._server.handle_completions
        try:
            handle(body, drawing.take)
            self._served = True
        except (RuntimeError, ValueError) as error:
            drawing.error = ModelError("internal", f"{self.name}: {str(error)[:200]}")

    def _engine(self) -> Any:
        try:
            return importlib.import_module("xllamacpp")
        except ImportError as error:
            raise ToolUnavailable(
                "the embedded model needs the extra 'local': pip install 'strop[local]'"
            ) from error

    def _load(self) -> None:
        if self._server is not None:
            return
        xllamacpp = self._engine()
        path = self.path or embedded_path()
        if path is None or not path.is_file():
            raise ToolUnavailable(
                f"no model file {path}"
                if path
                else "the embedded model's weights are missing: strop models install embedded"
            )
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = self.context
        params.n_parallel = MOST_DRAWS
        params.kv_unified = True
        params.n_batch = PROMPT_STEP
        params.cpuparams.n_threads = self.threads
        params.cpuparams_batch.n_threads = self.threads
        params.cache_ram_mib = 0
        params.warmup = False
        params.verbosity = -1
        # xllamacpp also listens on a loopback port; nobody is told the key to it.
        params.api_keys = [secrets.token_hex(16)]
        params.n_threads_http = 1
        params.endpoint_slots = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ToolUnavailable(f"cannot load {path}: {error}") from error

    def _unload(self) -> None:
        """Free the server. One that is freed before its loop has begun waits for itself for ever,
        so it has to have answered something."""
        if self._server is not None and not self._served:
            self._server.handle_completions({"prompt": " ", "max_tokens": 1}, lambda _: False)
        self._server, self._served = None, False
