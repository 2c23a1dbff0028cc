"""A strategy above five million yuan is approved as a whole, and its children stop at the edge (SAFETY 7, I23)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import OrderRecorded, OrderRefused, StrategyStarted
from terminal.domain.ids import StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent, ConfirmationState, Stored
from terminal.domain.orders.order import Origin, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Scope
from tests.engine_world import CHECKER, COLLEAGUE, ONE, RISK, TRADER, I, World
from tests.scenario.conftest import Begin

GRID: Final = StrategyId("grid-1")


def grid(*, step: str = "2", lots: int = 10, lines: int = 8, lower: int = 700) -> GridSettings:
    """Buy iron ore on the way down from 830; 80 lots are 6.6 million yuan."""
    return GridSettings(
        account=ONE,
        instrument=I,
        side=Side.BUY,
        anchor=Decimal(830),
        step=Decimal(step),
        lines=lines,
        lots_per_line=lots,
        stop=Decimal(lower - 10),
        lower=Decimal(lower),
        upper=Decimal(900),
    )


def start(world: World, settings: GridSettings | None = None, *, name: StrategyId = GRID) -> str:
    done = world.do(TRADER, c.StartStrategy(account=ONE, strategy=name, settings=settings or grid()))
    return done.code


def show_down_to(world: World, last: str) -> None:
    """Let iron ore fall by one yuan a second."""
    price, end = Decimal(world.quotes[I][0] or 0), Decimal(last)
    while price > end:
        price -= 1
        world.show({I: (price, price + Decimal("0.5"))})


def test_the_start_of_a_large_strategy_waits_for_another_person(world: World) -> None:
    # When a trader starts a grid of 6.6 million yuan
    assert start(world) == "CONFIRM2"
    # Then it does not run, and what waits holds its settings and what they may lead to at most.
    assert world.account.strategies == {}
    stored = msgspec.json.decode(world.parked.confirmation.stored, type=Stored)
    assert stored.settings == grid()
    assert stored.envelope is not None
    assert stored.envelope.total_value_yuan == sum(828 - 2 * line for line in range(8)) * 10 * 100
    assert (stored.envelope.lowest_price, stored.envelope.highest_price) == (
        {I: Decimal("747.225")},
        {I: Decimal("913.275")},
    )
    world.wait(30)
    assert world.wire.sent == []


def test_a_small_strategy_starts_at_once(world: World) -> None:
    assert start(world, grid(lots=5)) == "OK"
    world.show({I: ("830", "830.5")})
    assert {order.terms.lots for order in world.wire.sent} == {5}
    assert world.account.orders[next(iter(world.account.orders))].confirmation is None


def test_a_strategy_above_the_house_limit_is_refused(world: World) -> None:
    # 8 lines of 80 lots are 53 million yuan.
    assert start(world, grid(lots=80)) == "PARENT_VALUE"
    assert world.account.confirmations == {}


def test_approved_its_children_cite_the_approval(world: World) -> None:
    start(world)
    assert world.decide(CHECKER, world.parked).ok
    approval = world.parked.confirmation.confirmation
    assert world.parked.state is ConfirmationState.CONSUMED
    assert [one.envelope for one in world.facts(StrategyStarted)] == [approval]
    show_down_to(world, "826")
    children = [one for one in world.facts(OrderRecorded) if one.cause.origin is Origin.STRATEGY]
    assert len(children) >= 2
    assert {one.confirmation for one in children} == {approval}
    assert {one.cause.task for one in children} == {"grid-1"}
    assert world.net(I) >= 10


def test_who_asked_for_a_strategy_takes_no_part_in_letting_go_what_stopped_it(world: World) -> None:
    # Given a strategy that one trader asked for and that has bought, and the switch pulled for it and for all
    start(world)
    assert world.decide(CHECKER, world.parked).ok
    show_down_to(world, "826")
    scopes = (Scope(strategy=GRID), Scope())
    for scope in scopes:
        assert world.do(RISK, c.Kill(account=ONE, scope=scope, reason="异常")).ok
    # Then it is let go by others, who had no part in it.
    for scope in scopes:
        ask = c.Release(account=ONE, scope=scope, reason="已查明")
        assert world.do(TRADER, ask).code == "CAUSING_TRADER"
        assert world.do(RISK, ask).ok
        assert world.do(TRADER, ask).code == "CAUSING_TRADER"
        assert world.do(COLLEAGUE, ask).ok
    assert world.account.kills == {}


def test_the_maker_cannot_approve_his_own_strategy(world: World) -> None:
    start(world)
    assert world.decide(TRADER, world.parked).code == "MAKER_IS_CHECKER"
    assert world.account.strategies == {}


def test_rejected_it_never_runs(world: World) -> None:
    start(world)
    world.decide(CHECKER, world.parked, decision=ConfirmationEvent.REJECT)
    show_down_to(world, "820")
    assert world.account.strategies == {}
    assert world.wire.sent == []


def test_children_stop_at_the_price_edge_of_the_envelope(world: World) -> None:
    # Given a grid whose last lines (746 and 734) lie more than 10 % below the price the checker saw
    start(world, grid(step="12"))
    world.decide(CHECKER, world.parked)
    # When the market falls through all of them
    show_down_to(world, "740")
    # Then every line inside the band was bought, and the children beyond it were refused, not parked.
    prices = sorted(order.terms.price for order in world.wire.sent if order.terms.side is Side.BUY)
    assert prices[0] == 758
    assert world.net(I) == 60
    codes = {finding.code for fact in world.facts(OrderRefused) for finding in fact.findings}
    assert "ENVELOPE_PRICE" in codes
    assert len(world.account.confirmations) == 1


def test_children_stop_when_the_envelope_is_used_up(world: World) -> None:
    # Given a grid of two lines of 35 lots: 70 lots, 5.8 million yuan
    start(world, grid(lots=35, lines=2))
    world.decide(CHECKER, world.parked)
    most = msgspec.json.decode(world.parked.confirmation.stored, type=Stored).envelope
    assert most is not None
    # When the market swings across the lines again and again
    for _ in range(30):
        for bid in ("829", "827", "825.5", "827", "829", "830.5"):
            world.show({I: (bid, Decimal(bid) + Decimal("0.5"))}, after=2)
    # Then all it ever opened stays within what was approved, and what it holds it may still close.
    opened = sum(one.filled for one in world.account.orders.values() if one.terms.is_opening)
    assert most.total_lots - 35 < opened <= most.total_lots
    assert opened == world.parked.opened_lots
    codes = {finding.code for fact in world.facts(OrderRefused) for finding in fact.findings}
    assert "ENVELOPE_LOTS" in codes


def test_a_restart_keeps_the_approval_and_its_edge(world: World) -> None:
    start(world, grid(step="12"))
    world.decide(CHECKER, world.parked)
    show_down_to(world, "790")
    world.restart()
    show_down_to(world, "740")
    assert world.net(I) == 60
    assert min(order.terms.price for order in world.wire.sent) == 758
    assert world.account.strategies[GRID].envelope == world.parked.confirmation.confirmation


def openings_of_a_step_down(world: World, day_loss_yuan: int) -> int:
    """Let an approved grid hold four lines, tighten the day-loss limit, and count what the next step down opens."""
    start(world)
    world.decide(CHECKER, world.parked)
    show_down_to(world, "820")
    assert world.net(I) == 40
    assert world.account.limits is not None
    limits = msgspec.structs.replace(world.account.limits, day_loss_yuan=Decimal(day_loss_yuan))
    assert world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=limits)).code == "OK"
    world.wait(3)
    sent = len(world.wire.sent)
    show_down_to(world, "819")
    world.wait(3)
    assert world.pending() == []
    return sum(order.terms.is_opening for order in world.wire.sent[sent:])


def test_an_approval_of_the_whole_lifts_no_other_control(begin: Begin) -> None:
    # At a loss of 23 900 yuan: of 500 000 that is nothing, of 24 500 it is orange, and orange asks for a person.
    assert openings_of_a_step_down(begin(), 500_000) == 1
    assert openings_of_a_step_down(begin(), 24_500) == 0


def test_a_second_start_of_the_same_strategy_is_void_once_the_first_is_approved(world: World) -> None:
    # Two traders' clicks, two parked objects, one number.
    start(world)
    first = world.parked
    start(world)
    second = world.parked
    assert world.decide(CHECKER, first).code == "OK"
    done = world.decide(CHECKER, second)
    assert (done.code, second.state) == ("NOT_PENDING", ConfirmationState.SUPERSEDED)
    assert list(world.account.strategies) == [GRID]
    assert world.account.strategies[GRID].status is StrategyStatus.RUNNING


def test_what_waits_for_approval_expires_like_an_order(world: World) -> None:
    start(world)
    world.wait(15 * 60)
    assert world.parked.state is ConfirmationState.EXPIRED
    assert world.decide(CHECKER, world.parked).code == "NOT_PENDING"
    assert world.account.strategies == {}
