"""Say of several orders that belong together whether a second person has to see them (C2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.products.fees import ZERO
from terminal.engine.wording import yuan
from terminal.risk.unset import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def too_much(look: Look, account: AccountState, orders: Sequence[OrderTerms]) -> str:
    """Return why a second person has to see these orders as a whole, empty if none has to."""
    value, line = whole_value(look, orders), confirm_line(account)
    return f"合计 {yuan(value)} 超过复核线 {yuan(line)}" if value > line else ""


def whole_value(look: Look, orders: Sequence[OrderTerms]) -> Decimal:
    """Return what orders are worth together at their own prices, in yuan."""
    return sum((look.instrument(one.instrument).value(look.reckoned(one).price, one.lots) for one in orders), ZERO)


def confirm_line(account: AccountState) -> Decimal:
    """Return the value in yuan above which a second person has to see an account's order."""
    return (DEFAULTS if account.limits is None else account.limits).confirm_value_yuan
