"""Builds a sample bank problem by problem in a working folder; a later call goes on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from strop.bench.bank_build_minipy import minipy_part
from strop.bench.bank_build_sums import sums_part
from strop.bench.bank_draws import BankPlan, Speaks
from strop.bench.bank_file import Column, read_bank, write_bank
from strop.core.errors import BadInput
from strop.lab import minipy, sums
from strop.sandbox.pool import Pool

__all__ = ["MODELS", "bank_problems", "build_bank"]

MODELS: Mapping[str, tuple[str, ...]] = {
    "minipy": ("minipy", "minipy-judge"),
    "sums": ("sums", "sums-small", "sums-judge"),
}
_AHEAD = 64


def build_bank(
    plan: BankPlan,
    speakers: Mapping[str, Speaks],
    header: Mapping[str, Any],
    work: Path,
    out: Path,
    heard: Callable[[str], None] = lambda line: None,
) -> None:
    """Build what `work` lacks and write `out`. `speakers` has the `MODELS` of the world; `header`
    goes into the file beside the plan, and its `models` must be the same when a build goes on.
    Raises `BadInput` where `work` was begun otherwise."""
    asyncio.run(_build(plan, speakers, header, work, out, heard))


def bank_problems(world: str, n: int) -> Iterator[minipy.Problem | sums.Problem]:
    """The first `n` test problems of different canonical forms."""
    seen: set[str] = set()
    start = 0
    while len(seen) < n:
        found = (
            list(minipy.problems("test", _AHEAD, start))
            if world == "minipy"
            else sums.problems("test", _AHEAD, start)
        )
        start = found[-1].seed + 1
        for problem in found:
            if problem.canonical not in seen and len(seen) < n:
                seen.add(problem.canonical)
                yield problem


async def _build(
    plan: BankPlan,
    speakers: Mapping[str, Speaks],
    header: Mapping[str, Any],
    work: Path,
    out: Path,
    heard: Callable[[str], None],
) -> None:
    _begin(plan, header, work)
    files: list[Path] = []
    begun, made = time.monotonic(), 0
    async with Pool(workers=1) as pool:
        for number, problem in enumerate(bank_problems(plan.world, plan.problems)):
            file = work / f"{problem.id.replace('/', '-')}.bank"
            files.append(file)
            # Ctrl-C is heard here.
            await asyncio.sleep(0)
            if not file.is_file():
                part: dict[str, Column]
                if isinstance(problem, minipy.Problem):
                    part = await minipy_part(problem, speakers, pool, plan)
                else:
                    part = sums_part(problem, speakers, plan)
                write_bank(file, {"world": plan.world}, [part])
                made += 1
            each = (time.monotonic() - begun) / max(1, made)
            left = each * (plan.problems - number - 1) / 60
            done = f"{number + 1} of {plan.problems} problems"
            heard(f"{done}; {each:.1f} s each, {left:.0f} min left")
    parts = [part for file in files for part in read_bank(file)[1]]
    write_bank(out, {**asdict(plan), **header}, parts)


def _begin(plan: BankPlan, header: Mapping[str, Any], work: Path) -> None:
    # More problems are only more files; all else must stay as it was begun.
    told = {**asdict(plan), "models": header.get("models", {})}
    del told["problems"]
    file = work / "plan.json"
    if not file.is_file():
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told), "utf-8")
        return
    try:
        before = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise BadInput(f"{file} is damaged: name another --work folder.") from error
    for key in told:
        if before.get(key) != told[key]:
            raise BadInput(
                f"{work} was begun with {key} {before.get(key)}, not {told[key]}: "
                "give the same, or name another --work folder."
            )
