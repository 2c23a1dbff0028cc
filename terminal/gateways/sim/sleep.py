"""Say which snapshots can do nothing to the orders that rest, and pass over them all at once.

A resting order trades when the opposite best reaches its limit; one that keeps a place in the queue (`places`) moves
with every lot the market trades, and so looks at every snapshot. Lots that were taken of a level are forgotten as soon
as it displays anything else: where an order reaches that level it waits for just this. An order that rests
looks at every bar of its instrument: what a bar traded stands in no column of its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.days.sessions import Phase
from terminal.domain.market import Column, Valid
from terminal.domain.quiet import Band, Quiet
from terminal.gateways.sim.matching.book import reaches

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import DayFacts
    from terminal.domain.quiet import Span
    from terminal.gateways.sim.combinations.desk import CombinationDesk
    from terminal.gateways.sim.display import Display
    from terminal.gateways.sim.matching.book import Book, Order
    from terminal.gateways.sim.matching.openings import Openings
    from terminal.gateways.sim.matching.places import Places
    from terminal.gateways.sim.matching.resting import Resting
    from terminal.gateways.sim.stops import Stops

SIDES: Final = ((Column.BID, Column.BID_LOTS, int(Valid.BID)), (Column.ASK, Column.ASK_LOTS, int(Valid.ASK)))


class Sleeper:
    """Share what an exchange knows of its resting orders."""

    def __init__(
        self,
        display: Display,
        places: Places,
        resting: Resting,
        openings: Openings,
        desks: tuple[CombinationDesk, Stops],
        busy: dict[int, Book],
        note_level: Callable[[InstrumentId, Book], None],
    ) -> None:
        self._display = display
        self._places = places
        self._resting = resting
        self._openings = openings
        self._desks = desks
        self._busy = busy
        self._note_level = note_level

    def quiet(self) -> Quiet | None:
        """Return which batches change nothing but what is displayed, `None` for none."""
        display = self._display
        if any(desk.any for desk in self._desks):
            return None
        until = min(display.calendar.ends_at(display.trading_day), self._resting.first, self._openings.first)
        found: list[Band] = []
        for slot, book in self._busy.items():
            name = display.universe[slot]
            session = display.session(display.instruments[name])
            until = min(until, session.ends_at)
            if session.phase is Phase.AUCTION or display.of_bars(slot):
                return None
            if session.phase is Phase.CONTINUOUS:
                bands = _bands(name, book, display.row(slot), self._places, display.facts(name))
                if bands is None:
                    return None
                found += bands
        return Quiet(until, tuple(found))

    def pass_over(self, span: Span) -> None:
        """Display all of them at once."""
        display = self._display
        display.pass_over(span)
        for slot in self._busy.keys() & span.slots.keys():
            book, name = self._busy[slot], display.universe[slot]
            forgot = _forget(book, span.slots[slot].seen)
            if display.show(book, slot) or forgot:
                self._note_level(name, book)
            display.dealt(book, slot)
            if book.idle:
                del self._busy[slot]


def _bands(
    name: InstrumentId, book: Book, row: list[int], places: Places, facts: DayFacts | None
) -> tuple[Band, ...] | None:
    # Within which snapshots no order of a book that trades continuously is touched.
    if places.keeping((*book.buys, *book.sells), facts):
        return None
    mask = row[Column.MASK]
    found = [Band(name, Column.MASK, mask, mask)]
    for level, orders, side in ((book.bid, book.sells, SIDES[0]), (book.ask, book.buys, SIDES[1])):
        price, lots, there = side
        shown = row[price] if mask & there and row[lots] > 0 else None
        if level.price != shown or (shown is not None and level.lots != row[lots]):
            return None  # it was displayed outside continuous trading: the next one counts anew
        if orders and mask & there:
            found += _until_reached(name, orders[0], shown, row[lots], side)
    return tuple(found)


def _until_reached(
    name: InstrumentId, first: Order, shown: int | None, shown_lots: int, side: tuple[Column, Column, int]
) -> tuple[Band, ...]:
    price, lots, _ = side
    if shown is None:
        return (Band(name, lots, high=0),)
    if reaches(first, shown):  # and all of it was taken
        return (Band(name, price, shown, shown), Band(name, lots, shown_lots, shown_lots))
    if first.is_buy:
        return (Band(name, price, low=first.limit + 1),)
    return (Band(name, price, high=first.limit - 1),)


def _forget(book: Book, seen: Callable[[Column], NDArray[np.integer]]) -> bool:
    # What was taken of a level that displayed anything else meanwhile; whether there was any.
    forgot = False
    for level, (price, lots, _) in zip((book.bid, book.ask), SIDES, strict=True):
        if level.taken:
            other = (seen(price) != level.price) | (seen(lots) != level.lots)
            if other[other.argmax()]:  # at half the price of asking for any
                forgot |= level.forget()
    return forgot
