"""Complexity and style of a program by radon and ruff; nothing of it is run."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from strop.core.errors import BadInput, ToolUnavailable
from strop.core.ledger import digest
from strop.core.types import Candidate, Crash, Failure, Feedback, Verdict

__all__ = ["StyleCheck"]

_RULES = ("E9", "F", "B", "C4", "PIE", "SIM", "UP")
_SECONDS = 30.0
_INSTALL = "pip install 'strop[style]'"


class StyleCheck:
    """Passes a program whose functions have at most `most_complexity` ways through them (McCabe's
    cyclomatic complexity, 1 and more), whose maintainability index (0 to 100) is at least
    `least_maintainability`, and in which ruff finds nothing under `rules` (codes or prefixes).

    The score is the share of the three that hold, `detail["style"]` has `complexity` by function,
    `maintainability` and `findings`. Raises `ToolUnavailable` where radon or ruff is missing,
    `BadInput` for rules that ruff does not know.
    """

    name = "style"
    executions = 0

    def __init__(
        self,
        most_complexity: int = 10,
        least_maintainability: float = 20.0,
        rules: Sequence[str] = _RULES,
    ) -> None:
        self.most_complexity = most_complexity
        self.least_maintainability = least_maintainability
        self.rules = tuple(rules)
        self.key = digest("style", most_complexity, least_maintainability, self.rules)

    async def __call__(self, candidate: Candidate) -> Verdict:
        measured = _measured(candidate.value)
        if isinstance(measured, Crash):
            return Verdict(0.0, False, (measured,), "error", {"cases": [], "style": None})
        complexity, maintainability = measured
        findings = await asyncio.to_thread(_findings, candidate.value, self.rules)
        found: list[list[Feedback]] = [
            [
                Failure(f"complexity of {name}", "failed", message=self._too_many(ways))
                for name, ways in complexity.items()
                if ways > self.most_complexity
            ],
            [
                Failure("maintainability", "failed", message=self._too_low(maintainability))
                for _ in range(maintainability < self.least_maintainability)
            ],
            [
                Failure(row["code"], "failed", message=f"line {row['line']}: {row['message']}")
                for row in findings
            ],
        ]
        passed = not any(found)
        detail = {
            "complexity": complexity,
            "maintainability": round(maintainability, 2),
            "findings": findings,
        }
        return Verdict(
            score=sum(not part for part in found) / len(found),
            passed=passed,
            feedback=tuple(item for part in found for item in part),
            status="passed" if passed else "failed",
            detail={"cases": [], "style": detail},
        )

    def _too_many(self, ways: int) -> str:
        return f"{ways} independent paths, at most {self.most_complexity} are allowed: split it up"

    def _too_low(self, index: float) -> str:
        return f"index {index:.1f}, at least {self.least_maintainability:g} is wanted"


def _measured(source: str) -> tuple[dict[str, int], float] | Crash:
    try:
        from radon.complexity import cc_visit
        from radon.metrics import mi_visit
    except ImportError as error:
        raise ToolUnavailable(f"style checks need radon: {_INSTALL}") from error
    try:
        blocks: list[Any] = cc_visit(source)
        maintainability = float(mi_visit(source, multi=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Crash(type(error).__name__, str(error))
    return {block.fullname: int(block.complexity) for block in blocks}, maintainability


def _findings(source: str, rules: Sequence[str]) -> list[dict[str, Any]]:
    """What ruff says, without any settings of a folder."""
    if not rules:
        return []
    options = ["--isolated", "--no-cache", "--quiet", "--output-format=json", "--exit-zero"]
    command = [_ruff(), "check", *options, "--select", ",".join(rules)]
    try:
        done = subprocess.run(
            [*command, "--stdin-filename", "solution.py", "-"],
            input=source.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        rows = json.loads(done.stdout or b"[]")
    except subprocess.TimeoutExpired as error:
        raise ToolUnavailable(f"ruff did not end within {_SECONDS:g} s") from error
    except (OSError, ValueError) as error:
        raise ToolUnavailable(f"ruff cannot be run: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise BadInput(f"ruff does not take the rules {','.join(rules)}: {(said or [''])[-1]}")
    return [
        {
            "code": row["code"] or "syntax",
            "line": row["location"]["row"],
            "message": row["message"],
        }
        for row in rows
    ]


def _ruff() -> str:
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    found = str(beside) if beside.exists() else shutil.which("ruff")
    if found is None:
        raise ToolUnavailable(f"style checks need ruff: {_INSTALL}")
    return found
