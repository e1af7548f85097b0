from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from strop.checks.case import Case
from strop.core.budget import Budget
from strop.core.errors import BadInput
from strop.core.ledger import Ledger
from strop.core.patch import Patch
from strop.core.types import Candidate, Failure, Outcome, SurvivingMutant, Verdict
from strop.methods.repair.mutation_repair import MutationRepair
from strop.moves.localise import Spectrum, ochiai
from strop.moves.mutate import mutations
from strop.moves.singles import Changes
from strop.sandbox.jobs import Limits
from strop.tasks.project import find_project
from strop.tasks.repair import repair_by_cases, repair_by_suite
from strop.tasks.workbench import Loaded, Workbench

from .solving import CRASH, FILE, NOTHING, RIGHT, fenced, patched, repairing, solve

QUICK = MutationRepair(inputs=24, mutants=8)

SPAN = """\
def span(lo, hi):
    width = hi - lo
    if width < 0:
        width = 0
    return width - 1
"""


def test_ochiai_of_a_hand_worked_spectrum():
    """Four tests: two fail, both through line 5 and one through line 4 as well."""
    reached = {"a": [2, 3, 5], "b": [2, 3, 4, 5], "c": [2, 3, 5], "d": [2]}
    detail = {
        "cases": [
            {"name": n, "status": s, "cpu_seconds": 0.0, "message": ""}
            for n, s in zip("abcd", ["failed", "failed", "passed", "passed"], strict=True)
        ],
        "lines": {name: [[FILE, line] for line in lines] for name, lines in reached.items()},
        "loaded": [],
        "flaky": [],
        "calls": [],
    }
    suspicion = ochiai(Spectrum.fault_in(Verdict(0.5, passed=False, detail=detail)))
    expected = {2: 2 / sqrt(2 * 4), 3: 2 / sqrt(2 * 3), 4: 1 / sqrt(2 * 1), 5: 2 / sqrt(2 * 3)}
    assert suspicion.scores == {(FILE, n): pytest.approx(s) for n, s in expected.items()}

    changes = list(Changes({FILE: SPAN}, suspicion).singles())
    weights = {(m.edits, m.line): m.weight for m in mutations(FILE, SPAN, set(expected))}
    assert len(changes) > 50
    for change in changes:
        (weight, line), *_ = [
            (w, n)
            for (edits, n), w in weights.items()
            if Patch.of(edits) == change.patch and change.origin.endswith(f" at {FILE}:{n}")
        ]
        assert change.priority == pytest.approx(expected[line] * weight)
    order = [change.priority for change in changes]
    assert order == sorted(order, reverse=True)
    texts = [change.patch.apply({FILE: SPAN})[FILE] for change in changes]
    assert len(set(texts)) == len(texts)
    assert not any(change.origin.endswith(":1") for change in changes), "no failing test runs it"


def test_pairs_are_ranked_by_the_product_and_never_overlap():
    detail = {
        "cases": [{"name": "a", "status": "failed", "cpu_seconds": 0.0, "message": ""}],
        "lines": {"a": [[FILE, n] for n in (2, 3, 5)]},
        "loaded": [],
        "flaky": [],
        "calls": [],
    }
    changes = Changes({FILE: SPAN}, ochiai(Spectrum.fault_in(Verdict(0.0, False, detail=detail))))
    singles = list(changes.singles())[:12]
    pairs = list(changes.combined([singles, singles]))
    assert pairs
    assert [p.priority for p in pairs] == sorted((p.priority for p in pairs), reverse=True)
    values = [p.patch.value for p in pairs]
    assert len(set(values)) == len(values)
    made = {
        (both.value, f"{a.origin} and {b.origin}", a.priority * b.priority)
        for a in singles
        for b in singles
        if (both := a.patch.together(b.patch)) is not None
    }
    for pair in pairs:
        assert (pair.patch.value, pair.origin, pair.priority) in made
        assert len(pair.patch.edits) >= 2


