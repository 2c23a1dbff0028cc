"""The stop of a grid has a certain end: what its lots could be closed at alone, once that has lasted for minutes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.exit_marks import ExitSeen
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.fact.marks import RangeEntered, RangeLeft
from terminal.domain.market import DayFacts
from terminal.domain.parameters.strategy import OutOfRange
from terminal.engine.sentences.marks import mark_sentence
from tests.engine_market import Shown
from tests.engine_world import DAY, FAR, ONE, RB, TRADER, World
from tests.scenario.legs import GRID, SPREAD, alerts
from tests.scenario.test_grid_unseen import overnight, told
from tests.scenario.test_spread_grid import begin, costs, ladder
from tests.scenario.test_spread_grid_opening import card, marks
from tests.scenario.test_spread_grid_wide_book import book, mirrored
from tests.unit.engine.foreseen import ask

WIDE: Shown = (3664, 3680)  # it sells for 62 and costs 80: the stop of 65 lies between
SHORT: Shown = (3668, 3680)  # it sells for 66
WAITS = "等这样在连续交易里满 5 分钟、或另一边也到了才"


def left(world: World) -> list[tuple[Decimal, bool, bool]]:
    return [(one.price, one.stopped, one.lasted) for one in marks(world, RangeLeft)]


def holding(world: World, choice: OutOfRange = OutOfRange.HOLD) -> None:
    """Have a grid that holds six sets, stops at 65 and whose range begins at 75."""
    begin(world, ladder(out_of_range=choice))
    assert costs(world, 81) == (6, -6)


def test_a_book_that_stays_wider_than_the_stop_is_told_after_a_minute_and_stopped_after_five(world: World) -> None:
    # Given a grid of which all that anybody pays for its lots lies beyond its stop, and the offer does not
    holding(world)
    book(world, WIDE, 58)
    assert not alerts(world, "EXIT_UNSEEN")
    book(world, WIDE, 6)
    # Then after a minute people read what will happen, when, and what they can do,
    (said,) = alerts(world, "EXIT_UNSEEN")
    assert "卖出得 62 已到止损价 65、买入付 80 还没有到，" in said.sentence
    assert "在连续交易里再这样满 4 分钟就按止损平掉所持仓位并结束，两边都到立即，" in said.sentence
    assert "，其间有一眼回到止损之内就重新算、再提醒；" in said.sentence
    assert said.sentence.endswith("不要这样的，请在那之前暂停它或改止损价，要先走请人工平仓。")
    # and after five, over a restart too, it is stopped, both legs are closed, and it has ended.
    book(world, WIDE, 120)
    world.restart()
    book(world, WIDE, 114)
    assert not left(world)
    book(world, WIDE, 4)
    assert left(world) == [(Decimal(62), True, True)]
    (stopped,) = alerts(world, "GRID_STOPPED")
    assert "：卖出得 62 到止损价 65 已满 5 分钟，价差网格持有 " in stopped.sentence
    book(world, WIDE, 12)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert world.account.strategies[SPREAD].status is StrategyStatus.FINISHED
    assert len(alerts(world, "EXIT_UNSEEN")) == 1
    assert world.refolded().state_hash() == world.state.state_hash()


def test_a_grid_that_sold_the_spread_is_stopped_by_what_buying_it_back_costs(world: World) -> None:
    begin(world, mirrored())
    book(world, (3804, 3805), 4)
    assert world.net(RB) == -2
    book(world, (3804, 3840), 290)  # it sells for 202 and costs 240: the stop is at 235
    assert not left(world)
    book(world, (3804, 3840), 15)
    assert left(world) == [(Decimal(240), True, True)]


def test_one_that_keeps_its_lots_stops_so_and_keeps_them(world: World) -> None:
    holding(world, OutOfRange.STOP)
    book(world, WIDE, 310)
    assert "再这样满 4 分钟就按止损撤单停止、保留持仓" in alerts(world, "EXIT_UNSEEN")[0].sentence
    assert left(world) == [(Decimal(62), True, True)]
    assert (world.net(RB), world.account.strategies[SPREAD].status) == (6, StrategyStatus.FINISHED)


def test_short_of_the_stop_for_a_moment_it_counts_from_the_beginning(world: World) -> None:
    holding(world)
    book(world, WIDE, 280)
    book(world, SHORT, 1)
    book(world, WIDE, 290)
    assert not left(world)
    # It counts from a minute after that at the latest, however often it comes and goes, and people are told anew.
    book(world, WIDE, 75)
    assert left(world) == [(Decimal(62), True, True)]
    assert len(alerts(world, "EXIT_UNSEEN")) == 2


def test_what_comes_back_short_of_the_stop_again_and_again_stops_nothing_and_people_read_why(world: World) -> None:
    # Given a book that is wide, and pays more than the stop for one look just before each five minutes are over
    holding(world)
    for _ in range(3):
        book(world, WIDE, 288)
        book(world, SHORT, 1)
    # Then it is not stopped, people are told each time, and that such a look is why.
    assert not left(world)
    told_then = alerts(world, "EXIT_UNSEEN")
    assert len(told_then) == 3
    assert all("其间有一眼回到止损之内就重新算、再提醒；" in one.sentence for one in told_then)
    # When it comes back within two minutes, then both sides at the stop still stop it at once.
    for _ in range(2):
        book(world, WIDE, 115)
        book(world, SHORT, 1)
    assert (left(world), len(alerts(world, "EXIT_UNSEEN"))) == ([], 3)
    book(world, (3660, 3665), 2)
    assert left(world) == [(Decimal(65), True, False)]


def warned(world: World) -> tuple[list[AlertRaised], list[AlertRaised]]:
    """Return what says that its stop will be executed, and what says that it is put off."""
    told_of = alerts(world, "EXIT_UNSEEN")
    return [one for one in told_of if "断续" not in one.sentence], [one for one in told_of if "断续" in one.sentence]


@pytest.mark.parametrize("wide", [1, 20, 59, 115])
def test_a_stop_put_off_by_looks_short_of_it_too_often_for_a_warning_is_told_of_once(world: World, wide: int) -> None:
    # Given a book that is at the stop, and back short of it for one look before anybody is warned, for twenty minutes
    holding(world)
    book(world, SHORT, 1)
    for _ in range(1200 // (wide + 1)):
        book(world, WIDE, wide)
        book(world, SHORT, 1)
    # Then nothing is stopped by it, and people read once that nothing will be, what it waits for, and what they can do.
    assert not left(world)
    before, (said,) = warned(world)
    assert len(before) == (wide > 60)  # the first time nobody has seen a look short of it yet
    assert "卖出得 62 已到止损价 65、买入付 80 还没有到，不时有一眼回到止损之内，这样断续已满 10 分钟" in said.sentence
    assert "就不会按止损平掉所持仓位并结束，要等两边都到，或连续交易里不间断满 5 分钟" in said.sentence
    assert said.sentence.endswith("不愿等的，请人工平仓。")
    stated = next(one for one in marks(world, ExitSeen) if one.put_off)
    assert "断续已满 10 分钟，止损被推迟" in mark_sentence(world.account.strategies[SPREAD].settings, stated)
    assert world.refolded().state_hash() == world.state.state_hash()
    # When it stays, then it is warned of and stopped as ever.
    book(world, WIDE, 375)
    assert left(world) == [(Decimal(62), True, True)]
    after, told_again = warned(world)
    assert (len(after) - len(before), len(told_again)) == (1, 1)


def test_a_stop_reached_for_a_look_every_few_minutes_is_not_called_put_off(world: World) -> None:
    holding(world)
    for _ in range(6):
        book(world, WIDE, 1)
        book(world, SHORT, 180)
    assert not alerts(world, "EXIT_UNSEEN")


def test_what_people_were_told_in_the_morning_warns_of_no_stop_in_the_afternoon(world: World) -> None:
    # Given a wide book of which people were told in the morning, and which was short of the stop for hours
    holding(world)
    book(world, WIDE, 70)
    assert len(alerts(world, "EXIT_UNSEEN")) == 1
    book(world, SHORT, 5)
    world.show_at(instant(DAY, 13, 45), {RB: SHORT}, last={RB: 3704, FAR: 3601})
    book(world, SHORT, 5)
    assert len(alerts(world, "EXIT_UNSEEN")) == 1
    # When it is wide again, then people read of it once more after a minute, and have four to do something about it.
    book(world, WIDE, 65)
    morning, afternoon = alerts(world, "EXIT_UNSEEN")
    assert afternoon.sentence == morning.sentence
    book(world, WIDE, 230)
    assert not left(world)
    book(world, WIDE, 15)
    assert left(world) == [(Decimal(62), True, True)]
    assert len(alerts(world, "EXIT_UNSEEN")) == 2
    assert world.refolded().state_hash() == world.state.state_hash()


def test_a_side_that_is_missing_for_a_moment_does_not_begin_it_anew(world: World) -> None:
    holding(world)
    for _ in range(6):
        book(world, WIDE, 49)
        book(world, (3664, None), 1)
    assert not left(world)
    book(world, WIDE, 6)
    assert left(world) == [(Decimal(62), True, True)]


def test_what_stood_before_a_lock_has_not_lasted_through_it(world: World) -> None:
    # Given a wide book for a while, and then a far month that is locked at its lower limit for ten minutes
    holding(world)
    facts = DayFacts(instrument=FAR, trading_day=DAY, upper_limit=3900, lower_limit=3300)
    world.show({RB: WIDE}, facts=[facts])
    book(world, WIDE, 70)
    book(world, WIDE, 600, far=(None, 3300))
    # Then the first wide book after it stops nothing.
    book(world, WIDE, 5)
    assert not left(world)
    book(world, WIDE, 290)
    assert not left(world)
    book(world, WIDE, 70)
    assert left(world) == [(Decimal(62), True, True)]


def test_what_stood_before_a_break_begins_anew_after_it(world: World) -> None:
    holding(world)
    world.show_at(instant(DAY, 10, 11))
    book(world, WIDE, 200)
    world.show_at(instant(DAY, 10, 30) + SECOND_NS, {RB: WIDE}, last={RB: 3704, FAR: 3601})
    book(world, WIDE, 290)
    assert not left(world)
    assert len(alerts(world, "EXIT_UNSEEN")) == 2
    book(world, WIDE, 15)
    assert left(world) == [(Decimal(62), True, True)]


def test_one_snapshot_that_nothing_follows_does_not_last(world: World) -> None:
    # Given one wide snapshot, after which the near month is not quoted any more
    holding(world)
    book(world, WIDE, 1)
    del world.quotes[RB]
    for _ in range(400):
        world.show({FAR: (3600, 3602)}, last={FAR: 3601})
    assert not left(world)
    # When it is back, then a second one says what will happen, and stops it in time to do something about it.
    book(world, WIDE, 3)
    assert "再这样满 4 分钟就按止损平掉" in alerts(world, "EXIT_UNSEEN")[-1].sentence
    book(world, WIDE, 230)
    assert not left(world)
    book(world, WIDE, 10)
    assert left(world) == [(Decimal(62), True, True)]


def test_a_leg_that_is_quoted_seldom_is_stopped_too(world: World) -> None:
    # Given a near month of which a book is shown every hundred seconds only, always as wide
    holding(world)
    for _ in range(5):
        book(world, WIDE, 1)
        del world.quotes[RB]
        for _ in range(99):
            world.show({FAR: (3600, 3602)}, last={FAR: 3601})
    book(world, WIDE, 2)
    assert left(world) == [(Decimal(62), True, True)]


def test_who_changes_the_stop_or_resumes_it_has_five_minutes_again(world: World) -> None:
    holding(world)
    book(world, WIDE, 240)
    wanted = ladder(stop=Decimal(63))
    change = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=wanted)
    assert f"现在卖出得 62 已到止损价 63：生效后{WAITS}平掉所持 6 套并结束" in ask(world, change).sentence
    assert world.do(TRADER, change).ok
    book(world, WIDE, 240)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    book(world, WIDE, 400)
    resume = c.ResumeStrategy(account=ONE, strategy=SPREAD)
    assert f"现在卖出得 62 已到止损价 63：恢复后{WAITS}平掉所持 6 套并结束" in ask(world, resume).sentence
    assert world.do(TRADER, resume).ok
    book(world, WIDE, 290)
    assert not left(world)
    book(world, WIDE, 75)
    assert left(world) == [(Decimal(62), True, True)]


def test_a_paused_one_is_told_of_it_after_a_minute_and_once_more_when_both_sides_are_there(world: World) -> None:
    holding(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    book(world, WIDE, 50)
    book(world, SHORT, 2)
    book(world, WIDE, 55)
    assert not alerts(world, "GRID_UNGUARDED")
    book(world, WIDE, 200)
    (said,) = alerts(world, "GRID_UNGUARDED")
    assert "价差卖出得 62 已到止损价 65、买入付 80 还没有到（两边都到再提醒一次），价差网格持有" in said.sentence
    book(world, (3660, 3664), 5)
    assert "价差 64 已到止损价 65，价差网格持有" in alerts(world, "GRID_UNGUARDED")[1].sentence
    book(world, WIDE, 100)
    assert len(alerts(world, "GRID_UNGUARDED")) == 2


def paused(world: World) -> None:
    holding(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok


def test_a_paused_one_is_told_of_it_though_a_side_is_missing_now_and_then(world: World) -> None:
    paused(world)
    book(world, WIDE, 49)
    book(world, (3664, None), 5)
    book(world, (None, None), 5)
    assert not alerts(world, "GRID_UNGUARDED")
    # It is told by the next look that shows it again, and not a second time.
    book(world, WIDE, 2)
    assert "价差卖出得 62 已到止损价 65、买入付 80 还没有到" in alerts(world, "GRID_UNGUARDED")[0].sentence
    for _ in range(3):
        book(world, WIDE, 49)
        book(world, (3664, None), 1)
    assert len(alerts(world, "GRID_UNGUARDED")) == 1


def test_a_paused_one_counts_from_the_beginning_after_a_lock(world: World) -> None:
    paused(world)
    facts = DayFacts(instrument=FAR, trading_day=DAY, upper_limit=3900, lower_limit=3300)
    world.show({RB: WIDE}, facts=[facts])
    book(world, WIDE, 40)
    book(world, WIDE, 5, far=(None, 3300))
    book(world, WIDE, 50)
    assert not alerts(world, "GRID_UNGUARDED")
    book(world, WIDE, 15)
    assert len(alerts(world, "GRID_UNGUARDED")) == 1


def test_a_paused_one_counts_from_the_beginning_after_a_break(world: World) -> None:
    # Given a wide book before the break, and after it the near month's first quotes, of one side
    paused(world)
    world.show_at(instant(DAY, 10, 14) + 20 * SECOND_NS, {RB: WIDE}, last={RB: 3704, FAR: 3601})
    book(world, WIDE, 30)
    world.show_at(instant(DAY, 10, 30) + SECOND_NS, {RB: (3664, None)}, last={RB: 3704, FAR: 3601})
    book(world, (3664, None), 70)
    # Then the first wide one tells nothing, for it may be a lone snapshot.
    book(world, WIDE, 50)
    assert not alerts(world, "GRID_UNGUARDED")
    book(world, WIDE, 15)
    assert len(alerts(world, "GRID_UNGUARDED")) == 1


# --- where nothing is held, and where it waits -----------------------------------------------------------------------


def test_nothing_is_opened_that_would_be_at_its_stop_at_once_and_card_and_preview_say_why(world: World) -> None:
    world.traded = {RB, FAR}
    book(world, (3664, 3690), 2)  # it sells for 62 and costs 90: two lines could be bought
    start = c.StartStrategy(account=ONE, strategy=SPREAD, settings=ladder())
    said = ask(world, start)
    assert "现在启动先等待：卖出得 62 已到止损价 65、买入付 90 还没有到，这时不入场，离开止损价再报" in said.details
    assert "止损：卖出得、买入付都到就立即；只有卖出得到的，连续交易里满 5 分钟" in said.details
    begin(world, ladder())
    book(world, (3664, 3690), 400)
    assert (world.net(RB), left(world)) == (0, [])
    assert "卖出得的已到止损价 65，离开它之前不入场" in card(world)
    assert "买下一格" not in card(world)
    book(world, (3668, 3690), 8)
    assert world.net(RB) == 4


def test_a_grid_whose_book_is_wider_than_its_range_comes_back_by_what_it_would_buy_at(world: World) -> None:
    # Given a grid that left its range from 75 to 130 below, and waits
    begin(world, ladder())
    book(world, (3669, 3673), 2)
    assert left(world) == [(Decimal(73), False, False)]
    # When it would sell for 60 and buy at 79, then it waits, and its card says for what.
    book(world, (3662, 3679), 70)
    assert not marks(world, RangeEntered)
    assert "价差在区间外，等待买入付的回到 75 至 130、卖出得的离开止损价 65" in card(world)
    # When it sells for 70, below its range still, then it is back, and goes on.
    book(world, (3672, 3679), 3)
    assert [one.price for one in marks(world, RangeEntered)] == [Decimal(79)]
    book(world, (3672, 3679), 10)
    assert world.net(RB) == 6


def test_a_grid_that_left_its_range_above_comes_back_once_what_it_would_buy_at_is_inside(world: World) -> None:
    begin(world, replace(ladder(), sell_at=Decimal(111)))
    book(world, (3733, 3734), 2)  # 131 to 134
    book(world, (3670, 3731), 70)  # 68 to 131: wider than the range, which it would buy above
    assert not marks(world, RangeEntered)
    book(world, (3670, 3730), 3)
    assert len(marks(world, RangeEntered)) == 1


# --- over a contract -------------------------------------------------------------------------------------------------


def untraded(world: World, shown: Shown, seconds: int) -> None:
    for _ in range(seconds):
        world.show({RB: shown})


def test_over_a_contract_that_was_not_traded_yet_it_is_the_same() -> None:
    # Given a night that opens bid for at 3500, beyond the stop of 3600, and offered at 3695
    world = overnight()
    world.show_at(instant(20200821, 21), {RB: (3500, 3695)})
    untraded(world, (3500, 3695), 70)
    assert "买价 3500 已到止损价 3600、卖价 3695 还没有到，" in told(world, "EXIT_UNSEEN")[0]
    untraded(world, (None, 3695), 1)
    untraded(world, (3500, 3695), 226)
    assert not left(world)
    untraded(world, (3500, 3695), 5)
    assert left(world) == [(Decimal(3500), True, True)]
    assert "买价 3500 到止损价 3600 已满 5 分钟，网格持有 4 手" in told(world, "GRID_STOPPED")[0]
    untraded(world, (3500, 3695), 10)
    assert world.net(RB) == 0


def test_over_a_contract_nothing_is_stopped_by_a_book_that_nothing_followed_since_people_were_warned() -> None:
    world = overnight()
    world.show_at(instant(20200821, 21), {RB: (3500, 3695)})
    untraded(world, (3500, 3695), 40)
    del world.quotes[RB]
    world.wait(300)
    assert "在连续交易里再这样满 4 分钟就按止损平掉" in told(world, "EXIT_UNSEEN")[0]
    assert not left(world)
    untraded(world, (3500, 3695), 1)
    assert left(world) == [(Decimal(3500), True, True)]


def test_over_one_that_was_traded_no_bid_stops_it_that_nobody_traded_at() -> None:
    world = overnight()
    world.show_at(instant(20200821, 21), {RB: (3689, 3690)}, last={RB: 3690})
    for _ in range(400):
        world.show({RB: (3500, 3695)}, last={RB: 3690})
    assert (left(world), told(world, "EXIT_UNSEEN")) == ([], [])


def test_a_paused_one_over_a_contract_is_told_of_it_after_a_minute() -> None:
    world = overnight()
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    world.show_at(instant(20200821, 21), {RB: (3500, 3695)})
    untraded(world, (3500, 3695), 50)
    untraded(world, (None, 3695), 5)
    assert not told(world, "GRID_UNGUARDED")
    untraded(world, (3500, 3695), 10)
    (said,) = told(world, "GRID_UNGUARDED")
    assert "买价 3500 已到止损价 3600、卖价 3695 还没有到（两边都到再提醒一次），网格持有 4 手" in said
    untraded(world, (None, 3695), 5)
    untraded(world, (3500, 3695), 65)
    assert len(told(world, "GRID_UNGUARDED")) == 1
    resume = ask(world, c.ResumeStrategy(account=ONE, strategy=GRID)).sentence
    assert f"现在买价 3500 已到止损价 3600：恢复后{WAITS}平掉所持 4 手并结束" in resume


def test_over_a_contract_a_book_wider_than_its_range_lets_it_back_too() -> None:
    # Given a grid that waits outside its range from 3610 to 3800, left below in the night's first trade
    world = overnight()
    world.show_at(instant(20200821, 21), {RB: (3603, 3605)})
    assert left(world) == [(Decimal(3605), False, False)]
    # When it is bid for at 3595, beyond the stop, it waits; at 3605, with the offer inside, it is back.
    untraded(world, (3595, 3700), 70)
    assert not marks(world, RangeEntered)
    untraded(world, (3605, 3700), 2)
    assert len(marks(world, RangeEntered)) == 1


def test_what_was_told_of_one_pause_is_not_counted_into_the_next(world: World) -> None:
    holding(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    book(world, WIDE, 40)
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).ok
    book(world, SHORT, 40)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    book(world, WIDE, 50)
    assert not alerts(world, "GRID_UNGUARDED")
