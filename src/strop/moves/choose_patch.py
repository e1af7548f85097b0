"""Which of several plausible patches to believe, how far, and what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from strop.core.errors import BudgetSpent
from strop.core.patch import Patch
from strop.core.run import Run
from strop.core.types import Candidate, Check, SurvivingMutant, Verdict
from strop.moves.behaviour import Behaviour, Call, classes, fuzz_inputs, observe_patches
from strop.moves.fingerprint import Fingerprints
from strop.moves.mutate import mutations
from strop.moves.singles import Change

__all__ = ["Found", "choose_patch", "suite_strength"]

_SHOWN = 4


@dataclass(frozen=True)
class Found:
    """A plausible patch: the candidate, the change it is, the verdict of all tests."""

    candidate: Candidate
    change: Change
    verdict: Verdict


async def choose_patch(
    run: Run,
    files: Mapping[str, str],
    start: Candidate,
    calls: Sequence[Call],
    found: Sequence[Found],
    screen: Check,
    most_inputs: int,
    most_mutants: int,
) -> Candidate | None:
    """The patch to answer with, offered with what vouches for it in its verdict's detail. Where the
    budget ends on the way, the smallest patch with what is known by then."""
    if not found:
        return None
    ranked = sorted(found, key=lambda f: f.change.patch.size(files))
    detail: dict[str, Any] = {**ranked[0].verdict.detail["repair"], "plausible": len(found)}
    feedback: tuple[SurvivingMutant, ...] = ()
    try:
        ranked, told = await _by_behaviour(run, files, start, calls, ranked, most_inputs)
        detail |= told
        killed, survivors = await suite_strength(
            run, files, ranked[0].change.patch, screen, most_mutants
        )
        detail |= {"killed": killed, "mutants": killed + len(survivors)}
        feedback = tuple(SurvivingMutant(diff) for diff in survivors[:_SHOWN])
    except BudgetSpent:
        detail["unfinished"] = "the budget ended before every plausible patch was compared"
    best = ranked[0]
    whole = {**best.verdict.detail, "repair": detail}
    if detail.get("mutants"):
        whole["mutants_killed"] = detail["killed"] / detail["mutants"]
    verdict = replace(best.verdict, detail=whole, feedback=(*best.verdict.feedback, *feedback))
    run.offer(best.candidate, verdict, agreement=1.0)
    return best.candidate


async def _by_behaviour(
    run: Run,
    files: Mapping[str, str],
    start: Candidate,
    calls: Sequence[Call],
    found: Sequence[Found],
    most: int,
) -> tuple[list[Found], dict[str, Any]]:
    """The patches, the one to believe first, and what the fuzzing showed."""
    inputs = fuzz_inputs(calls, most)
    if not inputs:
        return list(found), {"inputs": 0, "alternatives": []}
    original, *behaviours = await observe_patches(
        run, [start, *(f.candidate for f in found)], inputs
    )
    groups = list(classes(behaviours).values())
    by_id = {f.candidate.id: f for f in found}

    def belief(group: Sequence[Behaviour]) -> tuple[int, float]:
        weight = sum(by_id[b.candidate.id].change.priority for b in group)
        return len(group[0].worse_than(original)), -weight

    groups.sort(key=belief)
    members = [[by_id[b.candidate.id] for b in group] for group in groups]
    best = groups[0][0]
    rows: list[dict[str, Any]] = []
    for group, alike in list(zip(groups, members, strict=True))[1:]:
        telling = min(group[0].differs_from(best), key=lambda i: (len(inputs[i][2]), i))
        file, entry, text = inputs[telling]
        rows.append(
            {
                "diff": alike[0].change.patch.diff(files),
                "patch": alike[0].change.patch.value,
                "alike": len(alike),
                "input": {"file": file, "entry": entry, "arguments": text},
                "answer_gives": _shown(best, telling),
                "it_gives": _shown(group[0], telling),
            }
        )
    worse = best.worse_than(original)
    told = {
        "inputs": len(inputs),
        "newly_failing": [
            {"file": inputs[i][0], "entry": inputs[i][1], "arguments": inputs[i][2]}
            for i in worse[:_SHOWN]
        ],
        "alike": len(members[0]),
        "alternatives": rows[:_SHOWN],
    }
    return [f for group in members for f in group], told


def _shown(behaviour: Behaviour, at: int) -> str:
    output = behaviour.outputs[at]
    return output.value if output.value is not None else f"{output.status} {output.message}".strip()


async def suite_strength(
    run: Run, files: Mapping[str, str], patch: Patch, screen: Check, most: int
) -> tuple[int, list[str]]:
    """How many mutants of the patched lines the tests kill, and the others as diffs against the
    patched text. Raises `BudgetSpent`."""
    patched = patch.apply(files)
    candidates: list[Candidate] = []
    diffs: list[str] = []
    for file, text in patched.items():
        prints, seen = Fingerprints(text), set[str | None]([None])
        lines = _touched(files[file], text)
        ranked = sorted(mutations(file, text, lines), key=lambda m: -m.weight)
        for mutation in islice(ranked, 4 * most):
            mark = prints.of(tuple(sorted(mutation.edits)))
            if len(candidates) >= most or mark in seen:
                continue
            seen.add(mark)
            mutant = Patch.of(mutation.edits)
            whole = Patch.between(files, {**patched, **mutant.apply(patched)})
            origin = f"{mutation.operator} of the patched line {mutation.line}"
            candidates.append(run.propose(whole.value, kind="mutant", origin=origin))
            diffs.append(mutant.diff(patched))
    rows = await run.matrix(candidates, [screen])
    alive = [diff for diff, (verdict,) in zip(diffs, rows, strict=True) if verdict.passed]
    return len(candidates) - len(alive), alive


def _touched(old: str, new: str) -> set[int]:
    """Line numbers of `new` that a patch put there, or that stand where it took lines away."""
    from difflib import SequenceMatcher

    before, after = old.splitlines(), new.splitlines()
    lines: set[int] = set()
    for tag, _, _, first, last in SequenceMatcher(None, before, after, False).get_opcodes():
        if tag != "equal":
            lines.update(range(first + 1, max(last, first + 1) + 1))
    return {min(line, max(1, len(after))) for line in lines}
