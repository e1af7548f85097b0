from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.choose import agreement, best_score, majority, tournament, weighted

ballots = st.lists(st.none() | st.sampled_from("abcd"), max_size=20)


def test_majority_by_hand():
    assert majority(["x", "y", "y"]) == 1
    assert majority(["x", "y", "y", "x"]) == 0
    assert majority([None, None, "z"]) == 2
    assert majority([None, None]) is None
    assert majority([]) is None
    assert majority([(1, 2), "1", (1, 2)]) == 0


def test_weighted_by_hand():
    assert weighted(["x", "y", "y"], [0.9, 0.3, 0.5]) == 0
    assert weighted(["x", "y", "y"], [0.9, 0.5, 0.5]) == 1
    assert weighted([None, "y"], [5.0, 0.0]) == 1
    assert weighted(["x", "y"], [math.inf, 1.0]) == 0


@pytest.mark.parametrize("weights", [[1.0], [1.0, -0.1], [1.0, math.nan]])
def test_weighted_refuses_weights_that_are_none(weights: list[float]):
    with pytest.raises(ValueError, match="weights"):
        weighted(["x", "y"], weights)


def test_agreement_by_hand():
    assert agreement(["x", "y", "y", None]) == pytest.approx(2 / 3)
    assert agreement(["x"]) == 1.0
    assert agreement([None]) is None
    assert agreement([]) is None


def test_best_score_by_hand():
    assert best_score([0.1, 0.7, 0.7]) == 1
    assert best_score([None, 0.0]) == 1
    assert best_score([math.nan, -1.0, math.nan]) == 1
    assert best_score([None, math.nan]) is None
    assert best_score([]) is None
    assert best_score([-math.inf]) == 0


def test_tournament_by_hand():
    # 0 beats 1; 1 beats 2; 0 and 2 draw: one win each for 0 and 1, and 0 came first
    results = {(0, 1): True, (1, 2): True, (0, 2): None}
    assert tournament(3, lambda i, j: results[i, j]) == 0
    assert tournament(3, lambda i, j: False) == 2
    assert tournament(1, lambda i, j: True) == 0
    assert tournament(2, lambda i, j: None) == 0
    assert tournament(0, lambda i, j: True) is None


@given(ballots)
def test_a_failed_vote_never_wins(votes: list[str | None]):
    winner = majority(votes)
    if winner is None:
        assert all(vote is None for vote in votes)
    else:
        assert votes[winner] is not None
        top = max(votes.count(v) for v in votes if v is not None)
        assert votes.count(votes[winner]) == top
        assert votes.index(votes[winner]) == winner


@given(ballots, st.data())
def test_where_the_failed_votes_stand_does_not_change_the_choice(
    votes: list[str | None], data: st.DataObject
):
    counted = [vote for vote in votes if vote is not None]
    moved = list[str | None](counted)
    for _ in range(len(votes) - len(counted)):
        moved.insert(data.draw(st.integers(0, len(moved))), None)
    choices = [
        None if winner is None else ballot[winner]
        for ballot in (votes, moved, counted)
        for winner in [majority(ballot)]
    ]
    assert choices[0] == choices[1] == choices[2]
    assert agreement(votes) == agreement(moved) == agreement(counted)


@given(ballots, st.sampled_from([0.25, 1.0, 3.0]))
def test_equal_weights_are_a_majority(votes: list[str | None], weight: float):
    assert weighted(votes, [weight] * len(votes)) == majority(votes)


@given(st.permutations(range(6)))
def test_a_tournament_of_a_transitive_order_picks_the_top(strength: list[int]):
    assert tournament(6, lambda i, j: strength[i] > strength[j]) == strength.index(5)


def test_a_tournament_meets_every_pair_once():
    met: list[tuple[int, int]] = []
    tournament(5, lambda i, j: met.append((i, j)))  # pyright: ignore[reportArgumentType]
    assert sorted(met) == sorted({(i, j) for i, j in permutations(range(5), 2) if i < j})


@given(st.lists(st.none() | st.floats(), max_size=12))
def test_best_score_is_a_real_score_that_none_exceeds(scores: list[float | None]):
    best = best_score(scores)
    real = [s for s in scores if s is not None and not math.isnan(s)]
    if best is None:
        assert not real
    else:
        assert scores[best] == max(real)
