"""Inputs of a wanted size keep what the examples have in common."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from strop.core.errors import BadInput
from strop.moves.vary.sizes import sized_inputs
from strop.sandbox.inside import wire

SIZES = (4, 32, 500)


def made(examples: list[list[Any]], seed: int = 0) -> dict[float, list[list[Any]]]:
    found = sized_inputs(examples, SIZES, random.Random(seed))
    assert list(found) == list(SIZES)
    for rows in found.values():
        assert rows
        for args in rows:
            wire.decode(json.dumps(args), live=True)
    return found


def test_lists_have_the_size_and_stay_as_they_were():
    found = made([[[1, 2, 5], 2], [[0, 3], 3], [[4, 6, 7, 9], 4]])
    for size, rows in found.items():
        for items, item in rows:
            assert len(items) == size
            assert items == sorted(set(items))
            assert item in items


def test_strings_and_lists_of_one_length_grow_together():
    for size, rows in made([["ab", [1, 2]], ["xyz", [3, 4, 5]], ["q", [1]]]).items():
        assert all(len(text) == len(items) == size for text, items in rows)


def test_an_index_points_into_the_list():
    for rows in made([[[5, 5, 7], 1], [[5, 2], 0], [[9, 9, 9, 1], 3]]).values():
        assert all(0 <= place < len(items) for items, place in rows)


def test_without_a_sequence_whole_numbers_are_the_size():
    for size, rows in made([[5, True], [7, False]]).items():
        assert all(n == size and isinstance(flag, bool) for n, flag in rows)


def test_permutations_and_squares():
    for size, rows in made([[[2, 0, 1]], [[1, 0]], [[0, 3, 2, 1]]]).items():
        assert all(sorted(items) == list(range(int(size))) for (items,) in rows)
    found = sized_inputs([[[[1, 2], [3, 4]]], [[[1]]], [[[1, 2, 3]] * 3]], (6,), random.Random(0))
    assert all(len(row) == len(grid) == 6 for (grid,) in found[6] for row in grid)


def test_the_same_seed_gives_the_same():
    assert made([[[1, 2]]], 3) == made([[[1, 2]]], 3) != made([[[1, 2]]], 4)


@pytest.mark.parametrize("examples", [[], [[None, True]], [[]]])
def test_what_has_no_size_is_bad_input(examples: list[list[Any]]):
    with pytest.raises(BadInput):
        sized_inputs(examples, SIZES, random.Random(0))
