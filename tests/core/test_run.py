from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strop.core.budget import Account, Budget
from strop.core.driver import drive
from strop.core.errors import BudgetSpent, LedgerUnusable, MissingPort, ModelError
from strop.core.ledger import Event, Ledger
from strop.core.model import Price
from strop.core.run import Run, together
from strop.core.types import Candidate, Cost, Task, Verdict

from .scripted import (
    Bench,
    BestOf,
    Clock,
    ScriptedCheck,
    ScriptedExecutor,
    ScriptedModel,
    closing,
    draws,
    in_flight,
)

Script = Callable[..., "subprocess.Popen[str]"]
LONGEST = 10.0


def go(work: Any) -> Any:
    """Run to the end, but not for ever."""
    return asyncio.run(asyncio.wait_for(work, LONGEST))


def fails(first: int, of: str = "http") -> Callable[[str, int], str | ModelError]:
    """Answers where the first draws fail and the others are numbered."""
    count = iter(range(10**6))

    def answer(prompt: str, seed: int) -> str | ModelError:
        n = next(count)
        return ModelError(of, f"status 500 at draw {n}") if n < first else f"answer {n}"

    return answer


# -- asking ------------------------------------------------------------------------------------


def test_equal_prompts_at_one_moment_travel_as_one_call(bench: Bench):
    model = ScriptedModel()
    run = bench.run(model, width=8)
    texts = go(closing(run, draws(run, 8)))
    assert [request.n for request in model.requests] == [8]
    assert len(set(texts)) == 8
    assert run.account.spent.calls == 1
    assert run.account.spent.tokens == 5 + 8 * 5
    assert Counter(bench.kinds()) == {"prompt": 1, "call": 1, "reply": 8}


def test_different_prompts_at_one_moment_are_different_calls(bench: Bench):
    model = ScriptedModel()
    run = bench.run(model, width=4)

    async def work() -> list[Any]:
        return await asyncio.gather(*(run.ask("coder", n=n % 2) for n in range(4)))

    go(closing(run, work()))
    assert sorted(request.n for request in model.requests) == [2, 2]


def test_separate_draws_of_one_prompt_are_independent(bench: Bench):
    model = ScriptedModel()
    run = bench.run(model)
    texts = go(closing(run, draws(run, 6)))
    assert len({request.seed for request in model.requests}) == 6
    assert len(set(texts)) == 6


def test_another_seed_draws_other_texts(bench: Bench):
    both = []
    for seed in (1, 2):
        run = bench.run(ScriptedModel(), seed=seed, id=f"run-{seed}")
        both.append(go(closing(run, draws(run, 3))))
    assert set(both[0]).isdisjoint(both[1])


def test_no_more_than_the_width_is_in_flight(bench: Bench):
    most = 0

    async def work() -> None:
        nonlocal most
        model = ScriptedModel(gate=asyncio.Event())
        run = bench.run(model, width=3)
        tasks = [asyncio.create_task(run.ask("coder", n=n)) for n in range(7)]
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0.001)
            waiting = run.account.held.calls
            most = max(most, waiting)
            if waiting and model.gate:
                model.gate.set()
        await run.aclose()

    go(work())
    assert most == 3


def test_models_of_a_mixture_take_turns(bench: Bench):
    one, two = ScriptedModel(name="one"), ScriptedModel(name="two")
    run = bench.run(one, two)
    go(closing(run, draws(run, 5)))
    assert (len(one.requests), len(two.requests)) == (3, 2)
    by_model = {e.body["model"] for e in bench.events(kind="prompt")}
    assert by_model == {"one", "two"}


def test_without_a_model_the_message_says_what_to_do(bench: Bench):
    run = bench.run()
    with pytest.raises(MissingPort, match=r"'coder'.*--model none.*Set --model"):
        go(run.ask("coder"))


def test_a_model_that_returns_nothing_is_an_error_and_not_a_wait_for_ever(bench: Bench):
    class Silent(ScriptedModel):
        async def generate(self, request, meter):
            meter.reserve(tokens_in=1, max_tokens=1, n=1, price=None).settle(1, 0)
            return []

    run = bench.run(Silent())
    with pytest.raises(ModelError, match="scripted-1 returned no result"):
        go(closing(run, run.ask("coder")))


def test_an_exception_inside_a_model_reaches_whoever_asked(bench: Bench):
    def broken(prompt: str, seed: int) -> str:
        raise KeyError("bug in a model")

    run = bench.run(ScriptedModel(answer=broken))
    with pytest.raises(KeyError, match="bug in a model"):
        go(closing(run, run.ask("coder")))


# -- the ledger of a run -----------------------------------------------------------------------


def comparable(events: list[Event]) -> list[tuple[str, str | None, str]]:
    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: timeless(v) for k, v in value.items() if k not in ("seconds", "run")}
        return value

    return [(e.kind, e.key, json.dumps(timeless(e.body), sort_keys=True)) for e in events]


