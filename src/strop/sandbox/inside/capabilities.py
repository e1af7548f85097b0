"""Capabilities: given up, so that root inside is nobody in particular."""

from __future__ import annotations

import struct

from .syscalls import call, number, prctl

_CAPBSET_DROP, _NO_NEW_PRIVS, _CAP_AMBIENT, _CLEAR_ALL = 24, 38, 47, 4
_HEADER = struct.pack("<II", 0x20080522, 0)
_NONE = bytes(24)


def bound() -> None:
    """Empty the bounding set, once, in the zygote: no program run below regains a capability."""
    for capability in range(64):
        try:
            prctl(_CAPBSET_DROP, capability)
        except OSError:
            # EINVAL is the end of the kernel's list; EPERM means there is nothing to give up.
            return


def no_new_privileges() -> None:
    """No set-uid program raises this process again; Landlock and seccomp require it."""
    prctl(_NO_NEW_PRIVS, 1)


def drop() -> None:
    """Give up every capability of this process for good."""
    prctl(_CAP_AMBIENT, _CLEAR_ALL)
    call(number("capset"), _HEADER, _NONE)
