"""A contract that ends under a spread or a grid, in the users' words: told before, nothing opened on it, told after."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyPaused, StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRecorded, PositionEnded
from terminal.domain.ids import InstrumentId, TradeId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import HedgeFlag, Offset, Origin, Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import Manual, StrategySettings
from terminal.domain.products.ending import Ending, How
from terminal.domain.words.risk import Level, Verdict
from terminal.engine.strategy.bereft import pause_bereft
from terminal.engine.turn import RUNNER, Turn
from terminal.strategies.spread.memory import SpreadMemory
from tests.engine_market import EGGS, FAR_ORE, WITH_FAR_ORE
from tests.engine_world import FAR, ONE, RB, TRADER, I, Shown, World, run, terms
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, ROLL, SPREAD, alerts, spread_settings, start_grid, stop
from tests.scenario.test_roll import roll
from tests.unit.engine.foreseen import ask, start

THREE_LEFT, TWO_LEFT, LAST, AFTER = 20210112, 20210113, 20210115, 20210118
SETTINGS = replace(spread_settings(), pause_seconds=1)


def morning(world: World, day: int, rebar: int = 3700) -> None:
    """Come to a day's morning; the spread costs 101 where rebar is 3700."""
    world.show_at(instant(day, 9, 30), {RB: (rebar, rebar + 1), FAR: (3600, 3602)})
    world.wait(10)


def expire(world: World) -> None:
    """Let rebar end: it is delivered at 3900 that night."""
    world.show(facts=[DayFacts(instrument=name, trading_day=LAST, settlement=3900) for name in (RB, FAR)])
    world.show_at(instant(LAST, 15, 1))
    world.quotes.pop(RB)
    world.show_at(instant(AFTER, 9), {FAR: (3600, 3602)})
    world.wait(5)


def sent(world: World) -> list[OrderRecorded]:
    return [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]


def held_into_the_last_day(begin: Begin) -> World:
    """Buy three sets three days before the last one and hold them."""
    world = begin(at=instant(THREE_LEFT, 9, 30))
    assert world.do(TRADER, start(SETTINGS, SPREAD)).ok
    morning(world, THREE_LEFT)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    return world


def test_a_spread_whose_leg_expires_is_told_for_three_days_and_stopped_with_its_naked_leg_named(begin: Begin) -> None:
    # Given a calendar spread that is held into the last days of near
    world = held_into_the_last_day(begin)
    assert alerts(world, "LOTS_EXPIRE") == []
    # When they come
    for day in (TWO_LEFT, 20210114, LAST):
        morning(world, day, 3720)
    # Then each of them brings one word, the last one the loudest;
    told = alerts(world, "LOTS_EXPIRE")
    assert [one.level for one in told] == [Level.YELLOW, Level.YELLOW, Level.ORANGE]
    assert "（SHFE.rb2101）还有 2 个交易日到最后交易日，价差还持有 3 手（" in told[0].sentence
    assert "是最后交易日，价差还持有 3 手（" in told[2].sentence
    assert told[2].sentence.endswith(
        "，本交易日只平不开；到期不平即交割或了结，其余各腿就缺了它的对冲；请先平仓，或移到别的月份。"
    )
    # and once near is delivered the spread goes no further, and people hear which leg is left alone.
    expire(world)
    row = world.account.strategies[SPREAD]
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    assert (row.status, row.lots_taken) == (StrategyStatus.PAUSED, True)
    (alone,) = alerts(world, "LOTS_ENDED")
    assert alone.level is Level.ORANGE
    assert "账户实有 rb2101 多 0 手（策略记 3 手），rb2101 已交割" in alone.sentence
    assert "还持 rb2105 空 3 手，其中缺了对冲的，请人工平仓" in alone.sentence
    # It does not go on by itself, nor by a person's word while the lots are missing; and it can be stopped.
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=SPREAD)).code == "LOTS_TAKEN"
    assert stop(world).ok
    assert row.status is StrategyStatus.STOPPED


def test_a_paused_spread_is_told_of_its_last_days_too(begin: Begin) -> None:
    world = held_into_the_last_day(begin)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD)).ok
    morning(world, LAST, 3720)
    world.restart()
    world.wait(5)
    assert len(alerts(world, "LOTS_EXPIRE")) == 1


