"""Say how many cancels of one contract in a trading day an exchange calls frequent (频繁报撤单), and which it counts.

Dated rows by exchange, or by product where one has a line of its own. An order that cancelled itself is no cancel of
anybody's; where the rule exempts hedging, cancels of orders under the hedge flag are not counted either.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final, NamedTuple

from terminal.domain.days.dated import Dated, TableText, rows_of
from terminal.domain.orders.order import HedgeFlag, OrderTerms, TimeCondition

CANCEL_LINE_COLUMNS: Final = ("scope", "from", "cancels", "exempt", "source")


class Exempt(StrEnum):
    """Name the orders whose cancels a rule does not count."""

    HEDGE = "HEDGE"
    FAK = "FAK"
    FOK = "FOK"


class CancelLine(NamedTuple):
    """Hold the cancels of a contract in a day that are too many, and what is not counted."""

    cancels: int
    exempt: tuple[Exempt, ...]

    def counts(self, terms: OrderTerms) -> bool:
        """Return whether a cancel of such an order is counted."""
        if terms.hedge_flag is HedgeFlag.HEDGE and Exempt.HEDGE in self.exempt:
            return False
        return terms.time_condition is TimeCondition.GFD or Exempt(terms.time_condition) not in self.exempt


def parse_cancel_lines(table: TableText, products: Collection[str]) -> Dated[CancelLine]:
    """Read the table over the known products; a wrong row is a `UserError` naming file, line and column."""
    exchanges = {product.partition(".")[0] for product in products}
    found: Dated[CancelLine] = Dated()
    for row in rows_of(table, CANCEL_LINE_COLUMNS):
        scope, cancels = row.text("scope"), row.lots("cancels")
        if scope not in exchanges and scope not in products:
            raise row.wrong("scope", "应为 products.csv 中的交易所或品种")
        if cancels is None:
            raise row.wrong("cancels", "不能为空")
        words = (row.optional("exempt") or "").split()
        exempt = tuple(one for one in Exempt if one in words)
        if len(exempt) != len(words):
            raise row.wrong("exempt", f"应为 {'、'.join(Exempt)}，以空格分开，不重复；全都计数就留空")
        found.add(row, scope, CancelLine(cancels, exempt))
    return found
