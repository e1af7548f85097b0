"""`strop solve`: from a task to a verified answer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from strop.cli.options import (
    Cpu,
    Debug,
    Isolation,
    IsolationOption,
    Json,
    LedgerOption,
    Memory,
    ModelOption,
    Python,
    Split,
    SplitOption,
    Wall,
    limits_of,
    open_ledger,
    pairs,
    pool_of,
)

if TYPE_CHECKING:
    from strop.core.budget import Budget
    from strop.core.types import Outcome
    from strop.session import Session
    from strop.tasks.workbench import Loaded

__all__ = ["solve"]


@dataclass(frozen=True)
class _Plan:
    method: str
    settings: Mapping[str, str]
    budget: Budget
    resume: bool
    as_json: bool
    out: Path | None


def solve(
    task: Annotated[
        str, typer.Argument(help="task.toml, rows.jsonl, rows.jsonl#ID, or a folder of tasks.")
    ] = "",
    prompt: Annotated[str, typer.Option(help="The task in words, with --tests or --check.")] = "",
    tests: Annotated[Path | None, typer.Option(help="pytest file that imports 'solution'.")] = None,
    check: Annotated[str, typer.Option(help="Any command as a check; {} is the file.")] = "",
    method: Annotated[str, typer.Option(help="See strop methods.")] = "best_of_n",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Hyper-parameter, key=value.")
    ] = None,
    model: ModelOption = None,
    budget: Annotated[
        str, typer.Option(help="Ceilings: tokens=..,calls=..,seconds=..,usd=..,executions=..")
    ] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same draws.")] = 0,
    width: Annotated[int | None, typer.Option(help="Draws in flight at once.", min=1)] = None,
    temperature: Annotated[float, typer.Option(min=0.0, help="Of the writer's draws.")] = 0.8,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest reply.")] = 512,
    resume: Annotated[bool, typer.Option(help="Go on with an unfinished run.")] = False,
    fresh: Annotated[bool, typer.Option(help="Pay anew for what the ledger holds.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Show prompt and forecast, spend nothing.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the answer to this file.")] = None,
    force: Annotated[bool, typer.Option(help="Overwrite --out if it exists.")] = False,
    python: Python = None,
    isolation: IsolationOption = Isolation.auto,
    split: SplitOption = Split.auto,
    cpu: Cpu = 5.0,
    wall: Wall = 10.0,
    memory: Memory = 1024,
    ledger: LedgerOption = None,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Solve a task: draw candidates, check them, and answer with the best.

    Exit code 0: passed its checks; 1: did not; 3: budget spent with no candidate.

    Examples:

      strop solve examples/tasks/double_evens.toml

      strop solve HumanEval.jsonl#HumanEval/53 --set n=32 --budget tokens=20000

      strop solve --prompt "Write fizz(n)" --tests test_fizz.py --model openai:gpt-4o-mini
    """
    from strop.core.budget import Budget
    from strop.core.errors import BadInput

    if bool(task) == bool(prompt):
        raise BadInput("give either a TASK or --prompt, for example: strop solve task.toml")
    if out is not None and out.exists() and not force:
        raise BadInput(f"--out {out} exists. Choose another file or add --force.")
    plan = _Plan(method, pairs(settings or ()), Budget.parse(budget), resume, json_, out)

    async def work() -> int:
        from strop.cli.progress import Progress
        from strop.core.run import Sampling
        from strop.models.spec import resolve
        from strop.session import Session
        from strop.tasks.load import load_prompt, load_tasks
        from strop.tasks.workbench import Workbench

        bench = Workbench(pool_of(python, isolation), limits_of(cpu, wall, memory), split.value)
        if prompt:
            loaded = [load_prompt(prompt, tests, check or None, None, bench)]
        else:
            loaded = load_tasks(task, bench)
        progress = Progress(shown=not json_, total=len(loaded))
        session = Session(
            models=resolve(model or (), os.environ),
            bench=bench,
            ledger=open_ledger(ledger),
            seed=seed,
            width=width,
            sampling=Sampling(temperature=temperature, max_tokens=max_tokens),
            fresh=fresh,
            observer=progress.hear,
        )
        async with session:
            if dry_run:
                return _forecast(session, loaded, plan)
            with progress:
                outcomes = await _solve_all(session, loaded, plan, progress)
            return _report(session, loaded, outcomes, plan)

    import asyncio

    return asyncio.run(work())


async def _solve_all(
    session: Session, tasks: Sequence[Loaded], plan: _Plan, progress: Any
) -> list[Outcome | Exception]:
    import time

    from strop.core.budget import Account, Budget
    from strop.core.errors import BudgetSpent, ModelError

    shared = Account(plan.budget)
    outcomes: list[Outcome | Exception] = []
    for loaded in tasks:
        progress.begin(loaded.task.id)
        started = time.monotonic()
        own, within = (plan.budget, None) if len(tasks) == 1 else (Budget(), shared)
        try:
            outcome = await session.solve(
                loaded,
                method=plan.method,
                settings=plan.settings,
                budget=own,
                within=within,
                resume=plan.resume,
            )
        except (BudgetSpent, ModelError) as error:
            if len(tasks) == 1:
                raise
            outcomes.append(error)
            continue
        outcomes.append(outcome)
        progress.ended(loaded.task.id, time.monotonic() - started)
        if outcome.stopped == "interrupted":
            break
    return outcomes


