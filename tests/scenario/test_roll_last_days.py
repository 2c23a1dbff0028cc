"""Near's last trading days under a roll, in the users' words: people are told what is left, and it ends with near."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import InstrumentId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    GridSettings,
    Manual,
    Slices,
    StepDay,
)
from terminal.domain.words.risk import Level
from tests.engine_market import instruments
from tests.engine_world import DAY, FAR, NEXT_DAY, ONE, OTHER, RB, TRADER, Shown, World
from tests.scenario.between import between, half, held, net, people
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, ROLL, alerts
from tests.scenario.test_roll import go, hold, roll, start

THREE_LEFT, TWO_LEFT, LAST, AFTER = 20210112, 20210113, 20210115, 20210118
NEAR: Shown = (3890, 3891)


def morning(world: World, day: int, far: Shown = (3600, 3602)) -> None:
    world.show_at(instant(day, 9, 30), {RB: NEAR, FAR: far})
    go(world, 3)


def expire(world: World) -> None:
    world.show(facts=[DayFacts(instrument=RB, trading_day=LAST, settlement=3900)])
    world.show_at(instant(LAST, 15, 1), {FAR: (3600, 3602)})
    world.show_at(instant(AFTER, 9), {FAR: (3600, 3602)})
    for _ in range(5):
        world.show({FAR: (3600, 3602)})


def test_a_roll_that_waits_for_ever_tells_on_each_of_the_last_three_days_and_ends_with_near(world: World) -> None:
    # Given six lots, and a roll that waits for a word nobody gives
    hold(world)
    morning(world, THREE_LEFT)
    start(world, roll(Manual()))
    go(world, 3)
    assert alerts(world, "NEAR_EXPIRES") == []
    # When near's last days come
    for day in (TWO_LEFT, 20210114, LAST):
        morning(world, day)
        go(world, 3)
    # Then each of them brings one word, the last one the loudest;
    told = alerts(world, "NEAR_EXPIRES")
    assert [one.level for one in told] == [Level.YELLOW, Level.YELLOW, Level.ORANGE]
    assert "还有 2 个交易日到最后交易日，还有 6 手（" in told[0].sentence
    assert "本交易日（20210115）是最后交易日，还有 6 手（" in told[2].sentence
    # and once near is over so is the roll, which says what it left.
    expire(world)
    row = world.account.strategies[ROLL]
    assert (row.status, world.net(FAR)) == (StrategyStatus.FINISHED, 0)
    (left,) = alerts(world, "ROLL_LEFT")
    assert "已过最后交易日，移仓到此为止：6 手没有移" in left.sentence


def test_the_night_before_nears_last_day_is_not_called_today(world: World) -> None:
    # Given six lots, a roll that waits, and the evening of 14 January: by trading days it is the 15th, near's last
    hold(world)
    morning(world, 20210114)
    start(world, roll(Manual(), StepDay(day=LAST, days=0), combine=Combine.ALL))
    go(world, 3)
    world.show_at(instant(20210114, 21, 5), {RB: NEAR, FAR: (3600, 3602)})
    go(world, 3)
    # Then the day is told by its date: that evening nobody may take it for the last one.
    said = alerts(world, "NEAR_EXPIRES")[-1].sentence
    assert "本交易日（20210115）是最后交易日，还有 6 手（" in said
    assert "今天" not in said


def test_a_roll_in_the_middle_opens_far_for_what_it_closed_and_says_what_it_left(world: World) -> None:
    # Given two of six lots closed on near's last day, and nobody who offers far
    hold(world)
    morning(world, LAST)
    start(world, roll(DaysToExpiry(days=3), batch_lots=2, naked_lots=2))
    go(world, 3)
    world.show({RB: (3891, 3892), FAR: (3600, None)})
    for _ in range(3):
        world.show({RB: (3891, 3892), FAR: (3600, None)})
    assert (world.net(RB), world.net(FAR)) == (4, 0)
    # When near is over
    expire(world)
    # Then far has caught up, and the roll ends.
    row = world.account.strategies[ROLL]
    assert (row.status, world.net(FAR)) == (StrategyStatus.FINISHED, 2)
    (left,) = alerts(world, "ROLL_LEFT")
    assert "已移 2 手到 螺纹钢2105，4 手没有移" in left.sentence


@pytest.mark.parametrize(("sliced", "way"), [(False, "加大每批手数"), (True, "减少份数")])
def test_a_roll_that_has_begun_is_not_told_to_change_its_timings(world: World, way: str, *, sliced: bool) -> None:
    # Given a roll that has begun on the eve of near's last day, and lags
    hold(world)
    morning(world, 20210114)
    timing = Slices(first_day=20210114, slices=2) if sliced else DaysToExpiry(days=3)
    start(world, roll(timing, batch_lots=1, batch_pause_seconds=40_000))
    go(world, 3)
    # When the last day comes, then it is told what would hasten it.
    morning(world, LAST)
    assert f"到期不移即交割或了结，来不及的请{way}，或人工移" in alerts(world, "NEAR_EXPIRES")[-1].sentence


def test_lots_that_a_resting_order_held_on_the_last_day_are_delivered_and_said_to_be(world: World) -> None:
    # Given six lots on near's last day, all held by a person's order to close them that rests
    hold(world)
    morning(world, LAST)
    assert world.close_long(6, 3950, offset=Offset.CLOSE_YESTERDAY).ok
    start(world, roll(Manual(go=True)))
    go(world, 5)
    assert len(alerts(world, "POSITION_MISSING")) == 1
    # When near is over
    expire(world)
    # Then nobody is told that they were not there.
    (left,) = alerts(world, "ROLL_LEFT")
    assert "移仓到此为止：6 手没有移。没有移的按到期处理，请核对持仓" in left.sentence
    assert "缺手数" not in left.sentence


def test_lots_that_were_not_there_on_the_last_day_are_not_said_to_be_delivered(world: World) -> None:
    # Given a roll of six lots, of which the account holds four on near's last day
    hold(world, 4)
    morning(world, LAST)
    start(world, roll(Manual(go=True)))
    for _ in range(20):
        world.show({RB: NEAR, FAR: (3600, 3602)})
        world.show({RB: (3891, 3892)})
    assert (world.net(RB), world.net(FAR)) == (0, 4)
    # When near is over
    expire(world)
    # Then what was not moved is said to have been missing.
    (left,) = alerts(world, "ROLL_LEFT")
    assert "已移 4 手到 螺纹钢2105，2 手没有移（近月缺手数）；每吨成本 " in left.sentence
    assert "没有移的账户里已经没有，请核对持仓" in left.sentence
    assert "按到期处理" not in left.sentence


def test_a_paused_roll_tells_of_the_last_days_too_once_a_day_and_what_to_do(world: World) -> None:
    # Given a roll that a person has paused before near's last days
    hold(world)
    morning(world, THREE_LEFT)
    start(world, roll(Manual()))
    go(world, 3)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 3)
    assert alerts(world, "NEAR_EXPIRES") == []
    # When they come, and the runner is started anew in the middle of one
    morning(world, TWO_LEFT)
    go(world, 3)
    world.restart()
    world.show({RB: NEAR, FAR: (3600, 3602)}, after=60)
    go(world, 3)
    morning(world, LAST)
    go(world, 3)
    # Then each brings one word, which says that nobody will move them but who resumes it;
    first, last = alerts(world, "NEAR_EXPIRES")
    assert (first.level, last.level) == (Level.YELLOW, Level.ORANGE)
    assert "还有 6 手（" in last.sentence
    assert "移仓已暂停（" in last.sentence
    assert "不会自己移；请恢复它，或人工移" in last.sentence
    # and resumed on the same day it does not say it again.
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=ROLL)).ok
    go(world, 5)
    assert len(alerts(world, "NEAR_EXPIRES")) == 2


def paused(world: World) -> None:
    morning(world, THREE_LEFT)
    start(world, roll(Manual()))
    go(world, 3)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok


def test_a_paused_roll_is_told_of_once_near_trades_and_not_before(world: World) -> None:
    hold(world)
    paused(world)
    world.show_at(instant(LAST, 8, 50), {RB: NEAR, FAR: (3600, 3602)})
    world.wait(3)
    assert alerts(world, "NEAR_EXPIRES") == []
    morning(world, LAST)
    assert len(alerts(world, "NEAR_EXPIRES")) == 1


def test_a_paused_roll_of_lots_that_are_not_there_tells_nothing(world: World) -> None:
    paused(world)
    morning(world, LAST)
    go(world, 3)
    assert alerts(world, "NEAR_EXPIRES") == []


def test_between_accounts_only_the_half_that_holds_near_is_told_while_both_are_paused(begin: Begin) -> None:
    world = held(begin)
    morning(world, THREE_LEFT)
    asked = c.StartStrategy(account=ONE, strategy=ROLL, settings=between(timings=(Manual(),)))
    assert world.do(TRADER, asked).ok
    go(world, 3)
    for account in (ONE, OTHER):
        name = half(world, account).strategy
        assert world.do(TRADER, c.PauseStrategy(account=account, strategy=name)).ok
    morning(world, LAST)
    go(world, 3)
    (told,) = alerts(world, "NEAR_EXPIRES")
    assert told.account == ONE


def test_lots_that_the_account_no_longer_holds_are_not_warned_of(world: World) -> None:
    morning(world, LAST)
    start(world, roll(Manual()))
    go(world, 3)
    assert alerts(world, "NEAR_EXPIRES") == []


def test_between_accounts_the_half_that_opens_far_ends_with_near_too(begin: Begin) -> None:
    world = held(begin)
    morning(world, LAST)
    asked = c.StartStrategy(account=ONE, strategy=ROLL, settings=between(timings=(Manual(),)))
    assert world.do(TRADER, asked).ok
    go(world, 3)
    expire(world)
    assert (half(world, ONE).status, half(world, OTHER).status) == (StrategyStatus.FINISHED, StrategyStatus.STOPPED)
    assert net(world, OTHER, FAR) == 0
    assert "任务的另一半已结束" in half(world, OTHER).reason


def test_between_accounts_the_roll_waits_for_the_last_lot_of_far_before_it_tells_its_cost(begin: Begin) -> None:
    # Given six lots closed on near's last day, five of far opened, and nobody who offers the sixth
    world = held(begin, at=instant(LAST, 9, 30))
    settings = between(timings=(DaysToExpiry(days=3),))
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).ok
    world.wait(15)
    for _ in range(60):
        if net(world, ONE, RB) <= 1:
            break
        world.show({RB: (3701, 3702), FAR: (3600, 3602)})
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    world.show({FAR: (3600, None)})
    for _ in range(20):  # far's offers go in the very moment that fills near
        if net(world, ONE, RB) + net(world, OTHER, FAR) < 6:
            break
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
        world.grow({RB: (3702, 3703), FAR: (3600, None)})
        world.drain()
    assert (net(world, ONE, RB), net(world, OTHER, FAR)) == (0, 5)
    # When near is over while far is still missing
    world.show(facts=[DayFacts(instrument=RB, trading_day=LAST, settlement=3900)])
    world.show_at(instant(LAST, 15, 1), {FAR: (3600, None)})
    world.quotes.pop(RB)
    world.show_at(instant(AFTER, 9), {FAR: (3600, None)})
    for _ in range(5):
        world.show({FAR: (3600, None)})
    # Then neither half is over, and no cost is told of lots that were never opened.
    assert (half(world, ONE).status, half(world, OTHER).status) == (StrategyStatus.RUNNING, StrategyStatus.RUNNING)
    # When somebody offers it
    for _ in range(90):
        world.show({FAR: (3600, 3602)})
    # Then both are over, and the cost is that of all six: far is about a hundred yuan below near.
    assert net(world, OTHER, FAR) == 6
    assert (half(world, ONE).status, half(world, OTHER).status) == (StrategyStatus.FINISHED, StrategyStatus.FINISHED)
    assert half(world, ONE).reason.startswith("移仓完成：螺纹钢2101 → 螺纹钢2105 6 手，每吨成本 −9")
    assert alerts(world, "ROLL_LEFT") == []


def lacking(begin: Begin, near: InstrumentId, far: InstrumentId) -> World:
    """Return a roll between accounts on January's last day that lacks lots of far nobody offers."""
    world = begin(opening=people(), at=instant(LAST, 9, 30))
    for _ in range(3):
        world.buy(2, 3701 if near == RB else 3602, instrument=near)
        world.wait(3)
    settings = between(near=near, far=far, timings=(Manual(go=True),), batch_lots=2)
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings)).ok
    low: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3601)}
    high: dict[InstrumentId, Shown] = {RB: (3702, 3703), FAR: (3602, 3603)}
    for _ in range(40):  # far's offers go in the very moment that fills near
        world.show(low)
        world.grow({near: high[near], far: (low[far][0], None)})
        world.drain()
        if net(world, ONE, near) + net(world, OTHER, far) < 6:
            break
    world.show({far: (low[far][0], None)})
    assert net(world, ONE, near) + net(world, OTHER, far) < 6
    return world


