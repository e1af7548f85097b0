"""The system call filter: what a candidate's process may ask of the kernel at all."""

from __future__ import annotations

import ctypes
import struct

from .syscalls import MACHINE, call, number

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_CLONE_THREAD = 0x10000
_RLIMIT_STACK = 3
_PDEATHSIG, _SIGKILL = 1, 9
_X32 = 0x40000000
_SET_MODE_FILTER = 1
_OWN_PID, _FIRST_PID = -1, 1

_NEVER = [
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "setns",
    "unshare",
    "bpf",
    "perf_event_open",
    "keyctl",
    "add_key",
    "request_key",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "userfaultfd",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "syslog",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "personality",
    "name_to_handle_at",
    "open_by_handle_at",
    "fanotify_init",
    "modify_ldt",
    "pidfd_getfd",
]
_ALONE = [
    "socket",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "fork",
    "vfork",
    "execve",
    "execveat",
    "tkill",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "pidfd_open",
    "pidfd_send_signal",
    "shmget",
    "semget",
    "msgget",
    "mq_open",
]
# Landlock has no say over modes, owners and times of files.
_ATTRIBUTES = [
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "utimensat",
    "futimesat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
]


def _arg(i: int) -> int:
    return 16 + 8 * i


_Step = tuple[int, int, object, object]


class Filter:
    """A filter's instructions. `closed` also forbids processes, sockets, signals to others and
    changes of file attributes; open ones, for whole test suites, forbid signals only when told."""

    def __init__(self, closed: bool, signals: bool, attributes: bool) -> None:
        """`signals`: may signal other processes. `attributes`: may change modes and times.

        Raises OSError on an architecture without a table.
        """
        if MACHINE not in _ARCH:
            raise OSError(38, f"no system call table for {MACHINE}")
        self._steps: list[_Step] = []
        self._labels: dict[str, int] = {}
        self._build(closed, signals, attributes)
        self._code, self._patches = self._assemble()
        # Made here and not in each child: a ctypes array type costs more than the filter itself.
        size = len(self._code)
        self._array = (ctypes.c_char * size).from_buffer(self._code)
        self._program = struct.pack("<HxxxxxxQ", size // 8, ctypes.addressof(self._array))

    def _add(self, code: int, k: int, yes: object = 0, no: object = 0) -> None:
        self._steps.append((code, k, yes, no))

    def _build(self, closed: bool, signals: bool, attributes: bool) -> None:
        self._add(_LD, 4)
        self._add(_JEQ, _ARCH[MACHINE], 0, "kill")
        self._add(_LD, 0)
        if MACHINE == "x86_64":
            self._add(_JGE, _X32, "deny")
        denied = _NEVER + (_ALONE if closed else []) + ([] if attributes else _ATTRIBUTES)
        for name in denied:
            nr = number(name)
            if nr is not None:
                self._add(_JEQ, nr, "deny")
        if closed:
            self._add(_JEQ, number("clone3") or 0, "nosys")
            self._when("clone", [(_LD, _arg(0), 0, 0), (_JSET, _CLONE_THREAD, "allow", "deny")])
        if closed or not signals:
            for name in ("kill", "tgkill"):
                self._when(name, [(_LD, _arg(0), 0, 0), (_JEQ, _OWN_PID, "allow", "deny")])
        self._when(
            "prctl",
            [
                (_LD, _arg(0), 0, 0),
                (_JEQ, _PDEATHSIG, 0, "allow"),
                (_LD, _arg(1), 0, 0),
                (_JEQ, _SIGKILL, "allow", "deny"),
            ],
        )
        stack = (_JEQ, _RLIMIT_STACK, "allow", "deny")
        self._when("setrlimit", [(_LD, _arg(0), 0, 0), stack])
        self._when(
            "prlimit64",
            [
                (_LD, _arg(2), 0, 0),
                (_JEQ, 0, 0, 2),
                (_LD, _arg(2) + 4, 0, 0),
                (_JEQ, 0, "allow", 0),
                (_LD, _arg(1), 0, 0),
                stack,
            ],
        )
        for label, result in (
            ("allow", _ALLOW),
            ("deny", _EPERM),
            ("nosys", _ENOSYS),
            ("kill", _KILL),
        ):
            self._labels[label] = len(self._steps)
            self._add(_RET, result)

    def _when(self, name: str, block: list[_Step]) -> None:
        self._add(_JEQ, number(name) or 0, 0, len(block))
        self._steps.extend(block)

    def _assemble(self) -> tuple[bytearray, list[int]]:
        code, patches = bytearray(), []
        for at, (op, k, yes, no) in enumerate(self._steps):
            jumps = [self._labels[j] - at - 1 if isinstance(j, str) else j for j in (yes, no)]
            if k == _OWN_PID:
                patches.append(len(code) + 4)
                k = _FIRST_PID
            code += struct.pack("<HBBI", op, jumps[0], jumps[1], k)
        return code, patches

    def enter(self, pid: int) -> None:
        """Bind this process for good; `pid` is its own, the only one it may signal."""
        if pid != _FIRST_PID:
            for at in self._patches:
                struct.pack_into("<I", self._code, at, pid)
        call(number("seccomp"), _SET_MODE_FILTER, 0, self._program)
