"""The contract of every strategy in the catalogue, whatever paper it comes from."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from strop.core.budget import Budget
from strop.core.card import AXES, Entry, build, catalogue
from strop.core.errors import BudgetSpent, ModelError
from strop.core.ledger import Event
from strop.core.types import Outcome

from .methods.solving import (
    CRASH,
    NOTHING,
    RIGHT,
    SQUARE,
    Script,
    fenced,
    patched,
    repairing,
    solve,
)

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


def repairs(entry: Entry) -> bool:
    """Whether candidates are patches of a file, which is an answer from the start."""
    return "verify" in entry.card.needs


def run(
    entry: Entry, scripts: Mapping[str, Script], ledger: Path, **more: Any
) -> tuple[Outcome, list[Event]]:
    """The method on the task that fits it: a function to write, or a file to repair."""
    make = repairing() if repairs(entry) else None
    return solve(build(entry.id), scripts, ledger, make=make, **more)


def program(entry: Entry, outcome: Outcome) -> str:
    assert outcome.candidate is not None
    return patched(outcome.candidate) if repairs(entry) else outcome.candidate.value


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
        outcome, _ = run(entry, SCRIPTS, ledger, budget=budget, width=width)
        for name, ceiling in budget.as_dict().items():
            assert getattr(outcome.cost, name) <= ceiling
        assert outcome.candidate is not None
        assert not outcome.candidate.partial


@every(STRATEGIES)
def test_a_budget_below_one_call_is_said_and_spends_nothing(entry: Entry, tmp_path: Path):
    if repairs(entry):
        outcome, _ = run(entry, SCRIPTS, tmp_path / "a.db", budget=Budget(tokens=3))
        assert (outcome.stopped, outcome.cost.tokens) == ("budget", 0)
        assert "tokens" in outcome.message
        assert program(entry, outcome) == NOTHING
        return
    with pytest.raises(BudgetSpent):
        run(entry, SCRIPTS, tmp_path / "a.db", budget=Budget(tokens=3))


@every(STRATEGIES)
def test_same_seed_same_ledger_at_width_1(entry: Entry, tmp_path: Path):
    runs = [run(entry, SCRIPTS, tmp_path / f"{i}.db", budget=Budget(calls=12)) for i in range(2)]
    kept = [
        [(e.kind, e.key, e.body) for e in events if e.kind in ("reply", "prompt", "candidate")]
        for _, events in runs
    ]
    assert kept[0] == kept[1]
    assert runs[0][0].candidate == runs[1][0].candidate


@every(STRATEGIES)
@pytest.mark.parametrize("width", [1, 16])
def test_a_second_run_pays_for_nothing_twice(entry: Entry, width: int, tmp_path: Path):
    first, _ = run(entry, SCRIPTS, tmp_path / "a.db", width=width)
    again, _ = run(entry, SCRIPTS, tmp_path / "a.db", width=width)
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
    outcome, _ = run(entry, scripts, tmp_path / "a.db", width=width)
    assert program(entry, outcome) in (CRASH, SQUARE, RIGHT, NOTHING)


@every([entry for entry in STRATEGIES if repairs(entry)])
@pytest.mark.parametrize("width", [1, 16])
def test_a_repair_by_a_model_is_found_and_passes(entry: Entry, width: int, tmp_path: Path):
    outcome, _ = run(entry, SCRIPTS, tmp_path / "a.db", width=width)
    assert outcome.stopped == "passed"
    assert program(entry, outcome) == RIGHT
    assert outcome.verdict is not None
    assert outcome.verdict.passed


@every(STRATEGIES)
def test_when_every_call_fails_the_error_is_told(entry: Entry, tmp_path: Path):
    scripts = {"": [ModelError("http", "500 from the provider")]}
    if repairs(entry):
        outcome, _ = run(entry, scripts, tmp_path / "a.db")
        assert outcome.stopped == "failed"
        assert "500 from the provider" in outcome.message
        return
    with pytest.raises(ModelError, match="500 from the provider"):
        run(entry, scripts, tmp_path / "a.db")
