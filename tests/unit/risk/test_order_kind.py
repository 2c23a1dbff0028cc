from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain.days.sessions import Phase
from terminal.domain.orders.kinds import OrderKind
from terminal.domain.orders.order import PriceKind, Side, TimeCondition
from terminal.risk.check import Check
from terminal.risk.order_kind import order_kind
from terminal.risk.order_size import order_size
from terminal.risk.price_collar import price_collar
from tests.unit.risk.checks import BUY, PASS, QUOTE, REBAR, SELL, found, opening, session, terms

MARKET, BEST, FIVE = PriceKind.MARKET, PriceKind.BEST, PriceKind.FIVE
ALL = tuple(OrderKind(kind, tuple(TimeCondition)) for kind in PriceKind)
LISTED = msgspec.structs.replace(REBAR, order_kinds=ALL, max_market_lots=30)
WORST = {BUY: 4000, SELL: 3400}


def unpriced(kind: PriceKind, side: Side = BUY, *, lots: int = 1, price: int | None = None) -> Check:
    given_terms = terms(side, price=WORST[side] if price is None else price, lots=lots)
    return msgspec.structs.replace(
        opening(), instrument=LISTED, terms=msgspec.structs.replace(given_terms, price_kind=kind)
    )


@pytest.mark.parametrize("kind", [MARKET, BEST, FIVE])
@pytest.mark.parametrize("side", Side)
def test_an_order_without_a_price_passes_at_the_limit_price_of_its_side(kind: PriceKind, side: Side) -> None:
    check = unpriced(kind, side)
    assert found(order_kind, check) == PASS
    assert found(price_collar, check) == PASS


@pytest.mark.parametrize("kind", [MARKET, BEST, FIVE])
def test_a_kind_the_exchange_does_not_take_is_refused_with_what_it_takes(kind: PriceKind) -> None:
    check = msgspec.structs.replace(unpriced(kind), instrument=REBAR)
    finding = order_kind(check)
    assert finding is not None
    assert finding.code == "ORDER_KIND_NOT_TAKEN"
    assert "上期所对该合约不接受" in finding.sentence
    assert "只接受限价（GFD、FAK、FOK）；请改用其中一种" in finding.sentence


def test_a_time_condition_the_exchange_does_not_take_is_named() -> None:
    listed = msgspec.structs.replace(REBAR, order_kinds=(OrderKind(PriceKind.LIMIT, (TimeCondition.GFD,)),))
    wanted = msgspec.structs.replace(terms(), time_condition=TimeCondition.FOK)
    finding = order_kind(msgspec.structs.replace(opening(), instrument=listed, terms=wanted))
    assert finding is not None
    assert "不接受 FOK 限价委托，只接受限价（GFD）" in finding.sentence


@given(st.sampled_from([MARKET, BEST, FIVE]), st.sampled_from(Side), st.integers(3400, 4000))
def test_what_is_not_reckoned_at_the_worst_price_is_refused(kind: PriceKind, side: Side, price: int) -> None:
    expected = PASS if price == WORST[side] else ("DENY", "WORST_PRICE_DIFFERS")
    assert found(order_kind, unpriced(kind, side, price=price)) == expected


def test_without_the_days_limit_prices_nothing_can_be_reckoned() -> None:
    check = msgspec.structs.replace(unpriced(MARKET), quote=QUOTE._replace(upper_limit=None))
    assert found(order_kind, check) == ("DENY", "WORST_PRICE_UNKNOWN")


def test_an_auction_takes_limit_orders_alone() -> None:
    check = msgspec.structs.replace(unpriced(MARKET), session=session(Phase.AUCTION))
    assert found(order_kind, check) == ("DENY", "LIMIT_ORDERS_ONLY_NOW")


def test_beyond_the_displayed_lots_the_collar_reckons_with_the_limit_price() -> None:
    shown = QUOTE.ask_lots
    assert found(price_collar, unpriced(MARKET, lots=shown)) == PASS
    assert found(price_collar, unpriced(BEST, lots=shown + 1)) == PASS, "it takes no other price"
    finding = price_collar(unpriced(MARKET, lots=shown + 1))
    assert finding is not None
    assert finding.code == "PRICE_FAR_THROUGH_MARKET"
    assert "（对手价只显示 80 手，其余按涨停价核算）" in finding.sentence
    assert finding.sentence.endswith("请减少到显示的手数或改用限价。")


def test_an_order_without_a_price_needs_an_opposite_price() -> None:
    check = msgspec.structs.replace(unpriced(MARKET), quote=QUOTE._replace(ask=None))
    assert found(price_collar, check) == ("DENY", "NO_REFERENCE_PRICE")


def test_the_most_lots_of_a_market_order_are_its_own() -> None:
    assert found(order_size, unpriced(MARKET, lots=31)) == ("DENY", "ORDER_LOTS_ABOVE_MAXIMUM")
    limit = msgspec.structs.replace(opening(), instrument=LISTED, terms=terms(lots=31, price=3720))
    assert found(order_size, limit) != ("DENY", "ORDER_LOTS_ABOVE_MAXIMUM")
    assert limit.terms.price == Decimal(3720)
