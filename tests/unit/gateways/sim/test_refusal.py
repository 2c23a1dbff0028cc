"""Why the sim exchange rejects, one reason after the other."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.ids import AccountId, InstrumentId, WireKey
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, Side
from terminal.domain.reports import Accepted, Rejected, Report, Traded
from terminal.engine.ports import WireCancel, WireOrder
from terminal.gateways.sim.exchange import Exchange
from tests.unit.gateways.sim.made import (
    DAY,
    ME,
    MORNING,
    NEXT_NIGHT,
    RB,
    I,
    batch,
    calendar,
    exchange,
    instruments,
    order,
)

LIMITS = DayFacts(instrument=RB, trading_day=DAY, pre_settlement=3700, upper_limit=3800, lower_limit=3600)


def open_exchange() -> Exchange:
    made = exchange()
    made.advance(batch(0, MORNING, {RB: (3699, 50, 3700, 50), I: (1660, 50, 1661, 50)}, [LIMITS]))
    return made


def code(reports: list[Report]) -> str:
    (report,) = reports
    assert isinstance(report, Rejected)
    assert report.text
    return report.code


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (order("a", Side.BUY, 1, 100, instrument=InstrumentId("SHFE.zz2101")), "INSTRUMENT_NOT_FOUND"),
        (order("a", Side.BUY, 0, 3700), "BAD_VOLUME"),
        (order("a", Side.BUY, -1, 3700), "BAD_VOLUME"),
        (order("a", Side.BUY, 501, 3700), "VOLUME_OVER_MAXIMUM"),
        (order("a", Side.BUY, 1, "3700.5"), "BAD_PRICE_TICK"),
        (order("a", Side.BUY, 1, "NaN"), "BAD_PRICE_TICK"),
        (order("a", Side.BUY, 1, "1.797e308"), "BAD_PRICE_TICK"),
        (order("a", Side.BUY, 1, 3801), "PRICE_ABOVE_UPPER_LIMIT"),
        (order("a", Side.SELL, 1, 3599), "PRICE_BELOW_LOWER_LIMIT"),
        (order("a", Side.SELL, 1, 3700, offset=Offset.CLOSE), "OVER_CLOSEYESTERDAY_POSITION"),
        (order("a", Side.SELL, 1, 3700, offset=Offset.CLOSE_TODAY), "OVER_CLOSETODAY_POSITION"),
        (order("a", Side.SELL, 1, 830, offset=Offset.CLOSE, instrument=I), "OVER_CLOSE_POSITION"),
        (order("a", Side.SELL, 1, 830, offset=Offset.CLOSE_TODAY, instrument=I), "BAD_OFFSET_FLAG"),
    ],
)
def test_a_wrong_order_is_rejected_with_its_reason(wanted: WireOrder, reason: str) -> None:
    assert code(open_exchange().place(wanted)) == reason


def test_the_limits_themselves_are_inside() -> None:
    made = open_exchange()
    for key, side, price in (("a", Side.BUY, 3800), ("b", Side.SELL, 3600)):
        assert isinstance(made.place(order(key, side, 1, price))[0], Accepted)


def test_limits_hold_for_their_trading_day_and_a_later_word_leaves_the_rest() -> None:
    made = open_exchange()
    made.advance(batch(1, MORNING + 1, {}, [DayFacts(instrument=RB, trading_day=DAY, upper_limit=3750)]))
    assert code(made.place(order("a", Side.BUY, 1, 3751))) == "PRICE_ABOVE_UPPER_LIMIT"
    assert code(made.place(order("b", Side.SELL, 1, 3599))) == "PRICE_BELOW_LOWER_LIMIT"
    made.advance(batch(2, NEXT_NIGHT, {RB: (3699, 50, 3700, 50)}))
    assert isinstance(made.place(order("c", Side.BUY, 1, 3900))[0], Accepted)


def test_a_repeated_wire_key_is_rejected_and_the_first_order_stays() -> None:
    made = open_exchange()
    made.place(order("a", Side.BUY, 1, 3690))
    assert code(made.place(order("a", Side.BUY, 1, 3690))) == "DUPLICATE_ORDER_REF"
    made.advance(batch(1, NEXT_NIGHT, {RB: (3699, 50, 3700, 50)}))
    assert code(made.place(order("a", Side.BUY, 1, 3690))) == "DUPLICATE_ORDER_REF"
    assert made.clock.duplicates == 2


def test_a_rejected_order_is_kept_with_its_reason() -> None:
    made = open_exchange()
    made.place(order("a", Side.BUY, 0, 3700))
    (there,), _, _ = made.answer(ME)
    assert (there.state, there.code, there.sys_id, there.filled) == ("REJECTED", "BAD_VOLUME", "", 0)


def test_past_its_last_trading_day_a_contract_is_not_traded() -> None:
    old = msgspec.structs.replace(instruments()[RB], expiry=20200820)
    made = Exchange(universe=(RB,), instruments={RB: old}, calendar=calendar())
    made.begin(MORNING)
    made.advance(batch(0, MORNING, {RB: (3699, 50, 3700, 50)}))
    assert code(made.place(order("a", Side.BUY, 1, 3700))) == "INSTRUMENT_NOT_TRADING"


def test_a_close_freezes_what_it_closes_until_it_ends() -> None:
    made = open_exchange()
    made.place(order("open", Side.BUY, 3, 3700))
    close = order("close", Side.SELL, 2, 3750, offset=Offset.CLOSE_TODAY)
    assert isinstance(made.place(close)[0], Accepted)
    more = order("more", Side.SELL, 2, 3750, offset=Offset.CLOSE_TODAY)
    assert code(made.place(more)) == "OVER_CLOSETODAY_POSITION"
    made.cancel(WireCancel(account=ME, wire_key=WireKey("close")))
    again = order("again", Side.SELL, 3, 3699, offset=Offset.CLOSE_TODAY)
    assert sum(report.lots for report in made.place(again) if isinstance(report, Traded)) == 3
    assert made.answer(ME)[2] == ()


def test_at_shfe_todays_and_yesterdays_lots_are_closed_apart() -> None:
    made = open_exchange()
    made.place(order("old", Side.BUY, 2, 3700))
    made.advance(batch(1, NEXT_NIGHT, {RB: (3699, 50, 3700, 50)}))
    made.place(order("new", Side.BUY, 1, 3700))
    assert code(made.place(order("a", Side.SELL, 3, 3699, offset=Offset.CLOSE))) == "OVER_CLOSEYESTERDAY_POSITION"
    assert code(made.place(order("b", Side.SELL, 2, 3699, offset=Offset.CLOSE_TODAY))) == "OVER_CLOSETODAY_POSITION"
    made.place(order("c", Side.SELL, 1, 3699, offset=Offset.CLOSE_YESTERDAY))
    (position,) = made.answer(ME)[2]
    assert (position.long_today, position.long_yesterday) == (1, 1)
    made.place(order("d", Side.SELL, 1, 3699, offset=Offset.CLOSE_TODAY))
    (position,) = made.answer(ME)[2]
    assert (position.long_today, position.long_yesterday) == (0, 1)


def test_elsewhere_one_close_takes_yesterdays_lots_first_and_then_todays() -> None:
    made = open_exchange()
    made.place(order("old", Side.SELL, 2, 830, instrument=I))
    made.advance(batch(1, NEXT_NIGHT, {I: (1660, 50, 1661, 50)}))
    made.place(order("new", Side.SELL, 2, 830, instrument=I))
    made.place(order("close", Side.BUY, 3, "830.5", instrument=I, offset=Offset.CLOSE))
    (position,) = made.answer(ME)[2]
    assert (position.short_today, position.short_yesterday) == (1, 0)


def test_an_order_that_names_two_accounts_cannot_be_made() -> None:
    wanted = order("a", Side.BUY, 1, Decimal(3700).__str__())
    with pytest.raises(ValueError, match="alpha"):
        WireOrder(account=AccountId("beta"), wire_key=wanted.wire_key, terms=wanted.terms)


def test_the_smallest_order_of_a_contract_binds_who_opens_and_not_who_closes_the_rest() -> None:
    listed = {RB: msgspec.structs.replace(instruments()[RB], min_lots=4, max_lots=9)}
    made = Exchange(universe=(RB,), instruments=listed, calendar=calendar())
    made.begin(MORNING)
    made.advance(batch(0, MORNING, {RB: (3699, 50, 3700, 50)}, [LIMITS]))
    (few,) = made.place(order("few", Side.BUY, 3, 3700))
    (many,) = made.place(order("many", Side.BUY, 10, 3700))
    assert isinstance(few, Rejected)
    assert isinstance(many, Rejected)
    assert (few.code, few.text) == ("VOLUME_UNDER_MINIMUM", "报单手数低于每次最小下单量 4 手")
    assert (many.code, many.text) == ("VOLUME_OVER_MAXIMUM", "报单手数超过每次最大下单量 9 手")
    made.place(order("four", Side.BUY, 4, 3700))
    assert isinstance(made.place(order("rest", Side.SELL, 1, 3699, offset=Offset.CLOSE_TODAY))[0], Accepted)
