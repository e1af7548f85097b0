from __future__ import annotations

from pathlib import Path

import pytest

from strop.models.weights import install_embedded


@pytest.fixture(scope="session")
def weights() -> Path:
    """The real weights, fetched into the cache on the first run of the tests."""
    return install_embedded()
