from __future__ import annotations

import pytest

from terminal.domain import commands as c
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Scope
from terminal.shell.picture.decided import ASK_AGAIN, told_maker
from tests.engine_world import CHECKER, ONE, RB, RISK, TRADER, World
from tests.picture_desk import Desk

TITLE = "买开 rb2101 190 手 @3690"


@pytest.fixture
def world() -> World:
    made = World()
    made.order(Side.BUY, 390, 3690)
    return made


def test_the_maker_and_nobody_else_is_told_who_rejected_what_and_why(world: World) -> None:
    maker, checker = Desk(world, TRADER), Desk(world, CHECKER)
    assert maker.card.told == ""
    world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    maker.look()
    checker.look()
    assert maker.card.told == f"{CHECKER}驳回 买开 rb2101 390 手 @3690：不同意"
    assert checker.card.told == ""


def test_the_maker_is_told_that_an_approved_order_went_out(world: World) -> None:
    desk = Desk(world, TRADER)
    world.decide(CHECKER, world.parked)
    desk.look()
    assert desk.card.told == f"{CHECKER}批准 买开 rb2101 390 手 @3690，已报出"


def test_what_a_kill_took_back_is_told_with_its_reason(world: World) -> None:
    desk = Desk(world, TRADER)
    world.do(RISK, c.Kill(account=ONE, scope=Scope(), reason="异常"))
    desk.look()
    assert desk.card.told == "买开 rb2101 390 手 @3690 已作废，没有执行：一键停止：异常"


def test_what_the_market_left_behind_is_told_with_its_reason(world: World) -> None:
    desk = Desk(world, TRADER)
    world.show({RB: (3790, 3791)})
    world.decide(CHECKER, world.parked)
    desk.look()
    assert desk.card.told.startswith(f"{CHECKER}批准 买开 rb2101 390 手 @3690，但情况已变化，没有执行：")
    assert desk.card.told.count("重新提交") == 1  # the reason has said it already


@pytest.mark.parametrize("state", ConfirmationState)
def test_asking_again_is_advised_only_for_what_lapsed_by_itself(state: ConfirmationState) -> None:
    lapsed = state in {ConfirmationState.EXPIRED, ConfirmationState.STALE}
    assert (ASK_AGAIN in told_maker(state, TITLE, "已报出")) is lapsed


@pytest.mark.parametrize(
    "state", [ConfirmationState.PENDING, ConfirmationState.WITHDRAWN, ConfirmationState.SUPERSEDED]
)
def test_the_maker_is_told_nothing_of_what_they_did_alone(state: ConfirmationState) -> None:
    assert told_maker(state, TITLE, "已报出") == ""
