"""A fill told after its trading day was settled belongs to that day, as it does at the exchange (SAFETY I8)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from terminal.backtest.performance import performance
from terminal.domain.commands import ClosePosition
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import OrderFilled, SettlementCorrected
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, Side
from terminal.domain.reports import Traded
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, TRADER, World, terms
from tests.scenario.conftest import Begin
from tests.settled_days import days_of
from tests.told_marks import recomputed

TUESDAY = 20200825
FLAG = HedgeFlag.SPECULATION


def settlement(price: int, day: int = DAY) -> DayFacts:
    return DayFacts(instrument=RB, trading_day=day, settlement=price)


def told(world: World) -> None:
    """Let the exchange tell what it has held back, and the runner ask it what it holds."""
    world.wire.hold = ()
    world.tell_held()
    world.wait(10)


def lots(world: World, name: InstrumentId = RB) -> tuple[int, int]:
    held = world.account.book.position(name, FLAG)
    return held.long_today, held.long_yesterday


def assert_agrees(world: World) -> None:
    """Assert that nothing is red and every law holds."""
    assert world.account.barrier.differences == ()
    assert world.account.barrier.passed
    world.check()


def assert_same(late: World, in_time: World, folder: Path) -> None:
    """Assert that an account comes to what it would have, had the fill been told on its day."""
    marks = late.engine.columns.last_price
    one, other = late.account.book, in_time.account.book
    assert one.view(marks) == other.view(marks)
    assert one.trade_by_trade(marks) == other.trade_by_trade(marks)
    assert one.runs(RB, FLAG, Side.BUY) == other.runs(RB, FLAG, Side.BUY)
    assert one.unsettled_days() == other.unsettled_days()
    there = days_of(in_time)
    for day, found in days_of(late).items():
        closed, then = found.closed(), there[day].closed()
        assert (closed.before, closed.by_trade, closed.after) == (then.before, then.by_trade, then.after)
        assert found.begun == there[day].begun
    assert marks_of(late, folder) == marks_of(in_time, folder)
    for world in (late, in_time):
        assert_agrees(world)


def marks_of(world: World, folder: Path) -> bytes:
    """Return the daily marks as they are recomputed apart from the fold."""
    with TemporaryDirectory(dir=folder) as own:
        return recomputed(world.journal, Path(own))[1]


def over_the_close(begin: Begin, *, late: bool, facts: tuple[DayFacts, ...]) -> World:
    """Buy two lots half a minute before the close, and go on in the night of Monday."""
    world = begin(at=instant(DAY, 14, 59, 30))
    world.wire.hold = (Traded,) if late else ()
    world.buy(2, 3701)
    world.show(facts=[*facts])
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    told(world)
    return world


@pytest.mark.parametrize("facts", [(settlement(3710),), ()], ids=["settlement price known", "last price stands in"])
def test_lots_bought_before_the_roll_and_told_after_it_are_yesterdays(
    begin: Begin, tmp_path: Path, facts: tuple[DayFacts, ...]
) -> None:
    late, in_time = (over_the_close(begin, late=is_late, facts=facts) for is_late in (True, False))
    assert lots(late) == (0, 2)
    assert_same(late, in_time, tmp_path)
    (fill,) = late.facts(OrderFilled)
    assert fill.late is not None
    assert fill.late.waits is (not facts)
    (said,) = [one.sentence for one in late.account.open_alerts.values() if one.code == "LATE_FILL"]
    assert f"{DAY} 的成交" in said
    assert "开仓 2 手已是昨仓" in said
    # The settlement price that comes later takes the place of what stood in, once, over a restart too.
    late.restart()
    for world in (late, in_time):
        world.show(after=2, facts=[settlement(3710)])
    assert len(late.facts(SettlementCorrected)) == (0 if facts else 1)
    assert_same(late, in_time, tmp_path)
    assert days_of(late)[DAY].closed().before.position_profit == 180  # bought at 3701
    # And 平仓 takes them as the lots of yesterday that they are.
    closing = terms(Side.SELL, 2, 3700, offset=Offset.CLOSE)
    for world in (late, in_time):
        assert world.do(TRADER, ClosePosition(account=ONE, terms=closing)).ok
        world.wait(10)
        order = list(world.account.orders.values())[-1]
        assert (order.terms.offset, order.state) == (Offset.CLOSE_YESTERDAY, OrderState.FILLED)
    assert lots(late) == (0, 0)
    assert_same(late, in_time, tmp_path)


def test_a_close_of_todays_lots_told_after_the_roll_takes_the_lots_of_its_day(begin: Begin, tmp_path: Path) -> None:
    worlds = []
    for is_late in (True, False):
        world = begin(at=instant(DAY, 14, 59, 0))
        world.buy(3, 3701)
        world.wire.hold = (Traded,) if is_late else ()
        assert world.close_long(1, 3699).ok
        world.show(facts=[settlement(3710)])
        world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
        told(world)
        assert lots(world) == (0, 2)
        worlds.append(world)
    assert_same(worlds[0], worlds[1], tmp_path)


def test_what_was_closed_before_it_was_told_was_closed_at_the_same_basis(begin: Begin, tmp_path: Path) -> None:
    worlds = []
    for is_late in (True, False):
        world = begin(at=instant(DAY, 14, 59, 0))
        world.buy(1, 3701)
        world.wire.hold = (Traded,) if is_late else ()
        world.buy(2, 3701)
        world.wire.hold = ()
        world.show(facts=[settlement(3710)])
        world.show_at(NEXT_NIGHT, {RB: (3704, 3705)})
        assert world.close_long(1, 3704, offset=Offset.CLOSE_YESTERDAY).ok
        told(world)
        assert lots(world) == (0, 2)
        worlds.append(world)
    assert_same(worlds[0], worlds[1], tmp_path)


def test_a_fill_told_after_missed_days_goes_through_each_of_their_settlements(begin: Begin, tmp_path: Path) -> None:
    mondays = settlement(3720, NEXT_DAY)
    worlds = []
    for is_late in (True, False):
        world = begin(at=instant(DAY, 14, 59, 30))
        world.wire.hold = (Traded,) if is_late else ()
        world.buy(2, 3701)
        world.show(facts=[settlement(3690)])
        world.show_at(instant(TUESDAY, 21, 0, 1), {RB: (3640, 3641)}, facts=[mondays])
        told(world)
        assert lots(world) == (0, 2)
        worlds.append(world)
    late, _ = worlds
    assert [day.closed().before.position_profit for day in days_of(late).values()] == [-220, 600, 0]
    for world in worlds:
        world.show(after=2, facts=[settlement(3650, TUESDAY)])
    assert [day.closed().before.position_profit for day in days_of(late).values()] == [-220, 600, -1400]
    assert_same(worlds[0], worlds[1], tmp_path)


def test_a_fill_told_days_late_is_in_its_own_day_and_every_day_begins_where_the_one_before_it_ended(
    begin: Begin, tmp_path: Path
) -> None:
    worlds = []
    for is_late in (True, False):
        world = begin(at=instant(DAY, 14, 59, 30))
        world.wire.hold = (Traded,) if is_late else ()
        world.buy(2, 3701)
        world.show(facts=[settlement(3690)])
        world.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
        world.show(after=2, facts=[settlement(3720, NEXT_DAY)])
        world.show_at(instant(NEXT_DAY, 21, 0, 1), {RB: (3640, 3641)})
        world.show(after=2, facts=[settlement(3650, TUESDAY)])
        world.show_at(instant(TUESDAY, 21, 0, 1), {RB: (3640, 3641)})
        told(world)
        worlds.append(world)
    late, in_time = worlds
    assert [day.closed().before.position_profit for day in days_of(late).values()] == [-220, 600, -1400]
    assert_same(late, in_time, tmp_path)
    achieved = [performance(world.journal.replay(), world.engine.look.calendar) for world in worlds]
    (account, _), (there, _) = (found.accounts for found in achieved)
    assert account.earned is not None
    assert account.earned == there.earned
    assert account.start_equity is not None
    assert account.start_equity + account.moved + account.earned.profit == account.equity
