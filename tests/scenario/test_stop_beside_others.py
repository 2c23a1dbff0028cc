"""Stops where something else is in the way: a market that opens locked, and a lock that still rests."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, OrderRecorded
from terminal.domain.market import Column, DayFacts, Valid
from terminal.domain.orders import conditional as d
from terminal.domain.orders.conditional import ConditionalState as S
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.engine.conditional.release import FAILED
from terminal.risk.left_bare import LEFT_BARE
from tests.engine_market import LATER, NEXT_DAY, NEXT_NIGHT, WITH_OPTIONS, terms
from tests.engine_world import DAY, ONE, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.waiting_orders import BELOW, close, place, reaches, sent, wanted

SECOND = 1_000_000_000


def lock_five_at_3720(begin: Begin) -> World:
    world = begin()
    world.buy(5, 3701)
    done = world.do(TRADER, c.LockPosition(account=ONE, terms=terms(Side.SELL, 5, 3720)))
    assert done.ok, done.sentence
    return world


@pytest.mark.parametrize("quoted", [d.Quoted.BID, d.Quoted.LAST])
def test_a_stop_in_a_market_that_opens_locked_queues_at_the_limit_and_not_at_yesterdays_last_price(
    begin: Begin, quoted: d.Quoted
) -> None:
    world = begin(at=instant(DAY, 14, 50))
    world.buy(3, 3701)
    row = place(world, wanted(reaches(3690, BELOW, quoted=quoted), close(3), d.Validity.GTC))
    world.show(facts=[DayFacts(instrument=RB, trading_day=DAY, settlement=3700)])
    limits = DayFacts(instrument=RB, trading_day=NEXT_DAY, pre_settlement=3700, upper_limit=3900, lower_limit=3500)
    world.show_at(NEXT_NIGHT - 180 * SECOND, facts=[limits])
    for second in range(3):
        world.at = NEXT_NIGHT + second * SECOND
        world.grow({RB: (None, 3500)}, last={RB: 3702})
        rows = world.market.grown[-1].rows
        rows[:, Column.VOLUME] = 0
        rows[:, Column.MASK] |= int(Valid.VOLUME)
        world.drain()
    assert row.state is S.RELEASED
    assert [(one.price, one.lots, one.offset) for one in sent(world, 1)] == [(Decimal(3500), 3, Offset.CLOSE_YESTERDAY)]


def test_a_stop_that_takes_the_lots_of_a_resting_lock_goes_out_and_tells_of_it(begin: Begin) -> None:
    world = lock_five_at_3720(begin)
    place(world, wanted(reaches(3690, BELOW), close(5)))
    world.show({RB: (3690, 3691)})
    world.wait(3)
    assert world.net() == 0
    (alert,) = [one for one in world.facts(AlertRaised) if one.code == LEFT_BARE]
    assert "A1-00000002" in alert.sentence
    assert "撤掉" in alert.sentence


def test_a_close_by_hand_over_a_resting_lock_goes_out_with_the_warning_on_record(begin: Begin) -> None:
    world = lock_five_at_3720(begin)
    done = world.order(Side.SELL, 5, 3700, offset=Offset.CLOSE_TODAY)
    assert done.ok, done.sentence
    assert LEFT_BARE in [one.code for one in world.facts(OrderRecorded)[-1].findings]
    assert not [one for one in world.facts(AlertRaised) if one.code == LEFT_BARE], "the person saw it beforehand"


def test_a_stop_takes_back_a_close_by_hand_and_leaves_what_another_stop_has_sent(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    by_hand = world.close_long(2, 3720)
    assert by_hand.ok
    for lots in (3, 2):
        place(world, wanted(reaches(3690, BELOW), close(lots, when_short=d.WhenShort.CANCEL_FIRST)))
    world.show({RB: (3690, 3691)}, lots=1)
    world.show({RB: (3680, 3681)}, lots=1)
    world.wait(3)
    cancelled = [row.terms.lots for row in world.account.orders.values() if row.state is OrderState.CANCELLED]
    assert (cancelled, [row.terms.lots for row in world.account.live.values()]) == ([2], [3, 2])
    assert not [one for one in world.facts(AlertRaised) if one.code == FAILED]


def test_a_stop_takes_back_what_another_has_sent_where_the_lots_are_not_enough_without(begin: Begin) -> None:
    world = begin()
    world.buy(5, 3701)
    for price in (3690, 3680):
        place(world, wanted(reaches(price, BELOW), close(5, when_short=d.WhenShort.CANCEL_FIRST)))
    world.show({RB: (3690, 3691)}, lots=1)
    world.show({RB: (3680, 3681)}, lots=1)
    world.wait(3)
    first, second = list(world.account.orders.values())[1:]
    assert (first.state, second.terms.lots + first.filled) == (OrderState.CANCELLED, 5)


def test_a_stop_on_an_option_is_refused_as_that_and_not_as_a_wrong_code(begin: Begin) -> None:
    world = begin(at=instant(DAY, 14, 50), universe=WITH_OPTIONS)
    world.show({LATER: ("22", "22.5")})
    world.buy(2, "22.5", instrument=LATER)
    stop = wanted(reaches(20, BELOW, instrument=LATER), close(2, instrument=LATER))
    for body in (c.PlaceConditional(account=ONE, wanted=stop), c.GuardPosition(account=ONE, exits=(stop,))):
        done = world.do(TRADER, body)
        assert (done.code, "i2101-C-810 是期权" in done.sentence) == ("BAD_CONDITIONAL", True), done.sentence
