"""A target goes on where the delta of an option is not known, as far as every delta it may have allows."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.facts import AlertRaised, OrderCancelled
from terminal.domain.fact.target_marks import Obstacle, TargetHindered, TargetProposed
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.limits import HedgeBound
from tests.engine_market import CALL, CALL_830, PUT_830, WITH_OPTIONS, WITH_PAIR
from tests.engine_world import CHECKER, DAY, ONE, RISK, I, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.converting import SHOWN
from tests.scenario.targets import KEEPER, ORE, TONNES, marks, ore_limits, start, target
from tests.unit.engine.foreseen import ask

FAR_BELOW: dict[InstrumentId, Shown] = {I: ("600", "600.5"), CALL_830: ("0.5", "1")}
BOUND = HedgeBound(
    group=ORE,
    physical_tonnes=TONNES,
    weights={ProductId("DCE.i"): Decimal(100), ProductId("DCE.i_o"): Decimal(100)},
)


def yard(begin: Begin, shown: dict[InstrumentId, Shown]) -> World:
    limits = msgspec.structs.replace(ore_limits(), hedge_bounds=(BOUND,))
    world = begin(universe=WITH_PAIR, limits=limits)
    world.show({**SHOWN, **shown})
    return world


def expose(world: World, tonnes: int) -> None:
    limits = world.account.limits
    assert limits is not None
    bounds = (msgspec.structs.replace(BOUND, physical_tonnes=Decimal(tonnes)),)
    wanted = msgspec.structs.replace(limits, hedge_bounds=bounds)
    done = world.do(RISK, c.ChangeLimits(account=ONE, base_version=limits.version, limits=wanted))
    if done.code == "CONFIRM2":
        done = world.decide(CHECKER, world.parked)
    assert done.ok


def hindered(world: World) -> list[Obstacle]:
    return [mark.obstacle for mark in marks(world, TargetHindered) if not mark.over]


def test_an_option_that_does_not_tick_stops_nothing(begin: Begin) -> None:
    # Given a target that has done its work beside ten far calls sold, of which nothing is heard any more
    world = yard(begin, {})
    world.sell(45, "830", instrument=I)
    world.sell(10, "40", instrument=CALL_830)
    world.show(FAR_BELOW, last={I: 600})
    assert start(world, target()).ok
    world.wait(10)
    assert world.net(I) == -80
    del world.quotes[CALL_830]
    world.wait(70)
    # When there is more to hedge, it hedges that.
    expose(world, 12_000)
    world.wait(10)
    assert world.net(I) == -96
    assert hindered(world) == []
    assert world.facts(OrderCancelled) == []


def test_a_far_option_without_a_bid_stops_nothing(begin: Begin) -> None:
    # Given ten calls sold that nobody bids for: each moves with the future by no more than its ask says
    world = yard(begin, {})
    world.sell(45, "830", instrument=I)
    world.sell(10, "40", instrument=CALL_830)
    world.show({**FAR_BELOW, CALL_830: (None, "0.5")}, last={I: 600})
    text = "\n".join(ask(world, c.StartStrategy(account=ONE, strategy=KEEPER, settings=target())).details)
    assert "i2101-C-830 没有买价" in text
    assert "i2101-C-830 空 10 手 Delta 0 至 0.0" in text
    # Then the lots are sold that are lacking whatever the calls do.
    assert start(world, target()).ok
    world.wait(20)
    assert world.net(I) == -80
    (proposal,) = marks(world, TargetProposed)
    assert (proposal.lots, proposal.side) == (35, Side.SELL)
    assert Decimal("45.0") < proposal.ratio < Decimal("45.9")


def test_what_is_sold_is_the_fewer_lots_of_both_ends_and_the_rest_waits(begin: Begin) -> None:
    # Given ten calls sold at the money, without a bid: they hedge nothing, or ten lots
    world = yard(begin, {})
    world.sell(45, "830", instrument=I)
    world.sell(10, "40", instrument=CALL_830)
    world.show({CALL_830: (None, "60")})
    assert start(world, target()).ok
    world.wait(80)
    # Then it sells 25 lots, which are lacking even beside ten, and says that the rest hangs on the delta.
    assert world.net(I) == -70
    assert hindered(world) == [Obstacle.NO_DELTA]
    (proposal,) = marks(world, TargetProposed)
    assert (proposal.lots, proposal.ratio, proposal.after) == (25, Decimal("55.0"), Decimal("80.0"))
    assert proposal.futures == -5500
    # When it is known, the rest follows.
    world.show({CALL_830: ("40", "40.5")})
    world.wait(10)
    assert world.net(I) == -75


def test_a_delta_that_is_lost_again_after_it_was_known_is_told_again_on_the_same_day(begin: Begin) -> None:
    # Given a target that has told that it hangs on a delta nobody knows, until somebody bids again
    world = yard(begin, {})
    world.sell(45, "830", instrument=I)
    world.sell(10, "40", instrument=CALL_830)
    world.show({CALL_830: (None, "60")})
    assert start(world, target()).ok
    world.wait(80)
    assert told(world) == [False]
    world.wait(60)
    world.show({CALL_830: ("40", "40.5")})
    world.wait(2)
    assert told(world) == [False, True]  # known again, which is no alert
    assert len(alerts(world)) == 1
    # When the bid is gone again a little later, then a book that flickers is not told,
    world.show({CALL_830: (None, "60")}, after=60)
    world.wait(2)
    assert told(world) == [False, True]
    # and one that stays so is, with an alert.
    world.show(after=600)
    assert told(world) == [False, True, False]
    assert len(alerts(world)) == 2


def told(world: World) -> list[bool]:
    """Whether each statement about a delta says that it is known again."""
    return [mark.over for mark in marks(world, TargetHindered) if mark.obstacle is Obstacle.NO_DELTA]


def alerts(world: World) -> list[AlertRaised]:
    return [one for one in world.facts(AlertRaised) if one.code == "TARGET_HINDERED"]


def test_a_call_that_ends_today_stops_nothing_but_its_own_lot(begin: Begin) -> None:
    # Given a call of one per cent of the exposure, on its last day
    world = begin(
        universe=WITH_OPTIONS,
        limits=msgspec.structs.replace(ore_limits(), hedge_bounds=(BOUND,)),
        at=instant(DAY, 9, 1),
    )
    world.show({I: ("830", "830.5"), CALL: ("10.5", "11")}, last={I: 830})
    world.sell(1, "10.5", instrument=CALL)
    world.sell(45, "830", instrument=I)
    assert start(world, target()).ok
    world.wait(20)
    assert world.net(I) == -79  # with the call 80 %


def test_an_order_on_an_option_without_a_bid_counts_as_what_it_may_bring(begin: Begin) -> None:
    # Given a target in its band, and a put without a bid that somebody bids for, far below the market
    world = yard(begin, {})
    assert start(world, target()).ok
    world.wait(10)
    assert world.net(I) == -80
    assert world.order(Side.BUY, 1, "30", instrument=PUT_830).ok
    world.show({PUT_830: (None, "39.5")})
    # When there is more to hedge, all of it is hedged but the lot that may come.
    expose(world, 12_000)
    world.wait(10)
    assert world.net(PUT_830) == 0
    assert world.net(I) == -95
    assert hindered(world) == []


def test_with_too_much_hedged_it_buys_back_what_is_too_much_whatever_the_delta(begin: Begin) -> None:
    # Given 100 futures and ten calls sold, these at the money and without a bid: 100 to 110 % are hedged
    world = yard(begin, {})
    expose(world, 14_000)
    world.sell(100, "830", instrument=I)
    world.sell(10, "40", instrument=CALL_830)
    expose(world, 10_000)
    world.show({CALL_830: (None, "60")})
    assert start(world, target()).ok
    world.wait(80)
    # Then it buys ten lots back, those that are too many without the calls.
    assert world.net(I) == -90
    (proposal,) = marks(world, TargetProposed)
    assert (proposal.side, proposal.ratio, proposal.futures) == (Side.BUY, Decimal("100.0"), -10_000)
    assert hindered(world) == [Obstacle.NO_DELTA]
