"""What the programs of this folder are asked for: cases, and the same as a pytest suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["TASKS", "Task"]


@dataclass(frozen=True)
class Task:
    """`entry` is None for a program on standard input, which has no suite."""

    entry: str | None
    inputs: list[Any]
    expected: list[Any]
    suite: str = ""


TASKS = {
    "merge": Task(
        "merge",
        [[[1, 4], [2, 3]], [[], []], [[5], []], [[2, 2], [2]], [[-3, 0, 9], [1]]],
        [[1, 2, 3, 4], [], [5], [2, 2, 2], [-3, 0, 1, 9]],
        """
import pytest
from solution import merge

def test_interleaves():
    assert merge([1, 4], [2, 3]) == [1, 2, 3, 4]

def test_one_empty():
    assert merge([5], []) == [5]

@pytest.mark.parametrize("a, b, want", [([2, 2], [2], [2, 2, 2]), ([-3, 0, 9], [1], [-3, 0, 1, 9])])
def test_more(a, b, want):
    assert merge(a, b) == want
""",
    ),
    "digits": Task(
        "digits",
        [[0], [7], [19], [-45], [99999], [1000001]],
        [0, 7, 10, 9, 45, 2],
        """
import unittest
from solution import digits

class TestDigits(unittest.TestCase):
    def test_small(self):
        self.assertEqual(digits(7), 7)

    def test_two(self):
        self.assertEqual(digits(19), 10)

    def test_negative(self):
        self.assertEqual(digits(-45), 9)

    def test_many(self):
        self.assertEqual(digits(99999), 45)
""",
    ),
    "vowels": Task(
        "vowels",
        [[""], ["sky"], ["banana"], ["AEIOU"], ["queue up"]],
        [0, 0, 3, 5, 5],
        """
from solution import vowels

def test_none():
    assert vowels("sky") == 0

def test_some():
    assert vowels("banana") == 3

def test_capitals():
    want = 5
    assert vowels("AEIOU") == want

def test_space():
    assert 5 == vowels("queue up")
""",
    ),
    "average": Task(
        "average",
        [[[1, 2]], [[4]], [[0.5, 0.25, 0.75]], [[-2, 2, 3]]],
        [1.5, 4.0, 0.5, 1.0],
        """
import pytest
from solution import average

def test_two():
    assert average([1, 2]) == 1.5

def test_one():
    assert average([4]) == 4.0

def test_close():
    assert average([0.5, 0.25, 0.75]) == pytest.approx(0.5)
    assert average([-2, 2, 3]) == 1.0
""",
    ),
    "lengths": Task(
        "lengths",
        [[["a", "bb", "c"]], [[]], [["same", "size"]], [["x", "", "yy"]]],
        [{1: ["a", "c"], 2: ["bb"]}, {}, {4: ["same", "size"]}, {1: ["x"], 0: [""], 2: ["yy"]}],
        """
from solution import lengths

def test_groups():
    assert lengths(["a", "bb", "c"]) == {1: ["a", "c"], 2: ["bb"]}

def test_nothing():
    assert lengths([]) == {}

def test_one_group():
    assert lengths(["same", "size"]) == {4: ["same", "size"]}
""",
    ),
    "sums": Task(None, ["1 2\n", "10 20 30\n", "-1\n"], ["3", "60", "-1"]),
}
