"""What a roll takes along beside grids, in the users' own words: spreads, targets, own rules; and what it refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyPaused, StrategyStatus
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.fact.marks import BatchBegan, Finished, RollBegan
from terminal.domain.fact.target_marks import RatioFrozen, TargetProposed
from terminal.domain.ids import ProductId, StrategyId
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    DaysToExpiry,
    ExecutionSettings,
    ExecutionStyle,
    GridSettings,
    OpenInterestCrossover,
    RollSettings,
    SpreadGrid,
    SpreadLeg,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import FixedBand, TargetSettings
from terminal.domain.reports import Traded
from terminal.domain.words.risk import Verdict
from terminal.engine.state import StrategyRow
from terminal.strategies.own.code import Aim, Seen
from terminal.strategies.own.windows import watches_of
from tests.engine_world import CHECKER, DAY, FAR, NEXT_DAY, NEXT_NIGHT, ONE, RB, RISK, TRADER, I, World
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin, relist
from tests.scenario.legs import GRID, ROLL, SPREAD, alerts, spread_settings, start_grid
from tests.scenario.targets import KEEPER, SECOND, STEEL, marks, memory, ore_limits, target, tonnes
from tests.scenario.test_own_strategy import NAME, around, learned
from tests.scenario.test_roll import go, hold, roll, start
from tests.unit.engine.foreseen import ask

AGAINST_ORE = SpreadSettings(
    account=ONE,
    legs=(
        SpreadLeg(instrument=RB, coefficient=Decimal(2), lots=2, active=True),
        SpreadLeg(instrument=I, coefficient=Decimal(-3), lots=-3),
    ),
    buy_at=Decimal(4900),
    sell_at=Decimal(6000),
    sets=1,
    max_sets=1,
    naked_lots=12,
)


def started(world: World, name: StrategyId, settings: StrategySettings) -> StrategyRow:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=settings))
    assert done.code == "OK", done.sentence
    return world.account.strategies[name]


def held_spread(world: World, **changes: Any) -> StrategyRow:
    """Let a spread of rebar against ore hold one set: two lots bought, three sold; its price is about 4900."""
    row = started(world, SPREAD, replace(AGAINST_ORE, **changes))
    world.show({RB: (3700, 3701), I: (Decimal("834.0"), Decimal("834.5"))})
    world.wait(4)
    assert (world.net(RB), world.net(I)) == (2, -3)
    return row


def paid_between(world: World) -> Decimal:
    """Return far less near, in yuan, as the roll has traded them."""
    paid = {}
    for name in (RB, FAR):
        fills = [one for one in world.account.trades if world.account.orders[one.order].cause.strategy == ROLL]
        mine = [one for one in fills if world.account.orders[one.order].terms.instrument == name]
        paid[name] = sum((one.lots * one.price for one in mine), Decimal(0)) / sum(one.lots for one in mine)
    return paid[FAR] - paid[RB]


def opened(world: World, name: StrategyId) -> list[tuple[str, int]]:
    return [
        (one.terms.instrument, one.terms.lots)
        for one in world.facts(OrderRecorded)
        if one.cause.strategy == name and one.terms.is_opening
    ]


# --- a spread -------------------------------------------------------------------------------------------------------


def test_the_near_leg_of_a_spread_becomes_far_and_its_prices_move_by_what_the_roll_traded(world: World) -> None:
    # Given a spread of 2 rebar - 3 ore that holds a set, and a roll of its two near lots
    row = held_spread(world)
    settings = roll(strategies=(SPREAD,), lots=2)
    told = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    assert any("rb2101 一腿换成 rb2105" in one and "价格系数 2" in one and "-196 元" in one for one in told.details)
    started(world, ROLL, settings)
    # When the process dies in the middle of the roll and comes back
    go(world, 3)
    assert row.status is StrategyStatus.PAUSED
    world.restart()
    go(world, 80)
    # Then by one fact its leg is far, its two prices have moved by twice what far - near was traded at,
    (finished,) = marks(world, Finished)
    (moved,) = finished.moved
    assert (moved.strategy, moved.near, moved.far, moved.version, moved.resumes) == (SPREAD, RB, FAR, 2, True)
    row = world.account.strategies[SPREAD]
    assert isinstance(row.settings, SpreadSettings)
    shift = 2 * paid_between(world)
    assert shift < -100  # far is a hundred cheaper: this is no rounding
    assert [leg.instrument for leg in row.settings.legs] == [FAR, I]
    assert (row.settings.buy_at, row.settings.sell_at) == (4900 + shift, 6000 + shift)
    # and it holds the same set: two lots of far, the ore untouched, nothing opened twice.
    assert {name: held.lots for name, held in row.lots.items()} == {FAR: 2, I: -3}
    assert (world.net(RB), world.net(FAR), world.net(I)) == (0, 2, -3)
    assert row.status is StrategyStatus.RUNNING
    assert opened(world, SPREAD) == [(RB, 2), (I, 3)]
    assert alerts(world, "LOTS_TAKEN") == []
    # And it takes its profit in far, at its new price.
    world.show({FAR: (4600, 4602)})
    go(world, 8)
    closed = [
        (one.terms.instrument, one.terms.side, one.terms.lots)
        for one in world.facts(OrderRecorded)
        if one.cause.strategy == SPREAD and not one.terms.is_opening
    ]
    assert closed == [(FAR, Side.SELL, 2), (I, Side.BUY, 3)]


def test_a_spread_that_lacks_a_leg_is_balanced_before_the_roll_closes_anything(world: World) -> None:
    # Given a spread that has bought two lots of rebar and cannot sell the ore: nobody bids
    row = started(world, SPREAD, AGAINST_ORE)
    world.wire.hold = (Traded,)
    world.show({RB: (3700, 3701), I: (Decimal("834.0"), Decimal("834.5"))})
    world.show({I: (None, Decimal("834.5"))})
    world.tell_held()
    world.show()
    assert (world.net(RB), world.net(I)) == (2, 0)
    desk = Desk(world)
    # When the roll begins
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 3)
    desk.look()
    assert "等随移策略 spread 平衡，再平近月" in desk.strategies[ROLL].sentence
    assert marks(world, RollBegan)
    assert row.status is StrategyStatus.WINDING
    assert marks(world, BatchBegan) == []
    assert world.net(RB) == 2
    # Then it waits until the ore can be sold, also over a restart, and goes on by itself.
    world.restart()
    world.show({I: (Decimal("834.0"), Decimal("834.5"))})
    go(world, 80)
    row = world.account.strategies[SPREAD]
    assert (world.net(RB), world.net(FAR), world.net(I)) == (0, 2, -3)
    assert (row.status, row.version) == (StrategyStatus.RUNNING, 2)
    assert opened(world, SPREAD) == [(RB, 2), (I, 3)]
    desk = Desk(world)
    assert "只等 ≥ 5804 卖回" in desk.strategies[SPREAD].sentence
    assert any("随移策略 spread（rb2101 → rb2105） 已改绑" in one.sentence for one in desk.events)


def test_a_spread_grid_takes_its_stop_bounds_and_limit_with_it(world: World) -> None:
    lined = SpreadGrid(
        side=Side.BUY, lines=1, stop=Decimal(3000), lower=Decimal(3500), upper=Decimal(7000), trail_to=Decimal(6500)
    )
    row = held_spread(world, grid=lined)
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 80)
    shift = 2 * paid_between(world)
    assert isinstance(row.settings, SpreadSettings)
    assert row.settings.grid == replace(
        lined,
        stop=lined.stop + shift,
        lower=lined.lower + shift,
        upper=lined.upper + shift,
        trail_to=Decimal(6500) + shift,
    )


def test_a_spread_that_has_turned_to_the_other_side_while_the_roll_waited_stays_and_is_told_of(world: World) -> None:
    # Given a roll that waits, with an empty spread to take along, and six lots that are nobody's
    hold(world)
    row = started(world, SPREAD, replace(AGAINST_ORE, buy_at=Decimal(100), sell_at=Decimal(9000)))
    started(world, ROLL, roll(DaysToExpiry(days=0), strategies=(SPREAD,)))
    waiting = world.account.strategies[ROLL]
    # When the spread sells a set, so that it is short of near, and the roll's day comes
    change(world, row, sell_at=Decimal(4000))
    world.wait(6)
    assert row.lots[RB].lots == -2
    change(world, waiting, timings=(DaysToExpiry(days=900),))
    go(world, 80)
    # Then the roll moves the long lots, and says that the spread is still bound to near, and why.
    (finished,) = marks(world, Finished)
    assert finished.moved == ()
    assert [(one.strategy, one.near) for one in finished.kept] == [(SPREAD, RB)]
    assert isinstance(row.settings, SpreadSettings)
    assert (row.settings.legs[0].instrument, row.status) == (RB, StrategyStatus.PAUSED)
    (alert,) = alerts(world, "NOT_BOUND_ANEW")
    assert "没有改绑 spread（现持 rb2101 空 2 手，移仓移的是多头" in alert.sentence


def change(world: World, row: StrategyRow, **changes: Any) -> None:
    body = c.ChangeStrategy(
        account=ONE, strategy=row.strategy, base_version=row.version, settings=replace(row.settings, **changes)
    )
    done = world.do(TRADER, body)
    assert done.code == "OK", done.sentence


# --- a rule of one's own, a target ------------------------------------------------------------------------------------


def test_a_rule_of_ones_own_goes_with_its_lots_and_trades_far_from_then_on(world: World) -> None:
    # Given a rule that is three lots long above 3700
    row = started(world, NAME, learned(around))
    world.show({RB: (3705, 3707)})
    world.wait(5)
    assert world.net(RB) == 3
    settings = roll(strategies=(NAME,), lots=3)
    told = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).details
    assert any("样本按移仓的实际价差平移" in one and "代码参数里的价格不平移" in one for one in told)
    started(world, ROLL, settings)
    go(world, 80)
    # Then its lots are far's, and its rule, whose number still says 3700, is asked with far's price: it goes short.
    assert isinstance(row.settings, OwnSettings)
    assert row.settings.instrument == FAR
    assert row.version == 2
    go(world, 10)
    assert row.lots[FAR].lots == -3
    assert (world.net(RB), world.net(FAR)) == (0, -3)


def test_a_rule_sees_no_roll_as_a_move_of_the_market_and_a_restart_sees_the_same(world: World) -> None:
    # Given a rule that is always two lots long and looks at its last ten prices
    seen: list[tuple[float, ...]] = []

    def always(numbers: Any, now: Seen) -> Aim:
        seen.append(now.prices)
        return Aim(2, "一直持有")

    row = started(world, NAME, learned(always))
    world.show({RB: (3700, 3701), FAR: (3602, 3603)})
    world.wait(12)
    assert set(seen[-1]) == {3700.5}
    # When a roll takes it a hundred yuan down
    started(world, ROLL, roll(strategies=(NAME,), lots=2))
    while row.version == 1:
        world.show()
    world.wait(4)
    # Then what it saw of near stands where far stands, before what far itself shows, with no step;
    assert isinstance(row.settings, OwnSettings)
    (before,) = row.settings.before
    assert (before.instrument, before.shift) == (RB, paid_between(world))
    assert set(seen[-1]) == {3602.5, 3700.5 + float(before.shift)}
    assert max(seen[-1]) - min(seen[-1]) < 3
    assert world.net(FAR) == 2
    # and a process that comes back reads the very same off the tape.
    watch = watches_of(row.settings)[0]
    at_last = world.engine.look.samples(watch)
    assert (len(at_last), set(at_last)) == (10, set(seen[-1]))
    world.restart()
    assert world.engine.look.samples(watch) == at_last
    # And nobody can write down by hand what only a roll knows.
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=StrategyId("again"), settings=row.settings))
    assert "移仓之前的合约由移仓填写，启动时请去掉" in done.sentence


def test_a_target_keeps_the_ratio_in_far_and_never_answers_the_lots_in_between(begin: Begin) -> None:
    # Given a target that has bought eighty-odd lots of near against what the firm will need
    world = begin(limits=ore_limits())
    tonnes(world, -1000, STEEL)
    row = started(
        world, KEEPER, target(group=STEEL, instrument=RB, source=FixedBand(low=Decimal(80), high=Decimal(90)))
    )
    world.wait(5)
    held = world.net(RB)
    assert held == 80
    # When everything is rolled with it
    settings = roll(strategies=(KEEPER,), lots=held, batch_lots=40, naked_lots=40)
    told = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).details
    assert any("改在 rb2105 上配平，当日的比例不变" in one for one in told)
    started(world, ROLL, settings)
    go(world, 100)
    # Then near was never bought back meanwhile, and the day's band stands.
    assert (world.net(RB), world.net(FAR)) == (0, held)
    assert opened(world, KEEPER) == [(RB, held)]
    assert len(marks(world, RatioFrozen)) == 1
    assert isinstance(row.settings, TargetSettings)
    assert (row.settings.instrument, row.status) == (FAR, StrategyStatus.RUNNING)
    assert memory(world).proposal is None
    # And what is lacking later is bought in far, after a restart too.
    world.restart()
    tonnes(world, -1200, STEEL)
    world.wait(10)
    assert (world.net(RB), world.net(FAR)) == (0, 96)
    assert marks(world, TargetProposed)[-1].instrument == FAR


# --- once a trading day -----------------------------------------------------------------------------------------------


def test_a_strategy_is_bound_once_a_trading_day_however_the_main_contract_turns(world: World) -> None:
    # Given a spread, and a roll that waits for far to become the main contract, which it does in the night
    held_spread(world)
    world.interest = {RB: 9000, FAR: 8000}
    started(world, ROLL, roll(OpenInterestCrossover(), strategies=(SPREAD,), lots=2))
    world.interest = {RB: 9000, FAR: 9001}
    world.show_at(NEXT_NIGHT)
    go(world, 80)
    assert (world.net(RB), world.net(FAR)) == (0, 2)
    # When the main contract turns back in the day session of the same trading day, and somebody rolls back
    world.interest = {RB: 9000, FAR: 8000}
    world.show_at(instant(NEXT_DAY, 9, 1))
    back = roll(near=FAR, far=RB, strategies=(SPREAD,), lots=2)
    again = c.StartStrategy(account=ONE, strategy=StrategyId("back"), settings=back)
    foreseen, said = ask(world, again), world.do(TRADER, again)
    # Then it is refused for today,
    for sentence in (foreseen.sentence, said.sentence):
        assert "随移策略 spread 今日已随移仓改绑过；同一交易日只改绑一次" in sentence
    assert foreseen.verdict is Verdict.DENY
    world.wait(20)
    # and the spread holds its one set, bought once.
    assert (world.net(RB), world.net(FAR), opened(world, SPREAD)) == (0, 2, [(RB, 2), (I, 3)])
    # And after the close, on the next trading day, it may go.
    world.show_at(instant(NEXT_DAY, 21, 1))
    world.wait(2)
    assert world.do(TRADER, again).code == "OK"


# --- what does not go -------------------------------------------------------------------------------------------------


def execution() -> ExecutionSettings:
    return ExecutionSettings(
        account=ONE,
        instrument=RB,
        style=ExecutionStyle.TWAP,
        side=Side.BUY,
        total_lots=60,
        limit=Decimal(3600),
        begins_at=instant(DAY, 13, 30),
        ends_at=instant(DAY, 14, 30),
    )


def coarse_grid() -> GridSettings:
    return GridSettings(
        account=ONE, instrument=RB, side=Side.SELL, anchor=Decimal(3600), step=Decimal(10), lines=2, lots_per_line=1,
        stop=Decimal(3650), lower=Decimal(3590), upper=Decimal(3630),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "changes", "reason"),
    [
        (execution(), {}, "随移策略 other 是算法执行：它绑定时间窗口与限价"),
        (roll(DaysToExpiry(days=0)), {}, "随移策略 other 是移仓，不能随另一个移仓移"),
        (spread_settings(), {}, "随移策略 other 已有一腿是 rb2105，改绑后两腿会是同一合约"),
        (coarse_grid(), {}, "随移策略 other 的合约、方向或投保与移仓不同"),
        (replace(AGAINST_ORE, hedge_flag=HedgeFlag.HEDGE), {}, "随移策略 other 的合约、方向或投保与移仓不同"),
        (AGAINST_ORE, {"far": I}, "不是同一品种，移过去就成了另一个品种的持仓"),
    ],
)
def test_what_cannot_go_with_a_roll_is_refused_with_its_reason(
    world: World, taken: StrategySettings, changes: dict[str, Any], reason: str
) -> None:
    hold(world)
    other = StrategyId("other")
    started(world, other, taken)
    settings: RollSettings = roll(**{"strategies": (other,), **changes})
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    assert foreseen.verdict is Verdict.DENY
    for sentence in (foreseen.sentence, start(world, settings)):
        assert reason in sentence
    assert ROLL not in world.account.strategies


def test_lines_that_would_coincide_at_fars_ticks_are_refused(world: World) -> None:
    # Given a grid with a step of ten, and a far month whose price moves by twenty
    world.sound = False  # what is listed here is not what the exchange trades
    hold(world)
    start_grid(world)
    relist(world, replace(world.state.tenant.instruments[FAR], tick=Decimal(20)))
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=roll(strategies=(GRID,))))
    assert foreseen.verdict is Verdict.DENY
    assert "随移策略 grid 改绑 rb2105 后不成立：网格间距小于" in foreseen.sentence


def test_a_far_month_that_another_target_keeps_is_refused(begin: Begin) -> None:
    # Given a target on far that has stood since its group weighed rebar, which the other group does now
    limits = ore_limits()
    ore, steel = limits.hedge_bounds
    mill, wire = replace(steel, group="轧钢"), replace(steel, group="轧钢", weights={ProductId("SHFE.wr"): Decimal(10)})
    world = begin(limits=replace(limits, hedge_bounds=(ore, mill)))
    hold(world)
    started(world, SECOND, target(group="轧钢", instrument=FAR))
    changed = replace(limits, hedge_bounds=(ore, steel, wire))
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=changed)).code == "CONFIRM2"
    assert world.decide(CHECKER, world.parked).ok
    started(world, KEEPER, target(group=STEEL, instrument=RB))
    said = start(world, roll(strategies=(KEEPER,)))
    assert "随移策略 keeper 改绑 rb2105 后不成立：rb2105 已由自动配平 second 管着" in said


def test_a_person_who_stops_what_is_taken_along_keeps_it_on_near_and_the_roll_goes_on(world: World) -> None:
    row = held_spread(world)
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 3)
    assert world.facts(StrategyPaused)
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD)).ok
    go(world, 80)
    (finished,) = marks(world, Finished)
    assert (finished.moved, finished.kept) == ((), ())
    assert (row.status, row.version) == (StrategyStatus.STOPPED, 1)
    assert world.net(FAR) == 2
    assert GRID not in world.account.strategies
