"""`lab:NAME`: a small model that ships with strop, run by numpy in this process."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from strop.core.errors import BadInput, BudgetSpent, MissingPort, ModelError
from strop.core.model import Hold, Meter, Price, Reply, Request, TokenLogprob
from strop.models.seeds import draw_seed

if TYPE_CHECKING:
    from strop.lab.speaker import Speaker, Written

__all__ = ["ALIASES", "LabModel", "lab_name"]

T = TypeVar("T")

FREE = Price()
ROWS = 64

ALIASES = {
    "minipy-policy": "minipy",
    "minipy-tester": "minipy",
    "minipy-reviser": "minipy-judge",
    "sums-policy": "sums",
    "sums-reviser": "sums-judge",
    "sums-policy-small": "sums-small",
    "sums-prm": "sums-judge",
    "sums-orm": "sums-judge",
    "sums-verifier": "sums-judge",
}
"""One model plays several roles: these names say which of them is meant."""

_JUDGES = {
    "minipy": dict.fromkeys(("#reviser", "#judge", "#verdict"), "minipy-judge"),
    "sums": dict.fromkeys(("verifier", "judge", "reviser"), "sums-judge"),
}
"""A world's name stands for all its roles: these first lines of prompts are for its judge."""


def lab_name(name: str) -> str:
    """The shipped model behind a name. Raises `BadInput` naming those that exist."""
    from strop.lab.recipes import RECIPES

    found = ALIASES.get(name, name)
    if found not in RECIPES:
        raise BadInput(f"lab:{name}: no such model. There are: {', '.join([*RECIPES, *ALIASES])}.")
    return found


