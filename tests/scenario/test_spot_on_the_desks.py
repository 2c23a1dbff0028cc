"""A spot price that a person states is on every desk at once: no batch ever names the place (DESIGN 6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.domain import commands as c
from tests.desk_rig import Seat
from tests.engine_world import CHECKER, SPOT, I, World
from tests.sync_rig import Rig

TICK = Decimal("0.01")


@pytest.fixture
def seat() -> Seat:
    rig = Rig()
    rig.world.show({I: (Decimal(900), Decimal(901))}, last={I: Decimal(900)})
    seat = Seat(rig)
    seat.connect()
    return seat


def spots(seat: Seat) -> list[Decimal]:
    """Return the prices of the place that a desk was told, in order."""
    quotes = [drained.quotes[SPOT].last for drained in seat.drained if SPOT in drained.quotes]
    return [last * TICK for last in quotes if last is not None]


def pairs(seat: Seat) -> list[tuple[Decimal, Decimal]]:
    """Return spot and futures of every basis that a desk was told, in order."""
    return [(one.spot_price, one.future_price) for drained in seat.drained for one in drained.basis]


def state(seat: Seat, price: str) -> None:
    seat.press(c.QuoteSpot(instrument=SPOT, price=Decimal(price), source="电话"))
    seat.wait(1)
    seat.rig.house.publish()  # as the server does before each round of frames
    seat.wait(1)


def test_a_price_that_is_stated_while_no_quote_comes_is_on_every_desk_and_moves_the_basis(seat: Seat) -> None:
    other = Seat(seat.rig, CHECKER, "other")
    other.connect()
    for price in ("905.50", "4300.00"):
        state(seat, price)
        other.wait(1)
    told = [Decimal("905.50"), Decimal("4300.00")]
    assert spots(seat) == spots(other) == told
    assert pairs(seat) == pairs(other) == [(price, Decimal(900)) for price in told]
    late = Seat(seat.rig, name="late")
    late.connect()
    late.wait(1)
    assert set(spots(late)) == {told[-1]}  # the desk that comes later has what the standing ones have


def test_a_price_that_is_refused_tells_no_desk_anything(seat: Seat) -> None:
    state(seat, "905.50")
    state(seat, "-7")
    assert spots(seat) == [Decimal("905.50")]


def test_what_was_stated_is_told_once_and_after_a_restart_is_no_news(world_on_disk: World) -> None:
    world = world_on_disk
    assert world.do(CHECKER, c.QuoteSpot(instrument=SPOT, price=Decimal("905.5"), source="电话")).ok
    slot = world.engine.columns.slot_of[SPOT]
    assert (world.engine.stated(), world.engine.stated()) == ([slot], [])
    world.restart()
    assert world.engine.stated() == []
