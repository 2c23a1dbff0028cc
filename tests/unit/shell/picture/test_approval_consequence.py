"""What a confirmation would do: position, margin, limits and worst case before and after."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import ProductId
from terminal.domain.market import DayFacts
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import Offset, OrderState, PriceKind, Side, TimeCondition
from terminal.domain.parameters.limits import HedgeBound
from tests.engine_world import CHECKER, DAY, LIMITS, ONE, RB, SECOND_RISK, TRADER, I, World, terms
from tests.picture_desk import Desk
from tests.picture_settings import GRID, grid_settings, roll_settings, spread_settings
from tests.unit.shell.picture.parked import figures, parked_world, start

RB_PRODUCT = ProductId("SHFE.rb")
LEVEL = "风险级别（提交 → 现在）"
CALM = {LEVEL: ("正常", "正常", False)}


def test_a_card_shows_position_margin_and_limits_before_and_after() -> None:
    world = parked_world()
    card = Desk(world).card
    found = figures(card)
    money = world.account.book.view(world.engine.columns.last_price)
    after = world.account.book.view_after(
        money.position_profit, world.engine.look.instrument(RB), terms(Side.BUY, 200, 3700)
    )
    assert after is not None
    assert found["持仓 rb2101"] == ("多 10 手", "多 210 手", True)
    assert found["保证金（含挂单）"] == (f"¥{money.margin:,.0f}", f"¥{after.margin:,.0f}", True)
    assert found["限仓占用"] == ("10 / 1000 手（1%）", "210 / 1000 手（21%）", False)
    assert found["风险度（含挂单）"][1] == f"{after.margin / after.equity * 100:.1f}%"
    assert "套保比例" not in "".join(found)


def test_a_market_sale_binds_what_it_would_at_the_upper_limit() -> None:
    facts = [DayFacts(instrument=I, trading_day=DAY, pre_settlement=1660, upper_limit=1792, lower_limit=1526)]
    world = World(limits=replace(LIMITS, confirm_value_yuan=Decimal(800_000)), facts=facts)
    world.show()
    sale = replace(terms(Side.SELL, 10, "763", instrument=I, condition=TimeCondition.FAK), price_kind=PriceKind.MARKET)
    assert world.do(TRADER, c.SubmitOrder(terms=sale)).code == "CONFIRM2"
    listed = world.engine.look.instrument(I)
    margin = world.account.book.margin_of(listed, sale.hedge_flag, Side.SELL, 10, Decimal(896))
    assert figures(Desk(world).card)["保证金（含挂单）"][1] == f"¥{margin:,.0f}"


def test_less_than_all_of_a_position_limit_never_reads_as_all_of_it() -> None:
    world = World(limits=replace(LIMITS, position_lots=500, position_confirm_fraction=Decimal("0.5")))
    world.buy(10, 3701)
    assert world.order(Side.BUY, 488, 3700).code == "CONFIRM2"
    assert figures(Desk(world).card)["限仓占用"][:2] == ("10 / 500 手（2%）", "498 / 500 手（99.6%）")


def test_a_hedge_bound_shows_its_ratio_and_marks_the_wrong_way() -> None:
    bound = HedgeBound(group="库存", physical_tonnes=Decimal(4000), weights={RB_PRODUCT: Decimal(10)})
    world = World(limits=replace(LIMITS, hedge_bounds=(bound,)))
    world.sell(100, 3700)
    world.order(Side.SELL, 150, 3700)
    found = figures(Desk(world).card)
    assert found["套保比例 库存（按吨）"] == ("25.0%", "62.5%", False)
    world.order(Side.BUY, 250, 3701)
    before, after, worse = figures(Desk(world).card)["套保比例 库存（按吨）"]
    assert (before, after, worse) == ("25.0%", "−37.5%", True)


def test_a_card_shows_the_risk_level_it_was_asked_at_and_the_one_of_now() -> None:
    world = World(limits=replace(LIMITS, day_loss_yuan=Decimal(10_000)))
    world.buy(10, 3701)
    for _ in range(3):
        world.show({RB: (3640, 3641)})  # six tenths of the day's limit
    assert world.order(Side.BUY, 200, 3640).code == "CONFIRM2"
    desk = Desk(world)
    assert figures(desk.card)[LEVEL] == ("黄色", "黄色", False)
    for _ in range(3):
        world.show({RB: (3618, 3619)})
    desk.look()
    assert figures(desk.card)[LEVEL] == ("黄色", "橙色", True)
    assert world.decide(CHECKER, world.parked).code == "STALE"
    desk.look()
    assert figures(desk.card)[LEVEL] == ("黄色", "橙色", True)  # what it was decided on


def limited_world() -> World:
    slot = World().engine.columns.slot_of[RB]
    assert slot == 0
    said = DayFacts(
        instrument=RB, trading_day=DAY, pre_settlement=3700, upper_limit=3900, lower_limit=3500, settlement=None
    )
    return World(facts=(said,))


FEE = 3  # yuan a lot


def worst(own: int, day: int, basis: str) -> str:
    return f"若跌停 3500：本单 −¥{-own:,.0f}，账户当日盈亏 −¥{-day:,.0f}（{basis}，其他合约按现价）"


def test_the_worst_case_is_told_at_the_price_limit_with_the_fee_of_the_order() -> None:
    world = limited_world()
    world.buy(10, 3701)
    world.show()
    world.order(Side.BUY, 200, 3700)
    card = Desk(world).card
    own = (3500 - 3700) * 200 * 10 - 200 * FEE
    held = (3500 - 3701) * 10 * 10 - 10 * FEE
    assert card.details == (worst(own, own + held, "含手续费"),)
    assert figures(card)["当日盈亏"][1] == f"−¥{10 * (3701 - Decimal('3700.5')) * 10 + 10 * FEE + 200 * FEE:,.0f}"


def test_the_worst_case_fills_what_rests_and_what_is_unknown_on_its_way_to_the_limit() -> None:
    # Given 10 lots held, 100 that rest below the market, 7 of which nobody knows, and a resting sale that would gain
    world = limited_world()
    world.buy(10, 3701)
    world.show()
    world.buy(100, 3690)
    world.sell(5, 3800)
    world.wire.hold_orders = True
    unknown = world.buy(7, 3695)
    world.wait(5)
    assert unknown.state is OrderState.UNKNOWN
    world.wire.hold_orders = False
    # When 200 more wait for a second person
    assert world.order(Side.BUY, 200, 3700).code == "CONFIRM2"
    # Then all of them are filled when the price falls to its limit, and each pays its fee.
    own = (3500 - 3700) * 200 * 10 - 200 * FEE
    resting = (3500 - 3690) * 100 * 10 + (3500 - 3695) * 7 * 10 - 107 * FEE
    held = (3500 - 3701) * 10 * 10 - 10 * FEE
    card = Desk(world).card
    assert card.details == (worst(own, own + resting + held, "含同向挂单 107 手与手续费"),)


def test_a_card_with_working_orders_says_which_rows_count_them() -> None:
    world = World()
    world.buy(10, 3701)
    world.show()
    world.buy(100, 3690)
    world.sell(5, 3800)
    assert world.order(Side.BUY, 200, 3700).code == "CONFIRM2"
    found = figures(Desk(world).card)
    assert found["持仓 rb2101（不含挂单）"][:2] == ("多 10 手", "多 210 手")
    assert found["限仓占用（含挂单 100 手）"][:2] == ("110 / 1000 手（11%）", "310 / 1000 手（31%）")


def test_a_card_names_what_else_waits_and_is_not_in_its_figures() -> None:
    world = parked_world()
    desk = Desk(world)
    assert not [text for text in desk.card.details if "未计入" in text]
    for lots in (210, 220, 230):
        assert world.order(Side.BUY, lots, 3700).code == "CONFIRM2"
    desk.look()
    first, *_, last = desk.approvals.values()
    assert first.details[-1] == (
        "未计入其他待复核：A1-C000002 买开 rb2101 210 手 @3700、A1-C000003 买开 rb2101 220 手 @3700 等 3 项"
    )
    assert last.details[-1].startswith("未计入其他待复核：A1-C000001 买开 rb2101 200 手 @3700、")
    for row in list(world.account.pending.values())[1:]:
        world.decide(CHECKER, row, decision=ConfirmationEvent.REJECT)
    desk.look()
    assert not [text for text in desk.approvals[first.confirmation].details if "未计入" in text]


def test_a_strategy_s_card_lists_its_settings_and_its_size() -> None:
    world = World()
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings(lines=8, lots=10)))
    assert done.code == "CONFIRM2"
    card = Desk(world).card
    assert card.title == f"启动策略 {GRID}：多网格 i2101 8 条线 × 10 手"
    assert card.details == (
        "等差 8 条线：830 至 816，每条 10 手，全部成交 80 手",
        "首线止盈 832，止损 700",
        "区间 710 至 950，离开后持仓等待",
        "总价值 ¥6,584,000，各腿合计 80 手；累计开仓不超过 800 手，单笔不超过 80 手",
    )
    assert (card.terms, card.price, card.reference_price) == (None, Decimal("830.25"), Decimal("830.25"))
    assert (card.drift_ticks, card.allowed_drift_ticks) == (0, 5)


def test_a_start_shows_what_its_whole_plan_would_bind_as_its_preview_reckons_it() -> None:
    world = World()
    world.buy(10, "830.5", instrument=I)
    foreseen = start(world, grid_settings(lines=8, lots=10)).margin
    assert foreseen
    found = figures(Desk(world).card)
    money = world.account.book.view(world.engine.columns.last_price)
    assert found["持仓 i2101"] == ("多 10 手", "多 90 手", True)
    assert found["保证金（含挂单）"] == (f"¥{money.margin:,.0f}", f"¥{money.margin + foreseen:,.0f}", True)
    assert found["可用"][:2] == (f"¥{money.available:,.0f}", f"¥{money.available - foreseen:,.0f}")
    assert found["风险度（含挂单）"][1] == f"{(money.margin + foreseen) / money.equity * 100:.1f}%"


def test_a_roll_closes_near_and_opens_far_and_a_spread_may_be_bought_or_sold() -> None:
    world = World()
    world.buy(100, 3701)
    start(world, roll_settings(lots=100))
    found = figures(Desk(world).card)
    assert found["持仓 rb2101"] == ("多 100 手", "无持仓", False)
    assert found["持仓 rb2105"] == ("无持仓", "多 100 手", True)
    world = World()
    foreseen = start(world, replace(spread_settings(), max_sets=30)).margin
    assert foreseen
    found = figures(Desk(world).card)
    assert found["持仓 rb2101"] == ("无持仓", "多 150 手 或 空 150 手", True)
    assert found["持仓 i2101"] == ("无持仓", "空 30 手 或 多 30 手", True)
    assert found["保证金（含挂单）"][1] == f"¥{foreseen:,.0f}"


def test_looser_limits_show_what_changes_from_what() -> None:
    world = World()
    wanted = replace(LIMITS, position_lots=1200, margin_max=Decimal("0.75"))
    done = world.do(SECOND_RISK, c.ChangeLimits(account=ONE, base_version=1, limits=wanted))
    assert done.code == "CONFIRM2"
    card = Desk(world).card
    assert card.title == "放宽限额"
    assert figures(card) == {
        "持仓限额": ("1000", "1200", True),
        "风险度上限": ("0.8", "0.75", False),
        **CALM,
    }


def held_world(lots: int = 200, price: int = 3701) -> World:
    """Return a world that holds long lots, under limits that say what is large."""
    world = limited_world()
    for _ in range(lots // 100):
        world.buy(100, price)
        world.wait(3)
    world.show()
    return world


def test_a_closing_order_shows_what_is_released_and_marks_nothing_that_gets_better() -> None:
    world = held_world()
    assert world.close_long(190, 3700).code == "CONFIRM2"
    found = figures(Desk(world).card)
    money = world.account.book.view(world.engine.columns.last_price)
    degree = money.margin / money.equity
    now = 200 * (Decimal("3700.5") - 3701) * 10 - 200 * FEE
    then = (190 * (3700 - 3701) + 10 * (Decimal("3700.5") - 3701)) * 10 - 390 * FEE
    available = money.available + money.margin * 190 / 200 + then - now
    assert found["持仓 rb2101"] == ("多 200 手", "多 10 手", False)
    assert found["保证金（含挂单）"] == (f"¥{money.margin:,.0f}", f"¥{money.margin / 20:,.0f}", False)
    assert found["可用"] == (f"¥{money.available:,.0f}", f"¥{available:,.0f}", False)
    after = money.margin / 20 / (money.equity + then - now)
    assert found["风险度（含挂单）"] == (f"{degree * 100:.1f}%", f"{after * 100:.1f}%", False)
    assert found["限仓占用"] == ("200 / 1000 手（20%）", "10 / 1000 手（1%）", False)
    assert found["当日盈亏"] == (f"−¥{-now:,.0f}", f"−¥{-then:,.0f}", True)  # half a tick and the fee
    # What a person sees is what the books become.
    world.decide(CHECKER, world.parked)
    world.show()
    closed = world.account.book.view(world.engine.columns.last_price)
    assert found["可用"][1] == f"¥{closed.available:,.0f}"


def test_a_close_at_a_better_price_than_the_mark_is_no_worse_day() -> None:
    world = held_world()
    assert world.close_long(200, 3702).code == "CONFIRM2"
    before, after, worse = figures(Desk(world).card)["当日盈亏"]
    assert (before, after, worse) == ("−¥1,600", "+¥800", False)


def test_the_worst_case_of_a_close_is_that_it_does_not_fill() -> None:
    world = held_world()
    assert world.close_long(200, 3700).code == "CONFIRM2"
    left, done = (3500 - 3701) * 2000 - 200 * FEE, (3700 - 3701) * 2000 - 400 * FEE
    assert Desk(world).card.details == (
        f"若跌停 3500：本单没有成交时账户当日盈亏 −¥{-left:,}；成交后 −¥{-done:,}（含手续费，其他合约按现价）",
    )


def test_the_worst_case_of_closing_one_side_of_a_lock_is_told_at_the_limit_that_hurts_the_rest() -> None:
    world = held_world()
    world.sell(50, 3699)
    world.wait(3)
    assert world.close_long(190, 3700).code == "CONFIRM2"
    (told,) = Desk(world).card.details
    left = (3500 - 3701) * 2000 + (3700 - 3500) * 500 - 250 * FEE
    done = ((3700 - 3701) * 190 + (3900 - 3701) * 10 + (3700 - 3900) * 50) * 10 - 440 * FEE
    assert told == (
        f"若跌停 3500：本单没有成交时账户当日盈亏 −¥{-left:,}；若涨停 3900：成交后 −¥{-done:,}"
        "（含手续费，其他合约按现价）"
    )


def test_a_close_of_more_than_can_be_closed_says_so_and_promises_no_margin() -> None:
    world = held_world()
    assert world.close_long(200, 3700).code == "CONFIRM2"
    assert world.close_long(30, 3760).ok  # rests above the market and holds its lots
    card = Desk(world).card
    assert card.details[0] == "此刻可平 170 手，不够本单的 200 手：批准后也报不出"
    assert not {"保证金（含挂单）", "可用"} & set(figures(card))


def test_a_hedge_that_is_closed_is_worse_covered() -> None:
    bound = HedgeBound(group="库存", physical_tonnes=Decimal(4000), weights={RB_PRODUCT: Decimal(10)})
    world = World(limits=replace(LIMITS, hedge_bounds=(bound,)))
    for _ in range(2):
        world.sell(100, 3700)
        world.wait(3)
    assert world.order(Side.BUY, 190, 3701, offset=Offset.CLOSE_TODAY).code == "CONFIRM2"
    assert figures(Desk(world).card)["套保比例 库存（按吨）"] == ("50.0%", "2.5%", True)


def test_an_opening_against_what_is_held_shows_both_sides_and_is_no_reduction() -> None:
    world = World()
    for _ in range(2):
        world.buy(100, 3701)
        world.wait(3)
    world.show()
    assert world.order(Side.SELL, 190, 3699).code == "CONFIRM2"
    found = figures(Desk(world).card)
    assert found["持仓 rb2101"] == ("多 200 手", "多 200、空 190 手（锁仓）", True)


def test_closing_one_side_of_a_lock_shows_what_stays_of_the_other() -> None:
    world = World()
    for _ in range(2):
        world.buy(100, 3701)
        world.wait(3)
    world.sell(50, 3699)
    world.wait(3)
    assert world.close_long(190, 3700).code == "CONFIRM2"
    found = figures(Desk(world).card)
    assert found["持仓 rb2101"] == ("多 200、空 50 手（锁仓）", "多 10、空 50 手（锁仓）", False)


def test_a_changed_strategy_s_card_shows_what_grows() -> None:
    world = World()
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings(lots=5)))
    wanted = replace(grid_settings(lots=9), stop=Decimal(690))
    done = world.do(TRADER, c.ChangeStrategy(account=ONE, strategy=GRID, base_version=1, settings=wanted))
    assert done.code == "CONFIRM2"
    desk = Desk(world)
    assert desk.card.title == f"修改策略 {GRID}：多网格 i2101 6 条线 × 9 手"
    assert figures(desk.card) == {
        "每格手数": ("5 手", "9 手", True),
        "止损价": ("700 元", "690 元", False),
        "价格 i2101": ("830.25", "830.25（价格漂移 0 跳，允许 ±5）", False),
        **CALM,
    }
    world.decide(CHECKER, world.parked)
    desk.look()
    assert desk.card.outcome == f"{CHECKER}已通过，策略已按此执行"
    assert desk.strategies[GRID].version == 2
    assert figures(desk.card)["每格手数"] == ("5 手", "9 手", True)
