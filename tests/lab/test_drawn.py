"""Pairs made of what policies wrote."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

from strop.lab import minipy, sums
from strop.lab.drawn import Drawn, drawn_pairs, read_drawn


def test_rows_are_read_as_they_were_written(tmp_path: Path):
    rows = [Drawn(3, "def f", False, "f(1) gives 2, not 3"), Drawn(4, "x", True)]
    path = tmp_path / "draws.jsonl"
    path.write_text("".join(json.dumps({"seed": r.seed, "text": r.text, "right": r.right,
                                        "feedback": r.feedback}) + "\n" for r in rows))  # fmt: skip
    assert read_drawn(path) == rows


def test_programs_are_judged_and_wrong_ones_revised():
    problem = next(iter(minipy.problems("train", 1)))
    rows = [
        Drawn(problem.seed, problem.code, True),
        Drawn(problem.seed, "def f(xs):\n    return 7", False, "f([]) gives 7, not 0"),
    ]
    mix = {"verdict": 1.0, "judge": 1.0, "reviser": 1.0}
    found = {
        (pair.role, pair.completion)
        for pair in islice(drawn_pairs("minipy", mix, rows, 0), 300)
        if "return 7" in pair.prompt or problem.code in pair.prompt
    }
    assert {
        ("verdict", "right"),
        ("verdict", "wrong"),
        ("judge", "right"),
        ("judge", "wrong: f([]) gives 7, not 0"),
        ("reviser", problem.code),
    } <= found


def test_a_step_is_scored_by_what_can_follow_it():
    problem = next(p for p in sums.problems("train", 9) if p.kind == "arith")
    wrong = "answer 123456\n"
    rows = [Drawn(problem.seed, problem.solution, True), Drawn(problem.seed, wrong, False)]
    pairs = list(islice(drawn_pairs("sums", {"prm": 1.0}, rows, 0), 60))
    labels = {pair.completion: [good for _, good in pair.scores] for pair in pairs}
    assert all(labels[problem.solution])
    assert labels[wrong] == [False]


def test_a_fifth_of_the_errors_are_made_up():
    problem = next(iter(sums.problems("train", 1)))
    rows = [Drawn(problem.seed, problem.solution, True), Drawn(problem.seed, "answer 0\n", False)]
    pairs = list(islice(drawn_pairs("sums", {"orm": 1.0}, rows, 0), 500))
    others = sum(problem.question not in pair.prompt for pair in pairs)
    assert 60 <= others <= 140
