"""A roll that rests when its near contract is over, in the users' words: it ends, or says what is open, and waits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import AccountId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.strategy import DaysToExpiry, GridSettings, Manual
from terminal.domain.words.risk import Level, Scope
from tests.engine_world import FAR, ONE, OTHER, RB, RISK, SECOND_RISK, TRADER, World
from tests.scenario.between import between, half, held, net
from tests.scenario.carrying import card
from tests.scenario.conftest import Begin
from tests.scenario.legs import GRID, ROLL, SPREAD, alerts
from tests.scenario.test_roll import go, hold, roll, start
from tests.scenario.test_roll_along import held_spread, started
from tests.scenario.test_roll_last_days import AFTER, LAST, NEAR, THREE_LEFT, expire, lacking, morning

PAUSED, FINISHED = StrategyStatus.PAUSED, StrategyStatus.FINISHED


def pause(world: World) -> None:
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok


def release(world: World, account: AccountId) -> None:
    for person in (RISK, SECOND_RISK):
        assert world.do(person, c.Release(account=account, scope=Scope(), reason="演练完")).ok


def status(world: World) -> StrategyStatus:
    return world.account.strategies[ROLL].status


def in_two_halves(world: World) -> None:
    """Roll two of six lots on near's last day and wait a long while for the next two."""
    hold(world)
    morning(world, LAST)
    start(world, roll(DaysToExpiry(days=3), batch_lots=2, naked_lots=2, batch_pause_seconds=40_000))
    for _ in range(20):
        world.show({RB: NEAR, FAR: (3600, 3602)})
        world.show({RB: (3891, 3892)})
        if world.net(FAR) == 2:
            break
    go(world, 3)
    assert (world.net(RB), world.net(FAR)) == (4, 2)


def naked_and_paused(world: World) -> int:
    """Let a kill switch pause a roll whose far lots nobody offers on near's last day; return what it lacks."""
    hold(world)
    morning(world, LAST)
    start(world, roll(DaysToExpiry(days=3), batch_lots=4, naked_lots=4))
    go(world, 3)
    for _ in range(10):
        world.show({RB: (3891, 3892), FAR: (3600, None)})
        if world.net(RB) < 6:
            break
    lacks = 6 - world.net(RB)
    assert (lacks > 0, world.net(FAR)) == (True, 0)
    assert world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练")).ok
    go(world, 3)
    assert status(world) is PAUSED
    return lacks


@pytest.mark.parametrize("restarts", [False, True])
def test_a_paused_roll_that_never_began_ends_with_near_and_says_what_it_left(world: World, *, restarts: bool) -> None:
    # Given six lots, and a roll that a person has paused before it began
    hold(world)
    morning(world, THREE_LEFT)
    start(world, roll(Manual()))
    go(world, 3)
    pause(world)
    morning(world, LAST)
    go(world, 3)
    assert status(world) is PAUSED
    # When near is over
    expire(world)
    if restarts:
        world.restart()
        go(world, 3)
    # Then it has ended by itself, says so once, and its card gives the reason and not the pause.
    assert status(world) is FINISHED
    (left,) = alerts(world, "ROLL_LEFT")
    assert "近月 螺纹钢2101 已过最后交易日，移仓到此为止：6 手没有移。没有移的按到期处理" in left.sentence
    assert card(world).startswith("近月 螺纹钢2101 已过最后交易日，移仓到此为止：6 手没有移")


@pytest.mark.parametrize("paused", [True, False])
@pytest.mark.parametrize("bought", [0, 6])
def test_lots_nobody_held_when_near_ended_are_not_said_to_be_delivered(
    world: World, *, paused: bool, bought: int
) -> None:
    # Given a roll that has not begun, of six lots that nobody ever bought, or that a person has closed by hand
    if bought:
        hold(world)
    morning(world, THREE_LEFT)
    start(world, roll(Manual()))
    go(world, 3)
    if paused:
        pause(world)
    if bought:
        assert world.close_long(6, 3890, offset=Offset.CLOSE_YESTERDAY).ok
        world.show({RB: NEAR, FAR: (3600, 3602)})
        assert world.net(RB) == 0
    morning(world, LAST)
    go(world, 3)
    # When near is over
    expire(world)
    # Then the roll ends, and says what is true of them.
    assert status(world) is FINISHED
    (left,) = alerts(world, "ROLL_LEFT")
    assert "移仓到此为止：6 手没有移。没有移的账户里并没有（没有持有过，或已平掉），不涉及到期" in left.sentence
    assert "按到期处理" not in left.sentence


