"""Lots that a strategy records and a person closes: the strategy stops, and never sells what the person buys next.

The user: "I closed the grid's lots by hand and bought my own. The grid sold mine a second later."
"""

from __future__ import annotations

import msgspec

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyPaused, StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Offset, Origin, Side
from terminal.domain.parameters.strategy import OutOfRange
from terminal.domain.words.risk import Verdict
from terminal.engine.previews.command import preview
from terminal.engine.strategy.bereft import TAKEN
from tests.engine_world import FAR, ONE, RB, TRADER, World, device, terms
from tests.scenario.legs import GRID, SPREAD, alerts, show, start_grid, start_spread
from tests.scenario.test_winding_down import naked


def hold_a_grid(world: World) -> None:
    """Let a grid hold two lots, and be paused: its own closes no longer freeze them."""
    start_grid(world, OutOfRange.HOLD)
    world.show({RB: (3690, 3691)})
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    world.wait(3)
    assert (world.net(RB), world.account.strategies[GRID].lots[RB].lots) == (2, 2)


def hold_a_spread(world: World) -> None:
    """Let a running spread hold three lots of each leg."""
    start_spread(world)
    for _ in range(6):
        show(world)
    row = world.account.strategies[SPREAD]
    assert (row.status, row.lots[RB].lots, world.net(RB)) == (StrategyStatus.RUNNING, 3, 3)


def close(lots: int, price: int = 3690) -> c.SubmitOrder:
    return c.SubmitOrder(terms=msgspec.structs.replace(terms(Side.SELL, lots, price), offset=Offset.CLOSE_TODAY))


def told(world: World, body: c.CommandBody) -> list[str]:
    foreseen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=True)
    assert foreseen.verdict is not Verdict.DENY
    return [one.sentence for one in foreseen.findings if one.code == "LOTS_OF_STRATEGY"]


def sold_by_strategies(world: World) -> int:
    orders = world.account.orders.values()
    return sum(row.filled for row in orders if row.cause.origin is Origin.STRATEGY and row.terms.side is Side.SELL)


def resume(world: World, name: StrategyId) -> str:
    return world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=name)).code


def test_a_running_spread_whose_lots_are_closed_by_hand_is_paused_and_says_so(world: World) -> None:
    hold_a_spread(world)
    (sentence,) = told(world, close(1, 3700))
    assert f"其中 1 手是策略 {SPREAD} 的持仓，成交后它停下" in sentence
    assert world.do(TRADER, close(1, 3700)).ok
    show(world)
    row = world.account.strategies[SPREAD]
    assert (world.net(RB), row.status) == (2, StrategyStatus.PAUSED)
    assert "rb2101 多 2 手（策略记 3 手）" in row.reason
    (alert,) = alerts(world, TAKEN)
    alone = "还持 rb2105 空 3 手，其中缺了对冲的，请人工平仓，或停止策略、另建一个接着做"
    assert alert.sentence == f"策略 {SPREAD} 已暂停：{row.reason}；{alone}。"


def test_a_grid_whose_lots_were_closed_by_hand_sells_none_of_those_bought_next(world: World) -> None:
    hold_a_grid(world)
    assert f"其中 2 手是策略 {GRID} 的持仓" in told(world, close(2))[0]
    assert world.do(TRADER, close(2)).ok
    world.wait(2)
    foreseen = c.ResumeStrategy(account=ONE, strategy=GRID)
    said = preview(world.engine.look, TRADER, device(TRADER), 1, foreseen, split_close=False).sentence
    assert "账户实有 rb2101 多 0 手（策略记 2 手）；请停止它、按实有手数新建，或先把差额补回来" in said
    assert resume(world, GRID) == "LOTS_TAKEN"
    # Whatever the trader buys next is the trader's, wherever the price goes.
    before = sold_by_strategies(world)
    world.buy(2, 3691)
    for price in (3695, 3705, 3715, 3700):
        world.show({RB: (price, price + 1)})
    assert (world.net(RB), sold_by_strategies(world)) == (2, before)
    # Until the trader says that these are meant for it.
    assert resume(world, GRID) == "OK"


