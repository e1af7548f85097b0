"""Children: forked, with a pid namespace of their own where allowed, then waited for and ended."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import signal
import time
from collections.abc import Sequence

from . import processor
from .namespaces import NEWPID
from .syscalls import number, syscall

_CLONE, _FLAGS = number("clone"), NEWPID | signal.SIGCHLD
# Bound once: whatever the child looks up on its way is a page to copy.
_before_fork = ctypes.pythonapi.PyOS_BeforeFork
_after_fork_here = ctypes.pythonapi.PyOS_AfterFork_Parent
_after_fork_there = ctypes.pythonapi.PyOS_AfterFork_Child
for _function in (_before_fork, _after_fork_here, _after_fork_there):
    _function.restype = None
_POLL_AT_LEAST = 0.001
_SURELY_WITHIN = 0.002


def fork(own_pids: bool) -> int:
    """os.fork, into a new pid namespace if `own_pids`. Raises OSError."""
    if not own_pids:
        return os.fork()
    _before_fork()
    pid = -1
    try:
        pid = syscall(_CLONE, _FLAGS, 0, 0, 0, 0, 0)
    finally:
        if pid:
            _after_fork_here()
        else:
            _after_fork_there()
    if pid < 0:
        raise OSError(errno.EAGAIN, "no process in a pid namespace of its own")
    return pid


class Ended:
    """How a child ended: `signal` (0 if it exited), `code`, CPU seconds, peak memory in KiB, and
    `stopped`: why it was killed (`cpu`, `wall`, `cancel`, `gone`), empty if it ended by itself."""

    def __init__(self, status: int, usage: tuple[float, int], stopped: str, wall: float) -> None:
        self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
        self.cpu, self.rss = usage
        self.stopped = stopped
        self.wall = wall


class Child:
    """One child: its pid, a pidfd to wait on, and its CPU clock."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.fd = os.pidfd_open(pid)
        self._clock = (~pid << 3) | 2

    def cpu(self) -> float:
        """CPU seconds of all its threads so far, without its own children."""
        return time.clock_gettime_ns(self._clock) / 1e9

    def kill(self) -> None:
        try:
            signal.pidfd_send_signal(self.fd, signal.SIGKILL)
        except ProcessLookupError:
            return

    def end(self, stopped: str, wall: float) -> Ended:
        """Reap the child, killing it first if it still runs: for the reason `stopped`, which is
        forgotten if the child had ended by itself."""
        if stopped:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                stopped = ""
            else:
                self.kill()
        _, status, usage = os.wait4(self.pid, 0)
        os.close(self.fd)
        return Ended(status, (usage.ru_utime + usage.ru_stime, usage.ru_maxrss), stopped, wall)


def wait(
    children: Sequence[Child],
    others: dict[int, str],
    started: float,
    cpu_limit: float,
    wall_limit: float,
) -> str:
    """Block until the first child ends by itself (returns ""), a limit passes for any of them
    (`cpu`, `wall`) or a file descriptor of `others` becomes readable (its name). None is reaped.
    Children kept on one processor leave it once they turn out not to be short."""
    together = True
    poller = select.poll()
    running = {child.fd: child for child in children}
    for fd in (*running, *others):
        poller.register(fd, select.POLLIN)
    while True:
        now = time.monotonic()
        spent = 0.0
        if now > started + _SURELY_WITHIN:
            spent = max(child.cpu() for child in running.values())
        left = min(cpu_limit - spent, wall_limit - (now - started))
        if left <= 0:
            return "cpu" if spent >= cpu_limit else "wall"
        pause = min(left, processor.SHORT) if together else left
        ready = {fd for fd, _ in poller.poll(max(pause, _POLL_AT_LEAST) * 1000)}
        if not ready and together:
            together = False
            processor.spread([0, *(child.pid for child in running.values())])
        if children[0].fd in ready:
            return ""
        for fd in ready:
            if fd in others:
                return others[fd]
            poller.unregister(fd)
            del running[fd]


def sweep(limit: float = 2.0) -> None:
    """Kill and reap every process below this one: the whole tree where there is no pid namespace
    (orphans arrive here, the subreaper). Gives up after `limit` seconds, raising OSError."""
    until = time.monotonic() + limit
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        for orphan in _below(os.getpid()):
            try:
                os.kill(orphan, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > until:
            raise OSError(16, "processes of the job could not be ended")
        time.sleep(0.001)


def _below(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = [root]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found[1:]
