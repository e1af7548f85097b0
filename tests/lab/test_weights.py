"""The weights that ship: what transformers makes of them, strop's own runtime makes too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest

from strop.core.errors import BadInput, ToolUnavailable
from strop.lab import weights
from strop.lab.recipes import RECIPES

NAMES = list(RECIPES)


@pytest.mark.parametrize("name", NAMES)
def test_generations_are_those_of_transformers_to_the_letter(name: str):
    speaker = weights.load(name)
    rows = weights.card(name)["transformers"]
    prompts = [row["prompt"] for row in rows]
    told = speaker.write(prompts, [[Random(0)]] * len(prompts), 120, temperature=0)
    assert [draws[0].text for draws in told] == [row["text"] for row in rows]


@pytest.mark.parametrize("name", NAMES)
def test_log_probabilities_are_those_of_transformers(name: str):
    rows = weights.card(name)["transformers"]
    told = weights.load(name).logprobs(
        [row["prompt"] for row in rows], [row["completion"] for row in rows]
    )
    assert [sum(each) for each in told] == pytest.approx([row["logprob"] for row in rows], abs=2e-3)


@pytest.mark.parametrize("name", NAMES)
def test_each_model_is_small_and_tells_how_it_was_made(name: str):
    card = weights.card(name)
    assert (weights.FOLDER / name / "model.safetensors").stat().st_size <= 12e6
    assert card["command"].startswith(f"strop lab train {name}")
    assert {"seed", "steps", "tokens", "cpu_hours", "sha256"} <= set(card)


def test_a_damaged_file_is_told_by_its_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(weights.FOLDER / "sums-small", tmp_path / "sums-small")
    path = tmp_path / "sums-small" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    weights.load.cache_clear()
    with pytest.raises(ToolUnavailable, match=r"model.safetensors is damaged \(sha256"):
        weights.load("sums-small")
    path.unlink()
    with pytest.raises(ToolUnavailable, match=r"model\.safetensors is missing"):
        weights.load("sums-small")
    weights.load.cache_clear()


def test_an_unknown_name_is_told_those_that_there_are():
    with pytest.raises(BadInput, match="There are: minipy, minipy-judge, sums"):
        weights.load("chess")


def test_cards_are_json(tmp_path: Path):
    for name in NAMES:
        assert json.loads((weights.FOLDER / name / "card.json").read_text("utf-8"))["name"] == name
