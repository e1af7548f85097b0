"""The user's pytest suite: per-test results from pristine files, exit code never trusted alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from strop.core.errors import BadInput
from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Crash, Failure, Status, Verdict
from strop.sandbox.jobs import Execution, Limits, SuiteJob, TestOutcome
from strop.sandbox.pool import Pool

__all__ = ["PytestCheck", "Split"]

Split = Literal["auto", "always", "never"]
_STATUS: Mapping[str, Status] = {"passed": "passed", "failed": "failed", "error": "error"}
_STAND_IN = "def __getattr__(name):\n    return lambda *args, **kwargs: None\n"


class PytestCheck:
    """Tests in `files` (path to text) import the candidate as `module`.

    `split` says whether the candidate lives in a process of its own, out of reach of the asserts:
    `always` (an error where the tests need more than functions over data), `auto` (falls back to
    one process and says why in `detail["split"]`), `never`.
    """

    name = "pytest"

    def __init__(
        self,
        files: Mapping[str, str],
        module: str,
        pool: Pool,
        limits: Limits,
        split: Split = "auto",
    ) -> None:
        self.files = dict(files)
        self.module = module
        self.pool = pool
        self.limits = limits
        self.split: Split = split
        self._collectable: bool | None = None
        self._why = ""
        self.key = digest("pytest", self.files, module, asdict(limits), split, pool.python)

    @property
    def executions(self) -> int:
        """At most two processes, twice where a split run has to fall back."""
        return {"auto": 3, "always": 2, "never": 1}[self.split]

    async def __call__(self, candidate: Candidate) -> Verdict:
        note = "never: one process for tests and candidate"
        spent = Cost()
        if self.split != "never":
            execution = await self._run(candidate, split=True)
            spent += Cost(executions=2, cpu_seconds=execution.total_cpu)
            note = "tests and candidate in separate processes"
            if execution.split_unsupported:
                if self.split == "always":
                    raise BadInput(
                        f"--split always: {execution.message}. Use --split auto to run these "
                        "tests in one process with the candidate."
                    )
                note = f"one process for tests and candidate, because {execution.message}"
                execution = await self._run(candidate, split=False)
                spent += Cost(executions=1, cpu_seconds=execution.total_cpu)
        else:
            execution = await self._run(candidate, split=False)
            spent += Cost(executions=1, cpu_seconds=execution.total_cpu)
        if not execution.tests and execution.status == "error":
            await self._demand_collectable()
        return self._verdict(execution, note, spent)

    async def _demand_collectable(self) -> None:
        """Whose fault it is that nothing was collected: if the suite does not even collect beside
        a stand-in that has every name, it is the suite's. Raises `BadInput` then."""
        if self._collectable is None:
            execution = await self.pool.run(
                SuiteJob(
                    files={**self.files, f"{self.module}.py": _STAND_IN},
                    targets=sorted(self.files),
                    module=self.module,
                    arguments=["--collect-only"],
                    limits=self.limits,
                )
            )
            self._collectable = bool(execution.tests)
            if not execution.tests:
                self._why = _last_error(execution.message)
        if not self._collectable:
            raise BadInput(
                f"tests {', '.join(sorted(self.files))} do not collect: {self._why}. "
                "Run pytest on them to see all of it."
            )

    async def _run(self, candidate: Candidate, *, split: bool) -> Execution:
        files = dict(self.files)
        if not split:
            files[f"{self.module}.py"] = candidate.value
        return await self.pool.run(
            SuiteJob(
                files=files,
                targets=sorted(self.files),
                split=split,
                module=self.module,
                source=candidate.value,
                limits=self.limits,
            )
        )

    def _verdict(self, execution: Execution, note: str, cost: Cost) -> Verdict:
        good = sum(test.result == "passed" for test in execution.tests)
        passed = execution.status == "passed"
        rows = [
            {
                "name": test.id,
                "status": _status(test, passed),
                "input": None,
                "expected": None,
                "got": None,
                "message": test.message,
                "cpu_seconds": round(test.seconds, 6),
            }
            for test in execution.tests
        ]
        failures = [
            Failure(test.id, _status(test, passed), message=test.message)
            for test in execution.tests
            if _status(test, passed) != "passed"
        ]
        message = execution.message or execution.stdout[-2000:]
        crash = Crash(execution.exception or execution.status, message, execution.trace)
        total = len(execution.tests)
        return Verdict(
            score=0.0 if not total else good / total if passed or good < total else 0.0,
            passed=passed,
            status=execution.status,
            feedback=() if passed else tuple(failures) or (crash,),
            detail={
                "cases": rows,
                "split": note,
                "message": execution.message,
                "layers": list(execution.layers),
            },
            cost=cost,
        )


def _last_error(message: str) -> str:
    """The line of pytest's report that names the exception."""
    if message.startswith("no test was collected"):
        return "there is no test in them"
    errors = [line[1:].strip() for line in message.splitlines() if line.startswith("E ")]
    return (errors or message.strip().splitlines() or ["no reason given"])[-1]


def _status(test: TestOutcome, passed: bool) -> Status:
    """A skip counts as passed only where the suite as a whole may pass with it."""
    if test.result in ("skipped", "xfailed") and passed:
        return "passed"
    return _STATUS.get(test.result, "failed")
