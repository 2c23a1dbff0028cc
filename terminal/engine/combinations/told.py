"""Say at which difference both legs of one order on a combination are told to have traded.

The exchange deals both legs together and tells of each. Where as many lots of both are told, what they cost must be no
worse than the difference that was asked: a leg alone may trade at any price.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.domain.reports import Traded
    from terminal.engine.state import AccountState, OrderRow


def worse_difference(account: AccountState, row: OrderRow, report: Traded) -> Decimal | None:
    """Return the average difference in yuan where it is worse than what was asked, with a trade not booked yet.

    `None` also where that cannot be known: fewer lots of the other leg are told, or trades of an earlier day are gone.
    """
    leg = row.leg
    other = None if leg is None else account.orders.get(leg.other)
    if leg is None or other is None or row.filled + report.lots != other.filled:
        return None
    booked = {row.order: report.lots, other.order: 0}
    cost = {row.order: report.price * report.lots, other.order: Decimal(0)}
    for trade in account.trades:
        if trade.order in booked:
            booked[trade.order] += trade.lots
            cost[trade.order] += trade.price * trade.lots
    if any(lots != other.filled for lots in booked.values()):
        return None
    difference = (cost[row.order] - cost[other.order]) * (1 if leg.is_first else -1)
    if (difference - leg.price * other.filled) * leg.side.sign <= 0:
        return None
    return difference / other.filled
