"""The first process of a job that may start others: it reaps orphans and passes the end on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping

from . import hooks
from .syscalls import prctl

_PDEATHSIG = 1


def run(body: Callable[[], int]) -> int:
    """Run `body` in a child and return its exit code, 128 and more for a signal, as a shell does.

    When the caller, process 1 of its pid namespace, then exits, the kernel kills what is left.
    """
    hooks.restore()
    worker = os.fork()
    if not worker:
        prctl(_PDEATHSIG, signal.SIGKILL)
        return body()
    while True:
        pid, status = os.wait()
        if pid == worker:
            return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def furnish(scratch: str, files: Mapping[str, str]) -> None:
    """Write the job's files below `scratch`, and make it the home and the place for temporary
    files. Raises OSError."""
    for path, text in files.items():
        target = os.path.join(scratch, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
    os.mkdir(os.path.join(scratch, ".tmp"))
    os.environ.update(
        HOME=scratch,
        TMPDIR=os.path.join(scratch, ".tmp"),
        PATH=f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
    )
    os.chdir(scratch)
