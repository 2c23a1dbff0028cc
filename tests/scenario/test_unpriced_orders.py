"""Market orders from a person's wish to the exchange's books and back, over restarts of both."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, OrderState, OrderTerms, PriceKind, Side, TimeCondition
from tests.engine_world import AP, DAY, LIMITS, ONE, RB, TRADER, I, instruments, terms
from tests.scenario.conftest import Begin

UPPER, LOWER = Decimal(896), Decimal(763)
FACTS = [DayFacts(instrument=I, trading_day=DAY, pre_settlement=1660, upper_limit=1792, lower_limit=1526)]


def market(side: Side, lots: int, price: Decimal, condition: TimeCondition = TimeCondition.GFD) -> OrderTerms:
    wanted = terms(side, lots, price, instrument=I, condition=condition)
    return msgspec.structs.replace(wanted, price_kind=PriceKind.MARKET)


def test_a_market_order_is_frozen_at_the_limit_price_and_fills_at_the_market(begin: Begin) -> None:
    world = begin(facts=FACTS)
    world.wire.hold_orders = True
    assert world.do(TRADER, c.SubmitOrder(terms=market(Side.BUY, 2, UPPER))).ok
    (row,) = world.account.live.values()
    view = world.account.book.view(world.engine.columns.last_price)
    instrument = world.state.tenant.instruments[I]
    assert instrument.margin_rate is not None
    assert view.frozen_margin == world.account.book.margin_of(instrument, row.terms.hedge_flag, Side.BUY, 2, UPPER)
    world.arrive()
    assert (row.state, row.filled) == (OrderState.FILLED, 2)
    (trade,) = world.account.trades
    assert trade.price == Decimal("830.5")


def test_a_market_sale_is_frozen_and_judged_at_the_upper_limit_for_a_higher_price_binds_more(begin: Begin) -> None:
    world = begin(facts=FACTS)
    world.wire.hold_orders = True
    assert world.do(TRADER, c.SubmitOrder(terms=market(Side.SELL, 2, LOWER))).ok
    (row,) = world.account.live.values()
    view = world.account.book.view(world.engine.columns.last_price)
    frozen = world.account.book.margin_of(world.state.tenant.instruments[I], row.terms.hedge_flag, Side.SELL, 2, UPPER)
    assert view.frozen_margin == frozen
    assert row.terms.price == LOWER, "and what is sent is not touched"
    world.restart()
    assert world.account.book.view(world.engine.columns.last_price).frozen_margin == frozen


def test_a_market_sale_costs_no_less_than_the_limit_order_it_fills_as(begin: Begin) -> None:
    sale = market(Side.SELL, 8, LOWER, TimeCondition.FAK)
    # Given just too little for eight lots at what is bid; it would do at the lower limit
    margin = Decimal(8 * 100) * LOWER * (instruments()[I].margin_rate or Decimal(0))
    world = begin(facts=FACTS, cash=int(margin) + 1_000)
    done = world.do(TRADER, c.SubmitOrder(terms=sale))
    assert (done.ok, done.code) == (False, "AVAILABLE_NEGATIVE")
    # and at the exchange, of which the desk knows nothing
    world = begin(facts=FACTS, funds={ONE: margin + 1_000})
    assert world.do(TRADER, c.SubmitOrder(terms=sale)).ok
    (row,) = world.account.orders.values()
    assert (row.state, row.filled) == (OrderState.REJECTED, 0)
    assert "资金不足" in row.note
    # and for the line of a second person: eight lots are worth 610,400 at the lower limit and 664,000 where they fill.
    world = begin(facts=FACTS, limits=msgspec.structs.replace(LIMITS, confirm_value_yuan=Decimal(650_000)))
    assert world.do(TRADER, c.SubmitOrder(terms=sale)).code == "CONFIRM2"


def test_what_remains_of_a_market_close_rests_and_is_the_same_after_both_were_killed(
    begin: Begin, tmp_path: Path
) -> None:
    world = begin(facts=FACTS, exchange=tmp_path / "exchange.db")
    world.buy(5, "830.5", instrument=I)
    world.show({I: ("829", "830")}, lots=3)
    close = msgspec.structs.replace(market(Side.SELL, 5, LOWER), offset=Offset.CLOSE)
    assert world.do(TRADER, c.SubmitOrder(terms=close)).ok, "a reducing order may go beyond what is displayed"
    assert world.net(I) == 2
    world.restart(exchange_too=True)
    (row,) = world.account.live.values()
    assert (row.terms, row.remaining) == (close, 2)
    world.show({I: ("828", "829")}, lots=3)
    assert world.net(I) == 0
    assert [trade.price for trade in world.account.trades][-2:] == [Decimal(829), Decimal(828)]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (market(Side.BUY, 1, Decimal(830)), "市价委托按涨停价 896 核算，而委托里写的是 830；请按 896 重新报出。"),
        (market(Side.BUY, 30, UPPER), "对手价只显示 20 手，其余按涨停价核算"),
        (msgspec.structs.replace(market(Side.BUY, 1, UPPER), instrument=RB), "上期所对该合约不接受市价委托"),
        (msgspec.structs.replace(market(Side.BUY, 1, UPPER), instrument=AP), "郑商所对该合约不接受 GFD 市价委托"),
    ],
)
def test_what_cannot_be_reckoned_or_is_not_taken_is_refused_and_nothing_leaves(
    begin: Begin, wanted: OrderTerms, said: str
) -> None:
    world = begin(facts=FACTS)
    world.show(lots=20)
    done = world.do(TRADER, c.SubmitOrder(terms=wanted))
    assert not done.ok
    assert said in done.sentence
    assert not world.account.orders