def january_ends(world: World, shown: Shown) -> None:
    world.show(facts=[DayFacts(instrument=RB, trading_day=LAST, settlement=3700)])
    world.show_at(instant(LAST, 15, 1), {FAR: shown})
    world.quotes.pop(RB)
    world.show_at(instant(AFTER, 9), {FAR: shown})
    for _ in range(30):
        world.show({FAR: shown})


def test_between_accounts_nobody_is_told_to_wait_for_a_far_half_that_is_over(begin: Begin) -> None:
    # Given a roll back between accounts that lacks lots of January on its last day, near's half paused
    world = lacking(begin, FAR, RB)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    # When January is over
    january_ends(world, (3600, 3602))
    # Then far's half has ended and said what it lacks, and nobody is told that it will make up for that.
    assert half(world, OTHER).status is StrategyStatus.FINISHED
    assert "手开不了了" in half(world, OTHER).reason
    assert alerts(world, "FELLOW_HELD") == []
    # And the half that closes near has ended by itself, paused as it was.
    assert half(world, ONE).status is StrategyStatus.FINISHED


@pytest.mark.parametrize("over", [False, True])
def test_between_accounts_nobody_is_told_to_take_back_a_near_contract_that_is_over(begin: Begin, over: bool) -> None:
    # Given a roll between accounts that lacks lots of May, before January is over or after it
    world = lacking(begin, RB, FAR)
    if over:
        january_ends(world, (3600, None))
    # When a person pauses the half that opens May
    assert world.do(TRADER, c.PauseStrategy(account=OTHER, strategy=half(world, OTHER).strategy)).ok
    world.show({FAR: (3600, None)})
    # Then the word to near's account says what can still be done.
    told = next(one.sentence for one in alerts(world, "FELLOW_HELD") if one.account == ONE)
    assert "不能等的请人工开远月" in told
    assert ("买回近月" in told, "停止平近月" in told) == (not over, not over)


