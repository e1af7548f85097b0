"""Best-of-8 against a local server that answers in 50 ms, and strop's own cost per call.

Usage: scripts/bench best_of_8 [--latency-ms 50] [--calls 1000] [--width 64]
The server runs in another process, so that CPU time is the client's alone. Prints one JSON line:
wall of best-of-8 over one plain call (with and without `n` on the server), own CPU milliseconds a
call at width 64 with the ledger on disk, and memory before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from strop.core.budget import Account, Budget
from strop.core.driver import drive
from strop.core.errors import ModelError
from strop.core.ledger import Ledger
from strop.core.model import Message, Price, Request
from strop.core.run import Run
from strop.core.types import Candidate, Cost, Task, Verdict
from strop.methods.scaling.best_of_n import BestOfN
from strop.models.openai import OpenAIModel


def serve(latency: float, lacks_n: bool, port: Connection) -> None:
    """An endpoint that answers every chat completion after `latency` seconds."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(latency)
        n = 1 if lacks_n else body.get("n", 1)
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": "x = 1"}}
        return web.json_response(
            {
                "choices": [{"index": i, **choice} for i in range(n)],
                "usage": {"prompt_tokens": 9, "completion_tokens": 3 * n},
            }
        )

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        port.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


class Refuses:
    """A check that fails at once, so that every draw is made."""

    name = "refuses"
    executions = 1

    def __init__(self, key: str) -> None:
        self.key = key

    async def __call__(self, candidate: Candidate) -> Verdict:
        return Verdict(0.0, passed=False, cost=Cost(executions=1))


async def best_of(model: OpenAIModel, n: int, width: int, folder: Path, tag: str) -> float:
    """Wall seconds of one best-of-n."""
    ledger = Ledger(folder / "ledger.db")
    task = Task(f"task {tag}", f"prompt {tag}", checks=(Refuses(tag),))
    run = Run(
        task,
        id=tag,
        account=Account(Budget()),
        ledger=ledger,
        models={"": (model,)},
        render=lambda model, role, fields: (Message("user", str(fields["prompt"])),),
        width=width,
    )
    started = time.perf_counter()
    await drive(BestOfN(n), task, run)
    took = time.perf_counter() - started
    ledger.close()
    return took


@dataclass
class Granted:
    """A hold that grants everything and forgets what it cost."""

    n: int
    max_tokens: int

    def settle(self, tokens_in: int, tokens_out: int, *, estimated: bool = False) -> None: ...

    def fail(self, error: ModelError, *, billed: bool) -> None: ...

    def cancel(self, tokens_in: int | None = None, tokens_out: int | None = None) -> None: ...


class Free:
    """A meter without limits: for the plain call that best-of-8 is compared with."""

    def reserve(self, *, tokens_in: int, max_tokens: int, n: int, price: Price | None) -> Granted:
        """Whatever is asked for."""
        return Granted(n, max_tokens)


async def bare_client(url: str, calls: int, width: int) -> float:
    """CPU milliseconds a call of aiohttp alone: post, read, parse."""
    import aiohttp

    gate = asyncio.Semaphore(width)
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": 512}

    async def one(session: aiohttp.ClientSession) -> None:
        async with gate, session.post(f"{url}/chat/completions", json=body) as reply:
            json.loads(await reply.read())

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=width)) as session:
        await asyncio.gather(*(one(session) for _ in range(width)))
        cpu = time.process_time()
        await asyncio.gather(*(one(session) for _ in range(calls)))
        return (time.process_time() - cpu) * 1e3 / calls


async def measure(
    url: str, single_url: str, calls: int, width: int, folder: Path
) -> dict[str, Any]:
    """All figures of one run."""
    rows: dict[str, Any] = {}
    for name, base in (("with_n", url), ("without_n", single_url)):
        model = OpenAIModel("m", base)
        plain, eight = [], []
        await best_of(model, 8, 8, folder, f"{name}-warm")
        for i in range(15):
            request = Request((Message("user", f"plain {i}"),))
            started = time.perf_counter()
            await model.generate(request, Free())
            plain.append(time.perf_counter() - started)
            eight.append(await best_of(model, 8, 8, folder, f"{name}-{i}"))
        one, of_eight = statistics.median(plain), statistics.median(eight)
        rows[name] = {
            "one_call_ms": round(one * 1e3, 1),
            "best_of_8_ms": round(of_eight * 1e3, 1),
            "ratio": round(of_eight / one, 3),
        }
        await model.aclose()
    model = OpenAIModel("m", single_url)
    await best_of(model, width, width, folder, "warm")
    memory, cpu = _rss_mb(), time.process_time()
    started = time.perf_counter()
    await best_of(model, calls, width, folder, "many")
    spent = (time.process_time() - cpu) * 1e3 / calls
    wall = time.perf_counter() - started
    bare = await bare_client(single_url, calls, width)
    rows["many"] = {
        "calls": calls,
        "width": width,
        "wall_s": round(wall, 2),
        "cpu_ms_per_call": round(spent, 3),
        "bare_aiohttp_cpu_ms_per_call": round(bare, 3),
        "own_cpu_ms_per_call": round(spent - bare, 3),
        "rss_mb_before": memory,
        "rss_mb_after": _rss_mb(),
    }
    await model.aclose()
    return rows


def main() -> None:
    """Start the servers, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--width", type=int, default=64)
    arguments = parser.parse_args()
    urls: list[str] = []
    servers: list[multiprocessing.Process] = []
    for lacks_n in (False, True):
        ours, theirs = multiprocessing.Pipe()
        server = multiprocessing.Process(
            target=serve, args=(arguments.latency_ms / 1e3, lacks_n, theirs), daemon=True
        )
        server.start()
        servers.append(server)
        urls.append(f"http://127.0.0.1:{ours.recv()}/v1")
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = asyncio.run(
                measure(urls[0], urls[1], arguments.calls, arguments.width, Path(folder))
            )
    finally:
        for server in servers:
            server.terminate()
    found["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    print(json.dumps(found))


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


if __name__ == "__main__":
    main()
