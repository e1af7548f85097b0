"""A zygote's reply, read with suspicion: whatever a child wrote may be forged or cut off."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strop.core.types import Status
from strop.sandbox.inside import wire
from strop.sandbox.jobs import Execution, Limits, Output

__all__ = ["Ending", "read_call", "read_program"]

_REPORTED = ("memory", "forbidden", "error")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended, as the kernel told the zygote."""

    status: Status
    message: str
    cpu: float
    wall: float
    rss_mb: float
    code: int

    @classmethod
    def of(cls, header: Mapping[str, Any], limits: Limits) -> Ending:
        status, message = _ending(header, limits)
        rss = header["rss"] / 1024
        return cls(status, message, header["cpu"], header["wall"], rss, header["code"])

    def totals(self, layers: tuple[str, ...]) -> dict[str, Any]:
        return {
            "cpu_seconds": self.cpu,
            "wall_seconds": self.wall,
            "max_rss_mb": self.rss_mb,
            "layers": layers,
        }


def _ending(header: Mapping[str, Any], limits: Limits) -> tuple[Status, str]:
    if header["stopped"] == "cpu":
        return "timeout", f"CPU time over {limits.cpu_seconds:g} s"
    if header["stopped"] == "wall":
        return "timeout", f"wall time over {limits.wall_seconds:g} s"
    if header["stopped"]:
        return "crashed", "cancelled"
    number = header["signal"]
    if number == signal.SIGKILL and header["cpu"] >= limits.cpu_seconds:
        return "timeout", f"CPU time over {limits.cpu_seconds:g} s"
    if number == signal.SIGKILL and header["rss"] / 1024 > limits.memory_mb / 2:
        return "memory", "killed for memory"
    if number == signal.SIGSYS:
        return "forbidden", "a forbidden system call"
    if number:
        return "crashed", f"killed by {_signal_name(number)}"
    return "passed", ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def lines(part: bytes) -> list[Any] | None:
    """The channel's lines decoded, None if any is not what a child's harness writes."""
    try:
        text = part.decode("ascii")
        rows = wire.decode("[" + ",".join(text.splitlines()) + "]")
    except (UnicodeDecodeError, wire.WireError):
        return None
    return rows if all(type(row) is dict for row in rows) else None


def fault(row: Mapping[str, Any]) -> dict[str, Any]:
    """Status, exception, message and trace of a reported exception, each of the right type."""
    status = row.get("status")
    return {
        "status": status if status in _REPORTED else "error",
        "exception": str(row.get("type", "")),
        "message": str(row.get("message", "")),
        "trace": str(row.get("trace", "")),
    }


def _seconds(row: Mapping[str, Any]) -> float:
    cpu = row.get("cpu")
    return cpu if type(cpu) is float and cpu >= 0 else 0.0


def _output(row: Mapping[str, Any]) -> Output:
    if "value" not in row:
        return Output(**fault(row), cpu_seconds=_seconds(row))
    after = row.get("after")
    return Output(
        "passed",
        row["value"],
        cpu_seconds=_seconds(row),
        after=tuple(after) if type(after) is list else None,
    )


def broken(rows: list[Any] | None) -> str:
    """Why the child could not be isolated, empty if it was."""
    return str(rows[0]["broken"]) if rows and "broken" in rows[0] else ""


def read_call(
    header: Mapping[str, Any],
    parts: list[bytes],
    count: int,
    limits: Limits,
    layers: tuple[str, ...],
) -> Execution:
    """One output a case, always `count` of them: a case without an answer has the job's status."""
    end = Ending.of(header, limits)
    totals = end.totals(layers)
    rows = lines(parts[0])
    if rows is None:
        lost = Output("crashed", message="the result is not in wire form")
        return Execution("crashed", (lost,) * count, message=lost.message, **totals)
    if rows and rows[0].get("load") is not None:
        told = fault(rows[0]["load"])
        return Execution(
            told["status"],
            (Output(**told),) * count,
            exception=told["exception"],
            message=told["message"],
            trace=told["trace"],
            **totals,
        )
    complete = bool(rows) and rows[-1] == {"end": True}
    answers = rows[1:-1] if complete else rows[1:]
    outputs = [_output(row) for row in answers[:count]]
    status, message = end.status, end.message
    if not complete and status == "passed":
        status, message = "crashed", broken(rows) or f"ended early, exit code {end.code}"
    outputs += [Output(status, message=message)] * (count - len(outputs))
    if status == "passed":
        worst = next((o for o in outputs if o.status != "passed"), None)
        if worst is not None:
            status, message = worst.status, worst.message
    return Execution(status, tuple(outputs), message=message, **totals)


def read_program(
    header: Mapping[str, Any], parts: list[bytes], limits: Limits, layers: tuple[str, ...]
) -> Execution:
    """A script's output; `passed` is exit code 0 within every limit."""
    end = Ending.of(header, limits)
    rows = lines(parts[0])
    streams = {
        "stdout": parts[1].decode("utf-8", "replace"),
        "stderr": parts[2].decode("utf-8", "replace"),
        "truncated": max(len(parts[1]), len(parts[2])) >= limits.output_bytes,
    }
    status, told = end.status, {"exception": "", "message": end.message, "trace": ""}
    if status == "passed" and end.code:
        status, told["message"] = "error", f"exit code {end.code}"
        if broken(rows):
            status, told["message"] = "crashed", broken(rows)
        elif rows:
            told = fault(rows[0])
            status = told.pop("status")
    return Execution(status, exit_code=end.code, **streams, **told, **end.totals(layers))
