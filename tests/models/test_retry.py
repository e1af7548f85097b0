from __future__ import annotations

import math
from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from strop.models.retry import backoff, is_transient, retry_after


@given(st.text())
def test_any_header_is_read_without_an_exception(value: str):
    seconds = retry_after(value, 0.0)
    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


@given(st.floats(min_value=0, max_value=1e9))
def test_seconds_are_read_as_they_are(seconds: float):
    assert retry_after(repr(seconds), 123.0) == seconds


@given(st.integers(0, 4_000_000_000), st.integers(0, 4_000_000_000))
def test_dates_are_read_from_now(date: int, now: int):
    assert retry_after(formatdate(date, usegmt=True), float(now)) == max(0, date - now)


def test_nothing_usable():
    for value in (None, "", "soon", "nan", "inf", "-inf"):
        assert retry_after(value, 0.0) is None
    assert retry_after("-5", 0.0) == 0.0


@given(
    st.integers(0, 5000),
    st.floats(0.001, 10),
    st.floats(0.001, 100),
    st.floats(0, 1),
)
def test_backoff_lies_between_nothing_and_its_cap(
    attempt: int, base: float, cap: float, jitter: float
):
    assert 0 <= backoff(attempt, base, cap, jitter) <= cap


def test_backoff_doubles_up_to_its_cap():
    assert [backoff(i, 0.5, 3.0, 1.0) for i in range(4)] == [0.5, 1.0, 2.0, 3.0]


def test_what_may_pass():
    assert [s for s in (400, 401, 404, 408, 409, 422, 429, 500, 503) if is_transient(s)] == [
        408,
        409,
        429,
        500,
        503,
    ]
