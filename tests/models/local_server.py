"""A real endpoint on loopback whose every reply a test decides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Fault = Callable[["LocalServer", web.Request, dict[str, Any]], Awaitable[web.StreamResponse | None]]


@dataclass(eq=False)
class LocalServer:
    """Answers after `latency` seconds with `n` choices; `fault` may answer instead."""

    latency: float = 0.0
    fault: Fault | None = None
    lacks_n: bool = False
    usage: bool = True
    tokens_out: int = 3
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    dropped: int = 0
    open_now: int = 0
    full_at: int = 1
    full: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    @property
    def calls(self) -> int:
        return len(self.bodies)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.bodies.append(body)
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        self.open_now += 1
        if self.open_now >= self.full_at:
            self.full.set()
        try:
            answer = await self.fault(self, request, body) if self.fault else None
            if answer is not None:
                return answer
            if self.latency:
                await asyncio.sleep(self.latency)
        except asyncio.CancelledError:
            self.dropped += 1
            raise
        finally:
            self.open_now -= 1
        return web.json_response(self.reply(body))

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        n = 1 if self.lacks_n else body.get("n", 1)
        chat = "messages" in body
        number = self.calls
        choices = []
        for index in range(n):
            text = f"reply {number}.{index}"
            choice: dict[str, Any] = {"index": index, "finish_reason": "stop"}
            choice |= (
                {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
            )
            choices.append(choice)
        answer: dict[str, Any] = {"choices": choices}
        if self.usage:
            answer["usage"] = {"prompt_tokens": 7, "completion_tokens": self.tokens_out * n}
        return answer


@asynccontextmanager
async def serving(server: LocalServer) -> AsyncIterator[LocalServer]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.handle)
    app.router.add_post("/v1/completions", server.handle)
    # A client that goes away cancels its handler, so a test can see that it did.
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


async def hang(*_: Any) -> None:
    await asyncio.sleep(3600)


async def drop_mid_body(
    server: LocalServer, request: web.Request, body: dict[str, Any]
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.abort()
    return response


def status(code: int, message: str = "out of order", **headers: str) -> Fault:
    async def answer(*_: Any) -> web.Response:
        return web.json_response(
            {"error": {"message": message}},
            status=code,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    return answer


def text(content: str) -> Fault:
    async def answer(*_: Any) -> web.Response:
        return web.Response(text=content, content_type="application/json")

    return answer


def on_calls(wanted: Callable[[int], bool], fault: Fault) -> Fault:
    """`fault` on the calls whose number, from 1, is wanted."""

    async def answer(
        server: LocalServer, request: web.Request, body: dict[str, Any]
    ) -> web.StreamResponse | None:
        return await fault(server, request, body) if wanted(server.calls) else None

    return answer
