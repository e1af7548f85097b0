from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.budget import Account, Budget
from strop.core.errors import BadInput, BudgetSpent, ModelError
from strop.core.meter import SHORTEST_DRAW, CallMeter
from strop.core.model import Price
from strop.core.types import Cost


class Metered:
    def __init__(self, **ceilings: Any) -> None:
        self.account = Account(Budget(**ceilings))
        self.recorded: list[tuple[str, dict[str, Any]]] = []
        self.meter = CallMeter(self.account, lambda kind, body: self.recorded.append((kind, body)))

    def reserve(self, tokens_in: int = 10, max_tokens: int = 50, n: int = 1, price=None):
        return self.meter.reserve(tokens_in=tokens_in, max_tokens=max_tokens, n=n, price=price)


def test_all_is_granted_where_it_fits():
    metered = Metered(tokens=210)
    hold = metered.reserve(n=4)
    assert (hold.n, hold.max_tokens) == (4, 50)
    assert metered.account.held == Cost(tokens_in=10, tokens_out=200, calls=1)


def test_without_ceilings_all_is_granted():
    hold = Metered().reserve(n=64, max_tokens=100_000)
    assert (hold.n, hold.max_tokens) == (64, 100_000)


def test_first_fewer_draws_then_fewer_tokens_then_budget_spent():
    granted = []
    for tokens in (209, 110, 109, 60, 59, 10 + SHORTEST_DRAW):
        hold = Metered(tokens=tokens).reserve(n=4)
        granted.append((hold.n, hold.max_tokens))
    assert granted == [(3, 50), (2, 50), (1, 50), (1, 50), (1, 49), (1, SHORTEST_DRAW)]
    metered = Metered(tokens=9 + SHORTEST_DRAW)
    with pytest.raises(BudgetSpent, match="tokens") as caught:
        metered.reserve(n=4)
    assert caught.value.needed == 10 + SHORTEST_DRAW
    assert metered.account.held == Cost()
    assert metered.recorded == []


def test_a_draw_shorter_than_the_shortest_is_granted_whole_or_not_at_all():
    assert Metered(tokens=14).reserve(max_tokens=4).max_tokens == 4
    with pytest.raises(BudgetSpent):
        Metered(tokens=13).reserve(max_tokens=4)


def test_the_calls_ceiling_counts_calls_and_not_draws():
    metered = Metered(calls=2)
    metered.reserve(n=30)
    metered.reserve(n=30)
    with pytest.raises(BudgetSpent, match="calls"):
        metered.reserve()


def test_a_usd_ceiling_needs_a_price():
    metered = Metered(usd=1.0)
    with pytest.raises(BadInput, match=r"usd.*price.*tokens"):
        metered.reserve()
    assert metered.account.held == Cost()
    metered.reserve(price=Price())


def test_a_usd_ceiling_grants_what_the_price_allows():
    price = Price(usd_in=100.0, usd_out=1000.0)
    # the prompt costs 0.001, each draw of 50 tokens 0.05
    assert Metered(usd=0.16).reserve(n=4, price=price).n == 3
    short = Metered(usd=0.031).reserve(n=4, price=price)
    assert (short.n, short.max_tokens) in {(1, 29), (1, 30)}
    with pytest.raises(BudgetSpent, match="usd") as caught:
        Metered(usd=0.0165).reserve(n=4, price=price)
    assert caught.value.needed == pytest.approx(0.001 + SHORTEST_DRAW * 0.001)


def test_a_prompt_too_dear_is_refused_where_completions_are_free():
    with pytest.raises(BudgetSpent, match="usd"):
        Metered(usd=0.001).reserve(price=Price(usd_in=1000.0))


def test_settle_bills_the_true_counts_by_the_price():
    metered = Metered(usd=1.0)
    metered.reserve(n=2, price=Price(100.0, 1000.0)).settle(6, 30)
    spent = metered.account.spent
    assert (spent.tokens_in, spent.tokens_out, spent.calls) == (6, 30, 1)
    assert spent.usd == pytest.approx(0.0306)
    assert not spent.estimated
    assert metered.account.held == Cost()


def test_an_unbilled_failure_costs_a_call_and_no_tokens():
    metered = Metered(tokens=1000)
    metered.reserve().fail(ModelError("http", "status 503"), billed=False)
    spent = metered.account.spent
    assert (spent.tokens, spent.calls, spent.estimated) == (0, 1, False)
    [(kind, body)] = metered.recorded
    assert kind == "call_failed"
    assert body["error"] == "http: status 503"


def test_a_billed_failure_costs_its_whole_reservation_as_an_estimate():
    metered = Metered(tokens=1000)
    metered.reserve(n=2).fail(ModelError("timeout", "no answer"), billed=True)
    spent = metered.account.spent
    assert (spent.tokens_in, spent.tokens_out, spent.estimated) == (10, 100, True)


def test_a_cancelled_call_costs_what_was_streamed_else_its_whole_reservation():
    metered = Metered()
    metered.reserve(n=2).cancel(7, 12)
    assert (metered.account.spent.tokens, metered.account.spent.estimated) == (19, False)
    metered = Metered()
    metered.reserve(n=2).cancel()
    assert (metered.account.spent.tokens, metered.account.spent.estimated) == (110, True)
    assert [kind for kind, _ in metered.recorded] == ["call_cancelled"]


def test_a_hold_ends_once():
    metered = Metered()
    hold = metered.reserve()
    hold.settle(1, 1)
    for again in (hold.cancel, lambda: hold.settle(1, 1)):
        with pytest.raises(RuntimeError, match="twice"):
            again()
    assert len(metered.recorded) == 1
    assert metered.account.spent.calls == 1


@given(
    ends=st.lists(
        st.tuples(st.sampled_from(["settle", "billed", "unbilled", "cancel", "counted"]),
                  st.integers(1, 6), st.integers(1, 80), st.floats(0, 1)),
        max_size=20,
    ),
    tokens=st.integers(1, 2000),
)  # fmt: skip
def test_every_ended_call_is_recorded_once_and_the_records_add_up(
    ends: list[tuple[str, int, int, float]], tokens: int
):
    metered = Metered(tokens=tokens)
    granted = 0
    for how, n, length, part in ends:
        try:
            hold = metered.reserve(n=n, max_tokens=length)
        except BudgetSpent:
            continue
        granted += 1
        assert 1 <= hold.n <= n
        assert 1 <= hold.max_tokens <= length
        assert metered.account.spent.tokens + metered.account.held.tokens <= tokens
        out = int(part * hold.n * hold.max_tokens)
        match how:
            case "settle":
                hold.settle(8, out)
            case "counted":
                hold.cancel(8, out)
            case "cancel":
                hold.cancel()
            case _:
                hold.fail(ModelError("http", "no"), billed=how == "billed")
    assert len(metered.recorded) == granted == metered.account.spent.calls
    assert sum(body["tokens"] for _, body in metered.recorded) == metered.account.spent.tokens
    assert metered.account.spent.tokens <= tokens
    assert metered.account.held == Cost()
