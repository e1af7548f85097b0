"""The mutations of files as candidates, in the order to try them: suspicion times prior."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

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
        self._known = suspicion.known
        self._prints = {file: Fingerprints(text) for file, text in files.items()}
        self._seen: set[str] = {""}

    def singles(self) -> Iterator[Change]:
        """One mutation each, the likeliest first; those that do not compile are left out."""
        ranked: list[tuple[float, int, str, Mutation]] = []
        for file, text in self._files.items():
            lines = {n for n in range(1, text.count("\n") + 2) if self._score(file, n) > 0}
            for mutation in mutations(file, text, lines):
                priority = self._score(file, mutation.line) * mutation.weight
                ranked.append((-priority, len(ranked), file, mutation))
        for priority, _, file, mutation in sorted(ranked, key=lambda row: row[:2]):
            if self._new(file, Patch.of(mutation.edits)):
                origin = f"{mutation.operator} at {file}:{mutation.line}"
                yield Change(Patch.of(mutation.edits), -priority, origin)

    def _score(self, file: str, line: int) -> float:
        """Of every line alike, where no failing test could tell which it ran."""
        return self._suspicion(file, line) if self._known else 0.5

    def combined(self, groups: Sequence[Sequence[Change]]) -> Iterator[Change]:
        """One change of each group as one, the likeliest combinations first; those that touch the
        same text are left out."""
        ranked = sorted(
            product(*(range(len(group)) for group in groups)),
            key=lambda places: (
                -math.prod(g[i].priority for g, i in _pick(groups, places)),
                places,
            ),
        )
        for places in ranked:
            parts = [group[i] for group, i in _pick(groups, places)]
            whole = _together([part.patch for part in parts])
            if whole is None:
                continue
            files = {edit.file for edit in whole.edits}
            if len(files) > 1 or self._new(next(iter(files)), whole):
                origin = " and ".join(part.origin for part in parts)
                yield Change(whole, math.prod(part.priority for part in parts), origin)

    def _new(self, file: str, patch: Patch) -> bool:
        text = self._prints[file].of(patch.edits)
        if text is None or f"{file}:{text}" in self._seen:
            return False
        self._seen.add(f"{file}:{text}")
        return True


def _pick(
    groups: Sequence[Sequence[Change]], places: Sequence[int]
) -> list[tuple[Sequence[Change], int]]:
    return list(zip(groups, places, strict=True))


def _together(patches: Sequence[Patch]) -> Patch | None:
    whole: Patch | None = Patch()
    for patch in patches:
        whole = whole.together(patch) if whole is not None else None
    return whole
