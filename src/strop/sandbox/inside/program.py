"""Program harness: a whole script as `__main__`, with its input and output as streams."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from types import ModuleType

from . import fault
from .channel import Channel

FILE = "program.py"


def stream(text: bytes) -> int:
    """A readable file descriptor with `text` in it."""
    fd = os.memfd_create("stdin")
    os.write(fd, text)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def run(channel: Channel, source: str) -> int:
    """Run `source` to its end, its threads and exit handlers included; returns the exit code."""
    main = ModuleType("__main__")
    main.__file__ = FILE
    sys.modules["__main__"] = main
    sys.argv = [FILE]
    record = fault.record
    code = 0
    try:
        exec(compile(source, FILE, "exec"), main.__dict__)
    except SystemExit as stop:
        if stop.code is not None and not isinstance(stop.code, int):
            print(stop.code, file=sys.stderr)
            code = 1
        else:
            code = (stop.code or 0) & 0xFF
    except BaseException as error:
        line = record(error, {FILE: source})
        print(fault.trace(error, {FILE: source}), file=sys.stderr)
        channel.write(line)
        code = 1
    try:
        threading._shutdown()  # pyright: ignore[reportAttributeAccessIssue]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:
        channel.write(record(error, {FILE: source}))
        return 1
    return code
