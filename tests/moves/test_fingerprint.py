from __future__ import annotations

import pytest

from strop.core.patch import Edit
from strop.moves.fingerprint import Fingerprints

SOURCE = '''\
"""Doc."""
import functools

K = 1


def f(x):
    # why
    if x < K:
        return x + 1
    return [y for y in range(x)]


@functools.lru_cache
def g(a, b=2, *, c=3):
    def inner():
        return a
    return inner


class C:
    z = 1

    def m(self):
        return self.z
'''
PRINTS = Fingerprints(SOURCE)


def mark(*changes: tuple[str, str]) -> str | None:
    edits: list[Edit] = []
    for old, new in changes:
        assert SOURCE.count(old) == 1, old
        at = SOURCE.index(old)
        edits.append(Edit("m.py", at, at + len(old), new))
    return PRINTS.of(tuple(sorted(edits)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("x + 1", "x + 2"), ("return x + 1", "return x + 2")),
        (("x + 1", "(x + 2)"), ("x + 1", "x  +  2")),
        (("if x < K", "if x <= K"), ("if x < K:\n", "if x <= K:\n\n        # more\n")),
        (("    # why\n", ""), ("# why", "# because")),
        (("x + 1", "x + (1 + 1)"), ("x + 1", "x + 2")),
        (("return self.z", "return  self.z"), ("return self.z", "return (self.z)")),
        (("b=2", "b=3"), ("b=2", "b = 3")),
    ],
)
def test_texts_that_compile_to_the_same_code_share_a_mark(
    one: tuple[str, str], other: tuple[str, str]
):
    assert mark(one) is not None
    assert mark(one) == mark(other)


def test_different_changes_have_different_marks():
    changes = [
        ("x + 1", "x + 2"),
        ("x + 1", "x + 2.0"),
        ("x + 1", "x + True"),
        ("x + 1", "x - 1"),
        ("x + 1", "x"),
        ("x < K", "K < x"),
        ("x < K", "x < x"),
        ("return [y for", "return [-y for"),
        ("range(x)]", "range(K)]"),
        ("def f(x)", "def f(x, y=1)"),
        ("def f(x)", "def h(x)"),
        ("K = 1", "K = 2"),
        ("K = 1", "K = '1'"),
        ("b=2", "b=3"),
        ("c=3", "c=4"),
        ("*, c=3", "c=3"),
        ("@functools.lru_cache\n", ""),
        ("return a\n", "return b\n"),
        ("class C", "class C(dict)"),
        ("z = 1", "z = 2"),
        ("return self.z", "return self.z + 0"),
        ('"""Doc."""', '"""Other."""'),
    ]
    marks = [mark(change) for change in changes]
    assert None not in marks
    assert len(set(marks)) == len(marks)


def test_the_same_code_in_another_statement_is_another_change():
    prints = Fingerprints("def f(x):\n    return x\n\ndef f(x):\n    return x\n")
    one = prints.of((Edit("", 21, 22, "2"),))
    two = prints.of((Edit("", 44, 45, "2"),))
    assert one is not None
    assert two is not None
    assert one != two


@pytest.mark.parametrize(
    "change",
    [
        ("x + 1", "x +"),
        ("return x + 1", "yield = 1"),
        ("x + 1", "'\0'"),
        ("    return [y", "  return [y"),
        ("K = 1", "return 1"),
        ("return self.z", "break"),
        ("def f(x)", "def f(x, x)"),
    ],
)
def test_what_does_not_compile_has_no_mark(change: tuple[str, str]):
    assert mark(change) is None


def test_changes_in_two_statements_are_seen_together():
    both = mark(("x + 1", "x + 2"), ("return self.z", "return 0"))
    assert both is not None
    assert len({both, mark(("x + 1", "x + 2")), mark(("return self.z", "return 0"))}) == 3
    assert both != mark(("x + 1", "x + 2"), ("return self.z", "return 1"))
    assert mark(("x + 1", "x + 2"), ("return self.z", "return")) is not None


def test_warnings_of_the_compiler_are_not_raised():
    assert mark(("x < K", "x is 3")) is not None
    assert mark(("x + 1", "'\\d'")) is not None


def test_the_end_of_a_text_without_a_last_newline():
    prints = Fingerprints("x = 1\ny = 2")
    assert prints.of((Edit("", 10, 11, "3"),)) == prints.of((Edit("", 6, 11, "y = 3"),))
    assert prints.of((Edit("", 11, 11, "0"),)) not in (None, prints.of((Edit("", 11, 11, "1"),)))


def test_an_edit_before_the_first_statement():
    prints = Fingerprints("# note\n\nx = 1\n")
    assert prints.of((Edit("", 0, 6, "# other"),)) is not None
    assert prints.of((Edit("", 0, 6, "y = 1"),)) != prints.of((Edit("", 0, 6, "y = 2"),))


def test_an_insertion_between_two_statements_belongs_to_a_statement():
    source = "x = 1\ny = 2\n"
    prints = Fingerprints(source)
    assert prints.of((Edit("", 6, 6, "x = 3\n"),)) != prints.of((Edit("", 6, 6, "x = 4\n"),))
    assert prints.of((Edit("", 6, 6, "x = 3\n"),)) is not None


def test_a_text_with_carriage_returns_and_form_feeds():
    source = "x = 1\r\n\x0c\r\ndef f():\r\n    return 1\r\n"
    prints = Fingerprints(source)
    at = source.index("return 1") + 7
    assert prints.of((Edit("", at, at + 1, "2"),)) == prints.of((Edit("", at, at + 1, "(2)"),))
    assert prints.of((Edit("", at, at + 1, "2"),)) != prints.of((Edit("", at, at + 1, "3"),))


def test_a_future_import_is_no_part_of_the_compiled_stretch():
    source = "from __future__ import annotations\n\ndef f(x: nothing):\n    return 1\n"
    at = source.index("return 1") + 7
    prints = Fingerprints(source)
    assert prints.of((Edit("", at, at + 1, "2"),)) is not None