@dataclass(eq=False)
class LabModel:
    """`model` is a name of `strop lab list`; its weights are loaded and checked at the first call.

    A draw has its own source of chance: the same request with the same seed gives the same draws.
    A prompt is the raw text of a role's form; with messages it is the last one's content.
    """

    model: str
    price: Price = FREE
    batch: int = ROWS
    many: bool = True
    _pool: ThreadPoolExecutor | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        """`lab:` and the model."""
        return f"lab:{self.model}"

    @property
    def family(self) -> str:
        """The world whose forms its prompts have."""
        return f"lab-{self.model.partition('-')[0]}"

    @property
    def ports(self) -> frozenset[str]:
        """`step_scores` and `outcome_score` where it was trained to judge."""
        common = {"logprobs", "seed", "continuation", "hidden"}
        scores = {"step_scores", "outcome_score"} if self.model == "sums-judge" else set[str]()
        return frozenset(common | scores)

    async def generate(self, request: Request, meter: Meter) -> Sequence[Reply | ModelError]:
        """See `core.model.Model.generate`. Raises `BadInput` for a prompt that is longer than the
        context, `ToolUnavailable` where the extra is missing or weights are damaged."""
        if request.n < 1 or bool(request.messages) == (request.prompt is not None):
            raise BadInput("Request: set n >= 1 and exactly one of 'messages' and 'prompt'.")
        if request.grammar is not None or request.schema is not None:
            raise BadInput(f"{self.name}: lab models follow no grammar and no schema.")
        prompt = request.messages[-1].content if request.prompt is None else request.prompt
        speaker = await self._work(lambda: self._speaker(prompt))
        tokens_in = len(speaker.ids(prompt))
        results: list[Reply | ModelError] = []
        seed = secrets.randbits(31) if request.seed is None else request.seed
        while len(results) < request.n:
            want = min(request.n - len(results), ROWS)
            try:
                hold = meter.reserve(
                    tokens_in=tokens_in, max_tokens=request.max_tokens, n=want, price=self.price
                )
            except BudgetSpent:
                if results:
                    break
                raise
            results += await self._draw(request, prompt, tokens_in, hold, seed, len(results))
            if hold.n < want or hold.max_tokens < request.max_tokens:
                break
        return results

    async def step_scores(self, question: str, solution: str, meter: Meter) -> list[float]:
        """For each line of a solution the probability, in [0, 1], that a right answer can still
        follow it. Raises `MissingPort` for a model that is no process reward model."""
        self._must("step_scores")
        return await self._scores("prm", question, solution, meter)

    async def outcome_score(self, question: str, solution: str, meter: Meter) -> float:
        """The probability, in [0, 1], that a solution's answer is right; 0 for an empty solution.
        Raises `MissingPort`."""
        self._must("outcome_score")
        return (await self._scores("orm", question, solution, meter) or [0.0])[-1]

    async def hidden(self, text: str, meter: Meter) -> Any:
        """The last layer's state at each token of a text: a numpy array (tokens, width)."""
        speaker = await self._work(self._speaker)
        return await self._read(speaker, text, meter, lambda: speaker.hidden([text])[0])

    async def aclose(self) -> None:
        """End the worker thread."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _speaker(self, prompt: str = "") -> Speaker:
        from strop.lab.weights import load

        tag = prompt.partition("\n")[0]
        return load(_JUDGES.get(self.model, {}).get(tag, self.model))

    def _must(self, port: str) -> None:
        if port not in self.ports:
            raise MissingPort(
                f"{self.name} gives no {port}: it writes, it does not judge. "
                "The model that does: lab:sums-judge."
            )

    async def _scores(self, role: str, question: str, solution: str, meter: Meter) -> list[float]:
        speaker = await self._work(self._speaker)
        steps = [f"{line}\n" for line in solution.splitlines()]
        prompt = f"{role}\n{question}\n"

        def score() -> list[float]:
            return speaker.step_scores([prompt], [steps])[0]

        return await self._read(speaker, prompt + "".join(steps), meter, score)

    async def _read(self, speaker: Speaker, text: str, meter: Meter, work: Callable[[], T]) -> T:
        tokens = len(speaker.ids(text))
        hold = meter.reserve(tokens_in=tokens, max_tokens=1, n=1, price=self.price)
        try:
            found = await self._work(work)
        except BaseException:
            hold.cancel(tokens, 0)
            raise
        hold.settle(tokens, 0)
        return found

    async def _draw(
        self, request: Request, prompt: str, tokens_in: int, hold: Hold, seed: int, start: int
    ) -> list[Reply]:
        speaker = self._speaker(prompt)
        halt = threading.Event()
        rngs = [Random(draw_seed(seed, start + i)) for i in range(hold.n)]

        def write() -> list[Written]:
            (found,) = speaker.write(
                [prompt],
                [rngs],
                hold.max_tokens,
                temperature=request.temperature,
                top_p=request.top_p,
                alternatives=request.logprobs or 0,
                stop=request.stop,
                cancelled=halt.is_set,
            )
            return found

        try:
            written = await self._work(write, halt)
        except BaseException:
            hold.cancel()
            raise
        hold.settle(tokens_in, sum(len(draw.pieces) for draw in written))
        return [
            _reply(draw, tokens_in if i == 0 and start == 0 else 0, request.logprobs)
            for i, draw in enumerate(written)
        ]

    async def _work(self, work: Callable[[], T], halt: threading.Event | None = None) -> T:
        """Run on the one worker thread. When cancelled, tell it to halt and wait for the step in
        hand: two calls at once would only share the processor."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="strop-lab")
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if halt is not None:
                halt.set()
            while not future.done():
                try:
                    await asyncio.wait({future})
                except asyncio.CancelledError:
                    continue  # the first cancellation is on its way already
            raise


def _reply(draw: Written, tokens_in: int, logprobs: int | None) -> Reply:
    told = None
    if logprobs is not None:
        tops = draw.top or ((),) * len(draw.pieces)
        told = tuple(
            TokenLogprob(piece, chance, top)
            for piece, chance, top in zip(draw.pieces, draw.logprobs, tops, strict=True)
        )
    return Reply(draw.text, draw.finish, tokens_in, len(draw.pieces), told)
