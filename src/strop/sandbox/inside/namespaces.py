"""Namespaces: a network, IPC, mount and host name of its own, entered once by the zygote."""

from __future__ import annotations

import os

from .syscalls import call, number

NEWNS, NEWUTS, NEWIPC = 0x20000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000


def enter() -> bool:
    """Leave the host's namespaces; True if a user namespace was made, False if the caller's own
    privileges served. Raises OSError where neither is allowed. Must precede any thread."""
    rest = NEWNS | NEWUTS | NEWIPC | NEWNET
    uid, gid = os.getuid(), os.getgid()
    try:
        call(number("unshare"), NEWUSER | rest)
    except OSError:
        if uid != 0:
            raise
        call(number("unshare"), rest)
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
    return True
