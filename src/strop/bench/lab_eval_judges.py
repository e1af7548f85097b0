"""Measures of the roles that judge, on samples of a policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from strop.bench.lab_samples import BATCH, Item, Work, fits
from strop.bench.lab_scores import area, area_within, balanced, process_f1, share
from strop.lab.minipy.texts import verdict_prompt
from strop.lab.sums.check import prefix_values
from strop.lab.sums.replies import read_judge, read_verifier
from strop.lab.sums.steps import split_steps
from strop.lab.sums.texts import prompt

if TYPE_CHECKING:
    from strop.lab.speaker import Speaker

__all__ = ["VOTES", "minipy_judge", "orm", "prm", "step_judge", "verifier"]

VOTES = (1, 3, 5, 9)
_THRESHOLD = 0.5
_VERIFIED = 1000
_ROOM = 96


def minipy_judge(work: Work, speaker: Speaker, items: Sequence[Item]) -> dict[str, Any] | None:
    """The probability of `right` as a score of programs."""

    def ask(item: Item) -> str:
        return verdict_prompt(item.problem.description, item.text, item.problem.visible)

    def score(part: Sequence[Item]) -> list[float]:
        found = speaker.chances([ask(item) for item in part], ["right", "wrong"])
        return [float(row[0]) for row in found]

    return _scored(work, speaker, items, ask, score)


def orm(work: Work, speaker: Speaker, items: Sequence[Item]) -> dict[str, Any] | None:
    """The outcome reward as a score of solutions."""

    def ask(item: Item) -> str:
        return prompt("orm", item.problem, item.text) + "\n"

    def score(part: Sequence[Item]) -> list[float]:
        prompts = [prompt("orm", item.problem) for item in part]
        found = speaker.step_scores(prompts, [_lines(item.text) for item in part])
        return [each[-1] for each in found]

    return _scored(work, speaker, items, ask, score)


def prm(work: Work, speaker: Speaker, items: Sequence[Item]) -> dict[str, Any] | None:
    """The process reward. A step is called bad below 0.5; it is bad where no right answer can
    follow it. `first_wrong` is ProcessBench's F1 (also by kind); `step_*` are over all steps."""
    shown = [
        item for item in items if fits(speaker, prompt("prm", item.problem, item.text) + "\n", 0)
    ]
    kept: list[Item] = []
    scores: list[list[float]] = []
    for part in work.parts("solutions scored step by step", shown):
        prompts = [prompt("prm", item.problem) for item in part]
        scores += speaker.step_scores(prompts, [_lines(item.text) for item in part])
        kept += part
    if not kept:
        return None
    seed = work.asked.seed
    values = [prefix_values(item.problem, item.text) for item in kept]
    said = [_first([score >= _THRESHOLD for score in row]) for row in scores]
    truth = [_first(row) for row in values]
    groups = [item.problem.id for item in kept]

    def first_wrong(rows: Sequence[int]) -> dict[str, Any]:
        return process_f1(
            [said[i] for i in rows], [truth[i] for i in rows], [groups[i] for i in rows], seed
        )

    of = [group for group, row in zip(groups, scores, strict=True) for _ in row]
    flat = [score for row in scores for score in row]
    good = [value for row in values for value in row]
    flagged = [i for i, score in enumerate(flat) if score < _THRESHOLD]
    bad = [i for i, value in enumerate(good) if not value]
    return {
        "solutions": len(kept),
        "first_wrong": first_wrong(range(len(kept))),
        "first_wrong_by_kind": {
            kind: first_wrong([i for i, item in enumerate(kept) if item.problem.kind == kind])
            for kind in sorted({item.problem.kind for item in kept})
        },
        "steps": len(flat),
        "step_area": area(flat, good, of, seed),
        "step_precision": share([not good[i] for i in flagged], [of[i] for i in flagged], seed),
        "step_recall": share([flat[i] < _THRESHOLD for i in bad], [of[i] for i in bad], seed),
    }