def test_a_roll_back_whose_earlier_month_is_over_ends_and_says_what_it_left(world: World) -> None:
    # Given six lots of May that wait to be moved back into January
    world.buy(6, 3602, instrument=FAR)
    start(world, roll(Manual(), near=FAR, far=RB))
    go(world, 3)
    morning(world, LAST)
    go(world, 3)
    assert world.account.strategies[ROLL].status is StrategyStatus.RUNNING
    # When January is over
    expire(world)
    # Then the roll is too, and says what stays where it is.
    assert world.account.strategies[ROLL].status is StrategyStatus.FINISHED
    (left,) = alerts(world, "ROLL_LEFT")
    assert "远月 螺纹钢2101 已过最后交易日，移仓到此为止：6 手没有移。没有移的还在近月" in left.sentence
    assert world.net(FAR) == 6


def test_a_roll_back_that_lacks_lots_of_a_month_that_is_over_says_how_many_and_no_cost(world: World) -> None:
    # Given a roll back whose far leg nobody offers on its last day
    world.buy(6, 3602, instrument=FAR)
    morning(world, LAST)
    start(world, roll(Manual(go=True), near=FAR, far=RB, batch_lots=2, naked_lots=2))
    for _ in range(20):  # its offers are gone in the very moment that fills near
        world.show({FAR: (3600, 3602), RB: NEAR})
        world.grow({FAR: (3603, 3604), RB: (3890, None)})
        world.drain()
        if world.net(FAR) + world.net(RB) < 6:
            break
    closed, opened = 6 - world.net(FAR), world.net(RB)
    assert closed > opened
    # When that day is over
    expire(world)
    go(world, 3)
    row = world.account.strategies[ROLL]
    assert row.status is StrategyStatus.FINISHED
    (left,) = alerts(world, "ROLL_LEFT")
    assert f"近月已平 {closed} 手，远月已开 {opened} 手，还缺 {closed - opened} 手开不了了" in left.sentence
    assert "成本" not in left.sentence


