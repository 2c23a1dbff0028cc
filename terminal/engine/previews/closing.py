"""Say which order closes the near lots of a roll, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.close_plan import close_orders
from terminal.domain.orders.order import Offset, OrderTerms
from terminal.domain.products.fees import ZERO, fee, fees_known

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def closing_fee(look: Look, account: AccountState, settings: RollSettings, price: Decimal) -> Decimal | None:
    """Return what closing all near lots at a price costs in yuan, `None` where a fee is not known."""
    near = look.instrument(settings.near)
    if not fees_known(near):
        return None
    wish = closing_terms(settings, settings.lots, price)
    planned = close_orders(account.book, near, wish)
    fees = planned.fee or ZERO
    if planned.missing:  # not held yet, or frozen: reckoned as lots of an earlier day
        fees += fee(near, offset=Offset.CLOSE, lots=planned.missing, price=wish.price, flag=settings.hedge_flag)
    return fees


def closing_terms(settings: RollSettings, lots: int, price: Decimal) -> OrderTerms:
    """Return the order that closes so many near lots at a price."""
    return OrderTerms(
        account=settings.account,
        instrument=settings.near,
        side=settings.side.opposite,
        offset=Offset.CLOSE,
        lots=lots,
        price=price,
        hedge_flag=settings.hedge_flag,
    )
