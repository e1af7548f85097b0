"""Writes a patch into files, never over uncommitted changes unless told to, and takes it back."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from strop.core.errors import BadInput
from strop.core.ledger import Ledger
from strop.core.patch import Patch

__all__ = ["apply_patch", "demand_committed", "last_written", "undo_patch"]

_WRITTEN = "written"


def apply_patch(
    ledger: Ledger, run: str, root: Path, files: Mapping[str, str], patch: Patch, *, force: bool
) -> list[Path]:
    """Write the patched files below `root` and remember the old texts under the run. Raises
    `BadInput` with nothing written where a file has changed since the run read it, or has
    uncommitted changes and `force` is not set."""
    changed = patch.apply(files)
    for file in changed:
        path = root / file
        if _read(path) != files[file]:
            raise BadInput(f"{path} changed while it was being repaired. Run strop fix again.")
    if not force:
        demand_committed([root / file for file in changed])
    rows = [
        {"path": str(root / file), "old": files[file], "new": _mark(text)}
        for file, text in changed.items()
    ]
    ledger.append(run, _WRITTEN, {"files": rows})
    for file, text in changed.items():
        _write(root / file, text)
    return [root / file for file in changed]


def demand_committed(paths: Sequence[Path]) -> None:
    """Raises `BadInput` where a file in a git work tree differs from its last commit."""
    dirty = _uncommitted(paths)
    if dirty:
        raise BadInput(
            f"{dirty[0]} has uncommitted changes, so nothing would be written. Commit them, or add "
            "--force (strop fix --undo takes a patch back)."
        )


def undo_patch(ledger: Ledger, run: str, *, force: bool) -> list[Path]:
    """Put back what the last `apply_patch` of a run replaced. Raises `BadInput` where the run wrote
    nothing, or a file was edited since and `force` is not set."""
    events = [event.body for event in ledger.events(run) if event.kind in (_WRITTEN, "undone")]
    if not events or "files" not in events[-1]:
        raise BadInput(f"run {run} has written nothing that could be undone.")
    rows: list[dict[str, Any]] = events[-1]["files"]
    for row in rows:
        path = Path(row["path"])
        if not force and (not path.exists() or _mark(_read(path)) != row["new"]):
            raise BadInput(
                f"{path} was edited after the patch was written. Add --force to put the old text "
                "back all the same."
            )
    for row in rows:
        _write(Path(row["path"]), row["old"])
    ledger.append(run, "undone", {"run": run})
    return [Path(row["path"]) for row in rows]


def last_written(ledger: Ledger) -> str:
    """The newest run whose patch was written and not taken back. Raises `BadInput`."""
    for row in ledger.runs():
        kinds = [e.kind for e in ledger.events(row.id) if e.kind in (_WRITTEN, "undone")]
        if kinds and kinds[-1] == _WRITTEN:
            return row.id
    raise BadInput(f"no patch in {ledger.path} is written and not undone.")


def _uncommitted(paths: Sequence[Path]) -> list[Path]:
    """Those that differ from the last commit of their git work tree; none where there is no git."""
    found: list[Path] = []
    for path in paths:
        try:
            said = subprocess.run(
                ["git", "status", "--porcelain", "--ignored", "--", path.name],
                cwd=path.parent,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            return []
        if said.returncode == 0 and said.stdout.strip():
            found.append(path)
    return found


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _write(path: Path, text: str) -> None:
    """In one step, so that no half of a file is ever seen."""
    beside = path.with_name(f".{path.name}.strop")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    beside.chmod(path.stat().st_mode)
    beside.replace(path)
