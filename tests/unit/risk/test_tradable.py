from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.days.sessions import Phase
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Offset
from terminal.domain.products.instrument import Kind
from terminal.domain.view import PositionView
from terminal.risk.tradable import tradable
from terminal.store.reference import load_reference
from tests.unit.risk.checks import (
    AUTOMATIC,
    BUY,
    CLOSE,
    EMPTY,
    MANUAL,
    OPEN,
    PASS,
    REBAR,
    SELL,
    found,
    opening,
    reducing,
    session,
    terms,
)

CORN = msgspec.structs.replace(REBAR, explicit_close_today=False)


def test_an_order_in_continuous_trading_passes() -> None:
    assert found(tradable, opening()) == PASS
    assert found(tradable, opening(cause=AUTOMATIC)) == PASS


def test_an_instrument_nobody_knows_or_a_spot_quote_cannot_be_traded() -> None:
    assert found(tradable, opening(instrument=None)) == ("DENY", "UNKNOWN_INSTRUMENT")
    spot = msgspec.structs.replace(REBAR, kind=Kind.SPOT)
    assert found(tradable, opening(instrument=spot)) == ("DENY", "UNKNOWN_INSTRUMENT")


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.BREAK])
def test_nothing_goes_out_while_the_exchange_takes_nothing(phase: Phase) -> None:
    for check in (opening(session=session(phase)), reducing(session=session(phase))):
        assert found(tradable, check) == ("DENY", "NOT_TRADING_NOW")


def test_a_refusal_says_when_trading_begins_again() -> None:
    finding = tradable(opening(session=session(Phase.BREAK), opens_at=instant(20200821, 10, 30)))
    assert finding is not None
    assert "请等 2020-08-21 10:30 开盘后再报" in finding.sentence


def test_an_option_beyond_the_calendar_is_refused_with_what_to_write() -> None:
    option = load_reference().instrument(InstrumentId("DCE.m2705-C-3000"), 20261130)
    finding = tradable(opening(instrument=option))
    assert finding is not None
    assert finding.code == "OPTION_TERMS_UNKNOWN"
    assert "reference/holidays.csv（交易日历还不到那一年）" in finding.sentence


def test_an_instrument_without_sessions_cannot_be_traded() -> None:
    finding = tradable(opening(session=None))
    assert finding is not None
    assert finding.code == "NOT_TRADING_NOW"
    assert "没有交易时段资料" in finding.sentence


def test_only_people_order_into_an_auction_and_only_while_it_takes_orders() -> None:
    taking, matching = session(Phase.AUCTION), session(Phase.AUCTION, orders=False)
    assert found(tradable, opening(session=taking, cause=MANUAL)) == PASS
    assert found(tradable, opening(session=taking, cause=AUTOMATIC)) == ("DENY", "NOT_TRADING_NOW")
    assert found(tradable, opening(session=matching, cause=MANUAL)) == ("DENY", "NOT_TRADING_NOW")


@pytest.mark.parametrize("price", ["3720.5", "0", "-3720", "NaN", "sNaN", "Infinity", "1.797e308", "1E+999999", "1e9"])
def test_a_price_off_the_grid_or_no_price_at_all_is_refused(price: str) -> None:
    assert found(tradable, opening(terms=terms(price=price))) == ("DENY", "PRICE_OFF_TICK")


@pytest.mark.parametrize("lots", [0, -1])
def test_lots_are_positive(lots: int) -> None:
    assert found(tradable, opening(terms=terms(lots=lots))) == ("DENY", "LOTS_NOT_POSITIVE")
    assert found(tradable, reducing(terms=terms(SELL, CLOSE, lots))) == ("DENY", "LOTS_NOT_POSITIVE")


def test_the_smallest_order_binds_opening_orders_only() -> None:
    large = msgspec.structs.replace(REBAR, min_lots=4)
    assert found(tradable, opening(instrument=large, terms=terms(lots=4))) == PASS
    assert found(tradable, opening(instrument=large, terms=terms(lots=3))) == ("DENY", "ORDER_LOTS_BELOW_MINIMUM")
    assert found(tradable, reducing(instrument=large, terms=terms(SELL, CLOSE, 3))) == PASS
    unknown = msgspec.structs.replace(REBAR, min_lots=None)
    assert found(tradable, opening(instrument=unknown, terms=terms(lots=1))) == PASS


@pytest.mark.parametrize(
    ("offset", "free"),
    [(Offset.CLOSE, 8), (Offset.CLOSE_YESTERDAY, 8), (Offset.CLOSE_TODAY, 5)],
)
def test_at_shfe_a_close_takes_only_free_lots_of_the_day_it_names(offset: Offset, free: int) -> None:
    # Long: 6 of today, 1 frozen; 10 of yesterday, 2 frozen.
    assert found(tradable, reducing(terms=terms(SELL, offset, free))) == PASS
    assert found(tradable, reducing(terms=terms(SELL, offset, free + 1))) == ("DENY", "NOT_CLOSABLE")


def test_elsewhere_a_close_takes_any_free_lots() -> None:
    assert found(tradable, reducing(instrument=CORN, terms=terms(SELL, CLOSE, 13))) == PASS
    assert found(tradable, reducing(instrument=CORN, terms=terms(SELL, CLOSE, 14))) == ("DENY", "NOT_CLOSABLE")


def test_a_buy_closes_short_lots() -> None:
    assert found(tradable, reducing(terms=terms(BUY, CLOSE, 4))) == PASS
    finding = tradable(reducing(terms=terms(BUY, CLOSE, 5)))
    assert finding is not None
    assert (finding.value, finding.limit) == ("5", "4")
    assert "空头昨仓只有 4 手" in finding.sentence
    assert finding.sentence.startswith("螺纹钢2010（SHFE.rb2010）买入平仓 5 手")


def test_nothing_can_be_closed_where_nothing_is_held() -> None:
    for offset in (Offset.CLOSE, Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY):
        assert found(tradable, opening(position=EMPTY, terms=terms(SELL, offset, 1))) == ("DENY", "NOT_CLOSABLE")
    frozen = PositionView(0, 3, 0, 0, 0, 3, 0, 0)
    assert found(tradable, opening(position=frozen, terms=terms(SELL, CLOSE, 1))) == ("DENY", "NOT_CLOSABLE")


def test_every_price_of_the_grid_passes() -> None:
    fine = msgspec.structs.replace(REBAR, tick=Decimal("0.02"))
    assert found(tradable, opening(instrument=fine, terms=terms(SELL, OPEN, 1, "395.46"))) == PASS
    assert found(tradable, opening(instrument=fine, terms=terms(SELL, OPEN, 1, "395.47"))) == ("DENY", "PRICE_OFF_TICK")


def test_where_today_and_yesterday_are_not_told_apart_only_a_plain_close_is_taken() -> None:
    for offset in (Offset.CLOSE_TODAY, Offset.CLOSE_YESTERDAY):
        assert found(tradable, reducing(instrument=CORN, terms=terms(SELL, offset, 1))) == ("DENY", "OFFSET_NOT_USED")
