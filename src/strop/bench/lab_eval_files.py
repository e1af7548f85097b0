"""An evaluation as files: `eval.json`, `passk.csv` and curves."""

# pyright: reportMissingImports=false
from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from strop.core.errors import ToolUnavailable

__all__ = ["curves", "groups_of", "tables"]

_COLUMNS = ("group", "k", "problems", "pass_at_k", "low", "high")


def tables(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Writes `eval.json` and, where a policy was measured, `passk.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / "eval.json"
    whole.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if not report.get("policy"):
        return [whole]
    table = folder / "passk.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for group, figures in groups_of(report["policy"]):
            for k, each in figures.items():
                row = [f"{each[key]:.6f}" for key in ("value", "low", "high")]
                writer.writerow([group, k, each["n"], *row])
    return [whole, table]


def curves(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draws `passk.png` and, where a verifier voted, `votes.png`. Raises `ToolUnavailable` without
    matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ToolUnavailable("curves need matplotlib: pip install 'strop[plots]'") from error
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[Path] = []
    if report.get("policy"):
        figure = Figure(figsize=(7, 4.5), facecolor="white", layout="constrained")
        _pass_at_k(figure.subplots(), report)
        drawn.append(folder / "passk.png")
        figure.savefig(drawn[-1], dpi=150)
    if report.get("verifier"):
        figure = Figure(figsize=(5, 3.5), facecolor="white", layout="constrained")
        _votes(figure.subplots(), report)
        drawn.append(folder / "votes.png")
        figure.savefig(drawn[-1], dpi=150)
    return drawn


def groups_of(policy: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The name of each group of problems with its pass@k: `all`, `difficulty 1`, ..., kinds."""
    yield "all", policy["pass_at_k"]
    for value, part in policy["by_difficulty"].items():
        yield f"difficulty {value}", part["pass_at_k"]
    for kind, part in policy.get("by_kind", {}).items():
        yield kind, part["pass_at_k"]


def _pass_at_k(axes: Any, report: Mapping[str, Any]) -> None:
    from matplotlib import colormaps

    policy = report["policy"]
    levels = list(policy["by_difficulty"])
    palette = colormaps["viridis"]
    for at, level in enumerate(levels):
        part = policy["by_difficulty"][level]
        colour = palette(0.9 * at / max(1, len(levels) - 1))
        _line(axes, part["pass_at_k"], f"difficulty {level} ({part['problems']})", colour, 1.2, 0)
    _line(axes, policy["pass_at_k"], f"all ({policy['problems']})", "black", 2.2, 0.18)
    ks = [int(k) for k in policy["pass_at_k"]]
    axes.set_xscale("log", base=2)
    axes.set_xticks(ks, [str(k) for k in ks])
    axes.set_xlabel("draws k")
    axes.set_ylabel("pass@k (share of problems solved)")
    axes.set_title(
        f"{report['policy_model']} on {report['world']}/{report['split']}, "
        f"temperature {report['temperature']:g}"
    )
    _finish(axes, outside=True)


def _votes(axes: Any, report: Mapping[str, Any]) -> None:
    by_votes = report["verifier"]["by_votes"]
    for key, colour in (("accuracy", "tab:blue"), ("balanced", "tab:orange")):
        figures = {votes: row[key] for votes, row in by_votes.items() if row[key]}
        _line(axes, figures, key, colour, 1.8, 0.12)
    axes.set_xticks([int(votes) for votes in by_votes])
    axes.set_xlabel("votes")
    axes.set_ylabel("accuracy of the majority")
    axes.set_title(f"verifier of {report['model']}, {report['verifier']['solutions']} solutions")
    _finish(axes)


def _line(
    axes: Any, figures: Mapping[str, Any], label: str, colour: Any, width: float, shade: float
) -> None:
    xs = [int(x) for x in figures]
    low, high = ([each[key] for each in figures.values()] for key in ("low", "high"))
    axes.fill_between(xs, low, high, color=colour, alpha=shade, linewidth=0)
    values = [each["value"] for each in figures.values()]
    axes.plot(xs, values, color=colour, linewidth=width, marker="o", markersize=3, label=label)


def _finish(axes: Any, outside: bool = False) -> None:
    axes.set_ylim(-0.02, 1.02)
    axes.grid(True, color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if outside else {}
    axes.legend(frameon=False, fontsize=8, **place)
