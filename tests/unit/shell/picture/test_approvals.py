from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.ids import PersonId, ProductId
from terminal.domain.market import DayFacts
from terminal.domain.order import OrderState, Side
from terminal.domain.risk_words import Scope
from terminal.domain.settings import HedgeBound
from terminal.domain.strategy_settings import StrategySettings
from terminal.engine.preview import preview
from terminal.engine.screen import ApprovalCard, Preview
from terminal.shell.picture.past import Past
from tests.engine_world import (
    CHECKER,
    COLLEAGUE,
    DAY,
    FAR,
    LIMITS,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    TRADER,
    VIEWER,
    I,
    World,
    device,
    terms,
)
from tests.picture_desk import Desk
from tests.picture_settings import GRID, grid_settings, roll_settings, spread_settings

RB_PRODUCT = ProductId("SHFE.rb")


def figures(card: ApprovalCard) -> dict[str, tuple[str, str, bool]]:
    return {one.name: (one.before, one.after, one.worse) for one in card.figures}


def parked_world(**changes: object) -> World:
    world = World(limits=replace(LIMITS, **changes))
    world.buy(10, 3701)
    world.show()
    assert world.order(Side.BUY, 200, 3700).code == "CONFIRM2"
    return world


def test_a_card_says_who_wants_what_and_why_it_stopped() -> None:
    world = parked_world()
    card = Desk(world).card
    assert card.title == "买开 rb2101 200 手 @3700"
    assert (card.maker, card.maker_name, card.state) == (TRADER, TRADER, ConfirmationState.PENDING)
    assert "超过复核线" in card.why
    assert (card.requested_at, card.expires_at) == (world.at, world.parked.confirmation.expires_at)
    assert card.order_hash == world.parked.confirmation.order_hash
    assert card.last_orders == ("买开 rb2101 10 手 @3701 全部成交",)
    assert card.outcome == ""


def test_what_is_not_what_its_hash_says_gets_no_signature() -> None:
    # A runner that shows 9 lots and would have 200 signed for.
    desk = Desk(parked_world())
    assert desk.card.may_decide
    (row,) = desk.state.accounts[ONE].confirmations.values()
    row.confirmation = replace(row.confirmation, stored=row.confirmation.stored.replace('"lots":200', '"lots":9'))
    desk.picture.restart(desk.state, Past())
    desk.show()
    card = desk.card
    assert "9 手" in card.title
    assert (card.is_whole, card.may_decide) == (False, False)
    assert "不要批准" in card.why


@pytest.mark.parametrize("beside", [{"maker": COLLEAGUE}, {"expires_at": 2**62}, {"account": OTHER}])
def test_what_a_runner_says_beside_the_signed_object_is_neither_shown_nor_signed(beside: dict[str, object]) -> None:
    desk = Desk(parked_world())
    true = desk.card
    (row,) = desk.state.accounts[ONE].confirmations.values()
    row.confirmation = replace(row.confirmation, **beside)
    desk.picture.restart(desk.state, Past())
    desk.show()
    card = desk.card
    assert (card.maker, card.maker_name, card.expires_at) == (true.maker, true.maker_name, true.expires_at)
    assert (card.is_whole, card.may_decide) == (False, False)
    assert "不要批准" in card.why


def test_a_card_shows_position_margin_and_limits_before_and_after() -> None:
    world = parked_world()
    card = Desk(world).card
    found = figures(card)
    money = world.account.book.view(world.engine.columns.last_price)
    after = world.account.book.view_after(money, world.engine.look.instrument(RB), terms(Side.BUY, 200, 3700))
    assert after is not None
    assert found["持仓 rb2101"] == ("多 10 手", "多 210 手", True)
    assert found["保证金（含挂单）"] == (f"¥{money.margin:,.0f}", f"¥{after.margin:,.0f}", True)
    assert found["限仓占用"] == ("10 / 1000 手（1%）", "210 / 1000 手（21%）", False)
    assert found["风险度（含挂单）"][1] == f"{after.margin / after.equity * 100:.1f}%"
    assert "套保比例" not in "".join(found)


def test_a_hedge_bound_shows_its_ratio_and_marks_the_wrong_way() -> None:
    bound = HedgeBound(group="库存", physical_tonnes=Decimal(4000), weights={RB_PRODUCT: Decimal(10)})
    world = World(limits=replace(LIMITS, hedge_bounds=(bound,)))
    world.sell(100, 3700)
    world.order(Side.SELL, 150, 3700)
    found = figures(Desk(world).card)
    assert found["套保比例 库存"] == ("25.0%", "62.5%", False)
    world.order(Side.BUY, 250, 3701)
    before, after, worse = figures(Desk(world).card)["套保比例 库存"]
    assert (before, after, worse) == ("25.0%", "−37.5%", True)


def test_drift_is_told_in_ticks_against_what_is_allowed() -> None:
    world = parked_world()
    desk = Desk(world)
    assert (desk.card.drift_ticks, desk.card.allowed_drift_ticks) == (0, 11)  # 0.3 % of 3700.5
    world.show({RB: (3706, 3707)})
    desk.look()
    assert (desk.card.price, desk.card.drift_ticks) == (Decimal("3706.5"), 6)
    world.show({RB: (3690, 3691)})
    desk.look()
    assert desk.card.drift_ticks == -10