# -- repairs -----------------------------------------------------------------------------------


def by_cases(
    source: str, entry: str, cases: Sequence[tuple[Sequence[Any], Any]], hidden: Sequence[Any] = ()
) -> Callable[[Workbench], Loaded]:
    def made(rows: Sequence[Any]) -> list[Case]:
        return [Case(str(n), list(given), value) for n, (given, value) in enumerate(rows)]

    def make(bench: Workbench) -> Loaded:
        more = [bench.cases(made(hidden), entry)] if hidden else []
        return repair_by_cases(FILE, source, bench.cases(made(cases), entry), bench, hidden=more)

    return make


def detail(outcome: Outcome) -> Mapping[str, Any]:
    assert outcome.verdict is not None
    return outcome.verdict.detail["repair"]


def text(outcome: Outcome, source: str) -> str:
    assert outcome.candidate is not None
    return patched(outcome.candidate, source)


INSIDE = """\
def inside(x, lo, hi):
    if x < lo or x >= hi:
        return False
    return True
"""


def test_a_wrong_boundary_is_repaired_by_cases(ledger: Path):
    cases = [((3, 1, 3), True), ((1, 1, 3), True), ((0, 1, 3), False), ((4, 1, 3), False)]
    hidden = [((7, 7, 7), True), ((9, 7, 8), False)]
    outcome, events = solve(QUICK, {}, ledger, make=by_cases(INSIDE, "inside", cases, hidden))
    assert outcome.stopped == "passed"
    assert text(outcome, INSIDE) == INSIDE.replace(">=", ">")
    assert detail(outcome)["plausible"] >= 1
    assert detail(outcome)["turned_green"] == ["0"]
    assert detail(outcome)["left_out"] == []
    killed, mutants = detail(outcome)["killed"], detail(outcome)["mutants"]
    assert 0 < killed <= mutants <= 8
    assert outcome.hidden_verdict is not None
    assert outcome.hidden_verdict.passed
    assert outcome.verdict is not None
    alive = [f for f in outcome.verdict.feedback if isinstance(f, SurvivingMutant)]
    assert len(alive) == min(4, mutants - killed)
    assert outcome.verdict.detail["mutants_killed"] == killed / mutants
    kinds = [e.body["kind"] for e in events if e.kind == "candidate"]
    assert kinds[0] == "patch"
    assert set(kinds[1:]) == {"mutant"}


SUITE = {
    "pyproject.toml": "",
    "src/shop/__init__.py": "",
    "src/shop/price.py": "def net(gross, rate):\n    return round(gross / (1 + rate), 2)\n",
    "src/shop/cart.py": """\
from shop.price import net


class Cart:
    def __init__(self):
        self.items = []

    def add(self, price, count=1):
        self.items.append((price, count))
        return self

    def total(self):
        total = 0
        for price, count in self.items:
            total += price + count
        return total

    def net(self, rate):
        return net(self.total(), rate)
""",
    "tests/conftest.py": """\
import pytest
from shop.cart import Cart


@pytest.fixture
def cart():
    return Cart().add(10, 2).add(5)
""",
    "tests/test_cart.py": """\
import pytest
from shop.cart import Cart


def test_empty():
    assert Cart().total() == 0


def test_total(cart):
    assert cart.total() == 25


@pytest.mark.parametrize('rate, net', [(0, 25), (0.25, 20)])
def test_net(cart, rate, net):
    assert cart.net(rate) == net
""",
    "tests/test_other.py": "def test_elsewhere():\n    assert 'broken' == 'for long'\n",
}


