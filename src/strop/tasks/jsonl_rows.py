"""Rows of JSONL files: the HumanEval form, the MBPP form, and strop's own task keys."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from strop.checks.asserts import cases_from_asserts, cases_from_check
from strop.checks.case_file import read_text
from strop.core.errors import BadInput
from strop.tasks.task_file import task_of
from strop.tasks.workbench import Loaded, Workbench

__all__ = ["load_rows", "row_id"]


def load_rows(path: Path, wanted: str | None, bench: Workbench) -> list[Loaded]:
    """The row called `wanted`, or every row. Raises `BadInput` naming file, line and key."""
    found: list[Loaded] = []
    ids: list[str] = []
    for line, row in _rows(path):
        name = row_id(row, line)
        ids.append(name)
        if wanted is None or name == wanted:
            found.append(_load(row, name, f"{path} line {line}", path.parent, bench))
            if wanted is not None:
                break
    if not found:
        if wanted is None:
            raise BadInput(f"{path} has no rows.")
        raise BadInput(f"{path} has no row {wanted!r}. It has {_some(ids)}.")
    return found


def row_id(row: dict[str, Any], line: int) -> str:
    """The row's own id, or its line number."""
    for key in ("task_id", "id", "name"):
        if key in row:
            return str(row[key])
    return str(line)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, text in enumerate(_text(path).splitlines(), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            raise BadInput(
                f"{path} line {number}: not JSON at column {error.colno}: {error.msg}."
            ) from error
        if not isinstance(row, dict):
            raise BadInput(f"{path} line {number}: a row must be an object. Got {text:.40}.")
        yield number, row


def _text(path: Path) -> str:
    if path.suffix != ".gz":
        return read_text(path, "task file")
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        raise BadInput(f"task file {path} does not exist. Check the path.") from None
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise BadInput(f"task file {path} cannot be read: {error}.") from error


def _load(row: dict[str, Any], name: str, where: str, folder: Path, bench: Workbench) -> Loaded:
    if "entry_point" in row:
        return _humaneval(row, name, where, bench)
    if "test_list" in row:
        return _mbpp(row, name, where, bench)
    if "prompt" in row and ({"entry", "cases", "tests", "answer"} & row.keys()):
        return task_of({"id": name, **row}, where, folder, bench)
    raise BadInput(
        f"{where}: not a known form. A row needs entry_point and test (HumanEval), test_list "
        f"(MBPP), or the keys of a task file. It has: {', '.join(map(str, row))}."
    )


def _humaneval(row: dict[str, Any], name: str, where: str, bench: Workbench) -> Loaded:
    for key in ("prompt", "test", "entry_point"):
        if not isinstance(row.get(key), str):
            raise BadInput(f"{where}: the key {key!r} is missing or not text.")
    entry, prompt = row["entry_point"], row["prompt"]
    cases = cases_from_check(row["test"], entry)
    check = bench.cases(cases, entry) if cases else bench.script(row["test"], entry)
    return bench.program_task(
        name,
        prompt,
        entry,
        [check],
        visible=cases or (),
        tests_text="" if cases else row["test"],
        stub=prompt,
    )


def _mbpp(row: dict[str, Any], name: str, where: str, bench: Workbench) -> Loaded:
    tests = row["test_list"]
    prompt = row.get("prompt") or row.get("text")
    if not isinstance(prompt, str) or not isinstance(tests, list) or not tests:
        raise BadInput(f"{where}: an MBPP row needs text (or prompt) and a test_list of asserts.")
    entry = _mbpp_entry(tests, where)
    cases = cases_from_asserts(tests, entry)
    setup = "\n".join([*row.get("test_imports", ()), row.get("test_setup_code") or ""]).strip()
    if cases and not setup:
        check = bench.cases(cases, entry)
    else:
        check = bench.script("\n".join([setup, *tests]), entry)
    return bench.program_task(
        name, prompt, entry, [check], visible=cases or (), tests_text="\n".join(tests)
    )


def _mbpp_entry(tests: list[Any], where: str) -> str:
    """The function that every assertion calls, other than built-ins."""
    import ast
    import builtins
    from collections import Counter

    calls: Counter[str] = Counter()
    for text in tests:
        try:
            tree = ast.parse(str(text))
        except SyntaxError as error:
            raise BadInput(f"{where}: test_list has a line that is not Python: {text!r}") from error
        names = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        calls.update(name for name in names if not hasattr(builtins, name))
    if not calls:
        raise BadInput(f"{where}: no assertion in test_list calls a function.")
    return calls.most_common(1)[0][0]


def _some(ids: list[str]) -> str:
    listed = ", ".join(ids[:3])
    return f"{listed}, ... ({len(ids)} in all)" if len(ids) > 3 else listed or "no rows"
