from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strop.bench.bank_file import coarse, read_bank, read_header, write_bank
from strop.core.errors import BadInput

_KINDS = {"a": np.int16, "b": np.float16, "c": np.bool_, "d": np.uint8, "e": np.int64}
_NUMBERS = {
    "a": st.integers(-(2**15), 2**15 - 1),
    "b": st.floats(width=16),
    "c": st.booleans(),
    "d": st.integers(0, 255),
    "e": st.integers(-(2**63), 2**63 - 1),
}
_TEXT = st.text(st.characters(), max_size=8)
_PART = st.fixed_dictionaries({name: st.lists(each) for name, each in _NUMBERS.items()})
_PARTS = st.lists(st.tuples(_PART, st.lists(_TEXT)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(_PARTS, st.dictionaries(_TEXT, st.integers() | _TEXT))
def test_what_is_written_is_read_again(parts: list[Any], header: dict[str, Any]):
    told = [
        {**{name: np.array(rows[name], kind) for name, kind in _KINDS.items()}, "text": texts}
        for rows, texts in parts
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new" / "x.bank"
        write_bank(path, header, told)
        first = path.read_bytes()
        found_header, found = read_bank(path)
        assert found_header == read_header(path) == header
        assert len(found) == len(told)
        for mine, its in zip(found, told, strict=True):
            assert list(mine) == list(its)
            assert mine["text"] == its["text"]
            for name, kind in _KINDS.items():
                assert np.asarray(mine[name]).dtype == kind
                np.testing.assert_array_equal(mine[name], its[name])
        write_bank(path, header, told)
        assert path.read_bytes() == first


@given(st.lists(st.floats(-60000, 0, allow_nan=False), min_size=1))
def test_coarse_numbers_are_near_and_likely_tokens_certain(values: list[float]):
    given = np.array(values)
    found = coarse(given).astype(float)
    assert (np.abs(found - given) <= np.maximum(0.035 * np.abs(given), 1e-3)).all()
    assert (found[given > -0.0009] == 0).all()


def test_coarse_keeps_an_impossible_token_impossible():
    assert coarse(np.array([-np.inf]))[0] == -np.inf


def test_parts_of_unlike_columns_are_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="same columns"):
        write_bank(tmp_path / "x", {}, [{"a": ["b"]}, {"a": np.array([1])}])
    with pytest.raises(BadInput, match="same columns"):
        write_bank(tmp_path / "x", {}, [{"a": ["b"]}, {"a": ["b"], "c": ["d"]}])
    assert not (tmp_path / "x").exists()


def test_a_missing_or_damaged_file_is_told_in_one_line(tmp_path: Path):
    path = tmp_path / "x.bank"
    with pytest.raises(BadInput, match="no sample bank"):
        read_bank(path)
    write_bank(path, {"a": 1}, [{"n": np.arange(1000), "t": ["text"] * 100}])
    whole = path.read_bytes()
    for at in (0, 40, len(whole) // 2, len(whole) - 40):
        path.write_bytes(whole[:at])
        with pytest.raises(BadInput, match=r"x\.bank"):
            read_bank(path)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    path.write_bytes(flipped)
    with pytest.raises(BadInput, match=r"x\.bank"):
        read_bank(path)
