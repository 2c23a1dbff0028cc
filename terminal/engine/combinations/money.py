"""Reckon an account at worst case with an order, or with both legs of one on a combination.

What each leg adds alone is added up, which is never less than both together: that the exchange may bind the larger leg
alone is its word, and not known before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.orders.order import Offset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from terminal.domain.books.account import AccountBook
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import AccountView


def money_after(
    book: AccountBook, position_profit: Decimal, orders: Sequence[tuple[Instrument, OrderTerms]]
) -> AccountView | None:
    """Return the account with these orders at the prices they are reckoned at; `None` where one cannot be reckoned."""
    after = None
    for instrument, terms in orders:
        found = book.view_after(position_profit, instrument, terms)
        if found is None:
            return None
        if after is None:
            after = found
            continue
        nothing = msgspec.structs.replace(terms, offset=Offset.CLOSE)  # a close adds nothing to the worst case
        bare = book.view_after(position_profit, instrument, nothing)
        if bare is None:
            return None
        equity, margin = after.equity + found.equity - bare.equity, after.margin + found.margin - bare.margin
        after = msgspec.structs.replace(
            after,
            equity=equity,
            margin=margin,
            commission=after.commission + found.commission - bare.commission,
            available=equity - margin,
        )
    return after
