"""The texts of the roles: one prompt form each, training pairs, and readers of completions.

A prompt is the role's tag, the fields and a last line `=>`; the completion follows without a
newline before or after it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from random import Random
from typing import Any

from strop.lab.minipy.corrupt import Wrong
from strop.lab.minipy.problem import Problem
from strop.lab.minipy.tiny import tiny_cases

__all__ = [
    "echo",
    "example_line",
    "judge",
    "judge_prompt",
    "parse_judge",
    "parse_tests",
    "quote",
    "reviser",
    "reviser_prompt",
    "tester",
    "tester_prompt",
    "verdict",
    "verdict_prompt",
    "writer",
    "writer_prompt",
]

_TESTS = 3
_LONGEST_LINE = 1000
_LITERAL = re.compile(r"""-?\d+|'[^']*'|"[^"]*\"""")

Examples = str | Iterable[tuple[tuple[Any, ...], Any]]


def example_line(args: Iterable[Any], value: Any) -> str:
    """Such as `f([1, 2]) == 3`."""
    return f"f({', '.join(map(repr, args))}) == {value!r}"


def writer_prompt(description: str, examples: Examples) -> str:
    """Asks for a program. `examples` are pairs of arguments and result, or lines of text."""
    return _prompt("writer", _line(description), _lines(examples))


def tester_prompt(description: str, examples: Examples = "") -> str:
    """Asks for three tests."""
    return _prompt("tester", _line(description), _lines(examples))


def reviser_prompt(description: str, examples: Examples, code: str, feedback: str) -> str:
    """Asks for the right program, given a wrong one and what it did wrong."""
    return _prompt("reviser", _line(description), _lines(examples), code.strip(), feedback.strip())


def judge_prompt(description: str, code: str, examples: Examples = "") -> str:
    """Asks whether a program is right."""
    return _prompt("judge", _line(description), _lines(examples), code.strip())


def verdict_prompt(description: str, code: str, examples: Examples = "") -> str:
    """Asks whether a program is right, without a reason: the chance of `right` is a score."""
    return _prompt("verdict", _line(description), _lines(examples), code.strip())


def writer(problem: Problem) -> tuple[str, str]:
    """Prompt and completion: the program."""
    return writer_prompt(problem.description, problem.visible), problem.code


def tester(problem: Problem, rng: Random) -> tuple[str, str]:
    """Prompt and completion: three cases that are not among the visible ones, as simple as those
    that a person would write: two tiny ones and a short hidden one."""
    short = sorted(problem.hidden, key=_size)[: _TESTS + 1]
    chosen = [*tiny_cases(problem, rng, _TESTS - 1), *rng.sample(short, len(short))][:_TESTS]
    rng.shuffle(chosen)
    return tester_prompt(problem.description, problem.visible), _lines(chosen)


def reviser(problem: Problem, wrong: Wrong) -> tuple[str, str]:
    """Prompt and completion: the program, after a wrong one with its feedback."""
    prompt = reviser_prompt(problem.description, problem.visible, wrong.code, wrong.feedback)
    return prompt, problem.code


def judge(problem: Problem, code: str, feedback: str = "") -> tuple[str, str]:
    """Prompt and completion: `right`, or `wrong: ...` with the case that tells."""
    prompt = judge_prompt(problem.description, code, problem.visible)
    return prompt, f"wrong: {feedback}" if feedback else "right"


def verdict(problem: Problem, code: str, right: bool) -> tuple[str, str]:
    """Prompt and completion: `right` or `wrong`, alone."""
    prompt = verdict_prompt(problem.description, code, problem.visible)
    return prompt, "right" if right else "wrong"


def quote(problem: Problem) -> tuple[str, str]:
    """Teaches to copy: the numbers and quoted texts of the description, in order."""
    told = _line(problem.description)
    return _prompt("quote", told), " ".join(_LITERAL.findall(told)) or "none"


def echo(problem: Problem) -> tuple[str, str]:
    """Teaches to copy: the first example, again."""
    lines = _lines(problem.visible)
    return _prompt("echo", _line(problem.description), lines), lines.partition("\n")[0]


def parse_tests(text: str) -> list[tuple[tuple[Any, ...], Any]]:
    """The cases in a completion; lines that are not of the form are passed over."""
    found: list[tuple[tuple[Any, ...], Any]] = []
    for line in text.splitlines():
        line = line.strip().removeprefix("assert ")
        if not line.startswith("f(") or len(line) > _LONGEST_LINE:
            continue
        try:
            tree = ast.parse(line, mode="eval").body
            match tree:
                case ast.Compare(
                    left=ast.Call(func=ast.Name(id="f"), args=args, keywords=[]),
                    ops=[ast.Eq()],
                    comparators=[value],
                ):
                    case = tuple(map(ast.literal_eval, args)), ast.literal_eval(value)
                    found.append(case)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    return found


def parse_judge(text: str) -> tuple[bool, str]:
    """Whether the verdict is right, and the counterexample; anything unclear is not right."""
    word, _, rest = text.strip().partition(":")
    return word.strip().lower() == "right", rest.strip() if word.strip().lower() == "wrong" else ""


def _prompt(role: str, *fields: str) -> str:
    return "\n".join((f"#{role}", *filter(None, fields), "=>\n"))


def _size(case: tuple[tuple[Any, ...], Any]) -> int:
    return len(repr(case))


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(examples: Examples) -> str:
    if isinstance(examples, str):
        lines = (line.strip().removeprefix("assert ") for line in examples.splitlines())
        return "\n".join(line for line in lines if line)
    return "\n".join(example_line(args, value) for args, value in examples)
