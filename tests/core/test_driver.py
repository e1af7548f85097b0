from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strop.core.budget import Budget
from strop.core.driver import drive, outcome_record
from strop.core.errors import BudgetSpent, ModelError
from strop.core.run import Run
from strop.core.types import Candidate, Cost, Task, Verdict

from .scripted import Bench, BestOf, ScriptedCheck, ScriptedModel, in_flight

Script = Callable[..., "subprocess.Popen[str]"]


def go(work: Any) -> Any:
    return asyncio.run(asyncio.wait_for(work, 10))


def half(value: str) -> float:
    return 0.5


def whole(value: str) -> float:
    return 1.0


SIGNALLED = """
import asyncio
import json
from pathlib import Path
from strop.core.driver import drive, outcome_record
from scripted import Bench, BestOf, ScriptedCheck, ScriptedModel

class Stalls(ScriptedModel):
    async def generate(self, request, meter):
        if len(self.requests) == 3:
            self.gate = asyncio.Event()
            asyncio.get_running_loop().call_later(0.02, lambda: print("stalled", flush=True))
        return await super().generate(request, meter)

hidden = ScriptedCheck(lambda value: 1.0, key="hidden")
run = Bench(Path(sys.argv[1])).run(Stalls(), checks=[ScriptedCheck(lambda value: 0.5)])
outcome = asyncio.run(drive(BestOf(50), run.task, run, [hidden]))
row = outcome_record(outcome)
print(json.dumps({**row, "held": run.account.held.as_dict(), "hidden_seen": hidden.seen}))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_the_best_so_far(
    tmp_path: Path, script: Script, number: signal.Signals
):
    path = tmp_path / "ledger.sqlite"
    process = script(SIGNALLED, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "stalled\n"
    started = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert time.monotonic() - started < 2
    assert (process.returncode, err) == (0, "")
    told = json.loads(out)
    assert told["stopped"] == "interrupted"
    assert told["candidate"]["value"].startswith("answer")
    assert told["verdict"]["score"] == 0.5
    assert told["hidden_seen"] == []
    assert told["held"]["calls"] == 0
    assert told["cost"]["calls"] == 4
    events = Bench(path).events()
    assert events[-1].kind == "end"
    assert events[-1].body["stopped"] == "interrupted"
    assert sum(event.kind == "call_cancelled" for event in events) == 1


IMPATIENT = """
import asyncio
import json
from pathlib import Path
from strop.core.driver import drive
from scripted import Bench, BestOf, ScriptedCheck, ScriptedModel

class TakesLeave(ScriptedModel):
    async def generate(self, request, meter):
        if len(self.requests) < 2:
            return await super().generate(request, meter)
        hold = meter.reserve(tokens_in=1, max_tokens=1, n=1, price=None)
        print("stalled", flush=True)
        try:
            await asyncio.sleep(30)
        finally:
            print("leaving", flush=True)
            await asyncio.sleep(0.3)
            hold.cancel()

