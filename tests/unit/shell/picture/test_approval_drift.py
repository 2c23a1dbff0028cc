"""How far the price has gone from the one a confirmation was asked for at, before and after the decision."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState
from terminal.domain.orders.order import Side
from tests.engine_world import CHECKER, FAR, ONE, RB, TRADER, I, World
from tests.picture_desk import Desk
from tests.picture_settings import grid_settings, roll_settings
from tests.unit.shell.picture.parked import figures, parked_world, start


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
