"""Why one attempt at a call failed, and what the caller may do about it."""

from __future__ import annotations

from strop.core.errors import ModelError

__all__ = ["Failure", "Relearned"]


class Failure(Exception):
    """One attempt failed. `billed`: the provider may charge for it; `again`: the same request may
    succeed later; `wait`: seconds that the provider asked for; `draws`: how many it was to bring.
    `status`, `reason` and `param` are the provider's own words about an HTTP error.
    """

    def __init__(
        self, error: ModelError, *, billed: bool, again: bool, wait: float | None = None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.billed = billed
        self.again = again
        self.wait = wait
        self.draws = 1
        self.status = 0
        self.reason = ""
        self.param: object = None


class Relearned(Exception):
    """The endpoint refused a parameter by name; the next request is worded as it wants.

    `draws` is how many were to come.
    """

    def __init__(self, draws: int) -> None:
        super().__init__(draws)
        self.draws = draws
