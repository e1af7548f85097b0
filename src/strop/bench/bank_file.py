"""The file of a sample bank: columns of numbers and texts, so much of each a problem.

A zip with LZMA. A member a column: numbers as the planes of their bytes, which compress better
than whole numbers do, texts as JSON. `counts` has how many rows each problem has in each column.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
import lzma
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from strop.core.errors import BadInput

__all__ = ["Array", "Column", "Part", "coarse", "read_bank", "read_header", "write_bank"]

Array = np.ndarray[Any, Any]
Column = Array | list[str]
Part = Mapping[str, Column]

_FORM = 1
_TEXT = "text"
_LEAST = 2.0**-10


def write_bank(path: Path, header: Mapping[str, Any], parts: Sequence[Part]) -> None:
    """Write parts that have the same columns: one-dimensional arrays or lists of texts. `header`
    is plain JSON. The file is there whole or not at all. Raises `BadInput` for unlike columns."""
    names = list(parts[0]) if parts else []
    kinds = {name: _kind(parts[0][name]) for name in names}
    for part in parts:
        if {name: _kind(column) for name, column in part.items()} != kinds:
            raise BadInput(f"{path}: the parts of a bank must have the same columns.")
    counts = np.array([[len(part[name]) for name in names] for part in parts], np.int32)
    told = {"form": _FORM, "header": dict(header), "parts": len(parts), "columns": kinds}
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_LZMA) as archive:
        _add(archive, "header.json", json.dumps(told).encode())
        _add(archive, "counts", _planes(counts.reshape(-1)))
        for name in names:
            _add(archive, f"columns/{name}", _joined([part[name] for part in parts]))
    beside.replace(path)


def read_header(path: Path) -> dict[str, Any]:
    """The header alone. Raises `BadInput` where there is no bank."""
    return _read(path, False)[0]


def read_bank(path: Path) -> tuple[dict[str, Any], list[dict[str, Column]]]:
    """Header and parts. Raises `BadInput` where it is missing, damaged or of another form."""
    return _read(path, True)


def coarse(values: Array, bits: int = 4) -> Array:
    """Log-probabilities as float16 of `bits` bits after the first: off by 3% at most with 4, and
    0 where they are above -0.001."""
    small = values.astype(np.float16)
    drop = 10 - bits
    whole = small.view(np.uint16).astype(np.uint32) + (1 << (drop - 1))
    kept = (whole >> drop << drop).astype(np.uint16).view(np.float16)
    return np.where(np.abs(values) < _LEAST, np.float16(0), kept)


def _read(path: Path, everything: bool) -> tuple[dict[str, Any], list[dict[str, Column]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            told = json.loads(archive.read("header.json"))
            if told["form"] != _FORM:
                raise BadInput(f"{path}: a bank of form {told['form']}; strop reads form {_FORM}.")
            if not everything:
                return told["header"], []
            kinds: dict[str, str] = told["columns"]
            counts = _numbers(archive.read("counts"), "<i4").reshape(told["parts"], len(kinds))
            parts: list[dict[str, Column]] = [{} for _ in range(told["parts"])]
            for number, (name, kind) in enumerate(kinds.items()):
                raw = archive.read(f"columns/{name}")
                rows = json.loads(raw) if kind == _TEXT else _numbers(raw, kind)
                ends = np.cumsum(counts[:, number]).tolist()
                if len(rows) != (ends[-1] if ends else 0):
                    raise BadInput(f"{path}: the column {name} is damaged; build the bank again.")
                for part, begin, end in zip(parts, [0, *ends], ends, strict=False):
                    part[name] = rows[begin:end]
            return told["header"], parts
    except FileNotFoundError as error:
        raise BadInput(f"no sample bank {path}: strop lab bank --out builds one.") from error
    except (OSError, zipfile.BadZipFile, lzma.LZMAError, ValueError, KeyError, EOFError) as error:
        raise BadInput(f"{path} is no sample bank, or damaged: {error}") from error


def _kind(column: Column) -> str:
    if isinstance(column, list):
        return _TEXT
    return column.dtype.newbyteorder("<").str


def _joined(columns: Sequence[Column]) -> bytes:
    if isinstance(columns[0], list):
        return json.dumps([text for column in columns for text in column]).encode()
    return _planes(np.concatenate([np.asarray(column) for column in columns]))


def _planes(numbers: Array) -> bytes:
    plain = np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<"))
    return plain.view(np.uint8).reshape(-1, plain.itemsize).T.tobytes()


def _numbers(raw: bytes, kind: str) -> Array:
    size = np.dtype(kind).itemsize
    planes = np.frombuffer(raw, np.uint8).reshape(size, -1)
    return np.ascontiguousarray(planes.T).reshape(-1).view(kind)


def _add(archive: zipfile.ZipFile, name: str, raw: bytes) -> None:
    # A fixed date: the same bank is the same bytes.
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), raw, zipfile.ZIP_LZMA)
