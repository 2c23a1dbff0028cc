"""Say how far a contract may go when it closes at its limit (单边市) on several days in a row, and what margin follows.

Each day's band is a fraction of the day before's settlement, which is then the limit price itself; the exchange moves a
limit that lies between two ticks inside the band. The margin rate asked at the settlement of such a day lies above the
next day's band. After the third day the exchange decides by itself (强制减仓, halt), so nothing is claimed beyond it.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from terminal.domain.days.dated import Dated, TableText, rows_of
from terminal.domain.errors import InvariantError
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.product import Product

LIMIT_RUN_COLUMNS: Final = ("scope", "from", "second_add", "third_add", "margin_over", "source")
MOST: Final = 3  # days in a row


class LimitRun(NamedTuple):
    """Hold what is added to the first day's band, and how far the margin rate lies above the next one's; fractions."""

    second_add: Decimal
    third_add: Decimal
    margin_over: Decimal | None  # `None`: the margin does not move

    def band(self, first: Decimal, day: int) -> Decimal:
        """Return the band of a day in a row, from 1, where the first one's is known."""
        return first + (ZERO, self.second_add, self.third_add)[min(day, MOST) - 1]

    def margin_rate(self, first: Decimal, days: int) -> Decimal | None:
        """Return the least rate asked after so many days in a row, from 1; `None` where none is."""
        return None if self.margin_over is None else self.band(first, days + 1) + self.margin_over


class LimitRuns:
    """Keep the dated rows of every exchange, and of products that have a row of their own."""

    def __init__(self) -> None:
        self._rows: Dated[LimitRun] = Dated()

    def on(self, product: Product, day: int) -> LimitRun | None:
        """Return what holds for a product, or a contract of it, on a day; `None` where no row says it."""
        return self._rows.on(product.product, day) or self._rows.on(product.exchange, day)

    @classmethod
    def parse(cls, table: TableText, products: Collection[str]) -> LimitRuns:
        """Read the table over the known products; a wrong row is a `UserError` naming file, line and column."""
        found, exchanges = cls(), {product.partition(".")[0] for product in products}
        for row in rows_of(table, LIMIT_RUN_COLUMNS):
            scope, second, third = row.text("scope"), row.fraction("second_add"), row.fraction("third_add")
            if scope not in exchanges and scope not in products:
                raise row.wrong("scope", "应为 products.csv 中的交易所或品种")
            if second is None:
                raise row.wrong("second_add", "不能为空")
            if third is None or third < second:
                raise row.wrong("third_add", "不能为空，也不小于 second_add")
            found._rows.add(row, scope, LimitRun(second, third, row.fraction("margin_over")))
        return found


def limit_price(instrument: Instrument, settlement: Decimal, band: Decimal, *, up: bool) -> Decimal:
    """Return the limit price of a day from the settlement before it: inside the band, on a tick."""
    if settlement <= 0:
        raise InvariantError(f"{instrument.id} has no limit around {settlement}")
    price = settlement * (1 + band if up else 1 - band)
    ticks = (price / instrument.tick).to_integral_value(rounding=ROUND_FLOOR if up else ROUND_CEILING)
    return ticks * instrument.tick


def after_limits(instrument: Instrument, settlement: Decimal, moves: int, run: LimitRun | None) -> Decimal | None:
    """Return the price after so many limit days in a row, down where negative; `None` where the band is not known.

    Without a row about days in a row each day has the first one's band. More than `MOST` days are an `InvariantError`.
    """
    first = instrument.price_limit
    if first is None:
        return None
    if abs(moves) > MOST:
        raise InvariantError(f"{moves} limit days in a row are beyond what is known")
    price = settlement
    for day in range(1, abs(moves) + 1):
        price = limit_price(instrument, price, first if run is None else run.band(first, day), up=moves > 0)
    return price