def test_a_close_of_ones_own_lots_disturbs_no_strategy(world: World) -> None:
    hold_a_spread(world)
    world.buy(2, 3701)
    assert told(world, close(2, 3700)) == []
    assert "其中 1 手" in told(world, close(3, 3700))[0]
    assert world.do(TRADER, close(2, 3700)).ok
    show(world)
    assert (world.net(RB), world.account.strategies[SPREAD].status) == (3, StrategyStatus.RUNNING)
    assert alerts(world, TAKEN) == []


def test_a_strategy_that_is_over_claims_nothing(world: World) -> None:
    hold_a_grid(world)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=GRID)).ok
    world.wait(3)
    assert told(world, close(2)) == []
    assert world.do(TRADER, close(2)).ok
    world.wait(2)
    assert alerts(world, TAKEN) == []


def test_a_naked_spread_that_lost_lots_is_stopped_without_balancing_against_them(world: World) -> None:
    # Given a spread whose second leg finds nobody to trade with
    row = naked(world)
    assert (row.lots[RB].lots, world.net(FAR)) == (3, 0)
    # When the trader closes its first leg by hand, and stops it as the alert says
    assert world.do(TRADER, close(3, 3700)).ok
    world.wait(2)
    assert (row.status, world.net(RB)) == (StrategyStatus.PAUSED, 0)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD)).ok
    for _ in range(10):
        show(world)
    # Then it opens nothing against lots that are not there.
    assert world.account.strategies[SPREAD].status is StrategyStatus.STOPPED
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_lots_that_a_resting_close_takes_are_nobodys_any_more(world: World) -> None:
    hold_a_spread(world)
    world.buy(2, 3701)
    assert told(world, close(2, 3790)) == []
    assert world.do(TRADER, close(2, 3790)).ok
    assert "其中 2 手" in told(world, close(2, 3791))[0]


def test_a_close_in_two_pieces_says_what_both_together_take(world: World) -> None:
    # Given three own lots of yesterday, and three of today that a spread records
    world.buy(3, 3701)
    world.show_at(instant(20200824, 9, 1), {RB: (3700, 3701)})
    start_spread(world)
    for _ in range(6):
        show(world)
    assert (world.account.strategies[SPREAD].lots[RB].lots, world.net(RB)) == (3, 6)
    whole = c.SubmitOrder(terms=msgspec.structs.replace(terms(Side.SELL, 5, 3700), offset=Offset.CLOSE))
    (sentence,) = told(world, whole)
    assert "rb2101 平仓共 5 手：其中 2 手是策略" in sentence
    three = c.SubmitOrder(terms=msgspec.structs.replace(whole.terms, lots=3))
    assert told(world, three) == []


def test_a_strategy_that_lost_lots_is_stopped_without_touching_what_the_person_holds_since(world: World) -> None:
    row = naked(world)
    assert world.do(TRADER, close(3, 3700)).ok
    world.wait(2)
    world.buy(3, 3701)  # the trader's own: now as many are there as it records
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD)).ok
    assert row.status is StrategyStatus.STOPPED
    for _ in range(10):
        show(world)
    assert (world.net(RB), world.net(FAR)) == (3, 0)
    assert world.refolded().state_hash() == world.state.state_hash()


def test_lots_taken_from_a_strategy_that_rests_are_told_of_too(world: World) -> None:
    hold_a_grid(world)
    assert world.do(TRADER, close(2)).ok
    world.wait(2)
    assert len(alerts(world, TAKEN)) == 1


def test_a_spread_whose_lots_go_bit_by_bit_is_paused_and_told_of_once(world: World) -> None:
    hold_a_spread(world)
    for lots in (1, 2):
        assert world.do(TRADER, close(lots, 3700)).ok
        world.wait(3)
    assert world.net(RB) == 0
    assert len(alerts(world, TAKEN)) == len(world.facts(StrategyPaused)) == 1
    assert "rb2101 多 2 手（策略记 3 手）" in world.account.strategies[SPREAD].reason
