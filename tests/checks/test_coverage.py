"""Marks reach what the interpreter's own tracer sees; checks carry what of a candidate they ran."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strop.checks.case import Case
from strop.checks.cases import CasesCheck
from strop.checks.coverage import CoverageCheck, summary
from strop.checks.coverage_points import SEEN, mark
from strop.checks.pytest_suite import PytestCheck
from strop.core.errors import BadInput
from strop.core.types import Candidate, CoverageGap, Verdict
from strop.sandbox.jobs import Limits

from .conftest import CountingPool, Go
from .test_instrument import PROGRAMS, by_tracer, run, starts

LIMITS = Limits(cpu_seconds=2.0, wall_seconds=20.0)


def by_marks(source: str, call: str) -> Mapping[str, Any]:
    """What running the module and evaluating `call` marks."""
    marked = mark(source)
    namespace: dict[str, Any] = {}
    run(namespace, compile(marked.text, "marked", "exec"), call)
    return summary(marked, {i for i, seen in enumerate(namespace[SEEN]) if seen})


def lines_ran(source: str, call: str) -> set[int]:
    found = by_marks(source, call)["lines"]
    return set(mark(source).lines) - set(found["missed"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_lines_are_those_of_the_tracer(name: str):
    source, call = PROGRAMS[name]
    assert lines_ran(source, call) & starts(source) == by_tracer(source, call)


BRANCHES = """\
def f(x):
    if x > 0:
        x -= 1
    elif x < -5:
        x += 1
    else:
        x = 0
    if x == 3:
        return x
    while x > 7:
        x -= 2
    for i in range(x):
        if i == 5:
            break
    while True:
        x += 1
        if x > 9:
            break
    return x
"""


@pytest.mark.parametrize(
    ("call", "missed"),
    [
        ("f(0)", {(2, "true"), (4, "true"), (8, "true"), (10, "true"), (12, "each"),
                  (13, "true"), (13, "false")}),
        ("f(4)", {(2, "false"), (4, "true"), (4, "false"), (8, "false"), (10, "true"),
                  (10, "false"), (12, "each"), (12, "done"), (13, "true"), (13, "false"),
                  (15, "true"), (17, "true"), (17, "false")}),
        ("f(8)", {(2, "false"), (4, "true"), (4, "false"), (8, "true"), (10, "true"),
                  (12, "done"), }),
        ("[f(x) for x in (0, 3, 4, 9, 10, -9)]", set()),
    ],
)  # fmt: skip
def test_both_ways_of_each_condition_and_loop(call: str, missed: set[tuple[int, str]]):
    found = by_marks(BRANCHES, call)["branches"]
    assert {tuple(way) for way in found["missed"]} == missed
    assert found["of"] == 15, "while True has one way"
    assert found["ran"] == 15 - len(missed)


MATCH = """\
def f(x):
    match x:
        case 1 | 2:
            return 'few'
        case [a, *_] if a:
            return a
    return None

def g(x):
    match x:
        case int():
            y = 1
        case _:
            y = 2
    return y
