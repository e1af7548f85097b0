"""A trials job as the harness reads it, and what its lines say each trial came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strop.core.types import Status
from strop.sandbox.jobs import Execution, Step, StepOutcome, TrialOutcome, TrialsJob
from strop.sandbox.reply import Ending, broken, lines

__all__ = ["plan_of", "read_trials"]

_STATUS: Mapping[str, Status] = {
    "passed": "passed",
    "skipped": "passed",
    "xfailed": "passed",
    "xpassed": "passed",
    "failed": "failed",
    "error": "error",
    "memory": "memory",
    "forbidden": "forbidden",
}
_SHIFT = 20


def plan_of(job: TrialsJob) -> dict[str, Any]:
    """The job but for its files, as plain data."""
    return {
        "plugins": job.plugins,
        "paths": list(job.paths),
        "files": list(job.under_test),
        "arguments": list(job.targets),
        "load": list(job.load),
        "step": list(job.step),
        "trials": [
            {
                "edits": [list(edit) for edit in trial.edits],
                "items": _rows(trial.steps) if not trial.calls else None,
                "calls": _rows(trial.steps) if trial.calls else None,
                "stop": trial.stop,
                "cold": trial.cold,
                "record": trial.record,
                "careful": trial.careful,
                "hangs": trial.hangs,
            }
            for trial in job.trials
        ],
    }


def _rows(steps: Any) -> list[list[Any]] | None:
    if steps is None:
        return None
    return [_row(step) for step in steps]


def _row(step: Step) -> list[Any]:
    what = [step.what] if isinstance(step.what, str) else list(step.what)
    return [*what, step.cpu_seconds, step.wall_seconds]


def read_trials(
    header: Mapping[str, Any],
    parts: list[bytes],
    nonce: str,
    job: TrialsJob,
    layers: tuple[str, ...],
) -> Execution:
    """One outcome a trial, incomplete where the job ended before it. `passed` means that the job
    ran to its end; `error` that the suite does not collect as it is."""
    end = Ending.of(header, job.limits)
    told: dict[str, Any] = end.totals(layers)
    told["stdout"] = parts[1].decode("utf-8", "replace")
    told["stderr"] = parts[2].decode("utf-8", "replace")
    rows = lines(parts[0])
    lost = broken(rows)
    if lost or rows is None:
        return Execution("crashed", message=lost or "the report is not in wire form", **told)
    if any(row.get("nonce") != nonce for row in rows):
        return Execution("crashed", message="the report was forged", **told)
    try:
        story = _Story(rows, job)
    except (TypeError, ValueError, KeyError, IndexError):
        return Execution("crashed", message="the report is malformed", **told)
    told["collected"] = story.collected
    told["trials"] = story.trials()
    if story.refused:
        return Execution("error", message=story.refused, **told)
    if not story.finished:
        status = end.status if end.status != "passed" else "crashed"
        return Execution(status, message=end.message or "the trials ended early", **told)
    return Execution("passed", **told)


class _Story:
    def __init__(self, rows: list[Any], job: TrialsJob) -> None:
        self.collected: tuple[str, ...] = ()
        self.refused = ""
        self.finished = False
        self._job = job
        self._steps: list[list[StepOutcome]] = [[] for _ in job.trials]
        self._cpu: dict[int, float] = {}
        self._loaded: dict[int, tuple[tuple[int, int], ...]] = {}
        for row in rows:
            for kind in _KINDS:
                if kind in row:
                    _KINDS[kind](self, *row[kind])

    def trials(self) -> tuple[TrialOutcome, ...]:
        return tuple(
            TrialOutcome(
                tuple(steps), self._cpu.get(k, 0.0), k in self._cpu, self._loaded.get(k, ())
            )
            for k, steps in enumerate(self._steps)
        )

    def _collect(self, names: list[str]) -> None:
        self.collected = tuple(str(name) for name in names)

    def _refuse(self, number: int, node: str, text: str) -> None:
        if number < 0:
            self.refused = self.refused or f"{node}: {text}"
        else:
            self._steps[number].append(StepOutcome(str(node), "error", str(text)))

    def _item(
        self,
        number: int,
        name: str,
        result: str,
        message: str,
        cpu: float,
        found: Any,
        wall: float = 0.0,
    ) -> None:
        lines_, calls = (), ()
        if found:
            lines_ = tuple(_place(hit) for hit in found["hits"])
            calls = tuple((int(f), str(n), str(text)) for f, n, text in found["calls"])
            self._loaded[number] = tuple(_place(hit) for hit in found["loaded"])
        status = _STATUS[result]
        step = StepOutcome(
            str(name), status, str(message), float(cpu), float(wall), None, lines_, calls
        )
        self._steps[number].append(step)

    def _called(
        self, number: int, step: int, status: str, value: str | None, message: str, cpu: float
    ) -> None:
        self._steps[number].append(
            StepOutcome(str(step), _STATUS[status], str(message), float(cpu), value=value)
        )

    def _lost(self, number: int, step: int, why: str) -> None:
        status: Status = "timeout" if why in ("cpu", "wall") else "crashed"
        steps = self._job.trials[number].steps
        if step < 0:
            name = ""
        elif self._job.trials[number].calls:
            name = str(step)
        elif steps is not None:
            name = str(steps[step].what)
        else:
            name = self.collected[step]
        reason = f"{why} time over its limit" if status == "timeout" else f"ended by {why}"
        self._steps[number].append(StepOutcome(name, status, reason))

    def _trial(self, number: int, cpu: float) -> None:
        self._cpu[number] = self._cpu.get(number, 0.0) + float(cpu)

    def _finish(self) -> None:
        self.finished = True


def _place(hit: int) -> tuple[int, int]:
    return int(hit) >> _SHIFT, int(hit) & ((1 << _SHIFT) - 1)


_KINDS: Mapping[str, Any] = {
    "collected": _Story._collect,
    "refused": _Story._refuse,
    "item": _Story._item,
    "call": _Story._called,
    "lost": _Story._lost,
    "trial": _Story._trial,
    "finish": _Story._finish,
}
