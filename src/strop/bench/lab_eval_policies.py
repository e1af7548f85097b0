"""Measures of the roles that write: policies, revisers and testers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from strop.bench.lab_samples import Row, Work, fits, policy_prompt
from strop.bench.lab_scores import mean, share
from strop.bench.lab_verdicts import LIMITS
from strop.bench.passk import chance_shares, pass_at_k_curve, powers
from strop.lab import minipy
from strop.lab.minipy.steps import steps_of
from strop.lab.minipy.texts import parse_tests, reviser_prompt, tester_prompt
from strop.lab.sums.steps import split_steps
from strop.lab.sums.texts import prompt as sums_prompt
from strop.sandbox.equality import equal
from strop.sandbox.jobs import CallJob

if TYPE_CHECKING:
    from strop.lab.speaker import Speaker

__all__ = ["fitting", "policy", "revisers", "testers"]

_ROOM = 128
_FAILED = 2


def policy(found: Sequence[Row], seed: int) -> dict[str, Any] | None:
    """pass@k over all problems, by difficulty and, in sums, by kind. None without problems."""
    if not found:
        return None

    def part(of: Sequence[Row]) -> dict[str, Any]:
        counts = [(len(row.right), sum(row.right)) for row in of]
        curve = pass_at_k_curve(counts, powers(counts[0][0]), seed)
        return {
            "problems": len(of),
            "pass_at_k": curve.figures(),
            "chances": chance_shares(counts),
        }

    def by(key: Callable[[Any], Any]) -> dict[str, Any]:
        values = sorted({key(row.problem) for row in found})
        return {str(v): part([row for row in found if key(row.problem) == v]) for v in values}

    result = part(found) | {"by_difficulty": by(lambda problem: problem.difficulty)}
    if hasattr(found[0].problem, "kind"):
        result["by_kind"] = by(lambda problem: problem.kind)
    return result


def revisers(
    work: Work, speaker: Speaker, writer: Speaker, found: Sequence[Row]
) -> dict[str, Any] | None:
    """One try to revise failed samples, beside one new draw of the policy for each. In minipy the
    samples fail a visible example, whose line is the feedback; in sums they have a wrong step,
    which is shown as the last one. `gain` is the paired difference. None where none failed."""
    cases = [case for row in found for case in _failed(work, row) if fits(speaker, case[1], _ROOM)]
    groups: list[str] = []
    repaired: list[bool] = []
    fresh: list[bool] = []
    for part in work.parts("failed samples revised", cases):
        names = [(problem.id, at) for at, (problem, _, _) in enumerate(part)]
        prompts = [policy_prompt(work.world, problem) for problem, _, _ in part]
        revised = work.write(
            speaker,
            [prompt for _, prompt, _ in part],
            [[work.rng("reviser", len(groups), *name)] for name in names],
        )
        again = work.write(
            writer, prompts, [[work.rng("again", len(groups), *name)] for name in names]
        )
        if revised is None or again is None:
            break
        for (problem, _, before), new, other in zip(part, revised, again, strict=True):
            _, right = work.verdicts(problem, [before + new[0].text, other[0].text])
            groups.append(problem.id)
            repaired.append(right[0])
            fresh.append(right[1])
    if not groups:
        return None
    seed = work.asked.seed
    return {
        "failed_samples": len(groups),
        "problems": len(set(groups)),
        "repaired": share(repaired, groups, seed),
        "resampled": share(fresh, groups, seed),
        "gain": mean([a - b for a, b in zip(repaired, fresh, strict=True)], groups, seed),
    }


def testers(work: Work, speaker: Speaker, problems: Sequence[Any]) -> dict[str, Any] | None:
    """One list of tests a problem. `valid`: the right program takes the inputs; `right`: it gives
    what the test expects (`right_of_valid` among those). None without any."""
    groups: list[str] = []
    valid: list[bool] = []
    right: list[bool] = []
    lines = 0
    for part in work.parts("tests written for problems", problems):
        written = work.write(
            speaker,
            [tester_prompt(problem.description, problem.visible) for problem in part],
            [[work.rng("tester", problem.id)] for problem in part],
        )
        if written is None:
            break
        for problem, draws in zip(part, written, strict=True):
            lines += sum(1 for line in draws[0].text.splitlines() if line.strip())
            for takes, gives in _tried(work, problem, parse_tests(draws[0].text)):
                groups.append(problem.id)
                valid.append(takes)
                right.append(gives)
    if not groups:
        return None
    seed = work.asked.seed
    kept = [i for i, takes in enumerate(valid) if takes]
    return {
        "problems": len(set(groups)),
        "lines": lines,
        "tests": len(groups),
        "valid": share(valid, groups, seed),
        "right": share(right, groups, seed),
        "right_of_valid": share([right[i] for i in kept], [groups[i] for i in kept], seed),
    }


def fitting(problem: minipy.Problem, args: Sequence[Any]) -> bool:
    """Whether arguments are of the types that the program takes; True is no number here."""
    steps = steps_of(problem.canonical)
    with_k = any(None in step.args for step in steps)
    if len(args) != 1 + with_k or (with_k and type(args[1]) is not int):
        return False
    value, takes = args[0], steps[0].operation.takes
    if takes in ("L", "W"):
        item = int if takes == "L" else str
        return type(value) is list and all(type(each) is item for each in value)
    if takes in ("D", "E"):
        key = str if takes == "D" else int
        return type(value) is dict and all(
            type(k) is key and type(v) is int for k, v in value.items()
        )
    return type(value) is (int if takes == "I" else str)


def _failed(work: Work, row: Row) -> list[tuple[Any, str, str]]:
    """Problem, prompt of the reviser and what stands before its completion."""
    cases: dict[str, tuple[Any, str, str]] = {}
    for text, verdict, right in zip(row.texts, row.verdicts, row.right, strict=True):
        if right or not text.strip():
            continue
        if work.world == "minipy":
            if not verdict.visible:
                problem = row.problem
                shown = reviser_prompt(problem.description, problem.visible, text, verdict.feedback)
                cases[text] = row.problem, shown, ""
        elif verdict.first_wrong is not None:
            steps = split_steps(text)
            upto = "".join(steps[: verdict.first_wrong + 1])
            before = "".join(steps[: verdict.first_wrong])
            cases[upto] = row.problem, sums_prompt("reviser", row.problem, upto), before
    rng = work.rng("failed", row.problem.id)
    return rng.sample(list(cases.values()), min(_FAILED, len(cases)))


def _tried(
    work: Work, problem: minipy.Problem, tests: Sequence[tuple[tuple[Any, ...], Any]]
) -> list[tuple[bool, bool]]:
    fit = [i for i, (args, _) in enumerate(tests) if fitting(problem, args)]
    found = [(False, False)] * len(tests)
    if fit:
        inputs = [tests[i][0] for i in fit]
        execution = work.wait(work.pool.run(CallJob(problem.code, "f", inputs, LIMITS)))
        for i, output in zip(fit, execution.outputs, strict=False):
            runs = output.status == "passed"
            found[i] = runs, runs and equal(output.value, tests[i][1])
    return found
