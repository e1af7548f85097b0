"""Writes docs/methods/*.md from the method files and docs/reproductions.md from stored results.

`--check` writes nothing and fails where a page is not what would be written.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

from strop.core.card import Entry, catalogue, hyperparameters

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
RESULTS = DOCS / "reproductions"


def method_page(entry: Entry) -> str:
    """One method: its docstring, card and hyper-parameters."""
    card = entry.card
    text = ast.get_docstring(ast.parse(entry.path.read_text(encoding="utf-8"))) or ""
    settings = "\n".join(f"| `{k}` | `{v}` |" for k, v in hyperparameters(entry.id).items())
    axes = "\n".join(
        f"| {k} | {v if isinstance(v, str) else ', '.join(v)} |" for k, v in card.axes.items()
    )
    return f"""<!-- generated from {entry.path.relative_to(ROOT)}; do not edit -->
# {card.title}

`strop solve TASK --method {entry.id}` · family {entry.family} · {card.kind} · papers: {", ".join(card.papers) or "none"} ({card.year})

{text}

**Needs:** {", ".join(card.needs) or "nothing"}. **Costs:** {card.cost}. **Anchor test:** `{card.anchor}`.

| hyper-parameter | default |
|---|---|
{settings}

| axis | place |
|---|---|
{axes}
"""


def methods_index() -> str:
    """Every method with its paper and what it needs."""
    rows = "\n".join(
        f"| [{e.id}]({e.id}.md) | {e.family} | {', '.join(e.card.papers) or '-'} | {e.card.title} | {', '.join(e.card.needs)} |"
        for e in sorted(catalogue().values(), key=lambda e: (e.family, e.id))
    )
    return f"""<!-- generated from the method files; do not edit -->
# Methods

| method | family | paper | title | needs |
|---|---|---|---|---|
{rows}
"""


def reproductions_page() -> str:
    """Every stored result as one table, with command and note."""
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    table = "\n".join(_row(result) for result in results)
    notes = "\n\n".join(_note(result) for result in results)
    return f"""<!-- generated from docs/reproductions/*.json; do not edit -->
# Reproductions

Each row is one small experiment with a real model. Both arms spend the same tokens. The verdict is
computed: `holds` where the whole 95% interval of the paired gain (bootstrap over tasks) lies above
the margin that was set in the file before the run, `fails` where it lies below, else `inconclusive`.

| paper | method | verdict | baseline | ours | gain, 95% interval | margin | n | seeds |
|---|---|---|---|---|---|---|---|---|
{table}

{notes}
"""


def _row(r: dict[str, Any]) -> str:
    low, high = r["interval"]
    return (
        f"| {r['paper']} | {r['method']} | **{r['holds']}** | {r['baseline']['value']:.3f} "
        f"| {r['ours']['value']:.3f} | {low:+.3f} to {high:+.3f} | {r['margin']:+.3f} | {r['n']} | {r['seeds']} |"
    )


def _note(r: dict[str, Any]) -> str:
    extra = "".join(f"\n- {key}: {value}" for key, value in r["extra"].items())
    return f"""## {r["paper"]}: {r["claim"]}

- baseline: {r["baseline"]["name"]} ({r["baseline"]["tokens"]} tokens in all)
- ours: {r["ours"]["name"]} ({r["ours"]["tokens"]} tokens in all)
- on: {r["data"]}; model: {r["model"]}
- command: `{r["command"]}`, {r["date"]}, {r["seconds"]:.0f} s
- what was not shown: {r["honest_note"]}{extra}"""


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    made = {DOCS / "methods" / f"{e.id}.md": method_page(e) for e in catalogue().values()}
    made[DOCS / "methods" / "README.md"] = methods_index()
    made[DOCS / "reproductions.md"] = reproductions_page()
    return made


def main() -> int:
    """Write the pages, or with --check compare them. Returns the exit code."""
    wanted = pages()
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text() != text]
    stale += [p for p in (DOCS / "methods").glob("*.md") if p not in wanted]
    if "--check" in sys.argv:
        for path in stale:
            print(f"stale: {path.relative_to(ROOT)}; run scripts/check --fix", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
