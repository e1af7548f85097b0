from __future__ import annotations

import json
import time
from collections import Counter
from hashlib import sha256
from itertools import chain
from pathlib import Path
from random import Random

import pytest

from strop.lab.minipy import get, problem, problems, task_row, wrong_programs
from strop.lab.minipy.corrupt import first_failure
from strop.lab.minipy.operations import OPERATIONS
from strop.lab.minipy.steps import canonical, code_of, misses, normal, run, steps_of
from strop.lab.minipy.wording import forms
from strop.sandbox.inside import wire
from strop.sandbox.pool import Pool
from strop.tasks.task_file import task_of
from strop.tasks.workbench import Workbench

FROZEN = {
    0: "85802115e74a660d",
    1: "804c7eb64e4eba78",
    17: "baa40dc3d73c9b77",
    4242: "3951b9c3efaf6a08",
    1000003: "e532e2a856e91393",
}


def outcome(code: str, args: tuple) -> object:
    space: dict = {}
    exec(code, space)
    return space["f"](*args)


@pytest.mark.parametrize("seed", FROZEN)
def test_a_seed_gives_the_same_problem_for_ever(seed: int):
    assert sha256(repr(problem(seed)).encode()).hexdigest()[:16] == FROZEN[seed]


@pytest.mark.parametrize("n", [3000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_splits_share_no_composition(n: int):
    begin = time.perf_counter()
    splits: dict[str, set[str]] = {"train": set(), "validation": set(), "test": set()}
    difficulties: Counter[int] = Counter()
    used: Counter[str] = Counter()
    for seed in range(n):
        made = problem(seed)
        splits[made.split].add(made.canonical)
        difficulties[made.difficulty] += 1
        used.update(step.operation.name for step in steps_of(made.canonical))
    print(f"{n / (time.perf_counter() - begin):.0f} problems/s, {dict(difficulties)}")
    assert not splits["train"] & splits["test"]
    assert not splits["train"] & splits["validation"]
    assert not splits["validation"] & splits["test"]
    assert min(map(len, splits.values())) > n / 100
    assert len(used) > 0.95 * len(OPERATIONS)
    shares = [difficulties[level] / n for level in (1, 2, 3, 4, 5)]
    for share, (low, high) in zip(
        shares, [(0.3, 0.45), (0.36, 0.5), (0.1, 0.2), (0.01, 0.06), (0.001, 0.02)], strict=True
    ):
        assert low < share < high


def test_the_program_passes_its_own_cases_and_they_are_small():
    for seed in range(400):
        made = problem(seed)
        assert 2 <= len(made.visible) <= 3
        assert 8 <= len(made.hidden) <= 12
        assert len(made.code.splitlines()) <= 20
        for args, expected in chain(made.visible, made.hidden):
            got = outcome(made.code, args)
            assert (got, type(got)) == (expected, type(expected)), made
        inputs = [repr(args) for args, _ in chain(made.visible, made.hidden)]
        assert len(set(inputs)) == len(inputs)


def test_code_and_steps_agree_and_the_canonical_form_reads_back():
    for seed in range(300):
        made = problem(seed)
        steps = steps_of(made.canonical)
        assert canonical(steps) == made.canonical
        assert normal(steps) == steps
        assert code_of(steps) == made.code
        for args, expected in made.hidden:
            assert run(steps, args[0], args[1] if len(args) > 1 else 0) == expected


def test_steps_that_commute_have_one_canonical_form():
    one = normal(steps_of("sort_up|above(3)|evens"))
    two = normal(steps_of("evens|above(3)|sort_up"))
    assert canonical(one) == canonical(two) == "above(3)|evens|sort_up"
    assert canonical(normal(steps_of("add_each(2)|reverse_L"))) == "reverse_L|add_each(2)"
    assert canonical(normal(steps_of("sort_up|unique"))) == "unique|sort_up"
    assert canonical(normal(steps_of("sort_up|take_L(2)"))) == "sort_up|take_L(2)"


def test_dropping_a_step_changes_some_case():
    for seed in range(300):
        made = problem(seed)
        for kind, steps in misses(steps_of(made.canonical)):
            if kind == "dropped":
                assert first_failure(code_of(steps), made.hidden), (made, canonical(steps))


def test_problems_walk_one_split_and_ids_lead_back():
    found = list(problems("test", 20, start=1000))
    assert [made.split for made in found] == ["test"] * 20
    assert found[0].seed >= 1000
    assert get(found[3].id) == found[3]
    with pytest.raises(KeyError):
        get(found[3].id.replace("/test/", "/train/"))
    with pytest.raises(KeyError):
        get("sums/test/1")
    with pytest.raises(ValueError):
        next(problems("dev", 1))


def test_every_operation_has_six_wordings_and_near_ones_of_its_input():
    for operation in OPERATIONS.values():
        assert forms(operation) >= 6, operation.name
        for name in operation.near:
            assert OPERATIONS[name].takes == operation.takes, (operation.name, name)


def test_wrong_programs_are_wrong_and_say_how():
    rng = Random(7)
    kinds: Counter[str] = Counter()
    for seed in range(150):
        made = problem(seed)
        wrongs = wrong_programs(made, rng, 3)
        assert len({wrong.code for wrong in wrongs}) == len(wrongs)
        for wrong in wrongs:
            kinds[wrong.kind] += 1
            assert first_failure(wrong.code, made.hidden)
            assert wrong.feedback.startswith("f(")
            assert " gives " in wrong.feedback or " raises " in wrong.feedback
    assert set(kinds) == {"dropped", "parameter", "mistaken", "swapped", "slip"}
    assert kinds.total() > 400


def test_a_problem_loads_as_a_strop_task_with_its_values_unchanged():
    bench = Workbench(Pool(workers=1))
    kinds = set()
    for seed in range(200):
        made = problem(seed)
        row = json.loads(json.dumps(task_row(made)))
        loaded = task_of(row, "row", Path(), bench)
        assert loaded.task.id == made.id
        assert loaded.hidden
        for given, (args, expected) in zip(row["hidden"], made.hidden, strict=True):
            assert wire.decode(json.dumps(given["input"])) == list(args)
            got = wire.decode(json.dumps(given["expected"]))
            assert (got, type(got)) == (expected, type(expected))
            kinds.add(type(expected))
    assert {int, str, list, dict, bool, tuple} <= kinds