def test_a_paused_roll_in_balance_ends_with_near_and_tells_what_the_moved_lots_cost(world: World) -> None:
    in_two_halves(world)
    pause(world)
    expire(world)
    assert status(world) is FINISHED
    (left,) = alerts(world, "ROLL_LEFT")
    assert "已移 2 手到 螺纹钢2105，4 手没有移；每吨成本 −" in left.sentence
    assert alerts(world, "ROLL_UNMATCHED") == []


def test_a_paused_roll_lets_no_strategy_run_on_that_it_bound_anew(world: World) -> None:
    # Given a grid whose two lots a roll has moved, which a person has paused with two more of nobody's on near
    world.buy(2, 3701)
    settings = GridSettings(
        account=ONE, instrument=RB, side=Side.BUY, anchor=Decimal(3705), step=Decimal(10), lines=1, lots_per_line=2,
        stop=Decimal(3500), lower=Decimal(3510), upper=Decimal(4000),
    )  # fmt: skip
    assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=settings)).ok
    go(world, 3)
    world.show({RB: (3694, 3695)})
    world.wait(3)
    assert world.net(RB) == 4
    morning(world, LAST)
    start(world, roll(Manual(go=True), lots=4, batch_lots=2, batch_pause_seconds=40_000, strategies=(GRID,)))
    for _ in range(20):
        world.show({RB: NEAR, FAR: (3600, 3602)})
        world.show({RB: (3891, 3892)})
        if world.net(FAR) == 2:
            break
    go(world, 3)
    assert world.net(FAR) == 2
    pause(world)
    # When near is over
    expire(world)
    go(world, 3)
    # Then the roll is, and the grid is bound to far, but nothing begins to trade that a person has not let.
    row = world.account.strategies[GRID]
    assert (status(world), row.status) == (FINISHED, PAUSED)
    assert isinstance(row.settings, GridSettings)
    assert row.settings.instrument == FAR
    (told,) = alerts(world, "BOUND_PAUSED")
    assert "grid（移仓暂停着到期结束，请核对之后恢复）" in told.sentence
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok


@pytest.mark.parametrize("act", ["resume", "stop"])
def test_a_paused_roll_that_lacks_far_says_once_what_is_open_and_waits_for_a_person(world: World, act: str) -> None:
    # Given a roll that a kill switch paused with near closed and far not opened
    lacks = naked_and_paused(world)
    release(world, ONE)
    assert alerts(world, "ROLL_UNMATCHED") == []
    # When near is over, and the runner starts anew
    expire(world)
    world.restart()
    go(world, 5)
    # Then one word says what is open and what a person can do, nothing was traded, and the card says it too.
    (told,) = alerts(world, "ROLL_UNMATCHED")
    assert (told.level, told.instrument) == (Level.ORANGE, FAR)
    assert f"近月已平 {lacks} 手，螺纹钢2105（SHFE.rb2105）已开 0 手，还缺 {lacks} 手（" in told.sentence
    assert f"没有移的 {6 - lacks} 手已按到期处理" in told.sentence
    assert "要补齐请恢复它，补齐后自己结束" in told.sentence
    assert (status(world), world.net(FAR)) == (PAUSED, 0)
    assert "近月已过最后交易日，没有可移的了，缺的等人决定" in card(world)
    # And what the person decides is done.
    if act == "resume":
        assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=ROLL)).ok
        go(world, 10)
        assert (status(world), world.net(FAR)) == (FINISHED, lacks)
    else:
        assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=ROLL)).code == "OK"
        assert status(world) is StrategyStatus.STOPPED
    assert len(alerts(world, "ROLL_UNMATCHED")) == 1


