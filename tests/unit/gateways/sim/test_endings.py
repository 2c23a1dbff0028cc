"""What a trading day ends at the exchange, and what is told of it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.ending import How
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.domain.reports import Ended, Report
from terminal.gateways.sim.day_end.endings import DayEnd
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.positions import Holding
from tests.unit.gateways.sim.made import (
    DAY,
    ME,
    MORNING,
    NEXT_NIGHT,
    OTHER,
    RB,
    UNIVERSE,
    I,
    batch,
    calendar,
    instruments,
    order,
)

SPECULATION = HedgeFlag.SPECULATION


def option(right: Right, strike: int, **other: object) -> Instrument:
    terms = OptionTerms(underlying=I, right=right, strike=Decimal(strike), style=Style.AMERICAN)
    name = InstrumentId(f"DCE.i2101-{right[0]}-{strike}")
    return msgspec.structs.replace(instruments()[I], id=name, kind=Kind.OPTION, option=terms, expiry=DAY, **other)


CALL, PUT = option(Right.CALL, 800), option(Right.PUT, 800)
INDEX = msgspec.structs.replace(
    CALL,
    option=OptionTerms(
        underlying=RB, right=Right.CALL, strike=Decimal(800), style=Style.EUROPEAN, guarantee=Decimal("0.5")
    ),
)
LAST = msgspec.structs.replace(instruments()[I], expiry=DAY)


def holding(*, long: int = 0, short: int = 0) -> Holding:
    made = Holding()
    made.long.today, made.short.yesterday = long, short
    return made


def ended(of: Instrument, price: int | None, *, day: int = DAY) -> list[tuple[Side, int, How, Decimal]]:
    found = DayEnd(
        {(ME, of.id, SPECULATION): holding(long=3, short=2)},
        {of.id: of}.get,
        lambda *_: None if price is None else Decimal(price),
        trading_day=day,
        at=1,
    ).ends
    return [(one.side, one.lots, one.how, one.price) for _, one, _ in found]


@pytest.mark.parametrize(
    ("of", "price", "expected"),
    [
        (CALL, 801, [(Side.BUY, 3, How.EXERCISED, 800), (Side.SELL, 2, How.ASSIGNED, 800)]),
        (CALL, 800, [(Side.BUY, 3, How.LAPSED, 0), (Side.SELL, 2, How.LAPSED, 0)]),
        (PUT, 799, [(Side.BUY, 3, How.EXERCISED, 800), (Side.SELL, 2, How.ASSIGNED, 800)]),
        (INDEX, 820, [(Side.BUY, 3, How.EXERCISED, 820), (Side.SELL, 2, How.ASSIGNED, 820)]),
        (instruments()[I], 820, []),
        (LAST, 820, [(Side.BUY, 3, How.DELIVERED, 820), (Side.SELL, 2, How.DELIVERED, 820)]),
    ],
)
def test_each_side_ends_by_the_rule_of_its_instrument(
    of: Instrument, price: int, expected: list[tuple[Side, int, How, int]]
) -> None:
    assert ended(of, price) == expected


def test_nothing_ends_before_its_last_day_or_without_a_price() -> None:
    assert ended(CALL, 900, day=20200820) == []
    assert ended(CALL, None) == []
    assert len(ended(CALL, 900, day=20200824)) == 2, "a price that came a day late"


def traded() -> Exchange:
    """Return an exchange on the last day of a call, one account long of it and one short."""
    universe = (*UNIVERSE, CALL.id)
    made = Exchange(universe=universe, instruments={**instruments(), CALL.id: CALL}, calendar=calendar())
    made.begin(MORNING)
    made.advance(batch(0, MORNING + 1, {RB: (3700, 9, 3701, 9)}))
    made.place(order("sell", Side.SELL, 4, 30, instrument=CALL.id, account=OTHER))
    made.place(order("buy", Side.BUY, 4, 30, instrument=CALL.id, account=ME))
    return made


def next_night(made: Exchange, *, settlement: int | None) -> list[Report]:
    """End the day; `settlement` of the future in half yuan."""
    if settlement is not None:
        close = instant(DAY, 15, 0, 1)
        facts = [DayFacts(instrument=I, trading_day=DAY, settlement=settlement)]
        made.advance(batch(1, close, {}, facts))
    return made.advance(batch(made.clock.next_batch, NEXT_NIGHT, {RB: (3700, 9, 3701, 9)})).before


def test_an_expired_call_in_the_money_becomes_futures_of_both_accounts_before_the_day_rolls() -> None:
    made = traded()
    told = [report for report in next_night(made, settlement=1700) if isinstance(report, Ended)]
    assert [(one.account, one.ending.how, one.ending.lots, one.into) for one in told] == [
        (ME, How.EXERCISED, 4, I),
        (OTHER, How.ASSIGNED, 4, I),
    ]
    assert {one.trading_day for one in told} == {DAY}
    for account, lots in ((ME, (4, 0)), (OTHER, (0, 4))):
        (there,) = made.answer(account)[2]
        assert (there.instrument, there.long_today, there.short_today) == (I, 0, 0)
        assert (there.long_yesterday, there.short_yesterday) == lots


def test_an_expired_call_out_of_the_money_is_gone() -> None:
    made = traded()
    told = [report for report in next_night(made, settlement=1600) if isinstance(report, Ended)]
    assert {one.ending.how for one in told} == {How.LAPSED}
    assert made.answer(ME)[2] == made.answer(OTHER)[2] == ()


def test_without_the_underlyings_settlement_the_option_waits_for_the_next_days_end() -> None:
    made = traded()
    assert next_night(made, settlement=None) == []
    (there,) = made.answer(ME)[2]
    assert (there.instrument, there.long_yesterday) == (CALL.id, 4)


def test_the_report_of_an_end_goes_through_the_wire_as_it_is() -> None:
    (one, *_) = [report for report in next_night(traded(), settlement=1700) if isinstance(report, Ended)]
    assert msgspec.json.decode(msgspec.json.encode(one), type=Report) == one
