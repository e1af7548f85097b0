"""Each smell where it is, and nothing where it is not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from textwrap import dedent

import pytest

from strop.checks.test_smells import TestSmellsCheck, smells_in
from strop.core.types import Candidate, Crash, Failure

HEAD = "import time, pytest\nfrom solution import f\n"


def found(body: str, focal: tuple[str, ...] = ("solution",)) -> list[tuple[str, int]]:
    """(kind, line below the two import lines)."""
    source = HEAD + dedent(body)
    return [(smell.kind, smell.line - 2) for smell in smells_in(source, focal)]


@pytest.mark.parametrize(
    ("body", "smells"),
    [
        ("def test_a():\n    pass\n", [("empty test", 1)]),
        ("def test_a():\n    'Doc.'\n    ...\n", [("empty test", 1)]),
        ("def test_a():\n    f(1)\n", [("no assertion", 1)]),
        ("def test_a():\n    assert 1 + 1 == 2\n", [("no focal call", 1)]),
        ("def test_a():\n    time.sleep(1)\n    assert f(1)\n", [("sleep", 2)]),
        ("async def test_a():\n    await asyncio.sleep(n)\n    assert f(1)\n", [("sleep", 2)]),
        ("def test_a():\n    assert f(1) == 2\n    assert f(2) == 3\n    assert f(1) == 2\n",
         [("duplicated assertion", 4)]),
        ("def test_a():\n    x = f(1)\n    assert x == 2\n    y = x\n    assert x == 2\n",
         [("duplicated assertion", 5)]),
        ("def test_a():\n    assert (f(1) == 2, 'two')\n", [("always true", 2)]),
        ("def test_a():\n    x = f(1)\n    assert x == x\n    assert True\n",
         [("always true", 3), ("always true", 4)]),
        ("def test_a(x):\n    if f(x):\n        assert f(x) == 2\n",
         [("conditional assertion", 3)]),
        ("def test_a():\n    try:\n        assert f(1)\n    except ValueError:\n        pass\n",
         [("exception swallowed", 4)]),
        ("def test_a():\n    for x in (1, 2):\n        try:\n            assert f(x)\n"
         "        except Exception:\n            continue\n", [("exception swallowed", 5)]),
        ("def test_a():\n    with pytest.raises(Exception):\n        f(1)\n",
         [("broad raises", 2)]),
        ("def test_a():\n    print(f(1))\n    assert f(1)\n", [("print", 2)]),
        ("@pytest.mark.skip\ndef test_a():\n    assert f(1)\n", [("skipped", 1)]),
        ("@pytest.mark.skipif(True, reason='x')\ndef test_a():\n    assert f(1)\n",
         [("skipped", 1)]),
        ("def test_a():\n    pytest.skip('later')\n    assert f(1)\n", [("skipped", 2)]),
        ("def test_a():\n    assert f(1)\ndef test_a():\n    assert f(2)\n",
         [("shadowed test", 1)]),
        ("class TestK:\n    def test_a(self):\n        f(1)\n", [("no assertion", 2)]),
        ("class Some(unittest.TestCase):\n    def test_a(self):\n        f(1)\n",
         [("no assertion", 2)]),
    ],
)  # fmt: skip
def test_each_smell_is_found_on_its_line(body: str, smells: list[tuple[str, int]]):
    assert found(body) == smells


@pytest.mark.parametrize(
    "body",
    [
        "def test_a():\n    assert f(1) == 2, 'two'\n",
        "def test_a():\n    with pytest.raises(ValueError):\n        f(1)\n",
        "def test_a():\n    with pytest.raises(Exception, match='no'):\n        f(1)\n",
        "def same(x):\n    assert f(x) == x\ndef test_a():\n    same(1)\n",
        "def made():\n    return f(1)\ndef test_a():\n    assert made() == 2\n",
        "@pytest.fixture\ndef value():\n    return f(1)\ndef test_a(value):\n    assert value\n",
        "class TestK:\n    def holds(self, x):\n        assert f(x)\n    def test_a(self):\n"
        "        self.holds(1)\n",
        "class T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(1), 2)\n",
        "def test_a(mock):\n    f(mock)\n    mock.call.assert_called_once_with(1)\n",
        "def test_a():\n    if f(1):\n        assert f(2)\n    else:\n        assert f(3)\n",
        "def test_a():\n    for x, y in [(1, 2)]:\n        assert f(x) == y\n",
        "def test_a():\n    match f(1):\n        case 1:\n            assert f(2)\n"
        "        case _:\n            pytest.fail('no')\n",
        "def test_a():\n    try:\n        f(1)\n    except KeyError as e:\n        assert e.args\n"
        "    else:\n        pytest.fail('no error')\n",
        "def test_a():\n    for x in (1, 2):\n        try:\n            y = f(x)\n"
        "        except KeyError:\n            continue\n        assert y\n",
        "def test_a():\n    s = f([])\n    assert s.pop() == 1\n    assert s.pop() == 1\n",
        "def test_a():\n    x = f(1)\n    assert x.n == 1\n    x.grow()\n    assert x.n == 1\n",
        "def test_a():\n    assert f(1) == 1\n    f.reset()\n    assert f(1) == 1\n",
        "def test_a():\n    x = [2, 1]\n    assert f(x) == [1, 2]\n    assert f(x) == [1, 2]\n",
        "@pytest.mark.skipif(sys.version_info < (3, 12), reason='x')\ndef test_a():\n"
        "    assert f(1)\n",
        "async def test_a():\n    await asyncio.sleep(0)\n    assert f(1)\n",
        "def test_a():\n    if sys.platform == 'win32':\n        pytest.skip('posix')\n"
        "    assert f(1)\n",
        "def helper():\n    print(1)\n    time.sleep(1)\n",
        "class TestA:\n    def test_a(self):\n        assert f(1)\nclass TestB:\n"
        "    def test_a(self):\n        assert f(1)\n",
    ],
)
def test_sound_tests_have_no_smell(body: str):
    assert found(body) == []


def test_the_code_under_test_is_followed_through_imports_and_helpers():
    source = "import solution as s\nf2 = s.f\ndef test_a():\n    assert f2(1)\n"
    assert smells_in(source, ["solution"]) == ()
    other = "from other import f\ndef test_a():\n    assert g(1)\n"
    assert [s.kind for s in smells_in(other, ["solution"])] == ["no focal call"]
    assert smells_in(other, ["f"])[0].kind == "no focal call"
    assert smells_in(other) == (), "not asked"


def test_the_check_scores_the_share_of_sound_tests():
    source = HEAD + "def test_a():\n    assert f(1)\ndef test_b():\n    f(1)\n    print(1)\n"
    check = TestSmellsCheck(["solution"])
    verdict = asyncio.run(check(Candidate("c", "test", source)))
    assert (verdict.passed, verdict.score, verdict.status) == (False, 0.5, "failed")
    first, second = verdict.feedback
    assert first == Failure(
        "test_b",
        "failed",
        message="line 5: no assertion: Nothing is asserted: the test passes as long as nothing "
        "raises.",
    )
    assert getattr(second, "message", "").startswith("line 7: print: ")
    assert [row["kind"] for row in verdict.detail["smells"]] == ["no assertion", "print"]
    sound = asyncio.run(check(Candidate("c", "test", HEAD + "def test_a():\n    assert f(1)\n")))
    assert (sound.passed, sound.score) == (True, 1.0)
    assert check.key != TestSmellsCheck().key


@pytest.mark.parametrize("source", ["def test(:", "x = 1\0"])
def test_what_does_not_parse_is_a_crash(source: str):
    verdict = asyncio.run(TestSmellsCheck()(Candidate("c", "test", source)))
    assert isinstance(verdict.feedback[0], Crash)


def test_a_file_without_tests_fails():
    verdict = asyncio.run(TestSmellsCheck()(Candidate("c", "test", "x = 1\n")))
    assert (verdict.passed, verdict.score) == (False, 0.0)


def test_this_file_has_no_smell():
    assert (
        smells_in(Path(__file__).read_text(encoding="utf-8"), ["strop.checks.test_smells", "found"])
        == ()
    )
