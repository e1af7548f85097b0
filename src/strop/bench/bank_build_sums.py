"""One problem of `sums` for the sample bank: solutions, their steps, and what judges say."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from strop.bench.bank_draws import BankPlan, Speaks, draw, draw_columns, rngs
from strop.bench.bank_file import Column
from strop.bench.lab_verdicts import sums_verdicts
from strop.core.errors import BadInput
from strop.lab import sums
from strop.lab.sums.replies import read_verifier
from strop.lab.sums.texts import prompt

__all__ = ["sums_part"]

_READ = 8
"""Texts of like length that are read together: more cost more padding."""
_LONGEST = 384
_VERIFIED = 128
_NO_VOTE, _WRONG, _RIGHT = -1, 0, 1


def sums_part(
    problem: sums.Problem, speakers: Mapping[str, Speaks], plan: BankPlan
) -> dict[str, Column]:
    """Its columns; `speakers` has `sums`, `sums-small` and `sums-judge`. Scores are NaN and votes
    none for the rare text that is too long to be read again."""
    asked = prompt("policy", problem)
    part: dict[str, Column] = {
        "id": [problem.id],
        "difficulty": np.array([problem.difficulty], np.int8),
    }
    for name, prefix in (("sums", ""), ("sums-small", "small.")):
        drawn = draw(speakers[name], asked, plan, problem.id, name, plan.samples)
        part |= draw_columns(drawn, prefix, tokens=not prefix)
        texts = [str(text) for text in part[f"{prefix}text"]]
        checked = sums_verdicts(problem, texts)
        part[f"{prefix}right"] = np.array([one.right for one in checked], np.bool_)
        # A tab: no answer that a solution's line can hold.
        part[f"{prefix}answer"] = ["\t" if one.answer is None else one.answer for one in checked]
    return part | _judged(problem, [str(text) for text in part["text"]], speakers, plan)


def _judged(
    problem: sums.Problem, texts: Sequence[str], speakers: Mapping[str, Speaks], plan: BankPlan
) -> dict[str, Column]:
    judge = speakers["sums-judge"]
    steps = [list(sums.split_steps(text)) for text in texts]
    scores = [[float("nan")] * len(each) for each in steps]
    orm = [float("nan")] * len(texts)
    votes = [[_NO_VOTE] * plan.votes for _ in texts]
    asked = prompt("prm", problem)
    for some in _groups(judge, problem, texts, _READ):
        # The last step of a text that was cut has no newline; a score stands at one.
        told = [[_line(step) for step in steps[i]] for i in some]
        found = judge.step_scores([asked] * len(some), told)
        outcomes = judge.step_scores([prompt("orm", problem)] * len(some), told)
        for i, each, outcome in zip(some, found, outcomes, strict=True):
            scores[i], orm[i] = each, outcome[-1]
    for some in _groups(judge, problem, texts, max(1, 64 // plan.votes)):
        replies = judge.write(
            [prompt("verifier", problem, texts[i]) for i in some],
            [rngs(plan, f"{problem.id} {texts[i]}", "verifier", plan.votes) for i in some],
            _VERIFIED,
            temperature=plan.temperature,
        )
        for i, each in zip(some, replies, strict=True):
            votes[i] = [_vote(reply.text) for reply in each]
    values = [sums.prefix_values(problem, text) for text in texts]
    return {
        "orm": np.array(orm, np.float16),
        "votes": np.array(votes, np.int8).reshape(-1),
        "steps": np.array([len(each) for each in steps], np.int16),
        "step.score": np.array([x for each in scores for x in each], np.float16),
        "step.good": np.array([x for each in values for x in each], np.bool_),
    }


def _groups(
    judge: Speaks, problem: sums.Problem, texts: Sequence[str], size: int
) -> list[list[int]]:
    lengths: dict[int, int] = {}
    for i, text in enumerate(texts):
        try:
            length = len(judge.ids(prompt("verifier", problem, text)))
        except BadInput:
            continue
        if length <= _LONGEST and text.strip():
            lengths[i] = length
    order = sorted(lengths, key=lengths.__getitem__)
    return [order[i : i + size] for i in range(0, len(order), size)]


def _line(step: str) -> str:
    return step if step.endswith("\n") else step + "\n"


def _vote(reply: str) -> int:
    right = read_verifier(reply).right
    return _NO_VOTE if right is None else _RIGHT if right else _WRONG
