"""Hold the terms of a product as they were on a day: the exchange's rules and the broker's tariff.

Every figure is a dated row of a committed table with its source; a later rule is another row, nothing is
overwritten. Six tables make a product: `products` (the contract), `sizes` (of one order), `margins`, `limits`
(price bands), `fees`, `taxes`. The row in force is the last one whose date is not after the day asked for. A
day before a product's first contract row is refused. In the other tables an empty cell, or a day before the
first row, means "not known": the field is `None` and the control that needs it says so. It is never a zero
and never today's figure used for an older day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.expiry import LastDayRule, parse_last_day_rule
from terminal.domain.ids import ExchangeId, ProductId
from terminal.domain.sessions import SessionId
from terminal.domain.table import Row, read_table

PRODUCT_COLUMNS = (
    "product",
    "from",
    "name",
    "multiplier",
    "tick",
    "quote_unit",
    "lot_unit",
    "tonnes_per_lot",
    "fee_class",
    "explicit_close_today",
    "larger_side",
    "match",
    "margin_release",
    "tax_class",
    "quote_taxed",
    "last_day",
    "session",
    "last_day_session",
    "source",
)
SIZE_COLUMNS = ("product", "from", "min_lots", "max_lots", "max_market_lots", "source")
MARGIN_COLUMNS = ("product", "from", "margin_rate", "broker_margin_add", "source")
LIMIT_COLUMNS = ("product", "from", "price_limit", "source")
FEE_COLUMNS = (
    "product",
    "from",
    "open_by_value",
    "open_by_lot",
    "close_by_value",
    "close_by_lot",
    "close_today_by_value",
    "close_today_by_lot",
    "source",
)
TAX_COLUMNS = ("tax_class", "from", "rate", "source")


class FeeClass(StrEnum):
    """Say which lots pay the close-today fee (平今): those closed so, or closes up to today's opens."""

    EXPLICIT = "EXPLICIT"
    TODAY_FIRST = "TODAY_FIRST"


class Match(StrEnum):
    """Say in which order lots are closed for both P&L views."""

    FIFO = "FIFO"


class MarginRelease(StrEnum):
    """Say which margin a close releases first: plain lots in order, or single legs before combinations."""

    LOTS = "LOTS"
    SINGLE_FIRST = "SINGLE_FIRST"


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one fee: a fraction of the traded value plus yuan per lot; both may be charged."""

    by_value: Decimal = Decimal(0)
    by_lot: Decimal = Decimal(0)


class Fees(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the fees for opening, closing and closing today's lots; `None` where the fee is not known."""

    open: Fee | None = None
    close: Fee | None = None
    close_today: Fee | None = None


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a product's terms on one day; `None` means not known, and the control that needs it says so.

    Value in yuan = price x lots x `multiplier`. `margin_rate` is the exchange's for speculation,
    `broker_margin_add` what the broker asks on top of it; `margin_by_lot` is yuan per lot, besides. `price_limit` is
    the daily band as a fraction of the previous settlement. `quote_taxed` says whether the quoted price includes VAT
    (含税).
    """

    product: ProductId
    exchange: ExchangeId
    code: str
    product_name: str
    multiplier: Decimal
    tick: Decimal
    quote_unit: str
    lot_unit: str
    tonnes_per_lot: Decimal | None = None
    min_lots: int | None = None
    max_lots: int | None = None
    max_market_lots: int | None = None
    fee_class: FeeClass
    explicit_close_today: bool
    larger_side: bool
    match: Match = Match.FIFO
    margin_release: MarginRelease = MarginRelease.LOTS
    vat_rate: Decimal | None = None
    quote_taxed: bool = True
    last_day: LastDayRule | None = None
    session: SessionId | None = None
    last_day_session: SessionId | None = None
    margin_rate: Decimal | None = None
    broker_margin_add: Decimal | None = None
    margin_by_lot: Decimal | None = None
    price_limit: Decimal | None = None
    fees: Fees = Fees()


class _Contract(msgspec.Struct, frozen=True, kw_only=True):
    product: Product
    tax_class: str | None


class _Sizes(msgspec.Struct, frozen=True, kw_only=True):
    smallest: int | None
    largest: int | None
    largest_market: int | None


class _Margin(msgspec.Struct, frozen=True, kw_only=True):
    rate: Decimal | None
    broker_add: Decimal | None


_V = TypeVar("_V")


class Dated(Generic[_V]):
    """Keep the dated rows of many keys and return the one in force on a day."""

    def __init__(self) -> None:
        self._days: dict[str, list[int]] = {}
        self._values: dict[str, list[_V]] = {}

    def add(self, row: Row, key: str, value: _V) -> None:
        """Add a row; the rows of a key must come in the order of their dates, each with a source."""
        row.text("source")
        since = row.day("from")
        days = self._days.setdefault(key, [])
        if days and since <= days[-1]:
            raise row.wrong("from", f"{key} 的各行应按日期先后排列")
        days.append(since)
        self._values.setdefault(key, []).append(value)

    def on(self, key: str, day: int) -> _V | None:
        """Return the value in force on a day, or `None` where none is known yet."""
        days = self._days.get(key)
        if days is None:
            return None
        place = bisect_right(days, day) - 1
        return self._values[key][place] if place >= 0 else None

    def first(self, key: str) -> int | None:
        """Return the date of a key's first row, or `None` for an unknown key."""
        days = self._days.get(key)
        return days[0] if days else None

    @property
    def keys(self) -> tuple[str, ...]:
        """Return every key, in the order of the table."""
        return tuple(self._days)


