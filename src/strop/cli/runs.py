"""`strop runs`: what the ledger holds."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from strop.cli.options import Debug, Json, LedgerOption, open_ledger

__all__ = ["app"]

app = typer.Typer(help="List, remove and export runs.", no_args_is_help=True, rich_markup_mode=None)
RunArgument = Annotated[str, typer.Argument(help="A run's id, a unique start of it, or last.")]


@app.command("list")
def list_(
    ledger: LedgerOption = None,
    most: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """List runs, the newest first."""
    book = open_ledger(ledger)
    rows: list[dict[str, Any]] = []
    for run in book.runs()[:most]:
        end = run.end or {}
        rows.append(
            {
                "run": run.id,
                "started": run.started,
                "task": run.begin.get("task"),
                "method": run.begin.get("method"),
                "stopped": end.get("stopped", "unfinished"),
                "passed": end.get("passed"),
                "tokens": end.get("cost", {}).get("tokens"),
                "events": run.events,
            }
        )
    if json_:
        print(json.dumps({"ledger": str(book.path), "runs": rows}, ensure_ascii=False))
        return 0
    for row in rows:
        when = datetime.fromtimestamp(row["started"]).strftime("%Y-%m-%d %H:%M")
        tokens = "" if row["tokens"] is None else f"{row['tokens']} tokens"
        print(
            f"{row['run']}  {when}  {row['task']!s:<24} {row['method']:<18} "
            f"{row['stopped']:<11} {tokens}"
        )
    print(f"{len(rows)} runs in {book.path}" if rows else f"no runs in {book.path}")
    return 0


@app.command("rm")
def remove(
    run: RunArgument, ledger: LedgerOption = None, json_: Json = False, debug: Debug = False
) -> int:
    """Remove a run and the replies it paid for."""
    book = open_ledger(ledger)
    id_ = book.resolve(run)
    count = book.remove(id_)
    print(json.dumps({"run": id_, "events": count}) if json_ else f"removed {id_}: {count} events")
    return 0


@app.command("export")
def export(
    run: RunArgument,
    out: Annotated[Path | None, typer.Option(help="File to write (default: stdout).")] = None,
    ledger: LedgerOption = None,
    force: Annotated[bool, typer.Option(help="Overwrite --out if it exists.")] = False,
    debug: Debug = False,
) -> int:
    """Write a run's events as JSON lines."""
    from strop.core.errors import BadInput

    book = open_ledger(ledger)
    lines = (json.dumps(asdict(e), ensure_ascii=False) for e in book.events(book.resolve(run)))
    if out is None:
        for line in lines:
            print(line)
        return 0
    if out.exists() and not force:
        raise BadInput(f"--out {out} exists. Choose another file or add --force.")
    try:
        out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--out {out} cannot be written: {error.strerror}.") from error
    print(f"wrote {out}", file=sys.stderr)
    return 0
