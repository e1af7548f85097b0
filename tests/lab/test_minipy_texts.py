from __future__ import annotations

from random import Random
from typing import Any

from strop.lab.minipy import Wrong, problem, texts, wrong_programs


def test_the_writers_prompt_is_tag_description_examples_arrow():
    made = problem(0)
    prompt, completion = texts.writer(made)
    lines = prompt.split("\n")
    assert lines[0] == "#writer"
    assert lines[1] == made.description
    assert texts.parse_tests("\n".join(lines[2:-2])) == list(made.visible)
    assert lines[-2:] == ["=>", ""]
    assert completion == made.code


def test_examples_as_text_give_the_same_prompt_as_pairs():
    pairs = [(([1, 2],), 3), (("a",), {1: 2})]
    text = "\nassert f([1, 2]) == 3\n  f('a') == {1: 2}\n"
    assert texts.writer_prompt("Add\n them.", text) == texts.writer_prompt("Add them.", pairs)


def test_the_tester_gives_three_right_cases_that_are_not_shown():
    rng = Random(3)
    for seed in range(100):
        made = problem(seed)
        prompt, completion = texts.tester(made, rng)
        assert prompt == texts.tester_prompt(made.description, made.visible)
        tests = texts.parse_tests(completion)
        assert len(tests) == 3
        space: dict[str, Any] = {}
        exec(made.code, space)
        for args, expected in tests:
            assert (args, expected) not in made.visible
            assert space["f"](*args) == expected


def test_tests_are_read_from_among_rubbish():
    text = "Sure:\nf([1]) == 2\nassert f('a', 2) == (1, 2)\nf(x) == 1\nf(1) == \ng(1) == 2\n"
    text += "f(1) != 2\nf(1) == 2 == 2\nf(k=1) == 2\nf(" + "[" * 900 + ") == 1\nf({[]: 1}) == 1\n"
    assert texts.parse_tests(text) == [(([1],), 2), (("a", 2), (1, 2))]


def test_the_reviser_sees_code_and_feedback():
    made = problem(0)
    wrong = wrong_programs(made, Random(1), 1)[0]
    prompt, completion = texts.reviser(made, wrong)
    assert prompt.endswith(f"{wrong.code}\n{wrong.feedback}\n=>\n")
    assert completion == made.code


def test_the_judge_says_right_or_gives_a_counterexample():
    made = problem(0)
    shown = texts.judge_prompt(made.description, made.code, made.visible)
    assert texts.judge(made, made.code) == (shown, "right")
    assert texts.verdict(made, made.code, True) == (
        shown.replace("#judge", "#verdict"),
        "right",
    )
    wrong = Wrong("def f(*args):\n    return None", "f(1) gives 1, not 2", "slip")
    args, expected = min(made.hidden, key=lambda case: len(repr(case)))
    told = f"f({', '.join(map(repr, args))}) gives None, not {expected!r}"
    assert texts.parse_judge(texts.judge(made, wrong.code, told)[1]) == (False, told)
    assert texts.parse_judge(" Right \n") == (True, "")
    assert texts.parse_judge("perhaps right") == (False, "")
    assert texts.parse_judge("") == (False, "")
