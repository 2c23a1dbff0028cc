"""Make an account's book for the screen: its money and the lines of its positions, marked at the latest quotes."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.offset import closable
from terminal.domain.orders.order import Offset, Side
from terminal.domain.orders.reversal import ReversalState
from terminal.domain.words.terms import Term
from terminal.engine.book.coming import frozen_words
from terminal.engine.book.lines import Book, PositionLine, ReversalLine
from terminal.engine.book.lock_room import lockable
from terminal.engine.book.reversals import progress
from terminal.engine.conditional.attached import Guarded, all_guards, lots_of, stands_alone
from terminal.engine.conditional.wording import exit_text
from terminal.engine.reversal.wording import standing_text
from terminal.shell.picture.options import option_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from terminal.domain.books.positions import Marks
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import HedgeFlag
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.books.reversal import ReversalRow
    from terminal.engine.conditional.attached import Guard
    from terminal.engine.state import AccountState

Lots = tuple[int, int]  # today's, yesterday's


class BookMaker:
    """Make books of accounts; the runner's desk and a remote one differ only in where marks come from."""

    def __init__(
        self,
        *,
        marks: Marks,
        quotes: Callable[[InstrumentId], Quote | None],
        days_to_expiry: Callable[[InstrumentId], int | None],
        instruments: Mapping[InstrumentId, Instrument],
    ) -> None:
        self._marks = marks
        self._quotes = quotes
        self._days_to_expiry = days_to_expiry
        self._instruments = instruments

    def book(self, account: AccountState, at: int) -> Book:
        """Return one account as the screen shows it at a market instant."""
        lines, options, guarded = [], [], all_guards(account)
        for instrument, flag in account.book.positions():
            held = account.book.position(instrument, flag)
            for side, today, yesterday in (
                (Side.BUY, held.long_today, held.long_yesterday),
                (Side.SELL, held.short_today, held.short_yesterday),
            ):
                if today + yesterday:
                    line = self._line(account, instrument, flag, side, (today, yesterday))
                    what = Guarded(instrument, flag, side)
                    lines.append(_guarded(account, line, guarded[what]) if what in guarded else line)
                    option = option_line(
                        account,
                        self._instruments[instrument],
                        flag,
                        side,
                        marks=self._marks,
                        days_to_expiry=self._days_to_expiry,
                    )
                    options += [option] if option is not None else []
        return Book(
            account=account.account,
            at=at,
            money=account.book.view(self._marks),
            by_trade=account.book.trade_by_trade(self._marks),
            positions=tuple(lines),
            reversals=tuple(_reversal(account, row) for row in account.reversals.rows.values() if row.stands),
            options=tuple(options),
            frozen_for=frozen_words(self._instruments, account),
        )

    def _line(
        self, account: AccountState, instrument: InstrumentId, flag: HedgeFlag, side: Side, lots: Lots
    ) -> PositionLine:
        known = self._instruments[instrument]
        runs = account.book.runs(instrument, flag, side)
        today, yesterday = lots
        held = account.book.position(instrument, flag)
        may_close = partial(closable, known, held, side.opposite)
        count = today + yesterday
        open_price = sum((run.open_price * run.lots for run in runs), Decimal(0)) / count
        position_price = sum((run.basis * run.lots for run in runs), Decimal(0)) / count
        # An option has a market value instead of a profit.
        mark = None if known.option is not None else self._marks(instrument)
        sign = side.sign
        return PositionLine(
            instrument=instrument,
            side=side,
            flag=flag,
            today=today,
            yesterday=yesterday,
            closable=held.long_closable if side is Side.BUY else held.short_closable,
            closable_today=min(today, may_close(Offset.CLOSE_TODAY)),
            closable_yesterday=min(yesterday, may_close(Offset.CLOSE_YESTERDAY)),
            lockable=lockable(self._instruments, account, instrument, flag, side),
            unguarded=count,
            open_price=open_price,
            position_price=position_price,
            day_profit=None if mark is None else known.value(mark - position_price, count) * sign,
            trade_profit=None if mark is None else known.value(mark - open_price, count) * sign,
            margin=account.book.margin_of(known, flag, side, count, position_price),
            days_to_expiry=self._days_to_expiry(instrument),
            quote=self._quotes(instrument),
        )


def _guarded(account: AccountState, line: PositionLine, guards: Sequence[Guard]) -> PositionLine:
    words, free = [], line.lots
    for rows in guards:
        lots = lots_of(account, rows)
        free -= lots
        waits = " · ".join(exit_text(row.wanted) for row in rows if row.stands)
        words.append(f"{waits or Term.CLOSING_NOW}{f'（{lots:,} 手）' if lots != line.lots else ''}")
    only = guards[0][0]
    alone = len(guards) == 1 and not free and stands_alone(account, only)
    beside = only.conditional if alone else None
    return msgspec.structs.replace(line, unguarded=max(free, 0), guard="；".join(words), beside=beside)


def _reversal(account: AccountState, row: ReversalRow) -> ReversalLine:
    terms, come = row.wanted.terms, progress(account.orders, row)
    return ReversalLine(
        reversal=row.reversal,
        instrument=terms.instrument,
        side=terms.side,
        flag=terms.hedge_flag,
        lots=row.lots - come.opened,
        is_unfinished=row.state is ReversalState.UNFINISHED,
        sentence=standing_text(row, come),
    )
