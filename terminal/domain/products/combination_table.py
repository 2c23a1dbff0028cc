"""Read the table of the combinations that exchanges list, and the most sets of one order."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from terminal.domain.days.dated import Dated, TableText, rows_of
from terminal.domain.ids import ProductId

COMBINATION_COLUMNS: Final = ("combination", "from", "first", "second", "max_lots", "max_market_lots", "source")
ANY: Final = "*"


class CombinationSize(NamedTuple):
    """Hold the most sets of one order; `None` means not known."""

    max_lots: int | None
    max_market_lots: int | None


class ListedCombination(NamedTuple):
    """Hold one kind of combination that a product can be the first leg of: `SP` with `ANY`, or `SPC` with a product."""

    kind: str
    second: str  # code of the second leg's product; `ANY`: another month of the same one
    max_lots: int | None
    max_market_lots: int | None


def combinations_of(table: Dated[CombinationSize], exchange: str, code: str, on: int) -> tuple[ListedCombination, ...]:
    """Return what an exchange lists on a day with a product as the first leg, in the order of the table."""
    found = []
    for key in table.keys:
        name, _, legs = key.partition(" ")
        where, _, kind = name.partition(".")
        first, _, second = legs.partition("&")
        size = table.on(key, on) if where == exchange and first in {ANY, code} else None
        if size is not None:
            found.append(ListedCombination(kind, second, size.max_lots, size.max_market_lots))
    return tuple(found)


def parse_combinations(table: TableText, products: Collection[ProductId]) -> Dated[CombinationSize]:
    """Read the table over the known products; a wrong row is a `UserError` naming file, line and column."""
    rows: Dated[CombinationSize] = Dated()
    for row in rows_of(table, COMBINATION_COLUMNS):
        name = row.text("combination")
        exchange, dot, kind = name.partition(".")
        if not (exchange and dot and kind.isalpha() and kind.isupper()):
            raise row.wrong("combination", "应写成 交易所.组合，如 DCE.SP")
        first, second = row.text("first"), row.text("second")
        if (first == ANY) != (second == ANY):
            raise row.wrong("second", "两腿应同为 *，或同为品种")
        for column, code in (("first", first), ("second", second)):
            if code != ANY and ProductId(f"{exchange}.{code}") not in products:
                raise row.wrong(column, "不在 products.csv 中")
        rows.add(
            row,
            combination_key(name, first, second),
            CombinationSize(row.lots("max_lots"), row.lots("max_market_lots")),
        )
    return rows


def combination_key(name: str, first: str, second: str) -> str:
    """Return under what a combination's rows are kept: `DCE.SP` and the legs' products, or twice `ANY`."""
    return f"{name} {first}&{second}"
