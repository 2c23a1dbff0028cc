"""A conversion knows that its option ends: it is told before, warned of on the last day, and does not outlive it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import Conversion, SpreadSettings, Swap
from terminal.domain.products.conversion import SwapWish, swap_legs
from terminal.domain.words.risk import Level, Verdict
from terminal.engine.orders.gate import strategy_loss
from terminal.engine.previews.command import preview
from terminal.engine.strategy.legged_orders import held_lots
from tests.engine_market import CALL, LATER, WITH_OPTIONS, instruments
from tests.engine_world import NEXT_DAY, ONE, TRADER, I, World, device
from tests.picture_desk import Desk
from tests.scenario.conftest import Begin
from tests.scenario.converting import SWAP, foresee, start
from tests.scenario.test_exercise import AFTERNOON, SHOWN, ask, holding, settle, wish


def settings(
    option: InstrumentId, *, to_future: bool, limit: str = "9999", verb: Swap = Swap.PROTECTIVE
) -> SpreadSettings:
    known = instruments()
    legs, sets = swap_legs(SwapWish(verb, known[option], None, known[I], Side.BUY, to_future, 3, 3))
    return SpreadSettings(
        account=ONE,
        legs=legs,
        buy_at=Decimal(limit),
        sell_at=Decimal(limit),
        sets=sets,
        max_sets=sets,
        naked_lots=3,
        conversion=Conversion(verb=verb),
    )


def with_futures(begin: Begin) -> World:
    """Return a world on the call's last afternoon that is long three futures."""
    world = begin(at=AFTERNOON, universe=WITH_OPTIONS)
    world.show(SHOWN)
    world.buy(3, "830.5", instrument=I)
    return world


def tick(world: World, count: int = 5) -> None:
    for _ in range(count):
        world.show(last={name: bid for name in SHOWN if (bid := world.quotes[name][0]) is not None})


def the_day_after(world: World) -> None:
    settle(world)
    world.show_at(instant(NEXT_DAY, 9, 1))
    tick(world)


def told(world: World) -> list[tuple[Level, str]]:
    return [(one.level, one.sentence) for one in world.facts(AlertRaised) if one.code == "CONVERSION_ENDED"]


@pytest.mark.parametrize("verb", [Swap.PROTECTIVE, Swap.DELTA])
def test_the_preview_of_every_verb_says_how_long_the_option_lives(begin: Begin, verb: Swap) -> None:
    world = with_futures(begin)
    tick(world, 1)
    seen = foresee(world, settings(LATER, to_future=False, verb=verb))
    assert "i2101-C-810 到期日 20200824，剩 3 天" in seen.details
    assert "最后交易日" not in seen.sentence


def test_an_option_that_ends_today_is_warned_of_before_it_is_taken(begin: Begin) -> None:
    world = with_futures(begin)
    tick(world, 1)
    seen = foresee(world, settings(CALL, to_future=False))
    assert seen.verdict is Verdict.WARN
    assert "i2101-C-820 到期日 20200821，本交易日是最后交易日" in seen.details
    warned = "可以启动，但本交易日（20200821）是 i2101-C-820 的最后交易日：收市时没有换完的不再换，换到的期权当天就到期"
    assert warned in seen.sentence


def test_the_evening_before_an_options_last_day_names_the_day(begin: Begin) -> None:
    world = begin(at=instant(20200820, 21, 5), universe=WITH_OPTIONS)
    world.show(SHOWN)
    world.buy(3, "830.5", instrument=I)
    tick(world, 1)
    seen = foresee(world, settings(CALL, to_future=False))
    assert "可以启动，但本交易日（20200821）是 i2101-C-820 的最后交易日" in seen.sentence
    assert "今天" not in "".join((seen.sentence, *seen.details))


def test_one_that_waits_for_its_future_ends_with_the_call_it_was_to_give_up(begin: Begin) -> None:
    # Given three calls that end today, to be replaced by their future at a price that does not come
    world = holding(begin, only=(CALL,))
    assert start(world, settings(CALL, to_future=True, limit="1")).ok
    tick(world)
    the_day_after(world)
    # Then the calls were exercised, nothing is traded, and the task is over with its reason.
    row = world.account.strategies[SWAP]
    reason = "i2101-C-820 已到期，互转结束：没有成交，i2101-C-820 还有 3 手没有换"
    assert (row.status, row.reason, world.net(I)) == (StrategyStatus.FINISHED, reason, 3)
    assert told(world) == [(Level.YELLOW, f"策略 互转：{reason}。没有换的期权按到期处理，请核对持仓。")]
    world.check()


