from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.bench.passk import chance_shares, pass_at_k, pass_at_k_curve, powers


@pytest.mark.parametrize(
    ("n", "c", "k", "chance"),
    [
        (4, 1, 1, 0.25),
        (4, 1, 2, 0.5),
        (5, 2, 2, 0.7),  # 1 - 3/10
        (10, 3, 4, 1 - 35 / 210),
        (5, 0, 5, 0.0),
        (5, 5, 1, 1.0),
        (5, 1, 5, 1.0),
        (1, 0, 1, 0.0),
    ],
)
def test_the_chance_as_worked_by_hand(n: int, c: int, k: int, chance: float):
    assert pass_at_k(n, c, k) == pytest.approx(chance, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "c", "k"), [(4, 5, 1), (4, -1, 1), (4, 1, 0), (4, 1, 5), (0, 0, 1), (-1, 0, 1)]
)
def test_impossible_counts_are_refused(n: int, c: int, k: int):
    with pytest.raises(ValueError, match="must satisfy"):
        pass_at_k(n, c, k)


@st.composite
def counts(draw: st.DrawFn, most: int) -> tuple[int, int, int]:
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(counts(9))
def test_it_is_the_share_of_all_sets_of_k_with_a_right_one(row: tuple[int, int, int]):
    n, c, k = row
    chosen = list(combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, chosen)) / len(chosen), abs=1e-12)


@given(counts(3000))
def test_more_draws_or_more_right_ones_never_lower_it(row: tuple[int, int, int]):
    n, c, k = row
    chance = pass_at_k(n, c, k)
    assert 0 <= chance <= 1
    if k < n:
        assert pass_at_k(n, c, k + 1) >= chance - 1e-12
    if c < n:
        assert pass_at_k(n, c + 1, k) >= chance - 1e-12


def test_a_curve_is_the_mean_over_problems_inside_its_interval():
    rows = [(8, 0), (8, 1), (8, 4), (8, 8)]
    curve = pass_at_k_curve(rows, (1, 2, 8), seed=3)
    assert curve.values == pytest.approx(
        ((0 + 1 / 8 + 1 / 2 + 1) / 4, (0 + 1 / 4 + 11 / 14 + 1) / 4, 3 / 4)
    )
    assert curve.problems == 4
    for low, value, high in zip(curve.low, curve.values, curve.high, strict=True):
        assert 0 <= low < value < high <= 1
    assert curve == pass_at_k_curve(rows, (1, 2, 8), seed=3)
    assert curve != pass_at_k_curve(rows, (1, 2, 8), seed=4)
    assert curve.figures()["8"]["value"] == 0.75


def test_the_interval_of_many_problems_is_as_wide_as_theory_says():
    curve = pass_at_k_curve([(1, i % 2) for i in range(400)], (1,))
    assert curve.high[0] - curve.low[0] == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.15)


def test_a_curve_needs_problems_and_enough_draws():
    with pytest.raises(ValueError, match="no problems"):
        pass_at_k_curve([], (1,))
    with pytest.raises(ValueError, match="must satisfy"):
        pass_at_k_curve([(8, 1), (4, 1)], (8,))


def test_powers_end_with_n():
    assert powers(1) == (1,)
    assert powers(2) == (1, 2)
    assert powers(6) == (1, 2, 4, 6)
    assert powers(64) == (1, 2, 4, 8, 16, 32, 64)


def test_every_problem_is_in_one_share_of_chances():
    rows = [(100, 0), (100, 1), (100, 2), (100, 50), (100, 51)]
    found = {name: figure["value"] for name, figure in chance_shares(rows).items() if figure}
    assert found == {"never": 0.2, "rare": 0.2, "within": 0.4, "often": 0.2}
