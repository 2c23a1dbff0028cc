"""A leg of uneven lots that follows in part is taken back whole: 1 : 5, two of five sold, and nobody bids any more."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain.fact.facts import OrderFilled, StrategyMarked
from terminal.domain.fact.marks import LegBroken, Repair, RoundEnded
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import SpreadLeg, SpreadSettings
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_world import AP, FAR, ONE, RB, TRADER, World, run
from tests.scenario.legs import SPREAD, alerts
from tests.unit.engine.foreseen import ask, start

ONE_TO_FIVE = SpreadSettings(
    account=ONE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(5), lots=1, active=True),
        SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-5),
    ),
    buy_at=Decimal(15_000),
    sell_at=Decimal(16_000),
    sets=1,
    max_sets=1,
    naked_lots=10,
    hedge_seconds=3,
    max_chases=2,
)
THREE = replace(
    ONE_TO_FIVE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=2, active=True),
        SpreadLeg(instrument=FAR, coefficient=Decimal(-1), lots=-2),
        SpreadLeg(instrument=AP, coefficient=Decimal(-1), lots=-2),
    ),
    buy_at=Decimal(0),
    sell_at=Decimal(1000),
)


def both_arrive(world: World, lots: int) -> None:
    """Bring in the active leg's order, and the hedge that follows it once the market shows so many lots."""
    for there, holds in ((500, True), (lots, False)):
        world.grow(lots=there)
        world.drain()
        run(world.wire.arrive())
        world.wire.hold_orders = holds
        world.drain()
        world.wait(holds)


def followed_in_part(world: World, settings: SpreadSettings, lots: int) -> None:
    """Let the active leg buy and so many lots of the far month follow, of which then nobody bids for any more."""
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    world.wire.hold_orders = True
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.show()
    both_arrive(world, lots)
    world.show({FAR: (None, 3590)}, last={FAR: 3590}, lots=lots)
    assert (world.net(RB), world.net(FAR)) == (1, -lots)


def broken(world: World) -> list[Repair]:
    return [one.mark.repair for one in world.facts(StrategyMarked) if isinstance(one.mark, LegBroken)]