def _report(
    session: Session, tasks: Sequence[Loaded], outcomes: Sequence[Outcome | Exception], plan: _Plan
) -> int:
    from strop.core.types import Outcome

    rows = [
        _row(session, loaded, outcome, plan)
        for loaded, outcome in zip(tasks, outcomes, strict=False)
    ]
    if plan.out is not None and rows and rows[0].get("candidate"):
        plan.out.write_text(rows[0]["candidate"]["value"], encoding="utf-8")
    if len(tasks) == 1:
        if plan.as_json:
            print(json.dumps(rows[0], ensure_ascii=False))
        else:
            _print_one(rows[0])
    else:
        good = sum(row["passed"] for row in rows)
        if plan.as_json:
            print(
                json.dumps({"passed": good, "n": len(tasks), "results": rows}, ensure_ascii=False)
            )
        else:
            _print_batch(rows, len(tasks))
    if any(isinstance(o, Outcome) and o.stopped == "interrupted" for o in outcomes):
        return 130
    return 0 if len(rows) == len(tasks) and all(row["passed"] for row in rows) else 1


def _row(
    session: Session, loaded: Loaded, outcome: Outcome | Exception, plan: _Plan
) -> dict[str, Any]:
    from strop.core.driver import outcome_record
    from strop.core.types import Outcome

    head = {
        "task": loaded.task.id,
        "method": plan.method,
        "models": {role: [m.name for m in models] for role, models in session.models.items()},
        "ledger": str(session.ledger.path),
    }
    if isinstance(outcome, Outcome):
        return {**head, **outcome_record(outcome)}
    return {**head, "passed": False, "stopped": "failed", "message": str(outcome)}


def _print_one(row: dict[str, Any]) -> None:
    cost, paid, evidence = row["cost"], row["paid"], row["evidence"]
    print(f"task      {row['task']}")
    print(f"answer    {_standing(row)}")
    print(f"method    {row['method']}, {evidence['candidates']} candidates", end="")
    if evidence["agreement"] is not None:
        print(f", agreement {evidence['agreement']:.0%}", end="")
    print(f", stopped: {row['stopped']}")
    replayed = cost["tokens"] - paid["tokens"]
    print(
        f"spent     {cost['tokens']} tokens{' (estimated)' if cost['estimated'] else ''}, "
        f"{cost['calls']} calls, {cost['executions']} executions"
        + (f", ${cost['usd']:.4f}" if cost["usd"] else "")
        + (f"; {replayed} of these tokens were in the ledger already" if replayed else "")
    )
    for note in [*evidence["notes"], *filter(None, [row["message"]])]:
        print(f"note      {note}")
    print(f"run       {row['run']} in {row['ledger']}")
    if row["candidate"]:
        print(f"\n{row['candidate']['value'].rstrip()}")


def _standing(row: dict[str, Any]) -> str:
    if not row["candidate"]:
        return "none"
    parts: list[str] = []
    for key, name in (("verdict", "visible"), ("hidden_verdict", "hidden")):
        verdict = row[key]
        if verdict:
            cases = verdict["detail"].get("cases", ())
            good = sum(case["status"] == "passed" for case in cases)
            parts.append(f"{good}/{len(cases)} {name} cases")
    if not parts:
        return "unchecked: nothing vouches for it"
    return f"{'passed' if row['passed'] else 'FAILED'}: {', '.join(parts)}"


def _print_batch(rows: Sequence[dict[str, Any]], total: int) -> None:
    for row in rows:
        cost = row.get("cost", {"tokens": 0})
        standing = _standing(row) if "candidate" in row else row["message"]
        drawn = row.get("evidence", {}).get("candidates", 0)
        print(f"{row['task']:<24} {standing:<46} {drawn:>3} candidates {cost['tokens']:>6} tokens")
    print(f"{sum(row['passed'] for row in rows)} of {total} passed; ledger {rows[0]['ledger']}")


def _forecast(session: Session, tasks: Sequence[Loaded], plan: _Plan) -> int:
    """What would be asked first, and an upper bound on one draw."""
    from strop.core.card import build, entry
    from strop.models.prompts import render
    from strop.moves.sample import writer_role

    build(plan.method, plan.settings)
    loaded = tasks[0]
    role = writer_role(loaded.task)
    models = session.models.get(role) or session.models.get("") or ()
    card = entry(plan.method).card
    row: dict[str, Any] = {
        "task": loaded.task.id,
        "tasks": len(tasks),
        "method": plan.method,
        "cost": card.cost,
        "budget": plan.budget.as_dict(),
        "messages": [],
    }
    if models:
        messages = render(
            models[0].family,
            role,
            {
                "prompt": loaded.task.prompt,
                "entry": loaded.task.meta.get("entry") or "",
                "start": loaded.task.start or "",
                "tests": "",
            },
        )
        size = sum(len(m.content.encode()) for m in messages)
        row["model"] = models[0].name
        row["messages"] = [[m.role, m.content] for m in messages]
        row["tokens_a_draw_at_most"] = size + session.sampling.max_tokens
    if plan.as_json:
        print(json.dumps(row, ensure_ascii=False))
        return 0
    for role_name, content in row["messages"]:
        print(f"--- {role_name}\n{content}")
    print(f"--- forecast\nmethod    {plan.method}: {card.cost}")
    if models:
        print(f"one draw  at most {row['tokens_a_draw_at_most']} tokens of {row['model']}")
    print(f"budget    {row['budget'] or 'none: set --budget tokens=..'}")
    return 0