def test_an_approved_card_keeps_the_reference_it_was_signed_with_and_the_price_its_checker_saw() -> None:
    world = parked_world()
    desk = Desk(world)
    world.show({RB: (3706, 3707)})
    desk.look()
    assert world.decide(CHECKER, world.parked).ok
    for seen in (desk, Desk(world)):  # the one that watched, and one that opened afterwards
        world.show({RB: (3720, 3721)})
        seen.look()
        card = seen.card
        assert (card.reference_price, card.decided_price) == (Decimal("3700.5"), Decimal("3706.5"))
        assert (card.drift_ticks, card.allowed_drift_ticks) == (6, 11)
        assert card.price is None, "the price of a decided order is no latest price"


@pytest.mark.parametrize("end", [ConfirmationState.REJECTED, ConfirmationState.EXPIRED])
def test_a_card_that_was_rejected_or_lapsed_keeps_the_price_it_ended_at(end: ConfirmationState) -> None:
    world = parked_world()
    desk = Desk(world)
    world.show({RB: (3706, 3707)})
    if end is ConfirmationState.REJECTED:
        world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    else:
        world.wait_until(world.parked.confirmation.expires_at)
    for seen in (desk, Desk(world)):  # the one that watched, and one that opened afterwards
        world.show({RB: (3720, 3721)})
        seen.look()
        card = seen.card
        assert card.state is end
        assert (card.reference_price, card.decided_price) == (Decimal("3700.5"), Decimal("3706.5"))
        assert (card.drift_ticks, card.allowed_drift_ticks) == (6, 11)
        assert card.price is None, "the price of a decided order is no latest price"


def test_a_withdrawn_card_claims_no_price_and_no_drift() -> None:
    world = parked_world()
    desk = Desk(world)
    world.show({RB: (3706, 3707)})
    world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=world.parked.confirmation.confirmation))
    desk.look()
    card = desk.card
    assert (card.reference_price, card.decided_price, card.price) == (Decimal("3700.5"), None, None)
    assert (card.drift_ticks, card.allowed_drift_ticks) == (None, 11)


def test_at_least_five_ticks_are_allowed() -> None:
    world = World()
    world.order(Side.BUY, 80, "830.5", instrument=I)
    assert Desk(world).card.allowed_drift_ticks == 5  # 0.3 % of 830.25 is less than five half yuan


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


@pytest.mark.parametrize(
    ("person", "may"), [(CHECKER, True), (COLLEAGUE, True), (RISK, True), (TRADER, False), (VIEWER, False)]
)
def test_only_another_person_with_the_role_may_decide(person: PersonId, may: bool) -> None:
    assert Desk(parked_world(), person).card.may_decide is may


def test_the_maker_may_never_decide_even_with_the_role() -> None:
    world = World()
    world.order(Side.BUY, 200, 3700, by=COLLEAGUE)
    assert not Desk(world, COLLEAGUE).card.may_decide


def test_an_approved_order_says_who_approved_and_that_it_went_out() -> None:
    world = parked_world()
    desk = Desk(world)
    shown = desk.card.figures
    assert shown
    world.decide(CHECKER, world.parked)
    desk.look()
    card = desk.card
    assert (card.state, card.outcome) == (ConfirmationState.CONSUMED, f"{CHECKER}已通过，已报出")
    assert (card.checker, card.may_decide) == (CHECKER, False)
    assert card.figures == shown  # what it was decided on


def test_a_rejected_order_says_who_and_why() -> None:
    world = parked_world()
    desk = Desk(world)
    world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    desk.look()
    assert desk.card.outcome == f"{CHECKER}已驳回：不同意"
    assert desk.card.checker_name == CHECKER


def test_an_order_the_market_left_behind_says_why_it_was_not_sent() -> None:
    world = parked_world()
    desk = Desk(world)
    world.show({RB: (3750, 3751)})
    world.decide(CHECKER, world.parked)
    desk.look()
    assert desk.card.state is ConfirmationState.STALE
    assert desk.card.outcome.startswith(f"{CHECKER}已通过，但情况已变化，没有执行：")


def test_what_its_maker_did_to_a_card_is_told() -> None:
    world = parked_world()
    desk = Desk(world)
    first = world.parked.confirmation.confirmation
    world.do(TRADER, c.EditOrder(account=ONE, confirmation=first, terms=terms(Side.BUY, 190, 3700)))
    world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=world.parked.confirmation.confirmation))
    desk.look()
    assert desk.approvals[first].outcome == "制单人已修改，请看新的复核"
    assert desk.card.outcome == "制单人已撤回"
    assert [card.checker for card in desk.approvals.values()] == [None, None]  # nobody checked, least of all himself


def test_a_card_that_nobody_decided_expires_with_a_sentence() -> None:
    world = parked_world()
    desk = Desk(world)
    world.show(after=16 * 60)
    world.wait(2)
    desk.look()
    assert desk.card.outcome == "超过复核时限，没有执行；仍需要时请重新提交"