def test_what_a_roll_takes_along_is_told_by_the_roll_alone(begin: Begin) -> None:
    # Given a spread that a roll takes along from near, once somebody gives the word
    world = begin(at=instant(THREE_LEFT, 9, 30))
    start_grid(world)
    world.show({RB: (3694, 3695)})
    world.wait(10)
    lots = world.net(RB)
    assert lots > 0
    begun = roll(Manual(), lots=lots, batch_lots=lots, strategies=(GRID,))
    assert world.do(TRADER, start(begun, ROLL)).ok
    # When near's last day comes
    world.show_at(instant(LAST, 9, 30), {RB: (3694, 3695), FAR: (3600, 3602)})
    world.wait(10)
    # Then the roll says what is left, and nothing is said twice.
    assert len(alerts(world, "NEAR_EXPIRES")) == 1
    assert alerts(world, "LOTS_EXPIRE") == []


def test_what_stands_on_the_other_side_than_its_roll_is_told_of_by_itself(begin: Begin) -> None:
    # Given a spread that is named by a roll of long lots, and then sells near
    world = begin(at=instant(THREE_LEFT, 9, 30), universe=WITH_FAR_ORE)
    quotes: dict[InstrumentId, Shown] = {RB: (3700, 3701), FAR: (3600, 3602), FAR_ORE: (830, 831)}
    world.show(quotes)
    world.buy(4, 3701)
    legs = (SETTINGS.legs[0], replace(SETTINGS.legs[1], instrument=FAR_ORE))
    settings = replace(SETTINGS, legs=legs, buy_at=Decimal(2700), sell_at=Decimal(2890))
    assert world.do(TRADER, start(settings, SPREAD)).ok
    assert world.do(TRADER, start(roll(Manual(), lots=4, strategies=(SPREAD,)), ROLL)).ok
    world.show({RB: (3730, 3731)})
    world.wait(10)
    assert world.account.strategies[SPREAD].lots[RB].lots == -3
    # When near's last days come
    for day in (TWO_LEFT, 20210114, LAST):
        world.show_at(instant(day, 9, 30), {**quotes, RB: (3730, 3731)})
        world.wait(10)
    # Then what it holds, which no roll takes along, is told on each of them.
    told = alerts(world, "LOTS_EXPIRE")
    assert [one.level for one in told] == [Level.YELLOW, Level.YELLOW, Level.ORANGE]
    assert "是最后交易日，价差还持有 3 手（" in told[2].sentence


@pytest.mark.parametrize("quoted", [False, True])
def test_a_spread_begins_no_round_on_the_last_day_of_a_leg_and_its_preview_says_so(begin: Begin, quoted: bool) -> None:
    # Given a spread at its price, or one that would rest for it, on near's last day
    world = begin(at=instant(LAST, 9, 30))
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    settings: StrategySettings = replace(SETTINGS, buy_at=Decimal(98), quoting=SpreadQuoting()) if quoted else SETTINGS
    seen = ask(world, start(settings, SPREAD))
    assert seen.verdict is Verdict.WARN
    why = "本交易日（20210115）是 rb2101 的最后交易日，只平不开"
    assert f"可以启动，但{why}：到期还持有的即交割或了结，其余各腿就缺了它的对冲" in seen.sentence
    assert seen.details[-1] == f"现在启动先等待：{why}"
    # When it is started all the same, then nothing goes out.
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.wait(20)
    assert sent(world) == []


def test_on_the_last_day_what_is_held_is_still_closed_and_nothing_more(begin: Begin) -> None:
    world = held_into_the_last_day(begin)
    # When the spread is dear on the last day
    morning(world, LAST, 3800)
    world.wait(20)
    # Then both legs are gone, and it does not go on to the other side.
    assert (world.net(RB), world.net(FAR)) == (0, 0)


@pytest.mark.parametrize("lead", [RB, FAR])
def test_on_the_last_day_a_closing_that_is_not_followed_opens_nothing_again(begin: Begin, lead: InstrumentId) -> None:
    # Given a calendar spread, held into near's last day, of which the hedge is held on the wire while it closes
    world = begin(at=instant(THREE_LEFT, 9, 30))
    legs = tuple(replace(leg, active=leg.instrument == lead) for leg in SETTINGS.legs)
    settings = replace(SETTINGS, legs=legs, hedge_seconds=3, max_chases=2)
    assert world.do(TRADER, start(settings, SPREAD)).ok
    morning(world, THREE_LEFT)
    assert (world.net(RB), world.net(FAR)) == (3, -3)
    morning(world, LAST, 3720)
    before = len(sent(world))
    world.wire.hold_orders = True
    world.show({RB: (3800, 3801)})
    world.show()
    # When the hedge's contract is locked before it can follow
    locked = (FAR, (3599, None)) if lead == RB else (RB, (None, 3801))
    other, quote = locked
    world.show({other: quote}, last={other: 3600 if other == FAR else 3801})
    world.arrive()
    for _ in range(60):
        world.show(last={other: 3600 if other == FAR else 3801})
    # Then nothing is opened on that day, and people are told why.
    assert [one.terms.offset for one in sent(world)[before:] if one.terms.is_opening] == []
    assert world.net(lead) == 0
    (told,) = alerts(world, "LEG_BROKEN")
    what = "rb2105" if lead == RB else "rb2101"
    assert told.sentence.endswith(
        f"断腿：{what} 没有对手价，本交易日是 rb2101 的最后交易日，主动腿不重新开仓，能报时再补齐。"
    )
    # Once somebody quotes again the hedge follows.
    world.show({RB: (3800, 3801), FAR: (3600, 3602)})
    world.wait(40)
    assert (world.net(RB), world.net(FAR)) == (0, 0)


