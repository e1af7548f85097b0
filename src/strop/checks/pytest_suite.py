"""The user's pytest suite: per-test results from pristine files, exit code never trusted alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from random import Random
from typing import Literal

from strop.checks.decoy_rounds import function_of, run_rounds
from strop.checks.decoys import find_decoys, test_functions
from strop.checks.split_tests import why_not_split
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
    `always` (an error where the tests need more than calls and objects), `auto` (falls back to
    one process and says why in `detail["split"]`), `never`. Nothing that a candidate does makes it
    fall back. In one process, tests are run in rounds with decoys for what they expect, and may be
    skipped or expected to fail only where they are without the candidate.
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
        self._beside: Execution | None = None
        self.key = digest("pytest", self.files, module, asdict(limits), split, pool.python)

    @property
    def executions(self) -> int:
        """Two processes where tests and candidate are apart, up to four pairs of rounds where they
        are not, and one run beside a stand-in."""
        return {"auto": 11, "always": 3, "never": 9}[self.split]

    async def __call__(self, candidate: Candidate) -> Verdict:
        note, spent = "never: one process for tests and candidate", Cost()
        known = self._beside
        execution: Execution | None = None
        if self.split != "never":
            note = "tests and candidate in separate processes"
            why = why_not_split(self.files, self.module)
            if not why:
                execution = await self._run(self.files, candidate.value, split=True)
                spent = Cost(executions=2, cpu_seconds=execution.total_cpu)
                why = execution.message if execution.split_unsupported else ""
            if why:
                execution = None
                note = f"one process for tests and candidate, because {why}"
                if self.split == "always":
                    raise BadInput(
                        f"--split always: {why}. Use --split auto to run these tests in one "
                        "process with the candidate."
                    )
        if execution is None:
            execution, together, more = await self._together(candidate.value)
            note, spent = f"{note}; {more}", spent + together
        if not execution.tests and execution.status == "error":
            await self._demand_collectable()
        if self._beside is not known and self._beside is not None:
            spent += Cost(executions=1, cpu_seconds=self._beside.total_cpu)
        return self._verdict(execution, note, spent)

    async def _together(self, source: str) -> tuple[Execution, Cost, str]:
        """The suite in one process with the candidate, hardened; what it cost, and how it was run.
        The rounds are of the candidate's own, so that the same verdict comes again."""

        async def run(files: Mapping[str, str]) -> Execution:
            return await self._run(files, source, split=False)

        decoys = find_decoys(self.files)
        rng = Random(f"{self.key} {digest('candidate', source)}")
        found = await run_rounds(decoys, run, rng)
        cost = Cost(executions=found.rounds, cpu_seconds=found.cpu_seconds)
        note = f"{found.rounds} rounds, decoys in {len(decoys.places)} tests"
        execution = found.execution
        if found.fooled:
            told = f"{found.fooled} passed with a wrong expected value too"
            return _failed(execution, told), cost, note
        if execution.status == "passed":
            fault = await self._strange(execution)
            if fault:
                execution = _failed(execution, fault)
        return execution, cost, note

    async def _strange(self, execution: Execution) -> str:
        """What happened beside this candidate alone: a test that is gone, skipped or expected to
        fail, though it is not so beside a stand-in."""
        came = {function_of(test.id) for test in execution.tests}
        odd = {t.id: t.result for t in execution.tests if t.result in ("skipped", "xfailed")}
        missing = [name for name in test_functions(self.files) if name not in came]
        if not odd and not missing:
            return ""
        pristine = {test.id: test.result for test in (await self._pristine()).tests}
        for name in missing:
            if any(function_of(test) == name for test in pristine):
                return f"{name} was not collected"
        for name, result in odd.items():
            if pristine.get(name) != result:
                return f"{name} was {result}"
        if all(test.id in odd for test in execution.tests):
            return "no test was run to its end"
        return ""

    async def _pristine(self) -> Execution:
        """The suite beside a stand-in that has every name."""
        if self._beside is None:
            self._beside = await self._run(self.files, _STAND_IN, split=False)
        return self._beside

    async def _demand_collectable(self) -> None:
        """Whose fault it is that nothing was collected: if the suite does not even collect beside
        a stand-in, it is the suite's. Raises `BadInput` then."""
        pristine = await self._pristine()
        if not pristine.tests:
            raise BadInput(
                f"tests {', '.join(sorted(self.files))} do not collect: "
                f"{_last_error(pristine.message)}. "
                "Run pytest on them to see all of it."
            )

    async def _run(self, files: Mapping[str, str], source: str, *, split: bool) -> Execution:
        candidate = {} if split else {f"{self.module}.py": source}
        return await self.pool.run(
            SuiteJob(
                files={**files, **candidate},
                targets=sorted(self.files),
                split=split,
                module=self.module,
                source=source,
                allowed_skips=() if split else None,
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


def _failed(execution: Execution, why: str) -> Execution:
    return replace(execution, status="failed", message=why)


def _last_error(message: str) -> str:
    """The line of pytest's report that names the exception."""
    if message.startswith("no test was collected"):
        return "there is no test in them"
    errors = [line[1:].strip() for line in message.splitlines() if line.startswith("E ")]
    return (errors or message.strip().splitlines() or ["no reason given"])[-1]


def _status(test: TestOutcome, passed: bool) -> Status:
    """A skip counts as passed only where the suite as a whole may pass with it."""
    if test.result == "xfailed" or (test.result == "skipped" and passed):
        return "passed"
    return _STATUS.get(test.result, "failed")
