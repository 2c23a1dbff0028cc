"""A request to exercise freezes what it will need, as a live order does: margin at the strike, and its fee."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.commands import LockPosition, SubmitOrder, WithdrawExercise
from terminal.domain.orders.exercise import ExerciseState
from terminal.domain.orders.order import Side
from terminal.domain.view import AccountView
from terminal.engine.records.snapshot import freeze, thaw
from tests.engine_market import LATER
from tests.engine_world import ONE, TRADER, I, World, terms
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import ask, holding, row, settle, unmarked, wish

LOT = Decimal(810) * 100 * Decimal("0.08")  # margin of a future opened at the strike of the later call


def money(world: World) -> AccountView:
    return world.account.book.view(unmarked)


def test_a_request_freezes_margin_and_fee_until_it_has_ended(begin: Begin) -> None:
    world = holding(begin, only=(LATER,))
    before = money(world)
    ask(world, wish(LATER, 2))
    asked = money(world)
    assert (asked.frozen_margin, asked.frozen_commission) == (2 * LOT, Decimal(4))
    assert asked.available == before.available - 2 * LOT - 4
    assert (asked.equity, asked.margin) == (before.equity, before.margin)
    assert world.do(TRADER, WithdrawExercise(account=ONE, request=row(world).request)).ok
    assert money(world) == before


def test_an_unknown_request_freezes_all_the_same(begin: Begin) -> None:
    world = holding(begin, only=(LATER,))
    world.wire.lose_requests = True
    ask(world, wish(LATER, 2))
    world.wait(5)
    assert row(world).state is ExerciseState.UNKNOWN
    assert money(world).frozen_margin == 2 * LOT
    world.restart()
    assert money(world).frozen_margin == 2 * LOT


def test_only_what_is_held_and_only_what_opens_is_frozen(begin: Begin) -> None:
    world = holding(begin, only=(LATER,))
    world.sell(1, "830", instrument=I)
    ask(world, wish(LATER, 2, nets=True))
    # One of the two is closed at once against the short lot; the fee is of both.
    short = Decimal(830) * 100 * Decimal("0.08")
    larger = max(LOT, short) - short if world.state.tenant.instruments[I].larger_side else LOT
    assert (money(world).frozen_margin, money(world).frozen_commission) == (larger, Decimal(4))
    world.close_long(1, "22", instrument=LATER)
    assert (money(world).frozen_margin, money(world).frozen_commission) == (0, Decimal(2))
    there = thaw(freeze(world.state, accounts=None, persons=frozenset()))
    assert there.state_hash() == world.state.state_hash()
    assert there.accounts[ONE].book.view(unmarked) == money(world)


def test_once_exercised_it_binds_in_earnest(begin: Begin) -> None:
    world = holding(begin)
    ask(world, wish(LATER, 2))
    settle(world)
    assert (money(world).frozen_margin, money(world).frozen_commission) == (0, 0)
    assert money(world).margin == 5 * Decimal(850) * 100 * Decimal("0.08")


def test_an_order_that_leaves_too_little_for_a_request_is_refused_in_a_sentence(begin: Begin) -> None:
    world = holding(begin, only=(LATER,), cash=33_135)
    order = SubmitOrder(terms=terms(Side.BUY, 3, "830.5", instrument=I))
    assert ask(world, wish(LATER, 2)).ok
    refused = world.do(TRADER, order)
    assert (refused.ok, refused.code) == (False, "AVAILABLE_NEGATIVE")
    assert (
        "未了委托全部成交、行权申请 A1-X000001（i2101-C-810 行权 2 手（投机））执行后可用 −4,276.00 元"
        in refused.sentence
    )
    assert "撤销行权申请或申请放弃" in refused.sentence
    assert world.do(TRADER, WithdrawExercise(account=ONE, request=row(world).request)).ok
    assert world.do(TRADER, order).code != "AVAILABLE_NEGATIVE"


def test_a_request_the_orders_leave_too_little_for_is_refused(begin: Begin) -> None:
    world = holding(begin, only=(LATER,), cash=33_135)
    resting = world.order(Side.BUY, 3, "829", instrument=I)
    assert resting.ok, resting.sentence
    refused = ask(world, wish(LATER, 2))
    assert (refused.ok, "资金不足" in refused.sentence) == (False, True)


def test_two_requests_freeze_together(begin: Begin) -> None:
    world = holding(begin, only=(LATER,), cash=16_900)
    world.show({I: ("812", "812.5")})
    assert ask(world, wish(LATER, 1)).ok
    assert "资金不足" in ask(world, wish(LATER, 1)).sentence


def test_the_risk_degree_of_a_request_counts_what_orders_freeze(begin: Begin) -> None:
    world = holding(begin, only=(LATER,), cash=32_645)
    assert world.order(Side.BUY, 2, "829", instrument=I).ok
    refused = ask(world, wish(LATER, 2))
    assert (refused.ok, "超过上限 80%" in refused.sentence) == (False, True)


def test_a_lock_counts_what_an_exercise_opens_and_says_so(begin: Begin) -> None:
    world = holding(begin, only=(LATER,))
    world.sell(2, "830", instrument=I)
    ask(world, wish(LATER, 2))
    lock = LockPosition(account=ONE, terms=terms(Side.BUY, 1, "830.5", instrument=I))
    refused = world.do(TRADER, lock)
    assert not refused.ok
    assert "行权将开 2 手；请先撤销行权申请或申请放弃" in refused.sentence
