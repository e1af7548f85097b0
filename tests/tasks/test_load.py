from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from strop.checks.cases import CasesCheck
from strop.checks.script import ScriptCheck
from strop.core.errors import BadInput
from strop.core.types import Candidate
from strop.sandbox.pool import Pool
from strop.tasks.load import load_tasks
from strop.tasks.workbench import Loaded, Workbench

ROOT = Path(__file__).parent.parent.parent
HUMANEVAL = {
    "task_id": "T/1",
    "prompt": 'def twice(x):\n    """Twice x."""\n',
    "entry_point": "twice",
    "canonical_solution": "    return 2 * x\n",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n",
}
RANDOM = "def check(candidate):\n    for i in range(9):\n        assert candidate(i) == i + i\n"


def bench() -> Workbench:
    return Workbench(Pool(workers=1))


def rows(folder: Path, *items: object) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    return str(path)


def judge(loaded: Loaded, source: str) -> bool:
    async def work() -> bool:
        check = loaded.task.checks[0]
        try:
            return (await check(Candidate("c", "program", source))).passed
        finally:
            await check.pool.aclose()  # type: ignore[attr-defined]

    return asyncio.run(work())


def test_a_humaneval_row_with_plain_asserts_becomes_cases(tmp_path: Path):
    (loaded,) = load_tasks(rows(tmp_path, HUMANEVAL) + "#T/1", bench())
    assert isinstance(loaded.task.checks[0], CasesCheck)
    assert judge(loaded, HUMANEVAL["prompt"] + HUMANEVAL["canonical_solution"])


def test_a_humaneval_row_with_a_loop_runs_as_code_apart_from_the_candidate(tmp_path: Path):
    (loaded,) = load_tasks(rows(tmp_path, {**HUMANEVAL, "test": RANDOM}), bench())
    assert isinstance(loaded.task.checks[0], ScriptCheck)
    assert judge(loaded, "def twice(x):\n    return x + x\n")
    assert not judge(loaded, "def twice(x):\n    return x * x\n")


def test_an_mbpp_row_finds_its_entry_and_tests(tmp_path: Path):
    row = {"task_id": 7, "text": "Add.", "test_list": ["assert add(1, 2) == 3"]}
    (loaded,) = load_tasks(rows(tmp_path, row) + "#7", bench())
    assert loaded.task.meta["entry"] == "add"
    assert judge(loaded, "def add(a, b):\n    return a + b\n")


def test_a_row_of_no_known_form_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"line 2: not a known form.*It has: a"):
        load_tasks(rows(tmp_path, HUMANEVAL, {"a": 1}), bench())


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "tasks").glob("*.toml")))
def test_the_example_tasks_load_with_hidden_cases(path: Path):
    (loaded,) = load_tasks(str(path), bench())
    assert loaded.hidden


def test_every_easy_function_is_solved_by_its_reference():
    file = ROOT / "src" / "strop" / "bench" / "data" / "easy_functions.jsonl"

    async def work() -> list[str]:
        async with Pool(workers=1) as pool:
            loaded = load_tasks(str(file), Workbench(pool))
            lines = file.read_text().splitlines()
            failing: list[str] = []
            for one, line in zip(loaded, lines, strict=True):
                candidate = Candidate("c", "program", json.loads(line)["solution"])
                verdicts = [await check(candidate) for check in (*one.task.checks, *one.hidden)]
                if not all(verdict.passed for verdict in verdicts):
                    failing.append(one.task.id)
            return [*failing, str(len(loaded))]

    assert asyncio.run(work()) == ["24"]