"""


@pytest.mark.parametrize(
    ("call", "missed"),
    [
        ("f(1)", [[2, "none"], [5, "true"], [11, "true"], [13, "true"]]),
        ("f([3]), f(0)", [[3, "true"], [11, "true"], [13, "true"]]),
        ("g(1), g('a')", [[2, "none"], [3, "true"], [5, "true"]]),
    ],
)
def test_each_case_and_none_of_them(call: str, missed: list[Any]):
    assert by_marks(MATCH, call)["branches"]["missed"] == missed


SKIPPING = (
    "    while x:\n        if x == 2:\n            x = 0\n            continue\n        x -= 1"
)


@pytest.mark.parametrize(
    ("body", "call", "lines"),
    [
        ("    for i in x:\n        y = 1 / i\n        z = y\n    return z", "f([1, 0])", {2, 3, 4}),
        ("    for i in x:\n        y = 1 / i\n        z = y\n    return z", "f([0])", {2, 3}),
        (SKIPPING, "f(4)", {2, 3, 4, 5, 6}),
        (SKIPPING, "f(2)", {2, 3, 4, 5}),
        ("    if 1 / x:\n        pass\n    return 1", "f(0)", {2}),
        ("    if x:\n        pass\n    elif 1 / x:\n        pass", "f(0)", {2, 4}),
    ],
)  # fmt: skip
def test_what_an_exception_or_a_jump_leaves_out_is_not_marked(
    body: str, call: str, lines: set[int]
):
    source = f"def f(x):\n{body}\n"
    try:
        by_tracer_lines = by_tracer(source, call)
    except ZeroDivisionError:
        by_tracer_lines = set()
    marked = mark(source)
    namespace: dict[str, Any] = {}
    exec(marked.text, namespace)
    try:
        eval(call, namespace)
    except ZeroDivisionError:
        by_tracer_lines = lines | {1}
    ran = {n for n, marks in marked.lines.items() if any(namespace[SEEN][m] for m in marks)}
    assert ran == lines | {1} == by_tracer_lines


def test_loops_that_go_on_without_marks_do_what_they_did():
    source = (
        "def f(x):\n    out = []\n    it = iter(x)\n    for i in it:\n        out.append(i)\n"
        "        if i == 3:\n            out.append(next(it, None))\n        if i == 6:\n"
        "            break\n    else:\n        out.append('else')\n    return out, list(it)\n"
        "def g(n):\n    total = 0\n    for i in range(n):\n        for j in range(i):\n"
        "            if j % 3 == 2:\n                continue\n            total += i * j\n"
        "        else:\n            total += 1\n    while n:\n        n -= 1\n        total += n\n"
        "    return total, i\n"
        "class K:\n    for a in range(3):\n        b = a\n"
    )
    plain: dict[str, Any] = {}
    made: dict[str, Any] = {}
    exec(source, plain)
    exec(mark(source).text, made)
    for x in ([], [1], [1, 2, 3, 4, 5], [3], [6, 7, 8], [1, 6, 9], range(10)):
        assert made["f"](x) == plain["f"](x)
    for n in (1, 2, 5, 9):
        assert made["g"](n) == plain["g"](n)
    assert {k for k in vars(made["K"]) if k[:1] != "_"} == {"a", "b"}


names = st.sampled_from("abc")
expressions = st.sampled_from(["a", "b + 1", "a % 3", "c - a", "2", "a < b", "c % 2"])
simple = st.one_of(
    st.builds(lambda n, e: [f"{n} = {e}"], names, expressions),
    st.builds(lambda n: [f"{n} += 1"], names),
    st.sampled_from([["if a > 40: return a"], ["pass"]]),
)


def indented(blocks: Sequence[Sequence[str]]) -> list[str]:
    return [f"    {line}" for block in blocks for line in block]


def compound(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    blocks = st.lists(inner, min_size=1, max_size=3)
    leave = st.sampled_from([[], ["    if c % 4 == 1: continue"], ["    if a % 3 == 0: break"]])
    return st.one_of(
        st.builds(lambda e, b: [f"if {e}:", *indented(b)], expressions, blocks),
        st.builds(
            lambda e, b, f, c: [
                f"if {e}:", *indented(b), f"elif {f}:", *indented(c), "else:", *indented(b)
            ],
            expressions, blocks, expressions, blocks,
        ),
        st.builds(
            lambda e, b, j: [f"for c in range(({e}) % 4):", *j, *indented(b)],
            expressions, blocks, leave,
        ),
        st.builds(
            lambda b, j, e: ["while n < 6:", "    n += 1", *j, *indented(b), *e],
            blocks, leave, st.sampled_from([[], ["else:", "    a = b"]]),
        ),
    )  # fmt: skip


programs = st.lists(st.recursive(simple, compound, max_leaves=8), min_size=1, max_size=4).map(
    lambda blocks: "\n".join(["def f(a, b, c):", "    n = 0", *indented(blocks), "    return a"])
)


@settings(max_examples=80, deadline=None)
@given(programs, st.lists(st.tuples(*[st.integers(-3, 5)] * 3), min_size=1, max_size=3))
def test_any_program_does_the_same_and_its_lines_are_those_of_the_tracer(
    source: str, inputs: list[tuple[int, int, int]]
):
    ast.parse(source)
    plain: dict[str, Any] = {}
    made: dict[str, Any] = {}
    exec(source, plain)
    marked = mark(source)
    exec(marked.text, made)
    for args in inputs:
        assert made["f"](*args) == plain["f"](*args)
    ran = {n for n, marks in marked.lines.items() if any(made[SEEN][m] for m in marks)}
    assert ran == by_tracer(source, f"[f(*x) for x in {inputs!r}]") & set(marked.lines)


def test_a_scope_leaves_the_rest_out():
    source = (
        "X = 1\ndef f(x):\n    'Doc.'\n    return x\nclass K:\n    def m(self):\n        return 2\n"
    )
    assert set(mark(source, "f").lines) == {4}
    assert set(mark(source, "K").lines) == {6, 7}
    assert set(mark(source, "K.m").lines) == {7}
    with pytest.raises(BadInput, match=r"K\.other"):
        mark(source, "K.other")


def test_a_long_chain_of_conditions_is_marked_too():
    chain = "".join(f"    {'el' * (n > 0)}if x == {n}:\n        y = {n}\n" for n in range(150))
    source = f"def f(x):\n{chain}    return x\n"
    found = by_marks(source, "f(100), f(-1)")
    assert found["branches"]["ran"] == 150 + 1
    assert found["lines"]["ran"] == 1 + 150 + 1 + 1


# -- beside a verdict ------------------------------------------------------------------------------

SOURCE = '''\
"""Doc."""
from __future__ import annotations
def f(x):
    if x < 0:
        return -x
    while x == 7:
        pass
    if x == 8:
        raise ValueError("eight")
    return x
def never():
    return 1
'''


def cases(*values: Any) -> list[Case]:
    return [Case(f"{n}", [x], x) for n, x in enumerate(values)]


def covered(go: Go, made: CoverageCheck, source: str = SOURCE) -> Verdict:
    verdict = go(made(Candidate("c", "program", source)))
    assert verdict.cost.executions <= made.executions
    return verdict


def gap(verdict: Verdict) -> tuple[int, ...]:
    found = [item for item in verdict.feedback if isinstance(item, CoverageGap)]
    return found[0].lines if found else ()


def test_cases_carry_lines_and_branches_beside_their_verdict(go: Go, pool: CountingPool):
    check = CasesCheck(cases(3, 4), "f", pool, LIMITS)
    verdict = covered(go, CoverageCheck(check))
    assert verdict.passed
    assert verdict.detail["coverage"] == {
        "lines": {"ran": 6, "of": 10, "missed": [5, 7, 9, 12]},
        "branches": {"ran": 3, "of": 6, "missed": [[4, "true"], [6, "true"], [8, "true"]]},
    }
    assert verdict.feedback == (CoverageGap("solution.py", (5, 7, 9, 12)),)
    assert verdict.cost.executions == 2
    assert [row["status"] for row in verdict.detail["cases"]] == ["passed", "passed"]
    assert gap(covered(go, CoverageCheck(check, "f", "m.py"))) == (5, 7, 9)


def test_a_case_that_hangs_or_raises_is_covered_as_far_as_it_came(go: Go, pool: CountingPool):
    check = CasesCheck(cases(7, 8, -1), "f", pool, Limits(cpu_seconds=1.0, wall_seconds=10.0))
    verdict = covered(go, CoverageCheck(check, "f"))
    assert not verdict.passed
    assert gap(verdict) == (10,)
    assert verdict.detail["coverage"]["branches"]["missed"] == [[8, "false"]]


def test_programs_are_covered_by_their_input(go: Go, pool: CountingPool):
    source = "n = int(input())\nif n > 1:\n    print(n)\nelse:\n    print(-n)\nexit()\n"
    check = CasesCheck([Case("a", "3\n", "3"), Case("b", "x", "1")], None, pool, LIMITS)
    verdict = covered(go, CoverageCheck(check), source)
    assert [row["status"] for row in verdict.detail["cases"]] == ["passed", "error"]
    assert verdict.detail["coverage"]["lines"] == {"ran": 4, "of": 5, "missed": [5]}
    assert verdict.detail["coverage"]["branches"] == {"ran": 1, "of": 2, "missed": [[2, "false"]]}


@pytest.mark.parametrize("split", ["always", "never"])
def test_a_pytest_suite_is_covered(go: Go, pool: CountingPool, split: Any):
    tests = "import solution\ndef test_a():\n    assert solution.f(-1) == 1\n"
    limits = Limits(cpu_seconds=20.0, wall_seconds=60.0, memory_mb=4096)
    check = PytestCheck({"test_s.py": tests}, "solution", pool, limits, split)
    verdict = covered(go, CoverageCheck(check))
    assert verdict.passed
    assert gap(verdict) == (6, 7, 8, 9, 10, 12)
    assert verdict.detail["coverage"]["branches"]["ran"] == 1


def test_what_does_not_load_has_no_coverage(go: Go, pool: CountingPool):
    check = CasesCheck(cases(1), "f", pool, LIMITS)
    for source in ("def f(:", "1 / 0\ndef f(x): ...", "x = '\ud800'"):
        verdict = covered(go, CoverageCheck(check), source)
        assert not verdict.passed
        assert verdict.detail["coverage"] is None


def test_the_verdict_is_on_the_candidate_as_it_is(go: Go, pool: CountingPool):
    source = "def f(x):\n    return x if '_strop_seen' not in globals() else 0\n"
    check = CasesCheck(cases(5), "f", pool, LIMITS)
    assert covered(go, CoverageCheck(check), source).passed
    assert CoverageCheck(check).key != CoverageCheck(check, "f").key != check.key
