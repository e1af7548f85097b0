"""What a task needs to become runnable: the pool, the limits, how strictly to part processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strop.checks.answer import AnswerCheck
from strop.checks.case import Case
from strop.checks.cases import CasesCheck, Checker
from strop.checks.execute import AnswerReader, ProgramExecutor
from strop.checks.pytest_suite import Split
from strop.checks.script import ScriptCheck
from strop.checks.show import assertion_text
from strop.core.types import Check, Executor, Task
from strop.sandbox.jobs import Limits
from strop.sandbox.pool import Pool

__all__ = ["Loaded", "Workbench"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A task ready to run; `hidden` scores the outcome only, `ports` are abilities that methods
    ask the run for by name."""

    task: Task
    hidden: tuple[Check, ...] = ()
    executor: Executor | None = None
    ports: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Workbench:
    """Makes checks that share one pool and one set of limits."""

    pool: Pool
    limits: Limits = field(default_factory=Limits)
    split: Split = "auto"

    def cases(
        self, cases: Sequence[Case], entry: str | None, checker: Checker | None = None
    ) -> CasesCheck:
        """A check over cases."""
        return CasesCheck(cases, entry, self.pool, self.limits, checker)

    def script(self, test_source: str, entry: str) -> ScriptCheck:
        """A check by test code of the HumanEval form."""
        return ScriptCheck(test_source, entry, self.pool, self.limits)

    def program_task(
        self,
        id: str,
        prompt: str,
        entry: str | None,
        checks: Sequence[Check],
        *,
        hidden: Sequence[Check] = (),
        visible: Sequence[Case] = (),
        tests_text: str = "",
        start: str | None = None,
        stub: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> Loaded:
        """A programming task; `visible` cases give the inputs to observe candidates on."""
        shown = tests_text or (assertion_text(entry, visible[:8]) if entry else "")
        meta = {
            "kind": "program",
            "language": "python",
            "entry": entry,
            "inputs": [case.given for case in visible],
            "tests_text": shown,
            "stub": stub,
            **(extra or {}),
        }
        task = Task(id, prompt, start, tuple(checks), meta)
        return Loaded(task, tuple(hidden), ProgramExecutor(entry, self.pool, self.limits))

    def answer_task(self, id: str, prompt: str, answer: str | None) -> Loaded:
        """A question with a text answer; without an expected one, candidates can only vote."""
        checks = (AnswerCheck(answer, self.pool, self.limits),) if answer is not None else ()
        task = Task(id, prompt, None, checks, {"kind": "answer", "inputs": [""]})
        return Loaded(task, (), AnswerReader())
