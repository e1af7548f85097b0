"""One small change of a file that its tests are to notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strop.core.patch import Edit, Patch

__all__ = ["Mutant"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one stretch of one file. Lines count from 1.

    `id` stays as it is when other statements change; `lines` are the first and last line of the
    stretch that is changed, `statement` the line on which its statement begins, `function` the
    qualified name of the function or class it is in ("" at module level). `at_import`: the
    statement is run by the import of the module.
    """

    id: str
    lines: tuple[int, int]
    statement: int
    function: str
    operator: str
    edit: Edit
    at_import: bool = False

    @property
    def file(self) -> str:
        """The file's name, as in the edit."""
        return self.edit.file

    @property
    def line(self) -> int:
        """The first line of the stretch that is changed."""
        return self.lines[0]

    def diff(self, files: Mapping[str, str]) -> str:
        """A unified diff against the file's text in `files`. Raises `BadInput` where it does not
        fit."""
        return Patch((self.edit,)).diff({self.file: files[self.file]})
