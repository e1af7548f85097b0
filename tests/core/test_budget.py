from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
)

from strop.core.budget import RESOURCES, Account, Budget, Reservation
from strop.core.errors import BadInput, BudgetSpent
from strop.core.types import Cost

from .scripted import Clock


def test_parse_reads_names_and_numbers():
    assert Budget.parse("tokens=2000, seconds=1.5,usd=0.25") == Budget(
        tokens=2000, seconds=1.5, usd=0.25
    )
    assert Budget.parse("calls=3,executions=4,grad_steps=5").as_dict() == {
        "calls": 3,
        "executions": 4,
        "grad_steps": 5,
    }
    assert Budget.parse("cpu_seconds=2.5").as_dict() == {"cpu_seconds": 2.5}
    assert Budget.parse("") == Budget()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("toks=5", "cannot read 'toks=5'"),
        ("tokens", "cannot read 'tokens'"),
        ("=5", "cannot read '=5'"),
        ("tokens=0", "'tokens' must be above zero and at most 1e+18. Got 0 "),
        ("cpu_seconds=0", "'cpu_seconds' must be above zero and at most 1e+18. Got 0.0 "),
        ("cpu_seconds=long", "'cpu_seconds' must be a number. Got 'long'"),
        ("seconds=-2", "'seconds' must be above zero and at most 1e+18. Got -2.0 "),
        ("tokens=many", "'tokens' must be a whole number. Got 'many'"),
        ("tokens=1.5", "'tokens' must be a whole number. Got '1.5'"),
        ("usd=cheap", "'usd' must be a number. Got 'cheap'"),
        ("calls=1,calls=2", "'calls' is given twice"),
        ("seconds=inf", "'seconds'"),
        ("seconds=nan", "'seconds'"),
        ("tokens=" + "9" * 400, "'tokens'"),
    ],
)
def test_parse_refuses_naming_what_is_wrong(text: str, said: str):
    with pytest.raises(BadInput, match=r"^budget: ") as caught:
        Budget.parse(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [True, "5", math.inf, math.nan, 0, -1])
def test_a_ceiling_is_a_positive_finite_number(value: object):
    with pytest.raises(BadInput, match="tokens"):
        Budget(tokens=value)  # pyright: ignore[reportArgumentType]


def test_a_failed_reserve_changes_nothing_and_says_what_was_left():
    account = Account(Budget(tokens=100, calls=5))
    account.reserve(Cost(tokens_in=60, calls=1))
    before = (account.spent, account.held)
    with pytest.raises(BudgetSpent) as caught:
        account.reserve(Cost(tokens_out=41, calls=1))
    assert (account.spent, account.held) == before
    assert (caught.value.resource, caught.value.needed, caught.value.left) == ("tokens", 41, 40)
    account.reserve(Cost(tokens_out=40, calls=1))
    assert account.left("tokens") == 0


def test_settling_gives_back_what_was_not_used():
    account = Account(Budget(tokens=100))
    hold = account.reserve(Cost(tokens_out=100))
    hold.settle(Cost(tokens_out=30))
    assert account.held == Cost()
    assert account.left("tokens") == 70
    assert account.overshoot == Cost()


def test_settling_twice_raises():
    account = Account(Budget(tokens=100))
    hold = account.reserve(Cost(tokens_out=10))
    hold.settle(Cost(tokens_out=10))
    with pytest.raises(RuntimeError, match="twice"):
        hold.settle(Cost(tokens_out=10))
    assert account.spent == Cost(tokens_out=10)


def test_overshoot_is_recorded_here_and_in_the_parent_and_leaves_nothing():
    parent = Account(Budget(tokens=100, usd=1.0))
    child = parent.share(0.5)
    child.reserve(Cost(tokens_out=40, usd=0.1)).settle(Cost(tokens_out=120, usd=0.4))
    for account in (child, parent):
        assert account.overshoot.tokens == 80
        assert account.overshoot.usd == pytest.approx(0.3)
        assert account.left("tokens") == 0


