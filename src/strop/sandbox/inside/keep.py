"""A folder put back after each trial: what a trial made is removed, what it removed is copied back.

Only folders whose own time stamp changed are looked into; what a trial wrote into a file that was
there before stays.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

_APART = ".tmp"


class Kept:
    """The names below `root` as they are now. `project` and `files` are where removed ones are
    found again."""

    def __init__(self, root: str, project: str, files: Mapping[str, str]) -> None:
        self._root = root
        self._project = project
        self._files = files
        self._known: dict[str, tuple[int, set[str]]] = {}
        self._look(root)

    def _look(self, folder: str) -> None:
        names: set[str] = set()
        with os.scandir(folder) as entries:
            for entry in entries:
                if folder == self._root and entry.name == _APART:
                    continue
                names.add(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    self._look(entry.path)
        self._known[folder] = (os.stat(folder).st_mtime_ns, names)

    def restore(self) -> None:
        """Call when none of the trial's processes runs any more."""
        for folder, (stamp, names) in list(self._known.items()):
            try:
                if os.stat(folder).st_mtime_ns == stamp:
                    continue
            except FileNotFoundError:
                os.makedirs(folder, exist_ok=True)
            here = set(os.listdir(folder))
            for name in here - names:
                if folder != self._root or name != _APART:
                    _remove(os.path.join(folder, name))
            for name in names - here:
                self._bring_back(os.path.join(folder, name))
            self._known[folder] = (os.stat(folder).st_mtime_ns, names)

    def _bring_back(self, path: str) -> None:
        below = os.path.relpath(path, self._root)
        if path in self._known:
            os.makedirs(path, exist_ok=True)
        elif below in self._files:
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(self._files[below])
        elif self._project and os.path.exists(os.path.join(self._project, below)):
            shutil.copyfile(os.path.join(self._project, below), path)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        os.unlink(path)
