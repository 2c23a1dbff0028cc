from __future__ import annotations

from decimal import Decimal

from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.domain.parameters.strategy import GridSettings
from terminal.strategies.children import GAP, SECOND, ChildState, Ledger
from terminal.strategies.grid.moment import GridMemory
from terminal.strategies.sight import look
from terminal.strategies.table import GRID
from tests.unit.strategies.traded import Order, future
from tests.unit.strategies.world import ACCOUNT, STRATEGY, World

RB = InstrumentId("SHFE.rb2510")
SCOPE = "line:1:entry"


def world(lines: int = 1) -> World:
    settings = GridSettings(
        account=ACCOUNT,
        instrument=RB,
        side=Side.BUY,
        anchor=Decimal(3200),
        step=Decimal(20),
        lines=lines,
        lots_per_line=4,
        stop=Decimal(3000),
        lower=Decimal(3100),
        upper=Decimal(3300),
    )
    made = World(settings, [future(RB)])
    made.show(RB, 3189, 3190)
    made.step()
    return made


def ledger(made: World) -> Ledger:
    assert isinstance(made.memory, GridMemory)
    return made.memory.ledger


def state(made: World, row: Order) -> ChildState:
    return ledger(made).children[row.order].state


def test_a_child_reserves_its_lots_through_every_state_until_its_end() -> None:
    made = world()
    row = made.one()
    assert ledger(made).reserved(SCOPE) == 4
    made.lost(row)
    assert state(made, row) is ChildState.UNKNOWN
    assert ledger(made).reserved(SCOPE) == 4
    made.fill(row, 1)
    assert state(made, row) is ChildState.WORKING
    assert ledger(made).reserved(SCOPE) == 3
    made.expired(row)
    assert not ledger(made).busy


def test_a_cut_does_not_make_a_working_child_unknown() -> None:
    made = world()
    row = made.one()
    made.accept(row)
    made.lost(row)
    assert state(made, row) is ChildState.WORKING


def test_an_ended_child_reserves_what_was_traded_and_not_yet_told() -> None:
    made = world()
    row = made.one()
    made.cancelled(row, owed=2)
    assert state(made, row) is ChildState.OWED
    assert ledger(made).reserved(SCOPE) == 2
    made.fill(row, 1)
    assert ledger(made).reserved(SCOPE) == 1
    made.fill(row, 1)
    assert not ledger(made).busy


def test_a_void_child_that_turns_up_after_all_reserves_again() -> None:
    made = world()
    row = made.one()
    made.lost(row)
    made.voided(row)
    assert ledger(made).reserved(SCOPE) == 0
    made.accept(row)
    assert ledger(made).reserved(SCOPE) == 4
    made.wait(600)
    made.step()
    assert made.live() == [row]


def test_a_void_child_is_remembered_beside_the_orders_sent_after_it_and_reserves_when_it_turns_up() -> None:
    # Given an order proven never sent, and another one in its place on the same trading day
    made = world()
    row = made.one()
    made.lost(row)
    made.voided(row)
    made.wait(40)
    made.step()
    (again,) = (one for one in made.live() if one is not row)
    made.accept(again)
    assert ledger(made).reserved(SCOPE) == 4
    # When the first one turns up after all, Then both may still fill.
    made.accept(row)
    assert ledger(made).reserved(SCOPE) == 8


def test_a_scope_that_begins_something_else_counts_refusals_from_the_first() -> None:
    # Given a line whose opening the gate has refused twice
    made = world()
    made.accept(made.one())
    made.wait(61)
    made.cancelled(made.one())
    made.gate = lambda intent: False
    while made.refused < 2:
        made.wait(1)
        made.step()
    assert ledger(made).failures(SCOPE) == 2
    # When it is wanted for something else, Then nothing of that has failed yet.
    ledger(made).begin_anew(made.at)
    assert ledger(made).failures(SCOPE) == 0
    assert ledger(made).ready(SCOPE, made.at + GAP, closing=True)


def test_a_void_child_is_forgotten_on_a_later_trading_day() -> None:
    made = world()
    row = made.one()
    made.voided(row)
    made.end_day()
    made.show(RB, 3189, 3190)
    made.step()
    assert list(ledger(made).children) == [made.one().order]


