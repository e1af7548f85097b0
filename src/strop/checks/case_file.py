"""Case files: the one JSON form in which every part of strop reads inputs and expected values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from strop.checks.case import Case
from strop.core.errors import BadInput
from strop.sandbox.inside import wire

__all__ = ["CaseFile", "explain", "read_case_file", "read_text"]


class CaseFile(BaseModel):
    """`{"entry": "f", "inputs": [[arg, ...], ...], "expected": [value, ...]}` and options.

    `entry` null: a program on standard input; each input is its text. `checker`
    (`file.py:function`) decides instead of equality: called with (input, expected, got), true is a
    pass; it runs in a sandbox of its own, never with the candidate.
    """

    model_config = ConfigDict(extra="forbid")

    entry: str | None
    inputs: list[Any]
    expected: list[Any]
    atol: float = Field(default=0.0, ge=0.0)
    equality: Literal["strict", "loose", "python"] = "strict"
    checker: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> CaseFile:
        if not self.inputs:
            raise ValueError("'inputs' is empty; a verdict needs at least one case")
        if len(self.inputs) != len(self.expected):
            raise ValueError(
                f"'inputs' has {len(self.inputs)} items and 'expected' has {len(self.expected)}; "
                "they must be as many"
            )
        for index, given in enumerate(self.inputs):
            if self.entry is not None and not isinstance(given, list):
                raise ValueError(f"inputs[{index}] must be a list of arguments, got {given!r:.60}")
            if self.entry is None and not isinstance(_stdin(given), str):
                raise ValueError(f"inputs[{index}] must be the text on standard input")
        for where, values in (("inputs", self.inputs), ("expected", self.expected)):
            for index, value in enumerate(values):
                try:
                    wire.decode(json.dumps(value))
                except wire.WireError as error:
                    raise ValueError(f"{where}[{index}]: {error}") from error
        return self

    def cases(self) -> tuple[Case, ...]:
        """The cases in order, named by their index."""
        return tuple(
            Case(
                str(index),
                given if self.entry is not None else _stdin(given),
                expected,
                self.equality,
                self.atol,
            )
            for index, (given, expected) in enumerate(zip(self.inputs, self.expected, strict=True))
        )


def read_case_file(path: Path) -> CaseFile:
    """Raises `BadInput` naming the file, and the line or key that is wrong."""
    text = read_text(path, "case file")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"case file {path}: not JSON at line {error.lineno} column {error.colno}: {error.msg}."
        ) from error
    try:
        return CaseFile.model_validate(data)
    except ValidationError as error:
        raise BadInput(f"case file {path}: {explain(error)}") from error


def read_text(path: Path, what: str) -> str:
    """A UTF-8 text file. Raises `BadInput` naming `what` it was to be and why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{what} {path} does not exist. Check the path.") from None
    except IsADirectoryError:
        raise BadInput(f"{what} {path} is a folder. Name a file in it.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{what} {path} is not UTF-8 text (byte {error.start}).") from error
    except OSError as error:
        raise BadInput(f"{what} {path} cannot be read: {error.strerror}.") from error


def explain(error: ValidationError) -> str:
    """A pydantic error in one line: the first key that is wrong, and what was expected."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        message = "this key is missing"
    elif first["type"] == "extra_forbidden":
        message = "this key is not known"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"'{where}': {message}{more}." if where else f"{message}{more}."


def _stdin(given: Any) -> Any:
    return given[0] if isinstance(given, list) and len(given) == 1 else given
