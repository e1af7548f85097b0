from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strop.bench import lab_eval_judges as judges
from strop.bench import lab_eval_policies as policies
from strop.bench.lab_eval import evaluate, folder_of, policy_of
from strop.bench.lab_eval_files import curves, tables
from strop.bench.lab_samples import Asked, Item, Row, Work, chosen, problems_of, rows
from strop.bench.lab_scores import area, area_within, balanced, mean, process_f1, share, wilson
from strop.core.errors import BadInput, ToolUnavailable
from strop.lab import minipy, sums
from strop.lab.recipes import recipe

ARITH = sums.problem(0)
OTHER = sums.problem(2)


class Fake:
    """A speaker that writes what a function of the prompt says."""

    def __init__(self, reply: Any = "", context: int = 512) -> None:
        self.reply: Callable[[str], Any] = reply if callable(reply) else lambda prompt: reply
        self.tokenizer = SimpleNamespace(
            encode=lambda text: SimpleNamespace(ids=[ord(letter) for letter in text])
        )
        self.llama = SimpleNamespace(shape=SimpleNamespace(context=context))

    def write(self, prompts: Sequence[str], rngs: Sequence[Sequence[Any]], **how: Any) -> Any:
        return [
            [SimpleNamespace(text=self.reply(prompt), pieces=("x",)) for _ in each]
            for prompt, each in zip(prompts, rngs, strict=True)
        ]

    def chances(self, prompts: Sequence[str], words: Sequence[str]) -> Any:
        return [[self.reply(prompt), 1 - self.reply(prompt)] for prompt in prompts]

    def step_scores(self, prompts: Sequence[str], solutions: Sequence[Sequence[str]]) -> Any:
        assert all(step.endswith("\n") for steps in solutions for step in steps)
        return [[self.reply(step) for step in steps] for steps in solutions]


def fake(reply: Any = "") -> Any:
    return Fake(reply)


def row(problem: Any, texts: Sequence[str]) -> Row:
    verdicts = [sums.check_solution(problem, text) for text in texts]
    return Row(problem, texts, verdicts, [verdict.right for verdict in verdicts])


def wrong_of(problem: Any) -> str:
    return problem.solution.replace(f"answer {problem.answer}", f"answer {problem.answer + 1}")


def items() -> list[Item]:
    rows = [row(problem, [problem.solution, wrong_of(problem)]) for problem in (ARITH, OTHER)]
    return chosen(Work(Asked(), "sums"), rows)


def test_wilson_as_in_the_textbook():
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    with pytest.raises(ValueError, match="above 0"):
        wilson(0, 0)


