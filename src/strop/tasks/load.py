"""From what the user names to tasks that can run."""

from __future__ import annotations

from pathlib import Path

from strop.checks.case_file import read_text
from strop.checks.command import CommandCheck
from strop.checks.pytest_suite import PytestCheck
from strop.core.errors import BadInput
from strop.core.types import Check
from strop.tasks.jsonl_rows import load_rows
from strop.tasks.lab_tasks import LAB, load_lab
from strop.tasks.task_file import load_task_file
from strop.tasks.workbench import Loaded, Workbench

__all__ = ["load_prompt", "load_tasks"]


def load_tasks(spec: str, bench: Workbench) -> list[Loaded]:
    """`task.toml`, `file.jsonl` (every row), `file.jsonl#id`, a folder of task files, or problems
    of the lab (`lab:minipy/test#17`).

    Raises `BadInput` in one line that names the file and what is wrong with it.
    """
    if spec.startswith(LAB):
        return load_lab(spec, bench)
    name, mark, row = spec.partition("#")
    path = Path(name)
    if path.is_dir():
        files = sorted(path.glob("*.toml"))
        if not files:
            raise BadInput(f"folder {path} has no task files (*.toml).")
        return [load_task_file(file, bench) for file in files]
    if path.suffix in (".jsonl", ".gz"):
        return load_rows(path, row if mark else None, bench)
    if path.suffix == ".toml":
        return [load_task_file(path, bench)]
    if not path.exists():
        raise BadInput(f"task file {path} does not exist. Check the path.")
    raise BadInput(f"task {path}: not a .toml, .jsonl or .jsonl.gz file, nor a folder.")


def load_prompt(
    prompt: str, tests: Path | None, command: str | None, entry: str | None, bench: Workbench
) -> Loaded:
    """A task from a prompt with a pytest file, a command, or both as its checks."""
    checks: list[Check] = []
    text = ""
    if tests is not None:
        text = read_text(tests, "test file")
        checks.append(
            PytestCheck({tests.name: text}, "solution", bench.pool, bench.limits, bench.split)
        )
    if command is not None:
        checks.append(CommandCheck(command, "solution.py", bench.pool, bench.limits))
    if not checks:
        raise BadInput("--prompt needs --tests FILE.py or --check COMMAND to judge the answers by.")
    return bench.program_task("prompt", prompt, entry, checks, tests_text=text)
