"""A broken leg whose repair cannot be done as people were told, in the users' words: the plan that stands, once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.fact.facts import StrategyMarked
from terminal.domain.fact.marks import LegBroken, Repair
from terminal.domain.ids import InstrumentId
from terminal.strategies.legs import NOT_OPENED
from tests.engine_world import FAR, RB, TRADER, Shown, World, run
from tests.scenario.conftest import Begin
from tests.scenario.legs import SPREAD, alerts, show, spread_settings
from tests.scenario.test_orange_of_one_contract import turned
from tests.unit.engine.foreseen import start

DAY, LAST = 20210112, 20210115
SETTINGS = replace(spread_settings(), pause_seconds=1, hedge_seconds=2, max_chases=2)
RUNS_AWAY = "断腿：追价未成，加价补齐"


def told(world: World) -> list[str]:
    """Return what people read of each break, from the plan on."""
    return [one.sentence.partition("单腿敞口未对冲；")[2] for one in alerts(world, "LEG_BROKEN")]


def near_sold(begin: Begin, day: int = DAY) -> World:
    """Hold three sets into a day's morning and sell near back there; far is to be bought, and that is on its way."""
    world = begin(at=instant(DAY, 9, 30))
    assert world.do(TRADER, start(SETTINGS, SPREAD)).ok
    show(world)
    world.wait(10)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    world.show_at(instant(day, 10, 40), {RB: (3720, 3721)})
    world.wire.hold_orders = True
    world.show({RB: (3800, 3801)})
    run(world.wire.arrive())
    world.wire.hold_orders = True
    world.drain()
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    return world


def run_away(begin: Begin, day: int = DAY) -> World:
    """Let far be gone when its hedge arrives, and every cancel be lost: all its chases are in vain."""
    world = near_sold(begin, day)
    world.show({FAR: (3640, 3642)})
    world.arrive()
    world.wire.lose_cancels = True
    world.wait(8)
    return world


def come_back(world: World) -> None:
    """Let cancels through again, and wait until the lost one is asked for once more."""
    world.wire.lose_cancels = False
    world.wait(60)


def lock(world: World, *names: InstrumentId, seconds: int = 1) -> None:
    """Show contracts at their upper limit: nobody offers them."""
    quotes: dict[InstrumentId, Shown] = {name: (world.quotes[name][0], None) for name in names}
    for _ in range(seconds):
        world.show(quotes, last={FAR: 3600, RB: 3800})


def test_on_the_last_day_people_are_told_anew_when_the_hedge_that_was_to_be_paid_up_is_locked(begin: Begin) -> None:
    # Given a closing on near's last day of which people read that far is paid up, and that near is not bought back
    world = run_away(begin, LAST)
    late = "本交易日是 rb2101 的最后交易日，主动腿不重新开仓"
    assert told(world) == [f"{RUNS_AWAY}；{late}。"]
    # When far is paid up for as long again, then people have read all of it, and nothing is said;
    world.wait(20)
    assert len(told(world)) == 1
    # and when far goes to its limit neither can be done: they are told so.
    lock(world, FAR)
    assert told(world)[1:] == [f"断腿：rb2105 没有对手价，{late}，能报时再补齐。"]
    assert "缺 3 手（约 " in alerts(world, "LEG_BROKEN")[1].sentence
    # Then that is said once, however often the limit opens for a moment, and over a restart.
    for _ in range(20):
        world.show({FAR: (3640, 3642)})
        lock(world, FAR)
    world.restart()
    lock(world, FAR, seconds=30)
    assert len(told(world)) == 2
    # It is one break, of one repair.
    marks = [one.mark for one in world.facts(StrategyMarked) if isinstance(one.mark, LegBroken)]
    assert [mark.repair for mark in marks] == [Repair.PAY_UP]
    # And when far is offered again it is bought.
    world.show({FAR: (3650, 3651)})
    come_back(world)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_what_was_told_before_the_latest_plan_is_told_again_after_ten_minutes_at_the_earliest(begin: Begin) -> None:
    # Given a leg that is locked, then silent for more than a minute, on near's last day
    world = run_away(begin, LAST)
    lock(world, FAR)
    bid = world.quotes.pop(FAR)
    world.wait(65)
    first, locked, silent = told(world)
    assert (first[:6], "rb2105 没有对手价" in locked, "rb2105 没有新行情" in silent) == ("断腿：追价未", True, True)
    # When it shows its limit, and is silent, now and again, then nothing more is said;
    world.quotes[FAR] = bid
    lock(world, FAR, seconds=5)
    del world.quotes[FAR]
    world.wait(65)
    assert len(told(world)) == 3
    # but after ten minutes it is.
    world.quotes[FAR] = bid
    world.show_at(world.at + 480 * SECOND_NS, last={FAR: 3600})
    lock(world, FAR, seconds=5)
    assert told(world)[3:] == [locked]