def close_while_far_runs_away(begin: Begin, day: int) -> World:
    """Hold three sets into a day and close near there, while far's offer is forty dearer whenever a hedge arrives."""
    world = begin(at=instant(THREE_LEFT, 9, 30))
    assert world.do(TRADER, start(replace(SETTINGS, hedge_seconds=2, max_chases=2), SPREAD)).ok
    morning(world, THREE_LEFT)
    morning(world, day, 3720)
    world.wire.hold_orders = True
    world.show({RB: (3800, 3801)})
    for offered in range(3612, 3612 + 5 * 40, 40):
        world.show({FAR: (offered - 2, offered)})
        world.show({FAR: (offered + 38, offered + 40)})
        run(world.wire.arrive())
        world.wire.hold_orders = True  # what follows from it is on its way while the offer runs on
        world.drain()
    world.wire.hold_orders = False
    return world


def test_on_the_last_day_a_hedge_whose_market_runs_away_is_chased_on_and_people_read_why(begin: Begin) -> None:
    # Given a calendar spread that closes on near's last day: near is sold, and far cannot be had for all its chases
    world = close_while_far_runs_away(begin, LAST)
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    # Then people read that it is chased on, and why near is not bought back;
    (told,) = alerts(world, "LEG_BROKEN")
    assert told.level is Level.ORANGE
    assert told.sentence.endswith(
        "单腿敞口未对冲；断腿：追价未成，加价补齐；本交易日是 rb2101 的最后交易日，主动腿不重新开仓。"
    )
    # and once the offer stands still far is bought: nothing was opened on that day.
    world.arrive()
    world.wait(60)
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    assert not any(one.terms.is_opening for one in sent(world)[2:])


def test_on_any_other_day_the_way_back_is_not_said_to_be_shut(begin: Begin) -> None:
    # Given the same closing the day before, on which near may be bought back
    world = close_while_far_runs_away(begin, 20210114)
    # Then people read of no last day.
    first, *_ = alerts(world, "LEG_BROKEN")
    assert first.sentence.endswith("断腿：追价未成，加价补齐。")


def test_a_round_of_the_day_before_opens_nothing_more_on_the_last_one(begin: Begin) -> None:
    # Given a round of three sets of which one is held, and the market gone before the next
    world = begin(at=instant(20210114, 14, 50))
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    assert world.do(TRADER, start(replace(SETTINGS, naked_lots=1), SPREAD)).ok
    while not world.net(FAR):
        world.show()
    world.show_at(instant(20210114, 15, 1), {RB: (3700, None)})
    row = world.account.strategies[SPREAD]
    assert isinstance(row.memory, SpreadMemory)
    assert (row.memory.running, world.net(RB), world.net(FAR)) == (True, 1, -1)
    # When the last day begins at the same price
    morning(world, LAST)
    # Then the round is over.
    assert (row.memory.running, world.net(RB), world.net(FAR)) == (False, 1, -1)


def test_two_days_before_the_last_one_a_start_says_so(begin: Begin) -> None:
    world = begin(at=instant(TWO_LEFT, 9, 30))
    world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    seen = ask(world, start(SETTINGS, SPREAD))
    assert seen.verdict is Verdict.WARN
    assert "但 rb2101 还有 2 个交易日到最后交易日：到期还持有的即交割或了结" in seen.sentence
    assert seen.details[-1].startswith("现在启动会先报")


