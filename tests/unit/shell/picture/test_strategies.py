from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.ids import StrategyId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.strategy import SpreadLeg, StrategySettings
from terminal.engine.orders.gate import strategy_loss
from terminal.engine.records.snapshot import freeze, thaw
from terminal.engine.screen import StrategyCard
from terminal.shell.picture.strategies import phase_ends, strategy_card
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.legs import Leg
from terminal.strategies.roll.memory import RollMemory
from terminal.strategies.spread.memory import SpreadMemory
from terminal.strategies.table import StrategyMemory
from tests.engine_world import AP, DAY, FAR, NEXT_DAY, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.picture_settings import GRID, ROLL, SPREAD, grid_settings, roll_settings, spread_settings


def started(world: World, name: StrategyId, settings: StrategySettings) -> Desk:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=settings))
    assert done.ok, done.sentence
    world.wait(4)
    return Desk(world)


def card_of(desk: Desk) -> StrategyCard:
    (card,) = desk.strategies.values()
    return card


def test_a_grid_says_what_it_holds_and_where_it_trades_next() -> None:
    world = World()
    desk = started(world, GRID, grid_settings())
    assert card_of(desk).sentence == "多网格 6 条线，空仓，下一买点 830，挂单 3 笔"
    world.show({I: ("827", "827.5")})
    world.wait(8)
    desk.look()
    card = card_of(desk)
    assert card.sentence == "多网格 6 条线，持 2 手，下一买点 826，下一卖点 830，挂单 5 笔"
    assert card.lots == {I: 2}
    assert card.working == len(world.account.live) == 5


def test_a_short_grid_is_the_mirror() -> None:
    world = World()
    desk = started(world, GRID, grid_settings(side=Side.SELL))
    assert "空网格 6 条线，空仓，下一卖点 832" in card_of(desk).sentence
    world.show({I: ("833", "833.5")})
    world.wait(8)
    desk.look()
    assert "，下一买点 830，下一卖点 834，" in card_of(desk).sentence


def test_a_grid_outside_its_bounds_waits_for_the_price() -> None:
    world = World()
    desk = started(world, GRID, grid_settings())
    world.show({I: ("960", "960.5")})
    desk.look()
    assert "价格在区间外，等待回到 710 至 950" in card_of(desk).sentence


def test_a_paused_and_a_stopped_strategy_say_so_and_why() -> None:
    world = World()
    desk = started(world, GRID, grid_settings())
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID))
    desk.look()
    assert card_of(desk).status is StrategyStatus.PAUSED
    assert card_of(desk).sentence.startswith("已暂停（人工暂停）；多网格 6 条线")
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=GRID))
    desk.look()
    assert card_of(desk).sentence == "已停止（人工停止）；多网格 6 条线，空仓"


def test_what_a_strategy_earned_is_what_the_gate_calls_its_loss() -> None:
    world = World()
    desk = started(world, GRID, grid_settings())
    world.show({I: ("827", "827.5")})
    world.wait(8)
    world.show({I: ("800", "800.5")}, last={I: "800"})
    desk.look()
    card = card_of(desk)
    row = world.account.strategies[GRID]
    assert card.profit_today is not None
    assert card.profit_today < 0
    assert -card.profit_today == strategy_loss(world.engine.look, row)
    assert card.fees_today == row.fees_today > 0


def test_without_a_price_of_what_it_holds_nobody_knows_what_a_strategy_earned() -> None:
    world = World()
    desk = started(world, GRID, grid_settings())
    world.show({I: ("827", "827.5")})
    desk.look()
    desk.picture._present.quotes.pop(I)
    desk.begin(past=desk.past)
    desk.show()
    assert card_of(desk).profit_today is None


def legs_of(memory: StrategyMemory) -> list[Leg]:
    assert isinstance(memory, SpreadMemory)
    return memory.legs


def test_a_roll_waits_for_its_timings_by_name() -> None:
    world = World()
    world.buy(7, 3701)
    desk = started(world, ROLL, roll_settings())
    card = card_of(desk)
    assert card.sentence.startswith("移仓 rb2101 → rb2105 多 7 手，等待时机：未满足：距最后交易日不多于 5 天，现为 ")
    assert card.progress == 0


def test_a_desk_that_has_not_heard_the_timing_still_says_how_it_stands() -> None:
    world = World()
    world.buy(7, 3701)
    desk = started(world, ROLL, roll_settings())
    desk.picture._present.heard.timings.clear()
    desk.begin(past=desk.past)
    desk.show()
    assert card_of(desk).sentence.endswith("等待时机：未满足：距最后交易日不多于 5 天，自 08-21 09:00 起")


