"""A line between two children: whole texts over a pair of pipes."""

from __future__ import annotations

import os
import struct

_SIZE = struct.Struct("<I")
_MOST = 1 << 26
READ_FD, WRITE_FD = 3, 4
SPECIAL = frozenset(
    (
        "__len__",
        "__iter__",
        "__next__",
        "__contains__",
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__call__",
        "__enter__",
        "__exit__",
        "__eq__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__hash__",
        "__bool__",
        "__int__",
        "__float__",
        "__complex__",
        "__index__",
        "__round__",
        "__abs__",
        "__neg__",
        "__pos__",
        "__invert__",
        "__reversed__",
        "__format__",
        "__add__",
        "__radd__",
        "__sub__",
        "__rsub__",
        "__mul__",
        "__rmul__",
        "__matmul__",
        "__truediv__",
        "__rtruediv__",
        "__floordiv__",
        "__rfloordiv__",
        "__mod__",
        "__rmod__",
        "__pow__",
        "__rpow__",
        "__and__",
        "__rand__",
        "__or__",
        "__ror__",
        "__xor__",
        "__lshift__",
        "__rshift__",
        "__iadd__",
        "__isub__",
        "__imul__",
        "__ior__",
        "__iand__",
        "__ixor__",
    )
)
"""Methods that the language calls by itself, which a stand-in for an object passes on."""


class LinkClosed(Exception):
    """The other end is gone, or sent something that is not a text."""


class Link:
    """One end: reads from one pipe and writes to another. Texts of up to 64 MiB."""

    def __init__(self, read_fd: int = READ_FD, write_fd: int = WRITE_FD) -> None:
        self._in = read_fd
        self._out = write_fd

    def send(self, text: str) -> None:
        """Raises LinkClosed."""
        data = text.encode("ascii")
        left = memoryview(_SIZE.pack(len(data)) + data)
        try:
            while left:
                left = left[os.write(self._out, left) :]
        except BrokenPipeError as error:
            raise LinkClosed from error

    def receive(self) -> str:
        """Raises LinkClosed."""
        data = os.read(self._in, 1 << 16)
        if len(data) < _SIZE.size:
            data = self._more(data, _SIZE.size)
        (size,) = _SIZE.unpack_from(data)
        if size > _MOST:
            raise LinkClosed
        if len(data) < _SIZE.size + size:
            data = self._more(data, _SIZE.size + size)
        try:
            return data[_SIZE.size : _SIZE.size + size].decode("ascii")
        except UnicodeDecodeError as error:
            raise LinkClosed from error

    def _more(self, data: bytes, size: int) -> bytes:
        parts = bytearray(data)
        while len(parts) < size:
            chunk = os.read(self._in, min(size - len(parts), 1 << 20))
            if not chunk:
                raise LinkClosed
            parts += chunk
        return bytes(parts)
