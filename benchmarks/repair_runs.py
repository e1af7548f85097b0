"""What the repair benchmarks share: one repair under a CPU budget, its true cost, and intervals."""

from __future__ import annotations

import math
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.core.budget import Budget
from strop.core.driver import outcome_record
from strop.core.errors import StropError
from strop.core.ledger import Ledger
from strop.core.patch import Patch
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool
from strop.session import Session
from strop.tasks.workbench import Loaded, Workbench

METHOD = "mutation_repair"


@dataclass(frozen=True)
class Repaired:
    """One run: the files as the answer leaves them, whether every given test passes, the CPU
    seconds of this process and all below it, start of the sandbox included."""

    files: Mapping[str, str]
    plausible: bool
    diff: str
    cpu_seconds: float
    wall_seconds: float
    judged: int
    record: Mapping[str, Any]
    error: str = ""


async def repair(
    load: Callable[[Workbench], Loaded],
    ledger: Path,
    cpu_seconds: float,
    seed: int,
    readable: tuple[str, ...] = (),
) -> Repaired:
    """Repair what `load` makes of a workbench, with search operators only."""
    started, before = time.monotonic(), _cpu()
    bench = Workbench(Pool(readable=readable, workers=1), Limits(1.0, 4.0))
    files: Mapping[str, str] = {}
    record: dict[str, Any] = {}
    error = diff = ""
    patch = Patch()
    try:
        loaded = load(bench)
        files = loaded.task.meta["files"]
        budget = Budget(cpu_seconds=cpu_seconds)
        # What is held out here is judged by the benchmark itself.
        own = Loaded(loaded.task, (), loaded.executor, loaded.ports)
        async with Session({}, bench, Ledger(ledger), seed=seed) as session:
            outcome = await session.solve(own, method=METHOD, budget=budget)
        record = outcome_record(outcome)
        if outcome.candidate is not None:
            patch = Patch.read(outcome.candidate.value)
            diff = patch.diff(files)
    except StropError as problem:
        error = str(problem)
    finally:
        await bench.pool.aclose()
    return Repaired(
        files={**files, **patch.apply(files)},
        plausible=bool(record.get("passed")),
        diff=diff,
        cpu_seconds=_cpu() - before,
        wall_seconds=time.monotonic() - started,
        judged=record.get("evidence", {}).get("candidates", 0),
        record=record,
        error=error,
    )


def wilson(good: int, n: int) -> str:
    """A 95% Wilson interval as text."""
    if not n:
        return "-"
    z, p = 1.96, good / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return f"{n * (middle - half):.1f} to {n * (middle + half):.1f} of {n}"


def _cpu() -> float:
    own, below = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime
