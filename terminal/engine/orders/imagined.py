"""Look at an account as it will be once orders have filled, or are gone, without touching the books it has."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from terminal.domain.books.account import AccountBook
from terminal.domain.ids import TradeId
from terminal.domain.products.fees import ZERO

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from terminal.domain.ids import InstrumentId, OrderId
    from terminal.domain.orders.close_plan import PlannedOrder
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def imagined(look: Look, account: AccountState, orders: Sequence[PlannedOrder]) -> Look:
    """Return a look at the account with these orders filled, each at its own price; nothing else is changed."""
    there, state = copy.copy(account), copy.copy(look.state)
    there.book = book_after(account, state.tenant.instruments, orders, look.now)
    state.accounts = {**state.accounts, account.account: there}
    return look.over(state)


def withdrawn(look: Look, account: AccountState, orders: Collection[OrderId]) -> Look:
    """Return a look at the account with these working orders of one strategy cancelled; nothing else is changed."""
    there, state = copy.copy(account), copy.copy(look.state)
    gone = [row for row in account.live.values() if row.order in orders]
    there.live = {order: row for order, row in account.live.items() if order not in orders}
    there.book = AccountBook.of_form(account.book.form(), look.state.tenant.instruments)
    there.cancels, there.confirmations = dict(account.cancels), dict(account.confirmations)
    for row in gone:
        name = row.terms.instrument
        line = look.state.tenant.instruments[name].cancel_line
        there.book.release(row.order)
        if line is None or line.counts(row.terms):
            there.cancels[name] = there.cancels.get(name, 0) + 1
        if row.confirmation is not None and row.cause.task is not None and row.terms.is_opening:
            cited = there.confirmations[row.confirmation] = copy.copy(there.confirmations[row.confirmation])
            cited.opened_lots -= row.remaining
    state.accounts = {**state.accounts, account.account: there}
    return look.over(state)


def working_filled(look: Look, account: AccountState, orders: Collection[OrderId]) -> Look:
    """Return a look at the account with these working orders filled, each at its own price, and working no more."""
    there, state = copy.copy(account), copy.copy(look.state)
    listed = state.tenant.instruments
    there.book = AccountBook.of_form(account.book.form(), listed)
    there.live = {name: one for name, one in account.live.items() if name not in orders}
    for one in (one for name, one in account.live.items() if name in orders):
        terms = one.terms
        there.book.release(one.order)
        there.book.fill(
            listed[terms.instrument], terms, one.remaining, terms.price, ZERO, at=look.now, trade=TradeId("")
        )
    state.accounts = {**state.accounts, account.account: there}
    return look.over(state)


def book_after(
    account: AccountState, instruments: Mapping[InstrumentId, Instrument], orders: Sequence[PlannedOrder], at: int
) -> AccountBook:
    """Return a copy of the account's books in which these orders have filled, each at its own price."""
    book = AccountBook.of_form(account.book.form(), instruments)
    for one in orders:
        terms, known = one.terms, instruments[one.terms.instrument]
        book.fill(known, terms, terms.lots, terms.price, one.fee or ZERO, at=at, trade=TradeId(""))
    return book
