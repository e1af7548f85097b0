from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from strop.bench.lab_verdicts import ProgramVerdict, minipy_verdicts, sums_verdicts
from strop.lab import minipy, sums
from strop.sandbox.jobs import CallJob, Execution, Job
from strop.sandbox.pool import Pool

PROBLEM = minipy.Problem(
    "minipy/test/1",
    "test",
    1,
    1,
    "Double n.",
    "def f(n):\n    return n * 2",
    (((1,), 2),),
    (((0,), 0), ((5,), 10)),
    "double",
)


def judged(problem: minipy.Problem, programs: Sequence[str]) -> list[ProgramVerdict]:
    async def main() -> list[ProgramVerdict]:
        async with Pool(workers=1) as pool:
            return await minipy_verdicts(problem, programs, pool)

    return asyncio.run(main())


def test_visible_and_hidden_cases_are_told_apart():
    right, visible_only, hidden_only, none = judged(
        PROBLEM,
        [
            PROBLEM.code,
            "def f(n):\n    return n * 2 if n == 1 else 7",
            "def f(n):\n    return n * 2 if n != 1 else 7",
            "def f(n):\n    return str(n * 2)",
        ],
    )
    assert right == ProgramVerdict(True, True, "")
    assert visible_only == ProgramVerdict(True, False, "f(0) gives 7, not 0")
    assert hidden_only == ProgramVerdict(False, True, "f(1) gives 7, not 2")
    assert none == ProgramVerdict(False, False, "f(1) gives '2', not 2")


def test_whatever_a_program_does_there_is_a_line_about_it():
    programs = ["def f(n):\n    return n / 0", "def f(n) return", "x = 1", "while True: pass", ""]
    for verdict in judged(PROBLEM, programs):
        assert not verdict.visible
        assert not verdict.hidden
        assert verdict.feedback.startswith("f(1) ")
        assert "\n" not in verdict.feedback
    assert judged(PROBLEM, programs[:1])[0].feedback == "f(1) raises ZeroDivisionError"


def test_equal_texts_are_run_once():
    ran: list[str] = []

    class Counting(Pool):
        async def run(self, job: Job) -> Execution:
            assert isinstance(job, CallJob)
            ran.append(job.source)
            return await super().run(job)

    async def main() -> list[ProgramVerdict]:
        async with Counting(workers=1) as pool:
            return await minipy_verdicts(PROBLEM, [PROBLEM.code, "x", PROBLEM.code], pool)

    first, second, third = asyncio.run(main())
    assert first is third
    assert first.hidden
    assert not second.hidden
    assert len(ran) == 2


def test_feedback_is_the_line_that_the_reviser_is_trained_on():
    for problem in minipy.problems("test", 5):
        wrongs = minipy.wrong_programs(problem, Random(0), 3)
        verdicts = judged(problem, [problem.code, *(wrong.code for wrong in wrongs)])
        assert verdicts[0] == ProgramVerdict(True, True, "")
        assert [v.feedback for v in verdicts[1:]] == [wrong.feedback for wrong in wrongs]


def test_solutions_of_sums_are_checked_in_order():
    problem = sums.problem(0)
    wrong = sums.wrong_solutions(problem, Random(0), 1)[0].text
    verdicts = sums_verdicts(problem, [problem.solution, wrong, "", problem.solution])
    assert [verdict.right for verdict in verdicts] == [True, False, False, True]
    assert verdicts[0] is verdicts[3]
