"""`strop lab eval`: what a lab model can do, measured."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from strop.cli.options import Debug, Json

__all__ = ["eval_"]


def eval_(
    name: Annotated[str, typer.Argument(help="A model of strop lab list.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    problems: Annotated[int, typer.Option(help="Different problems.", min=1)] = 500,
    samples: Annotated[int, typer.Option(help="Draws of each problem.", min=1)] = 64,
    temperature: Annotated[float, typer.Option(help="0 takes the likeliest.", min=0)] = 1.0,
    seed: Annotated[int, typer.Option(help="Decides every draw.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for eval.json, passk.csv and curves.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a model that does not ship, or of several.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="The model whose samples are judged (default: itself).")
    ] = None,
    json_: Json = False,
    debug: Debug = False,
) -> int:
    """Measure a lab model: pass@k of its draws, its revisions, tests and judgements.

    Each figure comes with its 95% interval. Ctrl-C ends early with what is measured so far.

    Example:

      strop lab eval minipy --problems 100 --samples 16 --out runs/minipy-eval
    """
    from strop.bench.lab_eval import Asked, evaluate
    from strop.bench.lab_eval_files import curves, tables
    from strop.core.errors import ToolUnavailable

    asked = Asked(split, problems, samples, temperature, seed)
    with _interruptible() as stopped:
        report = evaluate(name, asked, weights=weights, policy=policy, stopped=stopped, say=_say)
    if out is not None:
        files = tables(report, out)
        try:
            files += curves(report, out)
        except ToolUnavailable as error:
            _say(str(error))
        _say(f"written: {', '.join(map(str, files))}")
    if json_:
        print(json.dumps(report, allow_nan=False))
    else:
        print("\n".join(_lines(report)))
    return 0 if report["complete"] else 130


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; the second time it is an interrupt as always."""
    pressed: list[int] = []

    def press(number: int, frame: object) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _say("stopping; once more to leave at once")

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    ended = "" if report["complete"] else ", interrupted"
    yield (
        f"{report['model']} on {report['world']}/{report['split']}: {report['problems']} problems, "
        f"{report['samples']} samples each at {report['temperature']:g}{ended}"
    )
    policy = report["policy"] or {}
    yield from _figures("", {key: policy.get(key) for key in ("pass_at_k", "chances")})
    for name in ("by_difficulty", "by_kind"):
        for value, part in policy.get(name, {}).items():
            ends = dict([*part["pass_at_k"].items()][:: max(1, len(part["pass_at_k"]) - 1)])
            title = value if name == "by_kind" else f"difficulty {value}"
            yield from _figures(title, {"pass_at_k": ends})
    for section in ("reviser", "tester", "prm", "orm", "verifier", "judge"):
        yield from _figures(section, report.get(section))
    if report.get("tokens_per_second"):
        yield f"  {'tokens a second':<40} {report['tokens_per_second']:.0f}"


def _figures(title: str, found: Any) -> Iterator[str]:
    if not isinstance(found, Mapping):
        return
    if "low" in found:
        value, low, high = (f"{found[key]:.3f}" for key in ("value", "low", "high"))
        yield f"  {title:<40} {value}  ({low} to {high}, n={found['n']})"
        return
    for key, part in found.items():
        told = key.replace("pass_at_k", "pass@").replace("_", " ")
        yield from _figures(f"{title} {told}".strip().replace("@ ", "@"), part)
