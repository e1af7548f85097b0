"""A zygote's reply, read with suspicion: whatever a child wrote may be forged or cut off."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strop.core.types import Status
from strop.sandbox.inside import wire
from strop.sandbox.jobs import Execution, Limits, Output

__all__ = ["Ending", "read_call", "read_command", "read_program", "read_script"]

_REPORTED = ("memory", "forbidden", "error", "failed")


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
    """Why the child's own harness failed, empty if it did not."""
    return next((str(row["broken"]) for row in rows or () if "broken" in row), "")


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
    status, told = end.status, {"exception": "", "message": end.message, "trace": ""}
    if status == "passed" and end.code:
        status, told["message"] = "error", f"exit code {end.code}"
        if broken(rows):
            status, told["message"] = "crashed", broken(rows)
        elif rows:
            told = fault(rows[0])
            status = told.pop("status")
    streams = _streams(parts[1:3], limits)
    return Execution(status, exit_code=end.code, **streams, **told, **end.totals(layers))


def read_command(
    header: Mapping[str, Any], parts: list[bytes], limits: Limits, layers: tuple[str, ...]
) -> Execution:
    """A command's output; `passed` is exit code 0 within every limit, `failed` any other code."""
    end = Ending.of(header, limits)
    lost = broken(lines(parts[0]))
    status, message = shell_ending(end, limits)
    if status == "passed" and end.code:
        status, message = "failed", f"exit code {end.code}"
    if lost:
        status, message = "crashed", lost
    streams = _streams(parts[1:3], limits)
    return Execution(status, exit_code=end.code, message=message, **streams, **end.totals(layers))


def shell_ending(end: Ending, limits: Limits) -> tuple[Status, str]:
    """The status of a job whose first process only passes on how its own child ended."""
    if end.status != "passed" or end.code <= 128:
        return end.status, end.message
    number = end.code - 128
    if number in (signal.SIGKILL, signal.SIGXCPU) and end.cpu >= limits.cpu_seconds:
        return "timeout", f"CPU time over {limits.cpu_seconds:g} s"
    return "crashed", f"killed by {_signal_name(number)}"


def _streams(parts: list[bytes], limits: Limits) -> dict[str, Any]:
    return {
        "stdout": parts[0].decode("utf-8", "replace"),
        "stderr": parts[1].decode("utf-8", "replace"),
        "truncated": max(map(len, parts)) >= limits.output_bytes,
    }


def read_script(
    header: Mapping[str, Any], parts: list[bytes], limits: Limits, layers: tuple[str, ...]
) -> Execution:
    """`passed` only if the tests' process itself reports that it ran them all."""
    tests, candidate = Ending.of(header["tests"], limits), Ending.of(header["candidate"], limits)
    totals = joint(tests, candidate, layers)
    rows = lines(parts[0])
    lost = broken(rows) or broken(lines(parts[1]))
    if lost:
        return Execution("crashed", message=lost, **totals)
    if rows == [{"end": True}] and tests.status == "passed":
        return Execution("passed", **totals)
    row = rows[0] if rows else {}
    if "load" in row:
        return Execution(**fault(row["load"]), **totals)
    told = row.get("fault", {})
    if header["candidate"]["stopped"] != "done" and candidate.status != "passed":
        return Execution(candidate.status, message=candidate.message, **totals)
    if told.get("type") == "CandidateGone":
        message = f"the candidate ended early, exit code {candidate.code}"
        return Execution("crashed", message=message, **totals)
    if "unsupported" in told:
        shown = {**fault(told), "status": "error", "message": str(told["unsupported"])}
        return Execution(**shown, split_unsupported=True, **totals)
    if told:
        return Execution(**fault(told), **totals)
    if tests.status != "passed":
        return Execution(tests.status, message=f"the tests: {tests.message}", **totals)
    return Execution("crashed", message="the tests ended early", **totals)


def joint(tests: Ending, candidate: Ending, layers: tuple[str, ...]) -> dict[str, Any]:
    """Totals over the two processes of split mode."""
    return {
        "cpu_seconds": tests.cpu + candidate.cpu,
        "wall_seconds": max(tests.wall, candidate.wall),
        "max_rss_mb": max(tests.rss_mb, candidate.rss_mb),
        "layers": layers,
    }