def verifier(work: Work, speaker: Speaker, items: Sequence[Item]) -> dict[str, Any] | None:
    """Verifications by vote: `right` where more than half of the votes say so; a reply without a
    verdict does not. At most 1000 solutions, as many right as wrong ones where there are."""
    shown = [
        item for item in items if fits(speaker, prompt("verifier", item.problem, item.text), _ROOM)
    ]
    if len(shown) > _VERIFIED:
        rng = work.rng("verified")
        shown = sorted(rng.sample(shown, _VERIFIED), key=lambda item: item.problem.seed)
    kept: list[Item] = []
    votes: list[list[bool | None]] = []
    most = max(VOTES)
    for part in work.parts("solutions verified", shown, BATCH // most):
        prompts = [prompt("verifier", item.problem, item.text) for item in part]
        rngs = [
            [work.rng("verifier", item.problem.id, len(kept) + at, i) for i in range(most)]
            for at, item in enumerate(part)
        ]
        written = work.write(speaker, prompts, rngs)
        if written is None:
            break
        votes += [[read_verifier(draw.text).right for draw in draws] for draws in written]
        kept += part
    if not kept:
        return None
    seed = work.asked.seed
    truth = [item.right for item in kept]
    groups = [item.problem.id for item in kept]
    by_votes: dict[str, Any] = {}
    for count in VOTES:
        said = [2 * sum(vote is True for vote in row[:count]) > count for row in votes]
        by_votes[str(count)] = {
            "accuracy": share([a == b for a, b in zip(said, truth, strict=True)], groups, seed),
            "balanced": balanced(said, truth, groups, seed),
        }
    unread = sum(vote is None for row in votes for vote in row)
    return {
        "solutions": len(kept),
        "right": sum(truth),
        "without_verdict": unread / (len(kept) * most),
        "by_votes": by_votes,
    }


def step_judge(work: Work, speaker: Speaker, items: Sequence[Item]) -> dict[str, Any] | None:
    """The likeliest reply on one step of each solution: its first wrong one, else any."""
    shown: list[tuple[Item, int]] = []
    for at, item in enumerate(items):
        first = item.verdict.first_wrong
        steps = len(item.verdict.steps)
        shown.append((item, work.rng("step", at).randrange(steps) if first is None else first))
    texts = [
        (prompt("judge", item.problem, "".join(split_steps(item.text)[: step + 1])), item, step)
        for item, step in shown
    ]
    texts = [row for row in texts if fits(speaker, row[0], _ROOM)]
    said: list[bool | None] = []
    for part in work.parts("steps judged", texts):
        rngs = [[work.rng("judge")] for _ in part]
        written = work.write(speaker, [text for text, _, _ in part], rngs, temperature=0.0)
        if written is None:
            break
        said += [read_judge(draws[0].text) for draws in written]
    if not said:
        return None
    seed = work.asked.seed
    truth = [item.verdict.steps[step].good for _, item, step in texts[: len(said)]]
    groups = [item.problem.id for _, item, _ in texts[: len(said)]]
    hit = [a == b for a, b in zip(said, truth, strict=True)]
    return {
        "steps": len(said),
        "without_verdict": sum(vote is None for vote in said) / len(said),
        "accuracy": share(hit, groups, seed),
        "balanced": balanced([vote is True for vote in said], truth, groups, seed),
    }


def _scored(
    work: Work,
    speaker: Speaker,
    items: Sequence[Item],
    ask: Callable[[Item], str],
    score: Callable[[Sequence[Item]], list[float]],
) -> dict[str, Any] | None:
    shown = [item for item in items if fits(speaker, ask(item), 1)]
    scores: list[float] = []
    for part in work.parts("samples scored", shown):
        scores += score(part)
    if not scores:
        return None
    seed = work.asked.seed
    kept = shown[: len(scores)]
    truth = [item.right for item in kept]
    groups = [item.problem.id for item in kept]
    said = [score >= _THRESHOLD for score in scores]
    return {
        "samples": len(kept),
        "right": sum(truth),
        "area": area(scores, truth, groups, seed),
        "area_within_problem": area_within(scores, truth, groups, seed),
        "accuracy": share([a == b for a, b in zip(said, truth, strict=True)], groups, seed),
        "balanced": balanced(said, truth, groups, seed),
    }


def _lines(text: str) -> list[str]:
    return [step if step.endswith("\n") else step + "\n" for step in split_steps(text)]


def _first(good: Sequence[bool]) -> int | None:
    return next((i for i, each in enumerate(good) if not each), None)
