"""Is a patch more than plausible? It is run on inputs that the search never saw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from strop.core.ledger import digest
from strop.core.patch import Patch
from strop.core.types import Candidate, Cost, Executor, Failure, Observation, Verdict
from strop.moves.behaviour import Call, fuzz_inputs

__all__ = ["FuzzCheck"]

_HELD_OUT = 1_000_003
_SHOWN = 3


_NOTHING = Verdict(0.0, passed=False, status="error", detail={"inputs": 0, "cases": []})


class FuzzCheck:
    """A hidden check: where the unpatched files return, so must the patched ones (no new exception,
    crash or hang); and if `reference` (the patch that makes the files right) is given, the two must
    do the same on every input on which the reference returns.

    `calls` gives the recorded calls to make inputs like. `detail["inputs"]` is how many there were;
    with none the verdict is an error: nothing was shown.
    """

    name = "fuzz"

    def __init__(
        self,
        executor: Executor,
        calls: Callable[[], Awaitable[Sequence[Call]]],
        reference: Patch | None,
        most: int = 200,
        seed: int = 0,
    ) -> None:
        self._executor = executor
        self._calls = calls
        self._reference = reference
        self._most = most
        self._seed = seed
        self.key = digest("fuzz", executor.key, reference.value if reference else "", most, seed)

    @property
    def executions(self) -> int:
        """Of two or three programs on every input."""
        inputs = [None] * self._most
        return (3 if self._reference else 2) * self._executor.executions(inputs)

    async def __call__(self, candidate: Candidate) -> Verdict:
        if candidate.value == Patch().value:
            return _NOTHING
        calls = await self._calls()
        inputs = [list(c) for c in fuzz_inputs(calls, self._most, self._seed + _HELD_OUT)]
        if not inputs:
            return _NOTHING
        mine = await self._executor(candidate.value, inputs)
        yardstick = self._reference or Patch()
        right = await self._executor(yardstick.value, inputs)
        rows = [
            self._row(i, given, got, known)
            for i, (given, got, known) in enumerate(zip(inputs, mine, right, strict=True))
        ]
        bad = [row for row in rows if row["status"] != "passed"]
        return Verdict(
            score=1 - len(bad) / len(rows),
            passed=not bad,
            status="failed" if bad else "passed",
            feedback=tuple(
                Failure(r["name"], "failed", r["input"], r["expected"], r["got"])
                for r in bad[:_SHOWN]
            ),
            detail={"inputs": len(rows), "cases": rows},
            cost=Cost(executions=2 * self._executor.executions(inputs)),
        )

    def _row(
        self, number: int, given: Sequence[str], got: Observation, known: Observation
    ) -> dict[str, Any]:
        right = known.status != "passed" or got.status == "passed"
        if self._reference is not None and right and known.status == "passed":
            right = got.value == known.value
        return {
            "name": f"fuzz {number}",
            "status": "passed" if right else "failed",
            "input": f"{given[1]} {given[2]}".strip(),
            "expected": known.value if self._reference else "a value, as before the patch",
            "got": got.value if got.value is not None else f"{got.status} {got.message}".strip(),
            "message": "",
            "cpu_seconds": 0.0,
        }
