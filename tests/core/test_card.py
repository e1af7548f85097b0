from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strop.core import card
from strop.core.errors import BadInput, StropError

LITERAL = """CARD = Card(
    title="A tool of ours",
    papers=("P001", "P002"),
    year=2024,
    kind="strategy",
    needs=("model",),
    cost="n calls",
    axes={"what": "parallel"},
)
"""
METHOD = f'''"""A method from outside."""
from dataclasses import dataclass
from strop.core.card import Card
{LITERAL}
@dataclass(frozen=True)
class Outside:
    n: int = 4
    temperature: float | None = None
    greedy: bool = False
    role: str = "coder"
    rate: float = 0.5

    def __post_init__(self):
        if self.n < 1:
            raise ValueError(f"n must be at least 1. Got {{self.n}} instead.")

    async def __call__(self, task, run):
        return run.best
'''


def distribution(folder: Path, points: dict[str, str]) -> None:
    """A dist-info with entry points, as an installer leaves it."""
    info = folder / "outside-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    lines = [f"{name} = {module}" for name, module in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[strop.methods]", *lines, ""]))


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed third-party package with one method, `outside`."""
    (tmp_path / "outside_pkg").mkdir()
    (tmp_path / "outside_pkg" / "__init__.py").touch()
    (tmp_path / "outside_pkg" / "outside.py").write_text(METHOD)
    distribution(tmp_path, {"outside": "outside_pkg.outside"})
    monkeypatch.syspath_prepend(str(tmp_path))
    card._scan.cache_clear()
    yield tmp_path
    card._scan.cache_clear()
    for name in ("outside_pkg.outside", "outside_pkg"):
        sys.modules.pop(name, None)


def test_listing_imports_no_method_and_no_heavy_library(
    tmp_path: Path, script: Callable[..., subprocess.Popen[str]]
):
    (tmp_path / "loud.py").write_text(f"raise SystemExit('imported')\n{LITERAL}")
    distribution(tmp_path, {"loud": "loud"})
    process = script(
        """
import json
from strop.core.card import catalogue
rows = [entry.row() for entry in catalogue().values()]
print(json.dumps({"rows": rows, "modules": sorted(sys.modules)}))
""",
    )
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    told = json.loads(out)
    assert "loud" in {row["id"] for row in told["rows"]}
    methods = [m for m in told["modules"] if m.startswith("strop.methods") or m == "loud"]
    assert methods == []
    assert {"torch", "aiohttp", "pydantic", "numpy"}.isdisjoint(told["modules"])


def test_the_rows_of_the_catalogue_have_the_promised_fields(outside: Path):
    row = card.entry("outside").row()
    assert list(row) == [
        "id",
        "family",
        "kind",
        "title",
        "papers",
        "needs",
        "cost",
        "axes",
        "stable",
    ]
    assert (row["id"], row["kind"], row["papers"]) == ("outside", "strategy", ["P001", "P002"])
    assert row["family"] == "third_party"
    assert row["stable"] is False
    assert json.loads(json.dumps(row)) == row


def test_a_third_party_method_is_built_with_its_settings(outside: Path):
    method = card.build("outside", {"n": "7", "greedy": "true", "rate": "0.25", "role": "x=y"})
    assert type(method).__name__ == "Outside"
    assert (method.n, method.greedy, method.rate, method.role) == (7, True, 0.25, "x=y")
    assert card.hyperparameters("outside") == {
        "n": 4,
        "temperature": None,
        "greedy": False,
        "role": "coder",
        "rate": 0.5,
    }


def test_an_optional_hyperparameter_is_read_by_its_annotation(outside: Path):
    assert card.build("outside", {"temperature": "0.5"}).temperature == 0.5
    with pytest.raises(BadInput, match=r"'temperature' must be float. Got 'hot'"):
        card.build("outside", {"temperature": "hot"})


def test_an_unknown_method_names_the_nearest(outside: Path):
    with pytest.raises(BadInput, match=r"unknown method 'outsid'. Nearest: .*outside"):
        card.entry("outsid")
    with pytest.raises(BadInput, match=r"unknown method 'qqqqqq'. See strop methods"):
        card.build("qqqqqq")


def test_an_unknown_hyperparameter_names_those_there_are(outside: Path):
    with pytest.raises(BadInput, match=r"no hyper-parameter 'temperatur'.*temperature"):
        card.build("outside", {"temperatur": "1"})
    with pytest.raises(BadInput, match=r"greedy, n, rate, role, temperature"):
        card.build("outside", {"zzzzzz": "1"})


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("n", "four", "'n' must be int. Got 'four'"),
        ("n", "1.5", "'n' must be int. Got '1.5'"),
        ("rate", "", "'rate' must be float"),
        ("greedy", "maybe", "'greedy' must be bool. Got 'maybe'"),
        ("n", "0", "n must be at least 1. Got 0"),
    ],
)
def test_a_wrong_value_is_named(outside: Path, key: str, text: str, said: str):
    with pytest.raises(BadInput) as caught:
        card.build("outside", {key: text})
    assert said in str(caught.value)
    assert "outside" in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = 1\n",
        "CARD = make()\n",
        LITERAL.replace("2024", "this_year()"),
        LITERAL.replace("    year=2024,\n", ""),
        LITERAL.replace("year", "jahr"),
        LITERAL.replace('"strategy"', '"stratagem"'),
        LITERAL.replace('("model",)', '("model"'),
        LITERAL.replace('{"what"', '**{"what"'),
    ],
)
def test_a_malformed_card_is_an_error_that_names_the_file(tmp_path: Path, source: str):
    file = tmp_path / "broken_method.py"
    file.write_text(source)
    with pytest.raises(StropError) as caught:
        card.read_card(file)
    assert str(file) in str(caught.value)


def test_a_card_on_one_line_is_read(tmp_path: Path):
    file = tmp_path / "short.py"
    file.write_text(" ".join(LITERAL.split()).replace("( title", "(title") + "\n\nx = f(\n)\n")
    assert card.read_card(file).papers == ("P001", "P002")


def test_a_card_read_equals_the_card_written(tmp_path: Path):
    file = tmp_path / "good.py"
    file.write_text(METHOD)
    assert card.read_card(file) == card.Card(
        title="A tool of ours",
        papers=("P001", "P002"),
        year=2024,
        kind="strategy",
        needs=("model",),
        cost="n calls",
        axes={"what": "parallel"},
    )


def test_a_method_in_a_package_is_found(outside: Path):
    package = outside / "wide"
    package.mkdir()
    (package / "__init__.py").write_text(LITERAL)
    distribution(outside, {"outside": "outside_pkg.outside", "wide": "wide"})
    card._scan.cache_clear()
    assert card.entry("wide").card.title == "A tool of ours"


def test_an_entry_point_without_a_file_is_left_out_and_named(outside: Path):
    distribution(outside, {"outside": "outside_pkg.outside", "gone": "outside_pkg.gone"})
    card._scan.cache_clear()
    assert "outside" in card.catalogue()
    assert "gone" not in card.catalogue()
    (fault,) = card.third_party_faults()
    assert "gone.py" in fault


def test_a_file_without_the_class_of_its_name_is_an_error(outside: Path):
    (outside / "outside_pkg" / "other.py").write_text(METHOD)
    distribution(outside, {"other": "outside_pkg.other"})
    card._scan.cache_clear()
    with pytest.raises(StropError, match=r"other\.py: no class Other"):
        card.build("other")
    sys.modules.pop("outside_pkg.other", None)
