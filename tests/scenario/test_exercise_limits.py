"""What a request to exercise opens is inside the limits, together with what others and orders open."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain.commands import SubmitOrder
from terminal.domain.orders.exercise import Choice
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.parameters.limits import HedgeBound
from tests.engine_market import CALL, LATER, PUT, instruments
from tests.engine_world import CHECKER, LIMITS, TRADER, I, terms
from tests.scenario.conftest import Begin
from tests.scenario.test_exercise import ask, holding, settle, wish

TWO_LOTS = msgspec.structs.replace(LIMITS, position_lots_by_instrument={I: 2}, position_confirm_fraction=Decimal(1))


def buy(lots: int) -> OrderTerms:
    return terms(Side.BUY, lots, "830.5", instrument=I)


def test_a_self_close_with_nothing_to_close_opens_like_any_other(begin: Begin) -> None:
    limits = msgspec.structs.replace(TWO_LOTS, confirm_value_yuan=Decimal(100_000))
    world = holding(begin, only=(CALL, LATER), limits=limits)
    refused = ask(world, wish(lots=3, nets=True))
    assert (refused.ok, "超过持仓限额 2 手" in refused.sentence) == (False, True)
    # One lot to close leaves two to open, and they are large;
    assert world.sell(1, "830", instrument=I)
    asked = ask(world, wish(lots=3, nets=True))
    assert (asked.code, "价值 164,000.00 元" in asked.sentence) == ("CONFIRM2", True)
    assert world.decide(CHECKER, world.parked).ok
    # and the lot that is closed already is not there for a second request.
    again = ask(world, wish(LATER, 1, nets=True))
    assert (again.ok, "超过持仓限额 2 手" in again.sentence) == (False, True)


def test_what_a_self_close_closes_alone_is_never_held_up(begin: Begin) -> None:
    world = holding(begin, limits=msgspec.structs.replace(TWO_LOTS, confirm_value_yuan=Decimal(100_000)))
    assert ask(world, wish(PUT, 2, Choice.ABANDON)).ok, "else they become two short lots by themselves"
    assert world.sell(1, "830", instrument=I)
    world.wait(60)
    assert world.sell(1, "830", instrument=I)
    assert ask(world, wish(lots=2, nets=True)).code == "OK"


def test_standing_requests_count_for_later_requests_and_for_orders(begin: Begin) -> None:
    world = holding(begin, only=(LATER,), limits=TWO_LOTS)
    world.buy(1, "22.5", instrument=LATER)
    assert ask(world, wish(LATER, 2)).ok
    second = ask(world, wish(LATER, 1))
    assert (second.ok, "3 手，超过持仓限额 2 手" in second.sentence) == (False, True)
    order = world.do(TRADER, SubmitOrder(terms=buy(1)))
    assert (order.ok, order.code) == (False, "POSITION_LIMIT")
    settle(world)


@pytest.mark.parametrize("weighs", [False, True])
def test_standing_requests_count_among_the_hedges(begin: Begin, *, weighs: bool) -> None:
    # Given a short exposure of three lots and two calls that become futures of it
    listed = instruments()
    weights = {listed[I].product: Decimal(100)} | ({listed[LATER].product: Decimal(100)} if weighs else {})
    bound = HedgeBound(group="铁矿石", physical_tonnes=Decimal(-900 if weighs else -300), weights=weights)
    world = holding(
        begin,
        only=(LATER,),
        limits=msgspec.structs.replace(LIMITS, hedge_bounds=(bound,), hedge_confirm_fraction=Decimal(1)),
    )
    assert ask(world, wish(LATER, 2)).ok
    assert world.do(TRADER, SubmitOrder(terms=buy(2))).code == ("OK" if weighs else "HEDGE_ABOVE_EXPOSURE")
    assert world.do(TRADER, SubmitOrder(terms=buy(1))).ok
