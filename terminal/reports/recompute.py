"""Recompute positions, realised profit and daily marks from a journal's trades, apart from the fold that runs live.

`gather` reads the journal once and writes each trade down as it concerns a position: what it brought or took, on the
trading day the books booked it: that of the account, or the trade's own where it came after that day was settled.
A settlement price that came late takes the provisional one's place, so a day's mark is what the day is now known to
have been; each is noted, and `late_marks` says what it changed. `recompute` goes from that file to the marks and back
without a loop over trades.

What is not nice: options have a value instead of a profit and are left out, counted; so is a holding into which an
option was exercised after its day had been settled, whose lots have a basis of their own.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from terminal.domain.books.daily_marks import CellError, Marks, Taken, daily_marks
from terminal.domain.books.holding import decimal_text
from terminal.domain.errors import UserError
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId, InstrumentId, OrderId
from terminal.domain.orders.offset import Bucket, bucket_of
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.engine.records.journal import Entry, Record
from terminal.store.marks import NOTHING, Cells, Filling, HoldingRow, LatePrice, MarksFile, TradeRow

FEN_PER_YUAN: Final = 100
MOST_FEN: Final = 1 << 62
OPTION_TRADES: Final = "期权成交与了结"
LATE_EXERCISES: Final = "隔日才到的行权所进的持仓"

_TAKEN: Final = {
    Bucket.TODAY: Taken.TODAY,
    Bucket.YESTERDAY: Taken.YESTERDAY,
    Bucket.OLDEST_FIRST: Taken.OLDEST_FIRST,
}
# Columns of the daily marks.
CLOSE_PROFIT, POSITION_PROFIT, TRADE_CLOSE_PROFIT, FLOATING_PROFIT, FEE = range(3, 8)
SUMMED: Final = (CLOSE_PROFIT, POSITION_PROFIT, TRADE_CLOSE_PROFIT, FEE)

_Position = tuple[AccountId, InstrumentId, HedgeFlag]


class AccountSums(msgspec.Struct, frozen=True):
    """Hold what an account's futures came to over all days, in yuan; position profit is of settled days."""

    close_profit: Decimal
    position_profit: Decimal
    trade_close_profit: Decimal
    commission: Decimal


