"""CPU time of a candidate against a reference, by paired runs one right after the other."""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from strop.checks.execute import canonical_text
from strop.checks.ratio import Estimate, paired_ratio
from strop.checks.show import call_text, value_text
from strop.checks.timing import Batch, Stopwatch
from strop.core.errors import BadInput
from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Failure, Feedback, Status, Timing, Verdict
from strop.sandbox.inside import wire
from strop.sandbox.jobs import CallJob, Limits, Output
from strop.sandbox.pool import Pool

__all__ = ["SpeedCheck"]

# CPU seconds that the reference is to compute in one run.
_TARGET = 0.02
_CALIBRATION = 40


class SpeedCheck:
    """Passes a candidate that is not shown to need more than `most` times the CPU time of
    `reference` on `inputs` (argument lists in case-file form), and gives the same answers.

    Each of `rounds` (5 and more) runs both in turn, in an order by `seed`, in processes of their
    own. The ratio is the median over rounds with a 95 % bootstrap interval; a candidate fails where
    all of the interval lies above `most`. Inputs are repeated until the reference computes for
    20 ms, so a cache that outlives a call counts as speed.

    Raises `BadInput` where the reference itself fails on an input, or an input cannot be sent.
    """

    name = "speed"

    def __init__(
        self,
        reference: str,
        entry: str,
        inputs: Sequence[Sequence[Any]],
        pool: Pool,
        limits: Limits,
        most: float = 1.0,
        rounds: int = 15,
        seed: int = 0,
    ) -> None:
        self.reference = reference
        self.entry = entry
        self.inputs = [list(args) for args in inputs]
        self.pool = pool
        self.limits = limits
        self.most = most
        self.rounds = rounds
        self.seed = seed
        self._batch: Batch | None = None
        self._right: tuple[Output, ...] = ()
        self.key = digest(
            "speed",
            [reference, entry, self.inputs, most, rounds, seed],
            asdict(limits),
            pool.python,
        )

    @property
    def executions(self) -> int:
        """One a version for the answers, some to find out how many repetitions are needed, and two
        a round."""
        return 2 + _CALIBRATION + 2 * self.rounds

    async def __call__(self, candidate: Candidate) -> Verdict:
        watch = Stopwatch(self.entry, self.pool, self.limits)
        arguments = [wire.decode(json.dumps(args), live=True) for args in self.inputs]
        spent, failures = await self._compared(candidate.value, arguments)
        if failures:
            cost = spent + watch.cost
            status = failures[0].status
            return Verdict(0.0, False, tuple(failures), status, {"cases": [], "speed": None}, cost)
        if self._batch is None:
            self._batch = await watch.batch(self.reference, arguments, _TARGET)
        pairs = await self._pairs(watch, candidate.value, self._batch)
        return self._verdict(pairs, self._batch, spent + watch.cost)

    async def _compared(self, source: str, arguments: Sequence[Any]) -> tuple[Cost, list[Failure]]:
        cost = Cost()
        if not self._right:
            done = await self.pool.run(CallJob(self.reference, self.entry, arguments, self.limits))
            cost += Cost(executions=1, cpu_seconds=done.total_cpu)
            bad = next((o for o in done.outputs if o.status not in ("passed", "error")), None)
            if bad is not None or done.exception:
                told = bad.message if bad is not None else f"{done.exception}: {done.message}"
                raise BadInput(f"the reference {self.entry} cannot be timed: {told}")
            self._right = done.outputs
        execution = await self.pool.run(CallJob(source, self.entry, arguments, self.limits))
        cost += Cost(executions=1, cpu_seconds=execution.total_cpu)
        found: list[Failure] = []
        for args, right, got in zip(self.inputs, self._right, execution.outputs, strict=True):
            if _answer(right) != _answer(got):
                status: Status = "failed" if got.status == "passed" else got.status
                expected = value_text(right.value) if right.status == "passed" else right.exception
                found.append(
                    Failure(
                        "same answer",
                        status,
                        call_text(self.entry, args),
                        expected,
                        value_text(got.value) if got.status == "passed" else None,
                        ": ".join(filter(None, (got.exception, got.message))),
                    )
                )
        return cost, found

    async def _pairs(
        self, watch: Stopwatch, source: str, batch: Batch
    ) -> list[tuple[float, float]] | None:
        """(candidate, reference) seconds; None where the candidate came to no end."""
        rng = random.Random(self.seed)
        pairs: list[tuple[float, float]] = []
        for _ in range(self.rounds):
            first = rng.random() < 0.5
            took: dict[bool, float | None] = {}
            for own in (first, not first):
                took[own] = await watch.seconds(source if own else self.reference, batch)
            own, other = took[True], took[False]
            if own is None:
                return None
            if other is not None:
                pairs.append((own, other))
        return pairs

    def _verdict(
        self, pairs: list[tuple[float, float]] | None, batch: Batch, cost: Cost
    ) -> Verdict:
        if pairs is None or len(pairs) < 2:
            told = f"not done within the limits on {batch.times} times the inputs"
            failure = Failure("speed", "timeout", message=told)
            return Verdict(0.0, False, (failure,), "timeout", {"cases": [], "speed": None}, cost)
        ratio = paired_ratio(pairs, self.seed)
        own, other = (statistics.median(pair[i] for pair in pairs) / batch.times for i in (0, 1))
        passed = ratio.low <= self.most
        detail = {
            "ratio": ratio.record(),
            "most": self.most,
            "decided": not ratio.low <= self.most <= ratio.high,
            "candidate_seconds": own,
            "reference_seconds": other,
            "times": batch.times,
            "rounds": len(pairs),
        }
        feedback: list[Feedback] = []
        if not passed:
            feedback = [
                Failure("speed", "failed", message=_said(ratio, self.most)),
                Timing("speed", own, other * self.most),
            ]
        return Verdict(
            score=min(1.0, self.most / ratio.value),
            passed=passed,
            status="passed" if passed else "failed",
            feedback=tuple(feedback),
            detail={"cases": [], "speed": detail},
            cost=cost,
        )


def _answer(output: Output) -> str:
    if output.status == "passed":
        return canonical_text(output.value)
    return f"{output.status} {output.exception}"


def _said(ratio: Estimate, most: float) -> str:
    return (
        f"{ratio.value:.3g} times the CPU time of the reference (95 % interval {ratio.low:.3g} to "
        f"{ratio.high:.3g}); at most {most:g} is allowed"
    )
