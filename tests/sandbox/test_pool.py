from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from strop.core.errors import BadInput, ToolUnavailable
from strop.sandbox.jobs import CallJob, CommandJob, Limits, SuiteJob
from strop.sandbox.pool import Pool

ADD = CallJob("def f(x):\n    return x + 1\n", "f", [[1]])
SLEEP = CallJob("import time\ndef f():\n    time.sleep(30)\n", "f", [[]], Limits(wall_seconds=60))


def below(root: int) -> set[int]:
    """All processes under `root`, dead ones not yet reaped included."""
    found: list[int] = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found.extend(map(int, task.read_text().split()))
            except FileNotFoundError:
                continue
    return set(found[1:])


def wait_until(done: Callable[[], bool], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def go(body: Callable[[Pool], Awaitable[None]], **options: object) -> None:
    async def main() -> None:
        async with Pool(**options) as pool:  # type: ignore[arg-type]
            await body(pool)

    before = below(os.getpid())
    asyncio.run(main())
    assert below(os.getpid()) <= before


def test_jobs_queue_for_workers() -> None:
    async def body(pool: Pool) -> None:
        done = await asyncio.gather(*[pool.run(ADD) for _ in range(20)])
        assert [d.outputs[0].value for d in done] == [2] * 20

    go(body, workers=2)


def test_a_cancelled_job_is_killed_and_the_worker_serves_on() -> None:
    async def body(pool: Pool) -> None:
        await pool.run(ADD)
        task = asyncio.create_task(pool.run(SLEEP))
        await asyncio.sleep(0.3)
        busy = below(os.getpid())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        start = time.monotonic()
        assert (await pool.run(ADD)).outputs[0].value == 2
        assert time.monotonic() - start < 2
        assert len(below(os.getpid())) < len(busy)

    go(body, workers=1)


def test_waiting_for_a_worker_can_be_cancelled() -> None:
    async def body(pool: Pool) -> None:
        await pool.run(ADD)
        running = asyncio.create_task(pool.run(SLEEP))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(pool.run(ADD))
        last = asyncio.create_task(pool.run(ADD))
        await asyncio.sleep(0.1)
        waiting.cancel()
        running.cancel()
        assert (await last).outputs[0].value == 2

    go(body, workers=1)


def test_a_zygote_that_dies_is_replaced_and_its_job_reported() -> None:
    async def body(pool: Pool) -> None:
        before = below(os.getpid())
        await pool.run(ADD)
        (zygote,) = below(os.getpid()) - before
        task = asyncio.create_task(pool.run(SLEEP))
        await asyncio.sleep(0.3)
        os.kill(zygote, signal.SIGKILL)
        done = await task
        assert done.status == "crashed"
        assert done.outputs[0].status == "crashed"
        assert (await pool.run(ADD)).outputs[0].value == 2

    go(body, workers=1)


def test_closing_during_a_job_reports_it() -> None:
    async def body(pool: Pool) -> None:
        await pool.run(ADD)
        task = asyncio.create_task(pool.run(SLEEP))
        await asyncio.sleep(0.2)
        await pool.aclose()
        assert (await task).status == "crashed"

    go(body, workers=1)


@pytest.mark.parametrize("without", [(), ("pid_namespace",)])
def test_nothing_outlives_a_killed_parent(without: tuple[str, ...], tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, sys\n"
        "from strop.sandbox.jobs import CallJob, CommandJob, Limits\n"
        "from strop.sandbox.pool import Pool\n"
        "async def main():\n"
        f"    pool = Pool(workers=2, without={without!r})\n"
        "    job = CommandJob('sleep 77 & setsid sleep 77', limits=Limits(wall_seconds=90))\n"
        "    call = CallJob('import time\\ndef f():\\n    time.sleep(77)', 'f', [[]],\n"
        "                   Limits(wall_seconds=90))\n"
        "    await asyncio.gather(pool.run(job), pool.run(call))\n"
        "asyncio.run(main())\n"
    )
    folders = set(Path("/tmp").glob("strop-*"))
    with subprocess.Popen([sys.executable, str(script)]) as parent:
        enough = 7 if not without else 6
        assert wait_until(lambda: len(below(parent.pid)) >= enough, 20)
        tree = below(parent.pid)
        parent.kill()
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in tree))
    assert wait_until(lambda: set(Path("/tmp").glob("strop-*")) <= folders)


def test_strict_names_what_is_missing() -> None:
    async def body(pool: Pool) -> None:
        with pytest.raises(ToolUnavailable, match="landlock"):
            await pool.run(ADD)

    go(body, isolation="strict", without=("landlock",))


def test_layers_say_why_not() -> None:
    async def body(pool: Pool) -> None:
        layers = {layer.name: layer for layer in await pool.layers()}
        assert layers["rlimits"].active
        assert not layers["seccomp"].active
        assert layers["seccomp"].reason == "left out"

    go(body, without=("seccomp",))


def test_wrong_interpreters_are_one_line() -> None:
    async def body(pool: Pool) -> None:
        with pytest.raises(ToolUnavailable, match="cannot"):
            await pool.run(ADD)

    go(body, python="/nothing/python")
    go(body, python="/bin/cat")


def test_a_missing_pytest_is_named(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True
    )

    async def body(pool: Pool) -> None:
        assert (await pool.run(ADD)).outputs[0].value == 2
        with pytest.raises(ToolUnavailable, match="pip install pytest"):
            await pool.run(SuiteJob({"test_a.py": "def test_a():\n    pass\n"}))

    go(body, python=str(tmp_path / "venv" / "bin" / "python"))


def test_constructing_starts_nothing() -> None:
    before = below(os.getpid())
    Pool(python="/nothing")
    assert below(os.getpid()) == before


def test_what_is_no_job_is_bad_input() -> None:
    async def body(pool: Pool) -> None:
        with pytest.raises(BadInput):
            await pool.run("job")  # type: ignore[arg-type]

    go(body)


def test_readable_folders_are_for_commands(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("42")

    async def body(pool: Pool) -> None:
        path = tmp_path / "data"
        done = await pool.run(CommandJob(["cat", str(path)]))
        assert (done.status, done.stdout) == ("passed", "42")
        call = CallJob("def f(p):\n    return open(p).read()\n", "f", [[str(path)]])
        assert (await pool.run(call)).status == "forbidden"

    go(body, readable=(str(tmp_path),), workers=1)


def test_cancelling_just_as_the_reply_comes_leaves_the_worker_usable():
    """The cancel runs between the bytes' arrival and the waiting task's next turn."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        async with Pool(workers=1) as pool:
            job = CallJob("def f(x):\n    return x\n", "f", [[1]])
            await pool.run(job)
            running = asyncio.ensure_future(pool.run(job))
            await asyncio.sleep(0.001)
            time.sleep(0.2)  # noqa: ASYNC251 - the reply waits in the socket meanwhile
            loop.call_soon(lambda: loop.call_soon(running.cancel))
            with contextlib.suppress(asyncio.CancelledError):
                await running
            assert (await asyncio.wait_for(pool.run(job), 10)).outputs[0].value == 1

    asyncio.run(work())
