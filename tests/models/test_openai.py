from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from strop.core.errors import BadInput, BudgetSpent, ModelError
from strop.core.model import Message, Price, Reply, Request
from strop.models.openai import OpenAIModel, share_out
from tests.models.local_server import (
    LocalServer,
    drop_mid_body,
    hang,
    on_calls,
    serving,
    status,
    text,
)
from tests.models.recording_meter import RecordingMeter

ASK = Request(messages=(Message("user", "héllo"),), max_tokens=50, seed=1)
EIGHT = Request(messages=(Message("user", "hello"),), n=8, max_tokens=50, seed=1)
KEY = "sk-secret-0123456789"


def quick(server: LocalServer, **settings: Any) -> OpenAIModel:
    settings = {"backoff_base": 0.01, "timeout": 5.0, "api_key": KEY, **settings}
    return OpenAIModel("m", server.url, **settings)


def with_model(
    server: LocalServer, use: Callable[[OpenAIModel], Awaitable[Any]], **settings: Any
) -> Any:
    async def main() -> Any:
        async with serving(server):
            model = quick(server, **settings)
            try:
                return await use(model)
            finally:
                await model.aclose()

    return asyncio.run(main())


def ask(
    server: LocalServer,
    request: Request = ASK,
    meter: RecordingMeter | None = None,
    **settings: Any,
) -> list[Reply | ModelError]:
    """All the draws, as a run asks for them: again for those that a server without `n` left."""
    meter = meter or RecordingMeter()

    async def all_of_them(model: OpenAIModel) -> list[Reply | ModelError]:
        results = list(await model.generate(request, meter))
        if not model.many and len(results) < request.n:
            rest = replace(request, n=request.n - len(results), seed=(request.seed or 0) + 99)
            with suppress(BudgetSpent):
                results += await model.generate(rest, meter)
        return results

    results = with_model(server, all_of_them, **settings)
    meter.endings(overshoot=True)
    return results


def failures(results: list[Reply | ModelError]) -> list[ModelError]:
    return [result for result in results if isinstance(result, ModelError)]


def replies(results: list[Reply | ModelError]) -> list[Reply]:
    return [result for result in results if isinstance(result, Reply)]


def test_one_call_brings_all_draws_and_is_settled_once():
    server, meter = LocalServer(), RecordingMeter()
    results = replies(ask(server, EIGHT, meter, price=Price(1, 2)))
    assert [r.text for r in results] == [f"reply 1.{i}" for i in range(8)]
    assert [r.tokens_in for r in results] == [7] + [0] * 7
    assert sum(r.tokens_out for r in results) == 24
    assert meter.endings() == [("settle", 7, 24, False)]
    assert meter.prices == [Price(1, 2)]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_reservation_bounds_the_prompt_by_its_bytes():
    meter = RecordingMeter()
    ask(LocalServer(), ASK, meter)
    assert meter.holds[0].tokens_in >= len("héllo".encode())


@pytest.mark.parametrize("fault", [status(500), status(503), status(408), text("{"), drop_mid_body])
def test_a_passing_fault_is_retried_and_every_attempt_accounted(fault: Any):
    server, meter = LocalServer(fault=on_calls(lambda i: i <= 2, fault)), RecordingMeter()
    assert isinstance(ask(server, ASK, meter)[0], Reply)
    assert [ending[0] for ending in meter.endings()] == ["fail", "fail", "settle"]
    http = fault not in (drop_mid_body,) and meter.endings()[0][1] == "http"
    assert meter.endings()[0][2] is (not http)


def test_one_reply_in_eight_failing_costs_nothing_but_a_retry():
    server = LocalServer(fault=on_calls(lambda i: i % 8 == 0, status(500)), lacks_n=True)
    meter = RecordingMeter()
    results = ask(server, Request(messages=ASK.messages, n=32), meter)
    assert len(replies(results)) == 32
    assert meter.count("settle") == 32


def test_seven_of_eight_replies_and_one_error_in_its_place():
    async def refuse_one(server: LocalServer, _: web.Request, body: dict[str, Any]) -> Any:
        if body["seed"] == marked[0]:
            return web.json_response({"error": {"message": "no"}}, status=500)
        return None

    server = LocalServer(lacks_n=True)
    marked = [-1]

    async def use(model: OpenAIModel) -> Any:
        for _ in range(2):
            await model.generate(EIGHT, RecordingMeter())
        marked[0] = server.bodies[1 + 4]["seed"]
        server.fault = refuse_one
        return await model.generate(EIGHT, RecordingMeter())

    results = with_model(server, use, retries=1)
    assert len(results) == 8
    assert [i for i, result in enumerate(results) if isinstance(result, ModelError)] == [4]


