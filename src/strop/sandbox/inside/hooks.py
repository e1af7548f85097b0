"""After-fork hooks of the standard library, held back in the zygote.

They renew locks and random states, which a single-threaded server has no need of, and cost each
child about as much as the fork itself. A job that may fork in its turn gets them back.
"""

from __future__ import annotations

import os
from typing import Any

_register = os.register_at_fork
_held: list[dict[str, Any]] = []


def hold() -> None:
    """From here on, what modules register is kept aside."""
    os.register_at_fork = lambda **hooks: _held.append(hooks)


def release() -> None:
    """From here on, modules register as usual."""
    os.register_at_fork = _register


def restore() -> None:
    """Register what was held back; once, in a child that may fork."""
    for hooks in _held:
        _register(**hooks)