def test_the_same_seed_at_width_one_gives_the_same_ledger(tmp_path: Path):
    made = []
    for place in ("here", "there"):
        bench = Bench(tmp_path / place / "ledger.sqlite")
        check = ScriptedCheck(lambda value: int(value[-1]) / 10)
        run = bench.run(
            ScriptedModel(), checks=[check], budget=Budget(tokens=300), id=place, seed=7
        )
        go(drive(BestOf(6), run.task, run))
        made.append(comparable(bench.events(place)))
    assert made[0] == made[1]
    assert len(made[0]) > 20


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("tokens", [None, 100, 77])
def test_a_second_identical_run_pays_nothing_and_ends_the_same(
    bench: Bench, width: int, tokens: int | None
):
    outcomes = []
    models = []
    checks = []
    for name in ("first", "second"):
        models.append(ScriptedModel())
        checks.append(ScriptedCheck(lambda value: int(value[-1]) / 10))
        run = bench.run(
            models[-1], checks=checks[-1:], id=name, width=width, budget=Budget(tokens=tokens)
        )
        outcomes.append(go(drive(BestOf(6), run.task, run)))
    first, second = outcomes
    assert len(models[0].requests) >= 1
    assert models[1].requests == []
    assert checks[1].seen == []
    assert second.paid == Cost()
    assert first.paid.calls == first.cost.calls > 0
    assert (second.candidate, second.verdict) == (first.candidate, first.verdict)
    assert second.cost.tokens == first.cost.tokens
    assert second.cost.executions == first.cost.executions
    assert "call" not in bench.kinds("second")


def test_a_reply_that_a_small_budget_cut_short_is_not_the_answer_of_a_larger_one(bench: Bench):
    finishes = []
    for name, tokens in (("small", 40), ("large", 4000)):
        model = ScriptedModel(length=100)
        run = bench.run(model, budget=Budget(tokens=tokens), id=name, max_tokens=200)
        reply = go(closing(run, run.ask("coder")))
        finishes.append((reply.finish, reply.tokens_out, len(model.requests)))
    assert finishes == [("length", 30, 1), ("stop", 100, 1)]


def test_a_reply_that_its_own_limit_cut_short_is_kept_for_every_budget(bench: Bench):
    calls = []
    for name, tokens in (("small", 240), ("large", 4000)):
        model = ScriptedModel(length=500)
        run = bench.run(model, budget=Budget(tokens=tokens), id=name, max_tokens=200)
        reply = go(closing(run, run.ask("coder")))
        assert (reply.finish, reply.tokens_out) == ("length", 200)
        calls.append(len(model.requests))
    assert calls == [1, 0]


KILLED = """
import asyncio
from pathlib import Path
from strop.core.budget import Budget
from strop.core.driver import drive
from scripted import Bench, BestOf, ScriptedCheck, ScriptedModel

path, log, width = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
crash = int(sys.argv[4]) if len(sys.argv) > 4 else None
model = ScriptedModel(log=log, crash_at=crash)
check = ScriptedCheck(lambda value: 0.5)
run = Bench(path).run(model, checks=[check], width=width, budget=Budget(calls=100))
outcome = asyncio.run(drive(BestOf(12), run.task, run))
print(outcome.candidate.value, outcome.paid.calls, outcome.cost.calls, len(check.seen))
"""


