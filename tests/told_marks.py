"""Fold the daily marks of every holding fact by fact, in a book of its own each, and recompute them from the journal.

What the fold says is the measure: each day's figures are asked of the books as they stand before the day is settled,
and what a late settlement price moves is moved in the row of the day it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from terminal.commands.benches.trade_history import Drawn
from terminal.domain.books.account import AccountBook
from terminal.domain.books.daily_marks import Taken
from terminal.domain.fact import facts as f
from terminal.domain.ids import InstrumentId, TradeId
from terminal.domain.orders.order import HedgeFlag, Offset, OrderTerms, Side
from terminal.domain.products.ending import Ending
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument, Kind
from terminal.domain.products.option import OptionTerms, Right, Style
from terminal.engine.records.journal import Journal
from terminal.reports.recompute import Recomputed, gather, recompute
from terminal.store.marks import NOTHING, HoldingRow, MarksFile, TradeRow
from tests.books import by_lot, instrument

OFFSETS = {
    Taken.NONE: Offset.OPEN,
    Taken.TODAY: Offset.CLOSE_TODAY,
    Taken.YESTERDAY: Offset.CLOSE_YESTERDAY,
    Taken.OLDEST_FIRST: Offset.CLOSE,
}

Row = list[int]


def fen(yuan: Decimal) -> int:
    whole = int(yuan * 100)
    assert whole == yuan * 100
    return whole


def nothing(_: InstrumentId) -> Decimal | None:
    return None


class HoldingFold:
    """Fold one side of one position in books of its own, a row per day."""

    def __init__(self, number: int, instrument: Instrument, flag: HedgeFlag, side: Side, day: int) -> None:
        self.number, self.instrument, self.flag, self.side = number, instrument, flag, side
        self.book = AccountBook(ZERO, day)
        self.traded = False
        self.rows: dict[int, Row] = {}

    @property
    def lots(self) -> int:
        held = self.book.position(self.instrument.id, self.flag)
        return held.long if self.side is Side.BUY else held.short

    def fill(self, terms: OrderTerms, lots: int, price: Decimal, fee: Decimal, at: int, number: str) -> None:
        self.traded = True
        self.book.fill(self.instrument, terms, lots, price, fee, at=at, trade=TradeId(number))

    def end(self, ending: Ending) -> None:
        self.traded = True
        self.book.end(ending, self.instrument)

    def row(self, price: Decimal | None) -> Row | None:
        if not self.lots and not self.traded:
            return None
        view, by_trade = self.book.view(lambda _: price), self.book.trade_by_trade(lambda _: price)
        known = price is not None or not self.lots
        return [
            self.number,
            self.book.trading_day,
            self.lots,
            fen(view.close_profit),
            fen(view.position_profit) if known else NOTHING,
            fen(by_trade.close_profit),
            fen(by_trade.floating_profit) if known else NOTHING,
            fen(view.commission),
        ]

    def settle(self, price: Decimal | None, next_day: int, *, provisional: bool = False) -> None:
        row = self.row(price)
        if row is not None:
            self.rows[self.book.trading_day] = row
        prices = {} if price is None else {self.instrument.id: price}
        self.book.settle(prices, next_day, prices if provisional else ())
        self.traded = False

    def correct(self, price: Decimal, day: int) -> None:
        before = self.book.view(nothing).static_equity
        self.book.correct({self.instrument.id: price})
        moved = fen(self.book.view(nothing).static_equity - before)
        row = self.rows.get(day)
        if row is not None:
            row[4] += moved
            row[6] += moved  # what floats moves with the mark as well

    def all_rows(self) -> list[Row]:
        last = self.row(None) if self.traded else None  # the day that is open: a row only where something traded
        return [*self.rows.values(), *([] if last is None else [last])]


def bytes_of(rows: Sequence[Row]) -> bytes:
    return np.array(rows, "<i8").reshape(-1, 8).tobytes()


def folded(holdings: Sequence[HoldingFold]) -> bytes:
    return bytes_of([row for one in holdings for row in one.all_rows()])


def stored(file: MarksFile) -> bytes:
    return bytes_of([[NOTHING if value is None else value for value in row] for row in file.marks()])


def recomputed(journal: Journal, folder: Path) -> tuple[Recomputed, bytes, list[HoldingRow]]:
    """Recompute a journal in a file of ours and return what came of it, as it is read back."""
    with closing(MarksFile(folder)) as file, file.turn():
        with file.filling() as filling:
            file.reach(*gather(journal.replay(), filling, seen=lambda _: None))
        found = recompute(file, begins=lambda _: None)
    with closing(MarksFile(folder)) as file:
        return found, stored(file), file.holdings()


def fold_drawn(drawn: Drawn) -> list[HoldingFold]:
    """Fold a drawn history trade by trade."""
    folds = []
    for row in drawn.holdings:
        of = instrument(row.instrument)
        fold = HoldingFold(row.holding, of, row.flag, row.side, drawn.days[0])
        for one in drawn.book(row):
            if not isinstance(one, TradeRow):
                fold.settle(Decimal(abs(one[2])) / 1_000 if fold.lots else None, one[1] + 1)
                continue
            offset = OFFSETS[Taken(one.taken)]
            way = row.side if offset is Offset.OPEN else row.side.opposite
            price = Decimal(abs(one.worth)) / 1_000  # ten tonnes a lot, in fen
            terms = OrderTerms(
                account=row.account,
                instrument=of.id,
                side=way,
                offset=offset,
                lots=one.lots,
                price=price,
                hedge_flag=row.flag,
            )
            fold.fill(terms, one.lots, price, Decimal(one.fee) / 100, one.at, one.number)
        folds.append(fold)
    return folds


def option_on(future: Instrument) -> Instrument:
    """Return a call on a future, strike 2 900."""
    terms = OptionTerms(underlying=future.id, right=Right.CALL, strike=Decimal(2900), style=Style.AMERICAN)
    of = instrument(f"{future.id}-C-2900", fees=by_lot("0.5", "0.5", "0.5"))
    return msgspec.structs.replace(of, kind=Kind.OPTION, option=terms)


def table_of(rows: bytes) -> NDArray[np.int64]:
    return np.frombuffer(rows, "<i8").reshape(-1, 8)


def corrected(prices: Mapping[InstrumentId, tuple[Decimal, Decimal, Decimal]]) -> dict[InstrumentId, f.PriceCorrected]:
    return {
        name: f.PriceCorrected(was=was, price=price, difference=(price - was) * weight)
        for name, (was, price, weight) in prices.items()
    }
