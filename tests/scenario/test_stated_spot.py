"""A spot price that was stated is the same in the live state, in a refold, and to whoever prices with it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain import commands as c
from terminal.domain.fact.facts import SpotQuoted
from terminal.domain.ids import InstrumentId
from terminal.domain.orders.order import Side
from terminal.engine.records.journal import records_of
from terminal.engine.turn import RUNNER, Said
from terminal.store.refold import Refold
from terminal.store.verify import verify
from tests.engine_world import ADMIN, CHECKER, FAR, MORNING, RISK, SPOT, STRANGER, TENANT, TRADER, VIEWER, World


@pytest.mark.parametrize("price", ["0.01", "999999999.99"])
def test_the_least_and_the_greatest_spot_price_are_held_by_fold_prices_and_restart_alike(
    world: World, price: str
) -> None:
    assert world.do(TRADER, c.QuoteSpot(instrument=SPOT, price=Decimal(price), source="电话")).ok
    for _ in range(2):
        assert world.refolded().tenant.spots == world.state.tenant.spots == {SPOT: (Decimal(price), MORNING, "电话")}
        assert world.refolded().state_hash() == world.state.state_hash()
        assert world.engine.columns.last_price(SPOT) == Decimal(price)
        world.restart()


@pytest.mark.parametrize(
    ("instrument", "price", "held"),
    [
        (SPOT, "9999999999", None),
        (SPOT, "999999999.999", None),
        (SPOT, "0.001", None),
        (SPOT, "-7", None),
        (SPOT, "Infinity", None),
        (SPOT, "1E+400", None),
        (SPOT, "905.505", Decimal("905.51")),  # was moved onto the grid, and still is
        (FAR, "1", Decimal(3601)),  # the middle of what the exchange shows
        (InstrumentId("SPOT.i.青岛港"), "905.5", None),
    ],
)
def test_a_journal_that_holds_what_no_one_may_quote_today_is_opened_verified_and_traded_on(
    world_on_disk: World, tmp_path: Path, instrument: InstrumentId, price: str, held: Decimal | None
) -> None:
    world = world_on_disk
    old = SpotQuoted(instrument=instrument, price=Decimal(price), source="旧版")
    said = [Said(old, "old", RUNNER)]
    journal = world.journal
    journal.append(records_of(said, journal.heads(), tenant=TENANT, epoch=journal.epoch, utc=world.at))
    world.restart()
    assert world.state.tenant.spots == {instrument: (Decimal(price), world.at, "旧版")}
    assert world.engine.columns.last_price(instrument) == held
    assert world.refolded().state_hash() == world.state.state_hash()
    assert verify(tmp_path, witnesses=(Refold(),)).ok
    assert world.do(TRADER, c.QuoteSpot(instrument=SPOT, price=Decimal("905.5"), source="电话")).ok
    assert world.engine.columns.last_price(SPOT) == Decimal("905.5")
    assert world.order(Side.BUY, 1, 3701).ok


def test_everybody_who_may_do_more_than_look_states_spot_prices_and_nobody_else(world: World) -> None:
    body = c.QuoteSpot(instrument=SPOT, price=Decimal("905.5"), source="电话")
    assert world.do(VIEWER, body).code == "NO_ROLE"
    assert world.facts(SpotQuoted) == []
    for person in (TRADER, CHECKER, RISK, ADMIN, STRANGER):  # the last one works in the other account alone
        assert world.do(person, body).ok
