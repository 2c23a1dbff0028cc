"""Red locks opening and never lets go by itself; the other levels come and go with their cause (SAFETY 6, I21, I22)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import LevelChanged, LevelReleased
from terminal.domain.ids import StrategyId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState, Origin, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Level, Scope
from terminal.engine.alert.causing import causing_persons
from terminal.risk.order_size import LARGE_UNASKED
from tests.engine_world import (
    CHECKER,
    COLLEAGUE,
    LIMITS,
    NEXT_NIGHT,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    STRANGER,
    TRADER,
    I,
    World,
)
from tests.scenario.conftest import Begin

GRID: Final = StrategyId("grid-i")
DAY_LOSS: Final = msgspec.structs.replace(LIMITS, day_loss_yuan=Decimal(10_000))


@pytest.fixture
def losing(begin: Begin) -> World:
    """Hold ten lots of rebar bought at 3701 in an account that may lose 10 000 yuan a day."""
    world = begin(limits=DAY_LOSS)
    world.buy(10, 3701)
    return world


def lose(world: World, percent: int, *, seconds: int = 2) -> None:
    """Show rebar where the ten lots have lost a share of the day's limit: 0.2 % less, for they are marked in the middle
    and paid 30 yuan of fees."""
    bid = Decimal(3701) - percent
    for _ in range(seconds):
        world.show({RB: (bid, bid + 1)})


def level(world: World, signal: str = "day_loss") -> Level:
    found = [row.level for row in world.account.levels.values() if row.signal == signal]
    return found[0] if found else Level.NORMAL


def release(world: World) -> None:
    for person in (RISK, CHECKER):
        done = world.do(person, c.Release(account=ONE, scope=Scope(), reason="亏损已回落"))
        assert done.ok, done.sentence


def grid() -> GridSettings:
    return GridSettings(
        account=ONE,
        instrument=I,
        side=Side.BUY,
        anchor=Decimal(830),
        step=Decimal(2),
        lines=4,
        lots_per_line=1,
        stop=Decimal(780),
        lower=Decimal(790),
        upper=Decimal(880),
    )


# --- up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "wanted"), [(49, Level.NORMAL), (51, Level.YELLOW), (81, Level.ORANGE), (101, Level.RED)]
)
def test_a_days_loss_raises_the_level_and_may_jump(losing: World, percent: int, wanted: Level) -> None:
    lose(losing, percent)
    assert level(losing) is wanted
    changes = losing.facts(LevelChanged)
    assert len(changes) == (wanted is not Level.NORMAL)
    if changes:
        assert (changes[0].before, changes[0].after) == (Level.NORMAL, wanted)
        assert Decimal(changes[0].value) >= Decimal(changes[0].threshold.split()[1])


def test_one_strange_quote_raises_nothing(losing: World) -> None:
    lose(losing, 150, seconds=1)
    lose(losing, 10)
    lose(losing, 150, seconds=1)
    lose(losing, 10)
    assert level(losing) is Level.NORMAL


def test_yellow_tells_and_forbids_nothing(losing: World) -> None:
    lose(losing, 45)
    lose(losing, 51)
    # Control C7 itself asks for a checker above half of the limit; a position near its limit does not.
    limits = msgspec.structs.replace(DAY_LOSS, day_loss_yuan=Decimal(10_000), position_lots_by_instrument={RB: 12})
    losing.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=limits))
    losing.wait(2)
    assert level(losing, "position_use") is Level.YELLOW
    assert losing.order(Side.SELL, 1, 3650, instrument=RB).code != "LEVEL_RED"


def test_orange_asks_another_person_for_every_opening_order(begin: Begin) -> None:
    # Given a position at 96 % of its limit in iron ore
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 50}))
    world.buy(40, "830.5", instrument=I)
    limits = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 41})
    world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=limits))
    world.wait(2)
    assert level(world, "position_use") is Level.ORANGE
    # Then one more lot of it, either way, needs a checker; rebar does not.
    assert world.order(Side.SELL, 1, "830", instrument=I).code == "CONFIRM2"
    assert world.order(Side.BUY, 1, 3701).code == "OK"
    # And with a checker it goes out.
    assert world.decide(CHECKER, world.parked).ok
    assert world.net(I) == 39


# --- red -------------------------------------------------------------------------------------------------------


def test_red_locks_opening_and_says_so(losing: World) -> None:
    lose(losing, 101)
    done = losing.order(Side.BUY, 1, "830.5", instrument=I)
    assert (done.ok, done.code) == (False, "DAY_LOSS")  # C7 stands before C18; both lock
    lose(losing, 5)
    done = losing.order(Side.BUY, 1, "830.5", instrument=I)
    assert (done.ok, done.code) == (False, "LEVEL_RED")
    assert "只可平仓" in done.sentence
    assert len(losing.wire.sent) == 1


def test_red_cancels_automatic_opening_orders_and_pauses_strategies(losing: World) -> None:
    losing.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid()))
    losing.show({I: ("830", "830.5")})
    by_hand = losing.buy(1, 3600)
    assert len(losing.account.live) == 4
    lose(losing, 80)
    assert len(losing.account.live) == 4, "orange changes nothing of what rests"
    lose(losing, 101)
    losing.wait(2)
    assert losing.account.strategies[GRID].status is StrategyStatus.PAUSED
    assert {row.cause.origin for row in losing.account.live.values()} == {Origin.MANUAL}
    assert by_hand.state is OrderState.LIVE


def test_red_voids_what_waits_for_approval(losing: World) -> None:
    losing.order(Side.BUY, 100, "830.5", instrument=I)
    lose(losing, 101)
    assert losing.parked.state is ConfirmationState.REVOKED
    assert losing.decide(CHECKER, losing.parked).code == "NOT_PENDING"
    assert len(losing.wire.sent) == 1


def test_cancels_and_reducing_closes_pass_at_red(losing: World) -> None:
    resting = losing.buy(1, 3600)
    lose(losing, 101)
    assert losing.do(TRADER, c.CancelOrder(account=ONE, order=resting.order)).ok
    assert resting.state is OrderState.CANCELLED
    assert losing.close_long(4, 3600).ok
    assert losing.net() == 6
    lose(losing, 20)
    assert losing.close_long(6, 3680).ok
    assert losing.net() == 0


def test_a_close_of_more_than_is_held_is_no_close(losing: World) -> None:
    lose(losing, 101)
    assert losing.close_long(11, 3600).code == "NOT_CLOSABLE"
    assert losing.close_long(7, 3640).ok
    assert losing.close_long(4, 3640).code == "NOT_CLOSABLE", "seven are under a close already"


def test_a_large_close_at_red_waits_for_nobody_and_is_told_to_all(begin: Begin) -> None:
    # Given a long position of 100 lots of iron ore, 8.3 million yuan, and a red account
    world = begin(limits=msgspec.structs.replace(LIMITS, day_loss_yuan=Decimal(100_000)))
    world.order(Side.BUY, 100, "830.5", instrument=I)
    world.decide(CHECKER, world.parked)
    for _ in range(3):
        world.show({I: ("819", "819.5")})
    assert level(world) is Level.RED
    # When all of it is to be closed, Then it goes out without a checker, whom an alert tells.
    assert world.close_long(100, "819", instrument=I).code == "OK"
    assert world.net(I) == 0
    (told,) = [row for row in world.account.open_alerts.values() if row.code == LARGE_UNASKED]
    assert "价值" in told.sentence


def test_red_never_clears_itself(losing: World) -> None:
    # Whatever happens: the loss is gone, ten minutes are gone, the runner is another one, the day is another one.
    lose(losing, 101)
    lose(losing, 0, seconds=600)
    assert level(losing) is Level.RED
    losing.restart()
    losing.wait(300)
    assert level(losing) is Level.RED
    losing.show_at(NEXT_NIGHT, {RB: (3700, 3701)})
    losing.wait(300)
    assert losing.account.trading_day == 20200824
    assert level(losing) is Level.RED
    assert losing.order(Side.BUY, 1, 3701).code == "LEVEL_RED"


def test_another_account_stays_what_it_was(losing: World) -> None:
    lose(losing, 101)
    assert losing.state.accounts[OTHER].levels == {}


# --- release ---------------------------------------------------------------------------------------------------


def test_two_persons_release_red_to_orange(losing: World) -> None:
    lose(losing, 101)
    lose(losing, 0)
    release(losing)
    assert level(losing) is Level.ORANGE
    (fact,) = losing.facts(LevelReleased)
    assert (fact.first, fact.second, fact.reason) == (RISK, CHECKER, "亏损已回落")
    assert losing.order(Side.BUY, 1, 3701).code == "CONFIRM2"


def test_one_person_cannot_release_red_nor_a_stranger(losing: World) -> None:
    lose(losing, 101)
    lose(losing, 0)
    for person in (RISK, RISK, STRANGER):
        losing.do(person, c.Release(account=ONE, scope=Scope(), reason="没事了"))
    assert level(losing) is Level.RED


def test_after_a_release_the_level_comes_down_by_the_rule(losing: World) -> None:
    lose(losing, 101)
    lose(losing, 0)
    release(losing)
    # Orange keeps for 120 quiet seconds, then yellow for 60.
    lose(losing, 0, seconds=120)
    assert level(losing) is Level.ORANGE
    lose(losing, 0, seconds=2)
    assert level(losing) is Level.YELLOW
    lose(losing, 0, seconds=62)
    assert level(losing) is Level.NORMAL
    assert losing.order(Side.BUY, 1, 3702).code == "OK"


def test_the_trader_whose_order_it_was_takes_no_part_in_the_release(losing: World) -> None:
    lose(losing, 101)
    lose(losing, 0)
    assert losing.do(TRADER, c.Release(account=ONE, scope=Scope(), reason="没事了")).code == "CAUSING_TRADER"
    assert losing.do(RISK, c.Release(account=ONE, scope=Scope(), reason="查")).ok
    assert losing.do(TRADER, c.Release(account=ONE, scope=Scope(), reason="没事了")).code == "CAUSING_TRADER"
    assert level(losing) is Level.RED


def test_whoever_set_a_strategy_going_has_part_in_what_it_opened(begin: Begin) -> None:
    # Given a loss of the colleague's, and a grid that the colleague started and the trader let go on
    world = begin(limits=DAY_LOSS)
    world.buy(10, 3701, by=COLLEAGUE)
    assert world.do(COLLEAGUE, c.StartStrategy(account=ONE, strategy=GRID, settings=grid())).ok
    assert world.do(COLLEAGUE, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
    # When the account turns red before the grid has opened anything, then the trader has no part in it.
    lose(world, 101)
    lose(world, 0)
    assert causing_persons(world.account, Scope()) == {COLLEAGUE}
    # When it had opened something, then the trader has.
    release(world)
    lose(world, 0, seconds=200)
    assert world.do(TRADER, c.ResumeStrategy(account=ONE, strategy=GRID)).ok
    for bid in (829, 827, 825, 823):
        world.show({I: (bid, f"{bid}.5")})
    assert any(row.filled for row in world.account.orders.values() if row.cause.strategy == GRID)
    lose(world, 130)
    lose(world, 0)
    assert level(world) is Level.RED
    assert causing_persons(world.account, Scope()) == {COLLEAGUE, TRADER}
    assert world.do(TRADER, c.Release(account=ONE, scope=Scope(), reason="已回落")).code == "CAUSING_TRADER"


def test_who_opens_after_asking_is_no_more_the_first_of_two(begin: Begin) -> None:
    # Given a loss of the colleague's, red, and the trader, who has an order resting and so far no part in it
    world = begin(limits=DAY_LOSS)
    world.buy(10, 3701, by=COLLEAGUE)
    resting = world.buy(1, 3590)
    lose(world, 101)
    lose(world, 0)
    assert world.do(TRADER, c.Release(account=ONE, scope=Scope(), reason="已回落")).ok
    # When the order fills, and the second person asks
    lose(world, 112)
    lose(world, 0)
    assert resting.filled == 1
    assert world.account.releases
    assert world.do(RISK, c.Release(account=ONE, scope=Scope(), reason="已回落")).ok
    # Then the second is the first, and the trader is out of it.
    assert level(world) is Level.RED
    assert world.do(TRADER, c.Release(account=ONE, scope=Scope(), reason="已回落")).code == "CAUSING_TRADER"
    assert world.do(CHECKER, c.Release(account=ONE, scope=Scope(), reason="已回落")).ok
    assert level(world) is Level.ORANGE


def test_a_release_request_ends_after_a_quarter_of_an_hour(losing: World) -> None:
    lose(losing, 101)
    lose(losing, 0)
    assert losing.do(RISK, c.Release(account=ONE, scope=Scope(), reason="查")).ok
    losing.wait(901)
    assert losing.do(CHECKER, c.Release(account=ONE, scope=Scope(), reason="查")).ok
    assert level(losing) is Level.RED


def test_there_is_no_release_while_the_cause_lasts(losing: World) -> None:
    lose(losing, 120)
    assert losing.do(RISK, c.Release(account=ONE, scope=Scope(), reason="查")).code == "CAUSE_PRESENT"
    losing.wait(1)
    assert level(losing) is Level.RED
    assert losing.order(Side.BUY, 1, "830.5", instrument=I).code in {"DAY_LOSS", "LEVEL_RED"}


# --- down ------------------------------------------------------------------------------------------------------


def test_down_takes_a_margin_and_a_minute_without_a_break(losing: World) -> None:
    lose(losing, 51)
    assert level(losing) is Level.YELLOW
    # 46 % is below the threshold and not five points below it.
    lose(losing, 46, seconds=120)
    assert level(losing) is Level.YELLOW
    # Below 45 %, but interrupted after half a minute.
    lose(losing, 40, seconds=30)
    lose(losing, 46, seconds=1)
    lose(losing, 40, seconds=59)
    assert level(losing) is Level.YELLOW
    # A whole minute.
    lose(losing, 40, seconds=2)
    assert level(losing) is Level.NORMAL
    assert [(one.before, one.after) for one in losing.facts(LevelChanged)] == [
        (Level.NORMAL, Level.YELLOW),
        (Level.YELLOW, Level.NORMAL),
    ]


def test_a_restart_begins_the_quiet_time_anew(losing: World) -> None:
    lose(losing, 51)
    lose(losing, 30, seconds=50)
    losing.restart()
    lose(losing, 30, seconds=50)
    assert level(losing) is Level.YELLOW
    lose(losing, 30, seconds=12)
    assert level(losing) is Level.NORMAL


def test_a_level_of_an_instrument_comes_down_when_its_position_is_gone(begin: Begin) -> None:
    # Given a yellow contract whose last lots are closed just before the end of the day
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots_by_instrument={RB: 100}))
    world.order(Side.BUY, 85, 3701)
    world.decide(CHECKER, world.parked)
    world.wait(2)
    assert level(world, "position_use") is Level.YELLOW
    world.close_long(85, 3700)
    # When the next day has begun and nobody trades it any more
    world.show_at(NEXT_NIGHT)
    world.wait(62)
    # Then it is yellow no longer.
    assert level(world, "position_use") is Level.NORMAL


def test_a_red_contract_locks_that_contract_and_pauses_who_trades_it(begin: Begin) -> None:
    # Given 45 lots, a grid in the same contract, and a limit that is cut to 40
    world = begin(limits=msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 100}))
    world.buy(45, "830.5", instrument=I)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid()))
    world.show({I: ("830", "830.5")})
    tight = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 40})
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=tight)).code == "OK"
    world.wait(2)
    # Then that contract is red, its automatic orders are gone and its strategy stands still; rebar trades on.
    assert level(world, "position_use") is Level.RED
    assert world.account.live == {}
    assert world.account.strategies[GRID].status is StrategyStatus.PAUSED
    assert world.order(Side.SELL, 1, "830", instrument=I).code == "LEVEL_RED"
    assert world.order(Side.BUY, 1, 3701).ok
    assert world.close_long(10, "830", instrument=I).ok
    assert world.net(I) == 35
    # And a release of the contract is a release of nothing else.
    scope = Scope(instrument=I)
    for person in (RISK, SECOND_RISK):
        assert world.do(person, c.Release(account=ONE, scope=scope, reason="已减仓")).ok
    assert level(world, "position_use") is Level.ORANGE