def test_every_call_failing_gives_typed_errors_and_no_exception():
    meter = RecordingMeter()
    results = ask(LocalServer(fault=status(500, "boom")), EIGHT, meter, retries=2)
    assert len(failures(results)) == 8
    assert {e.kind for e in failures(results)} == {"http"}
    assert "boom" in str(failures(results)[0])
    assert meter.endings() == [("fail", "http", False)] * 3


def test_retry_after_is_honoured():
    fault = on_calls(lambda i: i == 1, status(429, "slow down", Retry_After="1"))
    started = time.perf_counter()
    assert isinstance(ask(LocalServer(fault=fault))[0], Reply)
    assert time.perf_counter() - started >= 1.0


def test_a_longer_wait_than_patience_fails_at_once():
    fault = status(429, "slow down", Retry_After="600")
    started = time.perf_counter()
    error = failures(ask(LocalServer(fault=fault)))[0]
    assert error.kind == "rate_limit"
    assert time.perf_counter() - started < 2


def test_a_refused_request_is_not_retried_and_shows_no_key():
    server = LocalServer(fault=status(401, f"Incorrect API key provided:\n {KEY} " + "x" * 900))
    error = failures(ask(server))[0]
    assert server.calls == 1
    assert KEY not in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) <= 200
    assert "Incorrect API key" in str(error)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", '{"choices": []}', '{"choices": [{"index": 0}]}', '{"choices": [7]}',
     '{"choices": [{"index": 0, "message": {"content": 5}}]}', '{"error": {"message": "late"}}'],
)  # fmt: skip
def test_malformed_replies_are_typed(content: str):
    meter = RecordingMeter()
    error = failures(ask(LocalServer(fault=text(content)), ASK, meter, retries=1))[0]
    assert error.kind == "malformed"
    assert meter.endings() == [("fail", "malformed", True)] * 2


def test_a_hung_call_ends_at_its_timeout():
    meter = RecordingMeter()
    started = time.perf_counter()
    error = failures(ask(LocalServer(fault=hang), ASK, meter, timeout=0.3, retries=1))[0]
    assert error.kind == "timeout"
    assert time.perf_counter() - started < 2.5
    assert meter.endings() == [("fail", "timeout", True)] * 2


def test_an_endpoint_that_is_not_there_costs_no_tokens():
    async def main() -> Any:
        async with serving(LocalServer()) as server:
            pass
        model = quick(server, retries=1)
        try:
            return await model.generate(ASK, meter)
        finally:
            await model.aclose()

    meter = RecordingMeter()
    error = asyncio.run(main())[0]
    assert error.kind == "connection"
    assert "cannot connect" in str(error)
    assert meter.endings() == [("fail", "connection", False)] * 2


def test_a_server_without_n_is_asked_singly_and_remembered():
    server, meter = LocalServer(lacks_n=True), RecordingMeter()

    async def use(model: OpenAIModel) -> Any:
        return [await model.generate(EIGHT, meter) for _ in range(2)]

    first, second = with_model(server, use)
    assert len(replies(first)) == 1, "nobody waits for the draws that it did not give"
    assert len(replies(second)) == 8
    assert server.calls == 9
    assert sum("n" in body for body in server.bodies) == 1
    assert len({body["seed"] for body in server.bodies[1:]}) == 8
    assert meter.count("settle") == 9


@pytest.mark.parametrize(
    "message", ["Only n = 1 is supported", "Field 'n': Value must be 1", "`n` is not permitted"]
)
def test_a_server_that_refuses_n_is_asked_singly_and_remembered(message: str):
    async def refuse(server: LocalServer, _: web.Request, body: dict[str, Any]) -> Any:
        if "n" not in body:
            return None
        return web.json_response({"error": {"message": message}}, status=400)

    server, meter = LocalServer(fault=refuse), RecordingMeter()
    assert len(replies(ask(server, EIGHT, meter))) == 8
    assert server.calls == 9
    assert meter.endings()[0] == ("fail", "http", False)


def test_one_unreadable_choice_is_asked_again_alone():
    async def spoil(server: LocalServer, _: web.Request, body: dict[str, Any]) -> Any:
        if server.calls > 1:
            return None
        reply = server.reply(body)
        reply["choices"][3] = {"index": 3, "message": {}}
        return web.json_response(reply)

    server = LocalServer(fault=spoil)
    results = replies(ask(server, EIGHT))
    assert [r.text for r in results][3] == "reply 2.0"
    assert server.calls == 2


