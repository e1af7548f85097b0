"""Training pairs of a world, role by role, without end: pair number i is the same for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from strop.lab import minipy, sums
from strop.lab.minipy import texts as minipy_texts
from strop.lab.sums import texts as sums_texts

__all__ = ["WORLDS", "Pair", "pairs", "sums_pair"]


@dataclass(frozen=True, slots=True)
class Pair:
    """What a role is given, what it writes, and spans of that to leave out of the loss. A pair with
    `scores` is not written but scored: after each offset of the completion, good or not."""

    role: str
    prompt: str
    completion: str
    without: tuple[tuple[int, int], ...] = ()
    scores: tuple[tuple[int, bool], ...] = ()


Make = Callable[[str, int, Random], Pair | None]


def pairs(world: str, mix: Mapping[str, float], start: int, split: str = "train") -> Iterator[Pair]:
    """Pairs `start`, `start + 1`, ... of a world; `mix` are the shares of its roles. Only problems
    of the split are used, so no composition of another one is ever seen."""
    roles, shares = list(mix), list(mix.values())
    make = WORLDS[world]
    number = start
    while True:
        rng = Random(f"{world} pair {number}")
        role = rng.choices(roles, shares)[0]
        pair = make(role, number, rng)
        if pair is not None and split_of(world, number) == split:
            yield pair
        number += 1


def split_of(world: str, seed: int) -> str:
    """The split of the problem of a seed."""
    return (minipy if world == "minipy" else sums).problem(seed).split


def _minipy(role: str, seed: int, rng: Random) -> Pair | None:
    problem = minipy.problem(seed)
    if role == "quote":
        return Pair(role, *minipy_texts.quote(problem))
    if role == "echo":
        return Pair(role, *minipy_texts.echo(problem))
    if role == "writer":
        return Pair(role, *minipy_texts.writer(problem))
    if role == "tester":
        return Pair(role, *minipy_texts.tester(problem, rng))
    wrong = minipy.wrong_programs(problem, rng, 1)
    if role == "reviser":
        return Pair(role, *minipy_texts.reviser(problem, wrong[0])) if wrong else None
    shown = wrong[0] if wrong and rng.random() < 0.5 else None
    code, feedback = (shown.code, shown.feedback) if shown else (problem.code, "")
    if role == "verdict":
        return Pair(role, *minipy_texts.verdict(problem, code, right=shown is None))
    return Pair(role, *minipy_texts.judge(problem, code, feedback))


def _sums(role: str, seed: int, rng: Random) -> Pair | None:
    problem = sums.problem(seed)
    if role == "policy":
        waited = sums_texts.policy_waiting(problem, rng, share=0.15)
        return Pair(role, waited.prompt, waited.completion, waited.wrong)
    solution = problem.solution
    if role == "reviser" or rng.random() < 0.5:
        wrong = sums.wrong_solutions(problem, rng, 1)
        if not wrong:
            return None
        solution = wrong[0].text
    return sums_pair(role, problem, solution, rng)


def sums_pair(role: str, problem: sums.Problem, solution: str, rng: Random) -> Pair | None:
    """The pair of a role that reads a solution; None where there is nothing to read."""
    if not solution.strip():
        return None
    if role in ("prm", "orm"):
        return _scored(role, problem, solution)
    if role == "judge":
        steps = sums.split_steps(solution)
        upto = "".join(steps[: rng.randint(1, len(steps))])
        return Pair(role, *sums_texts.judge(problem, upto))
    if role == "verifier":
        return Pair(role, *sums_texts.verifier(problem, solution))
    return Pair(role, *sums_texts.reviser(problem, solution))


def _scored(role: Literal["prm", "orm"], problem: sums.Problem, solution: str) -> Pair:
    make = sums_texts.prm_example if role == "prm" else sums_texts.orm_example
    text, ends = make(problem, solution)
    prompt = sums_texts.prompt(role, problem)
    scores = tuple((end - len(prompt), good) for end, good in ends)
    return Pair(role, prompt, text[len(prompt) :], scores=scores)


WORLDS: Mapping[str, Make] = {"minipy": _minipy, "sums": _sums}
