"""Replies, verdicts and candidates as plain JSON data for the ledger, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from strop.core.model import Reply, TokenLogprob
from strop.core.types import (
    Candidate,
    Cost,
    CoverageGap,
    Crash,
    Critique,
    Failure,
    Feedback,
    Observation,
    SurvivingMutant,
    Timing,
    Verdict,
)

__all__ = [
    "candidate_record",
    "cost_of",
    "observation_of",
    "observation_record",
    "reply_of",
    "reply_record",
    "verdict_of",
    "verdict_record",
]

_FEEDBACK = {
    kind.__name__: kind for kind in (Failure, Crash, Critique, CoverageGap, SurvivingMutant, Timing)
}
_COST_FIELDS = {f.name for f in fields(Cost)}


def reply_record(reply: Reply) -> dict[str, Any]:
    """A reply as data; log-probabilities as [token, logprob, top] rows."""
    row: dict[str, Any] = {
        "text": reply.text,
        "finish": reply.finish,
        "tokens_in": reply.tokens_in,
        "tokens_out": reply.tokens_out,
    }
    if reply.estimated:
        row["estimated"] = True
    if reply.logprobs is not None:
        row["logprobs"] = [[t.token, t.logprob, t.top] for t in reply.logprobs]
    return row


def reply_of(row: dict[str, Any]) -> Reply:
    """The reply that `reply_record` wrote."""
    logprobs = row.get("logprobs")
    return Reply(
        text=row["text"],
        finish=row["finish"],
        tokens_in=row["tokens_in"],
        tokens_out=row["tokens_out"],
        estimated=row.get("estimated", False),
        logprobs=None
        if logprobs is None
        else tuple(
            TokenLogprob(token, logprob, tuple((t, p) for t, p in top))
            for token, logprob, top in logprobs
        ),
    )


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """A verdict as data; each feedback item carries its type's name under `type`."""
    return {
        "score": verdict.score,
        "passed": verdict.passed,
        "status": verdict.status,
        "feedback": [{"type": type(item).__name__, **asdict(item)} for item in verdict.feedback],
        "detail": dict(verdict.detail),
        "cost": verdict.cost.as_dict(),
    }


def verdict_of(row: dict[str, Any]) -> Verdict:
    """The verdict that `verdict_record` wrote."""
    return Verdict(
        score=row["score"],
        passed=row["passed"],
        status=row["status"],
        feedback=tuple(_feedback_of(item) for item in row["feedback"]),
        detail=row["detail"],
        cost=cost_of(row["cost"]),
    )


def cost_of(row: dict[str, Any]) -> Cost:
    """The cost that `Cost.as_dict` wrote."""
    return Cost(**{name: value for name, value in row.items() if name in _COST_FIELDS})


def candidate_record(candidate: Candidate) -> dict[str, Any]:
    """A candidate as data."""
    return {
        "id": candidate.id,
        "kind": candidate.kind,
        "value": candidate.value,
        "parents": list(candidate.parents),
        "origin": candidate.origin,
        "partial": candidate.partial,
        "cost": candidate.cost.as_dict(),
    }


def observation_record(observation: Observation) -> list[Any]:
    """An observation as [status, value, message, cpu_seconds]."""
    return [observation.status, observation.value, observation.message, observation.cpu_seconds]


def observation_of(row: list[Any]) -> Observation:
    """The observation that `observation_record` wrote."""
    return Observation(*row)


def _feedback_of(row: dict[str, Any]) -> Feedback:
    values = {name: value for name, value in row.items() if name != "type"}
    if row["type"] == "CoverageGap":
        values["lines"] = tuple(values["lines"])
    return _FEEDBACK[row["type"]](**values)
