"""Foresee an account after options were exercised: the very books, with the lots gone and the futures there."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal.domain.books.account import AccountBook
from terminal.domain.books.form import BookForm
from terminal.domain.ids import TradeId
from terminal.domain.orders.exercise import Choice
from terminal.domain.orders.order import Side
from terminal.domain.products.ending import Ending, How
from terminal.domain.products.fees import ending_fee
from terminal.domain.view import AccountView
from terminal.engine.book.freeze import freeze_exercises, thaw_exercises

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import HedgeFlag
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState

_FORMS: Final = msgspec.json.Decoder(BookForm)


class Exercised(NamedTuple):
    """Say what is exercised: long lots of an option under one hedge flag, and whether the future is closed at once."""

    instrument: InstrumentId
    flag: HedgeFlag
    lots: int
    self_close: bool


class After(NamedTuple):
    """Hold the account afterwards, marked to the latest quotes, with the fee of exercise and the lots netted."""

    money: AccountView
    fee: Decimal
    netted: int


class Moment(NamedTuple):
    """Hold what is listed and at what price at one moment, UTC ns: of a runner or of a desk."""

    instruments: Mapping[InstrumentId, Instrument]
    price_of: Callable[[InstrumentId], Decimal | None]
    at: int


def moment_of(look: Look) -> Moment:
    """Return the runner's moment."""
    return Moment(look.state.tenant.instruments, look.columns.last_price, look.now)


def foresee(moment: Moment, account: AccountState, exercised: list[Exercised]) -> After | None:
    """Return the account with these options exercised now; `None` where a contract, fee or price is not known.

    They are all that was asked for; what else comes by itself stays frozen.
    """
    listed = moment.instruments
    book = AccountBook.of_form(_FORMS.decode(msgspec.json.encode(account.book.form())), listed)  # a copy of its own
    thaw_exercises(book, account)  # what is exercised binds in earnest
    fees, netted = Decimal(0), 0
    for one in exercised:
        option = listed[one.instrument].option
        underlying = None if option is None else moment.price_of(option.underlying)
        if option is None or underlying is None or (not option.cash_settled and option.underlying not in listed):
            return None
        future = None if option.cash_settled else listed[option.underlying]
        price = underlying if option.cash_settled else option.strike
        fee = ending_fee(listed[one.instrument], How.EXERCISED, lots=one.lots, price=price, flag=one.flag)
        if fee is None:
            return None
        fees += fee
        _end(moment, book, listed[one.instrument], one, (Side.BUY, How.EXERCISED, price, one.lots, fee), future)
        if future is not None and one.self_close:
            held = book.position(future.id, one.flag)
            lots = min(one.lots, held.short if option.future_side(Side.BUY) is Side.BUY else held.long)
            netted += lots
            for side in Side if lots else ():
                _end(moment, book, future, one, (side, How.NETTED, underlying, lots, Decimal(0)), None)
    _freeze_rest(moment, account, book)
    return After(book.view(moment.price_of), fees, netted)


def _freeze_rest(moment: Moment, account: AccountState, book: AccountBook) -> None:
    # What is left and comes by itself still binds; requests to exercise have been carried out.
    if account.exercises.expected:
        rest = copy.copy(account)
        kept = {name: row for name, row in account.exercises.rows.items() if row.wish.choice is Choice.ABANDON}
        rest.book, rest.exercises = book, msgspec.structs.replace(account.exercises, rows=kept, frozen=[])
        freeze_exercises(moment.instruments, rest)


def _end(
    moment: Moment,
    book: AccountBook,
    instrument: Instrument,
    one: Exercised,
    what: tuple[Side, How, Decimal, int, Decimal],
    future: Instrument | None,
) -> None:
    side, how, price, lots, fee = what
    ending = Ending(
        instrument=instrument.id,
        flag=one.flag,
        side=side,
        lots=lots,
        how=how,
        price=price,
        fee=fee,
        at=moment.at,
        number=TradeId("E"),
    )
    book.end(ending, instrument, future)
