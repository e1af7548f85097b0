"""The mutations of files as candidates, in the order to try them: suspicion times prior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from strop.core.patch import Patch
from strop.moves.fingerprint import Fingerprints
from strop.moves.localise import Suspicion
from strop.moves.mutate import Mutation, mutations

__all__ = ["Change", "Changes"]


@dataclass(frozen=True)
class Change:
    """A patch to try: its priority in [0, 1], and the operators and lines that it comes from."""

    patch: Patch
    priority: float
    origin: str


class Changes:
    """Mutations of the lines that failing tests run; none twice by compiled code."""

    def __init__(self, files: Mapping[str, str], suspicion: Suspicion) -> None:
        self._files = files
        self._suspicion = suspicion
        self._prints = {file: Fingerprints(text) for file, text in files.items()}
        self._seen: set[str] = {""}

    def singles(self) -> Iterator[Change]:
        """One mutation each, the likeliest first; those that do not compile are left out."""
        ranked: list[tuple[float, int, str, Mutation]] = []
        for file, text in self._files.items():
            lines = {n for n in range(1, text.count("\n") + 2) if self._suspicion(file, n) > 0}
            for mutation in mutations(file, text, lines):
                priority = self._suspicion(file, mutation.line) * mutation.weight
                ranked.append((-priority, len(ranked), file, mutation))
        for priority, _, file, mutation in sorted(ranked, key=lambda row: row[:2]):
            if self._new(file, Patch.of(mutation.edits)):
                origin = f"{mutation.operator} at {file}:{mutation.line}"
                yield Change(Patch.of(mutation.edits), -priority, origin)

    def pairs(self, first: Sequence[Change], second: Sequence[Change]) -> Iterator[Change]:
        """Two changes at different places as one, the likeliest pairs first."""
        ranked = sorted(
            (
                (-a.priority * b.priority, i, j)
                for i, a in enumerate(first)
                for j, b in enumerate(second)
            )
        )
        for priority, i, j in ranked:
            a, b = first[i], second[j]
            both = a.patch.together(b.patch)
            if both is None:
                continue
            files = {edit.file for edit in both.edits}
            if len(files) > 1 or self._new(next(iter(files)), both):
                yield Change(both, -priority, f"{a.origin} and {b.origin}")

    def _new(self, file: str, patch: Patch) -> bool:
        text = self._prints[file].of(patch.edits)
        if text is None or f"{file}:{text}" in self._seen:
            return False
        self._seen.add(f"{file}:{text}")
        return True
