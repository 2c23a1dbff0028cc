"""What a price condition makes of a locked market, an old trade and a break (C12, C13)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.market import Column, DayFacts, Valid
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Offset, Side
from terminal.domain.reports import Removed
from terminal.engine.books.conditional import ConditionalRow
from terminal.engine.conditional.release import FAILED
from tests.engine_market import terms
from tests.engine_world import DAY, NEXT_DAY, NEXT_NIGHT, ONE, RB, TRADER, Price, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import ABOVE, BELOW, close, place, reaches, sent, wanted

FIRST = d.WhenShort.CANCEL_FIRST
LAST_STOP = reaches(3690, BELOW, quoted=d.Quoted.LAST)


def close_by_hand(world: World, lots: int, price: Price) -> None:
    body = c.ClosePosition(account=ONE, terms=terms(Side.SELL, lots, price, offset=Offset.CLOSE))
    assert world.do(TRADER, body).ok


# --- locked at the limit ----------------------------------------------------------------------------------------


def limits(world: World) -> None:
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, upper_limit=3800, lower_limit=3600)])


def test_at_the_lower_limit_an_empty_bid_is_below_every_stop(begin: Begin) -> None:
    world = begin()
    world.buy(3, 3701)
    limits(world)
    even = d.BreaksEven(instrument=RB, side=Side.BUY, way=BELOW)
    world.show({RB: (3706, 3707)})
    stops = [place(world, wanted(one, close(1))) for one in (reaches(3690, BELOW), even)]
    profit = place(world, wanted(reaches(3750), close(1)))
    world.show({RB: (None, 3600)}, last={RB: 3600})
    assert [one.state for one in (*stops, profit)] == [S.RELEASED, S.RELEASED, S.WAITING]
    assert [one.price for one in sent(world, 1)] == [Decimal(3600)] * 2
    assert stops[0].seen == "rb2101 涨跌停，没有买价，按 3600"


def test_at_the_upper_limit_an_empty_ask_is_above_every_stop(begin: Begin) -> None:
    world = begin()
    assert world.order(Side.SELL, 2, 3700).ok
    limits(world)
    row = place(world, wanted(reaches(3710, ABOVE, quoted=d.Quoted.ASK), close(2, side=Side.BUY)))
    world.show({RB: (3800, None)}, last={RB: 3800})
    assert (row.state, sent(world, 1)[0].price) == (S.RELEASED, Decimal(3800))


def test_an_empty_side_away_from_the_limit_says_nothing(begin: Begin) -> None:
    world = begin()
    world.buy(2, 3701)
    limits(world)
    row = place(world, wanted(reaches(3690, BELOW), close(2)))
    world.show({RB: (None, 3601)}, last={RB: 3601})
    assert row.state is S.WAITING


# --- the trade a last price tells of ----------------------------------------------------------------------------


def traded(world: World, at: int, last: Price, volume: int, quote: tuple[Price, Price] = (3700, 3701)) -> None:
    """Show quotes that carry the last trade and the day's volume on, as an exchange does."""
    world.at = at
    world.grow({RB: quote}, last={RB: last})
    rows = world.market.grown[-1].rows
    rows[:, Column.VOLUME] = volume
    rows[:, Column.MASK] |= int(Valid.VOLUME)
    world.drain()


def last_stop(world: World) -> ConditionalRow:
    return place(world, wanted(LAST_STOP, close(2), d.Validity.GTC))


def night(begin: Begin) -> World:
    world = begin(at=instant(DAY, 14, 59, 30))
    world.buy(2, 3701)
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    return world


def test_a_trade_that_the_runner_did_not_see_lets_no_last_price_stop_go(begin: Begin) -> None:
    world = night(begin)
    traded(world, NEXT_NIGHT, 3700, 100)
    last_stop(world)
    world.restart()
    morning = instant(NEXT_DAY, 9)
    for second in range(3):  # it was traded at 3685 in the night, and 3720 is what the market pays
        traded(world, morning + second * 10**9, 3685, 150, (3720, 3721))
    (row,) = world.account.conditionals.rows.values()
    assert (row.state, world.net()) == (S.WAITING, 2)
    traded(world, morning + 4 * 10**9, 3685, 151, (3720, 3721))
    assert (row.state, world.net()) == (S.RELEASED, 0)


def test_a_last_price_of_before_the_break_counts_no_more_after_it(begin: Begin) -> None:
    world = begin(at=instant(DAY, 10, 14))
    world.buy(2, 3701)
    traded(world, instant(DAY, 10, 14, 30), 3685, 100)
    traded(world, instant(DAY, 10, 14, 40), 3685, 120)
    traded(world, instant(DAY, 10, 20), 3685, 120)
    row = last_stop(world)
    traded(world, instant(DAY, 10, 30), 3685, 120)
    assert row.state is S.WAITING
    traded(world, instant(DAY, 10, 30, 1), 3685, 121)
    assert row.state is S.RELEASED


def test_a_trade_of_the_opening_auction_counts_at_the_opening(begin: Begin) -> None:
    world = night(begin)
    row = last_stop(world)
    for before in (180, 120):  # the first of them brings the login of the new day
        traded(world, NEXT_NIGHT - before * 10**9, 3700, 0)
    traded(world, NEXT_NIGHT - 60 * 10**9, 3685, 40)
    assert row.state is S.WAITING
    traded(world, NEXT_NIGHT, 3685, 40)
    assert row.state is S.RELEASED


# --- a break, and lots that are not there -----------------------------------------------------------------------


@pytest.mark.parametrize("price", [d.AtPrice(price=Decimal(3680)), d.AtOpposite(ticks=2)])
def test_a_stop_whose_way_is_free_in_a_break_goes_out_after_it(begin: Begin, price: d.ReleasePrice) -> None:
    world = begin(at=instant(DAY, 10, 14, 50))
    world.buy(2, 3701)
    close_by_hand(world, 2, 3720)
    row = place(world, wanted(reaches(3690, BELOW), msgspec.structs.replace(close(2, when_short=FIRST), price=price)))
    world.wire.hold = (Removed,)
    world.show_at(instant(DAY, 10, 14, 59), {RB: (3690, 3691)})
    world.show_at(instant(DAY, 10, 15, 2))
    world.tell_held()
    world.wait(3)
    assert (row.state, len(sent(world))) == (S.TRIGGERED, 2)
    world.show_at(instant(DAY, 10, 30, 1), {RB: (3690, 3691)})
    assert (row.state, world.net()) == (S.RELEASED, 0)


def test_a_stop_that_closes_fewer_lots_than_are_held_says_so(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    close_by_hand(world, 2, 3720)
    close_by_hand(world, 3, 3721)
    row = place(world, wanted(reaches(3690, BELOW), close(5, when_short=FIRST)))
    world.wire.hold = (Removed,)
    world.show({RB: (3690, 3691)})
    one, other = world.wire.take_held()
    world.wire.hold = ()
    world.tell(one)
    close_by_hand(world, 2, 3722)  # a person takes the lots that have just become free
    world.tell(other)
    world.wait(2)
    assert (row.state, world.net()) == (S.RELEASED, 2)
    (told,) = [one.sentence for one in world.facts(AlertRaised) if one.code == FAILED]
    assert "可平 3 手，少于要平的 5 手，平可平的，现持有 5 手" in told