def test_a_suite_with_fixtures_is_repaired_in_the_one_of_two_files_that_is_wrong(
    ledger: Path, tmp_path: Path
):
    root = tmp_path / "project"
    for name, content in SUITE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    names = ["src/shop/cart.py", "src/shop/price.py"]
    project = find_project([root / name for name in names], [root / "tests"])
    outcome, _ = solve(
        replace(QUICK, enough=1, mutants=4),
        {},
        ledger,
        make=lambda bench: repair_by_suite(project, bench, seconds=60),
        readable=[str(root)],
        budget=Budget(seconds=100),
    )
    assert outcome.stopped == "passed"
    assert outcome.candidate is not None
    changed = Patch.read(outcome.candidate.value).apply(project.files)
    assert list(changed) == ["src/shop/cart.py"]
    assert "total += price * count" in changed["src/shop/cart.py"]
    assert detail(outcome)["left_out"] == ["tests/test_other.py::test_elsewhere"]
    assert detail(outcome)["turned_green"] == [
        f"tests/test_cart.py::{name}"
        for name in ("test_total", "test_net[0-25]", "test_net[0.25-20]")
    ]
    assert {
        p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()
    } == SUITE


TWICE_WRONG = """\
def clamp(x, lo, hi):
    if x < lo:
        return hi
    if x > hi:
        return lo
    return x
"""


def test_two_faults_are_repaired_by_a_pair_of_changes(ledger: Path):
    cases = [((0, 1, 5), 1), ((9, 1, 5), 5), ((3, 1, 5), 3), ((-9, -2, 5), -2), ((9, 1, 6), 6)]
    outcome, events = solve(QUICK, {}, ledger, make=by_cases(TWICE_WRONG, "clamp", cases))
    assert outcome.stopped == "passed"
    namespace: dict[str, Any] = {}
    exec(text(outcome, TWICE_WRONG), namespace)
    assert [namespace["clamp"](x, 0, 2) for x in (-3, 7, 1)] == [0, 2, 1]
    assert outcome.candidate is not None
    assert " and " in outcome.candidate.origin
    assert len(Patch.read(outcome.candidate.value).edits) == 2
    assert detail(outcome)["turned_green"] == ["0", "1", "3", "4"]
    origins = [e.body["origin"] for e in events if e.kind == "candidate"]
    first = next(n for n, origin in enumerate(origins) if " and " in origin)
    assert first > 20, "after every single change"


LAST = "def last(xs):\n    return xs[0]\n"


def test_plausible_patches_that_differ_are_told_apart_by_an_input(ledger: Path):
    outcome, _ = solve(QUICK, {}, ledger, make=by_cases(LAST, "last", [(([1, 2],), 2)]))
    assert outcome.stopped == "passed"
    told = detail(outcome)
    assert told["plausible"] > 1
    assert told["inputs"] > 2
    assert told["alternatives"]
    answer: dict[str, Any] = {}
    exec(text(outcome, LAST), answer)
    for other in told["alternatives"]:
        patch = Patch.read(other["patch"])
        assert other["diff"] == patch.diff({FILE: LAST})
        given = json.loads(other["input"]["arguments"])
        assert (other["input"]["file"], other["input"]["entry"]) == (FILE, "last")
        assert other["answer_gives"] != other["it_gives"]
        its: dict[str, Any] = {}
        exec(patch.apply({FILE: LAST})[FILE], its)
        for shown, function in ((other["answer_gives"], answer), (other["it_gives"], its)):
            if shown.startswith("error"):
                with pytest.raises(LookupError) as caught:
                    function["last"](*given)
                assert shown == f"error {caught.typename}"
            else:
                assert json.loads(shown) == function["last"](*given)


HALVINGS = """\
def halvings(n):
    count = 0
    while n >= 0:
        n //= 2
        count += 1
    return count
"""


def test_a_loop_without_end_is_repaired(ledger: Path):
    cases = [((n,), count) for n, count in ((0, 0), (1, 1), (2, 2), (5, 3), (-1, 0))]
    outcome, events = solve(
        replace(QUICK, enough=1),
        {},
        ledger,
        make=by_cases(HALVINGS, "halvings", cases),
        limits=Limits(cpu_seconds=0.4, wall_seconds=4.0),
    )
    assert outcome.stopped == "passed"
    namespace: dict[str, Any] = {}
    exec(text(outcome, HALVINGS), namespace)
    assert [namespace["halvings"](n) for n in (3, 8, 100)] == [2, 4, 7]
    assert detail(outcome)["turned_green"] == ["0", "1", "2", "3"]
    (survey,) = [e for e in events if e.kind == "verdict" and e.body["check"] == "survey"]
    assert survey.body["status"] == "timeout"
    assert outcome.cost.cpu_seconds < 40