def test_the_seconds_ceiling_follows_the_clock():
    clock = Clock()
    account = Account(Budget(seconds=10), clock=clock)
    child_share = account.share(0.5)
    clock.now += 4
    assert account.elapsed == 4
    assert account.left("seconds") == 6
    assert child_share.left("seconds") == 1
    clock.now += 1
    with pytest.raises(BudgetSpent, match="seconds"):
        child_share.reserve(Cost(calls=1))
    account.reserve(Cost(calls=1)).settle(Cost(calls=1))
    clock.now += 5
    with pytest.raises(BudgetSpent, match="seconds"):
        account.reserve(Cost(calls=1))
    with pytest.raises(BudgetSpent, match="seconds"):
        account.share(0.5)


def test_cpu_seconds_count_this_process_and_the_sandboxed_ones():
    wall, cpu = Clock(), Clock()
    account = Account(Budget(cpu_seconds=10), clock=wall, cpu_clock=cpu)
    wall.now += 1000
    assert account.left("cpu_seconds") == 10
    cpu.now += 3
    assert account.left("cpu_seconds") == 7
    account.reserve(Cost(executions=1)).settle(Cost(executions=1, cpu_seconds=2.5))
    assert account.left("cpu_seconds") == 4.5
    assert account.spent.cpu_seconds == 2.5
    cpu.now += 4.5
    with pytest.raises(BudgetSpent, match="cpu_seconds"):
        account.reserve(Cost(executions=1))
    assert account.left("cpu_seconds") == 0
    assert account.held == Cost()


def test_cpu_time_is_not_set_aside_beforehand_and_waiting_never_frees_it():
    cpu = Clock()
    account = Account(Budget(cpu_seconds=1), cpu_clock=cpu)
    hold = account.reserve(Cost(executions=1))
    assert not account.may_free("cpu_seconds")
    assert account.may_free("executions")
    hold.settle(Cost(executions=1, cpu_seconds=30))
    assert account.left("cpu_seconds") == 0
    with pytest.raises(BudgetSpent, match="cpu_seconds"):
        account.reserve(Cost())


def test_a_share_of_cpu_seconds_is_of_what_is_left_and_counts_from_its_own_start():
    cpu = Clock()
    account = Account(Budget(cpu_seconds=10), cpu_clock=cpu)
    cpu.now += 2
    share = account.share(0.5)
    assert share.left("cpu_seconds") == 4
    cpu.now += 1
    share.reserve(Cost(executions=1)).settle(Cost(cpu_seconds=1))
    assert share.left("cpu_seconds") == 2
    assert account.left("cpu_seconds") == 6
    account.reserve(Cost()).settle(Cost(cpu_seconds=5))
    assert share.left("cpu_seconds") == 1, "never more than the parent has"
    cpu.now += 1
    with pytest.raises(BudgetSpent, match="cpu_seconds"):
        share.reserve(Cost(executions=1))
    with pytest.raises(BudgetSpent, match="cpu_seconds"):
        account.share(0.5)


def test_without_a_ceiling_on_cpu_seconds_any_amount_passes():
    cpu = Clock()
    account = Account(Budget(seconds=1e6), cpu_clock=cpu)
    cpu.now += 1e9
    assert account.left("cpu_seconds") == math.inf
    account.reserve(Cost(executions=1)).settle(Cost(cpu_seconds=1e9))
    assert account.spent.cpu_seconds == 1e9


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, math.nan])
def test_a_share_lies_in_zero_to_one(fraction: float):
    with pytest.raises(ValueError, match="share"):
        Account(Budget()).share(fraction)


def test_a_share_of_less_than_one_call_is_refused():
    with pytest.raises(BudgetSpent, match="calls"):
        Account(Budget(calls=1)).share(0.5)


def test_settlement_wakes_whoever_waits_in_a_sibling():
    async def scenario() -> list[str]:
        parent = Account(Budget(tokens=10))
        left, right = parent.share(1), parent.share(1)
        hold = left.reserve(Cost(tokens_out=10))
        order: list[str] = []

        async def waits() -> None:
            assert right.may_free("tokens")
            assert not right.may_free("calls")
            assert not right.may_free("seconds")
            await right.settlement()
            order.append("woken")

        waiter = asyncio.create_task(waits())
        await asyncio.sleep(0)
        order.append("settle")
        hold.settle(Cost(tokens_out=1))
        await asyncio.wait_for(waiter, 1)
        assert not right.may_free("tokens")
        return order

    assert asyncio.run(scenario()) == ["settle", "woken"]


