"""Typed feedback as text for a prompt: the first few findings, short, most useful first."""

from __future__ import annotations

from collections.abc import Iterable

from strop.core.types import (
    CoverageGap,
    Crash,
    Critique,
    Failure,
    Feedback,
    SurvivingMutant,
    Timing,
)

__all__ = ["feedback_text"]


def feedback_text(feedback: Iterable[Feedback], most: int = 3) -> str:
    """Lines that a model can act on; at most `most` findings. Empty where there are none."""
    items = list(feedback)
    lines = [_line(item) for item in items[:most]]
    if len(items) > most:
        lines.append(f"... and {len(items) - most} more.")
    return "\n".join(lines)


def _line(item: Feedback) -> str:
    match item:
        case Failure(input=given, expected=expected, got=got, message=message, status=status):
            what = f"{given} " if given is not None else f"{item.case}: "
            if status == "failed" and expected is not None:
                return f"{what}should be {expected}, but was {got}."
            if status == "timeout":
                return f"{what}did not finish in time. {message}".rstrip()
            return f"{what}ended with {status}: {message}"
        case Crash(exception=exception, message=message, text=text):
            return f"The code does not run: {exception}: {message}\n{text}".rstrip()
        case Critique(text=text):
            return text
        case CoverageGap(file=file, lines=lines):
            return f"No test runs {file} lines {', '.join(map(str, lines))}."
        case SurvivingMutant(diff=diff):
            return f"No test notices this change:\n{diff}"
        case Timing(case=case, seconds=seconds, limit=limit):
            return f"{case} took {seconds:.3g} s of CPU (limit {limit:g} s)."