def test_between_accounts_both_halves_that_rest_are_over_with_near(begin: Begin) -> None:
    # Given a roll between accounts of which both halves are paused before it began
    world = held(begin)
    morning(world, THREE_LEFT)
    asked = c.StartStrategy(account=ONE, strategy=ROLL, settings=between(timings=(Manual(),)))
    assert world.do(TRADER, asked).ok
    go(world, 3)
    for account in (ONE, OTHER):
        assert world.do(TRADER, c.PauseStrategy(account=account, strategy=half(world, account).strategy)).ok
    # When near is over
    expire(world)
    # Then the one that closes near has ended, and the other one with it.
    assert (half(world, ONE).status, half(world, OTHER).status) == (FINISHED, StrategyStatus.STOPPED)
    assert len(alerts(world, "ROLL_LEFT")) == 1


def test_between_accounts_a_paused_far_half_that_lacks_lots_is_told_of_and_ends_once_it_has_them(begin: Begin) -> None:
    # Given a roll between accounts that lacks lots of far, and a kill switch in far's account
    world = lacking(begin, RB, FAR)
    lacks = 6 - net(world, ONE, RB) - net(world, OTHER, FAR)
    assert world.do(RISK, c.Kill(account=OTHER, scope=Scope(), reason="演练")).ok
    world.show({FAR: (3600, None)})
    assert half(world, OTHER).status is PAUSED
    release(world, OTHER)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL)).ok
    # When near is over
    world.show(facts=[DayFacts(instrument=RB, trading_day=LAST, settlement=3700)])
    world.show_at(instant(LAST, 15, 1), {FAR: (3600, None)})
    world.quotes.pop(RB)
    world.show_at(instant(AFTER, 9), {FAR: (3600, 3602)})
    for _ in range(20):
        world.show({FAR: (3600, 3602)})
    # Then both accounts are told once, each what its people can do, and nothing is traded.
    told = {one.account: one.sentence for one in alerts(world, "ROLL_UNMATCHED")}
    assert len(alerts(world, "ROLL_UNMATCHED")) == 2
    assert "由远月账户的一半补，补齐后这一半自己结束" in told[ONE]
    assert "要补齐请恢复它" in told[OTHER]
    assert (half(world, ONE).status, half(world, OTHER).status) == (PAUSED, PAUSED)
    # When far's half is resumed and has opened them, near's has ended, paused as it is.
    before = net(world, OTHER, FAR)
    assert world.do(TRADER, c.ResumeStrategy(account=OTHER, strategy=half(world, OTHER).strategy)).ok
    for _ in range(30):
        world.show({FAR: (3600, 3602)})
    assert net(world, OTHER, FAR) == before + lacks
    assert half(world, ONE).status is FINISHED
    assert half(world, OTHER).status in {FINISHED, StrategyStatus.STOPPED}


def test_a_roll_that_waits_for_more_lots_to_be_moved_along_is_over_with_near_all_the_same(world: World) -> None:
    # Given a roll that closes nothing, for the spread it takes along holds more lots than it moves
    row = held_spread(world, max_sets=2)
    started(world, ROLL, roll(strategies=(SPREAD,), lots=2))
    go(world, 20)
    assert (world.net(RB), status(world)) == (4, StrategyStatus.RUNNING)
    # When near is over
    world.show_at(instant(LAST, 9, 30), {RB: (3700, 3701), FAR: (3600, 3602)})
    go(world, 3)
    expire(world)
    # Then it waits no longer: it has ended, and says who stays where it was.
    assert status(world) is FINISHED
    (told,) = alerts(world, "NOT_BOUND_ANEW")
    assert "已过最后交易日，移仓到此为止：2 手没有移" in told.sentence
    assert "缺手数" not in told.sentence
    assert "没有改绑 spread（近月没有平仓；现绑在 rb2101）" in told.sentence
    assert row.status is PAUSED
