"""Read the table of the kinds of order that exchanges take, by exchange, class of instrument and date."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from terminal.domain.days.dated import Dated, TableText, rows_of
from terminal.domain.orders.kinds import LIMIT_ONLY, OrderKind
from terminal.domain.orders.order import PriceKind, TimeCondition
from terminal.domain.table import Row

ORDER_KIND_COLUMNS: Final = ("exchange", "class", "price_kind", "from", "conditions", "source")


class InstrumentClass(StrEnum):
    """Name the classes of instrument that an exchange takes other orders for."""

    FUTURE = "FUTURE"
    OPTION = "OPTION"


class OrderKinds:
    """Keep the dated kinds of order of every exchange."""

    def __init__(self) -> None:
        self._rows: Dated[tuple[TimeCondition, ...]] = Dated()
        self._exchanges: set[str] = set()

    def add(self, row: Row) -> None:
        """Add a row; no conditions mean that the kind is not taken from that day on."""
        exchange, which = row.text("exchange"), row.word("class", InstrumentClass)
        kind, conditions = row.word("price_kind", PriceKind), parse_conditions(row)
        self._exchanges.add(exchange)
        self._rows.add(row, _key(exchange, which, kind), conditions)

    def on(self, exchange: str, which: InstrumentClass, day: int) -> tuple[OrderKind, ...]:
        """Return what an exchange takes on a day; one that no row speaks of takes limit orders."""
        if exchange not in self._exchanges:
            return LIMIT_ONLY
        found = ((kind, self._rows.on(_key(exchange, which, kind), day)) for kind in PriceKind)
        return tuple(OrderKind(kind, conditions) for kind, conditions in found if conditions)


def parse_order_kinds(table: TableText) -> OrderKinds:
    """Read the table; a wrong row is a `UserError` naming file, line and column."""
    found = OrderKinds()
    for row in rows_of(table, ORDER_KIND_COLUMNS):
        found.add(row)
    return found


def _key(exchange: str, which: InstrumentClass, kind: PriceKind) -> str:
    return f"{exchange} {which} {kind}"


def parse_conditions(row: Row) -> tuple[TimeCondition, ...]:
    """Return the time conditions a row names; none where they are not taken."""
    words = (row.optional("conditions") or "").split()
    known = tuple(condition for condition in TimeCondition if condition in words)
    if len(known) != len(words):
        raise row.wrong("conditions", f"应为 {'、'.join(TimeCondition)}，以空格分开，不重复；不收这种委托就留空")
    return known
