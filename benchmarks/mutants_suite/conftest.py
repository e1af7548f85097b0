"""Fixtures of the suite: for a test, a module, the session, and one with parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wrapping import TextWrapper

PROSE = (
    "The quick brown fox jumps over the lazy dog. It was a well-known, much-loved dog -- and "
    'quite asleep! "So what?" said the fox.  Then it left.'
)


@pytest.fixture(scope="session")
def prose() -> str:
    return PROSE


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, prose: str) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.txt"
    path.write_text("\n".join([prose, "", "\t" + prose]))
    return path


@pytest.fixture
def make() -> Iterator[Callable[..., TextWrapper]]:
    made: list[TextWrapper] = []

    def wrapper(width: int = 20, **options: Any) -> TextWrapper:
        made.append(TextWrapper(width=width, **options))
        return made[-1]

    yield wrapper
    assert all(one.width for one in made)


@pytest.fixture(params=[1, 7, 20, 70])
def width(request: pytest.FixtureRequest) -> int:
    return request.param
