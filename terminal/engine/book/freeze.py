"""Freeze what exercises that are coming will need, as orders freeze theirs (SAFETY I6): margin, fee, room in limits.

A standing request reserves in the account's books, under its own name, the margin of the futures it opens at the strike
and the fee of exercise; so does what is exercised by itself today, under the option's name. It is reckoned anew by the
fold after every fact that may change it, so that the gate, the account's figures and every copy of the books see it
without asking. What exercise then earns or loses against the market is not frozen: like a limit price, the strike
stands for the price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact import facts as f
from terminal.domain.ids import OrderId
from terminal.domain.orders.order import Offset, OrderTerms
from terminal.domain.products.ending import How
from terminal.domain.products.fees import ZERO, ending_fee
from terminal.engine.book.coming import coming

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from terminal.domain.books.account import AccountBook
    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.book.coming import Coming
    from terminal.engine.state import AccountState

MOVES: Final = (*f.ExerciseFact.__args__, f.OrderFilled, f.PositionEnded, f.DaySettled)
"""The facts after which something else may be coming: requests, and whatever moves options or futures."""


def freeze_exercises(instruments: Mapping[InstrumentId, Instrument], account: AccountState) -> None:
    """Reserve for what is coming now, instead of what was reserved before."""
    thaw_exercises(account.book, account)
    account.exercises.frozen = []
    for one, future, strike in _frozen(instruments, account):
        terms = OrderTerms(
            account=account.account,
            instrument=one.future,
            side=one.side,
            offset=Offset.OPEN,
            lots=one.opened,
            price=strike,
            hedge_flag=one.flag,
        )
        fee = ending_fee(one.option, How.EXERCISED, lots=one.lots, price=strike, flag=one.flag)
        account.book.reserve(OrderId(one.name), future, terms, one.opened, ZERO if fee is None else fee)
        account.exercises.frozen.append(one.name)


def frozen_lots(instruments: Mapping[InstrumentId, Instrument], account: AccountState) -> dict[OrderId, int]:
    """Return how many lots of futures each exercise that is coming has to have reserved, by its name in the book."""
    return {OrderId(one.name): one.opened for one, _, _ in _frozen(instruments, account)}


def _frozen(
    instruments: Mapping[InstrumentId, Instrument], account: AccountState
) -> Iterator[tuple[Coming, Instrument, Decimal]]:
    for one in coming(instruments, account):
        future, option = instruments.get(one.future), one.option.option
        if future is not None and option is not None and one.lots:
            yield one, future, option.strike


def thaw_exercises(book: AccountBook, account: AccountState) -> None:
    """Let go of all that exercises reserve in an account's book, or in a copy of it."""
    for name in account.exercises.frozen:
        book.release(OrderId(name))