run = Bench(Path(sys.argv[1])).run(TakesLeave(), checks=[ScriptedCheck(lambda value: 0.5)])
outcome = asyncio.run(drive(BestOf(50), run.task, run))
print(json.dumps([outcome.stopped, outcome.candidate.kind, run.account.held.calls]))
"""


def test_signals_one_after_another_do_not_break_the_end(tmp_path: Path, script: Script):
    path = tmp_path / "ledger.sqlite"
    process = script(IMPATIENT, path)
    assert process.stdout is not None
    for said in ("stalled\n", "leaving\n"):
        assert process.stdout.readline() == said
        process.send_signal(signal.SIGINT)
    for _ in range(3):
        time.sleep(0.04)
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out) == ["interrupted", "program", 0]
    assert Bench(path).kinds()[-2:] == ["call_cancelled", "end"]


def test_a_signal_during_the_hidden_checks_is_an_interruption(bench: Bench):
    class Interrupts(ScriptedCheck):
        async def __call__(self, candidate: Candidate) -> Verdict:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(5)
            return await super().__call__(candidate)

    run = bench.run(ScriptedModel(), checks=[ScriptedCheck(whole)])
    outcome = go(drive(BestOf(1), run.task, run, [Interrupts(whole, key="hidden")]))
    assert (outcome.stopped, outcome.hidden_verdict) == ("interrupted", None)
    assert outcome.candidate is not None


def test_signal_handlers_are_taken_off_again(bench: Bench):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run = bench.run(ScriptedModel(), checks=[ScriptedCheck(whole)])
    go(drive(BestOf(1), run.task, run))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_run_works_where_no_signal_handler_can_be_set(bench: Bench):
    async def in_thread() -> Any:
        run = bench.run(ScriptedModel(), checks=[ScriptedCheck(whole)])
        return await asyncio.to_thread(lambda: asyncio.run(drive(BestOf(1), run.task, run)))

    assert go(in_thread()).stopped == "passed"


def test_cancelling_the_caller_is_not_an_interruption_but_leaves_nothing_held(bench: Bench):
    async def work() -> Run:
        run = bench.run(ScriptedModel(gate=asyncio.Event()))
        driven = asyncio.create_task(drive(BestOf(4), run.task, run))
        await in_flight(run)
        driven.cancel()
        with pytest.raises(asyncio.CancelledError):
            await driven
        return run

    assert go(work()).account.held == Cost()
    assert "call_cancelled" in bench.kinds()


def test_a_pass_stops_the_run_and_says_so(bench: Bench):
    model = ScriptedModel()
    check = ScriptedCheck(whole)
    run = bench.run(model, checks=[check])
    outcome = go(drive(BestOf(8), run.task, run))
    assert (outcome.stopped, len(model.requests)) == ("passed", 1)
    assert (outcome.evidence.cases_run, outcome.evidence.cases_passed) == (1, 1)
    assert outcome_record(outcome)["passed"] is True
    end = bench.events()[-1]
    assert end.kind == "end"
    assert end.body["candidate"]["id"] == outcome.candidate.id
    assert json.loads(json.dumps(outcome_record(outcome))) == end.body


def test_hidden_checks_score_the_answer_and_nothing_else(bench: Bench):
    hidden = ScriptedCheck(lambda value: 0.0, key="hidden", held=99)
    visible = ScriptedCheck(whole)
    run = bench.run(ScriptedModel(), checks=[visible], budget=Budget(executions=1))
    outcome = go(drive(BestOf(8), run.task, run, [hidden]))
    assert hidden.seen == [outcome.candidate.value]
    assert outcome.verdict.passed
    assert not outcome.hidden_verdict.passed
    assert outcome.cost.executions == 1
    assert outcome_record(outcome)["passed"] is False
    assert run.task.checks == (visible,)
    assert "hidden" not in json.dumps([e.body for e in bench.events() if e.kind != "end"])


def test_a_hidden_pass_does_not_make_up_for_a_visible_failure(bench: Bench):
    run = bench.run(ScriptedModel(), checks=[ScriptedCheck(half)])
    outcome = go(drive(BestOf(2), run.task, run, [ScriptedCheck(whole, key="hidden")]))
    assert outcome.hidden_verdict.passed
    assert outcome_record(outcome)["passed"] is False


def test_a_spent_budget_hands_back_the_best_and_says_which_ceiling(bench: Bench):
    run = bench.run(ScriptedModel(), checks=[ScriptedCheck(half)], budget=Budget(calls=3))
    outcome = go(drive(BestOf(8), run.task, run, [ScriptedCheck(half, key="hidden")]))
    assert outcome.stopped == "budget"
    assert outcome.candidate is not None
    assert outcome.hidden_verdict is not None
    assert outcome.evidence.candidates == 3
    assert outcome.runner_up is not None
    assert outcome.runner_up != outcome.candidate
    assert "calls" in outcome.message


def test_a_budget_for_nothing_raises_and_leaves_an_end_event(bench: Bench):
    run = bench.run(ScriptedModel(), checks=[ScriptedCheck(half)], budget=Budget(tokens=12))
    with pytest.raises(BudgetSpent, match="tokens"):
        go(drive(BestOf(8), run.task, run))
    assert run.account.spent == Cost()
    assert bench.events()[-1].body["stopped"] == "budget"
    assert bench.events()[-1].body["candidate"] is None


def test_an_endpoint_that_fails_after_a_good_candidate_hands_that_back(bench: Bench):
    async def two_asks(task: Task, run: Run) -> Candidate | None:
        first = run.propose((await run.ask("coder")).text)
        run.offer(first, await run.check(first))
        return run.propose((await run.ask("critic")).text)

    def answer(prompt: str, seed: int) -> str | ModelError:
        return ModelError("http", "status 503") if prompt.startswith("critic") else "good"

    run = bench.run(ScriptedModel(answer=answer), checks=[ScriptedCheck(half)])
    outcome = go(drive(two_asks, run.task, run))
    assert outcome.stopped == "failed"
    assert outcome.candidate.value == "good"
    assert "status 503" in outcome.message


def test_an_endpoint_that_never_answers_raises_its_error(bench: Bench):
    run = bench.run(ScriptedModel(answer=lambda prompt, seed: ModelError("connection", "refused")))
    with pytest.raises(ModelError, match="refused"):
        go(drive(BestOf(3), run.task, run))
    assert bench.events()[-1].body["message"] == "refused"


def test_a_returned_candidate_that_was_never_offered_is_the_answer(bench: Bench):
    async def bare(task: Task, run: Run) -> Candidate:
        return Candidate("c1", "program", "x = 1")

    run = bench.run()
    assert go(drive(bare, run.task, run)).candidate.value == "x = 1"


@pytest.mark.parametrize("returned", [None, Candidate("c1", "program", "x", partial=True)])
def test_nothing_to_offer_is_an_outcome_without_a_candidate(
    bench: Bench, returned: Candidate | None
):
    async def empty(task: Task, run: Run) -> Candidate | None:
        return returned

    run = bench.run(checks=[ScriptedCheck(half)])
    outcome = go(drive(empty, run.task, run, [ScriptedCheck(whole)]))
    assert (outcome.candidate, outcome.verdict, outcome.hidden_verdict) == (None, None, None)
    assert outcome_record(outcome)["passed"] is False


def test_a_bug_in_a_strategy_is_raised_with_the_ledger_whole(bench: Bench):
    async def buggy(task: Task, run: Run) -> Candidate | None:
        run.propose((await run.ask("coder")).text)
        raise ZeroDivisionError("bug")

    run = bench.run(ScriptedModel())
    with pytest.raises(ZeroDivisionError):
        go(drive(buggy, run.task, run))
    assert bench.kinds() == ["prompt", "call", "reply", "candidate"]


def test_a_timeout_inside_a_strategy_is_not_the_budgets(bench: Bench):
    async def times_out(task: Task, run: Run) -> Candidate | None:
        raise TimeoutError("of its own")

    run = bench.run()
    with pytest.raises(TimeoutError, match="of its own"):
        go(drive(times_out, run.task, run))


def test_a_provider_that_bills_too_much_is_told_of(bench: Bench):
    class Greedy(ScriptedModel):
        async def generate(self, request, meter):
            hold = meter.reserve(tokens_in=10, max_tokens=20, n=1, price=None)
            hold.settle(10, 120)
            return [ModelError("malformed", "too long")]

    async def one(task: Task, run: Run) -> Candidate | None:
        run.propose("x")
        await run.ask("coder")
        return None

    run = bench.run(Greedy(), budget=Budget(tokens=50))
    outcome = go(drive(one, run.task, run))
    assert any("100 tokens over" in note for note in outcome.evidence.notes)


def test_the_verdict_of_an_outcome_is_that_of_its_candidate(bench: Bench):
    async def several(task: Task, run: Run) -> Candidate | None:
        for score in (0.2, 0.9, 0.4):
            run.offer(run.propose(f"scores {score}"), Verdict(score, passed=False), score)
        return None

    run = bench.run()
    outcome = go(drive(several, run.task, run))
    assert outcome.candidate.value == "scores 0.9"
    assert outcome.verdict.score == 0.9
    assert outcome.evidence.agreement == 0.9
    assert outcome.runner_up.value == "scores 0.4"
