"""The Python doors: `solve`, `fix` and `judge`, each also a coroutine, for notebooks too."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from strop.checks.case import Case, Equality
from strop.checks.case_file import read_case_file
from strop.checks.pytest_suite import PytestCheck, Split
from strop.core.budget import Budget
from strop.core.ledger import Ledger
from strop.core.run import Sampling
from strop.core.types import Candidate, Check, Outcome, Verdict
from strop.sandbox.inside import wire
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool
from strop.session import Session, default_ledger
from strop.tasks.load import load_tasks
from strop.tasks.project import find_root
from strop.tasks.repair import load_repair, method_for
from strop.tasks.repair_report import repair_report
from strop.tasks.workbench import Loaded, Workbench

__all__ = ["fix", "fix_async", "judge", "judge_async", "solve", "solve_async"]

T = TypeVar("T")


async def solve_async(
    task: str | Path | Loaded,
    *,
    method: str = "best_of_n",
    settings: Mapping[str, Any] | None = None,
    model: str | Sequence[str] = (),
    budget: Budget | str | None = None,
    seed: int = 0,
    width: int | None = None,
    temperature: float = 0.8,
    max_tokens: int = 512,
    ledger: Path | None = None,
    fresh: bool = False,
    python: str | None = None,
    isolation: Literal["auto", "strict"] = "auto",
    split: Split = "auto",
) -> Outcome:
    """Solve the task in a file (`task.toml`, `rows.jsonl#id`) and return the outcome.

    `model` takes the specs of `--model`; `budget` a `Budget` or its text. What the ledger holds is
    not paid for again unless `fresh`. Raises `strop.core.errors.StropError` and its kinds.
    """
    from strop.models.spec import resolve

    pool = Pool(python=python, isolation=isolation)
    specs = [model] if isinstance(model, str) else list(model)
    session = Session(
        models=resolve(specs, os.environ),
        bench=Workbench(pool, Limits(), split),
        ledger=Ledger(ledger or default_ledger()),
        seed=seed,
        width=width,
        sampling=Sampling(temperature=temperature, max_tokens=max_tokens),
        fresh=fresh,
    )
    async with session:
        loaded = task if isinstance(task, Loaded) else load_tasks(str(task), session.bench)[0]
        return await session.solve(
            loaded,
            method=method,
            settings={key: str(value) for key, value in (settings or {}).items()},
            budget=Budget.parse(budget) if isinstance(budget, str) else budget,
        )


async def fix_async(
    files: str | Path | Sequence[str | Path],
    *,
    tests: str | Path | Sequence[str | Path] = (),
    cases: str | Path | None = None,
    reference: str | None = None,
    root: Path | None = None,
    prompt: str = "",
    settings: Mapping[str, Any] | None = None,
    model: str | Sequence[str] = "none",
    budget: Budget | str | None = None,
    seed: int = 0,
    limits: Limits | None = None,
    ledger: Path | None = None,
    python: str | None = None,
    isolation: Literal["auto", "strict"] = "auto",
) -> dict[str, Any]:
    """Repair files until their pytest `tests` or the case file `cases` pass, and return the report,
    the JSON of `strop fix`; nothing is written (`diff` and `patch` hold the change). `reference` is
    the text of a right version, which only scores the patch. Raises `StropError` and its kinds."""
    from strop.models.spec import resolve

    paths, targets = _paths(files), _paths(tests)
    folder = find_root(paths, targets, root) if targets else None
    pool = Pool(python=python, isolation=isolation, readable=[str(folder)] if folder else [])
    bench = Workbench(pool, limits or Limits())
    ceilings = Budget.parse(budget) if isinstance(budget, str) else budget or Budget()
    specs = [model] if isinstance(model, str) else list(model)
    models = resolve(specs, os.environ)
    store = Ledger(ledger or default_ledger())
    async with Session(models=models, bench=bench, ledger=store, seed=seed) as session:
        loaded = load_repair(
            paths,
            bench,
            tests=targets,
            cases=Path(cases) if cases is not None else None,
            reference=reference,
            root=folder,
            seconds=ceilings.seconds,
            prompt=prompt,
            model=any(models.values()),
        )
        outcome = await session.solve(
            loaded,
            method=method_for(loaded),
            settings={key: str(value) for key, value in (settings or {}).items()},
            budget=ceilings,
        )
        return repair_report(loaded, outcome)


def _paths(given: str | Path | Sequence[str | Path]) -> list[Path]:
    return [Path(given)] if isinstance(given, str | Path) else [Path(path) for path in given]


async def judge_async(
    source: str,
    *,
    cases: Path | str | Sequence[tuple[Sequence[Any], Any]] | None = None,
    entry: str | None = None,
    tests: Path | str | None = None,
    equality: Equality = "strict",
    atol: float = 0.0,
    limits: Limits | None = None,
    python: str | None = None,
    isolation: Literal["auto", "strict"] = "auto",
    split: Split = "auto",
    pool: Pool | None = None,
) -> Verdict:
    """The verdict on one program: against a case file, against `(arguments, expected)` pairs for
    `entry`, or against a pytest file that imports it as `solution`. Pass a `pool` to keep it warm
    between calls. Raises `BadInput` for unusable cases."""
    own = pool or Pool(python=python, isolation=isolation)
    limits = limits or Limits()
    try:
        check: Check
        if tests is not None:
            path = Path(tests)
            files = {path.name: path.read_text(encoding="utf-8")}
            check = PytestCheck(files, "solution", own, limits, split)
        elif isinstance(cases, str | Path):
            file = read_case_file(Path(cases))
            check = Workbench(own, limits).cases(file.cases(), file.entry)
        else:
            rows = [
                Case(str(i), [wire.tree(a) for a in given], wire.tree(expected), equality, atol)
                for i, (given, expected) in enumerate(cases or ())
            ]
            check = Workbench(own, limits).cases(rows, entry)
        return await check(Candidate("c1", "program", source))
    finally:
        if pool is None:
            await own.aclose()


def solve(task: str | Path | Loaded, **options: Any) -> Outcome:
    """`solve_async`, waited for."""
    return _wait(solve_async(task, **options))


def fix(files: str | Path | Sequence[str | Path], **options: Any) -> dict[str, Any]:
    """`fix_async`, waited for."""
    return _wait(fix_async(files, **options))


def judge(source: str, **options: Any) -> Verdict:
    """`judge_async`, waited for."""
    return _wait(judge_async(source, **options))


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; where a loop already runs (a notebook), in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    result: list[T] = []
    failure: list[BaseException] = []

    def target() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
            failure.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