class ProductTables(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the six dated tables and resolve a product at a day."""

    contracts: Dated[_Contract]
    sizes: Dated[_Sizes]
    margins: Dated[_Margin]
    limits: Dated[Decimal]
    fees: Dated[Fees]
    taxes: Dated[Decimal]

    def ids(self) -> tuple[ProductId, ...]:
        """Return every product in the tables."""
        return tuple(ProductId(key) for key in self.contracts.keys)

    def product(self, product: ProductId, day: int) -> Product:
        """Return a product's terms on a day; an unknown product or too early a day is a `UserError`."""
        contract = self.contracts.on(product, day)
        if contract is None:
            first = self.contracts.first(product)
            if first is None:
                raise UserError(f"未知品种 {product}，请在 resources/reference/products.csv 中补充。")
            raise UserError(
                f"品种 {product} 自 {first} 起才有合约资料，{day} 的规格未知，"
                "请在 resources/reference/products.csv 中补充该日期的一行。"
            )
        sizes = self.sizes.on(product, day)
        margin = self.margins.on(product, day)
        tax = None if contract.tax_class is None else self.taxes.on(contract.tax_class, day)
        return msgspec.structs.replace(
            contract.product,
            vat_rate=tax,
            min_lots=sizes.smallest if sizes else None,
            max_lots=sizes.largest if sizes else None,
            max_market_lots=sizes.largest_market if sizes else None,
            margin_rate=margin.rate if margin else None,
            broker_margin_add=margin.broker_add if margin else None,
            price_limit=self.limits.on(product, day),
            fees=self.fees.on(product, day) or Fees(),
        )


class TableText(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a table's text and the file name to be used in sentences about it."""

    file: str
    text: str


class ProductTexts(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the text of the six tables."""

    products: TableText
    sizes: TableText
    margins: TableText
    limits: TableText
    fees: TableText
    taxes: TableText


def parse_products(texts: ProductTexts, *, sessions: Collection[SessionId]) -> ProductTables:
    """Read the six tables; a wrong row is a `UserError` naming file and line.

    `sessions` are the templates that the calendar knows.
    """
    tax_rows: Dated[Decimal] = Dated()
    for row in _rows(texts.taxes, TAX_COLUMNS):
        tax_rows.add(row, row.text("tax_class"), _required_fraction(row, "rate"))
    contracts: Dated[_Contract] = Dated()
    for row in _rows(texts.products, PRODUCT_COLUMNS):
        contract = _contract(row)
        if contract.tax_class is not None and contract.tax_class not in tax_rows.keys:
            raise row.wrong("tax_class", f"不在 {texts.taxes.file} 中")
        for column in ("session", "last_day_session"):
            if row.optional(column) not in (None, *sessions):
                raise row.wrong(column, "不在 resources/calendar/sessions.csv 中")
        contracts.add(row, contract.product.product, contract)
    size_rows: Dated[_Sizes] = Dated()
    for row in _rows(texts.sizes, SIZE_COLUMNS):
        size_rows.add(row, _listed(row, contracts), _order_sizes(row))
    margin_rows: Dated[_Margin] = Dated()
    for row in _rows(texts.margins, MARGIN_COLUMNS):
        margin = _Margin(rate=row.fraction("margin_rate"), broker_add=row.fraction("broker_margin_add"))
        margin_rows.add(row, _listed(row, contracts), margin)
    limit_rows: Dated[Decimal] = Dated()
    for row in _rows(texts.limits, LIMIT_COLUMNS):
        limit_rows.add(row, _listed(row, contracts), _required_fraction(row, "price_limit"))
    fee_rows: Dated[Fees] = Dated()
    for row in _rows(texts.fees, FEE_COLUMNS):
        known = Fees(open=_fee(row, "open"), close=_fee(row, "close"), close_today=_fee(row, "close_today"))
        fee_rows.add(row, _listed(row, contracts), known)
    return ProductTables(
        contracts=contracts,
        sizes=size_rows,
        margins=margin_rows,
        limits=limit_rows,
        fees=fee_rows,
        taxes=tax_rows,
    )


def _rows(table: TableText, columns: tuple[str, ...]) -> tuple[Row, ...]:
    return tuple(read_table(table.text, file=table.file, columns=columns))


def _listed(row: Row, contracts: Dated[_Contract]) -> str:
    product = row.text("product")
    if product not in contracts.keys:
        raise row.wrong("product", "不在 products.csv 中")
    return product


def _required_fraction(row: Row, column: str) -> Decimal:
    value = row.fraction(column)
    if value is None:
        raise row.wrong(column, "不能为空")
    return value


def _order_sizes(row: Row) -> _Sizes:
    sizes = _Sizes(
        smallest=row.lots("min_lots"),
        largest=row.lots("max_lots"),
        largest_market=row.lots("max_market_lots"),
    )
    if sizes.smallest is not None and sizes.largest is not None and sizes.smallest > sizes.largest:
        raise row.wrong("min_lots", "不能大于 max_lots")
    return sizes


def _fee(row: Row, name: str) -> Fee | None:
    by_value, by_lot = row.fraction(f"{name}_by_value"), row.number(f"{name}_by_lot")
    if by_value is None and by_lot is None:
        return None
    return Fee(by_value=by_value or Decimal(0), by_lot=by_lot or Decimal(0))


def _contract(row: Row) -> _Contract:
    exchange, dot, code = row.text("product").partition(".")
    if not (exchange and dot and code):
        raise row.wrong("product", "应写成 交易所.品种，如 DCE.i")
    return _Contract(
        tax_class=row.optional("tax_class"),
        product=Product(
            product=ProductId(row.text("product")),
            exchange=ExchangeId(exchange),
            code=code,
            product_name=row.text("name"),
            multiplier=row.positive("multiplier"),
            tick=row.positive("tick"),
            quote_unit=row.text("quote_unit"),
            lot_unit=row.text("lot_unit"),
            tonnes_per_lot=row.number("tonnes_per_lot"),
            fee_class=_word(row, "fee_class", FeeClass),
            explicit_close_today=row.flag("explicit_close_today"),
            larger_side=row.flag("larger_side"),
            match=_word(row, "match", Match),
            margin_release=_word(row, "margin_release", MarginRelease),
            quote_taxed=row.flag("quote_taxed"),
            last_day=_last_day(row),
            session=SessionId(row.text("session")),
            last_day_session=_optional_session(row),
        ),
    )


_W = TypeVar("_W", bound=StrEnum)


def _word(row: Row, column: str, words: type[_W]) -> _W:
    try:
        return words(row.text(column))
    except ValueError:
        raise row.wrong(column, "应为 " + "、".join(words)) from None


def _last_day(row: Row) -> LastDayRule | None:
    cell = row.optional("last_day")
    if cell is None:
        return None
    try:
        return parse_last_day_rule(cell)
    except ValueError as problem:
        raise row.wrong("last_day", str(problem)) from None


def _optional_session(row: Row) -> SessionId | None:
    cell = row.optional("last_day_session")
    return None if cell is None else SessionId(cell)
