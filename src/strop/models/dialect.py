"""What one endpoint turns out not to understand, learned from its refusals and kept."""

from __future__ import annotations

import logging
import re

__all__ = ["Dialect"]

log = logging.getLogger("strop.models")

NAMES_N = re.compile(r"(?<![\w'’])n(?![\w'’])|['\"`]n['\"`]")
UNSUPPORTED = re.compile(r"unsupported|not support|only the default|unknown|unrecognized", re.I)


class Dialect:
    """How to word a request: may `n` exceed 1, what the limit is called, what is left out."""

    def __init__(self) -> None:
        self.many = True
        self.length = "max_tokens"
        self.silent: frozenset[str] = frozenset()

    def learn(self, model: str, status: int, message: str, param: object, n: int) -> bool:
        """Take in an error reply; True if the same request, worded anew, is worth sending.

        Reasoning models take `max_completion_tokens` and no temperature; leaving a temperature
        out changes what is sampled, so that is logged as a warning.
        """
        if status not in (400, 422):
            return False
        if "max_completion_tokens" in message and self.length == "max_tokens":
            self.length = "max_completion_tokens"
            return True
        for name in ("temperature", "top_p"):
            named = param == name or name in message
            if named and name not in self.silent and UNSUPPORTED.search(message):
                self.silent |= {name}
                log.warning("%s does not take %s: its own default is used", model, name)
                return True
        if n > 1 and self.many and (param == "n" or NAMES_N.search(message)):
            self.many = False
            return True
        return False
