"""What patches do on inputs like the recorded ones: who agrees, who crashes, what tells apart."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.core.run import Run
from strop.core.types import Candidate, Observation
from strop.moves.vary import vary

__all__ = ["Behaviour", "fuzz_inputs", "observe_patches"]

Call = tuple[str, str, str]


@dataclass(frozen=True)
class Behaviour:
    """`outputs[i]` is what the candidate did on input i."""

    candidate: Candidate
    outputs: tuple[Observation, ...]

    @property
    def signature(self) -> tuple[Any, ...]:
        """Equal for patches that do the same on every input."""
        return tuple((o.status, o.value) for o in self.outputs)

    def worse_than(self, original: Behaviour) -> list[int]:
        """Inputs on which this one crashes, hangs or raises and the original did not."""
        pairs = zip(self.outputs, original.outputs, strict=True)
        return [i for i, (mine, was) in enumerate(pairs) if was.status == "passed" != mine.status]

    def differs_from(self, other: Behaviour) -> list[int]:
        """Inputs on which the two do not do the same."""
        pairs = enumerate(zip(self.signature, other.signature, strict=True))
        return [i for i, (mine, its) in pairs if mine != its]


def fuzz_inputs(calls: Sequence[Call], most: int, seed: int = 0) -> list[Call]:
    """The recorded calls and as many new ones like them, shared evenly among functions."""
    groups: dict[tuple[str, str], list[Any]] = {}
    for file, entry, text in calls:
        groups.setdefault((file, entry), []).append(json.loads(text))
    found: list[Call] = []
    for (file, entry), examples in groups.items():
        share = max(4, most // len(groups))
        old = examples[: share // 3]
        lists = [e if isinstance(e, list) and entry else [e] for e in examples]
        new = vary(lists, random.Random(seed))
        fresh = [args for _, args in zip(range(share - len(old)), new, strict=False)]
        made = [args if entry else args[0] for args in fresh]
        found += [(file, entry, json.dumps(args)) for args in (*old, *made)]
    return found[:most]


async def observe_patches(
    run: Run, candidates: Sequence[Candidate], inputs: Sequence[Call]
) -> list[Behaviour]:
    """Each candidate on every input, by the port `execute`. Raises `BudgetSpent`, `MissingPort`."""
    execute = run.port("execute")
    rows = [list(call) for call in inputs]
    return [Behaviour(c, await execute(c, rows)) for c in candidates]


def classes(behaviours: Sequence[Behaviour]) -> Mapping[Any, list[Behaviour]]:
    """Behaviours that are the same on every input, together."""
    groups: dict[Any, list[Behaviour]] = {}
    for behaviour in behaviours:
        groups.setdefault(behaviour.signature, []).append(behaviour)
    return groups
