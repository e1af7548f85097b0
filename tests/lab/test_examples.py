"""Training pairs: never of a problem outside their split, and labelled where they should be."""

from __future__ import annotations

from itertools import islice

import pytest

from strop.lab import minipy, sums
from strop.lab.examples import pairs, split_of
from strop.lab.recipes import RECIPES
from strop.lab.sums.check import prefix_values
from strop.lab.tokens import BAD, GOOD
from strop.lab.training import encode
from strop.lab.weights import load


@pytest.mark.parametrize("world", ["minipy", "sums"])
def test_no_problem_of_the_test_split_is_in_the_training_data(world: str):
    make = minipy.problem if world == "minipy" else sums.problem
    trained = {p.canonical for s in range(8000) if (p := make(s)).split == "train"}
    problems = (minipy.problems if world == "minipy" else sums.problems)("test", 500)
    assert not trained & {problem.canonical for problem in problems}


@pytest.mark.parametrize("name", list(RECIPES))
def test_pairs_are_made_of_training_problems_alone(name: str, monkeypatch: pytest.MonkeyPatch):
    """Every problem that is turned into a pair is one of the training split."""
    from strop.lab import examples

    made = RECIPES[name]
    used: list[int] = []
    make = examples.WORLDS[made.world]

    def watched(role, number, rng):
        pair = make(role, number, rng)
        used.append(number)
        return pair

    monkeypatch.setattr(examples, "WORLDS", {made.world: watched})
    drawn = list(islice(pairs(made.world, made.mix, 1_000_000), 150))
    kept = [number for number in used if split_of(made.world, number) == "train"]
    assert len(drawn) <= len(kept) < len(used)


@pytest.mark.parametrize("name", list(RECIPES))
def test_the_completion_and_nothing_of_the_prompt_is_learned(name: str):
    made = RECIPES[name]
    tokenizer = load(name).tokenizer
    seen: set[str] = set()
    for pair in islice(pairs(made.world, made.mix, 2_000_000), 60):
        row = encode(pair, tokenizer, made.context)
        assert row is not None
        ids, labels = row
        start = len(tokenizer.encode(pair.prompt).ids)
        assert len(ids) == len(labels)
        assert set(labels[:start]) == {-100}
        if not pair.scores and not pair.without:
            assert labels[start:] == ids[start:]
            assert tokenizer.decode(ids[start:-1]) == pair.completion
        seen.add(pair.role)
    assert seen == set(made.mix)


def test_a_process_reward_is_expected_after_each_step():
    tokenizer = load("sums-judge").tokenizer
    marks = {tokenizer.token_to_id(GOOD): True, tokenizer.token_to_id(BAD): False}
    for pair in islice(pairs("sums", {"prm": 1.0}, 3_000_000), 40):
        row = encode(pair, tokenizer, 512)
        assert row is not None
        ids, labels = row
        at = [i for i, label in enumerate(labels) if label != -100]
        assert [tokenizer.decode([ids[i - 1]]) for i in at] == ["\n"] * len(at)
        problem = next(
            p for s in range(3_000_000, 3_000_400) if (p := sums.problem(s)).question in pair.prompt
        )
        assert [marks[labels[i]] for i in at] == list(prefix_values(problem, pair.completion))


def test_a_text_longer_than_the_context_is_left_out():
    tokenizer = load("sums").tokenizer
    pair = next(pairs("sums", {"policy": 1.0}, 0))
    assert encode(pair, tokenizer, 8) is None
