"""Say what an account's money comes to with every live order and one more filled, before anything is reserved."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.positions import Positions
from terminal.domain.orders.order import Offset, OrderTerms, Side
from terminal.domain.products.fees import ZERO, fee, fees_known, round_half_up
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import AccountView

_OPEN, _BUY = Offset.OPEN, Side.BUY


def view_after(
    held: Positions, fees: Decimal, money: AccountView, instrument: Instrument, terms: OrderTerms
) -> AccountView | None:
    """Return `money` at worst case, as `AccountBook.view_after` says; `fees` are those of live orders, in yuan."""
    worst, pays = held.margins.worst, money.frozen_premium
    if terms.offset is _OPEN:
        added = held.margin_of(instrument, terms.hedge_flag, terms.side, terms.lots, terms.price)
        if added is None or not fees_known(instrument):
            return None
        worst = held.margins.worst_with(instrument, terms.hedge_flag, terms.side, added)
        fees += fee(instrument, offset=_OPEN, lots=terms.lots, price=terms.price, flag=terms.hedge_flag)
        if instrument.option is not None and terms.side is _BUY:
            pays += instrument.value(terms.price, terms.lots)  # what a sale would bring in is not there yet
    margin = round_half_up(worst)
    equity = money.equity - fees - pays
    return AccountView(
        money.static_equity,
        equity,
        money.close_profit,
        money.position_profit,
        money.commission + fees,
        margin,
        ZERO,
        ZERO,
        equity - margin,
        money.premium - pays,
    )
