from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.moves.extract import defines, extract_code, extract_json

F = "def f(x):\n    return x\n"


@pytest.mark.parametrize(
    "reply",
    [
        F,
        f"```python\n{F}```",
        f"Sure!\n\n~~~py\n{F}~~~\nThat is it.",
        f"```\n{F}```",
        f"```python\n{F}",
        f"Here is the code.\n{F}\nIt returns x, as you asked.",
        f"```bash\npip install x\n```\n```python\n{F}```",
        f"```python\nprint('usage')\nprint('of it')\n```\n\n```python\n{F}```",
        f"1. Do this:\n   ```python\n{F}   ```",
    ],
)
def test_the_program_is_found(reply: str):
    code = extract_code(reply, entry="f")
    assert defines(code, "f")
    namespace: dict[str, object] = {}
    exec(code, namespace)
    assert namespace["f"](5) == 5  # type: ignore[operator]


@pytest.mark.parametrize("reply", ["", "I cannot help.", "```java\nclass A {}\n```"])
def test_no_program_is_an_empty_one(reply: str):
    assert extract_code(reply, entry="f") == ""


def test_a_reply_that_continues_a_stub_is_its_body():
    stub = 'def f(x):\n    """Return x."""\n'
    assert defines(extract_code("    return x\n", entry="f", stub=stub), "f")
    assert "return x" in extract_code("return x", entry="f", stub=stub)


def test_other_languages_have_their_fence():
    reply = "```python\nx = 1\n```\n```cpp\nint main() {}\n```"
    assert extract_code(reply, language="c++") == "int main() {}"


@given(st.text(max_size=300))
def test_any_reply_gives_text_and_never_an_error(reply: str):
    assert isinstance(extract_code(reply, entry="f", stub="def f():\n"), str)
    extract_json(reply)


@given(st.recursive(st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_json_is_found_between_words(value: object):
    import json

    found = extract_json(f"Here: {json.dumps([value])} done")
    assert found == [value]


def test_defines_reads_names_and_not_text():
    assert defines("f = lambda: 1", "f")
    assert defines("class C: pass", "C.m")
    assert not defines("# def f(): pass", "f")
    assert ast.parse(F)
