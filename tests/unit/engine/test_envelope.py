from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.ids import InstrumentId, StrategyId
from terminal.domain.orders.confirmation import Envelope, Stored
from terminal.domain.orders.order import Offset, OrderState, OrderTerms, Side
from terminal.domain.parameters.strategy import GridSettings, RollSettings, SpreadLeg, SpreadSettings, StrategySettings
from terminal.domain.words.risk import Verdict
from terminal.engine.look import Look
from terminal.engine.orders.edge import outside
from terminal.engine.prices.columns import Columns
from terminal.engine.state import State
from terminal.engine.strategy.envelope import DAY, ENDS_AFTER, TURNOVER, envelope_of
from tests.engine_world import CHECKER, FAR, ONE, RB, TRADER, UNIVERSE, I, World, instruments, reference, terms

GRID = StrategyId("grid")


def grid(lines: int = 8, lots: int = 10) -> GridSettings:
    return GridSettings(
        account=ONE,
        instrument=I,
        side=Side.BUY,
        anchor=Decimal(830),
        step=Decimal(2),
        lines=lines,
        lots_per_line=lots,
        stop=Decimal(700),
        lower=Decimal(710),
        upper=Decimal(900),
    )


def spread() -> SpreadSettings:
    return SpreadSettings(
        account=ONE,
        legs=(
            SpreadLeg(instrument=RB, coefficient=Decimal(1), lots=10, active=True),
            SpreadLeg(instrument=I, coefficient=Decimal("-1.6"), lots=-2),
        ),
        buy_at=Decimal(1),
        sell_at=Decimal(2),
        max_sets=3,
    )


def roll() -> RollSettings:
    return RollSettings(account=ONE, near=RB, far=FAR, side=Side.BUY, lots=7, batch_lots=2, timings=())


@pytest.mark.parametrize(
    ("settings", "lots", "value", "largest", "names"),
    [
        (grid(), 80, sum(828 - 2 * line for line in range(8)) * 10 * 100, 80, {I}),
        (spread(), 36, 30 * 10 * Decimal("3700.5") + 6 * 100 * Decimal("830.25"), 30, {RB, I}),
        (roll(), 14, 7 * 10 * (Decimal("3700.5") + 3601), 7, {RB, FAR}),
    ],
)
def test_an_envelope_holds_the_whole_task_at_the_prices_it_will_pay(
    settings: StrategySettings, lots: int, value: Decimal, largest: int, names: set[InstrumentId]
) -> None:
    world = World()
    envelope = envelope_of(world.engine.look, settings)
    assert envelope is not None
    assert (envelope.total_lots, envelope.total_value_yuan) == (lots * TURNOVER, value)
    assert envelope.largest_child_lots == largest
    assert set(envelope.lowest_price) == set(envelope.highest_price) == names
    assert envelope.ends_at == world.at + 30 * DAY == world.at + ENDS_AFTER


def test_without_a_price_there_is_no_envelope() -> None:
    look = Look(State(), Columns(UNIVERSE, instruments()), reference().calendar)
    assert envelope_of(look, grid()) is None


class Child:
    """Try children of an approved grid whose envelope is one the test wrote, or is missing."""

    def __init__(self, *, missing: bool = False, **changes: object) -> None:
        self.world = World()
        self.world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid()))
        row = self.world.parked
        stored = msgspec.json.decode(row.confirmation.stored, type=Stored)
        assert stored.envelope is not None
        envelope: Envelope | None = None if missing else msgspec.structs.replace(stored.envelope, **changes)
        self.world.decide(CHECKER, row)
        text = msgspec.json.encode(msgspec.structs.replace(stored, envelope=envelope)).decode()
        row.confirmation = msgspec.structs.replace(row.confirmation, stored=text)
        self.row = row

    def code(self, wanted: OrderTerms) -> str:
        strategy = self.world.account.strategies[GRID]
        found = outside(self.world.engine.look, self.world.account, strategy, wanted)
        if found is None:
            return ""
        assert (found.verdict, found.control) == (Verdict.DENY, "C18")
        assert found.sentence
        return found.code