class Recomputed(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was recomputed; `sha256` is of all daily marks, equal for equal journals.

    `marks` counts the rows, a holding and day each; `left_out` trades of options and holdings by the reason.
    """

    trades: int
    holdings: int
    days: int
    marks: int
    sha256: str
    accounts: dict[AccountId, AccountSums]
    left_out: dict[str, int]
    late_prices: list[LatePrice]
    wall_s: float | None = None


class _Gatherer:
    def __init__(self, filling: Filling) -> None:
        self._filling = filling
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._days: dict[AccountId, int] = {}
        self._terms: dict[OrderId, tuple[Side, Offset, HedgeFlag]] = {}
        self._numbers: dict[tuple[AccountId, InstrumentId, HedgeFlag, Side, Decimal], int] = {}
        self._of: dict[tuple[AccountId, InstrumentId], list[tuple[int, Decimal]]] = {}
        self._dropped: set[int] = set()
        self._left_out: Counter[str] = Counter()

    def take(self, position: int, fact: f.Fact) -> None:
        match fact:
            case f.InstrumentListed():
                self._instruments[fact.instrument.id] = fact.instrument
            case f.AccountOpened():
                self._days[fact.account] = fact.trading_day
            case f.OrderRecorded():
                self._terms[fact.order] = (fact.terms.side, fact.terms.offset, fact.terms.hedge_flag)
            case f.OrderFilled():
                self._fill(position, fact)
            case f.PositionEnded():
                self._end(position, fact)
            case f.DaySettled():
                self._settle(fact.account, fact.trading_day, fact.prices)
                self._days[fact.account] = fact.next_day
            case f.SettlementCorrected():
                self._correct(position, fact)
            case _:
                pass

    def _fill(self, position: int, fact: f.OrderFilled) -> None:
        side, offset, flag = self._terms[fact.order]
        instrument = self._instruments[fact.instrument]
        if instrument.option is not None:
            self._left_out[OPTION_TRADES] += 1
            return
        opens = offset is Offset.OPEN
        self._write(
            (fact.account, fact.instrument, flag),
            side if opens else side.opposite,
            Taken.NONE if opens else _TAKEN[bucket_of(instrument, offset)],
            (position, fact.exchange_at, fact.trade, fact.lots, fact.price, fact.fee),
            day=None if fact.late is None else fact.trading_day,
        )
        for one in () if fact.late is None else fact.late.settlements:
            self._settle(fact.account, one.trading_day, {fact.instrument: one.price})

    def _end(self, position: int, fact: f.PositionEnded) -> None:
        one = fact.ending
        option = self._instruments[one.instrument].option
        if option is None:
            told = (position, one.at, one.number, one.lots, one.price, one.fee)
            self._write((fact.account, one.instrument, one.flag), one.side, Taken.OLDEST_FIRST, told)
            return
        self._left_out[OPTION_TRADES] += 1
        if fact.into is None:
            return
        side = option.future_side(one.side)
        told = (position, one.at, one.number, one.lots, one.price, ZERO)
        holding = self._write((fact.account, fact.into, one.flag), side, Taken.NONE, told)
        if fact.trading_day < self._days[fact.account]:
            self._dropped.add(holding)

    def _write(
        self,
        of: _Position,
        side: Side,
        taken: Taken,
        told: tuple[int, int, str, int, Decimal, Decimal],
        *,
        day: int | None = None,
    ) -> int:
        position, at, number, lots, price, fee = told
        account, name, flag = of
        multiplier = self._instruments[name].multiplier
        key = (account, name, flag, side, multiplier)
        holding = self._numbers.get(key)
        if holding is None:
            holding = self._numbers[key] = len(self._numbers)
            self._of.setdefault((account, name), []).append((holding, side.sign * multiplier))
            self._filling.holding(HoldingRow(holding, account, name, flag, side, decimal_text(multiplier)))
        day, worth = self._days[account] if day is None else day, _fen(side.sign * price * multiplier, name)
        self._filling.trade(
            TradeRow(holding, day, at, len(number), number, position, taken, lots, worth, _fen(fee, name))
        )
        return holding

    def _settle(self, account: AccountId, day: int, prices: Mapping[InstrumentId, Decimal]) -> None:
        for name, price in prices.items():
            for holding, signed in self._of.get((account, name), ()):
                self._filling.settlement(holding, day, _fen(price * signed, name))

    def _correct(self, position: int, fact: f.SettlementCorrected) -> None:
        self._settle(fact.account, fact.trading_day, {name: one.price for name, one in fact.prices.items()})
        for name, one in fact.prices.items():
            was, price = "" if one.was is None else decimal_text(one.was), decimal_text(one.price)
            self._filling.late(LatePrice(position, fact.account, fact.trading_day, name, was, price))

    def conclude(self) -> None:
        for account, day in self._days.items():
            self._filling.day(account, day)
        for holding in sorted(self._dropped):
            self._filling.drop(holding)
            self._left_out[LATE_EXERCISES] += 1
        for what, count in self._left_out.items():
            self._filling.left_out(what, count)


def _fen(yuan: Decimal, name: InstrumentId) -> int:
    fen = yuan * FEN_PER_YUAN
    whole = int(fen)
    if whole != fen or abs(whole) >= MOST_FEN:
        raise UserError(
            f"{name} 的一个金额 {yuan} 元不是整数分，或大得不像金额，重算不了；请用 hengduo verify 核对日志。"
        )
    return whole


def gather(entries: Iterable[Entry], filling: Filling, *, seen: Callable[[int], None]) -> tuple[int, bytes]:
    """Write a journal's trades and settlement prices down; return position and hash of the last record.

    `seen` hears the position of every record. A record of another program, or one that does not follow from those
    before it, is a `UserError`.
    """
    gatherer = _Gatherer(filling)
    position, digest = 0, b""
    try:
        for entry in entries:
            position, digest = entry.position, entry.hash
            record = entry.record
            if isinstance(record, Record):
                gatherer.take(position, record.fact)
            elif not record.stream.startswith("person:"):
                raise UserError(
                    f"日志的流 {record.stream} 里有别的版本写下的 {record.kind}，本程序折叠不了；请用写成它的版本重算。"
                )
            seen(position)
    except KeyError as error:
        raise UserError(f"日志总第 {position} 条接不上前面的事实（{error}）；请用 hengduo verify 核对日志。") from error
    gatherer.conclude()
    return position, digest


def recompute(file: MarksFile, *, begins: Callable[[str], None]) -> Recomputed:
    """Work out the daily marks of what was gathered and write them back, within a turn of the file.

    `begins` hears the name of each part of the work, for people. More closed than held, or a day without the settlement
    price of what it held, is a `UserError`.
    """
    begins("读出成交")
    holdings, cells = file.holdings(), file.cells()
    begins("逐日重算")
    try:
        marks = daily_marks(cells.ledger)
    except CellError as error:
        raise UserError(_cannot(holdings, cells, error.cell, str(error))) from error
    _refuse_unpriced(holdings, cells, marks)
    rows = rows_of(cells, marks)
    begins("写回逐日盯市")
    file.write(rows)
    return Recomputed(
        trades=int((cells.ledger.openings + cells.ledger.closes).sum()),
        holdings=len(holdings),
        days=len(np.unique(rows[:, 1])),
        marks=len(rows),
        sha256=digest_of(holdings, rows),
        accounts=_sums(holdings, rows),
        left_out=file.left_out(),
        late_prices=file.late_prices(),
    )


def rows_of(cells: Cells, marks: Marks) -> NDArray[np.int64]:
    """Return the rows of the daily marks, columns as in the table; a day without lots and trades has none."""
    ledger = cells.ledger
    columns = (ledger.holding, cells.trading_day, *marks, cells.fee)
    rows = np.column_stack(columns)
    open_days = ~cells.is_settled & (marks.lots != 0)
    rows[np.ix_(open_days, [POSITION_PROFIT, FLOATING_PROFIT])] = NOTHING
    kept: NDArray[np.int64] = rows[(marks.lots != 0) | (ledger.openings + ledger.closes != 0)]
    return kept


def digest_of(holdings: Sequence[HoldingRow], rows: NDArray[np.int64]) -> str:
    """Return one SHA-256 in hex over the names of the holdings and all figures of their days."""
    digest = hashlib.sha256(msgspec.json.encode(holdings))
    digest.update(np.ascontiguousarray(rows, "<i8").tobytes())
    return digest.hexdigest()


def _sums(holdings: Sequence[HoldingRow], rows: NDArray[np.int64]) -> dict[AccountId, AccountSums]:
    # Holding by holding, so that no sum runs over more than was checked to fit; in Python's own integers from then on.
    figures = np.where(rows == NOTHING, 0, rows)
    bounds = np.searchsorted(rows[:, 0], np.arange(len(holdings) + 1))
    sums: dict[AccountId, list[int]] = {}
    for row, begin, end in zip(holdings, bounds[:-1], bounds[1:], strict=True):
        account = sums.setdefault(row.account, [0] * len(SUMMED))
        for place, column in enumerate(SUMMED):
            account[place] += int(figures[begin:end, column].sum())
    return {
        account: AccountSums(*(Decimal(fen) / FEN_PER_YUAN for fen in found)) for account, found in sorted(sums.items())
    }


def _refuse_unpriced(holdings: Sequence[HoldingRow], cells: Cells, marks: Marks) -> None:
    # The last day of a holding may be the one that is still open; an earlier one was settled, so its price was known.
    holding = cells.ledger.holding
    later = np.append(holding[1:] == holding[:-1], False) if len(holding) else np.zeros(0, np.bool_)
    wrong = ~cells.is_settled & (marks.lots != 0) & later
    if wrong.any():
        raise UserError(_cannot(holdings, cells, int(np.argmax(wrong)), "no settlement price"))


def _cannot(holdings: Sequence[HoldingRow], cells: Cells, cell: int, why: str) -> str:
    row, day = holdings[int(cells.ledger.holding[cell])], int(cells.trading_day[cell])
    return (
        f"账户 {row.account} 的 {row.instrument} 在 {day} 重算不下去（{why}），原来的结果没有动；"
        "请用 hengduo verify 核对日志。"
    )
