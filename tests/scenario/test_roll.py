"""A roll in the users' own words: what it refuses, what it says of itself, and what it never does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, StrategyMarked
from terminal.domain.fact.marks import ContractFrozen, Finished, RollBegan, StrategyMark, TimingChosen
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import (
    BasisDistance,
    Combine,
    DaysToExpiry,
    GridSettings,
    Manual,
    OpenInterestCrossover,
    RollSettings,
    RollYield,
    Slices,
    StepDay,
    Timing,
)
from terminal.domain.words.risk import Level, Verdict
from terminal.engine.state import StrategyRow
from tests.engine_world import DAY, FAR, NEXT_DAY, NEXT_NIGHT, ONE, RB, SPOT, TRADER, I, Shown, World
from tests.picture_desk import Desk
from tests.scenario.legs import GRID, ROLL, alerts, start_grid
from tests.unit.engine.foreseen import ask

NEVER = DaysToExpiry(days=0)


def roll(*timings: Timing, **changes: Any) -> RollSettings:
    made = RollSettings(
        account=ONE,
        near=RB,
        far=FAR,
        side=Side.BUY,
        lots=6,
        batch_lots=6,
        timings=timings or (DaysToExpiry(days=900),),
        naked_lots=6,
        batch_pause_seconds=0,
    )
    return replace(made, **changes)


def start(world: World, settings: RollSettings) -> str:
    return world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).sentence


def marks(world: World, kind: type[StrategyMark]) -> list[Any]:
    return [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, kind)]


def hold(world: World, lots: int = 6) -> None:
    world.buy(lots, 3701)
    assert world.net(RB) == lots


def go(world: World, seconds: int = 40) -> None:
    for _ in range(seconds):
        world.show()


# --- what can never be met ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timing", "reason"),
    [
        (BasisDistance(spot=InstrumentId("SPOT.rb.上海"), yuan=Decimal(20)), "行情里没有现货 SPOT.rb.上海"),
        (BasisDistance(spot=SPOT, yuan=Decimal(20)), "不是同一品种"),
        (BasisDistance(spot=FAR, yuan=Decimal(20)), "不是现货"),
        (OpenInterestCrossover(days=500), "凑不满连续 500 日"),
        (StepDay(day=20220104), "近月已过最后交易日"),
        (Slices(first_day=20200823, slices=2), "首日 20200823 不是交易日"),
        (Slices(first_day=20210114, slices=5), "近月已过最后交易日"),
    ],
)
def test_a_timing_that_can_never_be_met_is_refused_with_field_and_reason(
    world: World, timing: Timing, reason: str
) -> None:
    # Given a roll that waits for something that will never be
    settings = roll(DaysToExpiry(days=3), timing)
    # When it is foreseen, and when it is started
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    said = start(world, settings)
    # Then both say which of its timings it is, and why.
    assert foreseen.verdict is Verdict.DENY
    for sentence in (foreseen.sentence, said):
        assert "移仓时机 2（" in sentence
        assert "永远不会满足" in sentence
        assert reason in sentence
    assert ROLL not in world.account.strategies


def test_a_far_month_that_is_not_listed_yet_is_refused_by_its_field(world: World) -> None:
    settings = roll(far=InstrumentId("SHFE.rb2110"))
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    for sentence in (foreseen.sentence, start(world, settings)):
        assert "远月合约 SHFE.rb2110 不在行情中：可能还没有上市" in sentence


def test_a_yield_between_contracts_in_the_wrong_order_is_refused(world: World) -> None:
    said = start(world, roll(RollYield(percent=Decimal(1)), near=FAR, far=RB))
    assert "到期日未知，或远月并不更晚" in said


def test_a_change_into_what_can_never_be_met_is_refused_and_the_roll_goes_on_as_it_was(world: World) -> None:
    assert "已启动" in start(world, roll(OpenInterestCrossover(days=2)))
    row = world.account.strategies[ROLL]
    changed = c.ChangeStrategy(
        account=ONE, strategy=ROLL, base_version=row.version, settings=roll(OpenInterestCrossover(days=500))
    )
    assert ask(world, changed).verdict is Verdict.DENY
    done = world.do(TRADER, changed)
    assert done.code == "BAD_SETTINGS"
    assert "凑不满连续 500 日" in done.sentence
    assert (row.version, row.status) == (1, StrategyStatus.RUNNING)


# --- timings, together ------------------------------------------------------------------------------------------


def test_a_person_who_gives_the_word_begins_a_roll_that_waited(world: World) -> None:
    hold(world)
    start(world, roll(NEVER, Manual()))
    go(world)
    assert world.net(FAR) == 0
    row = world.account.strategies[ROLL]
    settings = roll(NEVER, Manual(go=True))
    assert world.do(
        TRADER, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=settings)
    ).ok
    go(world)
    assert [mark.because for mark in marks(world, RollBegan)] == [("manual",)]
    assert (world.net(RB), world.net(FAR)) == (0, 6)


def test_timings_that_switch_say_which_one_decides(world: World) -> None:
    hold(world)
    start(world, roll(OpenInterestCrossover(), DaysToExpiry(days=1), combine=Combine.SWITCH))
    go(world, 3)
    assert [mark.place for mark in marks(world, TimingChosen)] == [1], "nobody tells an open interest today"
    world.interest = {RB: 9000, FAR: 9001}
    world.show_at(instant(NEXT_DAY, 9, 1), {RB: (3700, 3701), FAR: (3600, 3602)})
    go(world)
    assert [mark.place for mark in marks(world, TimingChosen)] == [1, 0]
    assert (world.net(RB), world.net(FAR)) == (0, 6)


# --- the complaint: main contract flips between night and day (WonderTrader #114) ---------------------------------


@pytest.mark.parametrize("restarts", [False, True])
def test_no_double_open_when_the_main_contract_flips_between_night_and_day(world: World, *, restarts: bool) -> None:
    # Given long lots, and a roll that waits for the far contract to become the main one
    hold(world, 6)
    start(world, roll(OpenInterestCrossover(), naked_lots=2, batch_lots=3))
    go(world, 3)
    # When it does so in the night, and is no longer in the day session of the same trading day
    world.interest = {RB: 9000, FAR: 9001}
    world.show_at(NEXT_NIGHT, {RB: (3700, 3701), FAR: (3600, 3602)})
    world.wait(9)
    half = world.net(FAR)
    assert 0 < half < 6
    if restarts:
        world.restart()
    world.interest = {RB: 9001, FAR: 9000}
    world.show_at(instant(NEXT_DAY, 9), {RB: (3700, 3701), FAR: (3600, 3602)})
    for turn in range(80):
        world.interest = {RB: 9000 + turn % 2, FAR: 9001 - turn % 2}
        world.show()
    # Then each lot was opened once, the roll ended, and the day has one main contract.
    assert (world.net(RB), world.net(FAR)) == (0, 6)
    opened = sum(
        row.filled for row in world.account.orders.values() if row.terms.instrument == FAR and row.terms.is_opening
    )
    assert opened == 6
    card = Desk(world).strategies[ROLL]
    assert (card.status, card.lots, card.handed_back) == (StrategyStatus.FINISHED, {}, True)
    assert [(mark.trading_day, mark.main) for mark in marks(world, ContractFrozen)] == [(NEXT_DAY, FAR)]
    assert len(marks(world, RollBegan)) == 1


def test_a_crossover_that_flips_between_night_and_day_counts_by_the_last_sight_of_the_trading_day(
    world: World,
) -> None:
    # Given a roll that wants the far contract to be the main one on two trading days in a row
    hold(world)
    start(world, roll(OpenInterestCrossover(days=2)))
    quotes: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602)}
    # When it is so today, and in the night of the next trading day, but not in its day session
    world.interest = {RB: 9000, FAR: 9001}
    world.show_at(instant(DAY, 14, 50), quotes)
    world.interest = {RB: 9000, FAR: 8999}
    world.show_at(NEXT_NIGHT, quotes)
    world.wait(2)
    world.show_at(instant(NEXT_DAY, 9, 1), quotes)
    # Then it has not begun: the day is one day.
    assert not marks(world, RollBegan)
    world.interest = {RB: 9000, FAR: 9001}
    world.show_at(instant(NEXT_DAY, 10), quotes)
    world.wait(40)
    assert len(marks(world, RollBegan)) == 1
    assert [mark.trading_day for mark in marks(world, ContractFrozen)] == [DAY, NEXT_DAY]


# --- the complaint: a leg at its limit ---------------------------------------------------------------------------


def test_at_a_limit_near_stands_still_far_catches_up_and_people_are_told(world: World) -> None:
    # Given a roll whose near order rests, part of it filled
    hold(world)
    start(world, roll())
    go(world, 3)
    (near,) = [row for row in world.account.live.values() if row.terms.instrument == RB]
    assert near.terms.side is Side.SELL
    while world.net(RB) == 6:
        world.show(lots=2)
    # When near is locked at its lower limit
    limits = (DayFacts(instrument=RB, trading_day=DAY, upper_limit=3900, lower_limit=3500),)
    world.show({RB: (None, 3500)}, facts=limits)
    closed = 6 - world.net(RB)
    assert 0 < closed < 6
    go(world, 30)
    # Then nothing more of near is closed, no near order is left, far has what near lacks, and an orange alert says so.
    assert 6 - world.net(RB) == closed
    assert world.net(FAR) == closed
    assert not [row for row in world.account.live.values() if row.terms.instrument == RB]
    (alert,) = alerts(world, "MARKET_STUCK")
    assert alert.level is Level.ORANGE
    assert "封在跌停" in alert.sentence
    assert "停止平近月" in alert.sentence
    # And when it trades again the roll goes on to its end.
    world.show({RB: (3700, 3701)})
    go(world, 120)
    assert (world.net(RB), world.net(FAR)) == (0, 6)


def test_a_one_sided_far_stops_the_active_leg_before_it_is_naked(world: World) -> None:
    hold(world)
    start(world, roll(batch_lots=2))
    go(world, 12)
    done = world.net(FAR)
    assert 0 < done < 6
    world.show({FAR: (3600, None)})
    go(world, 20)
    before = world.net(RB)
    go(world, 60)
    assert world.net(RB) == before, "near stands still"
    (alert,) = alerts(world, "MARKET_STUCK")
    assert "只有买价" in alert.sentence
    world.show({FAR: (3600, 3602)})
    go(world, 120)
    assert (world.net(RB), world.net(FAR)) == (0, 6)


# --- cost --------------------------------------------------------------------------------------------------------


def test_the_cost_is_told_against_arrival_and_against_each_timing_not_taken(world: World) -> None:
    # Given two timings of which both must be met, and far dearer when the second one is
    hold(world)
    world.interest = {RB: 9000, FAR: 9001}
    start(world, roll(OpenInterestCrossover(), Manual(), combine=Combine.ALL))
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    world.show({FAR: (3610, 3612)}, after=60)
    row = world.account.strategies[ROLL]
    settings = roll(OpenInterestCrossover(), Manual(go=True), combine=Combine.ALL)
    assert world.do(
        TRADER, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=settings)
    ).ok
    go(world, 60)
    # Then the report has the price paid, the slippage beyond arrival, and what the crossover would have spared.
    (finished,) = marks(world, Finished)
    near, far = (
        sum(one.filled * one.terms.price for one in world.account.orders.values() if one.terms.instrument == name)
        for name in (RB, FAR)
    )
    bought = 6 * Decimal(3701)
    paid = (far - (near - bought)) / 6
    arrival = Decimal(3611) - Decimal("3700.5")
    assert (
        f"每吨成本 −{abs(paid):.2f} 元（中间价差 −{abs(arrival):.2f}，滑点 {paid - arrival:.2f}）" in finished.summary
    )
    assert "手续费 36.00 元" in finished.summary
    then = Decimal(3601) - Decimal("3700.5")
    assert f"“远月持仓量达近月 1 倍”08-21 09:00 满足时中间价差 −{abs(then):.2f}" in finished.summary
    assert f"比它多付 {paid - then:.2f} 元" in finished.summary
    assert world.account.strategies[ROLL].reason.rstrip("。") == finished.summary.rstrip("。")


def test_a_preview_tells_the_cost_now_how_each_timing_stands_and_whose_lots_are_closed(world: World) -> None:
    start_grid(world)
    world.show({RB: (3690, 3691)})
    world.wait(3)
    assert world.net(RB) == 2
    world.buy(4, 3691)
    settings = roll(NEVER, OpenInterestCrossover())
    found = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    told = "\n".join(found.details)
    # Far at its ask less near at its bid: 3602 − 3690; the middles lie 89.5 apart; three yuan a lot on each leg.
    assert "按现价移完：每吨成本 −88.00 元（中间价差 −89.50，滑点 1.50），手续费 36.00 元，合计 −5,244.00 元" in told
    assert "年化展期收益" in told
    assert "时机 1 现在未满足：距最后交易日不多于 0 天，现为 " in told
    assert "时机 2 现在未满足：远月持仓量达近月 1 倍（持仓量未知）" in told
    assert "rb2101 6 手里有 2 手是策略 grid 的持仓" in told


def test_an_alert_of_a_roll_is_raised_once_while_its_market_stands(world: World) -> None:
    hold(world)
    start(world, roll(batch_lots=2))
    go(world, 12)
    for _ in range(100):
        world.show({FAR: (3600, None)})
    assert len([one for one in world.facts(AlertRaised) if one.code == "MARKET_STUCK"]) == 1


def test_a_roll_keeps_flag_and_offsets_of_what_it_closes(world: World) -> None:
    hold(world)
    start(world, roll())
    go(world)
    near = [row for row in world.account.orders.values() if row.cause.strategy == ROLL and row.terms.instrument == RB]
    assert {row.terms.offset for row in near} == {Offset.CLOSE_TODAY}
    assert world.net(I) == 0


# --- other strategies' lots ---------------------------------------------------------------------------------------


def grid_that_holds(world: World) -> StrategyRow:
    """Let a grid hold two lots of near, bought at 3695, and its exit rest."""
    start_grid(world)
    world.show({RB: (3694, 3695)})
    world.wait(3)
    row = world.account.strategies[GRID]
    assert (row.lots[RB].lots, world.net(RB)) == (2, 2)
    return row


def test_a_grid_goes_with_its_lots_when_the_roll_that_names_it_is_complete(world: World) -> None:
    # Given a grid that holds two lots of near and rests its exit, and four lots that are nobody's
    row = grid_that_holds(world)
    world.show({RB: (3700, 3701)})
    world.buy(4, 3701)
    settings = roll(strategies=(GRID,), batch_lots=3)
    told = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).details
    assert any("随移策略 grid：移仓开始时立即暂停，移完改绑 rb2105" in one for one in told)
    # When the roll takes it along
    assert "已启动" in start(world, settings)
    go(world, 5)
    assert row.status is StrategyStatus.PAUSED
    assert row.reason == "随移仓 roll 移动"
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).code == "MOVING"
    go(world, 80)
    # Then one fact says that the roll is over and what the grid is from now on, and no alert said its lots were taken.
    finished = [one for one in world.facts(StrategyMarked) if isinstance(one.mark, Finished)]
    assert len(finished) == 1
    (moved,) = marks(world, Finished)[0].moved
    assert (moved.strategy, moved.near, moved.far, moved.version, moved.resumes) == (GRID, RB, FAR, 2, True)
    assert alerts(world, "LOTS_TAKEN") == []
    assert (world.net(RB), world.net(FAR)) == (0, 6)
    assert isinstance(row.settings, GridSettings)
    near, far = (_paid(world, name) for name in (RB, FAR))
    shift = round(far - near)
    assert (row.settings.instrument, row.settings.anchor) == (FAR, 3705 + shift)
    assert row.settings.stop == 3670 + shift
    assert (RB in row.lots, row.lots[FAR].lots) == (False, 2)
    # And the grid takes its profit in far, where its line stands now, also after a restart.
    world.restart()
    world.show({FAR: (3606 + shift + 98, 3608 + shift + 98)})
    go(world, 5)
    row = world.account.strategies[GRID]
    assert row.status is StrategyStatus.RUNNING
    exits = [one for one in world.account.orders.values() if one.cause.strategy == GRID and one.terms.instrument == FAR]
    assert [(one.terms.side, int(one.terms.price), one.terms.lots) for one in exits if not one.terms.is_opening] == [
        (Side.SELL, 3705 + shift, 2)
    ]


def _paid(world: World, name: InstrumentId) -> Decimal:
    fills = [
        one for one in world.account.trades if world.account.orders[one.order].cause.strategy == ROLL
        and world.account.orders[one.order].terms.instrument == name
    ]  # fmt: skip
    lots = sum(one.lots for one in fills)
    return sum((one.lots * one.price for one in fills), Decimal(0)) / lots


def test_what_a_grid_earned_is_the_same_before_and_after_it_is_bound_anew(world: World) -> None:
    row = grid_that_holds(world)
    before = row.lots[RB].cost
    start(world, roll(strategies=(GRID,), lots=2))
    go(world, 80)
    (finished,) = [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, Finished)]
    (moved,) = finished.moved
    paid = (_paid(world, FAR) - _paid(world, RB)) * 2 * 10
    assert moved.paid_yuan == paid
    assert row.lots[FAR].cost == before + paid


def test_a_roll_that_is_stopped_half_way_binds_nobody_anew(world: World) -> None:
    row = grid_that_holds(world)
    start(world, roll(strategies=(GRID,), lots=2))
    go(world, 3)
    assert row.status is StrategyStatus.PAUSED
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 60)
    assert (row.status, row.version) == (StrategyStatus.PAUSED, 1)
    assert isinstance(row.settings, GridSettings)
    assert row.settings.instrument == RB
    missing = 2 - world.net(RB)
    done = world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID))
    assert done.code == ("LOTS_TAKEN" if missing else "OK")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"strategies": (StrategyId("nobody"),)}, "随移策略 nobody 不存在或已结束"),
        ({"strategies": (GRID, GRID)}, "重复的编号"),
        ({"strategies": (GRID,), "lots": 1, "batch_lots": 1}, "随移策略共持 2 手，多于移仓手数 1 手"),
        ({"strategies": (GRID,), "side": Side.SELL}, "合约、方向或投保与移仓不同"),
    ],
)
def test_what_a_roll_cannot_take_along_is_refused_with_its_reason(
    world: World, changes: dict[str, Any], reason: str
) -> None:
    grid_that_holds(world)
    settings = roll(**changes)
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    assert foreseen.verdict is Verdict.DENY
    for sentence in (foreseen.sentence, start(world, settings)):
        assert reason in sentence