@pytest.mark.parametrize("act", [c.PauseStrategy, c.StopStrategy])
def test_a_roll_back_that_winds_down_when_its_month_is_over_ends_and_promised_nothing(
    world: World, act: type[c.PauseStrategy | c.StopStrategy]
) -> None:
    # Given a roll back that a person has paused or stopped, and that lacks two lots nobody offers on far's last day
    world.buy(6, 3602, instrument=FAR)
    morning(world, LAST)
    start(world, roll(Manual(go=True), near=FAR, far=RB, batch_lots=2, naked_lots=2))
    for _ in range(20):
        world.show({FAR: (3600, 3602), RB: NEAR})
        world.grow({FAR: (3603, 3604), RB: (3890, None)})
        world.drain()
        if world.net(FAR) + world.net(RB) < 6:
            break
    lacks = 6 - world.net(FAR) - world.net(RB)
    assert lacks > 0
    world.show({FAR: (3600, 3602), RB: (3890, None)})
    assert world.do(TRADER, act(account=ONE, strategy=ROLL)).ok
    go(world, 3)
    assert world.account.strategies[ROLL].status is StrategyStatus.WINDING
    # When the market goes into its noon break, the roll may yet catch up; after the last stretch it may not.
    last_moments = instant(LAST, 14, 59) + 58 * SECOND_NS
    for at, promised in ((instant(LAST, 11, 31), True), (instant(LAST, 13, 31), True), (last_moments, False)):
        world.show_at(at, {FAR: (3600, 3602), RB: (3890, None)})
        told = alerts(world, "LEG_OVER_BREAK")[-1].sentence
        assert ("开市后策略先补齐" in told) is promised
        assert ("不再开市，策略补不了" in told) is not promised
    # When that day is over, the roll is too, and says what is lacking for good.
    expire(world)
    assert world.account.strategies[ROLL].status is StrategyStatus.FINISHED
    (left,) = alerts(world, "ROLL_LEFT")
    assert f"还缺 {lacks} 手开不了了" in left.sentence


