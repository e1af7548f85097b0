"""How lab models are asked to play strop's roles: in the forms that they were trained on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from strop.core.errors import BadInput

__all__ = ["FAMILIES", "render_lab"]

_EXAMPLE = re.compile(r"^(?:assert )?f\(.*\) == .*$")
_FAILED = re.compile(r"^(f\(.*\)) should be (.*), but was (.*)\.$")
_RAISED = re.compile(r"^(f\(.*\)) ended with \w+: (\w+)")


def _minipy_prompt(fields: Mapping[str, Any]) -> tuple[str, str]:
    """Description and example lines: those in the prompt and, if told, the tests."""
    lines = [*_lines(fields, "prompt"), *_lines(fields, "tests")]
    examples = [line.removeprefix("assert ") for line in lines if _EXAMPLE.match(line)]
    told = " ".join(line for line in _lines(fields, "prompt") if not _EXAMPLE.match(line))
    return told, "\n".join(dict.fromkeys(examples))


def _writer(fields: Mapping[str, Any]) -> str:
    from strop.lab.minipy import texts

    return texts.writer_prompt(*_minipy_prompt(fields))


def _tester(fields: Mapping[str, Any]) -> str:
    from strop.lab.minipy import texts

    return texts.tester_prompt(*_minipy_prompt(fields))


def _reviser(fields: Mapping[str, Any]) -> str:
    from strop.lab.minipy import texts

    told = next(
        (text for name in ("feedback", "failures", "critique") if (text := fields.get(name))), ""
    )
    return texts.reviser_prompt(*_minipy_prompt(fields), _text(fields, "code"), _finding(told))


def _critic(fields: Mapping[str, Any]) -> str:
    from strop.lab.minipy import texts

    description, examples = _minipy_prompt(fields)
    return texts.judge_prompt(description, _text(fields, "code"), examples)


def _finding(told: Any) -> str:
    """The first finding, as a lab model knows them: `f([1]) gives 2, not 3`."""
    lines = str(told).splitlines()
    for line in lines:
        if found := _FAILED.match(line):
            return f"{found[1]} gives {found[3]}, not {found[2]}"
        if found := _RAISED.match(line):
            return f"{found[1]} raises {found[2]}"
        if line.startswith("wrong: "):
            return line.removeprefix("wrong: ")
    return lines[0] if lines else ""


def _sums(role: str) -> Callable[[Mapping[str, Any]], str]:
    def form(fields: Mapping[str, Any]) -> str:
        solution = str(fields.get("code") or "")
        if solution and not solution.endswith("\n"):
            solution += "\n"
        return f"{role}\n{_text(fields, 'prompt').strip()}\n{solution}"

    return form


FAMILIES: Mapping[str, Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "lab-minipy": {
        "writer": _writer,
        "tester": _tester,
        "distinguisher": _tester,
        "reviser": _reviser,
        "refiner": _reviser,
        "repairer": _reviser,
        "critic": _critic,
    },
    "lab-sums": {
        "solver": _sums("policy"),
        "reviser": _sums("reviser"),
        "refiner": _sums("reviser"),
        "critic": _sums("judge"),
        "verifier": _sums("verifier"),
    },
}


def render_lab(family: str, role: str, fields: Mapping[str, Any]) -> str:
    """The prompt that asks a lab model of `lab-minipy` or `lab-sums` to play `role`. Raises
    `BadInput` for a role that it does not play and for a missing field."""
    forms = FAMILIES[family]
    if role not in forms:
        raise BadInput(
            f"{family.replace('-', ':')} does not play the role {role!r}; it plays "
            f"{', '.join(forms)}. Name another model for it: --model {role}=SPEC."
        )
    return forms[role](fields)


def _text(fields: Mapping[str, Any], name: str) -> str:
    if fields.get(name) is None:
        raise BadInput(f"this role needs the field {name!r}. Given: {', '.join(fields) or 'none'}.")
    return str(fields[name])


def _lines(fields: Mapping[str, Any], name: str) -> list[str]:
    value = fields.get(name) or ""
    items = [value] if isinstance(value, str) else list(value)
    return [line.strip() for item in items for line in str(item).splitlines() if line.strip()]
