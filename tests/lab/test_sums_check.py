from dataclasses import replace
from itertools import permutations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.lab.sums.check import check_solution, prefix_values, value_of_prefix
from strop.lab.sums.expression import apply
from strop.lab.sums.finish import finish
from strop.lab.sums.problem import problem
from strop.lab.sums.reach import path, reachable
from strop.lab.sums.steps import split_steps
from strop.lab.sums.walks import walk

ARITH = replace(problem(0), kind="arith", question="(12 + 7) * 3 - 8", answer=49)
COUNT = replace(problem(1), kind="count", question="make 54 from 25 7 3", answer=54)


def reasons(problem, text):
    return [step.reason for step in check_solution(problem, text).steps]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 + 7 = 19\n19 * 3 = 30 + 27 = 57\n57 - 8 = 49\nanswer 49\n", ["", "", "", ""]),
        ("7 + 12 = 19\n3*19 = 57\n57 - 8 = 49\nanswer 49", ["", "", "", ""]),
        ("12 + 7 = 18\n18 * 3 = 54\n54 - 8 = 46\nanswer 46", ["arithmetic", "", "", "answer"]),
        ("12 + 7 = 19\n19 * 3 = 30 + 17 = 57", ["", "arithmetic"]),
        ("3 - 8 = -5", ["follows"]),
        ("12 + 7 = 19\n19 + 3 = 22\n22 - 8 = 14\nanswer 14", ["", "follows", "", "answer"]),
        ("answer 49\nmore", ["", "late"]),
        ("12 + 7\nno\nback\n\nwell", ["unreadable", "claim", "claim", "unreadable"]),
        ("12 + 7 = 18\nwait\ncheck 12 + 7 = 19 no\n12 + 7 = 19", ["arithmetic", "", "", ""]),
        ("12 + 7 = 19\nwait\ncheck 12 + 7 = 19 ok", ["", "", ""]),
        ("12 + 7 = 19\nwait\ncheck 12 + 7 = 19 no", ["", "", "claim"]),
        ("12 + 7 = 18\nwait\ncheck 12 + 7 = 18 ok", ["arithmetic", "", "arithmetic"]),
        ("12 - 7 = 5\nwait\ncheck 12 + 7 = 19 no\n12 + 7 = 19", ["follows", "", "", ""]),
        ("check 1 + 1 = 2 ok", ["follows"]),
    ],
)
def test_arith_steps(text, expected):
    assert reasons(ARITH, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("try 25 - 7 = 18 left 3 18\ntry 18 * 3 = 54 left 54\nanswer (25 - 7) * 3", ["", "", ""]),
        ("try 25 + 7 = 32 left 3 32\ntry 32 + 3 = 35 left 35\nno\nback 25 7 3", ["", "", "", ""]),
        ("try 25 + 7 = 33 left 3 33", ["arithmetic"]),
        ("try 25 + 7 = 32 left 3 25 32", ["follows"]),
        ("try 24 + 7 = 31 left 3 31", ["follows"]),
        ("no", ["claim"]),
        ("back 25 7", ["claim"]),
        ("answer 27 * 2", ["answer"]),
        ("answer 25 + 25 + 7 - 3", ["answer"]),
        ("answer (25 - 7) * 3 = 54", [""]),
    ],
)
def test_count_steps(text, expected):
    assert reasons(COUNT, text) == expected


def test_prefix_values_of_a_search():
    text = "try 25 + 7 = 32 left 3 32\nback 25 7 3\ntry 25 - 7 = 18 left 3 18\n"
    assert prefix_values(COUNT, text) == (False, True, True)


def test_a_correction_restores_hope():
    text = "12 + 7 = 18\nwait\ncheck 12 + 7 = 19 no\n"
    assert prefix_values(ARITH, text) == (False, False, True)


def test_an_operation_that_is_not_there_leaves_no_hope():
    assert not value_of_prefix(ARITH, "12 - 7 = 19\n")


def brute(numbers, target):
    """Every order, every tree, every operator."""
    if target in numbers:
        return True
    for i, j in permutations(range(len(numbers)), 2):
        rest = [x for k, x in enumerate(numbers) if k not in (i, j)]
        for op in "+-*/":
            result = apply(op, numbers[i], numbers[j])
            if result is not None and brute([*rest, result], target):
                return True
    return False


def test_reach_agrees_with_brute_force():
    rng = Random(3)
    for _ in range(150):
        numbers = [rng.randint(1, 12) for _ in range(3)]
        for target in rng.sample(range(1, 80), 4):
            assert reachable(numbers, target) == brute(numbers, target)
            found = path(numbers, target)
            assert (found is None) == (not brute(numbers, target))
    for numbers in product((-3, 0, 2), (5, -1), (4,)):
        for target in (-7, 0, 1, 6, 9):
            assert reachable(numbers, target) == brute(list(numbers), target)


@pytest.mark.parametrize("seed", [11, 23, 37])
def test_count_prefixes_agree_with_brute_force(seed):
    p = problem(seed)
    for end in range(len(split_steps(p.solution)) - 1):
        prefix = "".join(split_steps(p.solution)[:end])
        reader = walk(p)
        for step in split_steps(prefix):
            reader.read(step)
        left = [number for number, _ in reader.state]  # pyright: ignore
        assert value_of_prefix(p, prefix) == brute(left, p.answer)


def test_finish_mends_every_sound_prefix():
    for seed in range(120):
        p = problem(seed)
        steps = split_steps(p.solution)
        for end in range(len(steps)):
            reader = walk(p)
            for step in steps[:end]:
                reader.read(step)
            checked = check_solution(p, "".join(steps[:end]) + finish(reader))
            assert checked.right
            assert checked.first_wrong is None


PIECES = st.sampled_from(
    [
        "12",
        "7",
        " + ",
        " - ",
        " * ",
        "/",
        "//",
        " = ",
        "19",
        "-",
        "\n",
        "answer ",
        "try ",
        "no",
        "back ",
        "wait",
        "check ",
        " ok",
        " left ",
        " 3 32",
        "(",
        ")",
        "0",
        "٣",
        "\x00",
        "  ",
        "19 - ",
        "30 / 3 = ",
        "10 * 21 = ",
        "82 * 4 = ",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join))


@given(TEXTS)
def test_any_text_is_judged(text):
    for p in (ARITH, COUNT):
        checked = check_solution(p, text)
        values = prefix_values(p, text)
        assert len(checked.steps) == len(values) == len(split_steps(text))
        assert checked.right == (checked.answer is not None and bool(values) and values[-1])


@given(TEXTS)
def test_split_steps_joins_to_the_text(text):
    assert "".join(split_steps(text)) == text