def test_one_that_waits_for_its_option_ends_with_it_and_a_paused_one_as_soon_as_it_goes_on(begin: Begin) -> None:
    world = with_futures(begin)
    assert start(world, settings(CALL, to_future=False, limit="-900")).ok
    tick(world)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SWAP)).ok
    the_day_after(world)
    row = world.account.strategies[SWAP]
    assert row.status is StrategyStatus.PAUSED
    wanted = c.ResumeStrategy(account=ONE, strategy=SWAP)
    seen = preview(world.engine.look, TRADER, device(TRADER), 1, wanted, split_close=True)
    assert (seen.verdict, "i2101-C-820 已到期，恢复后即结束" in seen.sentence) == (Verdict.WARN, True)
    assert world.do(TRADER, wanted).ok
    tick(world)
    assert (row.status, world.net(I)) == (StrategyStatus.FINISHED, 3)
    ((_, sentence),) = told(world)
    assert sentence.endswith("i2101-C-820 还有 3 手没有换。没有换的期货还在，请核对持仓。")


def test_what_it_has_given_up_stays_counted_where_a_person_exercises_the_rest(begin: Begin) -> None:
    # Given two of three calls that were given up, a future nobody offers, and the third call exercised that night
    world = holding(begin, only=(LATER,))
    world.buy(1, "22.5", instrument=LATER)
    tick(world, 1)
    world.wire.hold_orders = True
    two = msgspec.structs.replace(settings(LATER, to_future=True), sets=2, max_sets=2)
    assert start(world, two).ok
    world.show()
    world.wire.hold_orders = False
    world.show({I: ("830", None)})
    world.arrive()
    tick(world, 2)
    assert ask(world, wish(LATER, 1)).ok
    settle(world)
    # Then the account holds no call any more, the future followed, and the task still counts what it has given up.
    assert (world.net(LATER), world.net(I)) == (0, 3)
    assert held_lots(world.account, SWAP, two) == (-2, 2)
    world.check()


def test_an_option_exercised_before_its_last_day_costs_nothing_any_more_and_stays_counted(begin: Begin) -> None:
    # Given two of three sets taken into the call, a task that rests, and a person who exercises both calls that night
    world = with_futures(begin)
    tick(world, 1)
    sets = msgspec.structs.replace(settings(LATER, to_future=False), sets=1, max_sets=3)
    assert start(world, sets).ok
    while held_lots(world.account, SWAP, sets) != (2, -2):
        tick(world, 1)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SWAP)).ok
    world.wait(3)
    assert ask(world, wish(LATER, world.net(LATER))).ok
    settle(world)
    # When the call, which goes on trading, falls the day after
    world.show_at(instant(NEXT_DAY, 9, 1), {I: ("850", "850.5"), LATER: ("30", "30.5")})
    before = strategy_loss(world.engine.look, world.account.strategies[SWAP])
    world.show({LATER: ("5", "5.5")}, last={LATER: "5", I: "850"})
    world.wait(2)
    # Then what nobody holds loses nothing, no card shows it as held, and it counts in the task as before.
    assert world.net(LATER) == 0
    assert strategy_loss(world.engine.look, world.account.strategies[SWAP]) == before
    desk = Desk(world)
    desk.look()
    assert LATER not in desk.strategies[SWAP].lots
    assert held_lots(world.account, SWAP, sets)[0] == 2
    world.check()


def test_a_future_that_lacks_lots_when_the_option_ends_follows_first(begin: Begin) -> None:
    # Given calls that were given up at the last moment, and a future nobody offers until the close
    world = holding(begin, only=(CALL,))
    tick(world, 1)
    world.wire.hold_orders = True
    assert start(world, settings(CALL, to_future=True)).ok
    world.show()
    world.wire.hold_orders = False
    world.show({I: ("830", None)})
    world.arrive()
    tick(world, 2)
    assert (world.net(CALL), world.net(I)) == (0, 0)
    the_day_after(world)
    world.show(SHOWN)
    tick(world, 10)
    row = world.account.strategies[SWAP]
    assert (row.status, world.net(CALL), world.net(I)) == (StrategyStatus.FINISHED, 0, 3)
    assert told(world) == []
