"""Break the state on purpose: each invariant has its sentence, and a sound state has none."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.statement import StatementResult
from terminal.domain.ids import ConfirmationId, ExchangeId, OrderId, StrategyId, SysId, TradeId
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState, Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.domain.words.risk import Level, Scope
from terminal.engine.check import check_all
from terminal.engine.standing import LevelRow, StatementRow
from terminal.engine.state import AccountState, OrderRow
from tests.engine_world import CHECKER, ONE, RB, RISK, TRADER, I, World

GRID = StrategyId("grid")


@pytest.fixture(scope="module")
def sound() -> World:
    """Hold a filled order, a resting one, an approved large one, and a grid with fills and resting orders."""
    world = World()
    world.buy(2, 3701)
    world.buy(3, 3650)
    world.order(Side.BUY, 100, "830.5", instrument=I)
    world.decide(CHECKER, world.parked)
    grid = GridSettings(
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
    )
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid))
    world.show()
    world.show({RB: (3689, 3690)})
    world.wait(2)
    return world


def filled(account: AccountState) -> OrderRow:
    return next(row for row in account.orders.values() if row.state is OrderState.FILLED)


def resting(account: AccountState) -> OrderRow:
    return next(row for row in account.live.values() if row.cause.strategy is None)


def approved(account: AccountState) -> OrderRow:
    return next(row for row in account.orders.values() if row.confirmation is not None)


def test_a_sound_state_has_no_fault(sound: World) -> None:
    assert check_all(sound.state) == []
    assert sound.account.strategies[GRID].lots[RB].lots > 0


def ended_and_live(account: AccountState) -> None:
    row = filled(account)
    account.live[row.order] = row


def open_and_not_live(account: AccountState) -> None:
    del account.live[resting(account).order]


def lost_wire_key(account: AccountState) -> None:
    del account.by_wire[filled(account).wire_key]


def stolen_wire_key(account: AccountState) -> None:
    account.by_wire[filled(account).wire_key] = resting(account).order


def overfilled(account: AccountState) -> None:
    filled(account).filled += 1


def fill_of_nobody(account: AccountState) -> None:
    key = (20200821, ExchangeId("SHFE"), TradeId("99"), SysId("99"), Side.BUY)
    account.fills[key] = OrderId("A1-99999999")


def traded_more_than_filled(account: AccountState) -> None:
    account.trades[0] = msgspec.structs.replace(account.trades[0], lots=3)


def trade_of_another_order(account: AccountState) -> None:
    account.trades[0] = msgspec.structs.replace(account.trades[0], order=resting(account).order)


def trade_of_nobody(account: AccountState) -> None:
    account.trades[0] = msgspec.structs.replace(account.trades[0], order=OrderId("A1-99999999"))


def booked_twice(account: AccountState) -> None:
    bought, sold = account.filled_lots[RB]
    account.filled_lots[RB] = (bought + 1, sold)


def forgotten_fill(account: AccountState) -> None:
    filled(account).filled -= 1


def beyond_its_target(account: AccountState) -> None:
    account.strategies[GRID].lots[RB].lots = 4


def wants_beyond_its_target(account: AccountState) -> None:
    row = next(row for row in account.live.values() if row.cause.strategy == GRID and row.terms.is_opening)
    row.terms = msgspec.structs.replace(row.terms, lots=9)


def without_approval(account: AccountState) -> None:
    approved(account).confirmation = ConfirmationId("A1-C009999")


def not_consumed(account: AccountState) -> None:
    account.confirmations[ConfirmationId("A1-C000001")].state = ConfirmationState.APPROVED


def checked_by_its_maker(account: AccountState) -> None:
    account.confirmations[ConfirmationId("A1-C000001")].checker = TRADER


def checked_by_nobody(account: AccountState) -> None:
    account.confirmations[ConfirmationId("A1-C000001")].checker = None


def used_twice(account: AccountState) -> None:
    row = resting(account)
    row.confirmation = approved(account).confirmation


def money_out_of_nothing(account: AccountState) -> None:
    account.book._balance += 1


def lots_out_of_nothing(account: AccountState) -> None:
    next(iter(account.book._held)).long.today += 1


def differs_and_not_red(account: AccountState) -> None:
    result = StatementResult(
        trading_day=20200820, digest="0" * 64, matched=1, ours_only=1, theirs_only=0, field_differences=0, following=0
    )
    account.statements[20200820] = StatementRow(result=result, people=(RISK,), at=0, stands=True)


def red_and_none_differs(account: AccountState) -> None:
    account.levels["account|statement"] = LevelRow(scope=Scope(), signal="statement", level=Level.RED)


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (differs_and_not_red, "I21 A1 is not red for its statements: 2020-08-20 的结算单与账有 1 处不符"),
        (red_and_none_differs, "I21 A1 is red for its statements: none differs"),
        (ended_and_live, "I10 A1-00000001 is FILLED and still live"),
        (open_and_not_live, "is LIVE and not live"),
        (lost_wire_key, "I2 A1-00000001 is not found by its wire key"),
        (stolen_wire_key, "I2 A1-00000001 is not found by its wire key"),
        (overfilled, "I8 A1-00000001 filled 3 of 2 lots"),
        (fill_of_nobody, "I8 fill"),
        (traded_more_than_filled, "I8 A1-00000001 traded 3 lots today and filled 2 in all"),
        (trade_of_another_order, "of A1-00000002 is no fill of it"),
        (trade_of_nobody, "I8 A1-99999999 traded 2 lots today and filled 0 in all"),
        (booked_twice, "I9 SHFE.rb2101: orders filled"),
        (forgotten_fill, "I9 SHFE.rb2101: orders filled"),
        (beyond_its_target, "I11 strategy grid holds and wants"),
        (wants_beyond_its_target, "its target is 3"),
        (without_approval, "I23 A1-00000003 cites A1-C009999, which was not consumed"),
        (not_consumed, "I23 A1-00000003 cites A1-C000001, which was not consumed"),
        (checked_by_its_maker, "I24 A1-C000001 was not approved by another person"),
        (checked_by_nobody, "I24 A1-C000001 was not approved by another person"),
        (used_twice, "I23 A1-C000001 was used by"),
        (money_out_of_nothing, "I9 A1: 两种口径的客户权益不符"),
        (lots_out_of_nothing, "I9 A1: SHFE.rb2101"),
    ],
)
def test_a_broken_state_names_the_promise_it_broke(
    sound: World, harm: Callable[[AccountState], None], sentence: str
) -> None:
    # The journal makes a state of its own to be harmed.
    state = sound.refolded()
    assert check_all(state) == []
    harm(state.accounts[ONE])
    assert any(sentence in fault for fault in check_all(state)), check_all(state)


def test_the_fault_of_one_account_is_found_among_many(sound: World) -> None:
    state = sound.refolded()
    for account in state.accounts.values():
        account.book._balance += 1
    assert len(check_all(state)) == 2
