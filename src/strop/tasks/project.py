"""A project on disk: its root, the files under repair, where modules are imported from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from strop.checks.case_file import read_text
from strop.core.errors import BadInput
from strop.sandbox.inside.nursery import left_out

__all__ = ["Project", "find_project", "find_root", "read_source"]

_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini")
_MOST_FILES, _MOST_BYTES = 20_000, 256 << 20


@dataclass(frozen=True)
class Project:
    """`files` maps paths below `root` (with /) to texts; `paths` are the folders below it that the
    files' top modules are imported from; `targets` what pytest is given; `digest` stands for the
    content of every file below the root."""

    root: Path
    files: dict[str, str]
    paths: tuple[str, ...]
    targets: tuple[str, ...]
    digest: str


def find_project(files: Sequence[Path], tests: Sequence[Path], root: Path | None = None) -> Project:
    """Raises `BadInput` for what does not exist, lies outside the root, or is too large to copy."""
    for test in tests:
        if not test.exists():
            raise BadInput(f"tests {test} do not exist. Check the path.")
    for file in files:
        read_text(file, "file")
    found = find_root(files, tests, root)
    return Project(
        root=found,
        files={_below(file, found): read_source(file) for file in files},
        paths=tuple(dict.fromkeys(_import_root(file, found) for file in files)),
        targets=tuple(_below(test, found) for test in tests),
        digest=_digest(found),
    )


def read_source(path: Path) -> str:
    """A source file with its line ends as they are. Raises `BadInput`."""
    read_text(path, "file")
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def find_root(files: Sequence[Path], tests: Sequence[Path], root: Path | None = None) -> Path:
    """The folder given, or the one that the files and tests share. Raises `BadInput`."""
    if root is not None and not root.is_dir():
        raise BadInput(f"--root {root} is not a folder.")
    found = root.resolve() if root else _root([*files, *tests])
    if found == Path(found.anchor) or found == Path.home():
        raise BadInput(
            f"the files and tests have no project folder in common below {found}. "
            "Name one with --root DIR."
        )
    return found


def _root(paths: Sequence[Path]) -> Path:
    """The nearest folder above all paths that looks like a project's, else the one they share."""
    common = Path(os.path.commonpath([_folder(path) for path in paths]))
    for folder in (common, *common.parents):
        if any((folder / mark).exists() for mark in _MARKS):
            return common if folder in (Path.home(), Path(folder.anchor)) else folder
    return common


def _folder(path: Path) -> Path:
    real = path.resolve()
    return real if real.is_dir() else real.parent


def _below(path: Path, root: Path) -> str:
    real = path.resolve()
    if not real.is_relative_to(root):
        raise BadInput(f"{path} lies outside the project {root}. Name another --root DIR.")
    return real.relative_to(root).as_posix()


def _import_root(file: Path, root: Path) -> str:
    """The folder above the outermost package that the file is in."""
    folder = file.resolve().parent
    while (folder / "__init__.py").exists() and folder != root:
        folder = folder.parent
    return "" if folder == root else folder.relative_to(root).as_posix()


def _digest(root: Path) -> str:
    """Over paths and contents of all that is copied into the sandbox."""
    state = hashlib.sha256()
    size = 0
    for count, path in enumerate(_walk(str(root)), 1):
        size += Path(path).stat().st_size
        if count > _MOST_FILES or size > _MOST_BYTES:
            raise BadInput(
                f"project {root} has more than {_MOST_FILES} files or {_MOST_BYTES >> 20} MB, too "
                "much to copy for every run. Name a smaller --root DIR."
            )
        state.update(os.path.relpath(path, root).encode("utf-8", "surrogateescape"))
        state.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return state.hexdigest()[:32]


def _walk(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            if left_out(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)
            elif entry.is_file() and os.access(entry.path, os.R_OK):
                yield entry.path
