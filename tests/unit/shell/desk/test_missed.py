from __future__ import annotations

from terminal.domain import commands as c
from terminal.domain.order import Side
from terminal.domain.risk_words import Scope
from terminal.shell.desk.missed import glance, live_orders, missed
from tests.engine_world import CHECKER, ONE, OTHER, RB, RISK, TRADER, World
from tests.two_desks_people import GRID, SETTINGS


def test_nothing_happened_is_nothing_said():
    world = World()
    assert missed(glance(world.state), glance(world.state)) == ()


def test_a_kill_comes_first_then_counts_then_positions_then_strategies():
    world = World()
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=SETTINGS))
    before = glance(world.state)
    world.buy(2, 3701)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    said = missed(before, glance(world.state))
    assert said[0] == "账户 A1 已被一键停止"
    assert any(line.endswith("笔成交") for line in said)
    assert f"{RB} 净持仓 0 → 2 手" in said
    assert said[-1].startswith("策略 grid 运行 → ")


def test_a_kill_that_stood_before_is_not_news():
    world = World()
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="演练"))
    before = glance(world.state)
    assert missed(before, glance(world.state)) == ()


def test_confirmations_that_came_and_went_are_told_apart():
    world = World()
    world.order(Side.BUY, 300, 3690)
    before = glance(world.state)
    world.decide(CHECKER, world.parked)
    world.order(Side.BUY, 301, 3690)
    said = missed(before, glance(world.state))
    assert "1 项新的待复核" in said
    assert any(line.startswith("1 项待复核已有结果") for line in said)


def test_orders_nobody_knows_the_fate_of_are_named_even_if_they_were_before():
    world = World()
    world.wire.lose_orders = True
    world.buy(1, 3690)
    world.wait(5)
    now = glance(world.state)
    assert now.unknown == 1
    assert missed(now, now) == ("1 笔委托状态不明，请核对",)


def test_the_same_contract_in_two_accounts_is_two_positions():
    world = World()
    before = glance(world.state)
    world.buy(1, 3701)
    after = glance(world.state)
    assert (ONE, RB) in after.net
    assert (OTHER, RB) not in after.net
    assert len([line for line in missed(before, after) if "净持仓" in line]) == 1


def test_orders_that_have_not_ended_are_counted():
    world = World()
    world.buy(1, 3690)
    world.buy(1, 3701)  # filled at once
    assert live_orders(world.state) == 1
