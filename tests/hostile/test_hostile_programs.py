"""Every program of this folder, held against its cases and against its suite in both modes.

`wrong/` are programs that give wrong answers and want to be taken for right: they end early
(exits), say of themselves what they are equal to (equality), change the tools that judge them
(patching), look for what is expected (reading), write the verdict themselves (forging), or want
more than they may have (resources). `right/` are right programs that do unusual things. The first
line of each names its task.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strop.checks.pytest_suite import PytestCheck, Split
from strop.core.types import Candidate, Verdict
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool
from strop.tasks.workbench import Workbench

from .tasks import TASKS

LIMITS = Limits(cpu_seconds=0.7, wall_seconds=1.5, memory_mb=768)
SUITE_LIMITS = Limits(cpu_seconds=3, wall_seconds=5, memory_mb=2048)
HERE = Path(__file__).parent


def programs(folder: str) -> dict[str, tuple[str, str]]:
    """Task and source of each program by its path below the folder."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((HERE / folder).rglob("*.py")):
        source = path.read_text("utf-8")
        name = str(path.relative_to(HERE / folder).with_suffix(""))
        found[name] = (source.partition("\n")[0].removeprefix("# task: "), source)
    return found


HOSTILE, RIGHT = programs("wrong"), programs("right")
WITH_SUITE = [name for name, (task, _) in HOSTILE.items() if TASKS[task].suite]
Judge = Callable[[str, str, str], Verdict]


@pytest.fixture(
    scope="module", params=[(), ("pid_namespace",)], ids=["all layers", "no namespaces"]
)
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    with asyncio.Runner() as runner:
        pool = Pool(workers=1, without=request.param)

        def run(form: str, task: str, source: str) -> Verdict:
            asked = TASKS[task]
            if form == "cases":
                from strop.checks.case_file import CaseFile

                file = CaseFile.model_validate(
                    {
                        "entry": asked.entry,
                        "inputs": asked.inputs,
                        "expected": _wire(asked.expected),
                    }
                )
                check = Workbench(pool, LIMITS).cases(file.cases(), file.entry)
            else:
                split: Split = "never" if form == "together" else "auto"
                files = {"test_task.py": asked.suite}
                check = PytestCheck(files, "solution", pool, SUITE_LIMITS, split)
            return runner.run(check(Candidate("c", "program", source)))

        yield run
        runner.run(pool.aclose())


def _wire(values: list) -> list:
    return [
        {"$dict": [[k, v] for k, v in value.items()]} if isinstance(value, dict) else value
        for value in values
    ]


def _unharmed() -> bool:
    planted = [Path(top) / "strop-planted" for top in ("/etc", "/root", "/tmp")]
    return Path(__file__).is_file() and not any(map(os.path.exists, planted))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_program_passes_its_cases(judge: Judge, name: str) -> None:
    task, source = HOSTILE[name]
    verdict = judge("cases", task, source)
    assert not verdict.passed, verdict
    assert _unharmed()


@pytest.mark.parametrize("name", WITH_SUITE)
def test_no_hostile_program_passes_its_suite(judge: Judge, name: str) -> None:
    task, source = HOSTILE[name]
    verdict = judge("split", task, source)
    assert not verdict.passed, verdict
    assert "separate processes" in verdict.detail["split"]


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_SUITE)
def test_no_hostile_program_passes_its_suite_in_one_process(judge: Judge, name: str) -> None:
    task, source = HOSTILE[name]
    verdict = judge("together", task, source)
    assert not verdict.passed, verdict


RIGHT_FORMS = [
    (name, form)
    for name, (task, _) in RIGHT.items()
    for form in (("cases", "split", "together") if TASKS[task].suite else ("cases",))
]


@pytest.mark.parametrize(("name", "form"), RIGHT_FORMS)
def test_every_right_program_passes(judge: Judge, name: str, form: str) -> None:
    task, source = RIGHT[name]
    verdict = judge(form, task, source)
    assert verdict.passed, verdict


def test_there_are_sixty_and_more() -> None:
    assert len(HOSTILE) >= 60
