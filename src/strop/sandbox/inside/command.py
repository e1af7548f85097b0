"""Command harness: any program, in a folder with the job's files."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from . import nursery

_NOT_FOUND = 127


def run(command: str | Sequence[str], files: Mapping[str, str], scratch: str) -> int:
    """Become the command (a shell line or an argument list); returns only if it cannot start."""
    nursery.furnish(scratch, files)
    argv = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
    return _NOT_FOUND
