from __future__ import annotations

import pytest

from strop.bench.reproduction import available, paired_interval, verdict


@pytest.mark.parametrize(
    ("interval", "margin", "said"),
    [
        ((0.04, 0.2), 0.03, "holds"),
        ((-0.1, 0.02), 0.03, "fails"),
        ((0.01, 0.2), 0.03, "inconclusive"),
        ((0.03, 0.2), 0.03, "inconclusive"),
    ],
)
def test_the_verdict_is_computed_from_interval_and_margin(
    interval: tuple[float, float], margin: float, said: str
):
    assert verdict(interval, margin) == said


def test_the_interval_of_equal_gains_is_that_gain():
    assert paired_interval([0.5] * 6, list("aabbcc")) == (0.5, 0.5)


def test_draws_of_one_task_are_resampled_together():
    gains = [1.0] * 50 + [0.0] * 50
    wide = paired_interval(gains, ["a"] * 50 + ["b"] * 50)
    assert wide == (0.0, 1.0), "two tasks, not a hundred independent rows"
    low, high = paired_interval(gains, [str(i) for i in range(100)])
    assert 0.35 < low < 0.45
    assert 0.55 < high < 0.65


def test_the_reproductions_are_found():
    assert "P073" in available()
