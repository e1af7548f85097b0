"""Patches: replacements of stretches of text, which leave everything around them as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff

from strop.core.errors import BadInput

__all__ = ["Edit", "Patch"]


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the characters [start, end) of a file's original text by `text`; `start == end`
    inserts."""

    file: str
    start: int
    end: int
    text: str

    def of(self, text: str) -> str:
        """The text with this edit made."""
        return text[: self.start] + self.text + text[self.end :]


@dataclass(frozen=True, slots=True)
class Patch:
    """Edits of the original files, sorted, none overlapping another. Raises `ValueError` else."""

    edits: tuple[Edit, ...] = ()

    def __post_init__(self) -> None:
        for before, after in zip(self.edits, self.edits[1:], strict=False):
            if (before.file, before.end) > (after.file, after.start) or before == after:
                raise ValueError(f"edits overlap or are not sorted: {before}, {after}")

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> Patch:
        """A patch of edits in any order. Raises `ValueError` where two overlap."""
        return cls(tuple(sorted(edits)))

    @classmethod
    def read(cls, value: str) -> Patch:
        """The patch that a candidate's `value` holds. Raises `BadInput`."""
        try:
            return cls.of(Edit(str(f), int(s), int(e), str(t)) for f, s, e, t in json.loads(value))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise BadInput(f"not a patch: {value[:60]!r}: {error}") from error

    @property
    def value(self) -> str:
        """The patch as a candidate's value: JSON rows of file, start, end, text."""
        rows = [[e.file, e.start, e.end, e.text] for e in self.edits]
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))

    def together(self, other: Patch) -> Patch | None:
        """Both patches as one; None where they touch the same text."""
        try:
            return Patch.of((*self.edits, *other.edits))
        except ValueError:
            return None

    def apply(self, files: Mapping[str, str]) -> dict[str, str]:
        """The new texts of the files that change. Raises `BadInput` for a file that is not there
        or a stretch outside it."""
        changed: dict[str, str] = {}
        for edit in reversed(self.edits):
            text = changed.get(edit.file, files.get(edit.file))
            if text is None or not 0 <= edit.start <= edit.end <= len(files[edit.file]):
                raise BadInput(f"the patch does not fit {edit.file}: {edit.start} to {edit.end}")
            changed[edit.file] = edit.of(text)
        return changed

    @classmethod
    def between(cls, old: Mapping[str, str], new: Mapping[str, str]) -> Patch:
        """The patch that makes the texts `old` into `new`: one edit a file that differs."""
        edits: list[Edit] = []
        for file, text in new.items():
            head, tail = _shared(old[file], text)
            if head + tail < max(len(text), len(old[file])):
                cut = text[head : len(text) - tail]
                edits.append(Edit(file, head, len(old[file]) - tail, cut))
        return cls.of(edits)

    def size(self, files: Mapping[str, str]) -> int:
        """Characters taken away or put in, whichever are more, of each edit, without what the two
        have in common at either end."""
        return sum(_changed(files[e.file][e.start : e.end], e.text) for e in self.edits)

    def diff(self, files: Mapping[str, str]) -> str:
        """A unified diff that `git apply` and `patch -p1` read."""
        parts: list[str] = []
        for file, text in sorted(self.apply(files).items()):
            # As git does: after a tab, `patch` reads a name with a space to its end.
            end = "\t" if " " in file else ""
            lines = unified_diff(
                _lines(files[file]),
                _lines(text),
                f"a/{file}{end}",
                f"b/{file}{end}",
            )
            parts += [
                line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
                for line in lines
            ]
        return "".join(parts)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: other marks, like form feeds, end no line of a diff."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _changed(old: str, new: str) -> int:
    return max(len(old), len(new)) - sum(_shared(old, new))


def _shared(old: str, new: str) -> tuple[int, int]:
    """How many characters the two have in common at the start, and then at the end."""
    short = min(len(old), len(new))
    head = next((i for i in range(short) if old[i] != new[i]), short)
    tail = next((i for i in range(short - head) if old[-1 - i] != new[-1 - i]), short - head)
    return head, tail
