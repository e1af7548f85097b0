"""Real zygotes, one pool a set of layers, kept warm over the whole session."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from strop.sandbox.jobs import Execution, Job
from strop.sandbox.pool import Pool

NO_NAMESPACES = ("pid_namespace",)
NO_LANDLOCK = ("landlock",)


class Bench:
    """A pool behind plain calls."""

    def __init__(self, runner: asyncio.Runner, without: tuple[str, ...] = ()) -> None:
        self._runner = runner
        self.pool = Pool(workers=1, without=without)

    def run(self, job: Job) -> Execution:
        return self._runner.run(self.pool.run(job))

    def close(self) -> None:
        self._runner.run(self.pool.aclose())


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="session")
def bench(runner: asyncio.Runner) -> Iterator[Bench]:
    made = Bench(runner)
    yield made
    made.close()


@pytest.fixture(scope="session", params=[(), NO_NAMESPACES, NO_LANDLOCK], ids=lambda p: "-".join(p))
def any_bench(request: pytest.FixtureRequest, runner: asyncio.Runner) -> Iterator[Bench]:
    """With every layer, without namespaces (as in many containers), without Landlock."""
    made = Bench(runner, request.param)
    yield made
    made.close()
