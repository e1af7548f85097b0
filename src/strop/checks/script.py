"""Test code that must run as code (HumanEval's `check(candidate)`), apart from the candidate."""

from __future__ import annotations

from dataclasses import asdict

from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Failure, Verdict
from strop.sandbox.jobs import Limits, ScriptJob
from strop.sandbox.pool import Pool

__all__ = ["ScriptCheck"]


class ScriptCheck:
    """Runs `test_source` in one process against `entry` of a candidate in another (split)."""

    name = "script"

    def __init__(self, test_source: str, entry: str, pool: Pool, limits: Limits) -> None:
        self.test_source = test_source
        self.entry = entry
        self.pool = pool
        self.limits = limits
        self.key = digest("script", test_source, entry, asdict(limits), pool.python)

    @property
    def executions(self) -> int:
        """Two processes: the tests and the candidate."""
        return 2

    async def __call__(self, candidate: Candidate) -> Verdict:
        execution = await self.pool.run(
            ScriptJob(candidate.value, self.test_source, self.entry, limits=self.limits)
        )
        passed = execution.status == "passed"
        message = ": ".join(filter(None, (execution.exception, execution.message)))
        row = {
            "name": "check",
            "status": execution.status,
            "input": None,
            "expected": None,
            "got": None,
            "message": message,
            "cpu_seconds": round(execution.cpu_seconds, 6),
        }
        failure = Failure(
            "check", execution.status, message=f"{message}\n{execution.trace}".strip()
        )
        return Verdict(
            score=float(passed),
            passed=passed,
            status=execution.status,
            feedback=() if passed else (failure,),
            detail={"cases": [row], "layers": list(execution.layers)},
            cost=Cost(executions=self.executions, cpu_seconds=execution.total_cpu),
        )
