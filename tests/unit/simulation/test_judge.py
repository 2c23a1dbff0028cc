from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.ids import TradeId, WireKey
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.reports import Traded
from terminal.gateways.sim.matching.book import Order
from terminal.gateways.sim.store.file import Books
from terminal.simulation.judge import Seen, compare
from terminal.simulation.wire import Kept
from tests.unit.simulation.made import DAY, DCE, IRON, KEY, ONE, OTHER_KEY, TERMS, A, one_account, row

S = OrderState


class Case:
    """One order, as we and as the exchange have it."""

    def __init__(self, here=S.LIVE, there=S.LIVE, *, filled=0, filled_there=0, terms=TERMS):
        self.state, self.account = one_account()
        self.kept = Kept()
        self.orders: list[Order] = []
        self.trades: list[Traded] = []
        if here is not None:
            self.row = row(state=here)
            self.row.filled = filled
            self.account.orders[self.row.order] = self.row
            self.kept.intents[KEY] = TERMS
        if there is not None:
            self.add(KEY, there, terms=terms).filled = filled_there

    def add(self, key, state, *, terms=TERMS):
        order = Order(wire_key=key, terms=terms, exchange=DCE, trading_day=DAY, sequence=1, state=state)
        self.orders.append(order)
        return order

    def trade(self, lots, *, key=KEY, side=Side.BUY, booked=True):
        number = TradeId("1")
        trade = Traded(
            account=A,
            wire_key=key,
            exchange=DCE,
            sys_id=ONE,
            trade=number,
            trading_day=DAY,
            side=side,
            instrument=IRON,
            lots=lots,
            price=Decimal(800),
            exchange_at=1,
        )
        self.trades.append(trade)
        if booked:
            self.account.fills[DAY, DCE, number, ONE, side] = self.row.order
        return self

    def judged(self, *, quiet=False, strangers: frozenset[WireKey] = frozenset(), duplicates=0):
        books = Books(tuple(self.orders), tuple(self.trades), {}, duplicates)
        return [fault.split()[0] for fault in compare(self.state, books, self.kept, strangers, Seen(), quiet=quiet)]


def test_equal_books_are_right():
    assert Case().judged(quiet=True) == []


@pytest.mark.parametrize("here", [S.RECORDED, S.SENT, S.UNKNOWN, S.LIVE, S.VOID])
def test_ours_may_lag_behind_while_something_is_under_way(here):
    assert Case(here, S.CANCELLED).judged() == []


@pytest.mark.parametrize("here", [S.SENT, S.UNKNOWN, S.RECORDED])
def test_a_doubt_that_is_left_when_all_is_quiet_is_wrong(here):
    assert Case(here, None).judged(quiet=True) == ["I5"]


def test_an_order_without_an_intent_is_wrong():
    assert Case(None, S.LIVE).judged() == ["I3"]


def test_an_order_of_another_terminal_is_no_order_of_ours_but_must_be_shown():
    assert Case(None, S.LIVE).judged(strangers=frozenset({KEY})) == []
    assert Case(None, S.LIVE).judged(strangers=frozenset({KEY}), quiet=True) == ["I3"]


def test_an_order_with_other_terms_than_its_intent_is_wrong():
    assert Case(terms=replace(TERMS, lots=3)).judged() == ["I3"]


@pytest.mark.parametrize("here", [S.LIVE, S.CANCELLED, S.FILLED, S.REJECTED])
def test_an_order_we_know_that_is_not_there_is_wrong(here):
    assert "I3" in Case(here, None).judged()


@pytest.mark.parametrize(
    ("here", "there"), [(S.CANCELLED, S.LIVE), (S.REJECTED, S.LIVE), (S.LIVE, S.REJECTED), (S.EXPIRED, S.CANCELLED)]
)
def test_an_end_that_is_not_the_exchanges_is_wrong(here, there):
    assert Case(here, there).judged() == ["I5"]


def test_an_order_the_gate_should_have_stopped_is_wrong():
    case = Case(S.REJECTED, S.REJECTED)
    case.orders[0].code = "BAD_PRICE_TICK"
    assert case.judged() == ["C1"]


def test_a_fill_nobody_made_is_wrong():
    case = Case(S.PARTIAL, S.PARTIAL, filled=1, filled_there=1).trade(1)
    assert case.judged() == []
    case.trades.clear()
    assert set(case.judged()) == {"I8"}


def test_a_fill_that_was_not_booked_is_wrong_when_all_is_quiet():
    case = Case(S.LIVE, S.LIVE).trade(1, booked=False)
    assert case.judged() == []
    assert "I8" in case.judged(quiet=True)


def test_own_orders_that_trade_with_each_other_are_wrong_unless_one_was_void():
    case = Case().trade(1, booked=False).trade(1, key=OTHER_KEY, side=Side.SELL, booked=False)
    assert case.judged() == ["C14"]
    case.kept.voided.add(OTHER_KEY)
    assert case.judged() == []


def test_a_used_key_is_wrong():
    assert Case().judged(duplicates=1) == ["I4"]


def test_a_barrier_that_does_not_pass_at_rest_is_wrong():
    case = Case()
    case.account.barrier.passed = False
    assert case.judged(quiet=True) == ["I7"]


def test_an_account_somebody_else_traded_on_must_be_red():
    case = Case()
    case.add(OTHER_KEY, S.FILLED)
    case.trade(1, key=OTHER_KEY, booked=False)
    assert "I9" in case.judged(quiet=True, strangers=frozenset({OTHER_KEY}))
