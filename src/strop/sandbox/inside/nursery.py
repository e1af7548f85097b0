"""The first process of a job that may start others: it reaps orphans and passes the end on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

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


def furnish(scratch: str, files: Mapping[str, str], project: str = "") -> None:
    """Copy the folder `project`, if any, and write the job's files below `scratch`; make it the
    home and the place for temporary files. Raises OSError."""
    if project:
        _copy(project, scratch)
    for path, text in files.items():
        target = os.path.join(scratch, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(text)
    os.makedirs(os.path.join(scratch, ".tmp"), exist_ok=True)
    os.environ.update(
        HOME=scratch,
        TMPDIR=os.path.join(scratch, ".tmp"),
        PATH=f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
    )
    os.chdir(scratch)


def import_from(scratch: str, paths: Sequence[str]) -> None:
    """Modules are looked for in `scratch` and in these folders below it first."""
    for folder in ("", *reversed(paths)):
        sys.path.insert(0, os.path.join(scratch, folder) if folder else scratch)


def plain(plugins: bool) -> list[str]:
    """pytest arguments that undo what a project's own options ask of two common plugins: tests
    in many processes, and a tracer."""
    if not plugins:
        return []
    from importlib.util import find_spec

    words = ["-n", "0"] if find_spec("xdist") else []
    return [*words, "--no-cov"] if find_spec("pytest_cov") else words


_LEFT = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__"}
    | {".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs", ".strop"}
)


def left_out(name: str) -> bool:
    """Whether a file or folder of this name is no part of a project's copy."""
    return name in _LEFT or name.startswith("ledger.db") or name.endswith((".pyc", ".pyo"))


def _copy(source: str, target: str) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            if left_out(entry.name):
                continue
            to = os.path.join(target, entry.name)
            if entry.is_dir(follow_symlinks=False):
                os.mkdir(to)
                _copy(entry.path, to)
            elif entry.is_symlink() and not entry.is_file():
                os.symlink(os.readlink(entry.path), to)
            elif entry.is_file() and os.access(entry.path, os.R_OK):
                with open(entry.path, "rb") as old, open(to, "wb") as new:
                    new.write(old.read())
