"""A real OpenAI-compatible server on loopback, in a thread, that answers with programs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..models.local_server import LocalServer, serving

RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x + 7"


@dataclass(eq=False)
class ProgramServer(LocalServer):
    """`program(call, choice)` is the code in the reply; calls count from 1."""

    program: Callable[[int, int], str] = lambda call, choice: RIGHT

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = super().reply(body)
        call = self.calls
        for choice in answer["choices"]:
            code = self.program(call, choice["index"])
            choice["message"]["content"] = f"```python\n{code}\n```"
        return answer


@contextmanager
def running(server: ProgramServer) -> Iterator[ProgramServer]:
    """Serve from another thread until the block ends."""
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with serving(server):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        if not ready.wait(10):
            raise TimeoutError("the test server did not start")
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
