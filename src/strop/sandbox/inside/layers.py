"""The layers between a candidate and the machine: prepared once, then put on in each child."""

from __future__ import annotations

import os
import resource
import site
import sys
from collections.abc import Collection, Sequence

from . import capabilities, landlock, namespaces, view
from .seccomp import Filter
from .syscalls import call, number, prctl

NAMES = (
    "rlimits",
    "no_new_privs",
    "capabilities",
    "landlock",
    "seccomp",
    "user_namespace",
    "network_namespace",
    "mount_namespace",
    "pid_namespace",
)
SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full")
PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/opt")
SCRATCH_MB = 256
_PDEATHSIG, _SUBREAPER = 1, 36
_MEGABYTE = 1 << 20
_OPEN_FILE_BYTES, _OPEN_PROCESSES = 64 * _MEGABYTE, 512


def _library() -> list[str]:
    paths = [os.path.dirname(os.__file__), *site.getsitepackages()]
    paths += [os.path.join(sys.base_prefix, "lib"), os.path.join(sys.base_exec_prefix, "lib")]
    return [p for p in dict.fromkeys(paths) if p and os.path.isdir(p)]


class Layers:
    """`missing` maps each layer that is not active to the reason. `scratch` is the one folder that
    a child may write; it is a child's working folder, wiped between jobs. `disk` is the folder on
    the host's disk that holds it, empty if it lies in memory."""

    def __init__(self, readable: Sequence[str], without: Collection[str]) -> None:
        """`readable`: folders that test suites and commands may read, beside the interpreter.

        `without`: layers to leave out. Namespaces are entered here, before any thread exists.
        """
        self.missing: dict[str, str] = {name: "left out" for name in NAMES if name in without}
        self.readable = tuple(readable)
        self.disk = ""
        self.scratch = ""
        self._rules: dict[bool, int] = {}
        self._filters: dict[bool, Filter] = {}
        self._enter_namespaces()

    def has(self, name: str) -> bool:
        return name not in self.missing

    def _enter_namespaces(self) -> None:
        names = [name for name in NAMES if name.endswith("_namespace")]
        if any(name in self.missing for name in names):
            self.missing.update(dict.fromkeys(names, "left out"))
            return
        try:
            if not namespaces.enter():
                self.missing["user_namespace"] = (
                    "not allowed; the rest are made by root's privileges"
                )
        except OSError as error:
            self.missing.update(dict.fromkeys(names, f"the kernel refuses them: {error.strerror}"))

    def prepare(self) -> None:
        """Build the file view, the Landlock rules and the filters; call after every preload."""
        prctl(_SUBREAPER, 1)
        library = _library()
        wide = [p for p in (*PROGRAMS, sys.prefix, sys.base_prefix, *self.readable) if p]
        base = "/tmp"
        if self.has("mount_namespace"):
            try:
                view.enter([*SYSTEM, *library, *wide], DEVICES, SCRATCH_MB)
            except OSError as error:
                self.missing["mount_namespace"] = f"no view of its own: {error}"
        if not self.has("mount_namespace"):
            # Imported late: what the zygote has loaded makes every fork dearer.
            import tempfile

            base = self.disk = tempfile.mkdtemp(prefix="strop-")
        self.scratch = os.path.join(base, "job")
        os.mkdir(self.scratch)
        os.chdir(self.scratch)
        capabilities.bound()
        self._prepare_landlock([*SYSTEM, *library], wide)
        self._prepare_seccomp()

    def _prepare_landlock(self, narrow: list[str], wide: list[str]) -> None:
        if not self.has("landlock"):
            return
        try:
            self._rules[True] = landlock.ruleset(narrow, [], [self.scratch], DEVICES)
            writable = [self.scratch] + (["/dev/shm"] if self.has("mount_namespace") else [])
            self._rules[False] = landlock.ruleset([], [*narrow, *wide], writable, DEVICES)
        except OSError as error:
            self.missing["landlock"] = f"the kernel has none: {error.strerror}"

    def _prepare_seccomp(self) -> None:
        if not self.has("seccomp"):
            return
        scoped = self.has("landlock") and landlock.abi() >= 6
        signals = self.has("pid_namespace") or scoped
        try:
            self._filters[True] = Filter(closed=True, signals=False, attributes=False)
            self._filters[False] = Filter(closed=False, signals=signals, attributes=True)
        except OSError as error:
            self.missing["seccomp"] = error.strerror or str(error)

    def enter(self, closed: bool, limits: dict[str, float], base_bytes: int, keep: int) -> None:
        """Put the layers on, in a fresh child, for good. `keep`: file descriptors 0 to keep-1 stay
        open. `closed` is for one candidate program; otherwise for a suite that may run programs."""
        prctl(_PDEATHSIG, 9)
        os.setsid()
        if self.has("rlimits"):
            _limit(closed, self.has("user_namespace"), limits, base_bytes)
        capabilities.no_new_privileges()
        if self.has("capabilities"):
            capabilities.drop()
        if self.has("landlock"):
            landlock.restrict(self._rules[closed])
        try:
            call(number("close_range"), keep, 0x7FFFFFFF, 0)
        except OSError:
            os.closerange(keep, 4096)
        if self.has("seccomp"):
            self._filters[closed].enter(os.getpid())

    def wipe(self) -> None:
        """Empty the scratch folder. Raises OSError if something in it cannot be removed."""
        with os.scandir(self.scratch) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    _remove(entry.path)
                else:
                    os.unlink(entry.path)

    def close(self) -> None:
        """Remove what is on the host's disk, if anything is."""
        if self.disk:
            self.wipe()
            os.rmdir(self.scratch)
            os.rmdir(self.disk)


def _remove(folder: str) -> None:
    os.chmod(folder, 0o700)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(folder)


def _limit(closed: bool, counted: bool, limits: dict[str, float], base_bytes: int) -> None:
    memory = base_bytes + int(limits["memory_mb"]) * _MEGABYTE
    # Programs other than Python reserve address space that they never use.
    kinds = {
        resource.RLIMIT_AS if closed else resource.RLIMIT_DATA: memory,
        resource.RLIMIT_CPU: int(limits["cpu_seconds"]) + (2 if closed else 1),
        resource.RLIMIT_FSIZE: int(limits["output_bytes"]) if closed else _OPEN_FILE_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256 if closed else 1024,
    }
    if counted and not closed:
        kinds[resource.RLIMIT_NPROC] = _OPEN_PROCESSES
    for kind, value in kinds.items():
        try:
            resource.setrlimit(kind, (value, value))
        except ValueError:
            # The caller's own limit is lower, and stays.
            continue
