"""Who starts a grid where its price is not reads whether it waits, follows or ends at once; and so it does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import OutOfRange
from terminal.domain.words.risk import Verdict
from tests.engine_world import FAR, ONE, RB, TRADER, World
from tests.scenario.legs import GRID
from tests.scenario.test_grid import grid
from tests.scenario.test_orange_of_one_contract import turned
from tests.scenario.test_spread_grid import LADDER, ladder
from tests.unit.engine.foreseen import ask
from tests.unit.engine.foreseen import start as start_of

BOUNDS = {"stop": Decimal(3790), "lower": Decimal(3670), "upper": Decimal(3780)}
ENDS = "可以启动，但启动后立即结束，什么也不报："


@pytest.mark.parametrize(
    ("bid", "changes", "said"),
    [
        (3590, {}, "现在价格 3590 已到止损价 3600"),
        (3590, {"out_of_range": OutOfRange.STOP}, "现在价格 3590 已到止损价 3600"),
        (3605, {"out_of_range": OutOfRange.STOP}, "现在价格 3605 在区间 3610 至 3800 之外"),
        (3900, {"out_of_range": OutOfRange.FLATTEN}, "现在价格 3900 在区间 3610 至 3800 之外"),
        (3800, {"side": Side.SELL, **BOUNDS}, "现在价格 3800 已到止损价 3790"),
    ],
)
def test_one_that_would_end_at_once_is_warned_of(world: World, bid: int, changes: dict[str, object], said: str) -> None:
    world.show({RB: (bid, bid + 1)}, last={RB: bid})
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=grid(**changes))
    found = ask(world, body)
    assert found.verdict is Verdict.WARN
    assert found.sentence.endswith(f"{ENDS}{said}")
    # And so it does.
    assert world.do(TRADER, body).ok
    world.wait(10)
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
    assert not world.facts(OrderRecorded)


def test_one_that_waits_outside_reads_what_it_waits_for(world: World) -> None:
    world.show({RB: (3900, 3901)})
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=grid())
    found = ask(world, body)
    assert found.verdict is Verdict.ALLOW
    assert found.details[-1] == "现在启动先等待：价格 3900 在区间外，回到 3610 至 3800 再报"
    assert world.do(TRADER, body).ok
    world.wait(10)
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING
    assert not world.facts(OrderRecorded)


def test_one_that_follows_reads_where_it_goes_first(world: World) -> None:
    world.show({RB: (3718, 3719)})
    settings = grid(trail_to=Decimal(3790), out_of_range=OutOfRange.STOP)
    found = ask(world, c.StartStrategy(account=ONE, strategy=GRID, settings=settings))
    assert found.details[-1] == "现在启动：网格空仓，随价格移到起始价 3718"


@pytest.mark.parametrize("choice", [OutOfRange.STOP, OutOfRange.FLATTEN])
def test_one_that_follows_to_its_limit_and_is_still_outside_there_is_warned_of(choice: OutOfRange) -> None:
    # Given a grid with an upper bound of 3735 that may follow by 15 yuan, and a price of 3800
    body = c.StartStrategy(
        account=ONE,
        strategy=GRID,
        settings=grid(upper=Decimal(3735), trail_to=Decimal(3720), out_of_range=choice),
    )
    ending = "先移到 3720，仍在区间（3625 至 3750）外，随即结束"
    world = World()
    world.show({RB: (3800, 3801)})
    found = ask(world, body)
    assert found.verdict is Verdict.WARN
    assert found.sentence.endswith(f"可以启动，但启动后{ending}，什么也不报：现在价格 3800")
    # Then so it ends, whoever starts it there,
    assert world.do(TRADER, body).ok
    world.wait(5)
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED
    # or resumes it there.
    world = World()
    world.show({RB: (3706, 3707)})
    assert world.do(TRADER, body).ok
    world.wait(3)
    assert world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID)).ok
    world.show({RB: (3800, 3801)})
    resume = c.ResumeStrategy(account=ONE, strategy=GRID)
    found = ask(world, resume)
    assert found.verdict is Verdict.WARN
    assert found.sentence.endswith(f"现在价格 3800 离开区间 3610 至 3735：恢复后{ending}")
    assert world.do(TRADER, resume).ok
    world.wait(5)
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED


def test_one_that_waits_outside_at_the_end_of_its_following_is_not_warned_of(world: World) -> None:
    world.show({RB: (3800, 3801)})
    settings = grid(upper=Decimal(3735), trail_to=Decimal(3720))
    found = ask(world, c.StartStrategy(account=ONE, strategy=GRID, settings=settings))
    assert found.verdict is Verdict.ALLOW
    assert found.details[-1] == "现在启动：网格空仓，随价格移到起始价 3720"


def test_one_that_may_not_open_now_ends_at_once_all_the_same(world: World) -> None:
    turned(world, RB)
    world.show({RB: (3590, 3591)}, last={RB: 3590})
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=grid())
    found = ask(world, body)
    assert found.details[-1] == "启动后立即结束，什么也不报：现在价格 3590 已到止损价 3600"
    assert world.do(TRADER, body).ok
    world.wait(5)
    assert world.account.strategies[GRID].status is StrategyStatus.FINISHED


def test_one_that_waits_outside_and_may_not_open_either_reads_both(world: World) -> None:
    # Given a contract on orange, and a grid whose price is outside its range
    turned(world, RB)
    world.show({RB: (3900, 3901), FAR: (3600, 3601)}, last={RB: 3900, FAR: 3600})
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=grid())
    found = ask(world, body)
    closed = "rb2101 现在不能开仓（风险级别、一键停止或限额）"
    assert found.details[-1] == f"{closed}；现在启动先等待：价格 3900 在区间外，回到 3610 至 3800 再报"
    over = ask(world, start_of(ladder(), LADDER)).details[-1]
    assert over.startswith("rb2101")
    assert over.endswith(
        " 现在不能开仓（风险级别、一键停止或限额）；现在启动先等待：价差 299 在区间外，回到 75 至 130 再报"
    )
    # Then once the price is back it still orders nothing.
    assert world.do(TRADER, body).ok
    world.wait(3)
    world.show({RB: (3706, 3707)})
    world.wait(70)
    assert not world.facts(OrderRecorded)


def test_before_the_account_agrees_with_its_exchange_one_waits_wherever_the_price_is(world: World) -> None:
    world.show({RB: (3590, 3591)})
    world.wire.cut()
    world.steps(1)
    found = ask(world, c.StartStrategy(account=ONE, strategy=GRID, settings=grid()))
    assert found.details[-1] == "现在不能开仓（对账、风险级别、一键停止或结算单），启动后先等待"


def test_a_grid_over_a_spread_is_told_by_its_spread(world: World) -> None:
    world.traded = {RB, FAR}
    world.show({RB: (3650, 3651), FAR: (3600, 3601)})
    found = ask(world, start_of(ladder(), LADDER))
    assert found.verdict is Verdict.WARN
    assert found.sentence.endswith("但启动后立即结束，什么也不报：现在价差 51 已到止损价 65")
    world.show({RB: (3800, 3801), FAR: (3600, 3601)})
    found = ask(world, start_of(ladder(), LADDER))
    assert found.details[-1] == "现在启动先等待：价差 199 在区间外，回到 75 至 130 再报"
    # And one that follows to its limit and is still outside ends there.
    followed = ladder(upper=Decimal(120), trail_to=Decimal(130), out_of_range=OutOfRange.STOP)
    found = ask(world, start_of(followed, LADDER))
    assert found.verdict is Verdict.WARN
    assert found.sentence.endswith("先移到 121，仍在区间（85 至 130）外，随即结束，什么也不报：现在价差 199")
    assert world.do(TRADER, start_of(followed, LADDER)).ok
    world.wait(5)
    assert world.account.strategies[LADDER].status is StrategyStatus.FINISHED
