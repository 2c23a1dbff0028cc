"""A hedge waits for nothing but its market: not for the hedge before it, nor for another strategy's equal order."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain.fact.facts import OrderFilled, OrderRecorded, OrderRefused, StrategyMarked
from terminal.domain.fact.marks import LegBroken
from terminal.domain.ids import StrategyId, TradeId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import SpreadLeg
from terminal.domain.reports import Traded
from tests.engine_market import AU, WITH_GOLD
from tests.engine_world import FAR, LIMITS, RB, TRADER, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, SPREAD, roll_settings, show, spread_settings, start_spread
from tests.scenario.test_spread_quotes import began, quoting
from tests.unit.engine.foreseen import start

ANOTHER = StrategyId("another")


def sold(world: World) -> list[int]:
    return [one.terms.lots for one in world.facts(OrderRecorded) if one.terms.instrument == FAR]


def parts(world: World, *lots: int) -> list[Traded]:
    """Return what the wire holds back of one order, as three others met it."""
    (whole,) = world.wire.take_held()
    assert isinstance(whole, Traded)
    assert sum(lots) == whole.lots
    return [replace(whole, lots=one, trade=TradeId(f"{whole.trade}-{place}")) for place, one in enumerate(lots)]


def test_one_order_that_met_three_others_is_hedged_by_one_as_soon_as_its_last_fill_is_told(begin: Begin) -> None:
    # Given a spread whose active leg has taken three lots, one from each of three others
    world = begin()
    start_spread(world)
    world.wire.hold = (Traded,)
    show(world)
    world.wire.hold = ()
    first, second, third = parts(world, 1, 1, 1)
    # When they are told one after the other
    world.tell(first)
    world.tell(second)
    assert sold(world) == []
    world.tell(third)
    # Then three lots of the far month are sold in the same moment, by one order.
    assert sold(world) == [3]
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_fill_whose_fellows_are_not_told_is_hedged_with_the_next_look(begin: Begin) -> None:
    world = begin()
    start_spread(world)
    world.wire.hold = (Traded,)
    show(world)
    world.wire.hold = ()
    first, rest = parts(world, 1, 2)
    world.tell(first)
    world.show(after=0.25)
    assert sold(world) == []
    world.show(after=0.25)
    assert sold(world) == [1]
    # What comes late is hedged as late, and at once: it does not wait for the pace of orders.
    world.tell(rest)
    assert sold(world) == [1, 2]
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_equal_fills_of_a_quote_are_each_hedged_at_once_though_the_orders_are_the_same(begin: Begin) -> None:
    # Given rebar that rests, of which others take a lot each, half a second apart
    world = began(begin, quoting(sets=4, max_sets=4, naked_lots=8))
    world.wire.hold = (Traded,)
    world.show({RB: (3694, 3695)})
    world.wire.hold = ()
    for part in parts(world, 1, 1, 1, 1):
        world.tell(part)
        world.show(after=0.5)
        # Then none of them stands alone when the next quote comes.
        assert world.net(RB) == -world.net(FAR)
    assert sold(world) == [1, 1, 1, 1]
    assert not world.facts(OrderRefused)


def test_hedges_one_upon_the_other_never_come_to_what_pauses_a_strategy(begin: Begin) -> None:
    # Given a quote of sixty lots of which one lot is taken every half second
    world = began(begin, quoting(sets=60, max_sets=60, naked_lots=60))
    world.wire.hold = (Traded,)
    world.show({RB: (3694, 3695)})
    world.wire.hold = ()
    for part in parts(world, *[1] * 60):
        world.tell(part)
        world.show(after=0.5)
    world.wait(5)
    # Then the first go out at once, later ones are put together, and the gate has refused none (C9, C10).
    assert sold(world)[:4] == [1] * 4
    assert len(sold(world)) < 20
    assert (world.net(RB), world.net(FAR)) == (60, -60)
    assert not world.facts(OrderRefused)


def test_two_spreads_that_take_the_same_at_once_are_both_hedged(begin: Begin) -> None:
    # Given two strategies of one account that wait for the same price
    world = begin()
    start_spread(world)
    done = world.do(TRADER, start(spread_settings(), ANOTHER))
    assert done.ok, done.sentence
    # When it comes
    show(world)
    # Then each buys and sells what it wants: neither repeats the other.
    assert {one.cause.strategy for one in world.facts(OrderRecorded)} == {StrategyId("spread"), ANOTHER}
    assert (world.net(RB), world.net(FAR)) == (6, -6)
    assert not world.facts(OrderRefused)
    assert [one.lots for one in world.facts(OrderFilled) if one.side is Side.SELL] == [3, 3]
    assert {one.price for one in world.facts(OrderFilled)} == {Decimal(3701), Decimal(3600)}


def test_hedges_of_several_legs_at_the_default_message_rate_are_held_back_and_none_is_refused(begin: Begin) -> None:
    # Given a spread of three legs at one exchange whose quote is taken lot by lot, eight lots in a second
    limits = Limits(position_lots=1000, day_loss_yuan=Decimal(100_000_000))
    world = begin(limits=limits, universe=WITH_GOLD, cash=200_000_000)
    world.show({AU: (400, Decimal("400.02"))})
    gold = SpreadLeg(instrument=AU, coefficient=Decimal("-0.1"), lots=-1)
    wanted = quoting(legs=(*spread_settings().legs, gold), buy_at=Decimal(55), sets=8, max_sets=8, naked_lots=16)
    assert world.do(TRADER, start(wanted, SPREAD)).ok
    world.wait(12)
    world.wire.hold = (Traded,)
    world.show({RB: (3694, 3695)})
    world.wire.hold = ()
    for part in parts(world, *[1] * 8):
        world.tell(part)
        world.show(after=0.125)
    world.wait(3)
    # Then the exchange's eight messages a second (C8) make the hedges wait, and none of them is lost over it.
    assert [world.net(name) for name in (RB, FAR, AU)] == [8, -8, -8]
    assert not world.facts(OrderRefused)
    assert not [one for one in world.facts(StrategyMarked) if isinstance(one.mark, LegBroken)]


def test_a_long_round_leaves_no_leg_bare_however_often_its_active_leg_trades(begin: Begin) -> None:
    # Given a spread that takes lot after lot for three minutes, as fast as it may
    world = begin(limits=replace(LIMITS, confirm_value_yuan=Decimal(40_000_000)))
    start_spread(world, sets=90, max_sets=90, naked_lots=1)
    for _ in range(600):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)}, after=0.3)
        # Then the active leg goes no faster than the other one can follow.
        assert world.net(RB) == -world.net(FAR)
    assert world.net(RB) >= 60


def test_a_long_roll_leaves_no_lots_between_the_months(begin: Begin) -> None:
    # Given sixty lots to be rolled one by one, whose near orders somebody always takes at once
    world = begin(limits=replace(LIMITS, confirm_value_yuan=Decimal(40_000_000)))
    for _ in range(3):
        world.buy(20, 3701)
        world.show(after=3)
    settings = replace(roll_settings(), lots=60, batch_lots=60, naked_lots=1)
    assert world.do(TRADER, start(settings, ROLL)).ok
    for _ in range(500):
        resting = [int(row.terms.price) for row in world.account.live.values() if row.terms.instrument == RB]
        bid = resting[0] if resting else 3700
        world.show({RB: (bid, bid + 1), FAR: (3600, 3602)}, after=0.3)
        # Then each lot has its place when the next quote comes.
        assert world.net(RB) + world.net(FAR) == 60
    assert world.net(FAR) == 60
