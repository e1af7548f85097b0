"""One pool, kept warm over the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from strop.sandbox.jobs import Execution, Job
from strop.sandbox.pool import Pool

Go = Callable[[Awaitable[Any]], Any]


class CountingPool(Pool):
    """Remembers the jobs that it was given."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.jobs: list[Job] = []

    async def run(self, job: Job) -> Execution:
        self.jobs.append(job)
        return await super().run(job)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("projects")


@pytest.fixture(scope="module")
def warm(runner: asyncio.Runner, projects: Path) -> Iterator[CountingPool]:
    made = CountingPool(workers=1, readable=[str(projects)])
    yield made
    runner.run(made.aclose())


@pytest.fixture
def pool(warm: CountingPool) -> CountingPool:
    warm.jobs.clear()
    return warm


@pytest.fixture
def go(runner: asyncio.Runner) -> Go:
    async def limited(work: Awaitable[Any]) -> Any:
        return await asyncio.wait_for(work, 30)

    return lambda work: runner.run(limited(work))
