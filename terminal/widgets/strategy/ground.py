"""Say what the account of a new strategy holds, and how it usually marks its orders: suggestions start from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.order import HedgeFlag, Side

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.engine.book.lines import Book


class Held(NamedTuple):
    """Hold one side of a position; `side` BUY is long."""

    instrument: InstrumentId
    side: Side
    flag: HedgeFlag
    lots: int


class Ground(NamedTuple):
    """Hold what suggestions start from; of an account that is not known yet nothing is held.

    `others` are the accounts beside this one in which whoever sits at the desk may trade, each with its name.
    """

    flag: HedgeFlag = HedgeFlag.SPECULATION
    held: tuple[Held, ...] = ()
    groups: tuple[str, ...] = ()  # the hedge groups of its limits
    others: tuple[tuple[AccountId, str], ...] = ()


def held_of(book: Book | None) -> tuple[Held, ...]:
    """Return the positions of a book."""
    lines = () if book is None else book.positions
    return tuple(Held(line.instrument, line.side, line.flag, line.lots) for line in lines if line.lots)
