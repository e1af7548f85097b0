"""`strop lab`: what there is, and what is missing, in a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Said, Shell

OneLine = Callable[[Said, int], str]


def test_worlds_and_models_are_listed(strop: Shell):
    said = strop("lab", "list", "--json")
    assert said.code == 0, said.err
    assert set(said.json["worlds"]) == {"minipy", "sums"}
    assert {row["world"] for row in said.json["models"]} == {"minipy", "sums"}
    assert "minipy" in strop("lab", "list").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train", "chess", "--out", "x"], "There are: minipy"),
        (["train", "minipy"], "--out"),
    ],
)
def test_wrong_use_names_what_exists(
    strop: Shell, one_line: OneLine, arguments: list[str], told: str
):
    assert told in one_line(strop("lab", *arguments), 2)
