from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .scripted import Bench

settings.register_profile(
    "core", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)

HERE = Path(__file__).parent


@pytest.fixture(autouse=True, scope="package")
def _hypothesis_profile():
    settings.load_profile("core")
    yield
    settings.load_profile("default")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "ledger.sqlite")


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts Python on a source text that can import `scripted`; its arguments follow."""

    def start(source: str, *args: object) -> subprocess.Popen[str]:
        file = tmp_path / f"script_{len(list(tmp_path.glob('script_*.py')))}.py"
        file.write_text(f"import sys\nsys.path.insert(0, {str(HERE)!r})\n{source}")
        return subprocess.Popen(
            [sys.executable, "-W", "error", str(file), *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
