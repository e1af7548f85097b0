"""What a test suite came to, from the lines its plugin wrote: passed only if all of it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strop.core.types import Status
from strop.sandbox.jobs import Execution, Limits, TestOutcome, TestResult
from strop.sandbox.reply import Ending, broken, fault, joint, lines, shell_ending

__all__ = ["read_suite"]

_TAIL = 2000


class _Story:
    """The plugin's lines, sorted by kind; lines without the nonce are none of the plugin's."""

    def __init__(self, rows: list[Any], nonce: str) -> None:
        self.forged = any(row.get("nonce") != nonce for row in rows)
        self.collected: list[str] = []
        self.refused: list[str] = []
        self.load: Mapping[str, Any] | None = None
        self.finished = False
        self.unsupported = ""
        self.full = False
        self._phases: dict[str, list[Any]] = {}
        for row in rows:
            self._read(row)

    def _read(self, row: Mapping[str, Any]) -> None:
        if "collected" in row:
            self.collected = [str(name) for name in row["collected"][0]]
        elif "refused" in row:
            self.refused.append(str(row["refused"][1]))
        elif "load" in row:
            self.load = row["load"][0]
        elif "finish" in row:
            self.finished = True
        elif "unsupported" in row:
            self.unsupported = str(row["unsupported"][0])
        elif "full" in row:
            self.full = True
        elif "test" in row:
            self._phases.setdefault(str(row["test"][0]), []).append(row["test"][1:])

    def tests(self) -> tuple[TestOutcome, ...]:
        return tuple(_outcome(name, self._phases.get(name, [])) for name in self.collected)


def _outcome(name: str, phases: list[Any]) -> TestOutcome:
    result: TestResult = "error"
    message, seconds, complete = "", 0.0, False
    for when, outcome, xfail, duration, text in phases:
        seconds += duration
        message = message or text
        if outcome == "failed":
            result = "failed" if when == "call" else "error"
            return TestOutcome(name, result, message, seconds)
        if outcome == "skipped":
            result = "xfailed" if xfail else "skipped"
        elif when == "call":
            result = "xpassed" if xfail else "passed"
        complete = complete or when == "teardown"
    if not complete:
        return TestOutcome(name, "error", message or "the test did not end", seconds)
    return TestOutcome(name, result, message, seconds)


def _verdict(story: _Story, skips: frozenset[str] | None, output: str) -> tuple[Status, str]:
    if story.refused:
        return "error", story.refused[0]
    if not story.collected:
        return "error", f"no test was collected: {output[-_TAIL:].strip()}"
    if story.full:
        return "error", "the outcomes are too large to be sent"
    tests = story.tests()
    for result, status in (("failed", "failed"), ("error", "error"), ("xpassed", "failed")):
        for test in tests:
            if test.result == result:
                return status, f"{test.id}: {test.message or result}"  # type: ignore[return-value]
    unasked = [
        t.id for t in tests if t.result == "skipped" and skips is not None and t.id not in skips
    ]
    if unasked:
        return "failed", f"{unasked[0]} was skipped"
    if not story.finished:
        return "crashed", "pytest ended early"
    return "passed", ""


def read_suite(
    header: Mapping[str, Any],
    parts: list[bytes],
    nonce: str,
    skips: frozenset[str] | None,
    limits: Limits,
    layers: tuple[str, ...],
) -> Execution:
    """`passed` only if pytest ended by itself, at least one test was collected, and each collected
    test reported that it passed, was expected to fail and did, or was skipped as allowed."""
    end = Ending.of(header["tests"], limits)
    split = header["candidate"]
    candidate = Ending.of(split, limits) if split else None
    told: dict[str, Any] = joint(end, candidate or end, layers) if candidate else end.totals(layers)
    told["stdout"] = parts[2].decode("utf-8", "replace")
    told["stderr"] = parts[3].decode("utf-8", "replace")
    told["truncated"] = max(len(parts[2]), len(parts[3])) >= limits.output_bytes
    told["exit_code"] = end.code
    rows = lines(parts[0])
    lost = broken(rows) or broken(lines(parts[1]))
    if lost or rows is None:
        return Execution("crashed", message=lost or "the report is not in wire form", **told)
    try:
        story = _Story(rows, nonce)
        tests = story.tests()
        status, message = _verdict(story, skips, told["stdout"] + told["stderr"])
        load = fault(story.load) if story.load is not None else None
    except (TypeError, ValueError, AttributeError, IndexError):
        return Execution("crashed", message="the report is malformed", **told)
    if story.forged:
        return Execution("crashed", message="the report was forged", **told)
    if load is not None:
        return Execution(**load, **told)
    ending, reason = shell_ending(end, limits)
    if ending != "passed":
        return Execution(ending, tests=tests, message=reason, **told)
    if candidate and split["stopped"] != "done" and candidate.status != "passed":
        return Execution(candidate.status, tests=tests, message=candidate.message, **told)
    if story.unsupported and status != "passed":
        return Execution(
            "error", tests=tests, message=story.unsupported, split_unsupported=True, **told
        )
    return Execution(status, tests=tests, message=message, **told)
