"""Read the table of option products, and list an option by its symbol.

An option is written after its underlying future: `m2101-C-3000` at DCE, GFEX and CFFEX, `cu2101C46000` at SHFE and
INE, `SR101C5400` at CZCE; either way of writing is understood. Margin, limits of the day and VAT are the underlying's;
fees are the option's own, and one that nobody stated is not known.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from terminal.domain.days.dated import Dated, TableText, rows_of
from terminal.domain.errors import UserError
from terminal.domain.ids import ProductId
from terminal.domain.products.expiry import LastDayRule, last_day_rule
from terminal.domain.products.option import Right, Style
from terminal.domain.products.product import Fee, Fees
from terminal.domain.table import Row

OPTION_COLUMNS: Final = (
    "option",
    "from",
    "underlying",
    "multiplier",
    "tick",
    "style",
    "last_day",
    "requests_until",
    "max_lots",
    "max_market_lots",
    "guarantee",
    "margin_rate",
    "open_by_lot",
    "close_by_lot",
    "close_today_by_lot",
    "exercise_by_lot",
    "source",
)
RETIRED: Final = frozenset({"strike_steps"})  # own tables of before 2026-12 have it; nothing ever asked for it
DASHED: Final = frozenset({"DCE", "GFEX", "CFFEX"})  # the exchanges that write m2101-C-3000

_SYMBOL: Final = re.compile(r"([A-Za-z]{1,3}[0-9]{3,4})(-?)([CP])\2([0-9]{1,7}(?:\.[0-9]{1,3})?)")
_RIGHTS: Final = {"C": Right.CALL, "P": Right.PUT}


class OptionProduct(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the terms of the options on one product on one day; `None` means not known.

    `requests_until` is the local time, in minutes after midnight, to which exercise and abandonment may be asked for;
    `None`: never, the exchange exercises at the end by itself. `guarantee` is set for an index option, which is settled
    in cash.
    """

    product: ProductId
    underlying: str
    multiplier: Decimal
    tick: Decimal
    style: Style
    last_day: LastDayRule | None
    requests_until: int | None
    max_lots: int | None
    max_market_lots: int | None
    guarantee: Decimal | None
    margin_rate: Decimal | None
    fees: Fees


class OptionSymbol(msgspec.Struct, frozen=True):
    """Hold the parts of an option's symbol: the future's symbol, the right and the strike as it was written."""

    future: str
    right: Right
    strike: str

    def written(self, future: str, exchange: str) -> str:
        """Return the symbol as its exchange writes it, after the future's canonical symbol."""
        dash = "-" if exchange in DASHED else ""
        return f"{future}{dash}{self.right.value[0]}{dash}{self.strike}"


def parse_option_symbol(symbol: str) -> OptionSymbol | None:
    """Return the parts of an option's symbol, `None` where it is none.

    >>> parse_option_symbol("m2101-C-3000").strike
    '3000'
    """
    parts = _SYMBOL.fullmatch(symbol)
    if parts is None:
        return None
    strike = parts[4].rstrip("0").rstrip(".") if "." in parts[4] else parts[4]
    return OptionSymbol(parts[1], _RIGHTS[parts[3]], strike)


def parse_options(table: TableText) -> Dated[OptionProduct]:
    """Read the table of option products; a wrong row is a `UserError` naming file, line and column."""
    found: Dated[OptionProduct] = Dated()
    for row in rows_of(table, OPTION_COLUMNS, retired=RETIRED):
        found.add(row, row.text("option"), _option(row))
    return found


def _option(row: Row) -> OptionProduct:
    exchange, _, code = row.text("option").partition(".")
    if not (exchange and code.isalpha()):
        raise row.wrong("option", "应写成 交易所.品种，如 DCE.m")
    guarantee, rate = row.fraction("guarantee"), row.fraction("margin_rate")
    if (guarantee is None) != (rate is None):
        raise row.wrong("guarantee", "与 margin_rate 应同时填写（股指期权）或同时留空（期货期权）")
    fees = (row.number(f"{name}_by_lot") for name in ("open", "close", "close_today", "exercise"))
    opens, closes, today, exercise = (None if fee is None else Fee(by_lot=fee) for fee in fees)
    return OptionProduct(
        product=ProductId(row.text("option")),
        underlying=row.text("underlying"),
        multiplier=row.positive("multiplier"),
        tick=row.positive("tick"),
        style=row.word("style", Style),
        last_day=last_day_rule(row),
        requests_until=_requests_until(row),
        max_lots=row.lots("max_lots"),
        max_market_lots=row.lots("max_market_lots"),
        guarantee=guarantee,
        margin_rate=rate,
        fees=Fees(open=opens, close=closes, close_today=today, exercise=exercise),
    )


def _requests_until(row: Row) -> int | None:
    cell = row.optional("requests_until")
    try:
        return None if cell is None else minutes(cell)
    except ValueError as problem:
        raise row.wrong("requests_until", str(problem)) from None


def minutes(text: str) -> int:
    """Return a time of day written like `1530` as minutes after midnight; anything else is a `ValueError`.

    >>> minutes("1530")
    930
    """
    if not re.fullmatch(r"([01][0-9]|2[0-3])[0-5][0-9]", text):
        raise ValueError("时刻应写成四位数字，如 1530")
    return int(text[:2]) * 60 + int(text[2:])


def unknown_option(symbol: str) -> UserError:
    """Return the sentence for an option whose product no table knows on the day."""
    return UserError(f"没有期权 {symbol} 的资料：请核对代码，或在数据目录的 reference/options.csv 中补充它的品种。")
