"""What `strop fix` says of an outcome, as plain data: the JSON of the command."""

from __future__ import annotations

from typing import Any

from strop.core.driver import outcome_record
from strop.core.patch import Patch
from strop.core.types import Outcome, SurvivingMutant
from strop.tasks.workbench import Loaded

__all__ = ["repair_report"]

_SHOWN = 5


def repair_report(loaded: Loaded, outcome: Outcome) -> dict[str, Any]:
    """`plausible`: every test that is held against the patch passes. `credible`: it also does what
    the unpatched files did wherever those returned, and what the reference does; None where no
    input for that could be had. `passed`: plausible, and not found wrong by what is held out.
    `strength`: how many mutants of the patched lines the tests kill."""
    record = outcome_record(outcome)
    files = loaded.task.meta["files"]
    verdict, hidden = outcome.verdict, outcome.hidden_verdict
    plausible = bool(verdict and verdict.passed)
    patch = Patch.read(outcome.candidate.value) if plausible and outcome.candidate else Patch()
    detail = dict(verdict.detail.get("repair", {})) if verdict and plausible else {}
    rows = hidden.detail.get("cases", ()) if hidden else ()
    credible = bool(hidden and hidden.passed) if plausible and rows else None
    return {
        "task": loaded.task.id,
        "run": outcome.run_id,
        "stopped": outcome.stopped,
        "passed": plausible and credible is not False,
        "plausible": plausible,
        "credible": credible,
        "diff": patch.diff(files),
        "patch": patch.value,
        "origin": verdict.detail.get("origin", "") if verdict and plausible else "",
        "tests": record["evidence"]["cases_run"],
        "turned_green": list(detail.get("turned_green", ())),
        "left_out": list(detail.get("left_out", ())),
        "failing": [] if plausible or not verdict else _failing(verdict.detail.get("cases", ())),
        "strength": {
            "killed": detail.get("killed"),
            "mutants": detail.get("mutants"),
            "surviving": [
                item.diff
                for item in (verdict.feedback if verdict else ())
                if isinstance(item, SurvivingMutant)
            ],
        },
        "held_out": {
            "inputs": len(rows),
            "failed": [row for row in rows if row["status"] != "passed"][:_SHOWN],
        },
        "plausible_patches": detail.get("plausible", int(plausible)),
        "alternatives": list(detail.get("alternatives", ())),
        "newly_failing": list(detail.get("newly_failing", ())),
        "tried": record["evidence"]["candidates"],
        "cost": record["cost"],
        "paid": record["paid"],
        "evidence": record["evidence"],
        "message": "; ".join(filter(None, [record["message"], detail.get("unfinished", "")])),
    }


def _failing(rows: Any) -> list[str]:
    return [row["name"] for row in rows if row["status"] != "passed"]
