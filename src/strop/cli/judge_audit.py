"""`strop judge --audit`: how often a check is wrong, told."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strop.cli.judge import check_of, rerun

if TYPE_CHECKING:
    from strop.tasks.workbench import Workbench

__all__ = ["audited"]


async def audited(
    bench: Workbench,
    path: Path,
    cases: Path | None,
    tests: Path | None,
    command: str,
    reruns: int,
    json_: bool,
) -> int:
    """Judge every labelled candidate; 0 where no verdict was wrong, else 1."""
    from strop.bench.verifier_audit import audit, read_labelled

    labelled = read_labelled(path)
    name = _module(tests) if tests is not None else "solution"
    try:
        check = check_of(bench, Path(f"{name}.py"), labelled[0].source, cases, tests, command)
        told = await audit(rerun(check, reruns), labelled, _say)
    finally:
        await bench.pool.aclose()
    print(json.dumps(told)) if json_ else _print(told)
    return 1 if told["accepted_wrong"] or told["rejected_right"] else 0


def _module(tests: Path) -> str:
    """What the tests call the candidate: the first module they import that is not installed."""
    from strop.checks.case_file import read_text

    if tests.is_dir():
        return "solution"
    try:
        tree = ast.parse(read_text(tests, "test file"))
    except (SyntaxError, ValueError):
        return "solution"
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            if "." not in name and name not in sys.stdlib_module_names and not find_spec(name):
                return name
    return "solution"


def _say(done: int, of: int) -> None:
    if sys.stderr.isatty() or done == of or done % 100 == 0:
        end = "\r" if sys.stderr.isatty() and done < of else "\n"
        print(f"  judged: {done} of {of}", end=end, file=sys.stderr, flush=True)


def _print(told: Mapping[str, Any]) -> None:
    print(f"{told['candidates']} candidates: {told['right']} right, {told['wrong']} wrong")
    for key, kind in (("false_accept", "wrong"), ("false_reject", "right")):
        rate = told[key]
        if rate is None:
            print(f"{key.replace('_', ' ')}  no {kind} candidate to tell from")
            continue
        value, low, high = (f"{100 * rate[k]:.1f}%" for k in ("value", "low", "high"))
        print(f"{key.replace('_', ' ')}  {value} (95% {low} to {high}, n={rate['n']})")
    for key in ("accepted_wrong", "rejected_right", "flaky"):
        if told[key]:
            more = "" if len(told[key]) <= 10 else f" and {len(told[key]) - 10} more"
            print(f"{key.replace('_', ' ')}: {', '.join(told[key][:10])}{more}")