def buy(lots: int, price: str = "830", instrument: InstrumentId = I) -> OrderTerms:
    return terms(Side.BUY, lots, price, instrument=instrument)


def test_a_child_inside_passes() -> None:
    assert Child().code(buy(10)) == ""


def test_all_children_together_stay_within_the_total() -> None:
    child = Child(total_lots=25)
    assert child.code(buy(25)) == ""
    assert child.code(buy(26)) == "ENVELOPE_LOTS"
    child.row.opened_lots = 20
    assert child.code(buy(5)) == ""
    assert child.code(buy(6)) == "ENVELOPE_LOTS"


def test_one_child_is_no_larger_than_the_largest() -> None:
    child = Child(largest_child_lots=10)
    assert child.code(buy(10)) == ""
    assert child.code(buy(11)) == "ENVELOPE_CHILD"


@pytest.mark.parametrize(
    ("price", "code"), [("800", ""), ("799.5", "ENVELOPE_PRICE"), ("850", ""), ("850.5", "ENVELOPE_PRICE")]
)
def test_its_price_lies_in_the_band_edges_included(price: str, code: str) -> None:
    child = Child(lowest_price={I: Decimal(800)}, highest_price={I: Decimal(850)})
    assert child.code(buy(1, price)) == code


def test_an_instrument_the_checker_did_not_see_is_outside() -> None:
    assert Child().code(buy(1, "3700", RB)) == "ENVELOPE_PRICE"


def test_it_ends() -> None:
    child = Child()
    stored = msgspec.json.decode(child.row.confirmation.stored, type=Stored)
    assert stored.envelope is not None
    child.world.show_at(stored.envelope.ends_at)
    assert child.code(buy(1)) == ""
    child.world.show_at(stored.envelope.ends_at + 1)
    assert child.code(buy(1)) == "ENVELOPE_ENDED"


def test_an_approval_without_an_envelope_opens_nothing() -> None:
    assert Child(missing=True).code(buy(1)) == "NO_ENVELOPE"


def test_closing_children_are_never_held_back() -> None:
    child = Child(total_lots=0, largest_child_lots=0, ends_at=0)
    close = terms(Side.SELL, 50, "1", instrument=I, offset=Offset.CLOSE)
    assert child.code(close) == ""


# --- what is counted -------------------------------------------------------------------------------------------


def counting() -> World:
    world = World()
    world.do(TRADER, c.StartStrategy(account=ONE, strategy=GRID, settings=grid()))
    world.decide(CHECKER, world.parked)
    return world


def opened(world: World) -> int:
    """Count anew, order by order, what the children of the envelope have opened or may still open."""
    return sum(
        row.filled if row.ended else row.terms.lots
        for row in world.account.orders.values()
        if row.confirmation is not None and row.terms.is_opening
    )


def test_live_children_count_whole_and_what_a_cancel_gives_back_does_not() -> None:
    world = counting()
    world.show()
    assert world.parked.opened_lots == opened(world) == 30
    world.show({I: ("827.5", "828")}, lots=4)
    assert world.parked.opened_lots == opened(world)
    world.do(TRADER, c.CancelAll(account=ONE))
    assert world.parked.opened_lots == opened(world)


def test_a_zombie_counts_again() -> None:
    # Given a child that was declared void, and its lots given back
    world = counting()
    world.wire.hold_orders = True
    world.show()
    world.wait(40)
    assert {row.state for row in world.account.orders.values()} >= {OrderState.VOID}
    assert world.parked.opened_lots == opened(world)
    # When it appears after all, lives, fills in part and is cancelled
    world.arrive()
    assert world.parked.opened_lots == opened(world) > 0
    world.show({I: ("827.5", "828")}, lots=4)
    assert world.parked.opened_lots == opened(world)
    world.do(TRADER, c.CancelAll(account=ONE))
    assert world.parked.opened_lots == opened(world)
