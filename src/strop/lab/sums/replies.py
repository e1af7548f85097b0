"""Reads what the roles write back; None where a text says nothing of the kind."""

from __future__ import annotations

from dataclasses import dataclass

from strop.lab.sums.steps import read_step, split_steps

__all__ = ["Verification", "final_answer", "read_judge", "read_verifier"]


@dataclass(frozen=True, slots=True)
class Verification:
    """A verifier's reply: its verdict, and the index of its first line that ends in `no`."""

    right: bool | None
    first_no: int | None


def final_answer(solution: str) -> str | None:
    """What follows the first `answer` of a policy's solution."""
    steps = map(read_step, split_steps(solution))
    return next((step.answer for step in steps if step.kind == "answer"), None)


def read_judge(reply: str) -> bool | None:
    """The `ok` or `no` that ends the first line."""
    words = reply.strip().partition("\n")[0].split()
    return {"ok": True, "no": False}.get(words[-1]) if words else None


def read_verifier(reply: str) -> Verification:
    """The verdict is the first line that is `right` or `wrong`."""
    first_no = None
    for index, line in enumerate(filter(None, map(str.strip, reply.split("\n")))):
        verdict = _verdict([line])
        if verdict is not None:
            return Verification(verdict, first_no)
        if first_no is None and line.split()[-1] == "no":
            first_no = index
    return Verification(None, first_no)


def _verdict(words: list[str]) -> bool | None:
    return {"right": True, "wrong": False}.get(words[0]) if words else None