@pytest.mark.parametrize("width", [1, 3])
def test_a_run_killed_in_the_middle_pays_for_nothing_twice(
    tmp_path: Path, script: Script, width: int
):
    path, log = tmp_path / "ledger.sqlite", tmp_path / "calls.jsonl"
    killed = script(KILLED, path, log, width, 12 // width - 2)
    killed.communicate(timeout=20)
    assert killed.returncode == -signal.SIGKILL
    before = [json.loads(line) for line in log.read_text().splitlines()]
    replies = Bench(path).events(kind="reply")
    assert len(replies) == 12 - 2 * width == sum(c["n"] for c in before if c["what"] == "answered")
    resumed = script(KILLED, path, log, width)
    out, err = resumed.communicate(timeout=20)
    assert (resumed.returncode, err) == (0, "")
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    answered = Counter((c["prompt"], c["seed"]) for c in calls if c["what"] == "answered")
    assert set(answered.values()) == {1}
    assert sum(c["n"] for c in calls if c["what"] == "answered") == 12
    # the one call that was under way when the process died is the only one sent again
    assert sum(c["what"] == "sent" for c in calls) == 12 // width + 1
    assert len({(e.body["prompt"], e.body["draw"]) for e in Bench(path).events(kind="reply")}) == 12
    assert len(Bench(path).events(kind="reply")) == 12
    assert out.split()[-3:-1] == ["2", str(12 // width)] or width > 1


class StallsAfterFirst(ScriptedModel):
    """Answers one call; the others stay in flight for ever."""

    async def generate(self, request, meter):
        self.gate = asyncio.Event() if self.requests else None
        return await super().generate(request, meter)


def test_with_an_unusable_ledger_no_call_leaves(tmp_path: Path):
    (tmp_path / "file").touch()
    model = ScriptedModel()
    run = Bench(tmp_path / "file" / "ledger.sqlite").run(model)
    with pytest.raises(LedgerUnusable):
        go(drive(BestOf(3), run.task, run))
    assert model.requests == []


@pytest.mark.parametrize("width", [1, 4])
def test_a_ledger_that_fails_in_the_middle_ends_the_run_with_its_error(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, width: int
):
    def full(self: Ledger, run: str, rows: Any) -> None:
        raise LedgerUnusable("disk full")

    model = ScriptedModel()
    run = bench.run(model, width=width)
    assert go(draws(run, 1))
    monkeypatch.setattr(Ledger, "append_all", full)
    with pytest.raises(LedgerUnusable, match="disk full"):
        go(drive(BestOf(8), run.task, run))
    assert len(model.requests) == 2
    assert run.account.held == Cost()


# -- the stream --------------------------------------------------------------------------------


def test_leaving_a_stream_early_cancels_what_is_in_flight_and_accounts_for_it(bench: Bench):
    async def work() -> tuple[Run, ScriptedModel, list[str]]:
        model = StallsAfterFirst()
        run = bench.run(model, width=4, max_tokens=20)
        got: list[str] = []

        async def draw(index: int) -> str:
            return (await run.ask("coder", n=index)).text

        async with run.stream(9, draw) as texts:
            async for text in texts:
                got.append(text)
                await in_flight(run, 3)
                break
        assert run.account.held == Cost()
        assert run.account.spent.calls == 4
        await run.aclose()
        return run, model, got

    run, model, got = go(work())
    assert len(got) == 1
    assert model.cancelled == 3
    assert len(model.requests) == 4
    assert run.account.spent.tokens == 10 + 3 * 30
    assert run.account.spent.estimated
    assert Counter(bench.kinds())["call_cancelled"] == 3
    assert sum(e.body["tokens"] for e in bench.events() if e.kind.startswith("call")) == 100


def test_a_shared_call_goes_on_while_one_draw_of_it_is_still_wanted(bench: Bench):
    async def work() -> str:
        model = ScriptedModel(gate=asyncio.Event())
        run = bench.run(model, width=2)
        given_up, wanted = (asyncio.create_task(run.ask("coder")) for _ in range(2))
        await in_flight(run)
        given_up.cancel()
        await asyncio.wait([given_up])
        assert run.account.held.calls == 1
        assert model.gate
        model.gate.set()
        text = (await wanted).text
        await run.aclose()
        assert model.cancelled == 0
        return text

    assert go(work()).startswith("answer")
    # both draws were paid for, so both are kept
    assert len(bench.events(kind="reply")) == 2


def test_results_come_by_arrival_or_in_the_order_of_the_draws(bench: Bench):
    async def work(ordered: bool) -> list[int]:
        async def draw(index: int) -> int:
            await asyncio.sleep(0.02 * (2 - index))
            return index

        async with bench.run(width=3).stream(3, draw) as results:
            return await results.in_order() if ordered else [index async for index in results]

    assert go(work(False)) == [2, 1, 0]
    assert go(work(True)) == [0, 1, 2]


def test_failed_draws_are_left_out_and_counted(bench: Bench):
    run = bench.run(ScriptedModel(answer=fails(7)), checks=[ScriptedCheck(lambda v: 0.5)])
    outcome = go(drive(BestOf(8), run.task, run))
    assert outcome.candidate is not None
    assert outcome.candidate.value == "answer 7"
    assert outcome.evidence.candidates == 1
    assert outcome.evidence.failed_draws == 7
    assert "7 draws failed" in outcome.evidence.notes[0]
    assert "status 500 at draw 6" in outcome.evidence.notes[0]
    assert outcome.stopped == "done"
    kinds = Counter(bench.kinds())
    assert (kinds["draw_failed"], kinds["call_failed"], kinds["reply"]) == (7, 7, 1)


def test_failed_draws_of_one_call_fail_alone(bench: Bench):
    model = ScriptedModel(answer=fails(3))
    run = bench.run(model, width=8)
    texts = go(closing(run, draws(run, 8)))
    assert len(model.requests) == 1
    assert texts == [f"answer {n}" for n in range(3, 8)]
    assert run.failed_draws == 3


def test_a_stream_of_failures_only_raises_the_last_of_them(bench: Bench):
    run = bench.run(ScriptedModel(answer=fails(99)))
    with pytest.raises(ModelError, match="draw 7"):
        go(drive(BestOf(8), run.task, run))
    assert run.failed_draws == 8
    assert bench.kinds()[-1] == "end"


def test_a_failed_draw_is_asked_again_by_the_next_run(bench: Bench):
    for name, failing, called in (("first", 2, 4), ("second", 0, 2), ("third", 0, 0)):
        model = ScriptedModel(answer=fails(failing))
        run = bench.run(model, id=name)
        texts = go(closing(run, draws(run, 4)))
        assert (len(texts), len(model.requests)) == (4 - failing, called)


def test_a_bug_in_a_draw_is_not_a_failed_draw(bench: Bench):
    run = bench.run(ScriptedModel())

    async def broken(index: int) -> str:
        await run.ask("coder")
        raise KeyError(index)

    async def work() -> None:
        async with run.stream(3, broken) as results:
            async for _ in results:
                pass

    with pytest.raises(KeyError):
        go(closing(run, work()))
    assert run.failed_draws == 0


# -- ceilings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 16])
def test_a_tokens_ceiling_is_never_passed(width: int):
    @settings(max_examples=25)
    @given(
        tokens=st.integers(20, 3000),
        length=st.integers(1, 300),
        asked=st.integers(1, 300),
        tokens_in=st.integers(1, 60),
    )
    def hold(tokens: int, length: int, asked: int, tokens_in: int):
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder) / "ledger.sqlite")
            model = ScriptedModel(length=length, tokens_in=tokens_in)
            most = 0

            def watch(kind: str, body: Any) -> None:
                nonlocal most
                most = max(most, run.account.spent.tokens + run.account.held.tokens)

            run = bench.run(
                model, budget=Budget(tokens=tokens), width=width, max_tokens=asked, observer=watch
            )
            try:
                texts = go(closing(run, draws(run, 24)))
            except BudgetSpent:
                texts = []
                assert tokens < tokens_in + min(16, asked)
            assert run.account.spent.tokens <= tokens
            assert most <= tokens
            assert run.account.overshoot == Cost()
            assert run.account.held == Cost()
            if len(texts) < 24:
                assert not run.afford(tokens=tokens_in + min(16, asked))
            calls = [e for e in bench.events() if e.kind == "call"]
            assert sum(e.body["tokens"] for e in calls) == run.account.spent.tokens

    hold()


def test_a_draw_waits_for_budget_that_is_held_before_it_gives_up(bench: Bench):
    # each call holds 10 + 90 tokens and in the end costs 5 + 5
    run = bench.run(ScriptedModel(), budget=Budget(tokens=130), width=4, max_tokens=90)

    async def work() -> list[Any]:
        return await asyncio.gather(*(run.ask("coder", n=n) for n in range(4)))

    assert len(go(closing(run, work()))) == 4
    assert run.account.spent.tokens == 40


def test_an_executions_ceiling_ends_the_run_with_the_best_so_far(bench: Bench):
    check = ScriptedCheck(lambda value: 0.5)
    run = bench.run(ScriptedModel(), budget=Budget(executions=3), checks=[check])
    outcome = go(drive(BestOf(8), run.task, run))
    assert len(check.seen) == 3
    assert outcome.cost.executions == 3
    assert outcome.stopped == "budget"
    assert outcome.candidate is not None
    assert outcome.verdict is not None


def test_a_check_that_may_need_more_than_is_left_does_not_start(bench: Bench):
    check = ScriptedCheck(lambda value: 0.5, held=5, used=2)
    run = bench.run(budget=Budget(executions=8), checks=[check])
    for value in ("a", "b"):
        go(run.check(run.propose(value)))
    assert run.account.spent.executions == 4
    with pytest.raises(BudgetSpent, match="executions needed 5, left 4"):
        go(run.check(run.propose("c")))
    assert check.seen == ["a", "b"]


def test_a_check_waits_for_executions_that_are_held_before_it_gives_up(bench: Bench):
    class Slow(ScriptedCheck):
        async def __call__(self, candidate: Candidate) -> Verdict:
            await asyncio.sleep(0.01)
            return await super().__call__(candidate)

    check = Slow(lambda value: 0.5, held=5, used=2)
    run = bench.run(budget=Budget(executions=8), checks=[check])

    async def work() -> list[Verdict]:
        return await asyncio.gather(*(run.check(run.propose(value)) for value in "ab"))

    assert len(go(closing(run, work()))) == 2
    assert run.account.spent.executions == 4


def test_a_check_inside_a_check_does_not_wait_for_what_the_outer_one_holds(bench: Bench):
    inner = ScriptedCheck(lambda value: 0.5, key="inner", held=4)

    class Outer(ScriptedCheck):
        async def __call__(self, candidate: Candidate) -> Verdict:
            return await run.check(candidate, [inner])

    run = bench.run(budget=Budget(executions=8), checks=[Outer(lambda value: 0.5, held=5)])
    with pytest.raises(BudgetSpent, match="executions needed 4, left 3"):
        go(closing(run, run.check(run.propose("x"))))
    assert run.account.held == Cost()


def test_a_check_that_raises_spends_what_it_held(bench: Bench):
    def broken(value: str) -> float:
        raise OSError("no process")

    run = bench.run(checks=[ScriptedCheck(broken, held=3)])
    with pytest.raises(OSError, match="no process"):
        go(run.check(run.propose("x")))
    assert run.account.spent.executions == 3
    assert run.account.held == Cost()


def test_a_usd_ceiling_is_never_passed(bench: Bench):
    model = ScriptedModel(price=Price(1000.0, 1000.0))
    run = bench.run(model, budget=Budget(usd=0.1), max_tokens=40)
    texts = go(closing(run, draws(run, 50)))
    assert run.account.spent.usd <= 0.1
    assert run.account.spent.usd == pytest.approx(0.01 * len(texts))
    assert len(texts) == 8
    assert isinstance(run.exhausted, BudgetSpent)
    assert run.exhausted.resource == "usd"


def test_a_seconds_ceiling_ends_within_a_second_with_the_best_so_far(bench: Bench):
    async def work() -> tuple[Any, float, Run]:
        model = ScriptedModel(delay=0.02)
        run = bench.run(
            model, budget=Budget(seconds=0.2), checks=[ScriptedCheck(lambda value: 0.5)]
        )
        started = time.monotonic()
        outcome = await drive(BestOf(10_000), run.task, run)
        return outcome, time.monotonic() - started, run

    outcome, took, run = go(work())
    assert 0.15 <= took < 1.2
    assert outcome.stopped == "budget"
    assert "seconds" in outcome.message
    assert outcome.candidate is not None
    assert outcome.evidence.candidates >= 2
    assert run.account.held == Cost()


# -- checking ----------------------------------------------------------------------------------


def test_a_verdict_is_paid_for_once_for_a_check_key_and_a_value(bench: Bench):
    check = ScriptedCheck(lambda value: 0.25)
    run = bench.run(checks=[check])
    first, same = run.propose("x = 1"), run.propose("x = 1", origin="other")
    assert go(run.check(first)) == go(run.check(same))
    assert check.seen == ["x = 1"]
    go(run.check(run.propose("x = 2")))
    go(run.check(first, [ScriptedCheck(lambda value: 0.75, key="check-2")]))
    run.commit()
    assert check.seen == ["x = 1", "x = 2"]
    assert len(bench.events(kind="verdict")) == 3
    assert run.paid.executions == 3
    assert run.account.spent.executions == 3


def test_a_timeout_holds_for_its_run_and_not_for_others(bench: Bench):
    class Hanging(ScriptedCheck):
        async def __call__(self, candidate: Candidate) -> Verdict:
            self.seen.append(candidate.value)
            return Verdict(0.0, passed=False, status="timeout", cost=Cost(executions=1))

    check = Hanging(lambda value: 0.0)
    run = bench.run(checks=[check])
    go(run.check(run.propose("x")))
    go(run.check(run.propose("x")))
    assert check.seen == ["x"]
    other = bench.run(checks=[check], id="another-run")
    go(other.check(other.propose("x")))
    assert check.seen == ["x", "x"]


def test_one_verdict_asked_for_twice_at_once_is_paid_for_once(bench: Bench):
    class Slow(ScriptedCheck):
        async def __call__(self, candidate: Candidate) -> Verdict:
            await asyncio.sleep(0.01)
            return await super().__call__(candidate)

    check = Slow(lambda value: 0.5)
    run = bench.run(checks=[check], width=4)

    async def work() -> list[Verdict]:
        return await asyncio.gather(*(run.check(run.propose("x = 1")) for _ in range(4)))

    assert len({verdict.score for verdict in go(closing(run, work()))}) == 1
    assert check.seen == ["x = 1"]
    assert run.paid.executions == 1


def test_a_matrix_is_paid_for_by_the_cell(bench: Bench):
    tests = [
        ScriptedCheck(lambda value: 1.0, key="t1"),
        ScriptedCheck(lambda value: 0.0, key="t2", held=3, used=2),
    ]
    run = bench.run()
    programs = [run.propose("p"), run.propose("q"), run.propose("p")]
    rows = go(run.matrix(programs, tests))
    assert [[v.passed for v in row] for row in rows] == [[True, False]] * 3
    assert run.paid.executions == 2 * (1 + 2)
    assert tests[0].seen == tests[1].seen == ["p", "q"]
    tight = bench.run(budget=Budget(executions=4))
    with pytest.raises(BudgetSpent):
        go(tight.matrix([tight.propose("r"), tight.propose("s")], tests))
    assert tight.account.spent.executions == 4


@dataclass
class SlowCheck(ScriptedCheck):
    """Takes `turns(value)` turns of the event loop; counts how many run at once and are cut off."""

    turns: Callable[[str], int] = len
    now: int = 0
    most: int = 0
    cut: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    async def __call__(self, candidate: Candidate) -> Verdict:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            for _ in range(self.turns(candidate.value)):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cut.append(candidate.value)
            raise
        finally:
            self.now -= 1
        self.done.append(candidate.value)
        return await super().__call__(candidate)


def test_programs_of_a_matrix_are_checked_at_once_and_rows_keep_their_order(bench: Bench):
    slow = SlowCheck(lambda value: len(value) / 4, key="slow", turns=lambda value: 20 - len(value))
    quick = ScriptedCheck(lambda value: 1.0, key="quick")
    run = bench.run()
    programs = [run.propose(value) for value in ("a", "bbb", "cc", "dddd")]
    rows = go(run.matrix(programs, [slow, quick]))
    assert [[v.score for v in row] for row in rows] == [[n / 4, 1.0] for n in (1, 3, 2, 4)]
    assert slow.most == 4
    assert slow.done == ["dddd", "bbb", "cc", "a"], "they ended in another order"
    assert run.paid.executions == 8


def test_equal_programs_of_a_matrix_wait_for_the_one_that_is_paid(bench: Bench):
    check = SlowCheck(lambda value: 1.0)
    run = bench.run(budget=Budget(executions=1))
    rows = go(run.matrix([run.propose("same") for _ in range(5)], [check]))
    assert [row[0].passed for row in rows] == [True] * 5
    assert check.done == ["same"]
    assert run.account.spent.executions == 1


def test_the_first_error_of_a_matrix_ends_the_other_rows_before_it_is_told(bench: Bench):
    def score(value: str) -> float:
        if value == "bad":
            raise LookupError("no such thing")
        return 1.0

    check = SlowCheck(score, turns=lambda value: 3 if len(value) <= 3 else 10**9)
    run = bench.run()
    programs = [run.propose(value) for value in ("long-1", "ok", "bad", "long-2")]
    with pytest.raises(LookupError, match="no such thing"):
        go(run.matrix(programs, [check]))
    assert sorted(check.cut) == ["long-1", "long-2"]
    assert check.now == 0, "nothing runs on"
    assert run.account.held == Cost()
    kept = [e.body["candidate"] for e in bench.events(kind="verdict")]
    assert kept == [programs[1].id], "what was paid for before the error is kept"


def test_a_matrix_over_its_budget_keeps_the_cells_that_were_paid(bench: Bench):
    check = SlowCheck(lambda value: 1.0)
    run = bench.run(budget=Budget(executions=3))
    programs = [run.propose("p" * n) for n in range(1, 6)]
    with pytest.raises(BudgetSpent, match="executions"):
        go(run.matrix(programs, [check]))
    assert run.account.held == Cost()
    assert run.account.spent.executions == 3
    assert run.exhausted is not None
    again = bench.run(id="run-2", budget=Budget(executions=3))
    rows = go(again.matrix([again.propose(value) for value in check.done], [check]))
    assert [row[0].passed for row in rows] == [True] * len(check.done)
    assert again.paid.executions == 0


def test_a_cancelled_matrix_leaves_nothing_running_or_held(bench: Bench):
    check = SlowCheck(lambda value: 1.0, turns=lambda value: 10**9)
    run = bench.run()

    async def work() -> None:
        programs = [run.propose(value) for value in "abc"]
        task = asyncio.create_task(run.matrix(programs, [check]))
        while check.now < 3:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert check.now == 0

    go(work())
    assert sorted(check.cut) == ["a", "b", "c"]
    assert run.account.held == Cost()
    assert bench.events(kind="verdict") == []


def test_a_matrix_without_programs_or_tests_is_empty(bench: Bench):
    run = bench.run()
    assert go(run.matrix([], [ScriptedCheck(lambda value: 1.0)])) == []
    assert go(run.matrix([run.propose("p")], [])) == [[]]


def test_whether_a_model_plays_a_role(bench: Bench):
    run = bench.run(ScriptedModel())
    assert run.plays("repairer")
    assert not bench.run().plays("repairer")


def test_a_port_comes_with_the_task_or_is_missed_by_name(tmp_path: Path):
    def made(**ports: Any) -> Run:
        return Run(
            Task("t", ""),
            id="r",
            account=Account(Budget()),
            ledger=Ledger(tmp_path / "ledger.db"),
            models={"coder": (ScriptedModel(),)},
            render=lambda model, role, fields: (),
            ports=ports,
        )

    thing = object()
    run = made(survey=thing)
    assert run.port("survey") is thing
    assert run.child("part", 0.5).port("survey") is thing
    with pytest.raises(MissingPort, match=r"'screen'.*strop fix"):
        run.port("screen")
    with pytest.raises(MissingPort, match="'execute'"):
        run.port("execute")
    assert (run.plays("coder"), run.plays("repairer")) == (True, False)


def test_several_verdicts_together():
    whole = Verdict(1.0, passed=True, status="passed", detail={"cases": [{}, {}, {}]})
    half = Verdict(0.5, passed=False, status="timeout", detail={"cases": [{}]})
    both = together([whole, half])
    assert both.score == pytest.approx((3 * 1.0 + 0.5) / 4)
    assert (both.passed, both.status) == (False, "timeout")
    assert len(both.detail["cases"]) == 4
    assert together([whole]) is whole
    nothing = together([])
    assert (nothing.passed, nothing.score) == (False, 0.0)


def test_without_checks_nothing_passes(bench: Bench):
    run = bench.run(ScriptedModel())
    verdict = go(closing(run, run.check(run.propose("x"))))
    assert not verdict.passed


def test_the_execute_port_is_metered_and_paid_for_once(bench: Bench):
    executor = ScriptedExecutor()
    run = bench.run(executor=executor, budget=Budget(executions=1))
    execute = run.port("execute")
    one = go(execute(run.propose("p"), [[1], [1, 2]]))
    again = go(execute(run.propose("p"), [[1], [1, 2]]))
    assert one == again
    assert [o.value for o in one] == ["1", "2"]
    assert executor.calls == 1
    assert run.paid.executions == 1
    with pytest.raises(BudgetSpent, match="executions"):
        go(execute(run.propose("q"), [[1]]))
    assert executor.calls == 1


def test_a_missing_port_is_named_with_what_provides_it(bench: Bench):
    run = bench.run(ScriptedModel())
    with pytest.raises(MissingPort, match=r"no port 'execute'.*entry point"):
        run.port("execute")
    with pytest.raises(MissingPort, match=r"no port 'logprobs'"):
        bench.run(executor=ScriptedExecutor()).port("logprobs")


# -- offers ------------------------------------------------------------------------------------


def verdict(score: float) -> Verdict:
    return Verdict(score, passed=score == 1.0)


def test_a_partial_candidate_is_never_the_answer(bench: Bench):
    run = bench.run()
    prefix = run.propose("step 1", partial=True)
    assert run.best is None
    with pytest.raises(ValueError, match=f"{prefix.id} is partial"):
        run.offer(prefix, verdict(1.0))
    assert run.offers == []


def test_propose_makes_a_fallback_of_the_tasks_kind_only(bench: Bench):
    run = bench.run()
    run.propose("a plan", kind="plan")
    assert run.best is None
    first = run.propose("x")
    run.propose("y")
    assert run.best == first
    answers = bench.run(meta={"kind": "answer"})
    answers.propose("x = 1")
    assert answers.best is None
    answer = answers.propose("42", kind="answer")
    assert answers.best == answer


def test_the_best_two_offers_are_kept(bench: Bench):
    run = bench.run()
    named = {score: run.propose(f"scores {score}") for score in (0.2, 0.9, 0.5, 0.1)}
    for score, candidate in named.items():
        run.offer(candidate, verdict(score))
    assert [o.candidate for o in run.offers] == [named[0.9], named[0.5]]
    run.offer(named[0.1], verdict(1.0))
    assert [o.candidate for o in run.offers] == [named[0.1], named[0.9]]


@given(st.lists(st.integers(0, 10), min_size=1, max_size=8))
def test_no_offer_beats_the_best_and_ties_go_to_the_first(scores: list[int]):
    with tempfile.TemporaryDirectory() as folder:
        run = Bench(Path(folder) / "ledger.sqlite").run()
        for index, score in enumerate(scores):
            run.offer(Candidate(f"c{index}", "program", ""), verdict(score / 10))
        assert run.best is not None
        assert run.best.id == f"c{scores.index(max(scores))}"


def test_an_offer_without_a_verdict_does_not_unlearn_the_verdict(bench: Bench):
    run = bench.run()
    good, other = run.propose("good"), run.propose("other")
    run.offer(good, verdict(0.8))
    run.offer(other, verdict(0.3))
    run.offer(good, agreement=0.6)
    assert run.best == good
    assert run.offers[0].verdict == verdict(0.8)
    assert run.offers[0].agreement == 0.6


def test_what_the_strategy_returns_is_the_answer_where_nothing_offered_is_better(bench: Bench):
    async def third(task: Task, run: Run) -> Candidate:
        return [run.propose(value) for value in "abcd"][2]

    run = bench.run()
    outcome = go(drive(third, run.task, run))
    assert outcome.candidate is not None
    assert outcome.candidate.value == "c"

    async def worse(task: Task, run: Run) -> Candidate:
        good, bad = run.propose("good"), run.propose("bad")
        run.offer(good, verdict(1.0))
        run.offer(bad, verdict(0.1))
        return bad

    run = bench.run(id="run-2")
    outcome = go(drive(worse, run.task, run))
    assert outcome.candidate is not None
    assert outcome.candidate.value == "good"


def test_candidates_name_their_parents(bench: Bench):
    run = bench.run()
    one, two = run.propose("x"), run.propose("y")
    run.propose("z", parents=[one, two], origin="cross over")
    run.commit()
    last = bench.events(kind="candidate")[-1].body
    assert last["parents"] == [one.id, two.id]
    assert last["origin"] == "cross over"


# -- children ----------------------------------------------------------------------------------


def test_a_child_spends_its_share_and_no_more(bench: Bench):
    run = bench.run(ScriptedModel(), budget=Budget(calls=8))
    child = run.child("judge", 0.5)
    assert len(go(closing(child, draws(child, 8)))) == 4
    assert run.account.spent.calls == 4
    assert len(go(closing(run, draws(run, 8)))) == 4
    with pytest.raises(BudgetSpent):
        run.child("judge", 0.5)


def test_draws_of_a_child_follow_on_those_of_its_parent(bench: Bench):
    model = ScriptedModel()
    run = bench.run(model)
    mine = go(closing(run, draws(run, 2)))
    child = run.child("judge", 1.0)
    assert set(mine).isdisjoint(go(closing(child, draws(child, 2))))
    assert len(model.requests) == 4


async def with_child(task: Task, run: Run) -> Candidate | None:
    """A strategy that leaves all its draws to a child and closes nothing."""
    child = run.child("helper", 1.0)
    candidates = [child.propose(text) for text in await draws(child, 3)]
    child.propose("never checked", kind="plan")
    run.offer(candidates[0], await child.check(candidates[0]))
    return candidates[0]


def test_what_a_child_replays_is_not_paid_for(bench: Bench):
    paid = []
    for name in ("first", "second"):
        run = bench.run(ScriptedModel(), checks=[ScriptedCheck(lambda value: 0.5)], id=name)
        paid.append(go(drive(with_child, run.task, run)).paid)
    assert (paid[0].calls, paid[0].executions) == (3, 1)
    assert paid[1] == Cost()


def test_every_event_of_a_child_is_in_the_ledger_in_order(bench: Bench):
    run = bench.run(ScriptedModel(), checks=[ScriptedCheck(lambda value: 0.5)])
    go(drive(with_child, run.task, run))
    assert len(bench.events(kind="candidate")) == 4
    assert bench.events(kind="candidate")[-1].body["value"] == "never checked"
    assert bench.kinds()[-1] == "end"


def test_failed_draws_and_candidates_of_a_child_are_evidence(bench: Bench):
    run = bench.run(ScriptedModel(answer=fails(2)), checks=[ScriptedCheck(lambda value: 0.5)])
    outcome = go(drive(with_child, run.task, run))
    assert outcome.evidence.failed_draws == 2
    assert outcome.evidence.candidates == 2


def test_two_children_of_one_role_name_their_candidates_apart(bench: Bench):
    run = bench.run()
    ids = [run.child("rollout", 0.5).propose("x").id for _ in range(3)]
    assert len(set(ids)) == 3
    numbers = {run.child("rollout", 0.5).rng.random() for _ in range(3)}
    assert len(numbers) == 3


def test_a_call_of_a_child_in_flight_at_the_end_is_accounted_for(bench: Bench):
    async def leaves_early(task: Task, run: Run) -> Candidate | None:
        child = run.child("helper", 1.0)
        left = asyncio.create_task(child.ask("coder"))
        await in_flight(run)
        left.add_done_callback(lambda task: task.cancelled() or task.exception())
        return run.propose("done")

    async def work() -> Run:
        run = bench.run(ScriptedModel(gate=asyncio.Event()))
        await drive(leaves_early, run.task, run)
        return run

    run = go(work())
    assert run.account.held == Cost()
    assert run.account.spent.calls == 1
    assert "call_cancelled" in bench.kinds()


def test_afford_looks_at_what_is_left(bench: Bench):
    clock = Clock()
    account = Account(Budget(tokens=100, calls=2, seconds=5), clock=clock)
    run = bench.run(account=account)
    assert run.afford(tokens=100, calls=2, seconds=5)
    assert not run.afford(tokens=101)
    assert not run.afford(tokens=100, calls=3)
    assert run.afford(executions=10**9)
    clock.now += 4
    assert not run.afford(seconds=2)
    assert Cost(calls=2) == run.account.reserve(Cost(calls=2)).held
    assert not run.afford(calls=1)


def test_an_observer_hears_of_spending_verdicts_and_the_best(bench: Bench):
    heard: list[str] = []
    run = bench.run(
        ScriptedModel(answer=fails(1)),
        checks=[ScriptedCheck(lambda value: 0.5)],
        observer=lambda kind, body: heard.append(kind),
    )
    go(drive(BestOf(2), run.task, run))
    assert set(heard) >= {"spent", "verdict", "best", "draw_failed"}
