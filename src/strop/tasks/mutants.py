"""The task of `strop mutants`: files, their suite, and which of their mutants to judge."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from strop.checks.case_file import read_text
from strop.checks.mutants import MutantsCheck
from strop.checks.suite_trials import Suite, SuiteTrials
from strop.core.errors import BadInput
from strop.moves.mutants import MadeMutants, functions_of, make_mutants
from strop.tasks.changed_lines import changed_lines
from strop.tasks.project import Project, find_project
from strop.tasks.workbench import Workbench

__all__ = ["Selection", "load_mutants", "missed_in"]

_SUITE_SECONDS = 600.0
_MISSED = ("survived", "not_covered")


@dataclass(frozen=True)
class Selection:
    """Which mutants: of one function (or class), of lines changed since a commit, of the given ids
    (None: all); at most `most` of them, drawn by the seed."""

    function: str = ""
    since: str = ""
    ids: frozenset[str] | None = None
    most: int | None = None
    seed: int = 0


def load_mutants(
    files: Sequence[Path],
    tests: Sequence[Path],
    bench: Workbench,
    selection: Selection | None = None,
    *,
    root: Path | None = None,
) -> MutantsCheck:
    """The check. A test may take the bench's CPU and wall seconds, the whole suite ten minutes.
    Raises `BadInput` where nothing is left to mutate, or a file does not parse."""
    selection = selection or Selection()
    if not files:
        raise BadInput("name the files to mutate: strop mutants FILE... --tests PATH")
    if not tests:
        raise BadInput("give --tests PATH: the pytest file or folder whose strength is measured.")
    if selection.most is not None and selection.most < 1:
        raise BadInput(f"--most must be at least 1. Got {selection.most} instead.")
    project = find_project(files, tests, root)
    made = _made(project, selection)
    if not made.mutants:
        raise BadInput(_nothing(project, selection, made))
    chosen = made.mutants
    if selection.most is not None and selection.most < len(chosen):
        chosen = tuple(random.Random(selection.seed).sample(chosen, selection.most))
    suite = Suite(str(project.root), project.targets, project.paths)
    limits = replace(bench.limits, cpu_seconds=_SUITE_SECONDS, wall_seconds=_SUITE_SECONDS)
    step = bench.limits.cpu_seconds, bench.limits.wall_seconds
    trials = SuiteTrials(suite, project.files, bench.pool, limits, project.digest, step)
    return MutantsCheck(
        trials,
        chosen,
        population=len(made.mutants),
        equivalent=made.equivalent,
        duplicate=made.duplicate,
    )


def missed_in(path: Path) -> frozenset[str]:
    """Ids of the mutants that an earlier result (the JSON of `--out`) says no test noticed. Raises
    `BadInput` for another file, or where there are none."""
    try:
        told = json.loads(read_text(path, "result"))
        rows = [(str(row["id"]), row["status"]) for row in told["rows"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path} is no result of strop mutants ({type(error).__name__}: {error}). Write one "
            "with --out."
        ) from error
    missed = frozenset(name for name, status in rows if status in _MISSED)
    if not missed:
        raise BadInput(f"{path} has no mutant that survived or was not covered, so none to rerun.")
    return missed


def _made(project: Project, selection: Selection) -> MadeMutants:
    lines: Mapping[str, Any] = dict.fromkeys(project.files)
    if selection.since:
        paths = {name: project.root / name for name in project.files}
        lines = changed_lines(paths, selection.since)
    made = MadeMutants()
    for name, text in project.files.items():
        try:
            made += make_mutants(
                name,
                text,
                lines=lines[name],
                function=selection.function,
                ids=selection.ids,
            )
        except SyntaxError as error:
            where = f" line {error.lineno}" if error.lineno else ""
            raise BadInput(
                f"{name}{where} does not parse: {error.msg}. Mend that first."
            ) from error
    return made


def _nothing(project: Project, selection: Selection, made: MadeMutants) -> str:
    names = ", ".join(project.files)
    if selection.function:
        known = [name for text in project.files.values() for name in functions_of(text)]
        last = [name.rpartition(".")[2] for name in known]
        if selection.function not in {*known, *last}:
            near = get_close_matches(selection.function, [*known, *last], n=3, cutoff=0.5)
            hint = f" Nearest: {', '.join(dict.fromkeys(near))}." if near else ""
            return f"--function {selection.function}: no such function in {names}.{hint}"
    if selection.ids is not None:
        return (
            f"none of the {len(selection.ids)} mutants to rerun is one of {names} any more: their "
            "statements changed. Run strop mutants on the files anew."
        )
    where = f"{selection.function} of {names}" if selection.function else names
    if selection.since:
        return (
            f"no line of {where} that changed since {selection.since} holds anything to mutate. "
            "Name an earlier commit, or leave out --since."
        )
    why = f" ({made.equivalent} changes left the code as it was)" if made.equivalent else ""
    return (
        f"{where} has nothing to mutate{why}: imports, docstrings, annotations and the like are "
        "left alone. Name a file with code in it."
    )
