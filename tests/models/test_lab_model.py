"""`lab:NAME` as a model: draws, scores, and what it says of wrong use."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from strop.core.errors import BadInput, MissingPort
from strop.core.model import Message, Reply, Request
from strop.lab import sums
from strop.models.lab import LabModel, lab_name
from strop.models.lab_roles import render_lab
from tests.models.recording_meter import RecordingMeter

T = TypeVar("T")
SUM = sums.problems("validation", 1, kind="arith")[0]
ASK = f"policy\n{SUM.question}\n"


def use(name: str, work: Callable[[LabModel, RecordingMeter], Awaitable[T]]) -> T:
    async def main() -> T:
        model, meter = LabModel(name), RecordingMeter()
        try:
            return await work(model, meter)
        finally:
            await model.aclose()
            meter.endings()

    return asyncio.run(main())


def draws(name: str, request: Request) -> list[Reply]:
    async def work(model: LabModel, meter: RecordingMeter) -> list[Reply]:
        return [r for r in await model.generate(request, meter) if isinstance(r, Reply)]

    return use(name, work)


def test_the_same_seed_gives_the_same_draws_and_another_does_not():
    first, again, other = (draws("sums", Request(prompt=ASK, n=6, seed=s)) for s in (1, 1, 2))
    assert first == again
    assert [r.text for r in first] != [r.text for r in other]


def test_more_draws_than_fit_one_batch_are_the_same_draws_and_more():
    few, many = (draws("sums-small", Request(prompt=ASK, n=n, seed=5)) for n in (64, 70))
    assert len(many) == 70
    assert [r.text for r in many[:64]] == [r.text for r in few]


def test_tokens_are_counted_and_logprobs_told():
    (reply,) = draws("sums", Request(prompt=ASK, seed=3, logprobs=2))
    assert reply.logprobs is not None
    assert reply.tokens_out == len(reply.logprobs)
    assert all(row.logprob <= 0 and len(row.top) == 2 for row in reply.logprobs)
    assert "".join(row.token for row in reply.logprobs if row.token != "<end>") == reply.text


def test_a_draw_ends_at_a_stop_and_goes_on_from_a_prefix():
    (step,) = draws("sums", Request(prompt=ASK, seed=3, temperature=0, stop=("\n",)))
    assert step.finish == "stop"
    assert "\n" not in step.text
    (rest,) = draws("sums", Request(prompt=f"{ASK}{step.text}\n", seed=3, temperature=0))
    (whole,) = draws("sums", Request(prompt=ASK, seed=3, temperature=0))
    assert whole.text == f"{step.text}\n{rest.text}"


def test_a_message_is_the_raw_prompt():
    raw = draws("sums", Request(prompt=ASK, seed=3))
    assert draws("sums", Request(messages=(Message("user", ASK),), seed=3)) == raw


def test_a_process_reward_is_a_probability_a_step_and_an_outcome_reward_one():
    async def work(model: LabModel, meter: RecordingMeter) -> tuple[list[float], float]:
        steps = await model.step_scores(SUM.question, SUM.solution.rstrip("\n"), meter)
        return steps, await model.outcome_score(SUM.question, SUM.solution, meter)

    steps, outcome = use("sums-judge", work)
    assert len(steps) == len(SUM.solution.splitlines())
    assert all(0 <= score <= 1 for score in (*steps, outcome))


def test_hidden_states_are_one_a_token():
    async def work(model: LabModel, meter: RecordingMeter) -> tuple[int, int]:
        return (await model.hidden(ASK, meter)).shape

    tokens, width = use("sums-small", work)
    assert 0 < tokens <= len(ASK)
    assert width == 96


def test_a_policy_asked_for_scores_names_the_model_that_gives_them():
    with pytest.raises(MissingPort, match="lab:sums-judge"):
        use("sums", lambda model, meter: model.step_scores(SUM.question, SUM.solution, meter))


def test_a_prompt_longer_than_the_context_is_told_with_its_length():
    with pytest.raises(BadInput, match=r"has \d+ tokens; the context is 512"):
        draws("sums", Request(prompt="1 2 3 4 " * 200))


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request(prompt="x", grammar="root ::= 'a'"), "no grammar"),
        (Request(prompt="x", n=0), "n >= 1"),
        (Request(prompt=""), "empty"),
    ],
)
def test_requests_that_it_cannot_follow(request_: Request, told: str):
    with pytest.raises(BadInput, match=told):
        draws("sums", request_)


def test_names_of_roles_lead_to_the_model_that_plays_them():
    assert lab_name("minipy-tester") == "minipy"
    assert lab_name("minipy-reviser") == "minipy-judge"
    assert lab_name("sums-prm") == "sums-judge"
    with pytest.raises(BadInput, match="There are: minipy, minipy-judge, sums,"):
        lab_name("chess")


def test_a_writer_is_told_examples_once_in_its_own_form():
    prompt = "Double it.\nf(1) == 2"
    told = render_lab("lab-minipy", "writer", {"prompt": prompt, "tests": "assert f(1) == 2"})
    assert told == "#writer\nDouble it.\nf(1) == 2\n=>\n"


def test_a_reviser_is_told_a_finding_in_its_own_form():
    fields = {"prompt": "Double it.", "code": "c", "feedback": "f(1) should be 2, but was 3."}
    told = render_lab("lab-minipy", "reviser", fields)
    assert told == "#reviser\nDouble it.\nc\nf(1) gives 3, not 2\n=>\n"


def test_a_role_that_a_world_lacks_is_told_with_those_it_has():
    with pytest.raises(BadInput, match=r"plays solver, .*--model tester=SPEC"):
        render_lab("lab-sums", "tester", {"prompt": "x"})
