"""A hedge is chased up to its bounds; a leg that cannot follow is broken, and a round begins only where it can end."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import msgspec

from terminal.domain.days.sessions import Phase
from terminal.domain.fact.marks import Chased, LegBroken, LegRepaired, Repair, RoundBegan, RoundEnded
from terminal.domain.orders.order import Side
from tests.unit.strategies.spreading import FAR, NEAR, calendar, nets, trade, world
from tests.unit.strategies.world import World


def test_a_slow_hedge_is_chased_through_the_opposite_price_tick_by_tick() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    prices = []
    for _ in range(4):
        made.wait(2.2)
        made.step()
        hedge = made.one("leg:1")
        made.accept(hedge)
        prices.append(int(hedge.terms.price))
        made.wait(3)
        made.step()
        assert hedge.cancel_asked
        made.cancelled(hedge)
    assert prices == [7000, 6999, 6998, 6997]
    assert [mark.chase for mark in made.of(Chased)] == [1, 2, 3, 4]
    made.restart()


def test_a_chase_pays_up_no_further_than_own_orders_let_it() -> None:
    # Given a hedge that rests at 7000, where the bid has fallen to 6999, and an own order to buy at 6998
    made = world(90)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.show(NEAR, 6999, 7001)
    made.barred |= {(NEAR, Side.SELL, Decimal(price)) for price in (6998, 6997)}
    # When it has rested for longer than its patience
    made.wait(4)
    made.step()
    assert hedge.cancel_asked
    made.cancelled(hedge)
    made.wait(2.2)
    made.step()
    # Then it goes to the bid, which bars it not; and it does not take back what rests there for a price that is barred.
    chased = made.one("leg:1")
    made.accept(chased)
    assert int(chased.terms.price) == 6999
    made.wait(4)
    made.step()
    assert not chased.cancel_asked


def test_a_chase_that_would_not_better_the_price_is_not_made() -> None:
    legs = tuple(msgspec.structs.replace(leg, pay_up_ticks=0) for leg in calendar().legs)
    made = world(90, legs=legs)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    for _ in range(15):
        made.wait(1)
        made.step()
    assert not hedge.cancel_asked
    made.show(NEAR, 6998, 6999)
    made.step()
    assert hedge.cancel_asked


def test_a_leg_with_patience_of_its_own_is_chased_and_broken_by_it() -> None:
    lead, follower = calendar().legs
    made = world(90, legs=(lead, msgspec.structs.replace(follower, hedge_seconds=9, max_chases=1)))
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    for second in range(1, 10):
        made.wait(1)
        made.step()
        assert hedge.cancel_asked is (second == 9), "the others wait three seconds"
    made.cancelled(hedge)
    made.step()
    made.accept(made.one("leg:1"))
    made.wait(8)
    made.step()
    assert not made.of(LegBroken)
    made.wait(1)
    made.step()
    assert len(made.of(LegBroken)) == 1, "after 9 x (1 + 1) seconds"


def test_paying_up_stops_at_the_daily_limit() -> None:
    made = world(90, legs=tuple(msgspec.structs.replace(leg, pay_up_ticks=4) for leg in calendar().legs))
    made.show(NEAR, 7000, 7001, limits=(6998, 8000))
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.wait(3)
    made.step()
    made.cancelled(hedge)
    made.step()
    assert int(made.one("leg:1").terms.price) == 6998


def test_a_fill_that_races_its_chase_is_hedged_once() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.wait(4)
    made.step()
    made.cancelled(hedge, owed=2)
    made.wait(3)
    made.step()
    assert made.one("leg:1").terms.lots == 1
    made.fill(made.one("leg:1"))
    made.fill(hedge, 2)
    made.wait(3)
    trade(made)
    assert nets(made) == [3, -3]


def test_an_unknown_hedge_is_never_sent_again_and_stops_the_active_leg() -> None:
    made = world(90, sets=1)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.lost(hedge)
    for _ in range(100):
        made.wait(1)
        made.step()
    assert len(made.book) == 2
    made.fill(hedge)
    trade(made)
    assert nets(made) == [1, -1]


def test_an_unknown_active_order_is_hedged_only_by_what_it_filled() -> None:
    made = world(90)
    made.step()
    made.lost(made.one())
    made.wait(30)
    made.step()
    assert len(made.book) == 1
    made.fill(made.one(), 1)
    made.wait(0.3)  # in which a second part may be told
    made.step()
    assert made.one("leg:1").terms.lots == 1


def break_hedges(made: World, seconds: int) -> None:
    """Reject every hedge for a while; active orders take what is displayed."""
    for _ in range(seconds):
        made.step()
        for row in made.live():
            if "leg:0" in row.tag:
                made.take(row)
            else:
                made.rejected(row)
        made.wait(1)


def test_a_leg_that_cannot_follow_is_broken_paid_up_and_then_unwound() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    break_hedges(made, 90)
    broken = made.of(LegBroken)
    assert [mark.repair for mark in broken] == [Repair.PAY_UP, Repair.UNWIND]
    assert (broken[0].lots, broken[0].value_yuan) == (3, Decimal(7000 * 3 * 10))
    assert nets(made) == [0, 0]
    assert len(made.of(LegRepaired)) == 1
    assert len(made.of(RoundEnded)) == 1
    made.restart()


def test_after_a_broken_round_the_pause_grows() -> None:
    made = world(90)
    began = []
    for _ in range(4):
        made.wait(3)
    for _ in range(1200):
        before = len(made.of(RoundBegan))
        break_hedges(made, 1)
        if len(made.of(RoundBegan)) > before:
            began.append(made.at)
    gaps = [(after - before) / 1e9 for before, after in pairwise(began)]
    assert len(began) >= 3
    assert all(after > before + 30 for before, after in pairwise(gaps))


def test_a_limit_locked_hedge_leg_sends_nothing_and_the_active_leg_is_unwound() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.show(NEAR, None, 7000, limits=(7000, 8000))
    sent = len(made.messages)
    for _ in range(60):
        made.wait(1)
        made.step()
        for row in made.live():
            assert "leg:0" in row.tag
            made.take(row)
    assert nets(made) == [0, 0]
    assert len(made.messages) - sent <= 3
    assert [mark.repair for mark in made.of(LegBroken)] == [Repair.UNWIND]


def test_a_locked_or_closed_or_stale_leg_begins_no_round() -> None:
    locked = world(90)
    locked.show(NEAR, 7000, 7001, limits=(7001, 8000))
    locked.step()
    assert locked.book == {}
    closed = world(90)
    closed.phase(Phase.CLOSED, only=NEAR)
    closed.step()
    assert closed.book == {}
    stale = world(90)
    stale.wait(61, refresh=False)
    stale.show(FAR, 7089, 7090)
    stale.step()
    assert stale.book == {}


def test_the_active_leg_keeps_time_to_hedge_before_a_break() -> None:
    made = world(90)
    made.phase(Phase.CONTINUOUS, ends_in=20, only=NEAR)
    made.refresh()
    made.step()
    assert made.book == {}
    made.phase(Phase.CONTINUOUS, ends_in=22, only=NEAR)
    made.refresh()
    made.step()
    assert len(made.book) == 1


def test_a_break_is_no_delay_and_hedging_goes_on_after_it() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.step()
    hedge = made.one("leg:1")
    made.accept(hedge)
    made.phase(Phase.BREAK)
    for _ in range(10):
        made.wait(600)
        made.step()
    assert not made.of(LegBroken)
    assert len(made.book) == 2
    made.phase(Phase.CONTINUOUS)
    made.refresh()
    made.step()
    made.fill(hedge)
    trade(made)
    assert nets(made) == [3, -3]


def test_hedges_that_may_not_open_wait_for_the_level() -> None:
    made = world(90)
    made.step()
    made.take(made.one())
    made.open_allowed = False
    for _ in range(10):
        made.wait(1)
        made.step()
    assert len(made.book) == 1
    made.open_allowed = True
    made.wait(1)
    trade(made)
    assert nets(made) == [3, -3]


def test_a_refused_active_order_does_not_knock_on_every_tick() -> None:
    made = world(90)
    made.gate = lambda _: False
    for _ in range(600):
        made.wait(0.5)
        made.step()
    assert made.refused <= 11


def test_an_empty_immediate_order_backs_off() -> None:
    made = world(90)
    for _ in range(240):
        made.wait(0.5)
        made.step()
        for row in made.live():
            made.cancelled(row)
    assert len(made.book) <= 9