def test_a_kill_voids_a_card_with_its_reason() -> None:
    world = parked_world()
    desk = Desk(world)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    desk.look()
    assert desk.card.outcome == "已作废：一键停止：异常"


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


def start(world: World, settings: StrategySettings) -> Preview:
    """Ask for a strategy that needs a second person; return what its preview said."""
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=settings)
    foreseen = preview(world.engine.look, TRADER, device(TRADER), 1, body, split_close=False)
    assert world.do(TRADER, body).code == "CONFIRM2"
    return foreseen


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


def test_a_checker_sees_before_the_yes_that_a_strategy_s_price_has_moved_too_far() -> None:
    world = World()
    start(world, grid_settings(lines=8, lots=10))
    desk = Desk(world)
    assert figures(desk.card)["价格 i2101"] == ("830.25", "830.25（价格漂移 0 跳，允许 ±5）", False)
    world.show({I: ("832.5", "833")})  # five ticks further
    desk.look()
    assert (desk.card.drift_ticks, desk.card.price) == (5, Decimal("832.75"))
    assert not figures(desk.card)["价格 i2101"][2]
    world.show({I: ("827", "827.5")})
    desk.look()
    assert (desk.card.drift_ticks, desk.card.allowed_drift_ticks) == (-6, 5)
    assert figures(desk.card)["价格 i2101"] == ("830.25", "827.25（价格漂移 −6 跳，允许 ±5）", True)
    assert world.decide(CHECKER, world.parked).code == "STALE"


def test_of_several_contracts_the_one_that_moved_furthest_is_told_first() -> None:
    world = World()
    world.buy(100, 3701)
    start(world, roll_settings(lots=100))
    desk = Desk(world)
    world.show({FAR: (3620, 3622)})  # 20 of 10 allowed
    desk.look()
    assert (desk.card.drift_ticks, desk.card.allowed_drift_ticks) == (20, 10)
    found = figures(desk.card)
    assert (found["价格 rb2105"][2], found["价格 rb2101"][2]) == (True, False)
    assert world.decide(CHECKER, world.parked).code == "STALE"


@pytest.mark.parametrize("what", ["order", "strategy"])
def test_a_checker_sees_before_the_yes_whatever_else_would_make_it_void(what: str) -> None:
    world = World()
    if what == "order":
        world.order(Side.BUY, 200, 3700)
    else:
        start(world, grid_settings(lines=8, lots=10))
    desk = Desk(world)
    assert not [line for line in desk.card.details if "作废" in line]
    tighter = replace(LIMITS, position_lots=900)
    world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=tighter))
    desk.look()
    done = world.decide(CHECKER, world.parked)
    assert done.code == "STALE"
    assert desk.card.details[0] == f"此刻批准会作废：{done.sentence}"


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
    }


def test_a_closing_order_shows_no_margin_it_would_not_bind() -> None:
    world = World()
    for _ in range(2):
        world.buy(100, 3701)
        world.wait(3)
    assert world.close_long(200, 3700).code == "CONFIRM2"
    found = figures(Desk(world).card)
    assert found["持仓 rb2101"] == ("多 200 手", "无持仓", False)
    assert set(found) == {"持仓 rb2101", "当日盈亏"}


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
    }
    world.decide(CHECKER, world.parked)
    desk.look()
    assert desk.card.outcome == f"{CHECKER}已通过，策略已按此执行"
    assert desk.strategies[GRID].version == 2
    assert figures(desk.card)["每格手数"] == ("5 手", "9 手", True)


def test_a_change_that_another_one_has_overtaken_says_so_with_both_values_and_cannot_be_approved_any_more() -> None:
    world = World()
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid_settings(lots=5)))
    for person, lots in ((TRADER, 8), (COLLEAGUE, 9)):
        body = c.ChangeStrategy(account=ONE, strategy=GRID, base_version=1, settings=grid_settings(lots=lots))
        assert world.do(person, body).code == "CONFIRM2"
    first, second = world.account.pending.values()
    overtaken = second.confirmation.confirmation
    checker, maker = Desk(world), Desk(world, COLLEAGUE)
    assert checker.approvals[overtaken].may_decide
    world.decide(CHECKER, first)
    why = f"策略 {GRID} 已先改为第 2 版，这一项改的是第 1 版；不同之处：每格手数现为 8 手、这一项为 9 手"
    for desk in (checker, maker):
        desk.look()
        card = desk.approvals[overtaken]
        assert (card.state, card.outcome) == (ConfirmationState.SUPERSEDED, f"没有执行：{why}")
        assert not card.may_decide
    assert checker.approvals[overtaken].told == ""
    title = f"修改策略 {GRID}：多网格 i2101 6 条线 × 9 手"
    assert maker.approvals[overtaken].told == f"{title} 已被取代，没有执行：{why}"
    # A desk that hears of it by a snapshot knows no reason, and does not say that its maker had changed it.
    maker.begin()
    maker.show()
    assert maker.approvals[overtaken].outcome == "没有执行：策略的设置已先改成别的"
