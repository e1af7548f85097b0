from __future__ import annotations

import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.model import Reply, TokenLogprob
from strop.core.records import (
    candidate_record,
    cost_of,
    observation_of,
    observation_record,
    reply_of,
    reply_record,
    verdict_of,
    verdict_record,
)
from strop.core.types import (
    Candidate,
    Cost,
    CoverageGap,
    Crash,
    Critique,
    Failure,
    Feedback,
    Observation,
    Status,
    SurvivingMutant,
    Timing,
    Verdict,
)

statuses = st.sampled_from(typing.get_args(Status))
text = st.text(max_size=20)
maybe = st.none() | text
numbers = st.floats(0, 1e9)
counts = st.integers(0, 10**12)

costs = st.builds(
    Cost, counts, counts, counts, counts, numbers, numbers, numbers, counts, st.booleans()
)
feedback_of = {
    Failure: st.builds(Failure, text, statuses, maybe, maybe, maybe, text),
    Crash: st.builds(Crash, text, text, text),
    Critique: st.builds(Critique, text, text),
    CoverageGap: st.builds(CoverageGap, text, st.lists(st.integers(1, 999)).map(tuple)),
    SurvivingMutant: st.builds(SurvivingMutant, text),
    Timing: st.builds(Timing, text, numbers, numbers),
}
feedback = st.one_of(*feedback_of.values())
detail = st.dictionaries(text, text | counts | st.lists(st.booleans(), max_size=2), max_size=3)
verdicts = st.builds(
    Verdict,
    st.floats(0, 1),
    st.booleans(),
    st.lists(feedback, max_size=4).map(tuple),
    statuses,
    detail,
    costs,
)
logprobs = st.lists(
    st.builds(
        TokenLogprob,
        text,
        st.floats(max_value=0, allow_nan=False),
        st.lists(st.tuples(text, st.floats(max_value=0, allow_nan=False)), max_size=3).map(tuple),
    ),
    max_size=4,
).map(tuple)
replies = st.builds(
    Reply,
    text,
    st.sampled_from(["stop", "length", "other"]),
    counts,
    counts,
    st.none() | logprobs,
    st.booleans(),
)


def through_json(row: typing.Any) -> typing.Any:
    return json.loads(json.dumps(row))


@given(replies)
def test_replies_come_back(reply: Reply):
    assert reply_of(through_json(reply_record(reply))) == reply


@given(verdicts)
def test_verdicts_come_back(verdict: Verdict):
    assert verdict_of(through_json(verdict_record(verdict))) == verdict


@pytest.mark.parametrize("kind", typing.get_args(Feedback))
def test_every_type_of_feedback_has_a_record(kind: type):
    @given(feedback_of[kind])
    def round_trip(item: Feedback):
        verdict = Verdict(0.5, passed=False, feedback=(item,))
        back = verdict_of(through_json(verdict_record(verdict))).feedback
        assert back == (item,)
        assert type(back[0]) is kind

    round_trip()


@given(costs)
def test_costs_come_back(cost: Cost):
    row = through_json(cost.as_dict())
    assert cost_of(row) == cost
    assert row["tokens"] == cost.tokens_in + cost.tokens_out


@given(st.builds(Observation, statuses, maybe, text))
def test_observations_come_back(observation: Observation):
    assert observation_of(through_json(observation_record(observation))) == observation


@given(costs, costs)
def test_costs_add_and_subtract(a: Cost, b: Cost):
    whole = ("tokens", "tokens_in", "tokens_out", "calls", "executions", "grad_steps")
    for name in whole:
        assert getattr(a + b, name) == getattr(a, name) + getattr(b, name)
        assert getattr(a + b - b, name) == getattr(a, name)
    assert (a + b).estimated is (a.estimated or b.estimated)


def test_a_candidate_record_is_plain_data():
    candidate = Candidate("c2", "program", "x = 1", ("c1",), "draw", cost=Cost(tokens_in=3))
    row = through_json(candidate_record(candidate))
    assert (row["id"], row["kind"], row["value"], row["parents"]) == (
        "c2",
        "program",
        "x = 1",
        ["c1"],
    )
    assert cost_of(row["cost"]) == Cost(tokens_in=3)


@pytest.mark.parametrize("score", [-0.01, 1.01, float("nan")])
def test_a_score_lies_in_zero_to_one(score: float):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        Verdict(score, passed=False)
