"""What an evaluation of a lab model goes through: problems, draws and their verdicts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING, Any

from strop.bench.lab_verdicts import minipy_verdicts, sums_verdicts
from strop.lab import minipy, sums
from strop.lab.minipy.texts import writer_prompt
from strop.lab.sums.texts import prompt as sums_prompt

if TYPE_CHECKING:
    from strop.lab.speaker import Speaker, Written
    from strop.sandbox.pool import Pool

__all__ = ["Asked", "Item", "Row", "Work", "chosen", "fits", "policy_prompt", "problems_of", "rows"]

BATCH = 64
"""Texts that are read or written in one call."""
_EVERY = 5.0
_EACH = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure on: `problems` of the split, `samples` of each, drawn at `temperature`."""

    split: str = "test"
    problems: int = 500
    samples: int = 64
    temperature: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A problem with its samples: texts, verdicts (of the world's kind) and whether right."""

    problem: Any
    texts: Sequence[str]
    verdicts: Sequence[Any]
    right: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Item:
    """One sample that is shown to a judge."""

    problem: Any
    text: str
    verdict: Any
    right: bool


@dataclass(eq=False)
class Work:
    """A measurement under way. `stopped` is asked between batches, `say` hears lines of progress.
    As a context it holds the pool that programs are run in."""

    asked: Asked
    world: str
    stopped: Callable[[], bool] = lambda: False
    say: Callable[[str], None] = lambda line: None
    tokens: int = 0
    seconds: float = 0.0
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    _pool: Pool | None = None
    _told: float = 0.0

    def __enter__(self) -> Work:
        from strop.sandbox.pool import Pool

        self._pool = Pool()
        return self

    def __exit__(self, *exc: object) -> None:
        with self._runner:
            if self._pool is not None:
                self._runner.run(self._pool.aclose())

    @property
    def pool(self) -> Pool:
        """Only inside the context."""
        if self._pool is None:
            raise RuntimeError("the measurement has not begun: use it in a with block.")
        return self._pool

    def wait(self, work: Any) -> Any:
        """Run a coroutine to its end."""
        return self._runner.run(work)

    def rng(self, *names: object) -> Random:
        """A source of chance of its own for what is named."""
        return Random(" ".join(map(str, (self.asked.seed, *names))))

    def write(
        self, speaker: Speaker, prompts: Sequence[str], rngs: Sequence[Sequence[Random]], **how: Any
    ) -> list[list[Written]] | None:
        """Draws at the temperature that was asked for; None once stopped."""
        started = time.perf_counter()
        how = {"temperature": self.asked.temperature} | how
        written = speaker.write(prompts, rngs, cancelled=self.stopped, **how)
        self.seconds += time.perf_counter() - started
        self.tokens += sum(len(draw.pieces) for each in written for draw in each)
        return None if self.stopped() else written

    def parts(self, what: str, things: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
        """The things part by part until stopped, with a line of progress every few seconds."""
        for begin in range(0, len(things), size):
            if self.stopped():
                return
            yield things[begin : begin + size]
            done, now = min(begin + size, len(things)), time.monotonic()
            if now - self._told >= _EVERY or done == len(things):
                self._told = now
                self.say(f"{what}: {done} of {len(things)}")

    def verdicts(self, problem: Any, texts: Sequence[str]) -> tuple[list[Any], list[bool]]:
        """Verdicts on the texts, and whether each is right."""
        if self.world == "minipy":
            found = self.wait(minipy_verdicts(problem, texts, self.pool))
            return found, [verdict.hidden for verdict in found]
        checked = sums_verdicts(problem, texts)
        return list(checked), [verdict.right for verdict in checked]


def policy_prompt(world: str, problem: Any) -> str:
    """Asks for a solution."""
    if world == "minipy":
        return writer_prompt(problem.description, problem.visible)
    return sums_prompt("policy", problem)


def problems_of(
    world: str, split: str, n: int, stopped: Callable[[], bool] = lambda: False
) -> list[Any]:
    """The first `n` problems of the split, without those whose canonical form came before; fewer
    once `stopped`."""
    return list(islice(_different(world, split, stopped), n))


def rows(work: Work, speaker: Speaker) -> list[Row]:
    """Samples of a policy on each problem, judged."""
    asked = work.asked
    work.say(f"making {asked.problems} problems of {work.world}/{asked.split}")
    problems = problems_of(work.world, asked.split, asked.problems, work.stopped)
    found: list[Row] = []
    for part in work.parts("problems sampled", problems, max(1, BATCH // asked.samples)):
        prompts = [policy_prompt(work.world, problem) for problem in part]
        rngs = [
            [work.rng("policy", problem.id, i) for i in range(asked.samples)] for problem in part
        ]
        written = work.write(speaker, prompts, rngs)
        if written is None:
            break
        for problem, draws in zip(part, written, strict=True):
            texts = [draw.text for draw in draws]
            found.append(Row(problem, texts, *work.verdicts(problem, texts)))
    return found


def chosen(work: Work, found: Sequence[Row], each: int = _EACH) -> list[Item]:
    """Samples to be judged: up to `each` different right and wrong ones a problem, then as many of
    one kind as of the other, in the order of the problems. Empty texts are left out."""
    good: list[Item] = []
    bad: list[Item] = []
    for row in found:
        different: dict[str, Item] = {}
        for text, verdict, right in zip(row.texts, row.verdicts, row.right, strict=True):
            if text.strip():
                different.setdefault(text, Item(row.problem, text, verdict, right))
        rng = work.rng("chosen", row.problem.id)
        for kind, into in ((True, good), (False, bad)):
            fit = [item for item in different.values() if item.right is kind]
            into.extend(rng.sample(fit, min(each, len(fit))))
    size = min(len(good), len(bad))
    rng = work.rng("balance")
    kept = [*rng.sample(good, size), *rng.sample(bad, size)]
    return sorted(kept, key=lambda item: item.problem.seed)


def fits(speaker: Speaker, text: str, room: int) -> bool:
    """Whether a text leaves `room` tokens in the context."""
    return len(speaker.tokenizer.encode(text).ids) + room <= speaker.llama.shape.context


def _different(world: str, split: str, stopped: Callable[[], bool]) -> Iterator[Any]:
    make: Callable[[int], Any] = minipy.problem if world == "minipy" else sums.problem
    seen: set[str] = set()
    for seed in count():
        if stopped():
            return
        problem = make(seed)
        if problem.split == split and problem.canonical not in seen:
            seen.add(problem.canonical)
            yield problem
