"""Name the table of a plan in which a person says that spot was bought or sold for a spread (落实现货)."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.orders.order import Side
from terminal.shell.plans import tables as t


class ConfirmSpotTable(t.SteerTable, frozen=True, kw_only=True, tag="confirm_spot"):
    """Say that spot was bought or sold for a spread against spot of the plan, or that nobody will trade it any more."""

    side: Side
    tonnes: Decimal
    price: Decimal = Decimal(0)
    contract: str = ""
    waived: str = ""