def test_where_nothing_is_found_the_file_stays_and_the_failures_are_told(ledger: Path):
    outcome, events = solve(QUICK, {}, ledger, make=repairing())
    assert outcome.stopped == "done"
    assert text(outcome, NOTHING) == NOTHING
    assert outcome.verdict is not None
    assert not outcome.verdict.passed
    assert [f.case for f in outcome.verdict.feedback if isinstance(f, Failure)] == ["3", "5"]
    origins = [e.body["origin"] for e in events if e.kind == "candidate"]
    assert any(" and " in origin for origin in origins), "pairs were tried as well"
    values = [e.body["value"] for e in events if e.kind == "candidate"]
    assert len(set(values)) == len(values)


def test_a_model_repairs_what_the_search_cannot(ledger: Path):
    asked: list[tuple[str, str]] = []
    scripts = {"repairer": ["I do not know.", fenced(CRASH), fenced(RIGHT)]}
    outcome, events = solve(QUICK, scripts, ledger, make=repairing(), asked=asked)
    assert outcome.stopped == "passed"
    assert text(outcome, NOTHING) == RIGHT
    assert {role for role, _ in asked} == {"repairer"}
    first, _, last = (prompt for _, prompt in asked[:3])
    assert NOTHING.strip() in first
    assert f"Suspicious: {FILE} line 2 (1.00)." in first
    assert "small changes were tried and are not enough" in first
    assert "ValueError" in last, "what was wrong with the draft before"
    assert "ValueError" not in first
    assert outcome.candidate is not None
    assert outcome.candidate.origin == "model"
    models = [e for e in events if e.kind == "candidate" and e.body["origin"] == "model"]
    assert len(models) == 2, "a reply without a program is no candidate"


def test_no_draft_is_asked_for_after_one_that_passes(ledger: Path):
    asked: list[tuple[str, str]] = []
    scripts = {"repairer": [fenced(RIGHT), fenced(CRASH)]}
    outcome, _ = solve(replace(QUICK, pairs=0), scripts, ledger, make=repairing(), asked=asked)
    assert outcome.stopped == "passed"
    assert len(asked) == 1
    assert outcome.cost.calls == 1


def test_a_draft_is_told_what_the_cases_expect(ledger: Path):
    asked: list[tuple[str, str]] = []
    method = replace(QUICK, pairs=0, drafts=1)
    solve(method, {"repairer": [fenced(CRASH)]}, ledger, make=repairing(), asked=asked)
    assert "double(3) should be 6, but was {}" in asked[0][1]


def test_drafts_end_after_their_number(ledger: Path):
    asked: list[tuple[str, str]] = []
    outcome, _ = solve(
        replace(QUICK, drafts=2, pairs=0),
        {"repairer": [fenced(CRASH)]},
        ledger,
        make=repairing(),
        asked=asked,
    )
    assert len(asked) == 2
    assert text(outcome, NOTHING) == NOTHING


def test_no_model_is_asked_where_the_search_finds_a_repair(ledger: Path):
    asked: list[tuple[str, str]] = []
    outcome, _ = solve(
        QUICK,
        {"repairer": [fenced(RIGHT)]},
        ledger,
        make=repairing("def double(x):\n    return x * x\n"),
        asked=asked,
    )
    assert outcome.stopped == "passed"
    assert asked == []
    assert outcome.cost.calls == 0