def test_a_fill_counts_even_when_its_order_is_no_longer_remembered() -> None:
    made = world()
    row = made.one()
    made.cancelled(row)
    assert not ledger(made).children
    made.fill(row, 1)
    assert isinstance(made.memory, GridMemory)
    assert made.memory.held == [1]


def test_failures_in_a_row_are_forgotten_by_a_fill() -> None:
    made = world()
    for _ in range(3):
        made.rejected(made.one())
        made.wait(40)
        made.step()
    assert ledger(made).paces[SCOPE].failures == 3
    made.fill(made.one(), 1)
    assert ledger(made).paces[SCOPE].failures == 0


def test_a_child_cancelled_after_a_calm_minute_is_no_failure() -> None:
    made = world()
    made.rejected(made.one())
    made.wait(40)
    made.step()
    row = made.one()
    made.accept(row)
    made.wait(61)
    made.cancelled(row)
    assert ledger(made).paces[SCOPE].failures == 0


def test_a_cancel_nobody_answers_is_asked_for_again_after_half_a_minute() -> None:
    made = world()
    row = made.one()
    made.accept(row)
    made.show(RB, 3089, 3090)
    asked = []
    for _ in range(100):
        before = len(made.messages)
        made.step()
        asked += made.messages[before:]
        made.wait(1)
    assert [round((at - asked[0]) / 1e9) for at in asked] == [0, 30, 60, 90]


def ask(made: World, seconds: int) -> list[int]:
    """Let time pass and return after how many seconds cancels were asked for."""
    asked = []
    for second in range(seconds):
        before = len(made.messages)
        made.step()
        asked += [second] * (len(made.messages) - before)
        made.wait(1)
    return asked


def test_a_cancel_that_was_refused_is_asked_for_again_after_half_a_minute() -> None:
    made = world()
    row = made.one()
    made.accept(row)
    made.show(RB, 3089, 3090)
    assert ask(made, 10) == [1]
    made.refuse_cancel(row)  # half a minute counts from the refusal
    assert ask(made, 60) == [30]
    made.restart()
    assert ask(made, 1) == [0]


def test_a_cancel_somebody_else_asked_for_counts_as_asked() -> None:
    made = world()
    row = made.one()
    made.accept(row)
    made._ask_cancel(row.order)
    made.show(RB, 3089, 3090)
    assert ask(made, 31) == [30]


def test_the_reference_price_is_the_last_one_between_bid_and_ask() -> None:
    made = world()
    for bid, ask, last, expected in (
        (100, 102, 101, 101),
        (100, 102, 50, 100),
        (100, 102, 150, 102),
        (None, 102, 101, 101),
        (100, None, 99, 100),
        (None, None, 99, 99),
    ):
        made.show(RB, bid, ask, last=last)
        sight = look(made, RB)
        assert sight is not None
        assert sight.reference() == expected
    made.quotes[RB] = made.quotes[RB]._replace(bid=100, ask=103, last=None)
    sight = look(made, RB)
    assert sight is not None
    assert sight.reference() == 101


def test_openings_that_the_gate_refuses_hold_back_no_close() -> None:
    # Given a line that has filled, and others that are refused until all openings must wait for half a minute
    made = world(lines=4)
    made.gate = lambda intent: intent.closing
    held = made.one()
    made.accept(held)
    while made.refused < 2:
        made.wait(0.5)
        made.step()
    assert ledger(made).wait_until - made.at > 25 * SECOND
    # When it fills
    made.fill(held)
    # Then it takes its profit at once, and nothing more is opened.
    assert [(intent.closing, intent.lots) for intent in made.step().intents] == [(True, 4)]
    assert made.refused == 2


def test_a_close_that_waits_for_its_own_place_is_looked_at_when_that_may_send_again() -> None:
    made = world(lines=4)
    made.gate = lambda intent: False
    held = made.one()
    made.accept(held)
    while made.refused < 2:
        made.wait(0.5)
        made.step()
    made.fill(held)
    made.step()
    assert isinstance(made.settings, GridSettings)
    assert isinstance(made.memory, GridMemory)
    quiet = GRID.quiet(STRATEGY, made.settings, made.memory, made)
    assert quiet is not None
    assert quiet.until == made.at + SECOND
