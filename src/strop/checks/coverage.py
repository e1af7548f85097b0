"""Lines and branches that a check runs, beside its verdict."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from strop.checks.cases import CasesCheck
from strop.checks.coverage_points import SEEN, Marked, mark
from strop.checks.coverage_programs import covering_function, covering_plugin, covering_program
from strop.checks.pytest_suite import PytestCheck
from strop.checks.split_tests import why_not_split
from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, CoverageGap, Verdict
from strop.sandbox.inside import wire
from strop.sandbox.jobs import CallJob, Execution, Limits, ProgramJob, SuiteJob

__all__ = ["CoverageCheck", "summary"]

_PLUGIN = "_strop_coverage"
_MOST_ROUNDS = 4


class CoverageCheck:
    """The verdict of `check`, with what of the candidate its cases or tests ran.

    The candidate is run once more for that, as a text with marks, under the same limits; the
    verdict is on the candidate as it is. `detail["coverage"]` has `lines` (ran, of, missed: line
    numbers) and `branches` (ran, of, missed: line and way, see `coverage_points.Branch`), or None
    where the candidate could not be loaded; lines that were missed are a `CoverageGap` of `file`
    as well. `scope` (`f`, `Class` or `Class.method`) leaves out all but the statements in it.

    What a candidate does can change what is reported, never the verdict. Raises `BadInput` where
    the scope is not defined, and whatever `check` raises.
    """

    name = "coverage"

    def __init__(
        self, check: CasesCheck | PytestCheck, scope: str | None = None, file: str = ""
    ) -> None:
        self.check = check
        self.scope = scope
        self.file = file
        self.key = digest("coverage", check.key, scope, file)

    @property
    def executions(self) -> int:
        """As the check itself, and again as many processes for the marked text."""
        if isinstance(self.check, PytestCheck):
            return self.check.executions + 3
        cases = 1 if self.check.entry is None else _MOST_ROUNDS
        return self.check.executions + max(len(self.check.cases), cases)

    async def __call__(self, candidate: Candidate) -> Verdict:
        verdict = await self.check(candidate)
        program = isinstance(self.check, CasesCheck) and self.check.entry is None
        prelude = covering_program(_patience(self.check.limits, 1)) if program else ""
        try:
            marked = mark(candidate.value, self.scope, prelude)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return _with(verdict, None, Cost())
        seen, cost = await self._seen(marked)
        if seen is None:
            return _with(verdict, None, cost)
        found = summary(marked, seen)
        verdict = _with(verdict, found, cost)
        missed = tuple(found["lines"]["missed"])
        if not missed:
            return verdict
        gap = CoverageGap(self.file or self._default_file(), missed)
        return replace(verdict, feedback=(*verdict.feedback, gap))

    def _default_file(self) -> str:
        module = self.check.module if isinstance(self.check, PytestCheck) else "solution"
        return f"{module.replace('.', '/')}.py"

    async def _seen(self, marked: Marked) -> tuple[set[int] | None, Cost]:
        if isinstance(self.check, PytestCheck):
            return await _by_suite(self.check, marked)
        if self.check.entry is None:
            return await _by_program(self.check, marked)
        return await _by_calls(self.check, self.check.entry, marked)


def summary(marked: Marked, seen: Collection[int]) -> dict[str, Any]:
    """Lines and branches, as plain data, where the marks in `seen` were set."""
    missed = sorted(
        line for line, marks in marked.lines.items() if not any(m in seen for m in marks)
    )
    ways = sorted((b.line, b.way) for b in marked.branches if not any(m in seen for m in b.marks))
    of_lines, of_ways = len(marked.lines), len(marked.branches)
    return {
        "lines": {"ran": of_lines - len(missed), "of": of_lines, "missed": missed},
        "branches": {
            "ran": of_ways - len(ways),
            "of": of_ways,
            "missed": [list(way) for way in ways],
        },
    }


def _with(verdict: Verdict, found: Mapping[str, Any] | None, cost: Cost) -> Verdict:
    detail = {**verdict.detail, "coverage": found}
    return replace(verdict, detail=detail, cost=verdict.cost + cost)


def _patience(limits: Limits, cases: int) -> float:
    """CPU seconds after which one case is cut short, so that the others' lines are known too."""
    return limits.cpu_seconds / (2 if cases < 3 else 4)


async def _by_calls(check: CasesCheck, entry: str, marked: Marked) -> tuple[set[int] | None, Cost]:
    given = [wire.decode(json.dumps(case.given), live=True) for case in check.cases]
    text = marked.text + covering_function(entry, _patience(check.limits, len(given)))
    seen: set[int] = set()
    loaded, cost, at = False, Cost(), 0
    for _ in range(_MOST_ROUNDS):
        # The arguments that no entry takes: what the import alone has marked.
        job = CallJob(text, "_strop_cover", [[], *[[args] for args in given[at:]]], check.limits)
        execution = await check.pool.run(job)
        cost += Cost(executions=1, cpu_seconds=execution.total_cpu)
        told = [output for output in execution.outputs if output.status == "passed"]
        loaded = loaded or bool(told)
        for output in told:
            seen |= _numbers(output.value)
        at += max(len(told), 1)
        if not told or at >= len(given):
            break
    return (seen if loaded else None), cost


async def _by_program(check: CasesCheck, marked: Marked) -> tuple[set[int] | None, Cost]:
    seen: set[int] = set()
    loaded, cost = False, Cost()
    for case in check.cases:
        execution = await check.pool.run(ProgramJob(marked.text, str(case.given), check.limits))
        cost += Cost(executions=1, cpu_seconds=execution.total_cpu)
        last = execution.stderr.rstrip().rpartition("\n")[2]
        if last.startswith(SEEN):
            loaded = True
            seen |= _numbers(_read(last.removeprefix(SEEN)))
    return (seen if loaded else None), cost


async def _by_suite(check: PytestCheck, marked: Marked) -> tuple[set[int] | None, Cost]:
    cost = Cost()
    apart = check.split != "never" and not why_not_split(check.files, check.module)
    for split in (True, False) if apart else (False,):
        nonce = secrets.token_hex(8)
        plugin = covering_plugin(check.module, nonce)
        own = {} if split else {f"{check.module}.py": marked.text}
        execution = await check.pool.run(
            SuiteJob(
                files={**check.files, **own, f"{_PLUGIN}.py": plugin},
                targets=sorted(check.files),
                split=split,
                module=check.module,
                source=marked.text,
                allowed_skips=None,
                arguments=("-p", _PLUGIN),
                limits=check.limits,
            )
        )
        cost += Cost(executions=1 + split, cpu_seconds=execution.total_cpu)
        if not execution.split_unsupported:
            return _told(execution, nonce), cost
    return None, cost


def _told(execution: Execution, nonce: str) -> set[int] | None:
    """What the plugin printed after each test; None where it never did."""
    rows = [line.partition(nonce)[2] for line in execution.stdout.splitlines() if nonce in line]
    seen: set[int] = set()
    for row in rows:
        seen |= _numbers(_read(row))
    return seen if rows else None


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _numbers(told: Any) -> set[int]:
    items: Sequence[Any] = told if isinstance(told, list) else []
    return {item for item in items if type(item) is int}