def test_a_grid_over_a_contract_that_ends_opens_nothing_on_its_last_day_and_is_paused_after_it(begin: Begin) -> None:
    # Given a grid that holds a line into the last day of its contract
    world = begin(at=instant(20210114, 9, 30))
    start_grid(world)
    world.wait(6)
    world.show({RB: (3694, 3695)})
    world.wait(6)
    held = world.net(RB)
    assert held > 0
    # When that day comes, with the price at the next line
    world.show_at(instant(LAST, 9, 30), {RB: (3684, 3685)})
    world.wait(10)
    # Then it opens nothing, and people are told what it holds;
    assert world.net(RB) == held
    assert "是最后交易日，网格还持有" in alerts(world, "LOTS_EXPIRE")[-1].sentence
    assert "本交易日只平不开" in alerts(world, "LOTS_EXPIRE")[-1].sentence
    # what its preview would say, too;
    seen = ask(world, start(world.account.strategies[GRID].settings, SPREAD))
    assert "是 rb2101 的最后交易日，只平不开：到期还持有的即交割或了结" in seen.sentence
    # and once its lots are delivered it does not go on as if it held them.
    expire(world)
    row = world.account.strategies[GRID]
    assert (world.net(RB), row.status) == (0, StrategyStatus.PAUSED)
    (gone,) = alerts(world, "LOTS_ENDED")
    assert gone.sentence.endswith("rb2101 已交割。")


def test_on_the_last_day_a_grid_still_takes_its_profit(begin: Begin) -> None:
    world = begin(at=instant(20210114, 9, 30))
    start_grid(world)
    world.wait(6)
    world.show({RB: (3694, 3695)})
    world.wait(6)
    assert world.net(RB) > 0
    world.show_at(instant(LAST, 9, 30), {RB: (3708, 3709)})
    world.wait(10)
    assert world.net(RB) == 0


def test_what_is_past_its_last_day_is_not_started_any_more(begin: Begin) -> None:
    world = begin(at=instant(LAST, 9, 30))
    morning(world, LAST)
    expire(world)
    seen = ask(world, start(SETTINGS, SPREAD))
    assert seen.verdict is Verdict.DENY
    assert seen.sentence.endswith("不能启动：rb2101 已过最后交易日，不能再交易；请换一个月份。")
    assert not world.do(TRADER, start(SETTINGS, SPREAD)).ok


def test_what_ends_of_a_spread_is_told_though_a_person_had_closed_some_of_it(begin: Begin) -> None:
    # Given a person who closes two of three near lots on the last day, as the alert advises
    world = held_into_the_last_day(begin)
    morning(world, LAST)
    closing = replace(terms(Side.SELL, 2, 3700), offset=Offset.CLOSE_YESTERDAY)
    assert world.do(TRADER, c.SubmitOrder(terms=closing)).ok
    world.wait(5)
    (taken,) = alerts(world, "LOTS_TAKEN")
    assert "它的持仓已被平掉；还持 rb2105 空 3 手，其中缺了对冲的，请人工平仓" in taken.sentence
    # When the third is delivered
    expire(world)
    assert (world.net(RB), world.net(FAR)) == (0, -3)
    # Then people hear of that too, with the leg that is left alone; it is paused once.
    (ended,) = alerts(world, "LOTS_ENDED")
    assert "rb2101 已交割；还持 rb2105 空 3 手，其中缺了对冲的，请人工平仓" in ended.sentence
    assert len(world.facts(StrategyPaused)) == 1


def test_a_leg_that_a_person_has_closed_is_not_called_left_alone(begin: Begin) -> None:
    # Given a person who has closed all of far and two lots of near
    world = held_into_the_last_day(begin)
    morning(world, LAST)
    for side, lots, price, name in ((Side.BUY, 3, 3602, FAR), (Side.SELL, 2, 3700, RB)):
        closing = replace(terms(side, lots, price, instrument=name), offset=Offset.CLOSE_YESTERDAY)
        assert world.do(TRADER, c.SubmitOrder(terms=closing)).ok
        world.wait(5)
    # When the third lot of near is delivered
    expire(world)
    # Then nobody is sent to close far.
    assert (world.net(RB), world.net(FAR)) == (0, 0)
    (ended,) = alerts(world, "LOTS_ENDED")
    assert ended.sentence.endswith("rb2101 已交割。")


def held_to_the_end(begin: Begin, *others: InstrumentId, at: int = instant(LAST, 14, 40)) -> World:
    """Hold rebar against three lots of each of these, one set a lot, up to then."""
    world = begin(at=instant(20210114, 9, 30), universe=(*WITH_FAR_ORE, EGGS))
    quotes: dict[InstrumentId, Shown] = {RB: (3700, 3701), I: (830, 831), FAR_ORE: (830, 831), EGGS: (4000, 4001)}
    world.show(quotes)
    legs = (SETTINGS.legs[0], *(replace(SETTINGS.legs[1], instrument=name) for name in others))
    settings = replace(SETTINGS, legs=legs, buy_at=Decimal(2871), sell_at=Decimal(4000))
    assert world.do(TRADER, start(settings, SPREAD)).ok
    world.wait(10)
    world.show_at(at, quotes)
    assert [world.net(name) for name in (RB, *others)] == [3, *(-3 for _ in others)]
    return world


