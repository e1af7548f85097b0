"""Drives one strategy through its run to an outcome: limits, signals, hidden checks, the end."""

from __future__ import annotations

import asyncio
import math
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Protocol

from strop.core.errors import BudgetSpent, ModelError
from strop.core.records import candidate_record, verdict_record
from strop.core.run import Offer, Run, together
from strop.core.types import Candidate, Check, Evidence, Outcome, Stopped, Task, Verdict

__all__ = ["Strategy", "drive", "outcome_record"]


class Strategy(Protocol):
    """A search: a frozen dataclass of hyper-parameters that is called with a task and its run."""

    async def __call__(self, task: Task, run: Run) -> Candidate | None: ...


async def drive(strategy: Strategy, task: Task, run: Run, hidden: Sequence[Check] = ()) -> Outcome:
    """Run the strategy until it returns, the budget ends, or SIGINT or SIGTERM comes.

    Whatever ends it, the best candidate so far is the answer and the ledger is whole. `hidden`
    checks score the answer afterwards, outside the budget. Raises `ModelError` or `BudgetSpent`
    only where there is no candidate at all.
    """
    work: list[asyncio.Future[Any]] = [asyncio.ensure_future(strategy(task, run))]
    stopped: Stopped = "done"
    error: ModelError | BudgetSpent | None = None
    seconds = run.account.left("seconds")
    limit = asyncio.timeout(None if math.isinf(seconds) else seconds)
    with _cancelled_by_signals(work) as caught:
        try:
            async with limit:
                answer = await work[0]
            if answer is not None and not answer.partial:
                _prefer(run, answer)
        except TimeoutError:
            if not limit.expired():
                raise
            stopped = "budget"
            error = BudgetSpent("seconds", 0, 0)
        except BudgetSpent as spent:
            stopped, error = "budget", spent
        except ModelError as failed:
            stopped, error = "failed", failed
        except asyncio.CancelledError:
            if not caught:
                raise
            stopped = "interrupted"
        finally:
            await run.aclose()
        if caught:
            stopped = "interrupted"
        best = run.offers[0] if run.offers else None
        if stopped == "done" and run.exhausted is not None:
            stopped, error = "budget", run.exhausted
        if best is not None and best.verdict is not None and best.verdict.passed:
            stopped = stopped if stopped == "interrupted" else "passed"
        hidden_verdict = None
        if best is not None and hidden and stopped != "interrupted":
            try:
                work.append(asyncio.ensure_future(_judge(best.candidate, hidden)))
                hidden_verdict = await work[-1]
            except asyncio.CancelledError:
                if not caught:
                    raise
                stopped = "interrupted"
    outcome = Outcome(
        candidate=best.candidate if best else None,
        verdict=best.verdict if best else None,
        hidden_verdict=hidden_verdict,
        evidence=_evidence(run, best),
        cost=run.account.spent,
        paid=run.paid,
        stopped=stopped,
        run_id=run.id,
        runner_up=run.offers[1].candidate if len(run.offers) > 1 else None,
        message="" if error is None else str(error),
    )
    run._record("end", outcome_record(outcome))  # pyright: ignore[reportPrivateUsage]
    run.commit()
    if best is None and error is not None:
        raise error
    return outcome


async def _judge(candidate: Candidate, hidden: Sequence[Check]) -> Verdict:
    return together([await check(candidate) for check in hidden])


def _prefer(run: Run, answer: Candidate) -> None:
    """Make what the strategy returned the answer, unless something offered ranks higher."""
    offer = next((o for o in run.offers if o.candidate.id == answer.id), Offer(answer))
    others = [o for o in run.offers if o.candidate.id != answer.id]
    if not others or offer.rank() >= others[0].rank():
        run.offers = [offer, *others][:2]


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain data: the JSON of `strop solve` and of the ledger's `end` event."""
    verdict, hidden = outcome.verdict, outcome.hidden_verdict
    judged = hidden or verdict
    return {
        "run": outcome.run_id,
        "passed": bool(judged and judged.passed and (verdict is None or verdict.passed)),
        "stopped": outcome.stopped,
        "candidate": candidate_record(outcome.candidate) if outcome.candidate else None,
        "verdict": verdict_record(verdict) if verdict else None,
        "hidden_verdict": verdict_record(hidden) if hidden else None,
        "runner_up": candidate_record(outcome.runner_up) if outcome.runner_up else None,
        "evidence": asdict(outcome.evidence),
        "cost": outcome.cost.as_dict(),
        "paid": outcome.paid.as_dict(),
        "message": outcome.message,
    }


def _evidence(run: Run, best: Offer | None) -> Evidence:
    rows = best.verdict.detail.get("cases", ()) if best and best.verdict else ()
    notes: list[str] = []
    if run.failed_draws:
        notes.append(
            f"{run.failed_draws} draws failed and were left out"
            + (f" (last: {run.last_error})" if run.last_error else "")
        )
    over = run.account.overshoot
    if over.tokens or over.usd:
        notes.append(f"the provider went {over.tokens} tokens over what it was allowed")
    return Evidence(
        cases_run=len(rows),
        cases_passed=sum(row.get("status") == "passed" for row in rows),
        candidates=run.proposed,
        agreement=best.agreement if best else None,
        failed_draws=run.failed_draws,
        mutants_killed=best.verdict.detail.get("mutants_killed") if best and best.verdict else None,
        notes=tuple(notes),
    )


@contextmanager
def _cancelled_by_signals(work: Sequence[asyncio.Future[Any]]) -> Generator[list[int]]:
    """Cancel the last of `work` on SIGINT and SIGTERM, unless it is done, so that clearing up is
    never cut off; yields the signals that came."""
    caught: list[int] = []
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        caught.append(number)
        work[-1].cancel()

    installed: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop, number)
            installed.append(number)
        except (NotImplementedError, RuntimeError, ValueError):
            break
    try:
        yield caught
    finally:
        for number in installed:
            loop.remove_signal_handler(number)
