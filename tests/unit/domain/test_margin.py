from __future__ import annotations

import msgspec
import pytest

from terminal.domain.ids import ExchangeId, ProductId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.margin import MarginPool, Margins, bound_by, margin_of, margin_rate, pool_key
from tests.books import D, instrument

REBAR = instrument(margin="0.07")


def test_margin_is_price_times_lots_times_multiplier_times_rate() -> None:
    assert margin_of(REBAR, 30, D(3200)) == D(67200)


def test_the_brokers_add_on_is_added_to_the_exchanges_rate() -> None:
    assert margin_rate(msgspec.structs.replace(REBAR, broker_margin_add=D("0.02"))) == D("0.09")


def test_lots_that_hedge_have_a_rate_of_their_own_where_the_exchange_says_one() -> None:
    two = msgspec.structs.replace(REBAR, hedge_margin_rate=D("0.05"), broker_margin_add=D("0.02"))
    assert [margin_rate(two, flag) for flag in HedgeFlag] == [D("0.09"), D("0.09"), D("0.07")]
    assert margin_of(two, 30, D(3200), flag=HedgeFlag.HEDGE) == D(67200)
    assert margin_rate(REBAR, HedgeFlag.HEDGE) == D("0.07")
    assert bound_by(two, HedgeFlag.HEDGE) == (D("0.7"), 0)


def test_an_unknown_rate_gives_no_margin() -> None:
    unknown = msgspec.structs.replace(REBAR, margin_rate=None, broker_margin_add=D("0.02"))
    assert margin_rate(unknown) is None
    assert margin_of(unknown, 1, D(3200)) is None


def test_margin_in_yuan_per_lot_needs_no_rate_and_adds_to_one() -> None:
    per_lot = msgspec.structs.replace(REBAR, margin_rate=None, margin_by_lot=D("2500.5"))
    assert margin_rate(per_lot) == 0
    assert margin_of(per_lot, 3, D(3200)) == D("7501.5")
    assert margin_of(msgspec.structs.replace(per_lot, margin_rate=D("0.07")), 3, D(3200)) == D("14221.5")


def test_flags_net_with_each_other_except_at_the_financial_exchange() -> None:
    index = msgspec.structs.replace(REBAR, product=ProductId("CFFEX.IF"), exchange=ExchangeId("CFFEX"))
    assert pool_key(REBAR, HedgeFlag.HEDGE) == pool_key(REBAR, HedgeFlag.SPECULATION)
    assert pool_key(index, HedgeFlag.HEDGE) != pool_key(index, HedgeFlag.SPECULATION)


@pytest.mark.parametrize(("larger_side", "held", "worst"), [(True, 67200, 112700), (False, 112700, 179900)])
def test_a_pool_charges_the_larger_side_or_both(larger_side: bool, held: int, worst: int) -> None:
    pool = MarginPool(larger_side=larger_side)
    pool.add(Side.BUY, D(67200), ZERO)
    pool.add(Side.SELL, D(45500), D(67200))
    assert pool.held == held
    assert pool.worst == worst


def test_asking_for_one_more_order_changes_nothing() -> None:
    margins = Margins()
    margins.add(margins.pool(REBAR, HedgeFlag.HEDGE), Side.BUY, D(100), ZERO)
    for _ in range(2):
        assert margins.worst_with(REBAR, HedgeFlag.HEDGE, Side.SELL, D(130)) == D(130)
        assert margins.worst_with(REBAR, HedgeFlag.SPECULATION, Side.BUY, D(5)) == D(105)
    other = msgspec.structs.replace(REBAR, product=ProductId("SHFE.hc"))
    assert margins.worst_with(other, HedgeFlag.HEDGE, Side.SELL, D(7)) == D(107)
    assert (margins.held, margins.worst) == (D(100), D(100))
