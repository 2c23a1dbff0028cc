"""What a checker sees of a confirmation, who may decide on it, and what became of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.domain import commands as c
from terminal.domain.ids import PersonId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.words.risk import Scope
from terminal.shell.picture.past import Past
from tests.engine_world import CHECKER, COLLEAGUE, LIMITS, ONE, OTHER, RB, RISK, TRADER, VIEWER, World, terms
from tests.picture_desk import Desk
from tests.picture_settings import GRID, SPREAD, grid_settings, spread_settings
from tests.unit.shell.picture.parked import parked_world, start


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


def test_a_card_says_why_its_maker_asks() -> None:
    world = World()
    asked = c.SubmitOrder(terms=terms(Side.BUY, 200, 3700), reason="船期提前，先锁三月")
    assert world.do(TRADER, asked).code == "CONFIRM2"
    assert Desk(world).card.reason == "船期提前，先锁三月"


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


def approved(lots: int, price: int) -> tuple[World, Desk]:
    world = World()
    assert world.order(Side.BUY, lots, price).code == "CONFIRM2"
    desk = Desk(world)
    world.decide(CHECKER, world.parked)
    desk.look()
    return world, desk


@pytest.mark.parametrize(("who", "why"), [("trader", "人工撤单"), ("kill", "一键停止撤单")])
def test_an_approved_order_that_was_withdrawn_says_so_with_the_lots_that_were_filled_before(who: str, why: str) -> None:
    world, desk = approved(390, 3690)
    shown = desk.card
    assert (shown.outcome, shown.ended) == (f"{CHECKER}已通过，已报出", None)
    (order,) = world.account.orders
    if who == "trader":
        world.do(TRADER, c.CancelOrder(account=ONE, order=order))
    else:
        world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    desk.look()
    card = desk.card
    assert card.outcome == f"{CHECKER}已通过，报出后已撤，成交 0 手（{why}）"
    assert (card.state, card.ended) == (ConfirmationState.CONSUMED, OrderState.CANCELLED)
    assert card.figures == shown.figures  # what it was decided on
    desk.begin()  # a desk that comes to it later
    desk.show()
    assert (desk.card.outcome, desk.card.ended) == (card.outcome, card.ended)


def test_an_approved_order_that_was_filled_or_filled_in_part_says_how_many_lots() -> None:
    world, desk = approved(390, 3690)
    (order,) = world.account.orders
    world.show({RB: (3689, 3690)}, lots=100)
    assert 0 < world.account.orders[order].filled < 390
    desk.look()
    assert desk.card.outcome == f"{CHECKER}已通过，已报出"  # it still works
    filled = world.account.orders[order].filled
    world.do(TRADER, c.CancelOrder(account=ONE, order=order))
    desk.look()
    assert f"报出后已撤，成交 {filled} 手" in desk.card.outcome
    _, desk = approved(200, 3701)
    assert (desk.card.outcome, desk.card.ended) == (f"{CHECKER}已通过，已报出，全部成交", OrderState.FILLED)


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
    assert desk.card.void_now == done.sentence


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


def test_a_checker_reads_which_leg_is_changed_and_how() -> None:
    world, small = World(), spread_settings(buy_at=1, sell_at=2)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=small))
    lead, other = small.legs
    wanted = replace(small, legs=(lead, replace(other, pay_up_ticks=9)), max_sets=4)
    body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=wanted)
    assert world.do(TRADER, body).code == "CONFIRM2"
    figures = {one.name: (one.before, one.after) for one in Desk(world).card.figures}
    assert figures["腿 2 i2101"] == ("追价加价 1 跳", "追价加价 9 跳")
    assert figures["最大套数"] == ("3 套", "4 套")


def test_a_checker_reads_what_grows_before_the_legs() -> None:
    world, small = World(), spread_settings(buy_at=1, sell_at=2)
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=SPREAD, settings=small))
    wanted = replace(small, legs=tuple(replace(leg, pay_up_ticks=9) for leg in small.legs), max_sets=4)
    body = c.ChangeStrategy(account=ONE, strategy=SPREAD, base_version=1, settings=wanted)
    assert world.do(TRADER, body).code == "CONFIRM2"
    shown = [(one.name, one.worse) for one in Desk(world).card.figures]
    assert shown[:3] == [("最大套数", True), ("腿 1 rb2101", False), ("腿 2 i2101", False)]
