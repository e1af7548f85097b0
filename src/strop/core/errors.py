"""Every way strop stops, as a type; each message is one line that says what to do next."""

from __future__ import annotations

__all__ = [
    "BadInput",
    "BudgetSpent",
    "LedgerUnusable",
    "MissingPort",
    "ModelError",
    "StropError",
    "ToolUnavailable",
]


class StropError(Exception):
    """Root of strop's own errors; `exit_code` is what the command line returns for it."""

    exit_code = 2


class BadInput(StropError):
    """The user's input cannot be used; the message names the file, the value and the way out."""


class LedgerUnusable(StropError):
    """The ledger cannot be written or read (read-only folder, full disk, foreign version)."""


class BudgetSpent(StropError):
    """A reservation does not fit under a ceiling; nothing was sent.

    `resource` is the ceiling (a field of `Budget`); `needed` and `left` are in its unit.
    """

    exit_code = 3

    def __init__(self, resource: str, needed: float, left: float) -> None:
        super().__init__(f"budget spent: {resource} needed {needed:g}, left {left:g}")
        self.resource = resource
        self.needed = needed
        self.left = left


class ToolUnavailable(StropError):
    """An endpoint, an extra, an isolation layer or an outside tool is not available."""

    exit_code = 4


class MissingPort(StropError):
    """A method asked for a port that no model or check of this run provides."""


class ModelError(StropError):
    """One draw from a model failed for good (retries included); never a vote, never an answer.

    `kind` is one of `http`, `rate_limit`, `timeout`, `connection`, `malformed`, `refused`,
    `internal`.
    """

    exit_code = 4

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
