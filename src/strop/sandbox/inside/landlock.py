"""Landlock: which files a process may touch, decided by the kernel and never widened again."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence

from .syscalls import ADD_RULE, CREATE_RULESET, RESTRICT_SELF, call

EXECUTE, WRITE, READ, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
_ON_FILES = EXECUTE | WRITE | READ | TRUNCATE | IOCTL_DEV
_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_RIGHTS = 16
_ABI_VERSION = 1
_PATH_BENEATH = 1


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Path(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """The kernel's Landlock version, from 1 up. Raises OSError where there is none."""
    return call(CREATE_RULESET, None, 0, _ABI_VERSION)


def ruleset(
    readable: Sequence[str],
    runnable: Sequence[str],
    writable: Sequence[str],
    devices: Sequence[str],
) -> int:
    """A ruleset's file descriptor: read below `readable`, read and execute below `runnable`,
    anything below `writable`, read and write the files `devices`; all else is denied."""
    version = abi()
    handled = (1 << _RIGHTS_BY_ABI.get(version, _ALL_RIGHTS)) - 1
    attr = _Ruleset(handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    fd = call(CREATE_RULESET, ctypes.byref(attr), size, 0)
    for paths, access in (
        (readable, READ | READ_DIR),
        (runnable, READ | READ_DIR | EXECUTE),
        (writable, handled),
        (devices, READ | WRITE),
    ):
        for path in paths:
            _allow(fd, path, access & handled)
    return fd


def _allow(ruleset_fd: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            access &= _ON_FILES
        rule = _Path(access, fd)
        call(ADD_RULE, ruleset_fd, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(fd)


def restrict(ruleset_fd: int) -> None:
    """Bind this thread, and all it starts, to the ruleset; needs no_new_privs set."""
    call(RESTRICT_SELF, ruleset_fd, 0)