def end(world: World, day: int, *legs: tuple[InstrumentId, Side]) -> list[str]:
    """State in one turn that three lots each have ended, and return what people are told of it."""
    turn = Turn(world.state, world.at, "report", RUNNER)
    for name, side in legs:
        ending = Ending(
            instrument=name,
            flag=HedgeFlag.SPECULATION,
            side=side,
            lots=3,
            how=How.DELIVERED,
            price=Decimal(830),
            fee=Decimal(0),
            at=world.at,
            number=TradeId("1"),
        )
        turn.say(PositionEnded(account=ONE, trading_day=day, ending=ending))
    pause_bereft(turn, world.engine.look)
    return [one.fact.sentence for one in turn.said if isinstance(one.fact, AlertRaised)]


def deliver(world: World, day: int, morning_after: int, *ended: InstrumentId) -> None:
    """Let contracts end that night."""
    world.show(facts=[DayFacts(instrument=name, trading_day=day, settlement=830) for name in ended])
    world.show_at(instant(day, 15, 1))
    for name in ended:
        world.quotes.pop(name)
    world.show_at(instant(morning_after, 9), {FAR: (3600, 3602)})
    world.wait(5)


def test_two_legs_that_end_the_same_night_are_told_by_one_word(begin: Begin) -> None:
    # Given rebar against ore of the same month, held into their last night
    world = held_to_the_end(begin, I)
    # When both are delivered
    deliver(world, LAST, AFTER, RB, I)
    # Then one word tells both ends, and nobody is sent to close what is gone.
    assert (world.net(RB), world.net(I)) == (0, 0)
    (told,) = alerts(world, "LOTS_ENDED")
    assert told.sentence == (
        "策略 spread 已暂停：账户实有 i2101 空 0 手（策略记 3 手），"
        "i2101 已交割，rb2101 多 3 手也已到期，随后交割或了结。"
    )
    assert len(world.facts(StrategyPaused)) == 1
    assert world.account.strategies[SPREAD].ended == {RB: 3, I: -3}


def test_of_three_legs_of_which_two_end_one_word_names_them_and_the_one_left_alone(begin: Begin) -> None:
    world = held_to_the_end(begin, I, FAR_ORE)
    deliver(world, LAST, AFTER, RB, I)
    assert [world.net(name) for name in (RB, I, FAR_ORE)] == [0, 0, -3]
    (told,) = alerts(world, "LOTS_ENDED")
    assert "i2101 已交割，rb2101 多 3 手也已到期，随后交割或了结；还持 i2105 空 3 手，其中缺了对冲的" in told.sentence


def test_legs_that_end_in_different_nights_are_told_each(begin: Begin) -> None:
    # Given rebar against eggs, which end eleven days later
    world = held_to_the_end(begin, EGGS)
    deliver(world, LAST, AFTER, RB)
    (first,) = alerts(world, "LOTS_ENDED")
    assert "rb2101 已交割；还持 jd2101 空 3 手，其中缺了对冲的" in first.sentence
    # When nobody has closed that by its own last day
    world.show_at(instant(20210126, 14, 40), {EGGS: (4000, 4001)})
    deliver(world, 20210126, 20210127, EGGS)
    # Then its end is told as well.
    assert [one.instrument for one in alerts(world, "LOTS_ENDED")] == [RB, EGGS]


def test_two_ends_heard_at_once_are_told_by_one_word(begin: Begin) -> None:
    world = held_to_the_end(begin, I)
    world.sound = False  # the exchange has not ended them
    (told,) = end(world, LAST, (RB, Side.BUY), (I, Side.SELL))
    assert "rb2101 多 0 手（策略记 3 手）" in told
    assert "i2101 空 0 手（策略记 3 手）" in told
    assert "也已到期" not in told


def test_a_leg_that_ended_before_its_last_day_has_named_no_other(begin: Begin) -> None:
    # Given ore of the same month that left the account a day earlier, as an option does that is exercised
    world = held_to_the_end(begin, I, at=instant(20210114, 14, 40))
    world.sound = False
    (first,) = end(world, 20210114, (I, Side.SELL))
    assert "i2101 已交割；还持 rb2101 多 3 手，其中缺了对冲的" in first
    # When rebar is delivered the next day
    (then,) = end(world, LAST, (RB, Side.BUY))
    # Then that is told as well.
    assert "rb2101 已交割。" in then
