"""Hypothesis properties as a check: each is run apart from the candidate and shrinks what fails."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from strop.checks.property import Property
from strop.core.errors import ToolUnavailable
from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Crash, Failure, Feedback, Status, Verdict
from strop.sandbox.inside.named import classes_named
from strop.sandbox.jobs import Execution, Limits, ScriptJob
from strop.sandbox.pool import Pool

__all__ = ["PropertiesCheck"]

_HARNESS = Path(__file__).with_name("property_harness.py")
_REPORT = "StropReport"
# Of the limits of a run: the second run of one that hung says on which input it hangs.
_HANGS = 0.5
_STATUSES: Mapping[str, Status] = {
    "passed": "passed",
    "failed": "failed",
    "flaky": "flaky",
    "gone": "crashed",
    "late": "timeout",
    "unsatisfied": "error",
}
_RAISED: Mapping[str, Status] = {"memory": "memory", "forbidden": "forbidden"}
_WORST: tuple[Status, ...] = (
    "forbidden",
    "memory",
    "timeout",
    "crashed",
    "failed",
    "flaky",
    "error",
)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    status: Status
    input: str | None = None
    got: str | None = None
    message: str = ""
    tried: int = 0
    invalid: int = 0
    cpu_seconds: float = 0.0


class PropertiesCheck:
    """All `properties` of a candidate's `entry`; `examples` (1 and more) bounds the inputs of each.

    Properties run in one process, the candidate in another, a new pair for each property with
    `limits` of its own. The same inputs come every time: no seed, no database. A property that
    fails is told with the smallest input found (one that hangs or ends the process, with the input
    it did so on); `detail` has, for each, the inputs `tried` and those of them that were refused
    (`invalid`). One that finds no valid input, or cannot be run, is an error; the others still run.

    Raises `ToolUnavailable` where the candidate's interpreter lacks Hypothesis.
    """

    name = "properties"

    def __init__(
        self,
        properties: Sequence[Property],
        entry: str,
        pool: Pool,
        limits: Limits,
        examples: int = 100,
        module: str = "solution",
    ) -> None:
        self.properties = tuple(properties)
        self.entry = entry
        self.pool = pool
        self.limits = limits
        self.examples = examples
        self.module = module
        self.key = digest(
            "properties",
            [p.record() for p in self.properties],
            entry,
            asdict(limits),
            examples,
            module,
            pool.python,
        )

    @property
    def executions(self) -> int:
        """Two processes a property, and two more for one that hangs."""
        return 4 * len(self.properties)

    async def __call__(self, candidate: Candidate) -> Verdict:
        rows: list[_Row] = []
        cost = Cost()
        layers: tuple[str, ...] = ()
        for each in self.properties:
            execution, told, spent = await self._run(candidate.value, each)
            cost += spent
            layers = execution.layers
            if told is None and execution.exception and not execution.split_unsupported:
                return _unusable(execution, cost)
            rows.append(replace(self._row(each, execution, told), cpu_seconds=spent.cpu_seconds))
        return self._verdict(rows, cost, layers)

    async def _run(
        self, source: str, each: Property, seconds: float = 0.0
    ) -> tuple[Execution, dict[str, Any] | None, Cost]:
        """With `seconds`, the run ends after so long and says what it was at."""
        nonce = secrets.token_hex(4)
        text = self._text(each, nonce, seconds)
        execution = await self.pool.run(
            ScriptJob(source, text, self.entry, self.module, self.limits)
        )
        cost = Cost(executions=2, cpu_seconds=execution.total_cpu)
        told = _report(execution, nonce)
        if execution.status == "timeout" and not seconds:
            patience = _HANGS * min(self.limits.cpu_seconds, self.limits.wall_seconds)
            again, heard, more = await self._run(source, each, patience)
            cost += more
            if heard is not None and float(heard.get("took", 0)) > patience / 2:
                return again, heard, cost
        return execution, told, cost

    def _text(self, each: Property, nonce: str, seconds: float) -> str:
        plan = {
            "nonce": nonce,
            "name": each.name,
            "source": each.source,
            "inputs": dict(each.inputs),
            "relations": [list(relation) for relation in each.relations],
            "entry": self.entry,
            "targets": ["candidate", self.entry],
            "examples": self.examples,
            "seconds": seconds,
        }
        # The tests' process takes the classes that the text names for those it may ask about `==`.
        classes = ", ".join(sorted(classes_named([each.source])))
        harness = _HARNESS.read_text(encoding="utf-8")
        return f"{harness}\n_names = lambda: [{classes}]\nmain({json.dumps(plan)!r})\n"

    def _row(self, each: Property, execution: Execution, told: dict[str, Any] | None) -> _Row:
        if told is None:
            return _Row(each.name, _status(execution), message=_why(execution))
        kind = str(told.get("kind"))
        tried, invalid = int(told["tried"]), int(told["invalid"])
        if kind == "missing":
            python = self.pool.python or sys.executable
            raise ToolUnavailable(
                f"properties need Hypothesis, which is not installed for {python}; "
                f"run {python} -m pip install 'hypothesis>=6.100'"
            )
        status = _STATUSES.get(kind, "error")
        message = _place(each, told) if told.get("type") else ""
        if kind == "unsatisfied":
            message = f"no valid input among {tried}: loosen what it assumes or its strategies"
        elif kind == "late":
            message = "did not come to an end"
        elif kind == "gone":
            message = "the candidate's process ended"
        elif kind == "failed" and told["type"] != "AssertionError":
            status = _RAISED.get(str(told.get("status")), "error")
        shown = None if kind in ("passed", "unsatisfied") else str(told["input"])
        got = str(told["got"]) or None if kind == "failed" else None
        return _Row(each.name, status, shown, got, message, tried, invalid)

    def _verdict(self, rows: Sequence[_Row], cost: Cost, layers: tuple[str, ...]) -> Verdict:
        failing = [row for row in rows if row.status != "passed"]
        feedback: list[Feedback] = [
            Failure(row.name, row.status, row.input, None, row.got, row.message) for row in failing
        ]
        present = {row.status for row in failing}
        worst: Status = "passed"
        for status in reversed(_WORST):
            worst = status if status in present else worst
        detail = {
            "cases": [
                {
                    "name": row.name,
                    "status": row.status,
                    "input": row.input,
                    "expected": None,
                    "got": row.got,
                    "message": row.message,
                    "cpu_seconds": round(row.cpu_seconds, 6),
                    "tried": row.tried,
                    "invalid": row.invalid,
                }
                for row in rows
            ],
            "layers": list(layers),
        }
        return Verdict(
            score=(len(rows) - len(failing)) / max(1, len(rows)),
            passed=not failing,
            status=worst,
            feedback=tuple(feedback),
            detail=detail,
            cost=cost,
        )


def _report(execution: Execution, nonce: str) -> dict[str, Any] | None:
    """What the harness told, None where the run came to no report."""
    if execution.exception != _REPORT:
        return None
    try:
        told = json.loads(execution.message)
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.get("nonce") == nonce else None


def _unusable(execution: Execution, cost: Cost) -> Verdict:
    """The candidate's module does not load, so no property says anything of it."""
    crash = Crash(execution.exception, execution.message, execution.trace)
    detail = {"cases": [], "layers": list(execution.layers)}
    return Verdict(0.0, False, (crash,), _status(execution), detail, cost)


def _status(execution: Execution) -> Status:
    return "error" if execution.status == "passed" else execution.status


def _why(execution: Execution) -> str:
    if execution.split_unsupported:
        return f"cannot be run apart from the candidate: {execution.message}"
    return execution.message


def _place(each: Property, told: Mapping[str, Any]) -> str:
    """`line 3: assert f(x) > 0: too small`; other exceptions with their type."""
    line, kind, text = int(told.get("line") or 0), str(told["type"]), str(told.get("message", ""))
    lines = each.source.splitlines()
    parts = [f"line {line}"] if line else []
    if kind == "AssertionError":
        parts += [lines[line - 1].strip()] if 0 < line <= len(lines) else [kind]
        parts += [text] if text else []
    else:
        parts.append(f"{kind}: {text}" if text else kind)
    return ": ".join(parts)
