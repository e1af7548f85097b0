"""A suite in one process with its candidate, run in rounds in which some tests hold decoys."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from strop.checks.decoys import Decoys
from strop.sandbox.jobs import Execution, TestOutcome

__all__ = ["Rounds", "run_rounds"]

_BITS = 8
_FINE = ("passed", "xfailed", "skipped")


@dataclass(frozen=True, slots=True)
class Rounds:
    """`execution` is the suite as if it had been run once, true values only; `cpu_seconds` and
    `rounds` what was run for it. `fooled` names a test that passed with a decoy, or nothing."""

    execution: Execution
    cpu_seconds: float
    rounds: int
    fooled: str = ""


async def run_rounds(
    decoys: Decoys, run: Callable[[Mapping[str, str]], Awaitable[Execution]], rng: Random
) -> Rounds:
    """Each test is true in one round of a pair and, if it has a place for one, a decoy in the
    other; which, is chance. A candidate that passes without being right has to guess that, and the
    rounds are enough for at least 8 bits. Stops after the first pair if that was not passed."""
    names = sorted(decoys.places)
    cpu, done = 0.0, 0
    if not names:
        execution = await run(decoys.files)
        return Rounds(execution, execution.total_cpu, 1)
    pairs = max(1, math.ceil(_BITS / (2 * len(names))))
    first: Execution | None = None
    for _ in range(pairs):
        chosen = frozenset(name for name in names if rng.random() < 0.5)
        both = (chosen, frozenset(names) - chosen)
        outcomes = [await run(decoys.suite(part, rng)) for part in both]
        cpu += sum(execution.total_cpu for execution in outcomes)
        done += 2
        merged = _merged(outcomes, both)
        first = first or merged
        if not _ran(merged, outcomes):
            return Rounds(merged, cpu, done)
        for execution, part in zip(outcomes, both, strict=True):
            for test in execution.tests:
                if function_of(test.id) in part and test.result == "passed":
                    return Rounds(merged, cpu, done, fooled=test.id)
        if any(test.result not in _FINE for test in merged.tests):
            return Rounds(first, cpu, done)
    return Rounds(first or execution, cpu, done)


def function_of(test: str) -> str:
    """The test function of a node id, without parameters."""
    return test.partition("[")[0]


def _ran(merged: Execution, outcomes: Sequence[Execution]) -> bool:
    return all(execution.status in ("passed", "failed") for execution in outcomes)


def _merged(outcomes: Sequence[Execution], parts: Sequence[frozenset[str]]) -> Execution:
    """Each test from a round in which it was true."""
    for execution in outcomes:
        if execution.status not in ("passed", "failed"):
            return execution
    tests: dict[tuple[str, int], TestOutcome] = {}
    for execution, part in zip(outcomes, parts, strict=True):
        seen: dict[str, int] = {}
        for test in execution.tests:
            name = function_of(test.id)
            # Parameters are in the ids, and are what a decoy changes: the n-th of a function is.
            at = seen[name] = seen.get(name, -1) + 1
            if name not in part:
                worst = tests.get((name, at))
                if worst is None or worst.result == "passed":
                    tests[name, at] = test
    order = [function_of(test.id) for test in outcomes[0].tests]
    told = tuple(tests[key] for key in sorted(tests, key=lambda key: (order.index(key[0]), key[1])))
    bad = next((t for t in told if t.result not in _FINE), None)
    return replace(
        outcomes[0],
        status="passed" if bad is None else "failed",
        tests=told,
        message="" if bad is None else f"{bad.id}: {bad.message or bad.result}",
    )
