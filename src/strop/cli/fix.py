"""`strop fix`: from failing tests to a patch, and how far to trust it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
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
    Wall,
    limits_of,
    open_ledger,
    pairs,
)

if TYPE_CHECKING:
    from strop.core.ledger import Ledger
    from strop.tasks.workbench import Loaded

__all__ = ["fix"]


def fix(
    files: Annotated[
        list[Path] | None, typer.Argument(help="The files that may change.", metavar="FILE...")
    ] = None,
    tests: Annotated[
        list[Path] | None, typer.Option(help="pytest file or folder; several are allowed.")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(help="Case file (JSON) in place of --tests; for one file.")
    ] = None,
    hidden: Annotated[
        Path | None, typer.Option(help="Case file that only scores the patch found.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="A right version of the file; only scores the patch.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Apply the patch to the files.")] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the patch that was written last.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over uncommitted changes.")] = False,
    root: Annotated[
        Path | None, typer.Option(help="The project's folder (default: found from the files).")
    ] = None,
    prompt: Annotated[str, typer.Option(help="What the code should do, for the model.")] = "",
    method: Annotated[str, typer.Option(help="See strop methods --family repair.")] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Hyper-parameter, key=value.")
    ] = None,
    model: ModelOption = None,
    budget: Annotated[
        str, typer.Option(help="Ceilings: seconds=..,cpu_seconds=..,executions=..,tokens=..")
    ] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same search.")] = 0,
    resume: Annotated[bool, typer.Option(help="Go on with an unfinished run.")] = False,
    fresh: Annotated[bool, typer.Option(help="Pay anew for what the ledger holds.")] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Run the tests once, show suspicious lines and the forecast.")
    ] = False,
    python: Python = None,
    isolation: IsolationOption = Isolation.auto,
    cpu: Cpu = 5.0,
    wall: Wall = 10.0,
    memory: Memory = 1024,
    ledger: LedgerOption = None,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Repair files until their tests pass: search for a small change, with a model only if one is
    set, and print it as a diff.

    Plausible: every test passes. Credible: on inputs like those in the tests the patch brings no
    new exception, crash or hang, and does what --reference and --hidden say. Exit code 0: repaired;
    1: no patch, or one that is not right; 3: the budget ended first. Without --model only search
    operators are used, unless OPENAI_API_KEY or OPENAI_BASE_URL is set.

    Examples:

      strop fix src/shop/cart.py --tests tests/test_cart.py

      strop fix gcd.py --cases gcd_cases.json --reference gcd_right.py

      strop fix cart.py --tests tests --budget seconds=120 --write
    """
    from strop.core.budget import Budget

    if undo:
        return _undo(open_ledger(ledger), force, json_)
    paths, targets = list(files or ()), list(tests or ())
    ceilings = Budget.parse(budget)
    if write and not force:
        from strop.tasks.apply_patch import demand_committed

        demand_committed([file for file in paths if file.exists()])

    async def work() -> int:
        from strop.cli.progress import Progress
        from strop.models.spec import resolve
        from strop.sandbox.pool import Pool
        from strop.session import Session
        from strop.tasks.project import find_root, read_source
        from strop.tasks.repair import load_repair, method_for
        from strop.tasks.workbench import Workbench

        models = resolve(model or ([] if _endpoint_set() else ["none"]), os.environ)
        folder = find_root(paths, targets, root) if paths and targets else None
        pool = Pool(
            python=_interpreter(python),
            isolation=isolation.value,
            readable=[str(folder)] if folder else [],
        )
        bench = Workbench(pool, limits_of(cpu, wall, memory))
        loaded = load_repair(
            paths,
            bench,
            tests=targets,
            cases=cases,
            hidden=hidden,
            reference=read_source(reference) if reference else None,
            root=folder,
            seconds=ceilings.seconds,
            prompt=prompt,
            model=any(models.values()),
        )
        progress = Progress(shown=not json_, total=1)
        session = Session(
            models=models,
            bench=bench,
            ledger=open_ledger(ledger),
            seed=seed,
            fresh=fresh,
            observer=progress.hear,
        )
        name = method or method_for(loaded)
        async with session:
            if dry_run:
                return await _forecast(loaded, json_)
            with progress:
                progress.begin(loaded.task.id)
                outcome = await session.solve(
                    loaded,
                    method=name,
                    settings=pairs(settings or ()),
                    budget=ceilings,
                    resume=resume,
                )
            from strop.tasks.repair_report import repair_report

            row = {
                **repair_report(loaded, outcome),
                "method": name,
                "models": {role: [m.name for m in ms] for role, ms in models.items()},
                "ledger": str(session.ledger.path),
                "written": [],
            }
            if write and row["plausible"] and outcome.stopped != "interrupted":
                from strop.core.patch import Patch
                from strop.tasks.apply_patch import apply_patch

                place = folder or paths[0].resolve().parent
                patch = Patch.read(row["patch"])
                old = loaded.task.meta["files"]
                written = apply_patch(session.ledger, row["run"], place, old, patch, force=force)
                row["written"] = [str(path) for path in written]
            print(json.dumps(row, ensure_ascii=False)) if json_ else _print(row)
            return _exit_code(row)

    import asyncio

    return asyncio.run(work())


