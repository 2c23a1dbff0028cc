"""Market orders from a person's wish to the exchange's books and back, over restarts of both."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.market import DayFacts
from terminal.domain.order import Offset, OrderState, OrderTerms, PriceKind, Side, TimeCondition
from tests.engine_world import AP, DAY, RB, TRADER, I, terms
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
