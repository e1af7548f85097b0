from __future__ import annotations

import ast
from typing import Any

import pytest

from strop.core.errors import BadInput
from strop.models.prompts import FAMILIES, render, roles
from strop.models.prompts.stub import header_of, stub_of

FIELDS: dict[str, Any] = {
    "prompt": "Add two numbers.",
    "entry": "add",
    "code": "def add(a, b):\n    return {a: '$b ${c} %s'}",
    "code_a": "A()",
    "code_b": "B()",
    "feedback": "add(1, 2) should be 3.",
    "failures": "it fails",
    "critique": "it is wrong",
    "history": "nothing yet",
    "file": "add.py",
    "findings": "line 1 is suspicious",
    "last": "add(1, 2) was 4",
    "cases": "input [1]: A gives 1, B gives 2",
    "examples": [[1, 2], ["x", None]],
    "tests": "assert add(1, 2) == 3\nassert add(0, 0) == 0",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_renders_every_role_with_its_fields(family: str):
    assert roles(family) == roles("chat")
    for role in roles(family):
        messages = render(family, role, FIELDS)
        whole = "\n".join(m.content for m in messages)
        assert messages[-1].role == "user"
        assert "[[e" not in whole
        assert "[[p" not in whole
        assert "\n]]" not in whole


def test_code_goes_through_untouched():
    assert FIELDS["code"] in render("chat", "reviser", FIELDS)[-1].content
    assert FIELDS["code"] in render("small", "reviser", FIELDS)[-1].content


def test_lists_are_a_line_an_item():
    assert '[1, 2]\n["x", null]' in render("chat", "tester", FIELDS)[-1].content


def test_optional_parts_are_left_out():
    bare = render("chat", "writer", {"prompt": "Add.", "entry": "", "tests": "", "start": None})
    assert bare[-1].content == "Add."
    assert "strings" in render("chat", "tester", {"prompt": "Add."})[-1].content


def test_what_is_missing_is_named():
    with pytest.raises(BadInput, match=r"'feedback'.*code, .*prompt"):
        render("chat", "reviser", {"prompt": "p", "code": "c"})
    with pytest.raises(BadInput, match=r"'poet'.*writer"):
        render("chat", "poet", {})
    with pytest.raises(BadInput, match="small"):
        render("huge", "writer", {})
    with pytest.raises(BadInput, match="JSON"):
        render("chat", "writer", {"prompt": object()})


def test_a_stub_is_python_and_shows_the_examples():
    stub = stub_of('Say """hi""".', "f", "assert f(1, 'a)') == 2\nassert g(1) == 1")
    assert stub.startswith("def f(a, b):\n")
    assert "f(1, 'a)') == 2" in stub
    assert "g(1)" not in stub
    ast.parse(stub)


def test_a_prompt_that_is_a_stub_stays_as_it_is():
    prompt = 'def f(xs: list[int]) -> int:\n    """Sum."""\n'
    assert stub_of(prompt, "f", "") == prompt.strip("\n")
    assert stub_of("Sum.", "f", "", start="import math\ndef f(xs):\n    pass") == (
        "import math\ndef f(xs):\n    pass"
    )


def test_headers_without_a_call_take_anything():
    assert header_of("Add numbers.", "f", "") == "def f(*args):"
    assert header_of("f(x) adds.", "f", "") == "def f(x):"
    assert header_of("f(1) is 2.", "f", "") == "def f(a):"
    assert stub_of("Add.", "", "") == ""
