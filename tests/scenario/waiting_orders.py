"""Write conditional orders the short way, and look at what became of one."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import commands as c
from terminal.domain import conditional as d
from terminal.domain.facts import OrderRecorded
from terminal.domain.ids import InstrumentId, PersonId
from terminal.domain.order import Offset, OrderTerms, Side
from terminal.engine.conditional_book import ConditionalRow
from tests.engine_world import ONE, RB, TRADER, Price, World

ABOVE, BELOW = d.Way.AT_OR_ABOVE, d.Way.AT_OR_BELOW


def reaches(
    price: Price, way: d.Way = ABOVE, *, quoted: d.Quoted = d.Quoted.BID, instrument: InstrumentId = RB
) -> d.PriceReaches:
    return d.PriceReaches(instrument=instrument, quoted=quoted, way=way, price=Decimal(price))


def send(
    side: Side = Side.BUY,
    lots: int = 2,
    price: Price | None = 3701,
    *,
    ticks: int = 0,
    offset: Offset = Offset.OPEN,
    instrument: InstrumentId = RB,
) -> d.SendOrder:
    at: d.ReleasePrice = d.AtOpposite(ticks=ticks) if price is None else d.AtPrice(price=Decimal(price))
    return d.SendOrder(instrument=instrument, side=side, offset=offset, lots=lots, price=at)


def close(
    lots: int = 2,
    *,
    side: Side = Side.SELL,
    ticks: int = 2,
    when_short: d.WhenShort = d.WhenShort.FAIL,
    instrument: InstrumentId = RB,
) -> d.CloseLots:
    at = d.AtOpposite(ticks=ticks)
    return d.CloseLots(instrument=instrument, side=side, lots=lots, price=at, when_short=when_short)


def wanted(
    condition: d.Condition,
    release: d.Release,
    validity: d.Validity = d.Validity.GFD,
    last_day: int | None = None,
) -> d.Conditional:
    return d.Conditional(condition=condition, release=release, validity=validity, last_day=last_day)


def place(world: World, wish: d.Conditional, *, by: PersonId = TRADER) -> ConditionalRow:
    """Place one and return its row."""
    done = world.do(by, c.PlaceConditional(account=ONE, wanted=wish))
    assert done.ok, done.sentence
    return list(world.account.conditionals.rows.values())[-1]


def sent(world: World, since: int = 0) -> list[OrderTerms]:
    """Return the terms of every order recorded, but the first few."""
    return [one.terms for one in world.facts(OrderRecorded)][since:]
