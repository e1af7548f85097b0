"""Script harness: assert-style tests in one child, the candidate in another."""

from __future__ import annotations

import builtins
import json
import sys
from types import ModuleType
from typing import Any

from . import fault
from .channel import Channel
from .link import Link
from .named import classes_named
from .proxy import LoadFailed, Module, Remote, Unsupported

FILE = "tests.py"
# What the tests' own words mean is not the candidate's to say.
_OWN = {*dir(builtins), "check"}
_dumps = json.JSONEncoder().encode


def run(channel: Channel, test_source: str, entry: str, name: str) -> int:
    """Run the tests to their end and report it; only that report counts as a pass."""
    remote: Remote | None = None
    try:
        remote = Remote(Link(), classes_named([test_source]))
        _run(remote, test_source, entry, name)
    except LoadFailed as error:
        channel.write(_dumps({"load": error.told}))
    except BaseException as error:
        channel.write(_dumps({"fault": _told(error, test_source, remote)}))
    else:
        channel.write('{"end":true}')
    return 0


def _run(remote: Remote, test_source: str, entry: str, name: str) -> None:
    sys.modules[name] = Module(name, remote)
    tests = ModuleType("tests")
    sys.modules["tests"] = tests
    space = tests.__dict__
    for key in remote.kinds:
        if key in test_source and key not in _OWN:
            space[key] = remote.get(key)
    target = remote.get(entry.partition(".")[0]) if "." not in entry else remote.function(entry)
    if not callable(target):
        raise TypeError(f"{entry} is not a function")
    space[entry] = space["candidate"] = target
    exec(compile(test_source, FILE, "exec"), space)
    check = space.get("check")
    if callable(check):
        check(target)


def _told(error: BaseException, test_source: str, remote: Remote | None) -> dict[str, Any]:
    told = json.loads(fault.record(error, {FILE: test_source}))
    there = error.__dict__.get("_told")
    if there is not None:
        told["status"] = there.get("status")
        told["trace"] = f"{told['trace']}\n{there.get('trace')}"
    elif isinstance(error, AssertionError):
        told["status"] = "failed"
    reason = remote.unsupported if remote is not None else ""
    if isinstance(error, Unsupported) or reason:
        told["unsupported"] = reason
    return told