BACK = "断腿：补齐无望，反向平掉已成交的腿。"


@pytest.mark.parametrize(
    ("near", "before", "anew", "after"),
    [
        ((3800, None), [], "断腿：加价未成，主动腿 rb2101 没有对手价，接着追价补齐。", [BACK]),
        (None, [BACK], "断腿：反平不了，主动腿 rb2101 没有新行情，接着追价补齐。", []),
    ],
)
def test_people_read_once_that_the_hedge_is_chased_on_where_the_way_back_is_due_or_said_and_barred(
    begin: Begin, near: Shown | None, before: list[str], anew: str, after: list[str]
) -> None:
    # Given a closing of which people read that far is paid up, and near, that would be bought back, locked or silent
    world = run_away(begin)
    assert told(world) == [f"{RUNS_AWAY}。"]
    del world.quotes[RB]
    if near is not None:
        world.show({RB: near})
    # When paying up has had its time as well, or near has been silent for a minute
    world.wait(70)
    # Then near is not bought back, and they read why, and what is done, once.
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    assert told(world)[1:] == [*before, anew]
    # And when near can be bought again it is.
    world.show({RB: (3800, 3801)})
    come_back(world)
    assert told(world)[1:] == [*before, anew, *after]
    assert (world.net(RB), world.net(FAR)) == (3, -3)


@pytest.mark.parametrize(
    ("barred", "plan"),
    [
        ("locked", "断腿：两腿都没有对手价，有人报价后再补齐或反平。"),
        ("orange", f"断腿：rb2105 没有对手价，主动腿 rb2101 {NOT_OPENED}，能报时再补齐或反平。"),
    ],
)
def test_a_way_back_that_has_begun_and_is_barred_before_it_arrives_is_told(
    begin: Begin, barred: str, plan: str
) -> None:
    # Given near sold back, far locked before it could follow, and near on its way to be bought back
    world = near_sold(begin)
    lock(world, FAR)
    world.arrive()
    world.wire.hold_orders = True
    lock(world, FAR, seconds=8)
    assert told(world) == [BACK]
    # When near is locked as well, or somebody forbids to open it, before that order is there
    if barred == "locked":
        lock(world, FAR, RB)
    else:
        world.show({RB: (3810, 3811)})
        turned(world, RB)
    world.arrive()
    for _ in range(20):
        lock(world, FAR)
    # Then people read once what bars it;
    assert told(world)[1:] == [plan]
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    if barred == "locked":
        # and once near is offered it is bought back.
        world.show({RB: (3800, 3801)}, last={FAR: 3600})
        lock(world, FAR, seconds=60)
        assert (world.net(RB), world.net(FAR)) == (3, -3)
        assert len(told(world)) == 2
    else:
        # and once far is offered it follows: what may not be opened keeps no close from being sent.
        world.show({FAR: (3600, 3602)})
        come_back(world)
        assert (world.net(RB), world.net(FAR)) == (0, 0)
        assert len(told(world)) == 2


def test_a_break_of_the_session_bars_nothing(begin: Begin) -> None:
    # Given both legs locked before lunch, of which people have read
    world = near_sold(begin)
    lock(world, FAR, RB)
    world.arrive()
    lock(world, FAR, RB, seconds=10)
    assert told(world) == ["断腿：两腿都没有对手价，有人报价后再补齐或反平。"]
    # When lunch comes and goes, and near does not quote in the first half minute
    world.show_at(instant(DAY, 11, 29, 50), last={FAR: 3600, RB: 3800})
    for _ in range(12):
        lock(world, FAR, RB)
    del world.quotes[RB]
    world.show_at(instant(DAY, 13, 30, 1), last={FAR: 3600})
    lock(world, FAR, seconds=30)
    # Then nobody is told anything of it.
    assert len(told(world)) == 1
