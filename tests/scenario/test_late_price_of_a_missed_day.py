"""A day of which no price is known stands at the price of the day before it, and goes with it when that comes late."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import DaySettled, SettlementCorrected
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset
from tests.engine_world import DAY, NEXT_DAY, ONE, RB, World
from tests.scenario.conftest import Begin
from tests.settled_days import days_of

TUESDAY, WEDNESDAY = 20200825, 20200826


def settlement(day: int, price: int) -> DayFacts:
    return DayFacts(instrument=RB, trading_day=day, settlement=price)


MONDAYS = settlement(NEXT_DAY, 3720)


def two_days_missed(begin: Begin, *, in_time: tuple[DayFacts, ...] = (), friday: bool = True) -> World:
    """Hold two lots of Friday, miss Monday and Tuesday, and go on in the night of Wednesday with what came in time."""
    world = begin(at=instant(DAY, 14, 59, 30))
    world.buy(2, 3701)
    if friday:
        world.show(facts=[settlement(DAY, 3690)])
    world.show_at(instant(TUESDAY, 21, 0, 1), {RB: (3640, 3641)}, facts=list(in_time))
    return world


def earned(world: World) -> list[Decimal]:
    return [day.closed().before.position_profit for day in days_of(world).values()]


def assert_equal(late: World, in_time: World) -> None:
    marks = late.engine.columns.last_price
    assert earned(late) == earned(in_time)
    assert late.account.book.view(marks) == in_time.account.book.view(marks)
    assert late.account.book.trade_by_trade(marks) == in_time.account.book.trade_by_trade(marks)
    assert late.account.book.unsettled_days() == in_time.account.book.unsettled_days()
    for now, then in zip(days_of(late).values(), days_of(in_time).values(), strict=True):
        assert (now.closed().before, now.closed().after) == (then.closed().before, then.closed().after)
        assert (now.fact.prices, now.fact.provisional, now.fact.unheard) == (
            then.fact.prices,
            then.fact.provisional,
            then.fact.unheard,
        )
    for world in (late, in_time):
        assert world.account.book.check() == []
        assert world.refolded().state_hash() == world.state.state_hash()


@pytest.mark.parametrize("closes", [False, True])
def test_the_late_price_of_monday_gives_each_day_what_it_would_have_had_in_time(begin: Begin, closes: bool) -> None:
    worlds = late, in_time = two_days_missed(begin), two_days_missed(begin, in_time=(MONDAYS,))
    if closes:
        for world in worlds:
            assert world.close_long(1, 3640, offset=Offset.CLOSE_YESTERDAY).ok
    assert earned(late) == [-220, 0, 0]
    late.show(after=2, facts=[MONDAYS])
    in_time.show(after=2)
    # Then what Monday won is lost on Wednesday, which is not over, and not on Tuesday, of which nothing is known.
    assert earned(late) == [-220, 600, 0]
    assert_equal(late, in_time)
    monday, tuesday = late.facts(SettlementCorrected)
    assert (monday.trading_day, monday.prices[RB].difference, monday.unheard) == (NEXT_DAY, 600, ())
    assert (tuesday.trading_day, tuesday.prices[RB].difference, tuesday.unheard) == (TUESDAY, 600, (RB,))
    told = [one.sentence for one in late.account.open_alerts.values() if one.code == "SETTLEMENT_CORRECTED"]
    assert len(told) == 1
    assert f"{TUESDAY} 的 {RB} 没有任何价格，随之改记" in told[0]
    # Said again it changes nothing, over a restart too; and Tuesday's own price still comes.
    late.restart()
    late.show(after=2, facts=[MONDAYS])
    assert len(late.facts(SettlementCorrected)) == 2
    for world in worlds:
        world.show(after=2, facts=[settlement(TUESDAY, 3650)])
    assert earned(late) == [-220, 600, -1400]
    assert late.account.book.unsettled_days() == {}
    assert_equal(late, in_time)


def test_both_prices_at_once_and_in_either_order_come_to_the_same(begin: Begin) -> None:
    tuesdays = settlement(TUESDAY, 3650)
    in_time = two_days_missed(begin, in_time=(MONDAYS, tuesdays))
    in_time.show(after=2)
    for said in ([[MONDAYS, tuesdays]], [[tuesdays], [MONDAYS]], [[MONDAYS], [tuesdays]]):
        late = two_days_missed(begin)
        for facts in said:
            late.show(after=2, facts=facts)
        late.show(after=0)
        assert earned(late) == [-220, 600, -1400]
        assert [day.fact.prices for day in days_of(late).values()] == [
            day.fact.prices for day in days_of(in_time).values()
        ]
        marks = late.engine.columns.last_price
        assert late.account.book.view(marks) == in_time.account.book.view(marks)
        assert late.account.book.check() == []


def test_the_late_price_of_friday_carries_over_both_missed_days(begin: Begin) -> None:
    late = two_days_missed(begin, friday=False)
    late.show(after=2, facts=[settlement(DAY, 3690)])
    in_time = two_days_missed(begin)
    in_time.show(after=2)
    assert earned(late) == [-220, 0, 0]
    assert_equal(late, in_time)


def test_a_missed_day_with_a_price_of_its_own_keeps_it_and_stops_what_is_carried(begin: Begin) -> None:
    last = settlement(TUESDAY, 3650)
    late, in_time = two_days_missed(begin, in_time=(last,)), two_days_missed(begin, in_time=(MONDAYS, last))
    late.show(after=2, facts=[MONDAYS])
    in_time.show(after=2)
    assert [one.trading_day for one in late.facts(SettlementCorrected)] == [NEXT_DAY]
    assert earned(late) == [-220, 600, -1400]
    assert_equal(late, in_time)
    assert [one.trading_day for one in late.facts(DaySettled) if one.account == ONE] == [DAY, NEXT_DAY, TUESDAY]
    assert late.account.trading_day == WEDNESDAY
