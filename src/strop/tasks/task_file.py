"""Task files (TOML): a prompt, how it is checked, and optionally hidden cases."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from strop.checks.case import Case
from strop.checks.case_file import CaseFile, explain, read_case_file, read_text
from strop.checks.cases import Checker
from strop.checks.pytest_suite import PytestCheck
from strop.core.errors import BadInput
from strop.core.types import Check
from strop.tasks.workbench import Loaded, Workbench

__all__ = ["TaskFile", "load_task_file", "read_checker", "task_of"]


class CaseRow(BaseModel):
    """One `[[cases]]` table: `input` (arguments, or text on standard input) and `expected`.

    TOML has no null: write `expected = { "$none" = true }`.
    """

    model_config = ConfigDict(extra="forbid")

    input: list[Any] | str
    expected: Any


class TaskFile(BaseModel):
    """The keys of a task file. `cases` is a list of tables or the path of a case file;
    `solution` is a reference that no search sees."""

    model_config = ConfigDict(extra="forbid")

    id: str
    prompt: str
    entry: str | None = None
    cases: list[CaseRow] | str = Field(default_factory=list)
    hidden: list[CaseRow] | str = Field(default_factory=list)
    tests: str | None = None
    start: str | None = None
    answer: str | None = None
    equality: Literal["strict", "loose", "python"] = "strict"
    atol: float = Field(default=0.0, ge=0.0)
    checker: str | None = None
    module: str = "solution"
    solution: str | None = None

    @model_validator(mode="after")
    def _checked_somehow(self) -> TaskFile:
        if not (self.cases or self.tests or self.answer is not None):
            raise ValueError('no checks: give [[cases]], tests = "file.py" or answer = "..."')
        if self.tests and self.cases:
            raise ValueError("both 'cases' and 'tests' are given; keep one")
        return self


def load_task_file(path: Path, bench: Workbench) -> Loaded:
    """Raises `BadInput` naming the file and the line or key that is wrong."""
    text = read_text(path, "task file")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"task file {path}: not TOML: {error}.") from error
    return task_of(data, f"task file {path}", path.parent, bench)


def task_of(data: Any, where: str, folder: Path, bench: Workbench) -> Loaded:
    """A task from the keys of a task file; relative paths are seen from `folder`."""
    try:
        file = TaskFile.model_validate(data)
    except ValidationError as error:
        raise BadInput(f"{where}: {explain(error)}") from error
    if file.answer is not None:
        return bench.answer_task(file.id, file.prompt, file.answer)
    checker = read_checker(file.checker, folder) if file.checker else None
    visible = _cases(file, file.cases, "cases", where, folder)
    hidden = _cases(file, file.hidden, "hidden", where, folder)
    checks: list[Check] = []
    tests_text = ""
    if file.tests:
        tests_text = read_text(folder / file.tests, "test file")
        name = Path(file.tests).name
        checks.append(
            PytestCheck({name: tests_text}, file.module, bench.pool, bench.limits, bench.split)
        )
    else:
        checks.append(bench.cases(visible, file.entry, checker))
    return bench.program_task(
        file.id,
        file.prompt,
        file.entry,
        checks,
        hidden=[bench.cases(hidden, file.entry, checker)] if hidden else (),
        visible=visible,
        tests_text=tests_text,
        start=read_text(folder / file.start, "start file") if file.start else None,
    )


def read_checker(spec: str, folder: Path) -> Checker:
    """`file.py:function` as a checker. Raises `BadInput` for another form or a missing file."""
    name, colon, function = spec.rpartition(":")
    if not colon or not function.isidentifier():
        raise BadInput(f"checker {spec!r}: write it as file.py:function.")
    return Checker(read_text(folder / name, "checker file"), function)


def _cases(
    file: TaskFile, rows: Sequence[CaseRow] | str, key: str, where: str, folder: Path
) -> tuple[Case, ...]:
    if isinstance(rows, str):
        return read_case_file(folder / rows).cases()
    if not rows:
        return ()
    try:
        form = CaseFile(
            entry=file.entry,
            inputs=[_null(row.input) for row in rows],
            expected=[_null(row.expected) for row in rows],
            atol=file.atol,
            equality=file.equality,
        )
    except ValidationError as error:
        message = explain(error).replace("inputs[", f"{key} input [")
        raise BadInput(f"{where}: {message}") from error
    return form.cases()


def _null(value: Any) -> Any:
    """`{"$none": true}` as null, wherever it stands."""
    if isinstance(value, dict):
        if value == {"$none": True}:
            return None
        return {key: _null(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_null(item) for item in value]
    return value
