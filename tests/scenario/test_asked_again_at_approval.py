"""Between a plan's submission and its approval the market changes: the approval asks all the submission asked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import MINUTE_NS, instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import CommandDone, ConfirmationDecided
from terminal.domain.ids import StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings, Manual, RollSettings, StrategySettings
from terminal.domain.words.risk import Scope
from terminal.engine.strategy.lapsed import why_lapsed
from tests.engine_market import FAR_ORE, WITH_FAR_ORE
from tests.engine_world import CHECKER, DAY, FAR, LIMITS, NEXT_DAY, ONE, RB, TRADER, I, World, instruments
from tests.scenario.conftest import Begin, relist

NAME: Final = StrategyId("plan")
TURN: Final = instant(DAY, 17)  # Monday's trading day begins
SECOND: Final = replace(LIMITS, confirm_value_yuan=Decimal(100_000))
GRID: Final = GridSettings(
    account=ONE,
    instrument=RB,
    side=Side.BUY,
    lots_per_line=1,
    anchor=Decimal(3700),
    step=Decimal(5),
    lines=4,
    stop=Decimal(3600),
    lower=Decimal(3650),
    upper=Decimal(3750),
)
ROLL: Final = RollSettings(account=ONE, near=RB, far=FAR, side=Side.BUY, lots=6, batch_lots=6, timings=(Manual(),))
ORE: Final = replace(ROLL, near=I, far=FAR_ORE)


def ask(world: World, settings: StrategySettings) -> CommandDone:
    return world.do(TRADER, c.StartStrategy(account=ONE, strategy=NAME, settings=settings))


def coarser(world: World) -> None:
    relist(world, replace(instruments()[RB], tick=Decimal(20)))


def past_its_last_day(world: World) -> None:
    world.listed.changed[FAR, NEXT_DAY] = replace(instruments()[FAR], expiry=DAY)
    world.show_at(TURN + MINUTE_NS)


def worth_more(world: World) -> None:
    relist(world, replace(instruments()[RB], multiplier=10_000))


CHANGES: Final[list[tuple[StrategySettings, Callable[[World], None], str]]] = [
    (GRID, coarser, "网格间距小于 螺纹钢"),
    (GRID, worth_more, "元超过上限 50000000 元"),
    (ROLL, past_its_last_day, f"远月合约 {FAR} 已过最后交易日"),
]


@pytest.mark.parametrize(("settings", "change", "said"), CHANGES)
def test_what_changed_while_a_plan_waited_makes_the_yes_void_and_the_checker_reads_why(
    begin: Begin, settings: StrategySettings, change: Callable[[World], None], said: str
) -> None:
    # Given a plan that was right as it was submitted, and waits for a second person
    world = begin(limits=SECOND, sound=False)
    world.show_at(TURN - MINUTE_NS)
    assert ask(world, settings).code == "CONFIRM2"
    parked = world.parked
    # When its contract changes, and that person says yes
    change(world)
    done = world.decide(CHECKER, parked)
    # Then nothing starts, and both read the reason its maker would read.
    assert done.code == "STALE"
    assert done.sentence.startswith(f"策略 {NAME}：")
    assert said in done.sentence
    assert "没有执行，请改好后重新提交。" in done.sentence
    assert parked.state is ConfirmationState.STALE
    assert world.facts(ConfirmationDecided)[-1].reason == done.sentence
    assert NAME not in world.account.strategies
    again = ask(world, settings)
    assert not again.ok
    assert said in again.sentence


@pytest.mark.parametrize("settings", [GRID, ROLL])
def test_a_plan_about_which_nothing_changed_starts(begin: Begin, settings: StrategySettings) -> None:
    world = begin(limits=SECOND)
    assert ask(world, settings).code == "CONFIRM2"
    done = world.decide(CHECKER, world.parked)
    assert done.ok, done.sentence
    assert world.account.strategies[NAME].status is StrategyStatus.RUNNING


def test_a_far_month_that_has_left_the_market_is_named_not_only_its_missing_price(begin: Begin) -> None:
    # Given a roll into a far month, parked; and the runner begins again over a market that no longer lists it
    told = DayFacts(instrument=FAR_ORE, trading_day=DAY, pre_settlement=1600)
    world = begin(universe=WITH_FAR_ORE, limits=SECOND, facts=[told])
    assert ask(world, ORE).code == "CONFIRM2"
    world.market.universe = WITH_FAR_ORE[:-1]
    world.restart()
    world.show()
    done = world.decide(CHECKER, world.parked)
    assert done.code == "STALE"
    assert f"远月合约 {FAR_ORE} 不在行情中：可能还没有上市" in done.sentence
    assert NAME not in world.account.strategies


def test_a_grid_cannot_be_given_lines_that_coincide_at_the_ticks_while_it_runs(begin: Begin) -> None:
    world = begin()
    assert ask(world, GRID).ok
    relist(world, replace(instruments()[RB], tick=Decimal(20)))
    body = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=replace(GRID, lots_per_line=2))
    done = world.do(TRADER, body)
    assert done.code == "BAD_SETTINGS"
    assert "网格间距小于" in done.sentence
    assert world.account.strategies[NAME].version == 1


def test_what_the_kill_switch_covers_is_no_longer_what_was_parked(begin: Begin) -> None:
    # The kill voids what waits at once; were it not so, the yes would come to nothing all the same.
    world = begin(limits=SECOND)
    assert ask(world, GRID).code == "CONFIRM2"
    assert world.do(TRADER, c.Kill(account=ONE, scope=Scope(instrument=RB), reason="行情异常")).ok
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"
    assert "解除之后才能运行" in why_lapsed(world.engine.look, world.account, NAME, GRID)
