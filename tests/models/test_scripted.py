from __future__ import annotations

import asyncio

import pytest

from strop.core.errors import ModelError
from strop.core.model import Reply, Request
from strop.models.scripted import ScriptedModel
from tests.models.recording_meter import RecordingMeter


def test_a_list_is_told_in_order_and_over_again():
    model, meter = ScriptedModel(["a b", ModelError("timeout", "late"), "c"]), RecordingMeter()
    results = asyncio.run(model.generate(Request(prompt="one two", n=4), meter))
    assert [r.text if isinstance(r, Reply) else r.kind for r in results] == [
        "a b",
        "timeout",
        "c",
        "a b",
    ]
    assert meter.endings() == [("settle", 2, 5, False)]
    assert isinstance(results[0], Reply)
    assert (results[0].tokens_in, results[0].tokens_out) == (2, 2)


def test_a_function_sees_the_request_and_the_draw():
    model = ScriptedModel(lambda request, draw: f"{request.prompt}{draw}")
    results = asyncio.run(model.generate(Request(prompt="p", n=2), RecordingMeter()))
    assert [r.text for r in results if isinstance(r, Reply)] == ["p0", "p1"]


def test_a_failing_model_and_a_cancelled_one_settle():
    meter = RecordingMeter()
    failing = ScriptedModel([""], error=ModelError("http", "no"))
    results = asyncio.run(failing.generate(Request(prompt="p", n=2), meter))
    assert len(results) == 2

    async def main() -> None:
        task = asyncio.ensure_future(ScriptedModel([""], delay=9).generate(request, meter))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    request = Request(prompt="p")
    asyncio.run(main())
    assert meter.endings() == [("fail", "http", False), ("cancel", None, None)]
