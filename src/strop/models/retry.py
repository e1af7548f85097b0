"""How long to wait before a call is made again. Pure functions."""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime

__all__ = ["backoff", "is_transient", "retry_after"]


def backoff(attempt: int, base: float, cap: float, jitter: float) -> float:
    """Seconds before attempt `attempt + 1`: exponential growth from `base` up to `cap`, times
    `jitter` in [0, 1]. Full jitter spreads callers that failed together over the whole span."""
    return jitter * min(cap, base * 2.0 ** min(attempt, 60))


def is_transient(status: int) -> bool:
    """Whether the same request may succeed later: 408, 409, 429 and every 5xx."""
    return status in (408, 409, 429) or status >= 500


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a Retry-After header asks for, never negative; None if it says nothing usable.

    `value` is a number of seconds or an HTTP date, `now` the time in seconds since the epoch.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = date.timestamp() - now
    return max(0.0, seconds) if math.isfinite(seconds) else None
