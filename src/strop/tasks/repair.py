"""Repair tasks: files that fail their tests, as a task whose candidates are patches."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from strop.checks.case_file import read_case_file
from strop.checks.case_trials import CaseTrials, PatchExecutor
from strop.checks.cases import CasesCheck
from strop.checks.suite_trials import Suite, SuiteExecutor, SuiteTrials
from strop.core.errors import BadInput
from strop.core.patch import Patch
from strop.core.types import Candidate, Check, Executor, Task
from strop.moves.behaviour import Call
from strop.tasks.credible import FuzzCheck
from strop.tasks.project import Project, find_project, read_source
from strop.tasks.task_file import read_checker
from strop.tasks.workbench import Loaded, Workbench

__all__ = [
    "cases_of",
    "demand_syntax",
    "load_repair",
    "method_for",
    "repair_by_cases",
    "repair_by_suite",
]

_OBSERVE_CPU = 0.2


def load_repair(
    files: Sequence[Path],
    bench: Workbench,
    *,
    tests: Sequence[Path] = (),
    cases: Path | None = None,
    hidden: Path | None = None,
    reference: str | None = None,
    root: Path | None = None,
    seconds: float | None = None,
    prompt: str = "",
    model: bool = False,
) -> Loaded:
    """The task of `strop fix`: files, and a case file or pytest targets. Raises `BadInput`, also
    for a file that does not parse where there is no model to mend it."""
    if not files:
        raise BadInput("name the files that may change: strop fix FILE... --tests PATH")
    if bool(tests) == (cases is not None):
        raise BadInput("give either --tests PATH or --cases FILE.json.")
    if cases is not None and len(files) != 1:
        raise BadInput(f"--cases are for one file. Got {len(files)} files; use --tests.")
    if hidden is not None and cases is None:
        raise BadInput("--hidden goes with --cases; for a test suite give --reference FILE.")
    if cases is not None:
        name, text = files[0].name, read_source(files[0])
        demand_syntax({name: text}, strict=not model)
        held_out = [cases_of(hidden, bench)] if hidden is not None else []
        check = cases_of(cases, bench)
        return repair_by_cases(
            name, text, check, bench, hidden=held_out, reference=reference, prompt=prompt
        )
    project = find_project(files, tests, root)
    demand_syntax(project.files, strict=not model)
    return repair_by_suite(project, bench, seconds=seconds, reference=reference, prompt=prompt)


def method_for(loaded: Loaded) -> str:
    """The method of the catalogue that suits the files: a search needs a syntax tree."""
    parses = demand_syntax(loaded.task.meta["files"], strict=False)
    return "mutation_repair" if parses else "draft_repair"


def repair_by_cases(
    name: str,
    source: str,
    check: CasesCheck,
    bench: Workbench,
    *,
    hidden: Sequence[CasesCheck] = (),
    reference: str | None = None,
    prompt: str = "",
) -> Loaded:
    """One file, called `name` in patches, and the cases it is to pass."""
    trials = CaseTrials(name, source, check)
    limits = replace(bench.limits, cpu_seconds=_OBSERVE_CPU, wall_seconds=4 * _OBSERVE_CPU)
    more = [CaseTrials(name, source, extra).verify() for extra in hidden]

    async def calls() -> Sequence[Call]:
        survey = await trials.survey(Candidate("", "patch", Patch().value))
        return [(str(f), str(e), str(a)) for f, e, a in survey.detail["calls"]]

    executor = PatchExecutor(trials, limits)
    return _loaded(name, prompt, trials, executor, calls, more, reference)


def cases_of(path: Path, bench: Workbench) -> CasesCheck:
    """The check that a case file describes. Raises `BadInput`."""
    told = read_case_file(path)
    checker = read_checker(told.checker, path.parent) if told.checker else None
    return bench.cases(told.cases(), told.entry, checker)


def repair_by_suite(
    project: Project,
    bench: Workbench,
    *,
    seconds: float | None = None,
    reference: str | None = None,
    prompt: str = "",
) -> Loaded:
    """Files of a project and its pytest suite; the whole suite may take `seconds` of wall time, and
    without a limit three minutes. Raises `BadInput`."""
    wall = seconds or 180.0
    suite = Suite(str(project.root), project.targets, project.paths)
    trials = SuiteTrials(
        suite,
        project.files,
        bench.pool,
        replace(bench.limits, cpu_seconds=wall, wall_seconds=wall, memory_mb=4096),
        project.digest,
        (bench.limits.cpu_seconds, bench.limits.wall_seconds),
    )

    async def calls() -> Sequence[Call]:
        survey = await trials.survey(Candidate("", "patch", Patch().value))
        return [(str(f), str(e), str(a)) for f, e, a in survey.detail["calls"]]

    names = " ".join(project.files)
    return _loaded(names, prompt, trials, SuiteExecutor(trials), calls, [], reference)


def _loaded(
    id: str,
    prompt: str,
    trials: CaseTrials | SuiteTrials,
    executor: Executor,
    calls: Any,
    hidden: Sequence[Check],
    reference: str | None,
) -> Loaded:
    right = None
    if reference is not None:
        if len(trials.files) != 1:
            raise BadInput(
                f"--reference is for one file. Got {len(trials.files)} files to repair; "
                "name only the one that it is the right version of."
            )
        right = Patch.between(trials.files, {next(iter(trials.files)): reference})
    task = Task(
        id, prompt, None, (trials.verify(),), {"kind": "patch", "files": dict(trials.files)}
    )
    # What does not parse has no behaviour to keep.
    parses = demand_syntax(trials.files, strict=False)
    fuzz = (FuzzCheck(executor, calls, right),) if parses else ()
    ports = {"survey": trials.survey, "screen": trials.screen, "verify": trials.verify}
    return Loaded(task, (*hidden, *fuzz), executor, ports)


def demand_syntax(files: Mapping[str, str], *, strict: bool) -> bool:
    """Whether all files parse. Raises `BadInput` if one does not and `strict` is set."""
    for name, text in files.items():
        try:
            ast.parse(text)
        except SyntaxError as error:
            if not strict:
                return False
            raise BadInput(
                f"{name} line {error.lineno} does not parse: {error.msg}. Mend that first, or set "
                "a --model, which can."
            ) from error
        except ValueError as error:
            raise BadInput(f"{name} does not parse: {error}.") from error
    return True