def test_a_running_roll_shows_batch_legs_and_progress() -> None:
    world = World()
    world.buy(7, 3701)
    desk = started(world, ROLL, roll_settings(days=1000))
    world.show({RB: (3702, 3703)})
    for _ in range(12):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    desk.look()
    memory = world.account.strategies[ROLL].memory
    assert isinstance(memory, RollMemory)
    card = card_of(desk)
    assert card.progress is not None
    assert card.progress * 7 == min(memory.closed, memory.opened) > 0
    assert f"第 1 批，已移 {memory.closed} 手，每吨成本" in card.sentence
    row = world.account.strategies[ROLL]
    memory.near.net -= 1  # the near leg is ahead
    behind = strategy_card(desk.picture._present, world.account, row).sentence
    assert f"近月已平 {memory.closed} 手，远月已开 {memory.opened} 手，远月缺 1 手" in behind


def test_a_spread_shows_its_prices_and_what_it_waits_for() -> None:
    world = World()
    desk = started(world, SPREAD, spread_settings(sell_at=4000))
    # Buying takes rb at its ask and gives i at its bid.
    assert 3701 - Decimal("1.6") * 830 == 2373
    assert card_of(desk).sentence == "价差等待，空仓，现价 买 2373 卖 2371.2，≤ 1 买，≥ 4000 卖"
    world.show({RB: (3700, None)})
    desk.look()
    assert "现价" not in card_of(desk).sentence


def test_a_quoting_spread_says_what_rests_and_how_many_cancels_of_the_day_are_spent() -> None:
    world = World()
    quoting = SpreadQuoting(max_cancels=1, rest_seconds=3)
    desk = started(world, SPREAD, replace(spread_settings(buy_at=2370, sell_at=4000), quoting=quoting))
    desk.look()
    assert card_of(desk).sentence.endswith("卖，挂买 rb2101 5 手 @3698，今日挂单已撤 0/1 次，挂单 1 笔")
    world.show({I: (825, "825.5")})
    world.wait(2)
    desk.look()
    assert card_of(desk).sentence.endswith("没有挂单，今日挂单已撤 1/1 次，只按对手价成交")


def test_a_spread_says_what_it_holds_and_lacks() -> None:
    world = World()
    desk = started(world, SPREAD, spread_settings(buy_at=3000, sell_at=4000))
    desk.look()
    card = card_of(desk)
    assert "持 1 套多" in card.sentence
    assert card.lots == {RB: 5, I: -1}
    row = desk.account.strategies[SPREAD]
    legs = legs_of(row.memory)
    legs[1].net = 0
    desk.begin(past=desk.past)
    desk.show()
    assert "缺 i2101 1 手，裸腿 1 手 · ¥83,025 · 0 秒" in card_of(desk).sentence
    # Uneven lots leave a part of one: nothing is lacking, and what is over is told with its value.
    legs[0].net, legs[1].net = 7, -1
    desk.begin(past=desk.past)
    desk.show()
    assert "零头 i2101 缺卖 0.4 手（¥33,210）" in card_of(desk).sentence


def test_a_grid_never_names_a_next_buy_at_or_above_what_it_sells_at() -> None:
    world = World()
    desk = started(world, GRID, grid_settings())
    memory = desk.account.strategies[GRID].memory
    assert isinstance(memory, GridMemory)
    memory.ledger.children.clear()
    memory.held[:] = [0, 1, 0, 0, 0, 0]
    desk.begin(past=desk.past)
    desk.show()
    # Line 1 at 830 is empty, and line 2 sells there.
    assert "，持 1 手，下一买点 826，下一卖点 830" in card_of(desk).sentence


def test_a_spread_at_rest_says_so_first_and_names_no_price_it_would_trade_at() -> None:
    world = World()
    desk = started(world, SPREAD, spread_settings(buy_at=-3000, sell_at=4000))
    assert card_of(desk).sentence.endswith("≤ −3000 买，≥ 4000 卖")
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=SPREAD))
    desk.look()
    assert card_of(desk).sentence == "已暂停（人工暂停）；空仓，现价 买 2373 卖 2371.2"
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD))
    desk.look()
    assert card_of(desk).sentence == "已停止（人工停止）；空仓"


def test_a_spread_says_that_it_stands_back_before_a_break_and_looks_again_when_it_begins_to() -> None:
    world = World(at=instant(DAY, 10, 14))
    desk = started(world, SPREAD, spread_settings(buy_at=-3000, sell_at=4000))
    row = desk.account.strategies[SPREAD]
    assert card_of(desk).sentence.endswith("≥ 4000 卖")
    assert phase_ends(desk.picture._present, row) == instant(DAY, 10, 14, 39, ns=1)
    world.show_at(instant(DAY, 10, 14, 40))
    desk.look()
    assert card_of(desk).sentence.endswith("≥ 4000 卖，离休市不足对冲所需的 21 秒，不报主动腿")
    assert phase_ends(desk.picture._present, row) == instant(DAY, 10, 15)


def test_the_seconds_of_a_naked_leg_go_on_without_a_quote() -> None:
    world = World()
    desk = started(world, SPREAD, spread_settings(buy_at=3000, sell_at=4000))
    desk.look()
    row = desk.account.strategies[SPREAD]
    leg = legs_of(row.memory)[1]
    leg.net, leg.since = 0, desk.picture._present.at - 2_300_000_000
    assert phase_ends(desk.picture._present, row) == desk.picture._present.at + 700_000_000
    desk.begin(past=desk.past)
    desk.show()
    assert " · 2 秒" in card_of(desk).sentence


