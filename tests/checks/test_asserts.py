from __future__ import annotations

import pytest

from strop.checks.asserts import cases_from_asserts, cases_from_check


def check(*lines: str) -> str:
    return "def check(candidate):\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("line", "given", "expected", "equality", "atol"),
    [
        ("assert candidate(1, [2]) == 3", [1, [2]], 3, "python", 0.0),
        ("assert 3 == candidate(1)", [1], 3, "python", 0.0),
        (
            "assert candidate((1, 2)) == (1,), 'why'",
            [{"$tuple": [1, 2]}],
            {"$tuple": [1]},
            "python",
            0,
        ),
        ("assert candidate(2 * 3, 'a' * 2) == -1", [6, "aa"], -1, "python", 0.0),
        ("assert abs(candidate(2) - 0.5) < 1e-6", [2], 0.5, "python", 1e-6),
        ("assert candidate(1) is None", [1], None, "strict", 0.0),
        ("assert candidate(1)", [1], True, "truth", 0.0),
        ("assert not candidate(1)", [1], False, "truth", 0.0),
    ],
)
def test_a_plain_assertion_is_a_case(
    line: str, given: object, expected: object, equality: str, atol: float
):
    cases = cases_from_check(check(line), "f")
    assert cases is not None
    (case,) = cases
    assert (case.given, case.expected, case.equality, case.atol) == (
        given,
        expected,
        equality,
        atol,
    )


@pytest.mark.parametrize(
    "line",
    [
        "for i in range(3): assert candidate(i) == i",
        "x = [1]; assert candidate(x) == 1",
        "assert candidate(candidate(1)) == 1",
        "assert candidate(1) == other(1)",
        "assert candidate(x=1) == 1",
        "assert candidate(10 ** 10 ** 10) == 1",
        "assert candidate('a' * 10 ** 9) == 1",
        "assert len(candidate(1)) == 2",
        "assert candidate(1) in (1, 2)",
    ],
)
def test_whatever_must_run_as_code_is_no_case(line: str):
    assert cases_from_check(check("assert candidate(0) == 0", line), "f") is None


def test_a_test_without_an_assertion_on_the_candidate_is_no_case():
    assert cases_from_check(check("assert True"), "f") is None
    assert cases_from_check("def test(): pass", "f") is None
    assert cases_from_check("not python (", "f") is None


def test_mbpp_rows_are_cases():
    cases = cases_from_asserts(["assert add(1, 2) == 3", "assert add(0, 0) == 0"], "add")
    assert cases is not None
    assert [case.expected for case in cases] == [3, 0]
    assert cases_from_asserts(["assert set(add(1)) == {1}"], "add") is None
