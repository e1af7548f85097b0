"""The way results leave a child: lines of JSON in memory shared with the zygote, capped in size.

Nothing written is lost when the child hangs or is killed, and writing takes no system call.
"""

from __future__ import annotations

import mmap
import struct

_HEAD = 8
_RESERVE = 512


class Channel:
    """Made by the zygote before the fork; the child appends, the zygote reads once it is dead."""

    def __init__(self, size: int) -> None:
        self._memory = mmap.mmap(-1, _HEAD + size)
        self._size = size
        self._used = 0

    def fits(self, text: str) -> bool:
        """Whether `text` can be written and still leave room for a closing line."""
        return self._used + len(text) + _RESERVE < self._size

    def write(self, text: str) -> None:
        """Append one line of ASCII. Raises ValueError when full."""
        data = text.encode("ascii") + b"\n"
        start = _HEAD + self._used
        if self._used + len(data) > self._size:
            raise ValueError("the result channel is full")
        self._memory[start : start + len(data)] = data
        self._used += len(data)
        struct.pack_into("<Q", self._memory, 0, self._used)

    def resume(self) -> None:
        """Go on after what a child forked from here has written. The child may have written any
        length."""
        (used,) = struct.unpack_from("<Q", self._memory, 0)
        self._used = max(self._used, min(used, self._size))

    def read(self) -> bytes:
        """All complete lines. The child may have written any length and any bytes."""
        (used,) = struct.unpack_from("<Q", self._memory, 0)
        return self._memory[_HEAD : _HEAD + min(used, self._size)]

    def close(self) -> None:
        self._memory.close()
