"""A live line on the terminal while a run goes on; silent where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

__all__ = ["Progress"]


class Progress:
    """Hears a run's events and shows task, candidates, best score, tokens and seconds."""

    def __init__(self, *, shown: bool, total: int) -> None:
        self._wanted = shown
        self._shown = shown and sys.stderr.isatty()
        self._total = total
        self._task = ""
        self._number = 0
        self._checked = 0
        self._failed = 0
        self._best = 0.0
        self._tokens = 0
        self._started = time.monotonic()
        self._status: Any = None

    def __enter__(self) -> Progress:
        if self._shown:
            from rich.console import Console

            self._status = Console(stderr=True).status(self._line())
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def begin(self, task: str) -> None:
        """The next task starts."""
        self._task = task
        self._number += 1
        self._checked = self._failed = self._tokens = 0
        self._best = 0.0
        self._update()

    def ended(self, task: str, seconds: float) -> None:
        """A task of several is over; a line stays for it, on a terminal or not."""
        if self._total > 1 and self._wanted:
            place = f"{self._number}/{self._total}"
            print(f"  {place} {task}: {self._tokens} tokens, {seconds:.1f} s", file=sys.stderr)

    def hear(self, kind: str, body: Mapping[str, Any]) -> None:
        """One event of the run."""
        if kind == "verdict":
            self._checked += 1
            self._best = max(self._best, body["score"])
        elif kind == "spent":
            self._tokens = body["tokens"]
        elif kind == "draw_failed":
            self._failed += 1
        self._update()

    def _update(self) -> None:
        if self._status is not None:
            self._status.update(self._line())

    def _line(self) -> str:
        place = f" ({self._number}/{self._total})" if self._total > 1 else ""
        failed = f", {self._failed} draws failed" if self._failed else ""
        seconds = time.monotonic() - self._started
        tokens = f", {self._tokens} tokens" if self._tokens else ""
        return (
            f"{self._task}{place}: {self._checked} checked, best {self._best:.0%}{failed}{tokens}, "
            f"{seconds:.0f} s"
        )
