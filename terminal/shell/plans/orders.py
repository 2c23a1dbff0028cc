"""Turn an order written in a plan into the terms that are checked and sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.orders.order import OrderTerms

if TYPE_CHECKING:
    from terminal.shell.plans.tables import TermsTable


def terms_of(table: TermsTable) -> OrderTerms:
    """Return the terms a plan wrote down."""
    return OrderTerms(
        account=table.account,
        instrument=table.instrument,
        side=table.side,
        offset=table.offset,
        lots=table.lots,
        price=table.price,
        hedge_flag=table.hedge_flag,
        time_condition=table.time_condition,
        price_kind=table.price_kind,
    )
