"""An exception of the candidate's, told as data: status, type, message, own frames only."""

from __future__ import annotations

import json
from collections import deque
from types import TracebackType

MESSAGE = 500
FRAMES = 12
_DENIED = (1, 13)
_dumps = json.JSONEncoder().encode


def status(error: BaseException) -> str:
    """`memory`, `forbidden` (the kernel denied a call or a file) or `error`."""
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, PermissionError) and error.errno in _DENIED:
        return "forbidden"
    return "error"


def message(error: BaseException) -> str:
    """The exception's text, shortened. Its `__str__` is the candidate's, so it may fail."""
    try:
        return str(error)[:MESSAGE]
    except BaseException as second:
        return f"<str raised {type(second).__name__}>"


def trace(error: BaseException, sources: dict[str, str]) -> str:
    """The traceback through the files in `sources` (name to text), innermost last."""
    # Only the last frames: a recursion without end has a thousand.
    kept: deque[TracebackType] = deque(maxlen=FRAMES)
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in sources:
            kept.append(step)
        step = step.tb_next
    split: dict[str, list[str]] = {}
    shown: list[str] = []
    for step in kept:
        name = step.tb_frame.f_code.co_filename
        shown.append(f'  File "{name}", line {step.tb_lineno}, in {step.tb_frame.f_code.co_name}')
        text = split.setdefault(name, sources[name].splitlines())
        shown += [f"    {line.strip()}" for line in text[step.tb_lineno - 1 : step.tb_lineno]]
    head = ["Traceback (most recent call last):"] if shown else []
    end = f"{type(error).__name__}: {message(error)}"
    if isinstance(error, SyntaxError) and error.filename in sources:
        end += f" (line {error.lineno})"
    return "\n".join([*head, *shown, end])


def record(error: BaseException, sources: dict[str, str], cpu: float = 0.0) -> str:
    """The JSON line that reports the exception."""
    return _dumps(
        {
            "status": status(error),
            "type": type(error).__name__,
            "message": message(error),
            "trace": trace(error, sources),
            "cpu": cpu,
        }
    )
