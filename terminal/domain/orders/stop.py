"""Say what a stop order (止损单、止盈单) at an exchange waits for, and which of them an exchange takes on a day.

Such an order waits until the last price touches its trigger price, and is an order of its own kind from then on: a
limit order or a market order. 止损 buys when the price has risen to the trigger and sells when it has fallen to it,
止盈 the other way round. The limit of a buyer is not below the trigger, of a seller not above it, so that it can trade.

Only exchanges know these orders; what waits in the runner is a conditional order (`conditional`).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from terminal.domain.days.dated import Dated, TableText, rows_of
from terminal.domain.orders.kind_table import InstrumentClass, parse_conditions
from terminal.domain.orders.order import OrderTerms, PriceKind, Side, TimeCondition

STOP_COLUMNS: Final = ("exchange", "class", "stop", "price_kind", "from", "conditions", "source")


class Stop(StrEnum):
    """Name the kinds of stop order."""

    LOSS = "LOSS"  # 止损
    PROFIT = "PROFIT"  # 止盈


STOPS: Final = {Stop.LOSS: "止损", Stop.PROFIT: "止盈"}


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what an order waits for: the last price touching `price`, in yuan per quotation unit."""

    stop: Stop
    price: Decimal

    def is_touched(self, side: Side, last: Decimal) -> bool:
        """Return whether an order of this side is triggered at a last price."""
        rising = (side is Side.BUY) is (self.stop is Stop.LOSS)
        return last >= self.price if rising else last <= self.price

    def allows(self, terms: OrderTerms) -> bool:
        """Return whether the order could trade at the trigger price."""
        return (terms.price - self.price) * terms.side.sign >= 0


class StopTable:
    """Keep the dated kinds of stop order of every exchange."""

    def __init__(self) -> None:
        self._rows: Dated[tuple[TimeCondition, ...]] = Dated()

    def takes(self, exchange: str, which: InstrumentClass, trigger: Trigger, terms: OrderTerms, day: int) -> bool:
        """Return whether an exchange takes such an order on a day."""
        found = self._rows.on(_key(exchange, which, trigger.stop, terms.price_kind), day)
        return terms.time_condition in (found or ())

    @classmethod
    def parse(cls, table: TableText) -> StopTable:
        """Read the table; a wrong row is a `UserError` naming file, line and column."""
        found = cls()
        for row in rows_of(table, STOP_COLUMNS):
            which, stop = row.word("class", InstrumentClass), row.word("stop", Stop)
            key = _key(row.text("exchange"), which, stop, row.word("price_kind", PriceKind))
            found._rows.add(row, key, parse_conditions(row))
        return found


def _key(exchange: str, which: InstrumentClass, stop: Stop, kind: PriceKind) -> str:
    return f"{exchange} {which} {stop} {kind}"
