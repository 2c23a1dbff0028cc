"""What people ask for is done once, in time, by those who may, and answered in a sentence (I17, I18, I24, I25)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import CommandDone, OrderRecorded
from terminal.domain.ids import AccountId, InstrumentId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import GridSettings, OutOfRange
from tests.engine_world import (
    ADMIN,
    CHECKER,
    COLLEAGUE,
    LIMITS,
    ONE,
    OTHER,
    RB,
    RISK,
    SECOND_RISK,
    SPOT,
    STRANGER,
    TRADER,
    VIEWER,
    I,
    World,
    terms,
)
from tests.scenario.conftest import Begin

GRID: Final = StrategyId("grid")
BUY_ONE: Final = c.SubmitOrder(terms=terms(Side.BUY, 1, 3701))


def grid(**changes: object) -> GridSettings:
    settings = GridSettings(
        account=ONE,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3700),
        step=Decimal(10),
        lines=3,
        lots_per_line=1,
        stop=Decimal(3600),
        lower=Decimal(3640),
        upper=Decimal(3800),
        out_of_range=OutOfRange.HOLD,
    )
    return msgspec.structs.replace(settings, **changes)


# --- once ------------------------------------------------------------------------------------------------------


def test_a_repeated_command_returns_the_first_answer_and_does_nothing(world: World) -> None:
    first = world.do(TRADER, BUY_ONE, command="click")
    before = len(world.records())
    again = world.do(TRADER, BUY_ONE, command="click")
    assert again == first
    assert len(world.wire.sent) == 1
    assert len(world.records()) == before
    assert len(world.facts(CommandDone)) == 1


def test_also_a_refusal_is_answered_the_same_for_ever(world: World) -> None:
    # Refused for want of the role; asking again with the same number is not asking again.
    first = world.do(VIEWER, BUY_ONE, command="click")
    assert first.code == "NO_ROLE"
    assert world.do(TRADER, BUY_ONE, command="click") == first
    assert world.wire.sent == []


def test_a_repeat_after_a_restart_is_a_repeat(world: World) -> None:
    first = world.do(TRADER, BUY_ONE, command="click")
    world.restart()
    assert world.do(TRADER, BUY_ONE, command="click") == first
    assert len(world.wire.sent) == 1


def test_a_double_click_with_two_numbers_asks_a_person(world: World) -> None:
    # The same order twice within two seconds may be meant, and somebody else says so (C9).
    assert world.do(TRADER, BUY_ONE).code == "OK"
    assert world.do(TRADER, BUY_ONE).code == "CONFIRM2"
    world.wait(3)
    assert world.do(TRADER, BUY_ONE).code == "CONFIRM2", "the second one waits still, and this is the same once more"
    for name in world.pending():
        world.do(TRADER, c.WithdrawOrder(account=ONE, confirmation=name))
    assert world.do(TRADER, BUY_ONE).code == "OK"


def test_a_number_used_in_one_account_is_no_number_for_another(world: World) -> None:
    world.do(TRADER, BUY_ONE, command="click")
    elsewhere = c.SubmitOrder(terms=terms(Side.BUY, 1, 3701, account=OTHER))
    done = world.do(STRANGER, elsewhere, command="click")
    assert (done.ok, done.code, done.account) == (False, "COMMAND_ID_USED", None)
    assert len(world.wire.sent) == 1
    assert world.do(STRANGER, elsewhere, command="another").ok


def test_every_command_leaves_its_answer_with_who_asked(world: World) -> None:
    world.do(TRADER, BUY_ONE, command="click")
    record = next(one for one in world.records() if one.kind == "command_done")
    assert (record.cause, record.actor.person, record.actor.device) == ("cmd:click", TRADER, "zhao-desk")
    order = next(one for one in world.records() if isinstance(one.fact, OrderRecorded))
    assert (order.cause, order.actor) == (record.cause, record.actor)


# --- in time ---------------------------------------------------------------------------------------------------


def test_an_order_older_than_three_seconds_is_not_executed(world: World) -> None:
    done = world.order(Side.BUY, 1, 3701, late=3.001)
    assert (done.ok, done.code) == (False, "EXPIRED")
    assert "迟到" in done.sentence
    assert world.wire.sent == []
    assert world.order(Side.BUY, 1, 3701, late=3).ok


def test_an_edit_is_an_order_and_has_its_time(world: World) -> None:
    world.order(Side.BUY, 100, "830.5", instrument=I)
    name = world.parked.confirmation.confirmation
    edit = c.EditOrder(account=ONE, confirmation=name, terms=terms(Side.BUY, 1, 3701))
    assert world.do(TRADER, edit, late=4).code == "EXPIRED"
    assert world.parked.state is ConfirmationState.PENDING
    assert world.wire.sent == []


def test_a_cancel_is_never_too_late(world: World) -> None:
    row = world.buy(1, 3690)
    assert world.do(TRADER, c.CancelOrder(account=ONE, order=row.order), late=600).ok
    assert row.state is OrderState.CANCELLED


# --- by those who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [CHECKER, RISK, ADMIN, VIEWER, STRANGER, PersonId("nobody")])
def test_only_a_trader_of_the_account_trades(world: World, person: PersonId) -> None:
    done = world.do(person, BUY_ONE)
    assert (done.ok, done.code) == (False, "NO_ROLE")
    assert world.wire.sent == []


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (c.CancelAll(account=ONE), {TRADER, COLLEAGUE, RISK, SECOND_RISK}),
        (c.StartStrategy(account=ONE, strategy=GRID, settings=grid()), {TRADER, COLLEAGUE}),
        (c.ChangeLimits(account=ONE, base_version=1, limits=LIMITS), {RISK, SECOND_RISK}),
        (c.MoveCash(account=ONE, amount=Decimal(1), reason=""), {RISK, SECOND_RISK, ADMIN}),
    ],
)
def test_who_may_what(begin: Begin, body: c.CommandBody, allowed: set[PersonId]) -> None:
    for person in (TRADER, COLLEAGUE, CHECKER, RISK, SECOND_RISK, ADMIN, VIEWER, STRANGER):
        done = begin().do(person, body)
        assert (done.code != "NO_ROLE") == (person in allowed), person


def test_a_limits_maker_cannot_turn_his_request_into_an_order(world: World) -> None:
    # Editing what waits is placing an order: it takes the role for orders, whoever made what waits.
    looser = msgspec.structs.replace(LIMITS, position_lots=2000)
    world.do(RISK, c.ChangeLimits(account=ONE, base_version=1, limits=looser))
    name = world.parked.confirmation.confirmation
    done = world.do(RISK, c.EditOrder(account=ONE, confirmation=name, terms=BUY_ONE.terms))
    assert done.code == "NO_ROLE"
    assert world.parked.state is ConfirmationState.PENDING
    assert world.wire.sent == []


def test_an_edit_cannot_move_an_order_to_another_account(world: World) -> None:
    world.order(Side.BUY, 100, "830.5", instrument=I)
    name = world.parked.confirmation.confirmation
    elsewhere = terms(Side.BUY, 1, 3701, account=OTHER)
    done = world.do(TRADER, c.EditOrder(account=ONE, confirmation=name, terms=elsewhere))
    assert (done.ok, done.code) == (False, "WRONG_ACCOUNT")
    assert world.parked.state is ConfirmationState.PENDING


def test_a_strategy_cannot_be_started_for_another_account(world: World) -> None:
    body = c.StartStrategy(account=ONE, strategy=GRID, settings=grid(account=OTHER))
    assert world.do(TRADER, body).code == "WRONG_ACCOUNT"


def test_an_unknown_account_is_answered_and_not_recorded(world: World) -> None:
    before = len(world.records())
    done = world.do(TRADER, c.CancelAll(account=AccountId("A9")))
    assert (done.ok, done.code) == (False, "UNKNOWN_ACCOUNT")
    assert "A9" in done.sentence
    assert len(world.records()) == before


# --- numbers that are none -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+400", "1E-400", "1E+12", "0E-300000", "0E+300000"]
)
def test_a_number_that_is_none_stops_at_the_door_and_trading_goes_on(world: World, number: str) -> None:
    absurd = Decimal(number)
    bodies: list[tuple[PersonId, c.CommandBody]] = [
        (TRADER, c.SubmitOrder(terms=msgspec.structs.replace(BUY_ONE.terms, price=absurd))),
        (ADMIN, c.MoveCash(account=ONE, amount=absurd, reason="")),
        (TRADER, c.QuoteSpot(instrument=SPOT, price=absurd, source="电话")),
        (TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid(anchor=absurd))),
        (RISK, c.ChangeLimits(account=ONE, base_version=1, limits=Limits(margin_max=absurd))),
    ]
    for person, body in bodies:
        done = world.do(person, body)
        assert (done.ok, done.code) == (False, "BAD_NUMBER")
    assert world.do(TRADER, BUY_ONE).ok


@pytest.mark.parametrize(
    ("lots", "code"),
    [(0, "LOTS_NOT_POSITIVE"), (-3, "LOTS_NOT_POSITIVE"), (10**8, "BAD_NUMBER"), (10**40, "BAD_NUMBER")],
)
def test_lots_are_a_small_positive_number(world: World, lots: int, code: str) -> None:
    assert world.order(Side.BUY, lots, 3701).code == code
    assert world.wire.sent == []


@pytest.mark.parametrize("price", ["3701.5", "0", "-1"])
def test_a_price_off_the_grid_is_refused_by_the_gate(world: World, price: str) -> None:
    assert world.order(Side.BUY, 1, price).code == "PRICE_OFF_TICK"


def test_an_unknown_contract_is_refused_by_the_gate(world: World) -> None:
    done = world.order(Side.BUY, 1, 3701, instrument=InstrumentId("SHFE.rb2199"))
    assert (done.ok, done.code) == (False, "UNKNOWN_INSTRUMENT")
    assert world.wire.sent == []