def _interpreter(python: Path | None) -> str | None:
    from strop.core.errors import BadInput

    if python is not None and not python.is_file():
        raise BadInput(
            f"--python {python}: no such file. Name an interpreter, like .venv/bin/python."
        )
    return str(python) if python else None


def _endpoint_set() -> bool:
    return bool(os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"))


def _exit_code(row: Mapping[str, Any]) -> int:
    if row["stopped"] == "interrupted":
        return 130
    if row["passed"]:
        return 0
    return 3 if row["stopped"] == "budget" and not row["plausible"] else 1


async def _forecast(loaded: Loaded, as_json: bool) -> int:
    from strop.core.patch import Patch
    from strop.core.types import Candidate
    from strop.moves.localise import Spectrum, ochiai
    from strop.moves.singles import Changes

    survey = await loaded.ports["survey"](Candidate("start", "patch", Patch().value))
    spectrum = Spectrum.fault_in(survey)
    suspicion = ochiai(spectrum)
    singles = sum(1 for _ in Changes(loaded.task.meta["files"], suspicion).singles())
    first = min(spectrum.cpu_seconds[name] for name in spectrum.failing)
    row = {
        "failing": spectrum.failing,
        "passing": len(spectrum.passing),
        "left_out": spectrum.left_out,
        "suspicious": [[f, line, round(s, 3)] for (f, line), s in suspicion.ranked()[:10]],
        "changes": singles,
        "seconds_at_most": round(singles * (first + 0.01), 1),
    }
    if as_json:
        print(json.dumps(row, ensure_ascii=False))
        return 0
    print(f"failing     {len(spectrum.failing)}: {', '.join(spectrum.failing[:4])}")
    for file, line, score in row["suspicious"]:
        print(f"suspicious  {file}:{line}  {score}")
    print(f"changes     {singles} single changes, up to about {row['seconds_at_most']} s")
    return 0


def _undo(ledger: Ledger, force: bool, as_json: bool) -> int:
    from strop.tasks.apply_patch import last_written, undo_patch

    run = last_written(ledger)
    paths = [str(path) for path in undo_patch(ledger, run, force=force)]
    ledger.close()
    if as_json:
        print(json.dumps({"run": run, "restored": paths}))
    else:
        print(f"restored {', '.join(paths)} as before run {run}")
    return 0


def _print(row: Mapping[str, Any]) -> None:
    print(f"task      {row['task']}")
    print(f"repair    {_standing(row)}")
    if row["plausible"]:
        green = row["turned_green"]
        more = f" and {len(green) - 3} more" if len(green) > 3 else ""
        print(f"green     {len(green)} of {row['tests']}: {', '.join(green[:3])}{more}")
        _print_trust(row)
    elif row["failing"]:
        print(f"failing   {', '.join(row['failing'][:3])}")
    if row["left_out"]:
        print(f"left out  {', '.join(row['left_out'][:3])} (flaky, or failing elsewhere)")
    cost, paid = row["cost"], row["paid"]
    old = cost["executions"] - paid["executions"]
    print(
        f"search    {row['tried']} candidates, {cost['cpu_seconds']:.1f} CPU-s in the sandbox"
        + (f", {cost['tokens']} tokens" if cost["tokens"] else "")
        + (f"; {old} executions were in the ledger already" if old else "")
    )
    if row["message"]:
        print(f"note      {row['message']}")
    print(f"run       {row['run']} in {row['ledger']}")
    if row["diff"]:
        print(f"\n{row['diff'].rstrip()}")
    _print_alternatives(row)
    if row["written"]:
        print(f"\nwrote {', '.join(row['written'])}; strop fix --undo takes it back")
    elif row["plausible"] and sys.stdout.isatty():
        print("\nadd --write to apply it")


def _standing(row: Mapping[str, Any]) -> str:
    if not row["plausible"]:
        return f"none found, stopped: {row['stopped']}"
    held = row["held_out"]
    if row["credible"] is None:
        return "plausible: every test passes; credible: unknown, no call could be recorded to vary"
    if row["credible"]:
        return f"plausible: every test passes; credible: holds on {held['inputs']} more inputs"
    bad = held["failed"][0]
    return (
        f"plausible: every test passes; NOT credible: {bad['input']} gives {bad['got']}, "
        f"expected {bad['expected']}"
    )


def _print_trust(row: Mapping[str, Any]) -> None:
    strength = row["strength"]
    if strength["mutants"]:
        print(
            f"suite     kills {strength['killed']} of {strength['mutants']} mutants of the "
            "patched lines"
        )
    print(f"change    {row['origin']}")


def _print_alternatives(row: Mapping[str, Any]) -> None:
    if not row["alternatives"]:
        return
    print(
        f"\nother patches pass every test too; {len(row['alternatives'])} of them act differently:"
    )
    for other in row["alternatives"]:
        given = other["input"]
        print(
            f"\n# on {given['entry'] or 'input'} {given['arguments']} it gives "
            f"{other['it_gives'][:80]}, the answer {other['answer_gives'][:80]}"
        )
        print(other["diff"].rstrip())
