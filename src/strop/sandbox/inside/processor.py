"""One processor for a short job: the zygote and its children take turns, so none has to wake
another processor or start with cold caches. A job that is not done soon gets all of them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

SHORT = 0.02
"""Seconds within which a job counts as short."""

_here = ctypes.pythonapi["sched_getcpu"]
_ALL = os.sched_getaffinity(0)


def stay() -> None:
    """Keep this process, and the children it forks, on the processor it is on now."""
    here = _here()
    if here in _ALL and len(_ALL) > 1:
        os.sched_setaffinity(0, (here,))


def spread(pids: Iterable[int]) -> None:
    """Let these processes (0: this one) run on every processor again."""
    for pid in pids:
        try:
            os.sched_setaffinity(pid, _ALL)
        except ProcessLookupError:
            continue