@pytest.mark.parametrize(
    ("source", "entry", "cases", "said"),
    [
        (RIGHT, "double", [((1,), 2), ((2,), 4)], "all 2 tests pass already"),
        ("K = 1\n", "double", [((1,), 2)], "without running a line"),
    ],
)
def test_where_there_is_nothing_to_do_it_is_said_in_a_line(
    ledger: Path, source: str, entry: str, cases: Any, said: str
):
    with pytest.raises(BadInput, match=said) as caught:
        solve(QUICK, {}, ledger, make=by_cases(source, entry, cases))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("enough", [0, -1])
def test_bad_settings_are_refused(enough: int):
    with pytest.raises(ValueError, match="enough must be at least 1"):
        MutationRepair(enough=enough)


def test_enough_ends_the_search_early(ledger: Path):
    make = by_cases(LAST, "last", [(([1, 2],), 2)])
    few, _ = solve(replace(QUICK, enough=1), {}, ledger, make=make)
    many, _ = solve(replace(QUICK, enough=8), {}, ledger.with_name("b.db"), make=make)
    assert detail(few)["plausible"] < detail(many)["plausible"]
    assert few.cost.executions < many.cost.executions


# -- budget and ledger ---------------------------------------------------------------------------


def test_the_end_of_the_budget_keeps_what_was_found(ledger: Path):
    make = by_cases(LAST, "last", [(([1, 2],), 2)])
    seen: set[str] = set()
    for executions in (3, 24, 48, 120):
        outcome, _ = solve(
            QUICK,
            {},
            ledger.with_name(f"{executions}.db"),
            make=make,
            budget=Budget(executions=executions),
        )
        assert outcome.cost.executions <= executions
        assert outcome.candidate is not None
        if outcome.stopped == "passed":
            assert text(outcome, LAST) != LAST
            seen.add("unfinished" if "unfinished" in detail(outcome) else "finished")
        else:
            assert outcome.stopped == "budget"
            assert text(outcome, LAST) == LAST
            seen.add("nothing")
    assert {"nothing", "unfinished"} <= seen


class Ends:
    """A screen that is cancelled after so many checks, as by ctrl-C."""

    def __init__(self, inner: Any, left: list[int]) -> None:
        self._inner = inner
        self._left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def __call__(self, candidate: Candidate) -> Verdict:
        self._left[0] -= 1
        if self._left[0] < 0:
            raise asyncio.CancelledError
        return await self._inner(candidate)


@pytest.mark.parametrize("width", [1, 16])
def test_a_cancelled_run_goes_on_and_pays_nothing_twice(ledger: Path, width: int):
    whole = by_cases(LAST, "last", [(([1, 2],), 2)])

    def cut(bench: Workbench) -> Loaded:
        loaded, left = whole(bench), [30]
        screen = loaded.ports["screen"]
        wrapped = {"screen": lambda *a, **k: Ends(screen(*a, **k), left)}
        return replace(loaded, ports={**loaded.ports, **wrapped})

    with pytest.raises(asyncio.CancelledError):
        solve(QUICK, {}, ledger, make=cut, width=width)
    book = Ledger(ledger)
    paid = [e for e in book.events("test-run") if e.kind in ("verdict", "outputs")]
    book.close()
    outcome, events = solve(QUICK, {}, ledger, make=whole, width=width)
    assert outcome.stopped == "passed"
    keys = [e.key for e in events if e.kind in ("verdict", "outputs")]
    assert len(set(keys)) == len(keys), "each was executed once"
    costs = [e.body["cost"]["executions"] for e in events if e.kind in ("verdict", "outputs")]
    assert sum(costs) == outcome.cost.executions
    before = sum(e.body["cost"]["executions"] for e in paid)
    assert len(paid) > 10
    assert outcome.cost.executions - outcome.paid.executions == before
    assert outcome.paid.executions > 0
    again, _ = solve(QUICK, {}, ledger, make=whole, width=width)
    assert again.paid.executions == 0
    assert text(again, LAST) == text(outcome, LAST)
    assert detail(again) == detail(outcome)