def test_an_unknown_parameter_elsewhere_is_not_taken_for_n():
    server = LocalServer(fault=status(400, "can't find the model"))
    assert len(failures(ask(server, EIGHT))) == 8
    assert server.calls == 1


def test_reasoning_models_get_the_names_that_they_take(caplog: pytest.LogCaptureFixture):
    async def fussy(server: LocalServer, _: web.Request, body: dict[str, Any]) -> Any:
        told = None
        if "max_tokens" in body:
            told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        elif "temperature" in body:
            told = "Unsupported value: 'temperature' does not support 0.8 with this model."
        return web.json_response({"error": {"message": told}}, status=400) if told else None

    server = LocalServer(fault=fussy)
    assert isinstance(ask(server)[0], Reply)
    assert server.bodies[-1]["max_completion_tokens"] == 50
    assert "temperature" in caplog.text


def test_overshoot_is_settled_at_the_true_figure():
    meter = RecordingMeter()
    reply = replies(ask(LocalServer(tokens_out=400), ASK, meter))[0]
    assert reply.tokens_out == 400
    assert meter.endings(overshoot=True) == [("settle", 7, 400, False)]


def test_missing_usage_is_estimated_and_marked():
    meter = RecordingMeter()
    results = replies(ask(LocalServer(usage=False), EIGHT, meter))
    assert all(r.estimated and 0 < r.tokens_out <= 50 for r in results)
    assert meter.endings()[0][3] is True


def test_cancellation_settles_the_hold_once_and_hangs_up():
    server, meter = LocalServer(fault=hang), RecordingMeter()

    async def use(model: OpenAIModel) -> None:
        task = asyncio.ensure_future(model.generate(ASK, meter))
        await server.full.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(100):
            if server.dropped:
                break
            await asyncio.sleep(0.01)

    with_model(server, use)
    assert meter.endings() == [("cancel", None, None)]
    assert server.dropped == 1


def test_cancelling_many_single_calls_settles_each():
    server, meter = LocalServer(fault=hang, lacks_n=True, full_at=8), RecordingMeter()

    async def use(model: OpenAIModel) -> None:
        model._dialect.many = False
        task = asyncio.ensure_future(model.generate(EIGHT, meter))
        await server.full.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with_model(server, use)
    assert meter.endings() == [("cancel", None, None)] * 8


def test_a_straggler_is_hedged_and_the_loser_accounted():
    server = LocalServer(fault=on_calls(lambda i: i == 1, hang))
    meter = RecordingMeter()
    started = time.perf_counter()
    assert isinstance(ask(server, ASK, meter, hedge_after=0.1)[0], Reply)
    assert time.perf_counter() - started < 2
    assert sorted(e[0] for e in meter.endings()) == ["cancel", "settle"]
    assert server.bodies[0] == server.bodies[1]


def test_no_hedge_where_the_first_is_quick_or_the_budget_ends():
    server, meter = LocalServer(), RecordingMeter()
    ask(server, ASK, meter, hedge_after=1.0)
    assert server.calls == 1
    slow, poor = LocalServer(latency=0.3), RecordingMeter(calls=1)
    assert isinstance(ask(slow, ASK, poor, hedge_after=0.05)[0], Reply)
    assert slow.calls == 1


def test_hedging_by_quantile_starts_when_enough_is_known():
    server, meter = LocalServer(), RecordingMeter()

    async def use(model: OpenAIModel) -> Any:
        for _ in range(20):
            await model.generate(ASK, meter)
        server.fault = on_calls(lambda i: i == server_calls + 1, hang)
        return await model.generate(ASK, meter)

    server_calls = 20
    assert isinstance(with_model(server, use, hedge_quantile=0.95)[0], Reply)
    assert meter.count("cancel") >= 1


def test_where_both_hedged_calls_fail_the_error_is_the_first_ones():
    async def late(*_: Any) -> web.Response:
        await asyncio.sleep(0.2)
        return web.json_response({"error": {"message": "gone"}}, status=404)

    meter = RecordingMeter()
    error = failures(ask(LocalServer(fault=late), ASK, meter, hedge_after=0.05))[0]
    assert "gone" in str(error)
    assert [e[0] for e in meter.endings()].count("fail") == 2


def test_a_spent_budget_before_any_draw_raises():
    with pytest.raises(BudgetSpent):
        ask(LocalServer(), ASK, RecordingMeter(calls=0))


def test_a_budget_that_ends_between_retries_leaves_the_error():
    error = failures(ask(LocalServer(fault=status(500)), ASK, RecordingMeter(calls=1)))[0]
    assert error.kind == "http"


