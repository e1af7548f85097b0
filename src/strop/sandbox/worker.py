"""One zygote as the parent sees it: started, spoken to, cancelled, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from strop.core.errors import ToolUnavailable
from strop.sandbox.jobs import Layer

__all__ = ["Lost", "Worker"]

_HEAD = struct.Struct("<II")
_CANCEL = _HEAD.pack(0, 0)
_HERE = Path(__file__).parent
_MOST = 1 << 28
_START_SECONDS = 60.0
_GRACE_SECONDS = 3.0
# Fixed and minimal: a candidate learns nothing of the caller's environment.
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    # No column tables: a program compiles in less time and memory.
    "PYTHONNODEBUGRANGES": "1",
    "PYTHONNOUSERSITE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class Lost(Exception):
    """The zygote died or stopped speaking the protocol; it cannot be used again."""


class Worker:
    """One zygote process. Not for use by two tasks at once."""

    def __init__(
        self, python: str, preload: Sequence[str], readable: Sequence[str], without: Sequence[str]
    ) -> None:
        self._python = python
        self._config = {
            "preload": list(preload),
            "readable": [str(Path(p).absolute()) for p in readable],
            "without": list(without),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._closed = False
        self._arrived = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stale = 0
        self._scratch = ""
        self._ended = False
        self.preloaded: tuple[str, ...] = ()
        self.layers: tuple[Layer, ...] = ()

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the layers that hold."""
        return tuple(layer.name for layer in self.layers if layer.active)

    async def start(self) -> None:
        """Start the zygote and wait until it is warm. Raises ToolUnavailable, and Lost if it is
        killed from here meanwhile."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        fd = theirs.fileno()
        try:
            # Blocks only for the fork; asyncio's own children would tie it to one event loop.
            self._process = subprocess.Popen(  # noqa: ASYNC220
                [self._python, "-s", "-m", "inside", str(fd), json.dumps(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(fd,),
                env=_ENVIRONMENT,
                cwd=_HERE,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise ToolUnavailable(f"cannot run {self._python}: {error.strerror}") from error
        finally:
            theirs.close()
        self._socket = ours
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(ours, self._read)
        try:
            hello, _ = await asyncio.wait_for(self._receive(), _START_SECONDS)
        except (Lost, TimeoutError) as error:
            if self._ended:
                raise Lost("the pool was closed") from error
            self.kill()
            told = self._complaint()
            raise ToolUnavailable(
                f"{self._python} cannot serve as a sandbox (CPython 3.9 or newer, on Linux): {told}"
            ) from error
        except BaseException:
            self.kill()
            raise
        self.preloaded = tuple(hello["preloaded"])
        self.layers = tuple(Layer(name, not why, why) for name, why in hello["layers"])
        self._scratch = hello["disk"]

    def _complaint(self) -> str:
        if self._process is None or self._process.stderr is None:
            return "no answer"
        text = self._process.stderr.read().decode("utf-8", "replace").strip()
        return text.splitlines()[-1] if text else "no answer"

    async def exchange(
        self, header: Mapping[str, Any], parts: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Send one job, wait for its reply. Raises Lost. When cancelled, the job's processes are
        killed at once and the worker stays usable."""
        while self._stale:
            await self._receive()
            self._stale -= 1
        text = json.dumps({**header, "parts": [len(p) for p in parts]}).encode()
        body = b"".join(parts)
        loop = asyncio.get_running_loop()
        connection = self._open()
        sent = False
        try:
            await loop.sock_sendall(connection, _HEAD.pack(len(text), len(body)) + text + body)
            sent = True
            return await self._receive()
        except OSError as error:
            raise Lost(str(error)) from error
        except asyncio.CancelledError:
            self._cancel(sent)
            raise

    def _open(self) -> socket.socket:
        if self._socket is None or self._ended:
            raise Lost("the worker is not running")
        return self._socket

    def _cancel(self, sent: bool) -> None:
        # Half a job cannot be taken back, so that zygote is given up.
        if not sent or self._socket is None:
            self.kill()
            return
        try:
            self._socket.send(_CANCEL)
            self._stale += 1
        except OSError:
            self.kill()

    async def _receive(self) -> tuple[dict[str, Any], list[bytes]]:
        head, size = _HEAD.unpack(await self._exactly(0, _HEAD.size))
        if head + size > _MOST:
            raise Lost("the reply is too large")
        await self._exactly(0, _HEAD.size + head + size)
        data = bytes(self._buffer[_HEAD.size : _HEAD.size + head + size])
        del self._buffer[: _HEAD.size + head + size]
        header = json.loads(data[:head])
        parts, at = [], head
        for length in header["parts"]:
            parts.append(data[at : at + length])
            at += length
        return header, parts

    async def _exactly(self, start: int, size: int) -> bytes:
        while len(self._buffer) < start + size:
            if self._closed:
                raise Lost("the zygote ended")
            self._arrived.clear()
            await self._arrived.wait()
        return bytes(self._buffer[start : start + size])

    def _read(self) -> None:
        # Not loop.sock_recv: a wait cancelled just as its bytes come would lose them, and whoever
        # uses the worker next would wait for a reply for ever.
        if self._socket is None:
            return
        try:
            chunk = self._socket.recv(1 << 18)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            chunk = b""
        self._buffer += chunk
        if not chunk:
            self._closed = True
            self._forget()
        self._arrived.set()

    def _forget(self) -> None:
        if self._socket is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._socket)

    @property
    def running(self) -> bool:
        return self._socket is not None and not self._ended

    def kill(self) -> None:
        """End the zygote, everything below it, and what it left on disk. A task that waits for
        its reply is told; `close` must follow. Never fails; takes some milliseconds."""
        if self._ended:
            return
        self._ended = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._closed = True
            self._arrived.set()
        if self._process is not None:
            # It ends its job's processes itself, which it alone can find where there is no pid
            # namespace; one that does not is killed.
            try:
                self._process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def close(self) -> None:
        """End the zygote and close what is left of it in this process."""
        self.kill()
        if self._socket is not None:
            self._forget()
            self._socket.close()
            self._socket = None
        if self._process is not None and self._process.stderr is not None:
            self._process.stderr.close()
