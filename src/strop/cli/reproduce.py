"""`strop reproduce`: a paper's claim tested here, the verdict computed from a margin set before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from strop.cli.options import Debug, Json

__all__ = ["reproduce"]


def reproduce(
    paper: Annotated[str, typer.Argument(help="A paper's id, for example P073.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Every reproduction there is.")] = False,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds.")] = 3,
    store: Annotated[
        Path | None, typer.Option(help="Folder to keep the results in, as JSON.")
    ] = None,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Run a small seeded experiment with a real model that tests the paper's claim.

    The baseline spends the same tokens. Prints holds, fails or inconclusive with an interval.
    """
    from strop.bench.reproduction import available, run, write
    from strop.core.errors import BadInput

    known = available()
    if bool(paper) == all_:
        raise BadInput(f"give one paper or --all. There are: {', '.join(known)}.")
    wanted = list(known) if all_ else [paper.upper()]
    for name in wanted:
        if name not in known:
            raise BadInput(f"no reproduction of {name!r} yet. There are: {', '.join(known)}.")
    results = [run(name, seeds=seeds) for name in wanted]
    for result in results:
        if store is not None:
            write(result, store)
        if not json_:
            low, high = result.interval
            print(f"{result.paper} {result.method}: {result.holds}")
            print(f"  claim     {result.claim}")
            print(f"  baseline  {result.baseline['name']}: {result.baseline['value']:.3f}")
            print(f"  ours      {result.ours['name']}: {result.ours['value']:.3f}")
            print(
                f"  gain      95% interval {low:+.3f} to {high:+.3f}, margin {result.margin:+.3f}"
            )
            print(f"  on        {result.data}, n={result.n}, {result.seeds} seeds, {result.model}")
            print(f"  note      {result.honest_note}")
    if json_:
        rows = [result.as_dict() for result in results]
        print(json.dumps(rows if all_ else rows[0], ensure_ascii=False))
    return 0
