"""How often a check is wrong: false accepts and false rejects on labelled candidates."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.bench.lab_scores import wilson
from strop.core.errors import BadInput
from strop.core.types import Candidate, Check

__all__ = ["Labelled", "audit", "read_labelled"]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A candidate of which it is known whether it is right."""

    name: str
    source: str
    right: bool


def read_labelled(path: Path) -> list[Labelled]:
    """Rows of a JSONL file: `right` (true or false), `source` or `file` (a path beside it), and
    perhaps `name`. Raises BadInput naming the line."""
    found: list[Labelled] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--audit {path}: {error}.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            found.append(_row(path, number, line))
    if not found:
        raise BadInput(f'--audit {path}: no rows. One is {{"source": "...", "right": true}}.')
    return found


def _row(path: Path, number: int, line: str) -> Labelled:
    where = f"--audit {path} line {number}"
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{where}: not JSON ({error}).") from error
    if not isinstance(row, dict) or not isinstance(row.get("right"), bool):
        raise BadInput(f'{where}: needs "right": true or false.')
    source, file = row.get("source"), row.get("file")
    if isinstance(file, str) and source is None:
        try:
            source = (path.parent / file).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{where}: cannot read {file} ({error}).") from error
    if not isinstance(source, str):
        raise BadInput(f'{where}: needs "source" (text) or "file" (a path beside it).')
    return Labelled(str(row.get("name") or file or f"line {number}"), source, row["right"])


async def audit(
    check: Check,
    labelled: Sequence[Labelled],
    heard: Callable[[int, int], Awaitable[None] | None] = lambda done, of: None,
) -> dict[str, Any]:
    """Rates with Wilson's 95% intervals; None where no candidate of the kind is there. Flaky
    verdicts are counted apart and as not accepted."""
    accepted: list[str] = []
    rejected: list[str] = []
    flaky: list[str] = []
    for done, one in enumerate(labelled):
        verdict = await check(Candidate(one.name, "program", one.source))
        if verdict.status == "flaky":
            flaky.append(one.name)
        if verdict.passed and not one.right:
            accepted.append(one.name)
        elif not verdict.passed and one.right:
            rejected.append(one.name)
        heard(done + 1, len(labelled))
    right = sum(one.right for one in labelled)
    return {
        "candidates": len(labelled),
        "right": right,
        "wrong": len(labelled) - right,
        "false_accept": _rate(len(accepted), len(labelled) - right),
        "false_reject": _rate(len(rejected), right),
        "accepted_wrong": accepted,
        "rejected_right": rejected,
        "flaky": flaky,
    }


def _rate(bad: int, n: int) -> dict[str, float] | None:
    if not n:
        return None
    low, high = wilson(bad, n)
    return {"value": bad / n, "low": low, "high": high, "n": n}
