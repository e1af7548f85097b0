"""The contract of every strategy in the catalogue, whatever paper it comes from."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from strop.core.budget import Budget
from strop.core.card import AXES, Entry, build, catalogue
from strop.core.errors import BudgetSpent, ModelError

from .methods.solving import CRASH, RIGHT, SQUARE, fenced, solve

ROOT = Path(__file__).parent.parent
STRATEGIES = [e for e in catalogue().values() if e.card.kind == "strategy"]
HEADINGS = ("**Maths.**", "**Differs from the", "**Use when**", "**Fails when**", "Source:")
SCRIPTS = {
    "": [fenced(CRASH), fenced(SQUARE), fenced(RIGHT)],
    "tester": ["[[4], [5]]"],
    "distinguisher": ["[[3]]"],
    "judge": ["B"],
    "critic": ["It is wrong."],
}


def every(entries: list[Entry]):
    return pytest.mark.parametrize("entry", entries, ids=lambda e: e.id)


@every(list(catalogue().values()))
def test_the_card_is_complete_and_its_anchor_exists(entry: Entry):
    card = entry.card
    assert set(card.axes) == set(AXES)
    assert card.title
    assert card.cost
    assert card.anchor, "no anchor, not stable"
    file, _, name = card.anchor.partition("::")
    tree = ast.parse((ROOT / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@every(list(catalogue().values()))
def test_the_file_explains_itself(entry: Entry):
    text = ast.get_docstring(ast.parse(entry.path.read_text())) or ""
    assert [heading for heading in HEADINGS if heading not in text] == []
    assert len(entry.path.read_text().splitlines()) <= 160


@every(STRATEGIES)
def test_the_class_is_named_like_the_file_and_refuses_bad_settings(entry: Entry):
    method = build(entry.id)
    assert type(method).__name__ == "".join(p.capitalize() for p in entry.id.split("_"))


@every(STRATEGIES)
@pytest.mark.parametrize("width", [1, 16])
def test_any_budget_buys_an_answer_and_is_never_overspent(entry: Entry, width: int, tmp_path: Path):
    for number, budget in enumerate(
        (Budget(calls=1), Budget(calls=3), Budget(executions=2), Budget(tokens=900))
    ):
        ledger = tmp_path / f"{width}-{number}.db"
        outcome, _ = solve(build(entry.id), SCRIPTS, ledger, budget=budget, width=width)
        for name, ceiling in budget.as_dict().items():
            assert getattr(outcome.cost, name) <= ceiling
        assert outcome.candidate is not None
        assert not outcome.candidate.partial


@every(STRATEGIES)
def test_a_budget_below_one_call_is_said_and_spends_nothing(entry: Entry, tmp_path: Path):
    with pytest.raises(BudgetSpent):
        solve(build(entry.id), SCRIPTS, tmp_path / "a.db", budget=Budget(tokens=3))


@every(STRATEGIES)
def test_same_seed_same_ledger_at_width_1(entry: Entry, tmp_path: Path):
    runs = [
        solve(build(entry.id), SCRIPTS, tmp_path / f"{i}.db", budget=Budget(calls=12))
        for i in range(2)
    ]
    kept = [
        [(e.kind, e.key, e.body) for e in events if e.kind in ("reply", "prompt", "candidate")]
        for _, events in runs
    ]
    assert kept[0] == kept[1]
    assert runs[0][0].candidate == runs[1][0].candidate


@every(STRATEGIES)
@pytest.mark.parametrize("width", [1, 16])
def test_a_second_run_pays_for_nothing_twice(entry: Entry, width: int, tmp_path: Path):
    first, _ = solve(build(entry.id), SCRIPTS, tmp_path / "a.db", width=width)
    again, _ = solve(build(entry.id), SCRIPTS, tmp_path / "a.db", width=width)
    assert again.paid.calls == 0
    assert again.paid.executions == 0
    assert again.candidate is not None
    assert first.candidate is not None
    assert again.candidate.value == first.candidate.value


@every(STRATEGIES)
@pytest.mark.parametrize("width", [1, 16])
def test_failing_calls_are_survived(entry: Entry, width: int, tmp_path: Path):
    down = ModelError("http", "500 from the provider")
    scripts = {
        role: [line for text in lines for line in (text, down)] for role, lines in SCRIPTS.items()
    }
    outcome, _ = solve(build(entry.id), scripts, tmp_path / "a.db", width=width)
    assert outcome.candidate is not None
    assert outcome.candidate.value in (CRASH, SQUARE, RIGHT)


@every(STRATEGIES)
def test_when_every_call_fails_the_error_is_told(entry: Entry, tmp_path: Path):
    scripts = {"": [ModelError("http", "500 from the provider")]}
    with pytest.raises(ModelError, match="500 from the provider"):
        solve(build(entry.id), scripts, tmp_path / "a.db")
