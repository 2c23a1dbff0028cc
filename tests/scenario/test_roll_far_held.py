"""A roll whose far month cannot be opened, in the users' words: near is not closed for what far cannot follow."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRefused
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Level, Scope, Verdict
from terminal.strategies.roll.memory import RollMemory
from tests.engine_world import FAR, LIMITS, ONE, RB, RISK, SECOND_RISK, TRADER, World, terms
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go, hold, roll, start
from tests.unit.engine.foreseen import ask


def quotes(world: World) -> None:
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})


def flow(world: World, seconds: int = 40) -> None:
    # Buyers of near come and go, so that what rests there is filled.
    for second in range(seconds):
        world.show({RB: (3700 + second % 2 * 2, 3701 + second % 2 * 2), FAR: (3600, 3602)})


def stands(world: World) -> tuple[int, int]:
    memory = world.account.strategies[ROLL].memory
    assert isinstance(memory, RollMemory)
    return memory.closed, memory.opened


def by_hand(world: World, side: Side, lots: int, price: int) -> None:
    done = world.do(TRADER, c.SubmitOrder(terms=terms(side, lots, price, instrument=FAR)))
    assert done.ok, done.sentence


# --- at the start, and at a change --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "held", "why"),
    [(5, 0, "多头 6 手，超过持仓限额 5 手"), (10, 3, "多头 9 手，超过限额 10 手的 80%")],
)
def test_a_roll_whose_far_lots_are_beyond_the_limit_is_refused_before_a_lot_of_near_is_closed(
    begin: Begin, limit: int, held: int, why: str
) -> None:
    # Given a limit of far, perhaps partly used, that six more lots do not fit into
    world = begin(limits=replace(LIMITS, position_lots_by_instrument={FAR: limit}))
    hold(world)
    quotes(world)
    if held:
        world.buy(held, 3602, instrument=FAR)
    # When six near lots are to be rolled
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll()))
    said = start(world, roll())
    # Then preview and answer say which rule forbids it and what helps.
    assert foreseen.verdict is Verdict.DENY
    for sentence in (foreseen.sentence, said):
        assert "开远月共 6 手过不了风控 C4" in sentence
        assert why in sentence
        assert "请减少移仓手数" in sentence
    assert ROLL not in world.account.strategies


def test_a_change_to_more_lots_than_far_has_room_for_is_refused(begin: Begin) -> None:
    world = begin(limits=replace(LIMITS, position_lots_by_instrument={FAR: 8}))
    hold(world, 8)
    quotes(world)
    start(world, roll(batch_lots=2, naked_lots=2))
    flow(world, 10)
    body = c.ChangeStrategy(
        account=ONE, strategy=ROLL, base_version=1, settings=roll(lots=7, batch_lots=2, naked_lots=2)
    )
    foreseen, said = ask(world, body), world.do(TRADER, body)
    assert (foreseen.verdict, said.code) == (Verdict.DENY, "LEGGED_STATE")
    assert "超过限额 8 手的 80%" in said.sentence


def test_what_near_frees_counts_for_far_so_that_a_full_account_can_roll(begin: Begin) -> None:
    # Given money for six lots and a little more, not for twelve
    world = begin(cash=Decimal(35_000))
    hold(world)
    quotes(world)
    # When they are rolled, it may, and it gets to its end.
    assert "已启动" in start(world, roll())
    flow(world, 60)
    assert (world.net(RB), world.net(FAR)) == (0, 6)
    assert alerts(world, "FAR_HELD") == []


# --- on the way ---------------------------------------------------------------------------------------------------


def test_near_stops_where_far_has_no_room_any_more_names_the_limit_and_goes_on_with_room(begin: Begin) -> None:
    # Given a roll of six lots, two at a time, under a limit of eight
    world = begin(limits=replace(LIMITS, position_lots_by_instrument={FAR: 8}))
    hold(world)
    quotes(world)
    start(world, roll(batch_lots=2, naked_lots=2))
    while stands(world) != (2, 2):
        flow(world, 2)
    # When a person buys four far lots
    by_hand(world, Side.BUY, 4, 3602)
    flow(world, 60)
    # Then no further near lot is closed, nothing is refused, and people read what it waits for.
    assert (stands(world), world.net(RB)) == ((2, 2), 4)
    assert world.facts(OrderRefused) == []
    (alert,) = alerts(world, "FAR_HELD")
    assert alert.level is Level.ORANGE
    assert "开不了，停止平近月：C4：" in alert.sentence
    assert "近月已平 2 手，远月已开 2 手，两腿已平衡，开得了即继续" in alert.sentence
    # When they are sold again, it goes on to its end.
    world.close_long(4, 3600, instrument=FAR)
    flow(world, 80)
    assert world.account.strategies[ROLL].status is StrategyStatus.FINISHED
    assert (world.net(RB), world.net(FAR)) == (0, 6)


def test_a_persons_order_against_far_keeps_near_and_is_named(world: World) -> None:
    # Given a person who offers far lots at the price the roll would pay
    hold(world)
    world.buy(3, 3602, instrument=FAR)
    quotes(world)
    world.close_long(3, 3602, instrument=FAR)
    (resting,) = world.account.live
    # When a roll begins
    start(world, roll())
    flow(world, 30)
    # Then near stays, and the order that is in the way is named.
    assert world.net(RB) == 6
    (alert,) = alerts(world, "FAR_HELD")
    assert "C14：" in alert.sentence
    assert str(resting) in alert.sentence
    # Once it is withdrawn, the roll goes on.
    world.do(TRADER, c.CancelOrder(account=ONE, order=resting))
    flow(world, 60)
    assert (world.net(RB), world.net(FAR)) == (0, 9)


def test_a_refusal_of_far_is_told_with_its_reason_at_once_and_when_the_leg_is_broken(world: World) -> None:
    # Given near that rests, and a person who offers far in the moment before it is filled
    hold(world)
    world.buy(3, 3602, instrument=FAR)
    quotes(world)
    start(world, roll())
    go(world, 3)
    world.close_long(3, 3602, instrument=FAR)
    resting = next(name for name, row in world.account.live.items() if row.cause.strategy is None)
    world.show({RB: (3702, 3703)})
    flow(world, 10)
    # Then far lacks what near closed, and the refusal is told, not only that it lacks;
    assert stands(world) == (6, 0)
    *_, alert = alerts(world, "FAR_HELD")
    assert "C14：" in alert.sentence
    assert "远月缺 6 手未对冲，开得了即补齐" in alert.sentence
    flow(world, 150)
    (broken,) = alerts(world, "LEG_BROKEN")
    assert "远月报不出去" in broken.sentence
    assert "C14：" in broken.sentence
    # and once the order is gone it catches up.
    world.do(TRADER, c.CancelOrder(account=ONE, order=resting))
    flow(world, 320)
    assert stands(world) == (6, 6)


def test_orange_in_the_middle_of_a_batch_stops_near_at_once(begin: Begin) -> None:
    # Given a roll whose near lots are on offer
    world = begin(limits=replace(LIMITS, day_loss_yuan=Decimal(5000)))
    hold(world)
    quotes(world)
    start(world, roll())
    go(world, 3)
    assert world.account.live
    # When the day's loss comes to nine tenths of what may be lost
    world.show({RB: (3625, 3626), FAR: (3525, 3527)})
    go(world, 60)
    # Then near is off the market, and no lot of it was closed for a far month that nobody may open.
    assert max(row.level for row in world.account.levels.values()) is Level.ORANGE
    assert (stands(world), world.net(RB), list(world.account.live)) == ((0, 0), 6, [])


def test_a_stopped_roll_that_cannot_catch_up_is_given_up_with_a_second_stop_and_never_opens_far_twice(
    world: World,
) -> None:
    # Given near closed, and a far month that nobody offers
    hold(world)
    quotes(world)
    start(world, roll())
    go(world, 3)
    world.show({RB: (3702, 3703), FAR: (3600, None)})
    assert stands(world) == (6, 0)
    # When somebody stops it, he reads how to end it,
    done = world.do(TRADER, c.StopStrategy(account=ONE, strategy=ROLL))
    assert done.code == "WINDING", done.sentence
    assert "还缺 6 手对冲，平衡后停止。手工补了请再按一次停止，不再由它补。" in done.sentence
    desk = Desk(world)
    desk.look()
    assert "手工补了请再按一次停止" in desk.strategies[ROLL].sentence
    # and as he will open the six by hand, he stops it again.
    again = c.StopStrategy(account=ONE, strategy=ROLL)
    assert "不再收尾，缺的 6 手不再由它补，立即停止" in ask(world, again).sentence
    done = world.do(TRADER, again)
    # Then it is stopped at once, the naked leg is told as at any rest,
    assert (done.code, world.account.strategies[ROLL].status) == ("OK", StrategyStatus.STOPPED)
    assert "还缺 6 手，不再由它补" in done.sentence
    (alert,) = alerts(world, "LEG_NAKED")
    assert "缺 6 手" in alert.sentence
    assert "请人工买入开仓补远月，或买回近月。" in alert.sentence
    # and it never opens them a second time.
    quotes(world)
    by_hand(world, Side.BUY, 6, 3602)
    for second in range(150):
        world.show({RB: (3700, 3701), FAR: (3600 + second % 2, 3602 + second % 2)})
    assert world.net(FAR) == 6


def test_far_under_a_kill_switch_stops_near_at_once_and_its_release_lets_it_go_on(world: World) -> None:
    hold(world)
    quotes(world)
    start(world, roll())
    go(world, 3)
    scope = Scope(instrument=FAR)
    assert world.do(RISK, c.Kill(account=ONE, scope=scope, reason="演练")).ok
    flow(world, 30)
    assert (stands(world), list(world.account.live)) == ((0, 0), [])
    for person in (RISK, SECOND_RISK):
        assert world.do(person, c.Release(account=ONE, scope=scope, reason="已查明")).ok
    flow(world, 60)
    assert stands(world)[0] == stands(world)[1]
