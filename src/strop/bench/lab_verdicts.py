"""Verdicts on what lab models wrote: each different text is judged once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strop.checks.show import value_text
from strop.lab.sums.check import Checked, check_solution
from strop.sandbox.equality import equal
from strop.sandbox.jobs import CallJob, Inputs, Limits, Output

if TYPE_CHECKING:
    from strop.lab import minipy, sums
    from strop.sandbox.pool import Pool

__all__ = ["LIMITS", "ProgramVerdict", "minipy_verdicts", "sums_verdicts"]

LIMITS = Limits(cpu_seconds=2.0, wall_seconds=20.0, memory_mb=512)
_LONGEST = 60
_ENDED = {"timeout": "takes too long", "memory": "needs too much memory", "forbidden": "is denied"}


@dataclass(frozen=True, slots=True)
class ProgramVerdict:
    """Whether all visible and all hidden cases pass. `feedback` is on the first case that fails,
    visible ones first, such as `f([1]) gives 2, not 3`; empty where none does."""

    visible: bool
    hidden: bool
    feedback: str


async def minipy_verdicts(
    problem: minipy.Problem, programs: Sequence[str], pool: Pool
) -> list[ProgramVerdict]:
    """One verdict a program, in order. All cases of a program run in one sandboxed process."""
    inputs = Inputs.of([args for args, _ in (*problem.visible, *problem.hidden)])
    different = list(dict.fromkeys(programs))
    found = await asyncio.gather(*(_verdict(problem, text, inputs, pool) for text in different))
    by_text = dict(zip(different, found, strict=True))
    return [by_text[text] for text in programs]


def sums_verdicts(problem: sums.Problem, texts: Sequence[str]) -> list[Checked]:
    """One verdict a solution, in order."""
    by_text = {text: check_solution(problem, text) for text in dict.fromkeys(texts)}
    return [by_text[text] for text in texts]


async def _verdict(
    problem: minipy.Problem, program: str, inputs: Inputs, pool: Pool
) -> ProgramVerdict:
    execution = await pool.run(CallJob(program, "f", inputs, LIMITS))
    outputs = list(execution.outputs)[: inputs.count]
    status = "crashed" if execution.status == "passed" else execution.status
    lost = Output(status, exception=execution.exception, message=execution.message)
    outputs += [lost] * (inputs.count - len(outputs))
    faults = [
        _fault(args, expected, output)
        for (args, expected), output in zip(
            (*problem.visible, *problem.hidden), outputs, strict=True
        )
    ]
    shown = len(problem.visible)
    return ProgramVerdict(
        not any(faults[:shown]), not any(faults[shown:]), next(filter(None, faults), "")
    )


def _fault(args: tuple[Any, ...], expected: Any, output: Output) -> str:
    call = f"f({', '.join(map(repr, args))})"
    if output.status == "passed":
        if equal(output.value, expected):
            return ""
        return f"{call} gives {value_text(output.value, _LONGEST)}, not {expected!r}"
    if output.exception:
        return f"{call} raises {output.exception}"
    return f"{call} {_ENDED.get(output.status, 'crashes')}"