def test_fewer_draws_granted_fewer_results():
    meter = RecordingMeter(draws=5)
    assert len(ask(LocalServer(), EIGHT, meter)) == 5
    assert len(ask(LocalServer(lacks_n=True), EIGHT, RecordingMeter(calls=3))) == 3


def test_shorter_draws_granted_shorter_draws_asked():
    server = LocalServer()
    ask(server, ASK, RecordingMeter(longest=20))
    assert server.bodies[0]["max_tokens"] == 20


def test_sampling_parameters_are_passed_on():
    server = LocalServer()
    request = Request(
        messages=(Message("system", "s"), Message("user", "u")),
        temperature=0.1,
        top_p=0.9,
        max_tokens=9,
        stop=("END",),
        seed=5,
        logprobs=2,
        grammar='root ::= "a"',
        schema={"type": "object"},
    )
    ask(server, request, extra={"top_k": 3})
    body = server.bodies[0]
    assert body["messages"][0] == {"role": "system", "content": "s"}
    expected = {"temperature": 0.1, "top_p": 0.9, "max_tokens": 9, "stop": ["END"], "seed": 5}
    expected |= {"logprobs": True, "top_logprobs": 2, "top_k": 3, "model": "m"}
    assert {key: body[key] for key in expected} == expected
    assert body["grammar"] == body["guided_grammar"] == 'root ::= "a"'
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_a_plain_request_names_nothing_that_strict_servers_refuse():
    server = LocalServer()
    ask(server, Request(messages=ASK.messages))
    assert set(server.bodies[0]) == {"model", "messages", "max_tokens", "temperature"}


def test_a_bare_prompt_goes_to_completions():
    async def answer(*_: Any) -> web.Response:
        logprobs = {"tokens": [" a"], "token_logprobs": [-0.5], "top_logprobs": [{" a": -0.5}]}
        choice = {"text": " a", "finish_reason": "length", "logprobs": logprobs}
        return web.json_response({"choices": [choice]})

    server = LocalServer(fault=answer)
    reply = replies(ask(server, Request(prompt="once", logprobs=1)))[0]
    assert server.paths == ["/v1/completions"]
    assert (reply.text, reply.finish, reply.tokens_out) == (" a", "length", 1)
    assert reply.logprobs is not None
    assert reply.logprobs[0].top == ((" a", -0.5),)


def test_a_refusal_is_an_error_in_its_place():
    message = {"content": None, "refusal": "I cannot help with that"}
    answer = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    error = failures(ask(LocalServer(fault=text(answer))))[0]
    assert error.kind == "refused"


def test_connections_are_reused():
    ports: set[Any] = set()

    async def see(_: LocalServer, request: web.Request, __: Any) -> None:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])

    async def use(model: OpenAIModel) -> None:
        for _ in range(5):
            await model.generate(ASK, RecordingMeter())

    with_model(LocalServer(fault=see), use)
    assert len(ports) == 1


def test_width_bounds_what_is_on_the_wire():
    most = 0

    async def watch(server: LocalServer, *_: Any) -> None:
        nonlocal most
        most = max(most, server.open_now)

    async def use(model: OpenAIModel) -> None:
        await asyncio.gather(*(model.generate(ASK, RecordingMeter()) for _ in range(30)))

    with_model(LocalServer(latency=0.02, fault=watch), use, width=4)
    assert most == 4


def test_best_of_eight_takes_little_longer_than_one_call():
    async def use(model: OpenAIModel) -> float:
        model._dialect.many = False
        await model.generate(EIGHT, RecordingMeter())
        started = time.perf_counter()
        await model.generate(EIGHT, RecordingMeter())
        return time.perf_counter() - started

    assert with_model(LocalServer(latency=0.2, lacks_n=True), use) < 0.6


def test_a_request_that_is_none():
    for request in (
        Request(),
        Request(prompt="a", messages=ASK.messages),
        Request(prompt="a", n=0),
    ):
        with pytest.raises(BadInput):
            ask(LocalServer(), request)


def test_a_name_tells_endpoints_apart_and_repr_hides_the_key():
    model = OpenAIModel("m", "http://127.0.0.1:1/v1/", KEY)
    assert model.name == "openai:m@http://127.0.0.1:1/v1"
    assert OpenAIModel("m").name == "openai:m"
    assert KEY not in repr(model)


def test_shares_add_up():
    assert share_out(10, [1, 1, 1]) == [3, 3, 4]
    assert share_out(5, [0, 0]) == [5, 0]