def test_a_roll_at_rest_does_not_say_that_it_waits_for_its_time() -> None:
    world = World()
    world.buy(7, 3701)
    desk = started(world, ROLL, roll_settings())
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=ROLL))
    desk.look()
    assert card_of(desk).sentence == "已暂停（人工暂停）；移仓 rb2101 → rb2105 多 7 手，尚未开始"


def test_a_strategy_whose_lots_somebody_closed_warns_and_says_what_to_do() -> None:
    world = World()
    desk = started(world, GRID, grid_settings())
    world.show({I: ("827", "827.5")})
    world.wait(8)
    world.do(TRADER, c.PauseStrategy(account=ONE, strategy=GRID))
    desk.look()
    assert (card_of(desk).lots, card_of(desk).warning) == ({I: 2}, "")
    assert world.close_long(1, 827, instrument=I).ok
    world.wait(3)
    desk.look()
    assert (
        card_of(desk).warning
        == "账户实有少于策略所记：i2101 多 1 手（策略记 2 手）；差额平不了，请停止后按实有手数新建"
    )
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=GRID))
    desk.look()
    assert card_of(desk).warning == ""
    assert card_of(desk).sentence == "已停止（人工停止）；多网格 6 条线，停时持 2 手"


def test_the_lots_a_roll_closed_for_others_are_no_holding_of_its_own() -> None:
    world = World()
    world.buy(7, 3701)
    desk = started(world, ROLL, roll_settings(days=1000))
    for _ in range(12):
        world.show({RB: (3700, 3701), FAR: (3600, 3602)})
    desk.look()
    assert card_of(desk).lots[RB] < 0
    assert card_of(desk).warning == ""


def test_a_card_has_its_place_by_the_order_of_the_starts_at_every_desk_and_after_a_restart() -> None:
    world = World()
    names = [StrategyId(name) for name in ("丙", "甲", "乙")]
    for name in names:
        assert world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=grid_settings())).ok
    assert world.do(TRADER, c.StopStrategy(account=ONE, strategy=names[0])).ok
    live = Desk(world)
    later = Desk(world)
    later.state = thaw(freeze(world.engine.state, accounts=None, persons=frozenset()))
    later.begin()
    later.show()
    for desk in (live, later):
        assert sorted(names, key=lambda name: desk.strategies[name].place) == names


def test_a_card_says_what_its_contracts_market_does_as_soon_as_it_does_it() -> None:
    world = World()
    desk = started(world, SPREAD, spread_settings(sell_at=4000))
    trading = "价差等待，空仓，现价 买 2373 卖 2371.2，≤ 1 买，≥ 4000 卖"
    resting = trading.replace("现价", "末次报价")
    for at, said in (
        (instant(DAY, 10, 14, 38), trading),
        (instant(DAY, 10, 14, 59), f"{trading}，离休市不足对冲所需的 21 秒，不报主动腿"),
        (instant(DAY, 10, 15), f"小节休息；{resting}"),
        (instant(DAY, 10, 30), trading),
        (instant(DAY, 15), f"休市；{resting}"),
        (instant(DAY, 20, 55), f"集合竞价；{resting}"),
        (instant(DAY, 21), trading),
    ):
        desk.picture.quotes({}, at, NEXT_DAY if at > instant(DAY, 15) else DAY)  # the clock alone: no price moved
        desk.show()
        assert card_of(desk).sentence == said


def test_a_card_names_the_leg_whose_market_is_closed_while_the_other_trades() -> None:
    world = World()
    legs = (
        SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=1, active=True),
        SpreadLeg(instrument=AP, coefficient=Decimal(-1), lots=-1),
    )
    desk = started(world, SPREAD, replace(spread_settings(buy_at=-9000, sell_at=4000), legs=legs))
    desk.picture.quotes({}, instant(DAY, 21), NEXT_DAY)
    desk.show()
    assert card_of(desk).sentence.startswith("AP101 休市；价差等待，空仓，末次报价 买 ")
    world.do(TRADER, c.StopStrategy(account=ONE, strategy=SPREAD))
    desk.look()
    assert "休市" not in card_of(desk).sentence


@pytest.mark.parametrize(("sets", "said"), [(3, "已满 3 套，只等 ≥ 4000 卖回"), (-3, "已满 3 套，只等 ≤ −3000 买回")])
def test_a_spread_that_holds_all_it_may_says_that_it_only_goes_back(sets: int, said: str) -> None:
    desk = started(World(), SPREAD, spread_settings(buy_at=-3000, sell_at=4000))
    legs = legs_of(desk.account.strategies[SPREAD].memory)
    for held, sentence in ((sets, said), (sets - sets // 3, "≤ −3000 买，≥ 4000 卖")):
        legs[0].net, legs[1].net = 5 * held, -held
        desk.begin(past=desk.past)
        desk.show()
        assert card_of(desk).sentence.endswith(sentence), card_of(desk).sentence
