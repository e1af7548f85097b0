"""Inputs and expected values: the candidate returns data, the verdict is made here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from strop.checks.case import Case
from strop.checks.show import call_text, value_text
from strop.core.errors import BadInput
from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Crash, Failure, Feedback, Status, Verdict
from strop.sandbox.equality import equal
from strop.sandbox.inside import wire
from strop.sandbox.jobs import CallJob, Execution, Inputs, Limits, Output, ProgramJob
from strop.sandbox.pool import Pool

__all__ = ["CasesCheck", "Checker"]


@dataclass(frozen=True, slots=True)
class Checker:
    """A user's own decision: `function(input, expected, got)` in `source`; true is a pass.

    It runs in a sandboxed process of its own, so it is safe from the candidate and from itself.
    """

    source: str
    function: str


@dataclass(frozen=True, slots=True)
class _Row:
    case: Case
    status: Status
    got: str | None
    message: str
    seconds: float


class CasesCheck:
    """All cases of one entry; a function runs them in one process, a program in one a case.

    `python` and `isolation` of the pool and the limits are part of the key, since a verdict may
    depend on them. Raises `BadInput` for cases that cannot be sent.
    """

    name = "cases"

    def __init__(
        self,
        cases: Sequence[Case],
        entry: str | None,
        pool: Pool,
        limits: Limits,
        checker: Checker | None = None,
    ) -> None:
        self.cases = tuple(cases)
        self.entry = entry
        self.pool = pool
        self.limits = limits
        self.checker = checker
        self.key = digest(
            "cases",
            [asdict(case) for case in self.cases],
            entry,
            asdict(limits),
            [checker.source, checker.function] if checker else None,
            pool.python,
        )
        self._expected = [wire.decode(json.dumps(case.expected)) for case in self.cases]
        self._inputs: Inputs | None = None
        self._shown: dict[str, tuple[str, str]] = {}

    @property
    def executions(self) -> int:
        """One process for a function, one a case for a program, one more for a checker."""
        return (1 if self.entry else len(self.cases)) + (1 if self.checker else 0)

    async def __call__(self, candidate: Candidate) -> Verdict:
        if self.entry is None:
            return await self._judge_program(candidate.value)
        return await self._judge_function(candidate.value, self.entry)

    async def _judge_function(self, source: str, entry: str) -> Verdict:
        if self._inputs is None:
            arguments = [wire.decode(json.dumps(case.given), live=True) for case in self.cases]
            self._inputs = Inputs.of(arguments)
        execution = await self.pool.run(CallJob(source, entry, self._inputs, self.limits))
        outputs = execution.outputs
        if len(outputs) != len(self.cases):
            lost = Output(
                "error" if execution.status == "passed" else execution.status,
                exception=execution.exception,
                message=execution.message,
            )
            outputs = (*outputs, *[lost] * (len(self.cases) - len(outputs)))[: len(self.cases)]
        rows = await self._rows(outputs)
        return self._verdict(rows, execution, execution.total_cpu)

    async def _judge_program(self, source: str) -> Verdict:
        outputs: list[Output] = []
        last = Execution("passed")
        spent = 0.0
        for case in self.cases:
            last = await self.pool.run(ProgramJob(source, str(case.given), self.limits))
            spent += last.total_cpu
            clean = last.status == "passed" and not last.truncated
            outputs.append(
                Output(
                    last.status if clean or last.status != "passed" else "failed",
                    value=_trimmed(last.stdout) if clean else None,
                    exception=last.exception,
                    message=last.message or ("output beyond the cap" if last.truncated else ""),
                    trace=last.trace,
                    cpu_seconds=last.cpu_seconds,
                )
            )
        rows = await self._rows(outputs)
        return self._verdict(rows, last, spent)

    async def _rows(self, outputs: Sequence[Output]) -> list[_Row]:
        accepted = await self._accepted(outputs)
        rows: list[_Row] = []
        for case, output, right in zip(self.cases, outputs, accepted, strict=True):
            returned = output.status == "passed"
            status: Status = output.status if not returned or right else "failed"
            message = ": ".join(filter(None, (output.exception, output.message)))
            got = value_text(output.value) if returned else None
            rows.append(_Row(case, status, got, message, output.cpu_seconds))
        return rows

    async def _accepted(self, outputs: Sequence[Output]) -> list[bool]:
        if self.checker is not None:
            return await self._by_checker(self.checker, outputs)
        return [
            output.status == "passed" and self._same(case, output.value, expected)
            for case, output, expected in zip(self.cases, outputs, self._expected, strict=True)
        ]

    def _same(self, case: Case, got: Any, expected: Any) -> bool:
        if self.entry is None:
            return _trimmed(got) == _trimmed(expected)
        if case.equality == "truth":
            return (
                not isinstance(got, wire.Opaque | wire.Iter | wire.Typed) and bool(got) == expected
            )
        return equal(got, expected, case.equality, case.atol)

    async def _by_checker(self, checker: Checker, outputs: Sequence[Output]) -> list[bool]:
        sendable = [
            i
            for i, output in enumerate(outputs)
            if output.status == "passed" and not _opaque(output.value)
        ]
        triples = [
            [self._given(self.cases[i]), self._expected[i], outputs[i].value] for i in sendable
        ]
        accepted = [False] * len(outputs)
        if not triples:
            return accepted
        execution = await self.pool.run(
            CallJob(checker.source, checker.function, triples, self.limits)
        )
        for i, said in zip(sendable, execution.outputs, strict=False):
            if said.status in ("error", "timeout", "crashed", "memory"):
                raise BadInput(
                    f"the checker {checker.function} failed on case {self.cases[i].name}: "
                    f"{said.status} {said.exception} {said.message}".rstrip()
                )
            accepted[i] = said.value is True
        return accepted

    def _given(self, case: Case) -> Any:
        return wire.decode(json.dumps(case.given)) if self.entry else case.given

    def _verdict(self, rows: Sequence[_Row], execution: Execution, cpu_seconds: float) -> Verdict:
        good = sum(row.status == "passed" for row in rows)
        failing = [row for row in rows if row.status != "passed"]
        feedback: list[Feedback] = []
        if (
            failing
            and all(row.status == failing[0].status == "error" for row in rows)
            and (execution.exception)
        ):
            feedback.append(Crash(execution.exception, execution.message, execution.trace))
        else:
            feedback.extend(self._failure(row) for row in failing)
        detail: Mapping[str, Any] = {
            "cases": [
                {
                    "name": row.case.name,
                    "status": row.status,
                    "input": self._texts(row.case)[0],
                    "expected": self._texts(row.case)[1],
                    "got": row.got,
                    "message": row.message,
                    "cpu_seconds": round(row.seconds, 6),
                }
                for row in rows
            ],
            "layers": list(execution.layers),
        }
        return Verdict(
            score=good / len(rows),
            passed=not failing,
            status=_worst(failing) if failing else "passed",
            feedback=tuple(feedback),
            detail=detail,
            cost=Cost(executions=self.executions, cpu_seconds=cpu_seconds),
        )

    def _failure(self, row: _Row) -> Failure:
        return Failure(
            case=row.case.name,
            status=row.status,
            input=self._texts(row.case)[0],
            expected=self._texts(row.case)[1],
            got=row.got,
            message=row.message,
        )

    def _texts(self, case: Case) -> tuple[str, str]:
        """A case's input and expected value as text, made once for any number of candidates."""
        shown = self._shown.get(case.name)
        if shown is None:
            expected = value_text(wire.decode(json.dumps(case.expected)))
            shown = self._shown[case.name] = (call_text(self.entry, case.given), expected)
        return shown


_ORDER: tuple[Status, ...] = ("forbidden", "memory", "timeout", "crashed", "error", "failed")


def _worst(rows: Sequence[_Row]) -> Status:
    """The status that says most about why: a denied act before a hang before a wrong value."""
    present = {row.status for row in rows}
    for status in _ORDER:
        if status in present:
            return status
    return "failed"


def _trimmed(text: Any) -> str:
    """Standard output up to white space at line ends and at the end of the text."""
    return "\n".join(line.rstrip() for line in str(text).rstrip().splitlines())


def _opaque(value: Any) -> bool:
    return '"$opaque":' in wire.encode(value) or isinstance(value, wire.Opaque)
