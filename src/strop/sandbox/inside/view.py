"""A file system view of its own: an empty root with read-only copies of chosen folders."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

from .syscalls import call, number

_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_CLONE, _CLOEXEC = 1, os.O_CLOEXEC
_MOVE_EMPTY_PATH = 4
_READ_ONLY, _NO_SUID = 1, 2
_PRIVATE, _REC, _MS_NOSUID, _MS_NODEV = 1 << 18, 1 << 14, 2, 4
_DETACH = 2


def enter(readable: Sequence[str], devices: Sequence[str], scratch_mb: int) -> None:
    """Replace the root by a view with only `readable`, `devices` and an empty /tmp and /dev/shm.

    Needs a mount namespace of its own, and the privileges in it. Raises OSError.
    """
    libc = ctypes.PyDLL(None, use_errno=True)

    def mount(source: str | None, target: str, kind: str | None, flags: int, data: str) -> None:
        words = [None if w is None else w.encode() for w in (source, target, kind)]
        if libc.mount(*words, ctypes.c_ulong(flags), data.encode()):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), target)

    mount(None, "/", None, _PRIVATE | _REC, "")
    copies = [(path, _copy(path)) for path in _outermost(readable)]
    copies += [(path, _copy(path)) for path in devices if os.path.exists(path)]
    root = "/tmp" if os.path.isdir("/tmp") else "/mnt"
    mount("none", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=1m,mode=755")
    os.makedirs(root + "/dev")
    for folder in ("/tmp", "/dev/shm"):
        os.makedirs(root + folder)
        mount("none", root + folder, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={scratch_mb}m")
    for path, fd in copies:
        _place(path, fd, root)
    os.chdir(root)
    call(number("pivot_root"), b".", b".")
    call(number("umount2"), b".", _DETACH)
    os.chdir("/")
    lock = struct.pack("<QQQQ", _READ_ONLY, 0, 0, 0)
    call(number("mount_setattr"), _AT_FDCWD, b"/", 0, lock, len(lock))


def _outermost(paths: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for path in sorted({os.path.abspath(p) for p in paths if os.path.exists(p)}):
        if not any(path.startswith(k + "/") for k in kept if not os.path.islink(k)):
            kept.append(path)
    return kept


def _copy(path: str) -> int:
    fd = call(
        number("open_tree"),
        _AT_FDCWD,
        os.path.realpath(path).encode(),
        _CLONE | _CLOEXEC | _AT_RECURSIVE,
    )
    attributes = struct.pack("<QQQQ", _READ_ONLY | _NO_SUID, 0, 0, 0)
    call(
        number("mount_setattr"),
        fd,
        b"",
        _AT_EMPTY_PATH | _AT_RECURSIVE,
        attributes,
        len(attributes),
    )
    return fd


def _place(path: str, fd: int, root: str) -> None:
    real = os.path.realpath(path)
    target = root + real
    if os.path.isdir(f"/proc/self/fd/{fd}"):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC))
    call(number("move_mount"), fd, b"", _AT_FDCWD, target.encode(), _MOVE_EMPTY_PATH)
    os.close(fd)
    if path != real and not os.path.lexists(root + path):
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        os.symlink(real, root + path)
