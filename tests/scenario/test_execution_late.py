"""An execution that looks late at its market: what it sends at once is what its preview said, never the whole."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRecorded
from terminal.domain.ids import StrategyId
from terminal.domain.orders.confirmation import Stored
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import CurvePart, ExecutionSettings, ExecutionStyle
from tests.engine_world import CHECKER, DAY, MORNING, ONE, RB, TRADER, World
from tests.unit.engine.foreseen import ask

BUY: Final = StrategyId("E")
ENDS: Final = instant(DAY, 9, 30)
SECOND: Final = 1_000_000_000


def execution(**changes: Any) -> ExecutionSettings:
    """Sixty lots over the first half hour, one every half minute."""
    made = ExecutionSettings(
        account=ONE,
        instrument=RB,
        style=ExecutionStyle.TWAP,
        side=Side.BUY,
        total_lots=60,
        limit=Decimal(3740),
        begins_at=MORNING,
        ends_at=ENDS,
        slice_seconds=30,
        max_chases=3,
    )
    return msgspec.structs.replace(made, **changes)


def start(world: World, settings: ExecutionSettings) -> tuple[str, ...]:
    """Start it and return what the preview said before."""
    body = c.StartStrategy(account=ONE, strategy=BUY, settings=settings)
    details = ask(world, body).details
    done = world.do(TRADER, body)
    assert done.ok or done.code == "CONFIRM", done.sentence
    return details


def change(world: World, **changes: Any) -> tuple[str, tuple[str, ...]]:
    """Change it and return what the preview said before."""
    row = world.account.strategies[BUY]
    settings = msgspec.structs.replace(row.settings, **changes)
    body = c.ChangeStrategy(account=ONE, strategy=BUY, base_version=row.version, settings=settings)
    foreseen = ask(world, body)
    done = world.do(TRADER, body)
    assert done.ok, done.sentence
    return foreseen.sentence, foreseen.details


def children(world: World) -> list[int]:
    return [fact.terms.lots for fact in world.facts(OrderRecorded) if fact.cause.strategy == BUY]


def left(world: World) -> list[str]:
    return [fact.sentence for fact in world.facts(AlertRaised) if fact.code == "EXECUTION_LEFT"]


@pytest.mark.parametrize("why", ["paused", "no market", "power cut"])
def test_one_that_first_looks_half_a_minute_before_its_end_sends_no_child_larger_than_said(why: str) -> None:
    world = World()
    details = start(world, execution())
    assert any(one.endswith("共 60 片，每片最多 1 手") for one in details)
    assert any(one.startswith("每笔至多 1 手：") for one in details)
    # When it sees its market for the first time half a minute before the end
    if why == "paused":
        assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=BUY)).ok
    if why == "power cut":
        world.restart()
    world.show_at(ENDS - 30 * SECOND)
    if why == "paused":
        assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=BUY)).ok
    world.wait_until(ENDS + 3 * SECOND)
    # Then it sends lot after lot as long as there is time, and says what is left.
    sent = children(world)
    assert set(sent) == {1}
    assert 5 < len(sent) < 16
    assert world.net(RB) == len(sent)
    assert world.account.strategies[BUY].status is StrategyStatus.FINISHED
    (alert,) = left(world)
    assert f"剩余 {60 - len(sent)} 手不再追" in alert


def test_a_second_person_approves_the_largest_slice_and_that_holds_however_late_it_begins() -> None:
    # Given a task that needs a second person, four lots a slice
    world = World()
    details = start(world, execution(total_lots=240))
    assert any(one.startswith("每笔至多 4 手：") for one in details)
    stored = msgspec.json.decode(world.parked.confirmation.stored, type=Stored)
    assert stored.envelope is not None
    assert stored.envelope.largest_child_lots == 4
    world.show_at(instant(DAY, 9, 1))
    assert world.decide(CHECKER, world.parked).ok
    # When no market is seen until a minute before the end
    world.show_at(ENDS - 60 * SECOND)
    world.wait_until(ENDS + 3 * SECOND)
    # Then each child is what was approved, and none was refused.
    assert set(children(world)) == {4}
    assert world.net(RB) == sum(children(world))
    assert left(world)


def test_an_earlier_end_makes_no_child_larger_and_says_before_what_will_be_left() -> None:
    world = World()
    start(world, execution())
    world.wait(40)
    assert children(world) == [1, 1]
    sentence, details = change(world, ends_at=world.at + 40 * SECOND)
    # 58 lots are left for forty seconds: a child every 2.1 seconds is twenty at most.
    assert "可以修改，但到结束时至少 38 手来不及报：每笔至多 1 手、两笔至少隔 2 秒" in sentence
    assert any(one.startswith("每笔至多 1 手：") for one in details)
    world.wait(45)
    assert set(children(world)) == {1}
    assert len(children(world)) <= 22
    (alert,) = left(world)
    assert f"剩余 {60 - len(children(world))} 手不再追" in alert


def test_what_will_be_left_is_said_of_a_change_a_second_person_has_to_see_too() -> None:
    world = World()
    start(world, execution())
    world.show_at(ENDS - 60 * SECOND)
    row = world.account.strategies[BUY]
    settings = msgspec.structs.replace(row.settings, total_lots=90)
    body = c.ChangeStrategy(account=ONE, strategy=BUY, base_version=row.version, settings=settings)
    said = ask(world, body).sentence
    assert "需复核：" in said
    assert "；到结束时至少 " in said


def test_an_earlier_end_there_is_time_for_is_met_by_more_children_of_the_same_size() -> None:
    world = World()
    start(world, execution())
    world.wait(40)
    sentence, details = change(world, ends_at=world.at + 190 * SECOND)
    assert sentence.endswith("可以修改")
    # The schedule that is told is of what is not had yet.
    (schedule,) = [one for one in details if "日程：" in one]
    assert sum(int(lots) for lots in re.findall(r"(\d+) 手", schedule)) == 58
    world.wait(195)
    assert set(children(world)) == {1}
    assert world.net(RB) == 60
    assert not left(world)


@pytest.mark.parametrize("changes", [{"slice_seconds": 600}, {"total_lots": 70, "slice_seconds": 300}])
def test_longer_slices_while_it_runs_make_no_child_larger(changes: dict[str, Any]) -> None:
    world = World()
    start(world, execution())
    world.wait(10)
    change(world, **changes)
    world.wait(60)
    assert set(children(world)) == {1}
    assert len(children(world)) > 10, "what is due goes out lot after lot"


def test_an_iceberg_and_best_limit_show_what_they_always_show_however_late_they_begin() -> None:
    for style, lots in ((ExecutionStyle.ICEBERG, 5), (ExecutionStyle.BEST, 60)):
        world = World()
        start(world, execution(style=style, shown_lots=5, limit=Decimal(3690)))
        world.show_at(ENDS - 30 * SECOND)
        world.wait(20)
        assert [row.terms.lots for row in world.account.live.values()] == [lots]


EARLY: Final = (CurvePart(begin="09:00", end="09:03", weight=Decimal(10)),)
RESUME: Final = c.ResumeStrategy(account=ONE, strategy=BUY)


def unseen_past_its_curve(*, paused: bool) -> World:
    """Start a VWAP whose weight is all in the first three minutes, and see no market before the fifth."""
    world = World()
    begins_at = MORNING + 5 * SECOND
    start(
        world,
        execution(style=ExecutionStyle.VWAP, curve=EARLY, total_lots=10, begins_at=begins_at, slice_seconds=180),
    )
    if paused:
        assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=BUY)).ok
    world.show_at(instant(DAY, 9, 5))
    return world


@pytest.mark.parametrize("paused", [True, False])
def test_a_vwap_whose_curve_passed_before_it_saw_its_market_ends_and_says_what_is_left(paused: bool) -> None:
    world = unseen_past_its_curve(paused=paused)
    ended = "买入 10 手，成交曲线里有权重的时段在开始执行之前已经过了，成交 0 手，剩余 10 手不再追"
    if paused:
        # Given one that rests, nothing is lost yet; who resumes it reads before what would come of it.
        assert world.account.strategies[BUY].status is StrategyStatus.PAUSED
        told = ask(world, RESUME).sentence
        assert told.endswith(f"；但恢复后即结束：{ended}；要接着做请先修改成交曲线")
        assert world.do(TRADER, RESUME).ok
    world.wait(3)
    # Then it does not run on until half past nine without a word, but ends as any whose window is over.
    assert world.account.strategies[BUY].status is StrategyStatus.FINISHED
    (alert,) = left(world)
    assert f"{ended}：未成 10 手" in alert
    assert not children(world)


def test_a_vwap_that_rests_past_its_curve_goes_on_by_another_curve() -> None:
    world = unseen_past_its_curve(paused=True)
    change(world, curve=(*EARLY, CurvePart(begin="09:05", end="09:30", weight=Decimal(1))))
    assert ask(world, RESUME).sentence == "策略 E 恢复运行，从它持有的手数接着做"
    assert world.do(TRADER, RESUME).ok
    world.wait_until(ENDS - 5 * SECOND)
    assert world.net(RB) == 10


def test_who_resumes_an_execution_reads_what_there_is_no_time_left_for() -> None:
    world = World()
    start(world, execution())
    world.wait(40)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=BUY)).ok
    world.show_at(ENDS - 40 * SECOND)
    assert "；但到结束时至少 38 手来不及报：每笔至多 1 手、两笔至少隔 2 秒" in ask(world, RESUME).sentence
