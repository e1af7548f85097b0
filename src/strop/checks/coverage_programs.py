"""What stands around a marked text where it is run, so that its marks come out."""

from __future__ import annotations

from strop.checks.coverage_points import SEEN

__all__ = ["covering_function", "covering_plugin", "covering_program"]

_FUNCTION = """

def _strop_cover(*_strop_given, _strop_told=set()):
    import signal
    def enough(number, frame):
        raise _StropEnough
    if _strop_given:
        signal.signal(signal.SIGPROF, enough)
        signal.setitimer(signal.ITIMER_PROF, {patience}, {patience})
        try:
            value = {entry}(*_strop_given[0])
            if hasattr(value, "__await__"):
                import asyncio
                asyncio.run(value)
            elif hasattr(value, "__next__"):
                for _ in zip(range(100000), value):
                    pass
        except BaseException:
            pass
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    new = [i for i, mark in enumerate({seen}) if mark and i not in _strop_told]
    _strop_told.update(new)
    return new

class _StropEnough(BaseException):
    pass
"""
_PROGRAM = """
import atexit as _strop_atexit, os as _strop_os, signal as _strop_signal, sys as _strop_sys
def _strop_tell():
    _strop_signal.setitimer(_strop_signal.ITIMER_PROF, 0)
    _strop_sys.stdout.flush()
    _strop_marks = [i for i, mark in enumerate({seen}) if mark]
    print("\\n{seen}", _strop_marks, file=_strop_sys.__stderr__, flush=True)
def _strop_enough(number, frame):
    _strop_tell()
    _strop_os._exit(1)
_strop_atexit.register(_strop_tell)
_strop_signal.signal(_strop_signal.SIGPROF, _strop_enough)
_strop_signal.setitimer(_strop_signal.ITIMER_PROF, {patience})
"""
_PLUGIN = """
import json, sys
told = set()
def tell():
    module = sys.modules.get({module!r})
    marks = getattr(module, {seen!r}, None) or ()
    new = [i for i, mark in enumerate(marks) if mark and i not in told]
    if new or not told:
        told.update(new)
        sys.__stdout__.write("\\n" + {nonce!r} + json.dumps(new) + "\\n")
        sys.__stdout__.flush()
def pytest_runtest_logfinish(nodeid, location):
    tell()
def pytest_sessionfinish(session):
    tell()
"""


def covering_function(entry: str, patience: float) -> str:
    """To be added to a marked module: `_strop_cover` takes nothing, or one argument list for
    `entry`, and returns the marks that are new. A call is cut short after `patience` CPU seconds.
    """
    return _FUNCTION.format(entry=entry, patience=patience, seen=SEEN)


def covering_program(patience: float) -> str:
    """The prelude of a marked script: it prints its marks at the end of standard error, after
    `patience` CPU seconds at the latest."""
    return _PROGRAM.format(patience=patience, seen=SEEN)


def covering_plugin(module: str, nonce: str) -> str:
    """A pytest plugin that prints, after each test, `nonce` and the new marks of `module`."""
    return _PLUGIN.format(module=module, seen=SEEN, nonce=nonce)
