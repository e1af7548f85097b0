"""A check made several times: what does not come to the same each time is flaky, not failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from strop.core.errors import BadInput
from strop.core.ledger import digest
from strop.core.types import Candidate, Check, Cost, Failure, Status, Verdict

__all__ = ["Reruns"]


class Reruns:
    """`check`, `times` times (1 or more). A case that passes in some runs only is `flaky`; if
    nothing but flaky cases keeps the candidate from passing, so is the verdict, and it did not
    pass. `detail["runs"]` says how many runs each flaky case passed. Raises BadInput below 1."""

    def __init__(self, check: Check, times: int) -> None:
        if times < 1:
            raise BadInput(f"--reruns must be 1 or more. Got {times} instead.")
        self.check = check
        self.times = times
        self.name = check.name
        self.key = digest("reruns", check.key, times)

    @property
    def executions(self) -> int:
        """Those of every run."""
        return self.times * self.check.executions

    async def __call__(self, candidate: Candidate) -> Verdict:
        verdicts = [await self.check(candidate) for _ in range(self.times)]
        cost = sum((verdict.cost for verdict in verdicts), Cost())
        return replace(_joined(verdicts), cost=cost)


def _joined(verdicts: Sequence[Verdict]) -> Verdict:
    first = verdicts[0]
    if all(_told(verdict) == _told(first) for verdict in verdicts):
        return first
    runs = len(verdicts)
    seen: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        for row in verdict.detail.get("cases", ()):
            seen.setdefault(_name(row), Counter())[row["status"]] += 1
    # A case that some run did not come to has no more to say than one that failed there.
    passes = {name: found["passed"] for name, found in seen.items()}
    flaky = {name: count for name, count in passes.items() if 0 < count < runs}
    worst = max(verdicts, key=lambda verdict: len(verdict.detail.get("cases", ())))
    rows = [_marked(row, flaky, runs) for row in worst.detail.get("cases", ())]
    steady = [row for row in rows if row["status"] not in ("passed", "flaky")]
    status: Status = steady[0]["status"] if steady else "flaky"
    feedback = tuple(
        Failure(row["name"] or row["input"], row["status"], row["input"], message=row["message"])
        for row in rows
        if row["status"] != "passed"
    )
    return Verdict(
        score=min(verdict.score for verdict in verdicts),
        passed=False,
        feedback=feedback,
        status=status,
        detail={
            **worst.detail,
            "cases": rows,
            "runs": {n: f"{k} of {runs}" for n, k in flaky.items()},
        },
    )


def _told(verdict: Verdict) -> Any:
    rows = [(_name(row), row["status"]) for row in verdict.detail.get("cases", ())]
    return verdict.passed, verdict.status, rows


def _name(row: Mapping[str, Any]) -> str:
    return row["name"] or str(row["input"])


def _marked(row: Mapping[str, Any], flaky: Mapping[str, int], runs: int) -> dict[str, Any]:
    if _name(row) not in flaky:
        return dict(row)
    told = f"passed in {flaky[_name(row)]} of {runs} runs"
    return {**row, "status": "flaky", "message": f"{told}. {row['message']}".strip()}
