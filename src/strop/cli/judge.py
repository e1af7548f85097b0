"""`strop judge`: the verdict on one candidate, case by case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from strop.cli.options import (
    Cpu,
    Debug,
    Isolation,
    IsolationOption,
    Json,
    Memory,
    Python,
    Split,
    SplitOption,
    Wall,
    limits_of,
    pool_of,
)

if TYPE_CHECKING:
    from strop.core.types import Check, Verdict
    from strop.tasks.workbench import Workbench

__all__ = ["check_of", "judge", "rerun", "verdict_row"]


def judge(
    solution: Annotated[Path | None, typer.Argument(help="The candidate's source file.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Case file (JSON).")] = None,
    tests: Annotated[
        Path | None, typer.Option(help="pytest file or folder that imports the candidate.")
    ] = None,
    check: Annotated[str, typer.Option(help="Any command as a check; {} is the file.")] = "",
    reruns: Annotated[
        int, typer.Option(help="Judge so many times: what differs is flaky, not failed.", min=1)
    ] = 1,
    audit: Annotated[
        Path | None,
        typer.Option(help="Judge labelled candidates (JSONL) instead, and say how often wrongly."),
    ] = None,
    python: Python = None,
    isolation: IsolationOption = Isolation.auto,
    split: SplitOption = Split.auto,
    cpu: Cpu = 5.0,
    wall: Wall = 10.0,
    memory: Memory = 1024,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Judge a program: run it where it can reach neither the expected values nor the verdict.

    Exit code 0: passed; 1: did not. Statuses: passed, failed, error, timeout, memory, forbidden,
    crashed, flaky.

    With --audit FILE.jsonl each row is a candidate of which you know whether it is right:
    {"source": "...", "right": true}, or "file" in place of "source". What comes out is how often
    these cases or tests accept a wrong one and reject a right one.

    Examples:

      strop judge solution.py --cases cases.json

      strop judge solution.py --tests test_solution.py --split always --reruns 5

      strop judge --audit labelled.jsonl --cases cases.json
    """
    import asyncio

    from strop.checks.case_file import read_text
    from strop.core.errors import BadInput
    from strop.core.types import Candidate
    from strop.tasks.workbench import Workbench

    if sum(map(bool, (cases, tests, check))) != 1:
        raise BadInput("give one of --cases FILE.json, --tests FILE.py and --check COMMAND.")
    if (solution is None) == (audit is None):
        raise BadInput("give a solution to judge, or --audit FILE.jsonl, and not both.")
    bench = Workbench(pool_of(python, isolation), limits_of(cpu, wall, memory), split.value)
    if audit is not None:
        from strop.cli.judge_audit import audited

        return asyncio.run(audited(bench, audit, cases, tests, check, reruns, json_))
    file = solution or Path()
    source = read_text(file, "solution")

    async def work() -> Verdict:
        try:
            made = rerun(check_of(bench, file, source, cases, tests, check), reruns)
            return await made(Candidate("solution", "program", source))
        finally:
            await bench.pool.aclose()

    verdict = asyncio.run(work())
    row = verdict_row(verdict)
    print(json.dumps(row, ensure_ascii=False)) if json_ else _print(row)
    return 0 if verdict.passed else 1


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """The JSON of `strop judge`."""
    detail = dict(verdict.detail)
    return {
        "passed": verdict.passed,
        "score": verdict.score,
        "status": verdict.status,
        "cases": list(detail.pop("cases", ())),
        "isolation": list(detail.pop("layers", ())),
        "feedback": [
            {"type": type(item).__name__, **{k: getattr(item, k) for k in item.__slots__}}
            for item in verdict.feedback
        ],
        **detail,
    }


def rerun(check: Check, times: int) -> Check:
    """The check made so many times."""
    from strop.checks.reruns import Reruns

    return check if times == 1 else Reruns(check, times)


def check_of(
    bench: Workbench,
    solution: Path,
    source: str,
    cases: Path | None,
    tests: Path | None,
    command: str,
) -> Check:
    """The check that the options ask for. Raises `BadInput`."""
    from strop.checks.case_file import read_case_file
    from strop.checks.command import CommandCheck
    from strop.checks.pytest_suite import PytestCheck
    from strop.tasks.task_file import read_checker

    if cases is not None:
        file = read_case_file(cases)
        _demand_entry(source, solution, file.entry)
        checker = read_checker(file.checker, cases.parent) if file.checker else None
        return bench.cases(file.cases(), file.entry, checker)
    if tests is not None:
        files = _test_files(tests)
        module = solution.stem
        if not any(module in text for text in files.values()):
            module = "solution"
        return PytestCheck(files, module, bench.pool, bench.limits, bench.split)
    return CommandCheck(command, solution.name, bench.pool, bench.limits)


def _demand_entry(source: str, solution: Path, entry: str | None) -> None:
    """A source that parses but does not bind the entry is wrong use, not a wrong answer."""
    import ast

    if entry is None:
        return
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    name = entry.partition(".")[0]
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    words |= {getattr(node, "name", None) or "" for node in ast.walk(tree)}
    words |= {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    if name not in words and not {"exec", "eval", "globals", "*", "setattr"} & words:
        from difflib import get_close_matches

        from strop.core.errors import BadInput

        near = get_close_matches(name, words, n=2, cutoff=0.5)
        hint = f" Nearest: {', '.join(near)}." if near else ""
        raise BadInput(f"{solution} does not define the entry point {entry!r} of the cases.{hint}")


def _test_files(tests: Path) -> dict[str, str]:
    """The test file with its conftest.py, or every Python file of a folder."""
    from strop.checks.case_file import read_text
    from strop.core.errors import BadInput

    if tests.is_dir():
        found = sorted(tests.rglob("*.py"))
        if not found:
            raise BadInput(f"test folder {tests} has no Python files.")
        return {str(path.relative_to(tests)): read_text(path, "test file") for path in found}
    files = {tests.name: read_text(tests, "test file")}
    conftest = tests.parent / "conftest.py"
    if conftest.is_file():
        files["conftest.py"] = read_text(conftest, "conftest")
    return files


def _print(row: dict[str, Any]) -> None:
    good = sum(case["status"] == "passed" for case in row["cases"])
    print(f"{row['status'].upper()}: {good} of {len(row['cases'])} cases passed")
    for case in row["cases"]:
        if case["status"] == "passed":
            continue
        print(f"  {case['status']:<9} {case['input'] or case['name']}")
        if case["expected"] is not None and case["got"] is not None:
            print(f"            expected {case['expected']}, got {case['got']}")
        if case["message"]:
            print(f"            {case['message'].strip().splitlines()[-1][:160]}")
    if not row["cases"]:
        for item in row["feedback"]:
            print(f"  {item.get('exception', '')} {item.get('message', '')}".rstrip())
    for key in ("split", "message"):
        if row.get(key):
            print(f"{key}: {row[key]}")
