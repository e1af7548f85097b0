from __future__ import annotations

import asyncio

import pytest

from strop.checks.answer import AnswerCheck, canonical_answer, extract_answer
from strop.core.types import Candidate
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("First \\boxed{3}, no: \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("2 + 2 = 4\n#### 4", "4"),
        ("The answer is **12**.", "12"),
        ("So 3 apples and 4 pears make 7", "7"),
        ("yes\n\nno\n", "no"),
        ("", None),
    ],
)
def test_the_final_answer_is_found(text: str, answer: str | None):
    assert extract_answer(text) == answer


def test_equal_numbers_are_one_vote():
    votes = {canonical_answer(t) for t in ("1/2", "the answer is 0.5", "\\boxed{0.50}", "50%")}
    assert votes == {"1/2"}


@pytest.mark.parametrize(
    ("expected", "reply", "right"),
    [
        ("1/2", "Answer: 0.5", True),
        ("1,000", "it is 1000", True),
        ("0.333", "\\boxed{1/3}", False),
        ("Paris", "The answer is paris.", True),
        ("$(x+1)^2$", "\\boxed{x^2+2x+1}", True),
        ("2\\sqrt{2}", "\\boxed{\\sqrt{8}}", True),
        ("x+1", "\\boxed{x+2}", False),
        ("4", "", False),
    ],
)
def test_answers_compare_as_numbers_text_and_expressions(expected: str, reply: str, right: bool):
    async def work() -> bool:
        async with Pool(workers=1) as pool:
            check = AnswerCheck(expected, pool, Limits(cpu_seconds=10, wall_seconds=20))
            return (await check(Candidate("c", "answer", reply))).passed

    assert asyncio.run(work()) is right
