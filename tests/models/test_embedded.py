from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from strop.core.errors import BadInput, BudgetSpent, ModelError, ToolUnavailable
from strop.core.model import Message, Reply, Request
from strop.models.embedded import EmbeddedModel
from tests.models.recording_meter import RecordingMeter

STORY = Request(messages=(Message("user", "Tell a story."),), n=3, max_tokens=12, seed=4)
Results = Sequence[Reply | ModelError]


def draw(weights: Path, *requests: Request, meter: RecordingMeter | None = None) -> list[Results]:
    async def main() -> list[Results]:
        model = EmbeddedModel(weights)
        try:
            return [await model.generate(request, book) for request in requests]
        finally:
            await model.aclose()

    book = meter or RecordingMeter()
    results = asyncio.run(main())
    book.endings()
    return results


def texts(results: Results) -> list[str]:
    return [result.text for result in results if isinstance(result, Reply)]


def test_same_seed_same_draws_whatever_came_before(weights: Path):
    other = Request(prompt="Once upon a time", max_tokens=5, seed=9)
    scored = Request(messages=STORY.messages, n=3, max_tokens=12, seed=4, logprobs=1)
    first, _, again = draw(weights, scored, other, scored)
    (fresh,) = draw(weights, scored)
    assert list(first) == list(again) == list(fresh)
    assert len(set(texts(first))) == 3


def test_seeds_decide_the_draws(weights: Path):
    def seeded(seed: int | None) -> Request:
        return Request(prompt="The", n=2, max_tokens=8, seed=seed, temperature=1.5)

    results = draw(weights, seeded(1), seeded(2), seeded(None), seeded(None))
    assert len({text for result in results for text in texts(result)}) == 8


def test_counts_are_exact_and_settled(weights: Path):
    meter = RecordingMeter()
    (results,) = draw(weights, STORY, meter=meter)
    replies = [r for r in results if isinstance(r, Reply)]
    assert [r.tokens_out for r in replies] == [12] * 3
    assert [r.finish for r in replies] == ["length"] * 3
    assert replies[0].tokens_in > 4
    assert [r.tokens_in for r in replies[1:]] == [0, 0]
    assert meter.endings() == [("settle", replies[0].tokens_in, 36, False)]


def test_logprobs_are_of_the_tokens_of_the_text(weights: Path):
    request = Request(prompt="def add(a, b):\n", max_tokens=6, seed=1, logprobs=3)
    chosen = Request(prompt="def add(a, b):\n", max_tokens=6, seed=1, logprobs=0)
    (results, alone) = draw(weights, request, chosen)
    reply = results[0]
    assert isinstance(reply, Reply)
    assert reply.logprobs is not None
    assert len(reply.logprobs) == reply.tokens_out == 6
    assert "".join(row.token for row in reply.logprobs) == reply.text
    for row in reply.logprobs:
        assert row.logprob <= 0
        assert len(row.top) == 3
        assert all(p <= 0 for _, p in row.top)
        assert [p for _, p in row.top] == sorted((p for _, p in row.top), reverse=True)
    single = alone[0]
    assert isinstance(single, Reply)
    assert single.logprobs is not None
    assert [row.top for row in single.logprobs] == [()] * 6