def test_a_share_of_many_rows_of_few_problems_is_less_certain():
    good = [True] * 50 + [False] * 50
    alone = share(good)
    grouped = share(good, [str(i // 25) for i in range(100)])
    assert alone is not None
    assert grouped is not None
    assert alone["value"] == grouped["value"] == 0.5
    assert grouped["high"] - grouped["low"] > 2 * (alone["high"] - alone["low"])
    assert share([]) is None


def test_a_share_of_one_is_not_certain():
    found = share([True] * 100, ["a"] * 50 + ["b"] * 50)
    assert found is not None
    assert found["low"] == pytest.approx(wilson(2, 2)[0])
    assert found["n"] == 100


def test_the_area_counts_pairs_and_ties_half():
    scores, right = [0.9, 0.5, 0.5, 0.1], [True, True, False, False]
    found = area(scores, right, list("abcd"))
    assert found is not None
    assert found["value"] == (1 + 1 + 0.5 + 1) / 4
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
    assert area(scores, [True] * 4, list("abcd")) is None


def test_the_area_within_compares_only_samples_of_one_problem():
    scores, right = [0.2, 0.1, 0.9, 0.8, 0.7], [True, False, True, False, True]
    found = area_within(scores, right, ["a", "a", "b", "b", "b"])
    assert found is not None
    assert found["value"] == (1 + 0.5) / 2
    assert found["n"] == 2
    assert area_within([0.1], [True], ["a"]) is None


def test_balanced_accuracy_is_the_mean_of_both_kinds():
    found = balanced([True, True, True, True], [True, True, True, False], list("abcd"))
    assert found is not None
    assert found["value"] == 0.5
    gain = mean([1, -1, 0, 1], list("abcd"))
    assert gain is not None
    assert gain["value"] == 0.25


def test_f1_is_the_harmonic_mean_of_both_kinds():
    found = process_f1([2, 1, None, None, 0], [2, 0, 1, None, None], list("abcde"))
    assert found["on_wrong"] is not None
    assert found["on_right"] is not None
    assert found["f1"] is not None
    assert found["on_wrong"]["value"] == pytest.approx(1 / 3)
    assert found["on_right"]["value"] == 0.5
    assert found["f1"]["value"] == pytest.approx(0.4)
    assert process_f1([None], [None], ["a"])["f1"] is None


@pytest.mark.parametrize("world", ["minipy", "sums"])
def test_no_composition_is_measured_twice(world: str):
    found = problems_of(world, "test", 40)
    assert len({problem.canonical for problem in found}) == 40
    assert {problem.split for problem in found} == {"test"}
    assert found[:10] == problems_of(world, "test", 10)


def test_judges_see_as_many_right_as_wrong_samples_and_each_once():
    wrong = wrong_of(ARITH)
    found = chosen(
        Work(Asked(), "sums"),
        [row(ARITH, [ARITH.solution, wrong, wrong, "", "answer 1\n"]), row(OTHER, ["answer x\n"])],
    )
    assert [item.right for item in found].count(True) == 1
    assert len(found) == 2
    assert all(item.text for item in found)


def test_pass_at_k_is_told_for_all_and_by_difficulty():
    found = policies.policy(
        [row(ARITH, [ARITH.solution, "", "", ""]), row(OTHER, [OTHER.solution] * 4)], seed=0
    )
    assert found is not None
    assert {k: v["value"] for k, v in found["pass_at_k"].items()} == {
        "1": 0.625,
        "2": 0.75,
        "4": 1.0,
    }
    levels = found["by_difficulty"].values()
    assert sum(part["problems"] for part in levels) == found["by_kind"]["arith"]["problems"] == 2
    assert found["chances"]["within"]["value"] == 0.5
    assert policies.policy([], 0) is None


def test_a_reviser_is_compared_with_a_new_draw():
    found = [row(problem, [wrong_of(problem), problem.solution]) for problem in (ARITH, OTHER)]
    answers = {problem.question: f"answer {problem.answer}\n" for problem in (ARITH, OTHER)}

    def revise(prompt: str) -> str:
        assert prompt.startswith("reviser\n")
        assert prompt.rstrip().splitlines()[-1].startswith("answer ")
        return answers[prompt.splitlines()[1]]

    work = Work(Asked(), "sums")
    result: Any = policies.revisers(work, fake(revise), fake("answer no\n"), found)
    assert result["failed_samples"] == 2
    assert result["repaired"]["value"] == result["gain"]["value"] == 1.0
    assert result["resampled"]["value"] == 0.0


def test_tests_are_held_against_the_right_program():
    problem = next(
        p for p in minipy.problems("test", 99) if "L" in p.id or p.code[:8] == "def f(xs"
    )
    (args, value), *_ = problem.hidden
    line = f"f({', '.join(map(repr, args))}) =="
    reply = f"{line} {value!r}\n{line} 'never'\nf('no list') == 1\nnot a test"
    with Work(Asked(), "minipy") as work:
        found: Any = policies.testers(work, fake(reply), [problem])
    assert (found["lines"], found["tests"], found["problems"]) == (4, 3, 1)
    assert found["valid"]["value"] == pytest.approx(2 / 3)
    assert found["right"]["value"] == pytest.approx(1 / 3)
    assert found["right_of_valid"]["value"] == 0.5


def test_arguments_of_other_types_do_not_fit():
    for problem in minipy.problems("test", 60):
        for args, _ in problem.hidden:
            assert policies.fitting(problem, args), problem.code
            assert not policies.fitting(problem, (*args, 1, 2))
            assert not policies.fitting(problem, (None, *args[1:]))
        assert not policies.fitting(problem, ())
        assert not policies.fitting(problem, (True,))


def test_a_perfect_process_reward_finds_every_first_wrong_step():
    wrong = {wrong_of(p).splitlines()[-1] for p in (ARITH, OTHER)}
    speaker = fake(lambda step: 0.1 if step.strip() in wrong else 0.9)
    found: Any = judges.prm(Work(Asked(), "sums"), speaker, items())
    assert found["solutions"] == 4
    assert found["first_wrong"]["f1"]["value"] == 1.0
    assert found["step_precision"]["value"] == found["step_recall"]["value"] == 1.0
    assert found["step_area"]["value"] == 1.0
    blind: Any = judges.prm(Work(Asked(), "sums"), fake(lambda step: 0.9), items())
    assert blind["first_wrong"]["on_right"]["value"] == 1.0
    assert blind["first_wrong"]["f1"]["value"] == 0.0
    assert blind["step_precision"] is None


def test_an_outcome_reward_is_measured_on_right_and_wrong_samples():
    wrong = {wrong_of(p).splitlines()[-1] for p in (ARITH, OTHER)}
    speaker = fake(lambda text: 0.2 if text.strip().splitlines()[-1] in wrong else 0.4)
    found: Any = judges.orm(Work(Asked(), "sums"), speaker, items())
    assert found["area"]["value"] == found["area_within_problem"]["value"] == 1.0
    assert found["accuracy"]["value"] == found["balanced"]["value"] == 0.5


def test_a_verifier_votes_and_a_reply_without_verdict_is_no_yes():
    work = Work(Asked(), "sums")
    yes: Any = judges.verifier(work, fake("3 + 4 = 7 ok\nright\n"), items())
    assert set(yes["by_votes"]) == {"1", "3", "5", "9"}
    assert yes["by_votes"]["9"]["accuracy"]["value"] == 0.5
    said = iter(range(10**6))
    mixed = fake(lambda prompt: "right\n" if next(said) % 3 else "hm\n")
    found: Any = judges.verifier(work, mixed, items()[:1])
    assert found["without_verdict"] == pytest.approx(1 / 3)
    assert (
        found["by_votes"]["1"]["accuracy"]["value"] != found["by_votes"]["3"]["accuracy"]["value"]
    )


def test_a_batch_that_was_interrupted_is_left_out():
    drawn: list[str] = []
    work = Work(Asked(problems=50, samples=64), "sums", stopped=lambda: len(drawn) >= 3)
    found = rows(work, fake(lambda prompt: drawn.append(prompt) or "answer 1\n"))
    assert found == []
    assert problems_of("sums", "test", 50, work.stopped) == []


def test_what_was_measured_before_an_interrupt_is_kept():
    drawn: list[str] = []
    work = Work(Asked(problems=20, samples=32), "sums", stopped=lambda: len(drawn) > 5 * 64)
    found = rows(work, fake(lambda prompt: drawn.append(prompt) or "answer 1\n"))
    assert len(found) == 10
    assert {len(each.texts) for each in found} == {32}


def report() -> dict[str, Any]:
    figures = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 4}
    part = {"problems": 4, "pass_at_k": {"1": figures, "2": figures}}
    votes = {"accuracy": figures, "balanced": None}
    return {
        "model": "m",
        "policy_model": "m",
        "world": "sums",
        "split": "test",
        "temperature": 1.0,
        "policy": part | {"by_difficulty": {"1": part}, "by_kind": {"arith": part}},
        "verifier": {"solutions": 4, "by_votes": {"1": votes, "3": votes}},
    }


def test_the_table_has_a_row_for_each_group_and_k(tmp_path: Path):
    whole, table = tables(report(), tmp_path / "new")
    assert json.loads(whole.read_text())["policy"]["problems"] == 4
    found = list(csv.DictReader(table.read_text().splitlines()))
    assert [(each["group"], each["k"]) for each in found] == [
        (group, k) for group in ("all", "difficulty 1", "arith") for k in "12"
    ]
    assert found[0]["pass_at_k"] == "0.500000"
    assert tables(report() | {"policy": None}, tmp_path) == [tmp_path / "eval.json"]


def test_curves_are_pictures(tmp_path: Path):
    pytest.importorskip("matplotlib")
    for path in curves(report(), tmp_path):
        assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ToolUnavailable, match=r"strop\[plots\]"):
        curves(report(), tmp_path)


def test_the_samples_are_the_models_own_or_those_of_its_world():
    assert policy_of(recipe("sums-small"), None) == "sums-small"
    assert policy_of(recipe("sums-judge"), None) == "sums"
    assert policy_of(recipe("sums-judge"), "sums-small") == "sums-small"
    with pytest.raises(BadInput, match="There are: sums, sums-small"):
        policy_of(recipe("sums"), "minipy")


def test_weights_are_in_the_folder_or_in_one_of_the_models_name(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    assert folder_of("sums", tmp_path) == tmp_path
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "config.json").write_text("{}")
    assert folder_of("sums", tmp_path) == tmp_path / "sums"
    with pytest.raises(BadInput, match=r"no config\.json"):
        folder_of("sums", tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "asked", "told"),
    [
        ("chess", Asked(), "There are: minipy"),
        ("sums", Asked(split="dev"), "There are: train, validation, test"),
        ("sums", Asked(problems=0), "1 or more"),
        ("sums", Asked(temperature=-1.0), "0 or more"),
    ],
)
def test_wrong_use_is_one_line(name: str, asked: Asked, told: str):
    with pytest.raises(BadInput, match=told) as caught:
        evaluate(name, asked)
    assert "\n" not in str(caught.value)
