"""A roll whose time has come and that does not begin, in the users' words: I am told, once a day, and told why."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.marks import Finished, RollBegan
from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.strategy import Combine, DaysToExpiry, Manual
from terminal.domain.words.risk import Level, Verdict
from tests.engine_world import FAR, NEXT_DAY, ONE, RB, TRADER, Shown, World
from tests.picture_desk import Desk
from tests.scenario.legs import ROLL, alerts
from tests.scenario.test_roll import go, hold, marks, roll, start
from tests.unit.engine.foreseen import ask

ONE_SIDED: dict[InstrumentId, Shown] = {FAR: (3600, None)}
TWO_SIDED: dict[InstrumentId, Shown] = {FAR: (3600, 3602)}


def test_i_am_told_once_a_day_why_a_roll_that_is_due_does_not_begin(world: World) -> None:
    # Given a roll that is due, and nobody who offers far
    hold(world)
    world.show(ONE_SIDED, last={FAR: 3600})
    assert "已启动" in start(world, roll())
    go(world, 50)
    assert alerts(world, "ROLL_WAITS") == [], "a book may flicker"
    # When that lasts for more than a minute
    go(world, 80)
    # Then I am told, and the card says it too, after a restart as well;
    (told,) = alerts(world, "ROLL_WAITS")
    assert (told.level, told.instrument) == (Level.ORANGE, FAR)
    assert "移仓时机已满足而没有开始：螺纹钢2105只有买价。" in told.sentence
    assert "已满足而没有开始：螺纹钢2105只有买价" in Desk(world).strategies[ROLL].sentence
    world.restart()
    go(world, 80)
    assert len(alerts(world, "ROLL_WAITS")) == 1
    # on the next day once more;
    world.show_at(instant(NEXT_DAY, 9), ONE_SIDED)
    assert "而没有开始" not in Desk(world).strategies[ROLL].sentence
    go(world, 80)
    assert len(alerts(world, "ROLL_WAITS")) == 2
    # and as soon as somebody offers far it begins.
    world.show(TWO_SIDED)
    go(world)
    assert (world.net(RB), world.net(FAR)) == (0, 6)


def test_a_roll_that_begins_within_the_minute_alarms_nobody(world: World) -> None:
    hold(world)
    world.show(ONE_SIDED, last={FAR: 3600})
    assert "已启动" in start(world, roll())
    go(world, 40)
    world.show(TWO_SIDED)
    go(world, 80)
    assert (world.net(FAR), alerts(world, "ROLL_WAITS")) == (6, [])


def test_the_report_names_what_was_due_while_nobody_offered_far(world: World) -> None:
    # Given a roll whose days have come while far shows one side only, and a word given when it shows both
    hold(world)
    world.show(ONE_SIDED, last={FAR: 3600})
    settings = roll(DaysToExpiry(days=900), Manual(), combine=Combine.ALL)
    assert "已启动" in start(world, settings)
    go(world, 5)
    world.show(TWO_SIDED)
    go(world, 5)
    version = world.account.strategies[ROLL].version
    given = replace(settings, timings=(DaysToExpiry(days=900), Manual(go=True)))
    assert world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=version, settings=given)).ok
    go(world)
    # Then its report says that there is nothing to compare with, and does not keep silent of it.
    (finished,) = marks(world, Finished)
    assert "满足时没有双边报价，无从比较" in finished.summary


def test_a_chase_that_is_longer_than_any_stretch_of_trading_is_refused_by_its_field(world: World) -> None:
    # Given the night of two hours, the longest stretch there is, and a chase as long
    hold(world)
    settings = roll(DaysToExpiry(days=900), chase_seconds=7200)
    # When it is foreseen, and when it is started
    foreseen = ask(world, c.StartStrategy(account=ONE, strategy=ROLL, settings=settings))
    said = start(world, settings)
    # Then both name the field, the reason, and what would do;
    assert foreseen.verdict is Verdict.DENY
    for sentence in (foreseen.sentence, said):
        assert "追价等待 7200 秒太长：两个合约同时连续交易的最长一段只有 7200 秒" in sentence
        assert "请改到 7196 秒以内" in sentence
    # that is taken, and to change it into what never begins is refused as well.
    assert "已启动" in start(world, replace(settings, chase_seconds=7196))
    row = world.account.strategies[ROLL]
    changed = c.ChangeStrategy(account=ONE, strategy=ROLL, base_version=row.version, settings=settings)
    assert world.do(TRADER, changed).code == "BAD_SETTINGS"
    assert marks(world, RollBegan) == []


def test_a_roll_that_winds_down_promises_no_more_of_near_when_a_book_is_one_sided(world: World) -> None:
    # Given a roll that winds down, for far still lacks lots that are offered too dear
    hold(world)
    start(world, roll(batch_lots=4, naked_lots=4))
    go(world, 3)
    for _ in range(10):
        world.show({RB: (3701, 3702), FAR: (3600, 3602)}, lots=1)
        if world.net(RB) + world.net(FAR) < 6:
            break
        world.show({RB: (3700, 3701)}, lots=1)
    assert world.net(RB) + world.net(FAR) < 6
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).code == "WINDING"
    # When nobody offers far any more
    world.show(ONE_SIDED, last={FAR: 3600})
    lacks = 6 - world.net(RB) - world.net(FAR)
    # Then people hear that far is mended and that is all.
    (told,) = alerts(world, "MARKET_STUCK")
    assert (
        f"螺纹钢2105（SHFE.rb2105）只有买价；收尾中，不再平近月，只把远月缺的 {lacks} 手补齐后停下。" in told.sentence
    )
