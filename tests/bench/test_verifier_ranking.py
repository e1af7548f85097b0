"""Measures of a ranking, against hand-worked values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.bench.verifier_ranking import graded, kendall, ranking, spearman


def test_spearman_without_ties_is_one_minus_six_d_squared():
    # d = 1, 1, 0, 0: 1 - 6 * 2 / (4 * 15)
    assert spearman([1, 2, 3, 4], [2, 1, 3, 4]) == pytest.approx(0.8)


def test_kendall_counts_pairs_and_ties():
    # 5 concordant pairs, 1 discordant
    assert kendall([1, 2, 3, 4], [2, 1, 3, 4]) == pytest.approx(4 / 6)
    # x has one tie: 2 concordant of sqrt((3 - 1) * 3)
    assert kendall([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(6))


def test_ties_share_their_ranks():
    # ranks 1.5, 1.5, 3 against 1, 2, 3
    assert spearman([0, 0, 5], [1, 2, 3]) == pytest.approx(1.5 / math.sqrt(1.5 * 2))


def test_a_side_without_spread_has_no_correlation_but_counts_for_the_rest():
    told = ranking([([0.5, 0.5], [0.0, 1.0]), ([0.2, 0.9], [0.0, 1.0])])
    assert told == {
        "problems": 2, "top1": 0.75, "bottom1": 0.75, "spearman": 1.0, "kendall": 1.0,
        "mae": pytest.approx((0.5 + 0.15) / 2),
    }  # fmt: skip


@given(st.lists(st.integers(0, 9), min_size=2, max_size=8), st.data())
def test_correlations_lie_in_range_and_turn_with_the_order(x: list[int], data: st.DataObject):
    y = data.draw(st.lists(st.integers(0, 9), min_size=len(x), max_size=len(x)))
    for measure in (spearman, kendall):
        value = measure(x, y)
        if math.isnan(value):
            assert len(set(x)) == 1 or len(set(y)) == 1
        else:
            assert -1.0000001 <= value <= 1.0000001
            assert measure(x, [-v for v in y]) == pytest.approx(-value)


def test_graded_solutions_are_spread_from_best_to_worst():
    assert graded([0.1, 1.0, 0.5, 0.52, 0.0, 1.0], 3) == [1, 2, 4]
    assert graded([1.0, 0.0], 5) == [0, 1]


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="as many scores"):
        ranking([([1.0], [1.0])])