def shown(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.show(last={FAR: 3590})


def test_a_hedge_filled_in_part_is_given_back_with_its_leg_at_the_maximum_loss(world: World) -> None:
    # Given one lot of rebar bought, two of five sold, and a far month that nobody bids for
    followed_in_part(world, replace(ONE_TO_FIVE, max_loss_yuan=Decimal(500)), 2)
    # When rebar falls by 300
    world.show({RB: (3400, 3401)}, last={FAR: 3590})
    shown(world, 10)
    # Then both legs are out within seconds, the round is over, and what people were told is what was done.
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert broken(world) == [Repair.UNWIND]
    (told,) = alerts(world, "LEG_BROKEN")
    assert "rb2105" in told.sentence
    assert "缺 3 手" in told.sentence
    assert "反平将亏到最大亏损，不再等待，反向平掉已成交的腿" in told.sentence
    assert any(isinstance(one.mark, RoundEnded) for one in world.facts(StrategyMarked))


@pytest.mark.parametrize("lots", [1, 2, 4])
def test_without_a_maximum_loss_it_is_given_back_once_its_chases_are_over(world: World, lots: int) -> None:
    followed_in_part(world, ONE_TO_FIVE, lots)
    shown(world, 5)
    assert world.net(RB) == 1
    shown(world, 15)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert broken(world) == [Repair.UNWIND]


def test_what_could_not_be_given_back_keeps_its_leg_and_that_is_what_people_are_told(world: World) -> None:
    # Given four of five sold, and a far month in which nobody quotes at all
    followed_in_part(world, replace(ONE_TO_FIVE, max_loss_yuan=Decimal(500)), 4)
    world.show({RB: (3400, 3401), FAR: (None, None)}, last={FAR: 3590})
    shown(world, 20)
    # Then rebar stays: four lots alone are more than the one that lacks.
    assert (world.net(RB), world.net(FAR)) == (1, -4)
    (told,) = alerts(world, "LEG_BROKEN")
    assert told.sentence.endswith(
        "断腿：rb2105 没有对手价；主动腿退回会多出 rb2105 4 手，现在平不掉，能报时再补齐或反平。"
    )
    # When somebody offers the far month, then all of it goes back.
    world.show({FAR: (None, 3590)}, last={FAR: 3590})
    shown(world, 15)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert broken(world) == [Repair.PAY_UP, Repair.UNWIND]


def test_fewer_lots_over_than_lacking_go_back_though_they_cannot_be_given_back_yet(world: World) -> None:
    followed_in_part(world, ONE_TO_FIVE, 2)
    world.show({FAR: (None, None)}, last={FAR: 3590})
    shown(world, 20)
    assert (world.net(RB), world.net(FAR)) == (0, -2)
    memory = world.account.strategies[SPREAD].memory
    assert isinstance(memory, SpreadMemory)
    assert memory.legs[1].broken is Repair.UNWIND
    world.show({FAR: (None, 3590)}, last={FAR: 3590})
    shown(world, 5)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_closing_round_that_its_hedge_follows_in_part_goes_back_to_its_set(world: World) -> None:
    # Given a set held, the spread dear, one lot of rebar sold and two of five bought back when nobody offers any more
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    settings = replace(ONE_TO_FIVE, pause_seconds=0)
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.wait(5)
    assert (world.net(RB), world.net(FAR)) == (1, -5)
    world.wire.hold_orders = True
    world.show({RB: (4000, 4001)}, last={RB: 4000})
    both_arrive(world, 2)
    # (The spread is in the middle again, so that no new round begins.)
    world.show({RB: (3800, 3801), FAR: (3612, None)}, last={FAR: 3612}, lots=2)
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    # When its chases are over
    for _ in range(20):
        world.show(last={FAR: 3612})
    # Then it stands where the round began.
    assert (world.net(RB), world.net(FAR)) == (1, -5)
    assert broken(world) == [Repair.UNWIND]


def third_locked(world: World, settings: SpreadSettings) -> None:
    """Buy rebar and sell the far month while nobody bids for the apples that are to be sold beside it."""
    world.show({RB: (3700, 3701), FAR: (3590, 3600), AP: (7400, 7401)})
    world.wire.hold_orders = True
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.show()
    world.wait(2)
    world.show({AP: (None, 7390)}, last={AP: 7390})
    world.arrive()
    for _ in range(3):
        world.show(last={AP: 7390})
    assert (world.net(RB), world.net(FAR), world.net(AP)) == (2, -2, 0)


def test_the_printed_way_back_of_three_legs_is_what_it_costs(world: World) -> None:
    # Given a preview that tells the way back of rebar and of the leg that followed
    world.show({RB: (3700, 3701), FAR: (3590, 3600), AP: (7400, 7401)})
    seen = next(one for one in ask(world, start(THREE, SPREAD)).details if "买入，AP101 缺 2 手" in one)
    assert seen.endswith("反平 卖 rb2101 2 手 @3700、买 rb2105 2 手 @3600（约亏 ¥220）")
    # When the third leg cannot follow
    third_locked(world, THREE)
    for _ in range(20):
        world.show(last={AP: 7390})
    # Then it costs just that.
    assert (world.net(RB), world.net(FAR), world.net(AP)) == (0, 0, 0)
    assert sum(fill.side.sign * fill.lots * fill.price * 10 for fill in world.facts(OrderFilled)) == 220


def test_a_hedge_that_lost_its_money_counts_for_the_maximum_loss(world: World) -> None:
    # Given rebar and a hedge that followed it, and 1000 yuan to lose at most, in two minutes of chases
    third_locked(world, replace(THREE, max_loss_yuan=Decimal(1000), hedge_seconds=30, max_chases=3))
    # When the hedge rises by 38: 2 x 48 x 10 and 20 of rebar are 980
    world.show({FAR: (3628, 3638)}, last={AP: 7390})
    world.show(last={AP: 7390})
    assert broken(world) == []
    # When it rises by one more, then all of it goes back at once.
    world.show({FAR: (3629, 3639)}, last={AP: 7390})
    for _ in range(5):
        world.show(last={AP: 7390})
    assert broken(world) == [Repair.UNWIND]
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_a_loss_that_a_hedge_has_made_good_is_none(world: World) -> None:
    # Given the same, when rebar and its hedge fall together by 300
    third_locked(world, replace(THREE, max_loss_yuan=Decimal(1000), hedge_seconds=30, max_chases=3))
    world.show({RB: (3400, 3401), FAR: (3290, 3300)}, last={AP: 7390})
    for _ in range(5):
        world.show(last={AP: 7390})
    # Then it goes on waiting for its third leg: 220 yuan is what going back would lose.
    assert broken(world) == []
    assert (world.net(RB), world.net(FAR)) == (2, -2)
    memory = world.account.strategies[SPREAD].memory
    assert isinstance(memory, SpreadMemory)
    sides = [Side.BUY if memory.paid[scope].lots > 0 else Side.SELL for scope in ("leg:0", "leg:1")]
    assert sides == [Side.BUY, Side.SELL]


FIVE_AND_ONE = replace(
    ONE_TO_FIVE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=FAR, coefficient=Decimal(-5), lots=-5),
        SpreadLeg(instrument=AP, coefficient=Decimal(-1), lots=-1),
    ),
    buy_at=Decimal(0),
    sell_at=Decimal(100_000),
)


@pytest.mark.parametrize("most", [None, Decimal(500)])
def test_no_leg_that_has_followed_is_bared_to_take_back_a_smaller_one(world: World, most: Decimal | None) -> None:
    # Given one lot bought, the five of the far month sold, and nobody who bids for the apples beside them
    world.show({RB: (3700, 3701), FAR: (3600, 3602), AP: (7400, 7401)})
    world.wire.hold_orders = True
    assert world.do(TRADER, start(replace(FIVE_AND_ONE, max_loss_yuan=most), SPREAD)).ok
    world.wait(2)
    world.show({AP: (None, 7390)}, last={AP: 7390})
    world.arrive()
    world.show(last={AP: 7390})
    world.show(last={AP: 7390})
    assert (world.net(RB), world.net(FAR), world.net(AP)) == (1, -5, 0)
    # When the far month goes limit-up, so that its five could not be bought back
    world.show({FAR: (3720, None)}, last={AP: 7390, FAR: 3720})
    for _ in range(40):
        world.show(last={AP: 7390, FAR: 3720})
    # Then rebar stays, one lot open instead of five, and people are told which leg is in the way.
    assert (world.net(RB), world.net(FAR), world.net(AP)) == (1, -5, 0)
    assert broken(world) == [Repair.PAY_UP]
    (told,) = alerts(world, "LEG_BROKEN")
    assert told.sentence.endswith(
        "断腿：AP101 没有对手价；主动腿退回会多出 rb2105 5 手，现在平不掉，能报时再补齐或反平。"
    )
    # When the far month trades again, then all of it goes back.
    world.show({FAR: (3718, 3719)}, last={AP: 7390})
    for _ in range(15):
        world.show(last={AP: 7390})
    assert (world.net(RB), world.net(FAR), world.net(AP)) == (0, 0, 0)
    assert broken(world) == [Repair.PAY_UP, Repair.UNWIND]
