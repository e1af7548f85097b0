"""Which lines of files differ from a commit, asked of git."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from strop.core.errors import BadInput

__all__ = ["changed_lines"]

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def changed_lines(files: Mapping[str, Path], since: str) -> dict[str, set[int]]:
    """For each file by its name, the lines (from 1) that are new or different since the commit
    `since`; all lines of a file that git does not track. Lines that were only taken away leave
    none. Raises `BadInput` where there is no git, no work tree, or no such commit."""
    return {name: _changed(path.resolve(), since) for name, path in files.items()}


def _changed(path: Path, since: str) -> set[int]:
    if since.startswith("-") or _git(path, "rev-parse", "--verify", "-q", f"{since}^{{commit}}")[0]:
        code, _, said = _git(path, "rev-parse", "--git-dir")
        if code:
            raise BadInput(f"--since {since}: {path} is in no git work tree ({said}).")
        raise BadInput(
            f"--since {since}: git knows no such commit. Name one, like HEAD~1 or a branch."
        )
    if _git(path, "ls-files", "--error-unmatch", "--", path.name)[0]:
        return set(range(1, len(path.read_bytes().splitlines()) + 1))
    quiet = ["--no-color", "--no-ext-diff", "--no-textconv", "--unified=0"]
    code, out, said = _git(path, "diff", *quiet, since, "--", path.name)
    if code:
        raise BadInput(f"--since {since}: git diff failed on {path}: {said}.")
    lines: set[int] = set()
    for first, count in _HUNK.findall(out):
        lines.update(range(int(first), int(first) + int(count or 1)))
    return lines


def _git(path: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output, and the last line of what went wrong."""
    try:
        said = subprocess.run(
            ["git", "-C", str(path.parent), *arguments],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise BadInput("--since needs git, which is not installed.") from error
    errors = said.stderr.decode("utf-8", "replace").strip().splitlines()
    out = said.stdout.decode("utf-8", "replace")
    return said.returncode, out, errors[-1].rstrip(".") if errors else ""
