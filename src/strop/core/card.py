"""Cards: what each method says of itself, read from the source without importing it."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from strop.core.errors import BadInput, StropError

__all__ = [
    "AXES",
    "KINDS",
    "Card",
    "Entry",
    "build",
    "catalogue",
    "entry",
    "hyperparameters",
    "third_party_faults",
]

KINDS = ("strategy", "judge", "adapter", "recipe", "benchmark", "study")
AXES = ("what", "how", "where", "how_well", "system", "roles")
ENTRY_POINTS = "strop.methods"
_LITERAL = re.compile(r"^CARD = Card\(([^\n]+(?=\)$)|.*?(?=^\)))", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Card:
    """The label of a method; every value is a literal.

    `papers` are ids (P026); `needs` are ports and roles' abilities (`model`, `execute`,
    `logprobs`); `cost` says in words what it spends; `axes` places it in the surveys P026, P028
    (`what`, `how`, `where`, `how_well`, `system`) and P107 (`roles`); `anchor` names the test that
    holds it to the paper (`tests/...::name`), empty where it is not stable yet.
    """

    title: str
    papers: tuple[str, ...]
    year: int
    kind: str
    needs: tuple[str, ...]
    cost: str
    axes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A card with where it was found: `id` is the file's name, `family` its folder."""

    id: str
    family: str
    module: str
    path: Path
    card: Card

    def row(self) -> dict[str, Any]:
        """The JSON row of `strop methods`."""
        card = self.card
        return {
            "id": self.id,
            "family": self.family,
            "kind": card.kind,
            "title": card.title,
            "papers": list(card.papers),
            "needs": list(card.needs),
            "cost": card.cost,
            "axes": dict(card.axes),
            "stable": bool(card.anchor),
        }


def catalogue() -> Mapping[str, Entry]:
    """Every method by id: strop's own files, then third parties' by the entry point group
    `strop.methods` (name = id, value = module). Imports none of them. Raises `StropError` for a
    file of strop's own whose card is not a literal; a third party's is left out and told by
    `third_party_faults`."""
    return _scan()[0]


def third_party_faults() -> tuple[str, ...]:
    """Why methods of third parties are not in the catalogue, a line each."""
    return _scan()[1]


@cache
def _scan() -> tuple[Mapping[str, Entry], tuple[str, ...]]:
    found: dict[str, Entry] = {}
    faults: list[str] = []
    root = Path(__file__).parent.parent / "methods"
    for path in sorted(root.glob("*/*.py")):
        if not path.name.startswith("_"):
            module = f"strop.methods.{path.parent.name}.{path.stem}"
            found[path.stem] = Entry(path.stem, path.parent.name, module, path, read_card(path))
    for name, module, path in _third_party():
        try:
            found[name] = Entry(name, "third_party", module, path, read_card(path))
        except StropError as error:
            faults.append(f"method {name} of {module} is left out: {error}")
    return found, tuple(faults)


def entry(name: str) -> Entry:
    """The method called `name`. Raises `BadInput` with the nearest names."""
    methods = catalogue()
    if name in methods:
        return methods[name]
    near = get_close_matches(name, methods, n=3, cutoff=0.4)
    hint = f"Nearest: {', '.join(near)}." if near else "See strop methods."
    raise BadInput(f"unknown method {name!r}. {hint}")


def read_card(path: Path) -> Card:
    """The card in a file. Raises `StropError` naming the file where no literal card is."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StropError(f"{path}: the method's file cannot be read: {error}") from error
    match = _LITERAL.search(text)
    if match is None:
        raise StropError(f"{path}: no literal 'CARD = Card(...)' at the top level")
    try:
        call = ast.parse(f"Card({match.group(1)})", mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError("not a call")
        card = Card(**{str(k.arg): ast.literal_eval(k.value) for k in call.keywords})
    except (SyntaxError, ValueError, TypeError) as error:
        raise StropError(f"{path}: the card is not a literal Card(...): {error}") from error
    if card.kind not in KINDS:
        raise StropError(f"{path}: card kind {card.kind!r} is none of {', '.join(KINDS)}")
    return card


def hyperparameters(name: str) -> dict[str, Any]:
    """Hyper-parameters of a method with their defaults. Imports its file."""
    return {
        f.name: f.default if f.default is not MISSING else None
        for f in fields(_method_class(entry(name)))
    }


def build(name: str, settings: Mapping[str, str] | None = None) -> Any:
    """The method with its hyper-parameters set from text, as `--set key=value` gives them.

    Raises `BadInput` for an unknown name (with the nearest) or a value of the wrong type.
    """
    method = _method_class(entry(name))
    known = {f.name: f for f in fields(method)}
    values: dict[str, Any] = {}
    for key, text in (settings or {}).items():
        if key not in known:
            near = get_close_matches(key, known, n=3, cutoff=0.4) or sorted(known)
            listed = ", ".join(near) or "none"
            raise BadInput(f"method {name} has no hyper-parameter {key!r}. It has: {listed}.")
        values[key] = _convert(name, key, text, _type_of(method, known[key]))
    try:
        return method(**values)
    except ValueError as error:
        raise BadInput(f"method {name}: {error}") from error


def _type_of(method: Any, known: Field[Any]) -> type[Any]:
    """Of the default; where that is None or missing, of the annotation (X of `X | None`)."""
    default: Any = known.default
    if default is not None and default is not MISSING:
        return type(default)  # pyright: ignore[reportUnknownVariableType]
    hint = get_type_hints(method)[known.name]
    return next((arm for arm in get_args(hint) if arm is not type(None)), hint)


def _convert(method: str, key: str, text: str, wanted: type[Any]) -> Any:
    try:
        if wanted is bool:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        return wanted(text)
    except (KeyError, ValueError):
        raise BadInput(
            f"method {method}: {key!r} must be {wanted.__name__}. Got {text!r} instead."
        ) from None


def _method_class(found: Entry) -> Any:
    stem = found.module.rpartition(".")[2]
    name = "".join(part.capitalize() for part in stem.split("_"))
    try:
        return getattr(importlib.import_module(found.module), name)
    except AttributeError:
        raise StropError(f"{found.path}: no class {name}, as the file's name asks") from None


def _third_party() -> Iterator[tuple[str, str, Path]]:
    for info in _providers():
        from importlib import metadata

        distribution = metadata.PathDistribution(info)
        for point in distribution.entry_points.select(group=ENTRY_POINTS):
            folder = Path(str(distribution.locate_file(point.module.replace(".", "/"))))
            package = folder / "__init__.py"
            file = package if package.exists() else folder.with_suffix(".py")
            yield point.name, point.module, file


def _providers() -> Iterator[Path]:
    """Metadata folders that name the group. Parsing every package's entry points, as importlib
    does, takes longer than all the rest of listing the catalogue."""
    mark = f"[{ENTRY_POINTS}]".encode()
    for place in dict.fromkeys(sys.path):
        for file in sorted(Path(place or ".").glob("*.*-info/entry_points.txt")):
            if mark in file.read_bytes():
                yield file.parent