def test_grammar_schema_and_stop_are_obeyed(weights: Path):
    ask = (Message("user", "Is 7 prime?"),)
    schema = {
        "type": "object",
        "properties": {"a": {"type": "boolean"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    results = draw(
        weights,
        Request(messages=ask, n=4, max_tokens=8, grammar='root ::= "yes" | "no"'),
        Request(messages=ask, n=2, max_tokens=30, schema=schema),
        Request(prompt="1, 2, 3, 4,", max_tokens=30, stop=("7",), temperature=0.0),
    )
    assert set(texts(results[0])) <= {"yes", "no"}
    assert all(set(json.loads(text)) == {"a"} for text in texts(results[1]))
    assert re.fullmatch(r"[^7]+", texts(results[2])[0])
    stopped = results[2][0]
    assert isinstance(stopped, Reply)
    assert stopped.finish == "stop"


def test_more_draws_than_fit_together(weights: Path):
    meter = RecordingMeter()
    (results,) = draw(weights, Request(prompt="A", n=18, max_tokens=2, seed=1), meter=meter)
    assert len(results) == 18
    assert [hold.n for hold in meter.holds] == [16, 2]


def test_a_grant_is_kept(weights: Path):
    (fewer,) = draw(weights, STORY, meter=RecordingMeter(draws=2))
    assert len(fewer) == 2
    (shorter,) = draw(weights, STORY, meter=RecordingMeter(longest=5))
    assert isinstance(shorter[0], Reply)
    assert shorter[0].tokens_out == 5
    with pytest.raises(BudgetSpent):
        draw(weights, STORY, meter=RecordingMeter(calls=0))


def test_a_model_that_answered_nothing_can_be_freed(weights: Path):
    for _ in range(12):
        with pytest.raises(BudgetSpent):
            draw(weights, STORY, meter=RecordingMeter(calls=0))


def test_what_the_model_cannot_take_is_typed(weights: Path):
    meter = RecordingMeter()
    (long,) = draw(weights, Request(prompt="word " * 9000), meter=meter)
    assert len(long) == 1
    error = long[0]
    assert isinstance(error, ModelError)
    assert error.kind == "refused"
    assert "context" in str(error)
    assert meter.endings() == [("fail", "refused", False)]
    with pytest.raises(BadInput):
        draw(weights, Request(prompt="a", messages=STORY.messages))


def test_cancelling_stops_soon_and_costs_what_was_generated(weights: Path):
    async def main() -> float:
        model = EmbeddedModel(weights)
        warm = Request(prompt="A", max_tokens=1)
        await model.generate(warm, RecordingMeter())
        request = Request(prompt="A story.", n=4, max_tokens=2000, grammar="root ::= [a-z ]+")
        task = asyncio.ensure_future(model.generate(request, meter))
        await asyncio.sleep(1.0)
        started = time.perf_counter()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        took = time.perf_counter() - started
        await model.generate(warm, RecordingMeter())
        await model.aclose()
        return took

    meter = RecordingMeter()
    assert asyncio.run(main()) < 2.0
    what, tokens_in, tokens_out = meter.endings()[0]
    assert what == "cancel"
    assert tokens_in < 10
    assert 0 < tokens_out < 1000


def test_calls_at_once_wait_for_each_other(weights: Path):
    async def main() -> Any:
        model = EmbeddedModel(weights)
        together = await asyncio.gather(*(model.generate(r, meter) for r in requests))
        await model.aclose()
        return together

    meter = RecordingMeter()
    requests = [Request(prompt=p, max_tokens=6, seed=3) for p in ("A", "Once upon", "def f(")]
    assert asyncio.run(main()) == draw(weights, *requests)


def test_it_works_in_a_second_event_loop_and_after_closing(weights: Path):
    model = EmbeddedModel(weights)

    async def once() -> Results:
        results = await model.generate(STORY, RecordingMeter())
        await model.aclose()
        return results

    assert asyncio.run(once()) == asyncio.run(once())


def test_missing_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STROP_CACHE", str(tmp_path))

    async def main(model: EmbeddedModel) -> None:
        try:
            await model.generate(STORY, RecordingMeter())
        finally:
            await model.aclose()

    with pytest.raises(ToolUnavailable, match="strop models install embedded"):
        asyncio.run(main(EmbeddedModel()))
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"nothing")
    with pytest.raises(ToolUnavailable, match=r"broken\.gguf"):
        asyncio.run(main(EmbeddedModel(broken)))


def test_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch, weights: Path):
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)
    with pytest.raises(ToolUnavailable, match=r"pip install 'strop\[local\]'"):
        draw(weights, STORY)


def test_names_tell_settings_apart():
    assert EmbeddedModel().name == "embedded"
    assert EmbeddedModel(top_k=0, min_p=0).name == "embedded(top_k=0,min_p=0)"
    assert EmbeddedModel().family == "small"
