"""The complaints ledger's theme *session and auction rejects*, thread by thread of tqsdk-python, and one of spreads.

`test_spread_sessions` plays all of them over a whole day with a spread; here each stands in its own words.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.days.sessions import Phase
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused, OrderRejected
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Verdict
from tests.engine_market import AU
from tests.engine_world import DAY, FAR, NEXT_DAY, RB, TRADER, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, ROLL, SPREAD, show, spread_settings
from tests.scenario.test_grid import grid
from tests.scenario.test_roll import roll
from tests.scenario.test_spread_sessions import automatic, gold, night, outside
from tests.unit.engine.foreseen import ask, order, start

AUCTION, MATCHED, NIGHT = instant(DAY, 20, 55), instant(DAY, 20, 59), instant(DAY, 21)


def starts_grid(world: World) -> None:
    assert world.do(TRADER, start(grid(), GRID)).ok


def starts_spread(world: World) -> None:
    assert world.do(TRADER, start(spread_settings(), SPREAD)).ok


def starts_roll(world: World) -> None:
    assert world.do(TRADER, start(roll(), ROLL)).ok


def held_before_the_close(begin: Begin) -> World:
    """Begin a world that holds six lots when the day ends."""
    world = begin(at=instant(DAY, 14, 59))
    world.buy(6, 3701)
    world.show_at(instant(DAY, 15, 1))
    return world


STARTS = [starts_grid, starts_spread, starts_roll]


def test_tq_124_what_is_ordered_outside_sessions_is_refused_beforehand_and_by_name(begin: Begin) -> None:
    # tq 124: outside trading hours an order is simply taken.
    world = begin(at=instant(DAY, 10, 20))
    world.show()
    foreseen = ask(world, order(Side.BUY, 1, 3701))
    done = world.order(Side.BUY, 1, 3701)
    assert not done.ok
    assert foreseen.verdict is Verdict.DENY
    assert done.sentence in {one.sentence for one in foreseen.findings}
    assert "10:30 开盘后再报" in done.sentence
    assert world.wire.sent == []


def test_tq_131_an_order_in_an_auction_ends_nobodys_program(begin: Begin) -> None:
    # tq 131: an order sent during the call auction crashes the program.
    known = DayFacts(instrument=RB, trading_day=NEXT_DAY, pre_settlement=3700, upper_limit=3950, lower_limit=3450)
    world = begin(at=instant(DAY, 14, 59), facts=[known])
    world.show_at(AUCTION + 10 * SECOND_NS)
    taken = world.order(Side.BUY, 1, 3700)
    world.show_at(MATCHED + 10 * SECOND_NS)
    late = world.order(Side.BUY, 1, 3699)
    # One is taken or refused in a sentence, never more than that, and the night goes on.
    assert taken.ok
    assert not late.ok
    assert late.sentence
    world.show_at(NIGHT, {RB: (3700, 3701)})
    world.wait(3)
    assert world.buy(1, 3701).filled == 1


def test_tq_155_a_quote_of_a_contract_that_trades_does_not_trade_one_that_does_not(begin: Begin) -> None:
    # tq 155: a tick of one contract at 19:35 makes an order of another trade, whose market is closed.
    world = night(begin, instant(DAY, 23) - 60 * SECOND_NS)
    world.show_at(instant(DAY, 23) + 60 * SECOND_NS, {AU: (470, "470.02")})
    assert not world.order(Side.BUY, 1, 3701).ok
    world.do(TRADER, start(gold(), SPREAD))
    for _ in range(60):
        world.show({AU: (460, "460.02"), RB: (3700, 3701)})
    assert world.engine.look.session(AU).phase is Phase.CONTINUOUS
    assert automatic(world) == []
    assert (world.net(RB), world.lots_there(RB)) == (0, 0)


@pytest.mark.parametrize("starts", STARTS)
def test_tq_210_the_quote_in_which_the_auction_is_matched_starts_nothing_that_is_rejected(
    begin: Begin, starts: Callable[[World], None]
) -> None:
    # tq 210: the quote of the auction's match sets off an order, it is rejected, and the task raises.
    world = held_before_the_close(begin)
    starts(world)
    quotes: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602)}
    for at in (AUCTION, MATCHED - SECOND_NS, MATCHED, MATCHED + SECOND_NS, NIGHT - SECOND_NS):
        world.show_at(at, quotes, last={RB: 3700, FAR: 3601})
        assert automatic(world) == []
    world.show_at(NIGHT, quotes)
    world.wait(10)
    assert automatic(world)
    assert (world.facts(OrderRejected), world.facts(OrderRefused)) == ([], [])
    assert outside(world) == []


@pytest.mark.parametrize("starts", STARTS)
def test_tq_260_no_strategy_orders_outside_trading_hours_and_none_ends_in_an_error(
    begin: Begin, starts: Callable[[World], None]
) -> None:
    # tq 260: a task has to see that it orders in trading hours only; otherwise it exits with an error.
    world = held_before_the_close(begin)
    starts(world)
    for hour, minute in [(hour, minute) for hour in range(15, 24) for minute in range(0, 60, 6)]:
        world.show_at(max(instant(DAY, hour, minute), world.at), {RB: (3700 + minute % 7, 3701 + minute % 7)})
        show(world) if hour < 21 else world.show()
    assert automatic(world)
    assert outside(world) == []
    assert (world.facts(OrderRejected), world.facts(OrderRefused)) == ([], [])
    (row,) = world.account.strategies.values()
    assert row.status in {StrategyStatus.RUNNING, StrategyStatus.FINISHED}


def test_st_7_a_spread_is_not_reckoned_from_legs_whose_times_have_drifted_apart(begin: Begin) -> None:
    # st 7: legs whose quotes are long apart are still subtracted from each other: foreign markets, breaks.
    world = begin()
    starts_spread(world)
    world.show({RB: (3735, 3736)})  # dear
    world.wait(2)
    assert automatic(world) == []
    # When the far month says nothing for over a minute, and rebar alone falls to where the old difference is cheap
    del world.quotes[FAR]
    for _ in range(70):
        world.show({RB: (3735, 3736)})
    world.show({RB: (3700, 3701)})
    world.wait(30)
    assert automatic(world) == []
    # Then it trades as soon as both are of one time.
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    world.wait(5)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
