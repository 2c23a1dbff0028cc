"""A leg whose market has closed, and an active leg that was to go back and cannot: people read it then, not on Monday.

The user: "It told me not to hedge, as gold would be sold back. Gold had no bid all night, and nobody said a word."
"""

from __future__ import annotations

from terminal.domain.days.calendar import SECOND_NS, instant
from terminal.domain.ids import InstrumentId
from tests.engine_market import AU
from tests.engine_world import AP, DAY, FAR, RB, Price, Shown, World
from tests.scenario.conftest import Begin
from tests.scenario.legs import alerts
from tests.scenario.test_break_told_anew import DAY as MORNING
from tests.scenario.test_break_told_anew import lock, near_sold, told
from tests.scenario.test_leg_over_a_break import CODE, NIGHT, gold_alone, naked_without_apples

GOLD_ENDS = instant(DAY, 26, 30)
REBAR_ENDS = instant(DAY, 23)
CANNOT = "断腿：{} 不在连续交易时段或即将休市，主动腿 {} {}，能报时再补齐或反平。"
STAYED = "主动腿 {} 到休市也没有退完，开市后策略先补齐；不能等的请先停止它两次，再人工对冲，否则它会再补一遍。"
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


def over_lunch(world: World, *locked: InstrumentId) -> str:
    """Lock contracts until lunch, open both after it, and return what people read when it began."""
    world.show_at(instant(MORNING, 11, 29, 40), last={FAR: 3600, RB: 3800})
    for _ in range(25):
        lock(world, *locked)
    world.show_at(instant(MORNING, 13, 30, 1), {RB: (3800, 3801), FAR: (3600, 3602)}, last={FAR: 3600, RB: 3800})
    world.wait(5)
    (alert,) = alerts(world, CODE)
    return alert.sentence.partition("休市前已来不及补齐，")[2]


def test_a_lead_that_was_to_be_bought_back_and_was_locked_until_lunch_is_told_to_be_first_after_it(
    begin: Begin,
) -> None:
    # Given near sold back and far locked, so that people read that near is bought back; and then near locked too
    world = near_sold(begin)
    lock(world, FAR)
    world.arrive()
    world.wire.hold_orders = True
    lock(world, FAR, seconds=8)
    lock(world, FAR, RB)
    world.arrive()
    lock(world, FAR, RB, seconds=5)
    assert told(world)[0] == "断腿：补齐无望，反向平掉已成交的腿。"
    # When lunch comes, then people read what comes first after it: near is bought back, and far is not touched.
    assert over_lunch(world, FAR, RB) == "开市后策略先退回主动腿 rb2101，退不了再补齐，请勿重复对冲。"
    assert (world.net(RB), world.net(FAR)) == (3, -3)


def test_a_leg_that_was_to_be_paid_up_is_told_to_be_brought_up_first_after_lunch(begin: Begin) -> None:
    # Given both locked when far's chases were over: far is brought up, or near goes back, whichever comes first
    world = near_sold(begin)
    lock(world, FAR, RB)
    world.arrive()
    lock(world, FAR, RB, seconds=10)
    assert told(world) == ["断腿：两腿都没有对手价，有人报价后再补齐或反平。"]
    assert over_lunch(world, FAR, RB) == "开市后策略先补齐；不能等的请先停止它两次，再人工对冲，否则它会再补一遍。"
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def test_gold_whose_way_back_was_told_and_barred_until_it_closes_is_told_to_be_first_in_the_morning(
    begin: Begin,
) -> None:
    # Given gold that is to be sold back, and meets an order of the house's own
    world = gold_alone(begin)
    world.buy(1, "460", instrument=AU)
    bid: dict[InstrumentId, Shown] = {AU: (460, "460.02")}
    go_on(world, 60, bid, {AU: 460, RB: 3700})
    assert "会与自己的未了委托自成交" in told(world)[0]
    # When gold closes too, then people read what comes first on Monday.
    world.show_at(GOLD_ENDS - 2 * SECOND_NS, bid, last={AU: 460, RB: 3700})
    said = alerts(world, CODE)[1].sentence
    assert said.endswith("主动腿 au2012 到休市也没有退完，开市后策略先退回主动腿 au2012，退不了再补齐，请勿重复对冲。")
