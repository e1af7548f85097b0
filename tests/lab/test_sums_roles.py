import hashlib
from random import Random

import pytest
from hypothesis import given

from strop.lab.sums.check import check_solution, prefix_values
from strop.lab.sums.corrupt import wrong_solutions
from strop.lab.sums.problem import problem
from strop.lab.sums.replies import final_answer, read_judge, read_verifier
from strop.lab.sums.steps import split_steps
from strop.lab.sums.texts import (
    judge,
    orm_example,
    policy,
    policy_waiting,
    prm_example,
    reviser,
    verifier,
)
from strop.lab.sums.waits import WAIT_LIMIT, forced_on, with_waits
from tests.lab.test_sums_check import TEXTS

CONTEXT = 600
"""Characters: most tokens have several, so all is well within 512 tokens."""


@pytest.fixture(scope="module")
def wrongs():
    rng = Random(5)
    return [(p, w) for p in map(problem, range(300)) for w in wrong_solutions(p, rng, 3)]


def test_wrong_solutions_are_wrong_where_they_say(wrongs):
    assert len(wrongs) > 800
    for p, wrong in wrongs:
        checked = check_solution(p, wrong.text)
        assert not checked.right
        assert checked.first_wrong == wrong.step
        labels = [good for _, good in prm_example(p, wrong.text, "step")[1]]
        assert labels.index(False) == wrong.step
    assert len({w.fault for _, w in wrongs}) == 8


def test_wrong_solutions_stay_what_they_are(wrongs):
    text = "".join(w.text for _, w in wrongs)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "84ce48bb2b3086ba"


def test_waits_end_right_and_only_the_marked_line_is_wrong():
    rng = Random(2)
    slips = 0
    for p in map(problem, range(600)):
        waiting = with_waits(p, rng)
        assert len(waiting.text) <= WAIT_LIMIT
        checked = check_solution(p, waiting.text)
        assert checked.right
        lines = [waiting.text[:start].count("\n") for start, _ in waiting.wrong]
        assert [i for i, step in enumerate(checked.steps) if not step.good] == lines
        slips += len(lines)
    assert 150 < slips < 400


def test_the_share_of_waits_is_what_was_asked_for():
    rng = Random(4)
    ps = [problem(seed) for seed in range(400)]
    assert not any("wait" in policy_waiting(p, rng, share=0).completion for p in ps)
    share = sum("wait" in policy_waiting(p, rng, share=0.3).completion for p in ps) / len(ps)
    assert 0.2 < share < 0.4


def test_forced_on_takes_the_answer_away():
    assert forced_on("12 + 7 = 19\nanswer 19\n") == "12 + 7 = 19\nwait\n"
    assert forced_on("12 + 7 = 19") == "12 + 7 = 19\nwait\n"


def test_process_labels_end_at_newlines():
    p = problem(7)
    text, ends = prm_example(p, p.solution)
    assert len(ends) == len(split_steps(p.solution))
    assert all(text[end - 1] == "\n" for end, _ in ends)
    assert ends[-1] == (len(text), True)
    assert [good for _, good in ends] == list(prefix_values(p, p.solution))


def test_judges_agree_with_the_check(wrongs):
    for p, wrong in wrongs:
        assert read_verifier(verifier(p, p.solution).completion).right is True
        reply = read_verifier(verifier(p, wrong.text).completion)
        assert reply.right is False
        assert reply.first_no is not None
        if p.kind == "arith":
            assert reply.first_no == wrong.step
        assert {right for _, right in orm_example(p, p.solution)[1]} == {True}
        assert {right for _, right in orm_example(p, wrong.text)[1]} == {False}
        prefix = "".join(split_steps(wrong.text)[: wrong.step + 1])
        assert read_judge(judge(p, prefix).completion) is False
        good = "".join(split_steps(wrong.text)[: wrong.step])
        assert not good or read_judge(judge(p, good).completion) is True


def test_a_revision_puts_it_right(wrongs):
    for p, wrong in wrongs:
        good = "".join(split_steps(wrong.text)[: wrong.step])
        checked = check_solution(p, good + reviser(p, wrong.text).completion)
        assert checked.right
        assert checked.first_wrong is None


def test_every_role_fits_the_context(wrongs):
    rng = Random(1)
    for p, wrong in wrongs:
        for solution in (p.solution, wrong.text):
            made = [policy(p), verifier(p, solution), judge(p, solution)]
            made.append(reviser(p, solution))
            assert all(len(prompt) + len(text) <= CONTEXT for prompt, text in made)
            assert len(prm_example(p, solution)[0]) <= CONTEXT
        waiting = policy_waiting(p, rng, share=1)
        assert len(waiting.prompt) + len(waiting.completion) <= CONTEXT


@pytest.mark.parametrize(
    ("seed", "solution", "reply"),
    [
        (0, "30 / 3 = 11\nanswer 3", "30 / 3 = 10 no\nwrong\n"),
        (0, "answer 7", "30 / 3 = 10 no\nwrong\n"),
        (
            0,
            "30 / 3 = 10\n10 * 21 = 210",
            "30 / 3 = 10 ok\n10 * 21 = 200 + 10 = 210 ok\n19 - 210 = -191 no\nwrong\n",
        ),
        (1, "", "answer no\nwrong\n"),
    ],
)
def test_a_verifier_names_the_line_that_should_have_been_there(seed, solution, reply):
    assert verifier(problem(seed), solution).completion == reply


@given(TEXTS)
def test_roles_take_any_solution(text):
    for p in (problem(0), problem(1)):
        right = check_solution(p, text).right
        assert {told for _, told in orm_example(p, text)[1]} <= {right}
        assert read_verifier(verifier(p, text).completion).right is not None
        assert reviser(p, text).completion.startswith(
            ("answer ", "try ", "back ", "30", "19", "10")
        )
        if text:
            assert read_judge(judge(p, text).completion) is not None


@given(TEXTS)
def test_any_reply_is_read(text):
    assert read_verifier(text).right in (True, False, None)
    assert read_judge(text) in (True, False, None)
    assert final_answer(text) is None or "answer" in text


def test_replies_that_say_nothing():
    assert read_judge("maybe") is None
    assert read_verifier("1 + 1 = 3 no").right is None
    assert final_answer("12 + 7 = 19\n") is None
    assert final_answer("answer 4 + 3\nanswer 9") == "4 + 3"
