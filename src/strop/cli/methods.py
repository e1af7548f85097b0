"""`strop methods` and `strop show`: the catalogue, read without importing a method."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from strop.cli.options import Debug, Json

__all__ = ["methods", "show"]


def methods(
    family: Annotated[str, typer.Option(help="Only this family, for example scaling.")] = "",
    paper: Annotated[str, typer.Option(help="Only the methods of a paper, for example P026.")] = "",
    needs: Annotated[str, typer.Option(help="Only methods that need this, like execute.")] = "",
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """List the methods. Try: strop show best_of_n"""
    from strop.core.card import catalogue, third_party_faults
    from strop.core.errors import BadInput

    rows = [entry.row() for entry in catalogue().values()]
    families = sorted({row["family"] for row in rows})
    if family and family not in families:
        raise BadInput(f"no family {family!r}. There are: {', '.join(families)}.")
    rows = [
        row
        for row in rows
        if (not family or row["family"] == family)
        and (not paper or paper.upper() in row["papers"])
        and (not needs or needs in row["needs"])
    ]
    if json_:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in sorted(rows, key=lambda row: (row["family"], row["id"])):
        papers = " ".join(row["papers"]) or "-"
        print(f"{row['family']:<11} {row['id']:<18} {papers:<6} {row['title']}")
    for fault in third_party_faults():
        print(f"strop: {fault}", file=sys.stderr)
    if not rows:
        print("no method fits; strop methods lists all")
    return 0


def show(
    name: Annotated[str, typer.Argument(help="A method's id, from strop methods.")],
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Show one method: what it does, its maths, its cost and hyper-parameters."""
    import ast

    from strop.core.card import entry, hyperparameters

    found = entry(name)
    text = ast.get_docstring(ast.parse(found.path.read_text(encoding="utf-8"))) or ""
    settings = hyperparameters(name)
    if json_:
        row = {**found.row(), "doc": text, "hyperparameters": settings, "file": str(found.path)}
        print(json.dumps(row, ensure_ascii=False))
        return 0
    card = found.card
    print(f"{name}: {card.title}\n\n{text}\n")
    print(f"papers    {', '.join(card.papers) or 'none'} ({card.year})")
    print(f"needs     {', '.join(card.needs) or 'nothing'}")
    print(f"cost      {card.cost}")
    print(f"set       {', '.join(f'{k}={v}' for k, v in settings.items()) or 'nothing to set'}")
    print(f"axes      {', '.join(f'{k}: {v}' for k, v in card.axes.items())}")
    print(f"anchor    {card.anchor or 'none yet: not stable'}")
    return 0
