"""Suite harness: pytest in a warm child, every outcome told through the channel.

In split mode the module under test is a stand-in, and the candidate lives in another child.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from . import nursery
from .channel import Channel
from .link import Link
from .named import classes_named
from .proxy import LoadFailed, Module, Remote

_dumps = json.JSONEncoder().encode
MESSAGE = 4000


class Told:
    """The pytest plugin. Each line carries the run's nonce; a line too long is cut."""

    def __init__(self, channel: Channel, nonce: str) -> None:
        self._channel = channel
        self._nonce = nonce

    def line(self, kind: str, *what: Any) -> None:
        text = _dumps({"nonce": self._nonce, kind: what})
        if not self._channel.fits(text):
            text = _dumps({"nonce": self._nonce, "full": []})
        self._channel.write(text)

    def pytest_collection_finish(self, session: Any) -> None:
        self.line("collected", [item.nodeid for item in session.items])

    def pytest_collectreport(self, report: Any) -> None:
        if report.outcome == "failed":
            self.line("refused", report.nodeid, report.longreprtext[-MESSAGE:])
        elif report.outcome == "skipped":
            self.line("left", report.nodeid, report.longreprtext[-MESSAGE:])

    def pytest_runtest_logreport(self, report: Any) -> None:
        text = "" if report.outcome == "passed" else report.longreprtext[-MESSAGE:]
        xfail = hasattr(report, "wasxfail")
        self.line("test", report.nodeid, report.when, report.outcome, xfail, report.duration, text)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.line("finish", int(exitstatus))


def run(
    channel: Channel,
    files: Mapping[str, str],
    arguments: Sequence[str],
    nonce: str,
    split: str,
    plugins: bool,
    scratch: str,
    project: str,
    paths: Sequence[str],
) -> int:
    """Run pytest on the arguments; `split` is the module that lives elsewhere, or empty. `paths`
    are folders in the copy of `project` to import from."""
    nursery.furnish(scratch, files, project)
    if not plugins:
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    nursery.import_from(scratch, paths)
    # The warm run's answer to where temporary files go is not this run's.
    tempfile.tempdir = None
    told = Told(channel, nonce)
    remote: Remote | None = None
    if split:
        try:
            remote = Remote(Link(), classes_named(files.values()))
        except LoadFailed as error:
            told.line("load", error.told)
            return 1
        sys.modules[split] = Module(split, remote)

    import pytest

    fixed = ["-p", "no:cacheprovider", "--rootdir", scratch, "--color=no"]
    code = int(pytest.main([*fixed, *nursery.plain(plugins), *arguments], plugins=[told]))
    if remote is not None and remote.unsupported:
        told.line("unsupported", remote.unsupported)
    sys.stdout.flush()
    return code


def warm(scratch: str) -> None:
    """Run a trivial suite here, in the zygote: pytest and its plugins are then loaded, by pytest's
    own importer, for every child."""
    import pytest

    path, modules = list(sys.path), set(sys.modules)
    test = os.path.join(scratch, "test_warm.py")
    with open(test, "w", encoding="utf-8") as file:
        file.write("def test_warm():\n    assert 1\n")
    pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", scratch, test])
    # What stays in a buffer would be printed again by every child.
    sys.stdout.flush()
    sys.stderr.flush()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name in ("test_warm", "conftest"):
            del sys.modules[name]
