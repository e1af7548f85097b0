"""Operations, read from the catalogue: what a step takes and gives, its code and its wording.

Types are letters: I int, L list of ints, S string, W list of strings, D dict str -> int, E dict
int -> int; B bool and T tuple only end a program. In code `$v` is the input, `$o` the output of a
block, `$k` and `$j` the parameters. In wording `$x` is the object, `[a|b]` a choice, ` / ` parts
phrases and `<name>` stands for a macro of the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

__all__ = ["BY_INPUT", "BY_TYPES", "KINDS", "OPERATIONS", "Operation", "Value"]

Value = int | str

KINDS: dict[str, tuple[Value, ...]] = {
    "bound": (-5, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20),
    "high": (21, 25, 30, 40, 50),
    "few": (1, 2, 3, 4),
    "mod": (2, 3, 4, 5, 6),
    "factor": (2, 3, 4, 5, 10),
    "amount": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    "length": (2, 3, 4, 5),
    "times": (2, 3),
    "letter": tuple("abcdeilnorst"),
    "mark": ("-", ".", "!", "x", "s", "_"),
    "glue": ("-", ",", " ", "+", "_"),
}
"""Parameter kinds and the values they are drawn from."""

_FILES = ("lists", "sequences", "folds", "strings", "words", "numbers", "dictionaries")


@dataclass(frozen=True, slots=True)
class Operation:
    """One step. `near` names what it is easily mistaken for; `slips` is wrong code in its place."""

    name: str
    takes: str
    gives: str
    kinds: tuple[str, ...]
    code: str
    run: Callable[..., Any]
    verbs: tuple[str, ...]
    nouns: tuple[str, ...]
    vague: tuple[str, ...]
    near: tuple[str, ...]
    slips: tuple[str, ...]
    group: str


def _read(file: str) -> list[Operation]:
    text = (
        files("strop.lab.minipy").joinpath("catalogue", f"{file}.toml").read_text(encoding="utf-8")
    )
    rows = tomllib.loads(text)
    macros: dict[str, str] = rows.pop("macros", {})

    def phrases(value: str | list[str], of: str) -> tuple[str, ...]:
        whole = value if isinstance(value, str) else " / ".join(value)
        whole = re.sub(r"<([a-z-]+)>", lambda match: macros[match[1]], whole)
        return tuple(
            part.strip()
            for part in whole.replace("$of", of).replace("$one", of.replace("rs", "r")).split(" / ")
            if part
        )

    found: list[Operation] = []
    for name, row in rows.items():
        signatures = row["types"].split()
        for signature in signatures:
            takes, gives = signature.split(">")
            suffix = f"_{takes}" if len(signatures) > 1 else ""
            code = row["code"].strip()
            of = "letters of" if takes == "S" else "of"
            near = tuple(
                f"{other}{suffix}" if "types" in rows.get(other, {}) and suffix else other
                for other in row.get("near", "").split()
            )
            found.append(
                Operation(
                    name + suffix,
                    takes,
                    gives,
                    tuple(row.get("kinds", "").split()),
                    code,
                    _runner(code),
                    phrases(row["do"], of),
                    phrases(row["get"], of),
                    phrases(row.get("vague", ""), of),
                    near,
                    tuple(row.get("slips", ())),
                    row.get("group", ""),
                )
            )
    return found


def _runner(code: str) -> Callable[..., Any]:
    body = code.replace("$v", "v").replace("$k", "k").replace("$j", "j").replace("$o", "o")
    if "$o" in code:
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        source = f"def run(v, k=0, j=0):\n{lines}    return o\n"
    else:
        source = f"def run(v, k=0, j=0):\n    return {body}\n"
    space: dict[str, Any] = {}
    exec(source, space)
    return space["run"]


OPERATIONS: dict[str, Operation] = {row.name: row for file in _FILES for row in _read(file)}
"""Every operation by name."""

BY_INPUT: dict[str, tuple[Operation, ...]] = {
    kind: tuple(row for row in OPERATIONS.values() if row.takes == kind) for kind in "ILSWDE"
}
"""The operations that take a type."""

BY_TYPES: dict[tuple[str, str], tuple[Operation, ...]] = {
    (row.takes, row.gives): tuple(
        other
        for other in OPERATIONS.values()
        if (other.takes, other.gives) == (row.takes, row.gives)
    )
    for row in OPERATIONS.values()
}
"""The operations of one signature: what a step can be mistaken for."""
