"""A leg whose market has closed, and an active leg that was to go back and cannot: people read it then, not on Monday.

The user: "It told me not to hedge, as gold would be sold back. Gold had no bid all night, and nobody said a word."
"""

from __future__ import annotations

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from tests.engine_market import AU
from tests.engine_world import AP, DAY, RB, Price, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import alerts
from tests.scenario.test_break_told_anew import told
from tests.scenario.test_leg_over_a_break import CODE, NIGHT, gold_alone, naked_without_apples

GOLD_ENDS = instant(DAY, 26, 30)
REBAR_ENDS = instant(DAY, 23)
CANNOT = "断腿：{} 不在连续交易时段或即将休市，主动腿 {} {}，能报时再补齐或反平。"
STAYED = "主动腿 {} 到休市也没有退完，开市后策略先补齐；不能等的，请在仍开市的合约上人工对冲。"
LOCKED: Shown = (None, "460.02")


def go_on(world: World, seconds: int, shown: dict[InstrumentId, Shown], last: dict[InstrumentId, Price]) -> None:
    for _ in range(seconds):
        world.show(shown, last=last)


def test_gold_that_cannot_be_sold_back_for_rebar_is_told_in_the_night_and_again_when_it_closes(begin: Begin) -> None:
    # Given people who have read that gold goes back while rebar's market is closed
    world = gold_alone(begin)
    assert "策略会先退回主动腿 au2012，请勿重复对冲" in alerts(world, CODE)[0].sentence
    # When nobody bids for gold any more
    go_on(world, 90, {AU: LOCKED}, {AU: 460, RB: 3700})
    # Then they read once that neither can be done, and why,
    assert told(world) == [CANNOT.format("rb2101", "au2012", "没有对手价")]
    world.show_at(GOLD_ENDS - 60 * SECOND_NS, {AU: LOCKED}, last={AU: 460, RB: 3700})
    go_on(world, 56, {AU: LOCKED}, {AU: 460, RB: 3700})
    assert (len(told(world)), len(alerts(world, CODE))) == (1, 1)
    # and, when gold closes too, that it has not gone back.
    go_on(world, 20, {AU: LOCKED}, {AU: 460, RB: 3700})
    world.show_at(GOLD_ENDS + 3600 * SECOND_NS, last={AU: 460, RB: 3700})
    assert alerts(world, CODE)[1:][0].sentence.endswith(STAYED.format("au2012"))
    assert (len(told(world)), len(alerts(world, CODE))) == (1, 2)
    assert (world.net(AU), world.net(RB)) == (1, 0)


def test_gold_that_is_bid_for_later_in_the_night_goes_back_and_its_close_is_not_told(begin: Begin) -> None:
    world = gold_alone(begin)
    go_on(world, 30, {AU: LOCKED}, {AU: 460, RB: 3700})
    assert len(told(world)) == 1
    go_on(world, 30, {AU: (460, "460.02")}, {AU: 460, RB: 3700})
    assert (world.net(AU), world.net(RB)) == (0, 0)
    assert told(world)[1:] == ["断腿：补齐无望，反向平掉已成交的腿。"]
    world.show_at(GOLD_ENDS + SECOND_NS)
    assert len(alerts(world, CODE)) == 1


def test_rebar_that_says_nothing_at_night_is_told_after_a_minute_and_when_it_is_locked_and_at_its_close(
    begin: Begin,
) -> None:
    # Given rebar bought, and apples, which have no night, not sold
    world = naked_without_apples(begin)
    assert "策略会先退回主动腿 rb2101" in alerts(world, CODE)[0].sentence
    # When the night begins, and rebar has not quoted yet, then nobody is told of it for a minute;
    del world.quotes[RB]
    world.show_at(NIGHT + SECOND_NS)
    world.wait(55)
    assert told(world) == []
    # then they are, and when it does, without a bid;
    world.wait(10)
    locked: Shown = (None, 3701)
    go_on(world, 3, {RB: locked}, {RB: 3700})
    assert told(world) == [CANNOT.format("AP101", "rb2101", why) for why in ("没有新行情", "没有对手价")]
    # and once more at the end of that night.
    world.show_at(REBAR_ENDS - 2 * SECOND_NS, {RB: locked}, last={RB: 3700})
    assert alerts(world, CODE)[1:][0].sentence.endswith(STAYED.format("rb2101"))
    world.show_at(REBAR_ENDS + 60 * SECOND_NS)
    assert (world.net(RB), world.net(AP), len(alerts(world, CODE))) == (1, 0, 2)
