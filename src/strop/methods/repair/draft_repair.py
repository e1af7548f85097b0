"""Repair by a model alone: draft, hold against every test, draft again with what failed.

**Maths.** y_0 = M(file, failures); for t < drafts: stop if every test passes, else
y_{t+1} = M(file, failures, failures of y_t).

**Differs from the paper.** No paper: the loop that `mutation_repair` ends with, for files in which
nothing can be localised because they do not parse.

**Use when** a file has a syntax error, or every small change was tried.
**Fails when** the model is weak or the file longer than it can write.

Source: classic, generate and validate.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from strop.core.card import Card
from strop.core.patch import Patch
from strop.core.run import Run
from strop.core.types import Candidate, Crash, Feedback, Task, Verdict
from strop.moves.draft_patch import draft_patch

CARD = Card(
    title="Repair by a model's drafts, checked by every test",
    papers=(),
    year=2023,
    kind="strategy",
    needs=("model", "verify"),
    cost="up to drafts calls, each followed by the whole suite",
    axes={
        "what": "sequential",
        "how": "self-correction",
        "where": "code",
        "how_well": "plausible patches",
        "system": "self-correction",
        "roles": ("policy",),
    },
    anchor="tests/methods/test_draft_repair.py::test_a_file_that_does_not_parse_is_mended",
)


@dataclass(frozen=True)
class DraftRepair:
    """`drafts`: most attempts, at least 1."""

    drafts: int = 6

    def __post_init__(self) -> None:
        if self.drafts < 1:
            raise ValueError(f"drafts must be at least 1. Got {self.drafts} instead.")

    async def __call__(self, task: Task, run: Run) -> Candidate | None:
        files = task.meta["files"]
        verify = run.port("verify")()
        start = run.propose(Patch().value, kind="patch", origin="as it is")
        verdict = await run.check(start, [verify])
        run.offer(start, verdict)
        file, fault = _broken(files)
        failures = (*fault, *verdict.feedback)
        last: Verdict | None = None
        for _ in range(self.drafts):
            change = await draft_patch(run, task.prompt, files, file, failures, "", last)
            if change is None:
                continue
            candidate = run.propose(change.patch.value, kind="patch", origin="model")
            last = await run.check(candidate, [verify])
            run.offer(candidate, replace(last, detail={**last.detail, "origin": "model"}))
            if last.passed:
                return candidate
        return run.best


def _broken(files: dict[str, str]) -> tuple[str, tuple[Feedback, ...]]:
    """The first file that does not parse, and why; else the first file."""
    for name, text in files.items():
        try:
            ast.parse(text)
        except SyntaxError as error:
            where = f"{name}, line {error.lineno}: {(error.text or '').strip()}"
            return name, (Crash("SyntaxError", error.msg, where),)
        except ValueError as error:
            return name, (Crash("ValueError", str(error)),)
    return next(iter(files)), ()
