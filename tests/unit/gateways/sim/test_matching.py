"""The rules by which the sim exchange trades, one by one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.days.calendar import MINUTE_NS, SECOND_NS, instant
from terminal.domain.ids import ExchangeId, InstrumentId, SysId, WireKey
from terminal.domain.orders.order import HedgeFlag, Side, TimeCondition
from terminal.domain.reports import Accepted, CancelRejected, Rejected, Removed, Report, Traded
from terminal.engine.ports import WireCancel
from terminal.gateways.sim.exchange import Exchange
from tests.unit.gateways.sim.made import AP, DAY, ME, MORNING, OTHER, RB, I, Shown, batch, exchange, order


class Floor:
    """Drive an exchange by hand."""

    def __init__(self, at: int = MORNING) -> None:
        self.exchange: Exchange = exchange(at)
        self.at = at
        self.index = 0

    def show(self, shown: Shown, *, instrument: InstrumentId = RB, at: int | None = None) -> list[Report]:
        self.at = self.at + SECOND_NS if at is None else at
        passed = self.exchange.advance(batch(self.index, self.at, {instrument: shown}))
        self.index += 1
        return [*passed.before, *passed.after]

    def cancel(self, key: str) -> list[Report]:
        return self.exchange.cancel(WireCancel(account=ME, wire_key=WireKey(key)))


def fills(reports: list[Report]) -> list[tuple[str, int, Decimal]]:
    return [(r.wire_key, r.lots, r.price) for r in reports if isinstance(r, Traded)]


def kinds(reports: list[Report]) -> list[type]:
    return [type(report) for report in reports]


def test_a_taking_order_fills_at_the_displayed_price_and_not_at_its_limit() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 5))
    reports = floor.exchange.place(order("a", Side.BUY, 2, 3705))
    assert kinds(reports) == [Accepted, Traded]
    assert fills(reports) == [("a", 2, Decimal(3700))]


def test_a_taking_order_gets_no_more_than_is_displayed_and_the_rest_rests() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 3))
    assert fills(floor.exchange.place(order("a", Side.BUY, 5, 3700))) == [("a", 3, Decimal(3700))]
    assert fills(floor.show((3699, 5, 3701, 9))) == []
    assert fills(floor.show((3699, 5, 3700, 9))) == [("a", 2, Decimal(3700))]


def test_displayed_lots_are_taken_once_until_the_level_is_displayed_differently() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 3))
    floor.exchange.place(order("a", Side.BUY, 3, 3700))
    assert fills(floor.exchange.place(order("b", Side.BUY, 1, 3700))) == []
    assert fills(floor.show((3698, 1, 3700, 3))) == [], "the ask is the same lots as before"
    assert fills(floor.show((3698, 1, 3700, 4))) == [("b", 1, Decimal(3700))]


def test_a_resting_order_fills_at_its_own_limit_when_the_opposite_best_goes_through_it() -> None:
    floor = Floor()
    floor.show((3699, 5, 3701, 5))
    assert fills(floor.exchange.place(order("a", Side.BUY, 2, 3700))) == []
    assert fills(floor.show((3696, 5, 3697, 5))) == [("a", 2, Decimal(3700))]


def test_resting_orders_share_the_displayed_lots_by_price_and_then_time() -> None:
    floor = Floor()
    floor.show((3690, 5, 3710, 5))
    floor.exchange.place(order("early", Side.SELL, 2, 3700))
    floor.exchange.place(order("late", Side.SELL, 2, 3700))
    floor.exchange.place(order("best", Side.SELL, 2, 3699))
    assert fills(floor.show((3700, 5, 3712, 5))) == [
        ("best", 2, Decimal(3699)),
        ("early", 2, Decimal(3700)),
        ("late", 1, Decimal(3700)),
    ]


def test_where_nobody_offers_at_the_limit_nothing_is_bought_however_often_it_is_shown() -> None:
    floor = Floor()
    floor.show((3699, 5, None, 0))
    assert fills(floor.exchange.place(order("a", Side.BUY, 2, 3705))) == []
    for lots in range(1, 20):
        assert floor.show((3705, lots, None, 0)) == []


def test_own_orders_that_cross_trade_at_the_resting_price_and_share_one_trade_number() -> None:
    floor = Floor()
    floor.show((3690, 5, 3710, 5))
    floor.exchange.place(order("rest", Side.SELL, 3, 3700))
    reports = floor.exchange.place(order("take", Side.BUY, 2, 3702, account=OTHER))
    assert fills(reports) == [("take", 2, Decimal(3700)), ("rest", 2, Decimal(3700))]
    assert len({report.trade for report in reports if isinstance(report, Traded)}) == 1


def test_displayed_lots_come_before_own_orders_at_the_same_price() -> None:
    floor = Floor()
    floor.show((3690, 5, 3700, 1))
    floor.exchange.place(order("rest", Side.SELL, 3, 3700))
    reports = floor.exchange.place(order("take", Side.BUY, 2, 3700, account=OTHER))
    assert fills(reports) == [("take", 1, Decimal(3700)), ("take", 1, Decimal(3700)), ("rest", 1, Decimal(3700))]


def test_the_rest_of_a_fak_order_is_killed() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 3))
    reports = floor.exchange.place(order("a", Side.BUY, 5, 3700, condition=TimeCondition.FAK))
    assert kinds(reports) == [Accepted, Traded, Removed]
    removed = reports[-1]
    assert isinstance(removed, Removed)
    assert (removed.unfilled, removed.expired) == (2, False)
    assert floor.show((3699, 5, 3700, 9)) == []


def test_a_fok_order_fills_wholly_or_not_at_all() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 3))
    killed = floor.exchange.place(order("a", Side.BUY, 4, 3700, condition=TimeCondition.FOK))
    assert kinds(killed) == [Accepted, Removed]
    filled = floor.exchange.place(order("b", Side.BUY, 3, 3700, condition=TimeCondition.FOK))
    assert fills(filled) == [("b", 3, Decimal(3700))]


def test_prices_are_told_on_the_tick_of_the_instrument() -> None:
    floor = Floor()
    floor.show((1660, 5, 1661, 5), instrument=I)
    assert fills(floor.exchange.place(order("a", Side.BUY, 1, "830.5", instrument=I))) == [("a", 1, Decimal("830.5"))]


# --- sessions and days ----------------------------------------------------------------------------------------------


def test_auction_orders_rest_and_what_the_auction_displays_is_no_offer() -> None:
    floor = Floor(instant(20200820, 20, 55))
    floor.show((3700, 5, 3700, 5))
    assert kinds(floor.exchange.place(order("a", Side.BUY, 1, 3710))) == [Accepted]
    assert floor.show((3700, 6, 3700, 6)) == []
    night = instant(20200820, 21, 0, 1)
    floor.show((1660, 1, 1661, 1), instrument=I, at=night)
    assert fills(floor.exchange.place(order("b", Side.BUY, 1, 3710))) == [], "nothing displayed since the opening"
    assert fills(floor.show((3699, 5, 3701, 5))) == [("a", 1, Decimal(3710)), ("b", 1, Decimal(3710))]


def test_auction_orders_that_cross_trade_with_each_other_after_the_opening() -> None:
    floor = Floor(instant(20200820, 20, 55))
    floor.show((3600, 5, 3800, 5))
    floor.exchange.place(order("first", Side.SELL, 1, 3690))
    floor.exchange.place(order("later", Side.BUY, 1, 3710))
    reports = floor.show((3600, 5, 3800, 5), at=instant(20200820, 21))
    assert fills(reports) == [("later", 1, Decimal(3700)), ("first", 1, Decimal(3700))]


def test_what_stood_there_before_a_break_cannot_be_taken_after_it() -> None:
    floor = Floor(instant(DAY, 10, 14, 50))
    floor.show((3699, 5, 3700, 5))
    floor.show((7400, 5, 7401, 5), instrument=AP, at=instant(DAY, 10, 30, 1))
    assert fills(floor.exchange.place(order("a", Side.BUY, 1, 3700))) == []
    assert fills(floor.show((3698, 5, 3699, 5))) == [("a", 1, Decimal(3700))]


@pytest.mark.parametrize(("hour", "minute"), [(10, 20), (12, 0), (15, 30), (8, 0)])
def test_outside_the_session_orders_are_rejected(hour: int, minute: int) -> None:
    floor = Floor(instant(DAY, hour, minute))
    floor.show((3699, 5, 3700, 5))
    (rejected,) = floor.exchange.place(order("a", Side.BUY, 1, 3700))
    assert isinstance(rejected, Rejected)
    assert rejected.code == "NOT_IN_SESSION"


def test_a_cancel_in_a_break_is_rejected_and_the_order_lives_on() -> None:
    floor = Floor(instant(DAY, 10, 14, 50))
    floor.show((3699, 5, 3700, 5))
    floor.exchange.place(order("a", Side.BUY, 1, 3690))
    floor.show((3699, 5, 3700, 5), at=instant(DAY, 10, 16))
    (answer,) = floor.cancel("a")
    assert isinstance(answer, CancelRejected)
    assert answer.code == "NOT_IN_SESSION"
    floor.show((3699, 5, 3700, 5), at=instant(DAY, 10, 31))
    assert kinds(floor.cancel("a")) == [Removed]


def test_fak_and_fok_are_rejected_in_the_auction() -> None:
    floor = Floor(instant(20200820, 20, 55))
    floor.show((3699, 5, 3700, 5))
    (rejected,) = floor.exchange.place(order("a", Side.BUY, 1, 3700, condition=TimeCondition.FAK))
    assert isinstance(rejected, Rejected)
    assert rejected.code == "CONTINUOUS_ONLY"


def test_a_night_order_lives_into_the_day_and_expires_at_its_close_before_the_next_batch() -> None:
    floor = Floor(instant(20200820, 21, 30))
    floor.show((3699, 5, 3701, 5))
    floor.exchange.place(order("a", Side.BUY, 2, 3700))
    assert fills(floor.show((3690, 1, 3700, 1), at=MORNING)) == [("a", 1, Decimal(3700))]
    passed = floor.exchange.advance(batch(floor.index, instant(DAY, 15), {RB: (3690, 9, 3700, 9)}))
    (expired,) = passed.before
    assert isinstance(expired, Removed)
    assert (expired.expired, expired.unfilled) == (True, 1)
    assert passed.after == []


def test_only_instruments_whose_session_is_over_expire() -> None:
    floor = Floor(instant(20200820, 21, 30))
    floor.show((3699, 5, 3701, 5))
    floor.exchange.place(order("a", Side.BUY, 2, 3700))
    assert floor.show((3699, 5, 3701, 5), at=instant(20200820, 23, 30)) == []
    assert floor.show((3699, 5, 3701, 5), at=instant(DAY, 14, 59, 59)) == []


def test_a_new_trading_day_makes_todays_lots_yesterdays_and_displays_nothing() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 5))
    floor.exchange.place(order("a", Side.BUY, 2, 3700))
    floor.show((1660, 5, 1661, 5), instrument=I, at=instant(DAY, 21, 0, 1))
    _, trades, (position,) = floor.exchange.answer(ME)
    assert (position.long_today, position.long_yesterday, trades) == (0, 2, ())
    assert fills(floor.exchange.place(order("b", Side.BUY, 2, 3700))) == []
    assert floor.exchange.clock.trading_day == 20200824


def test_numbers_are_counted_per_exchange_and_trade_numbers_per_trading_day() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 5))
    floor.show((1660, 5, 1661, 5), instrument=I)
    first = floor.exchange.place(order("a", Side.BUY, 1, 3700))
    second = floor.exchange.place(order("b", Side.BUY, 1, "830.5", instrument=I))
    floor.show((3699, 5, 3700, 5), at=instant(DAY, 21, 0, 1))
    third = floor.exchange.place(order("c", Side.BUY, 1, 3700))
    numbers = [
        (report.exchange, report.sys_id, report.trade)
        for report in (*first, *second, *third)
        if isinstance(report, Traded)
    ]
    assert numbers == [("SHFE", "1", "1"), ("DCE", "1", "1"), ("SHFE", "2", "1")]


# --- cancels --------------------------------------------------------------------------------------------------------


def test_a_cancel_finds_the_order_by_key_or_by_exchange_and_number() -> None:
    floor = Floor()
    floor.show((3699, 5, 3701, 5))
    floor.show((1660, 5, 1662, 5), instrument=I)
    floor.exchange.place(order("a", Side.BUY, 1, 3700))
    floor.exchange.place(order("b", Side.BUY, 1, "830.5", instrument=I))
    by_number = WireCancel(account=ME, wire_key=WireKey("b"), exchange=ExchangeId("DCE"), sys_id=SysId("1"))
    (removed,) = floor.exchange.cancel(by_number)
    assert isinstance(removed, Removed)
    assert removed.wire_key == "b"
    assert kinds(floor.cancel("a")) == [Removed]


def test_a_cancel_of_an_ended_foreign_or_unknown_order_is_rejected() -> None:
    floor = Floor()
    floor.show((3699, 5, 3701, 5))
    floor.exchange.place(order("a", Side.BUY, 1, 3700))
    foreign = WireCancel(account=OTHER, wire_key=WireKey("a"))
    floor_says = [*floor.exchange.cancel(foreign), *floor.cancel("nobody")]
    floor.cancel("a")
    floor_says += floor.cancel("a")
    codes = [report.code for report in floor_says if isinstance(report, CancelRejected)]
    assert codes == ["ORDER_NOT_FOUND", "ORDER_NOT_FOUND", "INSUITABLE_ORDER_STATUS"]


def test_positions_under_different_flags_are_apart() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 5))
    floor.exchange.place(order("a", Side.BUY, 1, 3700, flag=HedgeFlag.HEDGE))
    floor.exchange.place(order("b", Side.BUY, 1, 3700))
    _, _, positions = floor.exchange.answer(ME)
    assert [(p.hedge_flag, p.long_today) for p in positions] == [(HedgeFlag.HEDGE, 1), (HedgeFlag.SPECULATION, 1)]


def test_the_answer_tells_no_other_account() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 5))
    floor.exchange.place(order("a", Side.BUY, 1, 3700))
    assert floor.exchange.answer(OTHER) == ((), (), ())


def test_a_minute_without_a_snapshot_changes_nothing() -> None:
    floor = Floor()
    floor.show((3699, 5, 3700, 3))
    floor.exchange.place(order("a", Side.BUY, 2, 3700))
    floor.show((1660, 5, 1661, 5), instrument=I, at=floor.at + MINUTE_NS)
    assert fills(floor.exchange.place(order("b", Side.BUY, 2, 3700))) == [("b", 1, Decimal(3700))]
