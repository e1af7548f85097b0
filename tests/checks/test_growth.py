"""Ratios and growth from timings: hand-worked numbers, and intervals that hold what they say."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strop.checks.growth import CLASSES, EXPONENTIAL, fit_growth
from strop.checks.ratio import bootstrap, paired_ratio

SIZES = (64, 128, 256, 512, 1024, 2048, 4096)


def times(
    grow: Callable[[float], float],
    noise: float = 0.0,
    sizes: tuple[float, ...] = SIZES,
    seed: int = 0,
) -> dict[float, list[float]]:
    rng = random.Random(seed)
    return {n: [1e-6 * grow(n) * math.exp(rng.gauss(0, noise)) for _ in range(5)] for n in sizes}


def test_the_ratio_is_the_median_over_pairs():
    found = paired_ratio([(2.0, 1.0), (3.0, 1.0), (8.0, 2.0)])
    assert found.value == pytest.approx(3.0)
    assert (found.low, found.high) == (pytest.approx(2.0), pytest.approx(4.0))
    same = paired_ratio([(1.0, 2.0)] * 9)
    assert (same.low, same.value, same.high) == (pytest.approx(0.5),) * 3
    assert same.record() == {"value": 0.5, "low": 0.5, "high": 0.5, "level": 0.95}


def test_a_machine_that_is_slow_for_a_while_changes_nothing():
    steady = [(1.0 + i / 100, 1.0) for i in range(9)]
    slow = [(a * 7, b * 7) if i % 3 else (a, b) for i, (a, b) in enumerate(steady)]
    first, second = paired_ratio(steady), paired_ratio(slow)
    assert (first.low, first.value, first.high) == pytest.approx(
        (second.low, second.value, second.high)
    )


@pytest.mark.parametrize("pairs", [[], [(1.0, 1.0)], [(1.0, 0.0), (1.0, 1.0)], [(-1.0, 1.0)] * 3])
def test_no_ratio_of_too_few_pairs_or_of_no_time(pairs: list[tuple[float, float]]):
    with pytest.raises(ValueError, match="paired_ratio"):
        paired_ratio(pairs)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(1e-6, 1e3)] * 2), min_size=2, max_size=12), st.integers(0, 99)
)
def test_the_interval_holds_the_value_and_the_same_seed_gives_the_same(
    pairs: list[tuple[float, float]], seed: int
):
    found = paired_ratio(pairs, seed)
    assert found == paired_ratio(pairs, seed)
    assert 0 < found.low <= found.value <= found.high
    turned = paired_ratio([(b, a) for a, b in pairs], seed)
    assert turned.value == pytest.approx(1 / found.value)


@pytest.mark.parametrize("count", [7, 15])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(count: int):
    held = 0
    for seed in range(200):
        rng = random.Random(seed)
        logs = [
            rng.gauss(0, 0.05) + rng.choice((0, 0, 0, 0, 0, 0, 0.4, -0.4)) for _ in range(count)
        ]
        found = bootstrap(
            count, lambda at, x=logs: sorted(x[i] for i in at)[count // 2], seed, 0.95, 400
        )
        held += found.low <= 0 <= found.high
    assert held >= 0.91 * 200


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("name", CLASSES)
def test_each_class_is_found(name: str, noise: float):
    found = fit_growth(times(CLASSES[name], noise))
    assert (found.name, found.conclusive, found.rivals) == (name, True, ())
    assert found.record()["name"] == name


def test_the_slope_of_a_power_is_its_exponent():
    found = fit_growth(times(lambda n: n**2))
    assert found.slope.value == pytest.approx(2.0)
    assert (found.slope.low, found.slope.high) == (pytest.approx(2.0), pytest.approx(2.0))
    noisy = fit_growth(times(lambda n: n**2, 0.1))
    assert noisy.slope.low < 2.0 < noisy.slope.high


@pytest.mark.parametrize("base", [1.3, 2.0])
def test_exponential_growth_is_told_from_a_power(base: float):
    found = fit_growth(times(lambda n: base**n, 0.03, (8, 12, 16, 20, 24, 28, 32)))
    assert (found.name, found.conclusive) == (EXPONENTIAL, True)
    steep = fit_growth(times(lambda n: n**5, 0.03))
    assert steep.record()["name"] == "inconclusive"


def test_what_lies_between_two_classes_is_inconclusive():
    found = fit_growth(times(lambda n: n**1.5, 0.01))
    assert not found.conclusive
    assert {found.name, *found.rivals} <= {"O(n log n)", "O(n^2)", "O(n)"}
    assert found.record()["name"] == "inconclusive"
    assert found.record()["nearest"] == found.name


def test_a_large_constant_part_is_inconclusive():
    assert not fit_growth(times(lambda n: n + 3000, 0.01)).conclusive


def test_noise_makes_neighbours_inconclusive():
    near = {fit_growth(times(lambda n: n, 0.6, seed=s)).conclusive for s in range(8)}
    assert False in near


@pytest.mark.parametrize("sizes", [(1, 2, 3), (10, 11, 12, 13), (0, 2, 4, 8)])
def test_too_few_or_too_close_sizes(sizes: tuple[float, ...]):
    with pytest.raises(ValueError, match="four sizes"):
        fit_growth({n: [1.0, 1.0] for n in sizes})
