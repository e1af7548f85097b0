from __future__ import annotations

import asyncio

import pytest

from strop.core.errors import BadInput
from strop.core.types import Candidate
from strop.lab import minipy, sums
from strop.sandbox.pool import Pool
from strop.tasks.load import load_tasks
from strop.tasks.workbench import Loaded, Workbench


def judged(bench: Workbench, loaded: Loaded, kind: str, *values: str) -> list[list[bool]]:
    """For each candidate, whether it passes the visible checks, and the hidden ones."""

    async def main() -> list[list[bool]]:
        checks = (*loaded.task.checks, *loaded.hidden)
        try:
            return [[(await c(Candidate("c", kind, v))).passed for c in checks] for v in values]
        finally:
            await bench.pool.aclose()

    return asyncio.run(main())


def test_a_problem_of_minipy_is_a_task_that_its_own_program_passes():
    bench = Workbench(Pool())
    (loaded,) = load_tasks("lab:minipy/test#3", bench)
    problem = list(minipy.problems("test", 4))[3]
    assert loaded.task.id == problem.id
    first, *examples = loaded.task.prompt.splitlines()
    assert first == problem.description and len(examples) == len(problem.visible)
    wrong = "def f(*args):\n    return 'no'\n"
    told = judged(bench, loaded, "program", problem.code, wrong)
    assert told == [[True, True], [False, False]]


def test_several_sums_are_tasks_with_their_answers():
    bench = Workbench(Pool())
    loaded = load_tasks("lab:sums/validation#2-4", bench)
    wanted = sums.problems("validation", 5)[2:]
    assert [task.task.id for task in loaded] == [problem.id for problem in wanted]
    for task, problem in zip(loaded, wanted, strict=True):
        wrong = "answer 1\n" if problem.kind == "arith" else "answer 1 + 1\n"
        assert judged(bench, task, "answer", problem.solution, wrong) == [[True], [False]]


def test_of_a_text_in_other_words_the_answer_is_read():
    bench = Workbench(Pool())
    (problem,) = sums.problems("validation", 1, kind="arith")
    at = sums.problems("validation", 40).index(problem)
    (task,) = load_tasks(f"lab:sums/validation#{at}", bench)
    right, wrong = (f"So the answer is {problem.answer + more}." for more in (0, 1))
    assert judged(bench, task, "answer", right, wrong) == [[True], [False]]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("lab:chess/test#1", "WORLD one of minipy, sums"),
        ("lab:minipy/dev#1", "SPLIT one of train, validation, test"),
        ("lab:minipy/test", "like lab:minipy/test#17"),
        ("lab:minipy/test#x", "like lab:minipy/test#17"),
        ("lab:minipy/test#9-3", "smaller number first"),
    ],
)
def test_unknown_worlds_splits_and_numbers_are_named(spec: str, told: str):
    with pytest.raises(BadInput, match=told):
        load_tasks(spec, Workbench(Pool()))