def test_in_the_friday_night_of_its_last_day_a_lacking_leg_is_promised_monday(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a roll back into a month whose last day is Monday, and the night session of Friday, which belongs to it
    monkeypatch.setitem(instruments(), RB, msgspec.structs.replace(instruments()[RB], expiry=NEXT_DAY))
    world = begin()
    world.buy(6, 3602, instrument=FAR)
    world.show_at(instant(DAY, 22, 0), {RB: NEAR, FAR: (3600, 3602)})
    go(world, 3)
    start(world, roll(Manual(go=True), near=FAR, far=RB, batch_lots=2, naked_lots=2))
    for _ in range(20):
        world.show({FAR: (3600, 3602), RB: NEAR})
        world.grow({FAR: (3603, 3604), RB: (3890, None)})
        world.drain()
        if world.net(FAR) + world.net(RB) < 6:
            break
    assert world.net(FAR) + world.net(RB) < 6
    # When the night ends, then nobody is told that the leg is never mended: on Monday morning it is.
    world.show_at(instant(DAY, 22, 59) + 58 * SECOND_NS, {FAR: (3600, 3602), RB: (3890, None)})
    (told,) = alerts(world, "LEG_OVER_BREAK")
    assert "开市后策略先补齐" in told.sentence
    assert "不再开市" not in told.sentence
    world.show_at(instant(NEXT_DAY, 9), {FAR: (3600, 3602), RB: NEAR})
    go(world, 5)
    assert world.net(FAR) + world.net(RB) == 6


@pytest.mark.parametrize(
    ("offer", "said", "why"),
    [
        (None, "近月已平 2 手，远月已开 0 手，还缺 2 手开不了了，2 手没有移", "近月已平 2 手，远月只开了 0 手"),
        (3892, "已移 2 手到 螺纹钢2101，2 手没有移；每吨成本 ", "远月 rb2101 已过最后交易日"),
    ],
)
def test_what_goes_with_a_roll_back_is_not_bound_to_a_month_that_is_over(
    world: World, offer: int | None, said: str, why: str
) -> None:
    # Given a grid that holds two lots of May, two more that are nobody's, and a roll that takes them back into January
    world.buy(2, 3602, instrument=FAR)
    settings = GridSettings(
        account=ONE, instrument=FAR, side=Side.BUY, anchor=Decimal(3605), step=Decimal(10), lines=1, lots_per_line=2,
        stop=Decimal(3500), lower=Decimal(3510), upper=Decimal(3650),
    )  # fmt: skip
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    go(world, 3)
    world.show({FAR: (3594, 3595)})
    world.wait(3)
    assert world.net(FAR) == 4
    morning(world, LAST)
    back = roll(Manual(go=True), near=FAR, far=RB, lots=4, batch_lots=2, batch_pause_seconds=40_000, strategies=(GRID,))
    start(world, back)
    for _ in range(20):  # its offers may be gone in the very moment that fills near
        world.show({FAR: (3600, 3602), RB: NEAR})
        world.grow({FAR: (3603, 3604), RB: (3890, offer)})
        world.drain()
        if world.net(FAR) == 2:
            break
    go(world, 3)
    assert world.net(RB) == (2 if offer else 0)
    # When January is over
    expire(world)
    go(world, 3)
    # Then the grid stays bound where it was, and one word says that, and what was not moved.
    row = world.account.strategies[GRID]
    assert isinstance(row.settings, GridSettings)
    assert row.settings.instrument == FAR
    (told,) = alerts(world, "NOT_BOUND_ANEW")
    assert said in told.sentence
    assert f"没有改绑 grid（{why}；现绑在 rb2105）" in told.sentence
