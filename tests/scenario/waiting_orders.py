"""Write conditional orders the short way, and look at what became of one."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain import commands as c
from terminal.domain.fact.facts import OrderRecorded
from terminal.domain.ids import InstrumentId, PersonId
from terminal.domain.orders import conditional as d
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.reports import QueryAnswer
from terminal.engine.books.conditional import ConditionalRow
from tests.engine_world import ONE, RB, TRADER, Price, World

MARKET: dict[str, tuple[int, int | None]] = {
    "up": (3705, 3706),
    "down": (3690, 3691),
    "flat": (3700, 3701),
    "one-sided": (3705, None),
}
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


def happen(world: World, act: str) -> None:
    """Let the market move, the link be cut, the runner restart, answers be lost or come, or time go by."""
    match act:
        case "cut":
            world.cut()
        case "restart":
            world.restart()
        case "silent":
            world.wire.lose = (QueryAnswer,)
        case "heard":
            world.wire.lose = ()
            world.wait(6)
        case "wait":
            world.wait(4)
        case _:
            world.show({RB: MARKET[act]})
