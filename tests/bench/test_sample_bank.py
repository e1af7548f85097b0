from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from strop.bench.bank_build import build_bank
from strop.bench.bank_draws import BankPlan, draw_columns
from strop.bench.bank_file import read_bank
from strop.bench.bank_summary import summary
from strop.bench.sample_bank import Bank, load_bank
from strop.core.errors import BadInput
from strop.lab import minipy, sums
from strop.lab.minipy.texts import example_line
from strop.lab.speaker import Written

_NONE = "def f(*args):\n    return None"
_SAME = "def f(*args):\n    x = None\n    return x"
_STUCK = "def f(*args):\n    while True:\n        pass"


def _written(text: str) -> Written:
    pieces = tuple(text[i : i + 4] for i in range(0, len(text), 4))
    return Written(text, "stop", pieces, (-0.25,) * len(pieces))


@dataclass
class Scripted:
    """Says by turns what a table has for the prompt's first line; counts what it is asked."""

    table: dict[str, list[str]]
    asked: list[str] = field(default_factory=list[str])

    def ids(self, prompt: str) -> list[int]:
        return [0] * (len(prompt) // 4)

    def write(
        self,
        prompts: Sequence[str],
        rngs: Sequence[Sequence[Random]],
        max_tokens: int = 256,
        *,
        temperature: float = 1.0,
    ) -> list[list[Written]]:
        self.asked += prompts
        said = [self.table[next(key for key in self.table if key in prompt)] for prompt in prompts]
        return [
            [_written(text) for text in islice(cycle(texts), len(each))]
            for texts, each in zip(said, rngs, strict=True)
        ]

    def chances(self, prompts: Sequence[str], words: Sequence[str]) -> Any:
        self.asked += prompts
        return np.array(
            [[0.25, 0.75] if "None" in p or "answer 0" in p else [0.75, 0.25] for p in prompts]
        )

    def step_scores(
        self, prompts: Sequence[str], solutions: Sequence[Sequence[str]]
    ) -> list[list[float]]:
        assert all(step.endswith("\n") for steps in solutions for step in steps)
        each = {"prm": 0.5, "orm": 0.75}
        return [
            [each[prompt.partition("\n")[0]]] * len(steps)
            for prompt, steps in zip(prompts, solutions, strict=True)
        ]


def _minipy(*more: str) -> Scripted:
    table: dict[str, list[str]] = {}
    for problem in minipy.problems("test", 2):
        said = " ".join(problem.description.split())
        (args, value), (other, _) = problem.hidden[:2]
        tests = [example_line(args, value), example_line(other, "wrong"), "f(...) == 1"]
        table[f"#tester\n{said}"] = ["\n".join(tests), "no test"]
        table[f"#writer\n{said}"] = [problem.code, _NONE, *more]
    return Scripted(table)


def _sums() -> dict[str, Any]:
    table = {
        f"policy\n{problem.question}": [problem.solution, "answer 0", "wait"]
        for problem in sums.problems("test", 2)
    }
    judge = Scripted({"answer 0": ["answer 5 no\nwrong\n"], "verifier": ["right\n", "hm"]})
    return {"sums": Scripted(table), "sums-small": Scripted(table), "sums-judge": judge}


def _both(speaker: Scripted) -> dict[str, Any]:
    """One that writes and judges."""
    return {"minipy": speaker, "minipy-judge": speaker}


_HEADER = {"models": {"any": "0"}, "date": "2026-01-01", "version": "0", "command": "test"}


def _built(plan: BankPlan, speakers: dict[str, Any], folder: Path) -> Bank:
    out = folder / "out.bank"
    build_bank(plan, speakers, _HEADER, folder / "work", out)
    return load_bank(plan.world, out)


def test_programs_have_verdicts_groups_and_generated_tests(tmp_path: Path):
    plan = BankPlan("minipy", problems=2, samples=8, testers=4)
    bank = _built(plan, _both(_minipy(_SAME, _STUCK)), tmp_path)
    assert [p.id for p in bank.problems] == [p.id for p in minipy.problems("test", 2)]
    assert bank.header["seed"] == 0
    assert bank.header["command"] == "test"
    for problem in bank.problems:
        reference = minipy.get(problem.id)
        assert len(problem.samples) == 8
        right, none, same, stuck = problem.samples[:4]
        assert problem.samples[4:] == problem.samples[:4]
        assert right.text == reference.code
        assert (right.right, right.visible, none.right, stuck.right) == (True, True, False, False)
        assert none.group == same.group
        assert len({right.group, none.group, stuck.group}) == 3
        assert (right.score, none.score) == (0.75, 0.25)
        assert right.tokens == len(right.logprobs)
        assert right.logprob == -0.25 * right.tokens
        assert len(problem.testers) == 4
        assert problem.testers[1] == ("no test", ())
        assert len(problem.tests) == 3
        good, wrong = (problem.tests[i] for i in problem.testers[0][1][:2])
        assert (good.valid, good.right, wrong.valid, wrong.right) == (True, True, True, False)
        assert eval(good.args) == reference.hidden[0][0]
        assert problem.passes is not None
        assert [problem.passes[s.distinct].sum() for s in (right, none, stuck)] == [1, 0, 0]
    assert summary(bank)["pass@1"] == 0.25
    assert summary(bank)["best_score"] == 1.0


def test_solutions_have_step_scores_votes_and_answers(tmp_path: Path):
    bank = _built(BankPlan("sums", problems=2, samples=6), _sums(), tmp_path)
    for problem in bank.problems:
        reference = sums.get(problem.id)
        right, wrong, silent = problem.samples[:3]
        assert right.text == reference.solution
        assert (right.right, wrong.right, silent.right) == (True, False, False)
        assert (wrong.answer, silent.answer, silent.group) == ("0", None, -1)
        assert len(right.steps) == len(sums.split_steps(reference.solution))
        assert all(step.good and step.score == 0.5 for step in right.steps)
        assert [step.good for step in wrong.steps] == [False]
        assert right.votes == (True, None, True, None)
        assert wrong.votes == (False,) * 4
        assert (right.score, wrong.score) == (0.75, 0.75)
        assert [s.right for s in problem.small] == [True, False, False] * 2
        assert problem.small[0].steps == ()
        assert len(problem.small[0].logprobs) == 0
        assert problem.small[0].logprob == right.logprob


def test_a_build_goes_on_where_it_was_stopped(tmp_path: Path):
    plan = BankPlan("minipy", problems=2, samples=4, testers=2)
    whole = _built(plan, _both(_minipy()), tmp_path / "whole")
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        raise KeyboardInterrupt

    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        build_bank(plan, _both(_minipy()), _HEADER, folder / "work", folder / "out", stop)
    assert len(lines) == 1
    assert not (folder / "out").exists()
    late = _minipy()
    bank = _built(plan, _both(late), folder)
    first, second = (" ".join(p.description.split()) for p in minipy.problems("test", 2))
    assert not any(first in prompt for prompt in late.asked)
    assert any(second in prompt for prompt in late.asked)
    assert len(bank.problems) == len(whole.problems)
    paths = [tmp_path / name / "out.bank" for name in ("whole", "stopped")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_working_folder_begun_otherwise_is_refused(tmp_path: Path):
    plan = BankPlan("minipy", problems=1, samples=2, testers=1)
    _built(plan, _both(_minipy()), tmp_path)
    with pytest.raises(BadInput, match="begun with seed 0, not 1"):
        _built(replace(plan, seed=1), _both(_minipy()), tmp_path)
    more = _built(replace(plan, problems=2), _both(_minipy()), tmp_path)
    assert len(more.problems) == 2


def test_an_unknown_world_and_a_bank_of_another_are_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="minipy, sums"):
        load_bank("chess")
    plan = BankPlan("minipy", problems=1, samples=2, testers=1)
    _built(plan, _both(_minipy()), tmp_path)
    with pytest.raises(BadInput, match="of minipy, not of sums"):
        load_bank("sums", tmp_path / "out.bank")
    assert read_bank(tmp_path / "out.bank")[0]["world"] == "minipy"


def test_two_ways_of_tokens_of_one_text_are_kept_apart():
    one = Written("ab", "stop", ("a", "b"), (-1.0, -2.0))
    two = Written("ab", "stop", ("ab",), (-4.0,))
    columns = draw_columns([two, one, two])
    assert columns["text"] == ["ab"]
    assert np.asarray(columns["writing.tokens"]).tolist() == [2, 1]
    assert np.asarray(columns["sample"]).tolist() == [1, 0, 1]
    assert np.asarray(columns["writing.logprob"]).tolist() == [-3.0, -4.0]
