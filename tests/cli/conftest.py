from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .endpoint import ProgramServer

TASK = """
id = "double"
prompt = "Write double(x), which returns twice x."
entry = "double"
[[cases]]
input = [3]
expected = 6
[[cases]]
input = [0]
expected = 0
[[hidden]]
input = [-4]
expected = -8
"""


@dataclass(frozen=True)
class Said:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs `strop` as a user would, in a folder of its own with a ledger of its own."""

    folder: Path
    environment: dict[str, str]

    def use(self, server: ProgramServer) -> None:
        self.environment |= {
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "sk-test-secret",
            "OPENAI_MODEL": "test-model",
        }

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "strop", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def __call__(self, *arguments: object) -> Said:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return Said(process.returncode, out, err)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def strop(tmp_path: Path) -> Shell:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "STROP_"))}
    environment |= {"STROP_LEDGER": str(tmp_path / "ledger"), "NO_COLOR": "1"}
    return Shell(tmp_path, environment)


@pytest.fixture
def one_line() -> Callable[[Said, int], str]:
    """Asserts that an error is one line with no traceback, and returns it."""

    def check(said: Said, code: int) -> str:
        assert said.code == code, said
        lines = said.err.strip().splitlines()
        assert len(lines) == 1, said.err
        assert lines[0].startswith("strop: ")
        assert "Traceback" not in said.err + said.out
        assert "sk-test-secret" not in said.err + said.out
        return lines[0]

    return check
