from __future__ import annotations

from pathlib import Path

import pytest

from strop.core.errors import BadInput
from strop.core.model import Price
from strop.models.prices import price_of


@pytest.fixture
def nobody(tmp_path: Path) -> dict[str, str]:
    return {"STROP_PRICES": str(tmp_path / "none.toml")}


def test_known_models_by_pattern(nobody: dict[str, str]):
    assert price_of("gpt-4o-mini-2024-07-18", nobody) == Price(0.15, 0.60)
    assert price_of("openai/GPT-4o-mini", nobody) == Price(0.15, 0.60)
    assert price_of("gpt-4o", nobody) == Price(2.5, 10.0)
    assert price_of("claude-opus-4-1-20250805", nobody) == Price(15, 75)


def test_unknown_models_have_no_price(nobody: dict[str, str]):
    assert price_of("my-finetune", nobody) is None
    assert price_of("gpt-4o-audio-preview", nobody) is None


def test_the_users_file_goes_first(tmp_path: Path):
    file = tmp_path / "prices.toml"
    file.write_text('[prices]\n"*" = [0, 0]\n"gpt-4o*" = [1, 2.5]\n')
    assert price_of("gpt-4o", {"STROP_PRICES": str(file)}) == Price(1, 2.5)
    assert price_of("anything", {"STROP_PRICES": str(file)}) == Price(0, 0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[prices\n", "line 1"),
        ("", "nothing"),
        ("[other]\n", "'other'"),
        ('[prices]\n"m" = 3\n', "'m'"),
        ('[prices]\n"m" = [1]\n', "'m'"),
        ('[prices]\n"m" = [1, -2]\n', "-2"),
        ('[prices]\n"m" = [1, nan]\n', "nan"),
        ('[prices]\n"m" = [1, true]\n', "True"),
    ],
)
def test_a_broken_file_is_named_with_the_place(tmp_path: Path, content: str, says: str):
    file = tmp_path / "prices.toml"
    file.write_text(content)
    with pytest.raises(BadInput, match=r"prices\.toml") as error:
        price_of("gpt-4o", {"STROP_PRICES": str(file)})
    assert says in str(error.value)


def test_a_folder_in_the_files_place_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match="cannot be read"):
        price_of("gpt-4o", {"STROP_PRICES": str(tmp_path)})