amounts = st.integers(0, 40)


class AnyOrderOfSpending(RuleBasedStateMachine):
    """Accounts under one budget: whatever the order, no ceiling is ever passed."""

    accounts = Bundle("accounts")
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Account] = []
        self.open = 0

    @precondition(lambda self: not self.all)
    @rule(
        target=accounts,
        tokens=st.none() | st.integers(1, 200),
        calls=st.none() | st.integers(1, 10),
        usd=st.none() | st.floats(0.001, 1),
    )
    def begin(self, tokens: int | None, calls: int | None, usd: float | None):
        self.all.append(Account(Budget(tokens=tokens, calls=calls, usd=usd)))
        return self.all[0]

    @rule(target=accounts, parent=accounts, fraction=st.floats(0.05, 1))
    def share(self, parent: Account, fraction: float):
        try:
            child = parent.share(fraction)
        except BudgetSpent:
            return parent
        for name in RESOURCES:
            assert child.left(name) <= parent.left(name)
        self.all.append(child)
        return child

    @rule(
        target=holds,
        account=accounts,
        tokens_in=amounts,
        tokens_out=amounts,
        calls=st.integers(0, 2),
        usd=st.floats(0, 0.3),
    )
    def reserve(self, account: Account, tokens_in: int, tokens_out: int, calls: int, usd: float):
        need = Cost(tokens_in=tokens_in, tokens_out=tokens_out, calls=calls, usd=usd)
        before = [(a.spent, a.held) for a in self.all]
        try:
            hold = account.reserve(need)
        except BudgetSpent as error:
            assert [(a.spent, a.held) for a in self.all] == before
            assert error.needed > error.left
            return (None, need)
        self.open += 1
        return (hold, need)

    @rule(pair=consumes(holds), part=st.floats(0, 1))
    def settle(self, pair: tuple[Reservation | None, Cost], part: float):
        hold, need = pair
        if hold is None:
            return
        hold.settle(
            Cost(
                tokens_in=int(need.tokens_in * part),
                tokens_out=int(need.tokens_out * part),
                calls=need.calls,
                usd=need.usd * part,
            )
        )
        self.open -= 1

    @invariant()
    def no_ceiling_is_passed(self):
        for account in self.all:
            for name, ceiling in account.budget.as_dict().items():
                used = getattr(account.spent, name) + getattr(account.held, name)
                assert used <= ceiling + 1e-9
            assert account.overshoot.tokens == 0

    @invariant()
    def a_child_never_exceeds_its_parent(self):
        for account in self.all:
            if account.parent is not None:
                for name in ("tokens", "calls", "usd"):
                    for part in ("spent", "held"):
                        mine = getattr(getattr(account, part), name)
                        assert mine <= getattr(getattr(account.parent, part), name) + 1e-9

    @invariant()
    def nothing_is_held_once_all_is_settled(self):
        if self.all and self.open == 0:
            assert not self.all[0].may_free("tokens")
            assert all(account.held == Cost() for account in self.all)


TestAnyOrderOfSpending = AnyOrderOfSpending.TestCase


@given(st.lists(st.tuples(amounts, st.booleans()), max_size=40), st.integers(1, 300))
def test_everything_that_fits_is_granted_and_nothing_else(
    steps: list[tuple[int, bool]], ceiling: int
):
    account = Account(Budget(tokens=ceiling))
    free = ceiling
    for need, keep in steps:
        if need <= free:
            account.reserve(Cost(tokens_out=need)).settle(Cost(tokens_out=need if keep else 0))
            free -= need if keep else 0
        else:
            with pytest.raises(BudgetSpent):
                account.reserve(Cost(tokens_out=need))
    assert account.left("tokens") == free
