"""Read the dated tables that make a product, a person's own rows over the committed ones.

Every figure is a dated row with its source; a later rule is another row, nothing is overwritten. Eleven tables make a
product: `products` (the contract), `sizes` (of one order), `margins`, `delivery_margins` (its steps toward delivery),
`position_limits` and `larger_sides` (by such steps), `limits` (price bands), `fees`, `taxes`, `order_kinds` and
`cancel_lines` (of its exchange). A product's first contract row is of its first trading day, and a day before it is
refused; in the other tables an empty cell, or a day before the first row, means "not known". Own rows (L13) stand in
files of the same form in the data folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from terminal.domain.days.dated import Dated, Schedules, TableText, rows_of
from terminal.domain.days.sessions import SessionId, first_traded
from terminal.domain.errors import UserError
from terminal.domain.ids import ExchangeId, ProductId
from terminal.domain.orders.cancel_line import CancelLine, parse_cancel_lines
from terminal.domain.orders.kind_table import InstrumentClass, OrderKinds, parse_order_kinds
from terminal.domain.products.expiry import last_day_rule
from terminal.domain.products.product import (
    Fee,
    FeeClass,
    Fees,
    MarginRelease,
    Match,
    PositionLimit,
    Product,
    fault_of_unit,
)
from terminal.domain.table import Row

_CODE: Final = re.compile(r"[A-Za-z]{1,3}")

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
MARGIN_COLUMNS = ("product", "from", "margin_rate", "hedge_margin_rate", "broker_margin_add", "source")
DELIVERY_COLUMNS = ("product", "from", "step", "margin_rate", "source")
POSITION_COLUMNS = ("product", "from", "step", "lots", "open_interest_from", "share", "source")
SIDE_COLUMNS = ("product", "from", "step", "larger_side", "source")
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


class _Contract(msgspec.Struct, frozen=True, kw_only=True):
    product: Product
    tax_class: str | None


class _Sizes(msgspec.Struct, frozen=True, kw_only=True):
    smallest: int | None
    largest: int | None
    largest_market: int | None


class _Margin(msgspec.Struct, frozen=True, kw_only=True):
    rate: Decimal | None
    hedge_rate: Decimal | None
    broker_add: Decimal | None


class ProductTables(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the dated tables and resolve a product at a day."""

    contracts: Dated[_Contract]
    sizes: Dated[_Sizes]
    margins: Dated[_Margin]
    delivery_margins: Schedules[Decimal]
    position_limits: Schedules[PositionLimit | None]
    larger_sides: Schedules[bool]
    limits: Dated[Decimal]
    fees: Dated[Fees]
    taxes: Dated[Decimal]
    order_kinds: OrderKinds
    cancel_lines: Dated[CancelLine]

    def ids(self) -> tuple[ProductId, ...]:
        """Return every product in the tables."""
        return tuple(ProductId(key) for key in self.contracts.keys)

    def own(self) -> tuple[ProductId, ...]:
        """Return every product that has a person's own row in some table."""
        tables: tuple[Dated[Any], ...] = (
            *(self.contracts, self.sizes, self.margins, self.delivery_margins),
            *(self.position_limits, self.larger_sides, self.limits, self.fees),
        )
        return tuple(product for product in self.ids() if any(table.is_own(product) for table in tables))

    def product(self, product: ProductId, day: int) -> Product:
        """Return a product's terms on a day; an unknown product or too early a day is a `UserError`."""
        contract = self.contracts.on(product, day)
        if contract is None:
            first = self.contracts.first(product)
            if first is None:
                raise UserError(f"未知品种 {product}，请在数据目录的 reference/products.csv 中补充它的一行。")
            raise UserError(
                f"品种 {product} 自 {first} 起才有合约资料，{day} 的规格未知，"
                "请在数据目录的 reference/products.csv 中补充该日期的一行。"
            )
        first_day, session = day == self.contracts.first(product), contract.product.session
        sizes = self.sizes.on(product, day)
        margin = self.margins.on(product, day)
        tax = None if contract.tax_class is None else self.taxes.on(contract.tax_class, day)
        return msgspec.structs.replace(
            contract.product,
            session=first_traded(session, day) if first_day and session is not None else session,
            vat_rate=tax,
            min_lots=sizes.smallest if sizes else None,
            max_lots=sizes.largest if sizes else None,
            max_market_lots=sizes.largest_market if sizes else None,
            margin_rate=margin.rate if margin else None,
            hedge_margin_rate=margin.hedge_rate if margin else None,
            broker_margin_add=margin.broker_add if margin else None,
            price_limit=self.limits.on(product, day),
            fees=self.fees.on(product, day) or Fees(),
            order_kinds=self.order_kinds.on(contract.product.exchange, InstrumentClass.FUTURE, day),
            cancel_line=self.cancel_lines.on(product, day) or self.cancel_lines.on(contract.product.exchange, day),
        )


class ProductTexts(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the text of the tables."""

    products: TableText
    sizes: TableText
    margins: TableText
    delivery_margins: TableText
    position_limits: TableText
    larger_sides: TableText
    limits: TableText
    fees: TableText
    taxes: TableText
    order_kinds: TableText
    cancel_lines: TableText


def parse_products(texts: ProductTexts, *, sessions: Mapping[SessionId, int]) -> ProductTables:
    """Read the tables; a wrong row is a `UserError` naming file, line and column.

    `sessions` are the templates that the calendar knows, each with the day from which it does.
    """
    tax_rows: Dated[Decimal] = Dated()
    for row in rows_of(texts.taxes, TAX_COLUMNS):
        tax_rows.add(row, row.text("tax_class"), _required_fraction(row, "rate"))
    contracts = _contracts(texts, tax_rows, sessions)
    size_rows: Dated[_Sizes] = Dated()
    for row in rows_of(texts.sizes, SIZE_COLUMNS):
        size_rows.add(row, _listed(row, contracts), _order_sizes(row))
    margin_rows: Dated[_Margin] = Dated()
    for row in rows_of(texts.margins, MARGIN_COLUMNS):
        margin_rows.add(row, _listed(row, contracts), _margin(row))
    delivery_rows: Schedules[Decimal] = Schedules()
    for row in rows_of(texts.delivery_margins, DELIVERY_COLUMNS):
        delivery_rows.add_step(row, _listed(row, contracts), _required_fraction(row, "margin_rate"))
    position_rows: Schedules[PositionLimit | None] = Schedules()
    for row in rows_of(texts.position_limits, POSITION_COLUMNS):
        position_rows.add_step(row, _listed(row, contracts), _position_limit(row))
    side_rows: Schedules[bool] = Schedules()
    for row in rows_of(texts.larger_sides, SIDE_COLUMNS):
        side_rows.add_step(row, _listed(row, contracts), row.flag("larger_side"))
    limit_rows: Dated[Decimal] = Dated()
    for row in rows_of(texts.limits, LIMIT_COLUMNS):
        limit_rows.add(row, _listed(row, contracts), _required_fraction(row, "price_limit"))
    fee_rows: Dated[Fees] = Dated()
    for row in rows_of(texts.fees, FEE_COLUMNS):
        known = Fees(open=_fee(row, "open"), close=_fee(row, "close"), close_today=_fee(row, "close_today"))
        fee_rows.add(row, _listed(row, contracts), known)
    return ProductTables(
        contracts=contracts,
        sizes=size_rows,
        margins=margin_rows,
        delivery_margins=delivery_rows,
        position_limits=position_rows,
        larger_sides=side_rows,
        limits=limit_rows,
        fees=fee_rows,
        taxes=tax_rows,
        order_kinds=parse_order_kinds(texts.order_kinds),
        cancel_lines=parse_cancel_lines(texts.cancel_lines, contracts.keys),
    )


def _contracts(texts: ProductTexts, taxes: Dated[Decimal], sessions: Mapping[SessionId, int]) -> Dated[_Contract]:
    found: Dated[_Contract] = Dated()
    for row in rows_of(texts.products, PRODUCT_COLUMNS):
        contract = _contract(row)
        if contract.tax_class is not None and contract.tax_class not in taxes.keys:
            raise row.wrong("tax_class", "不在 taxes.csv 中")
        for column in ("session", "last_day_session"):
            session = row.optional(column)
            if session is None:
                continue
            since = sessions.get(SessionId(session))
            if since is None:
                known = "、".join(sessions)
                raise row.wrong(
                    column, f"不在 sessions.csv 中，可用：{known}；别的时段请先在 reference/sessions.csv 中写它的一行"
                )
            if session.partition(".")[0] != contract.product.exchange:
                raise row.wrong(column, f"应是 {contract.product.exchange} 的时段")
            if since > row.day("from"):
                raise row.wrong(column, f"这个时段自 {since} 起才有资料，晚于这一行的 from")
        found.add(row, contract.product.product, contract)
    return found


def _listed(row: Row, contracts: Dated[_Contract]) -> str:
    product = row.text("product")
    if product not in contracts.keys:
        raise row.wrong("product", "不在 products.csv 中")
    return product


def _margin(row: Row) -> _Margin:
    return _Margin(
        rate=row.fraction("margin_rate"),
        hedge_rate=row.fraction("hedge_margin_rate"),
        broker_add=row.fraction("broker_margin_add"),
    )


def _position_limit(row: Row) -> PositionLimit | None:
    lots, threshold, share = row.lots("lots"), row.lots("open_interest_from"), row.fraction("share")
    if (threshold is None) != (share is None):
        raise row.wrong("share", "与 open_interest_from 应同时填写或同时留空")
    if lots is None:  # from this step on not known
        if share is not None:
            raise row.wrong("lots", "写了 share 就不能为空")
        return None
    return PositionLimit(lots=lots, open_interest_from=threshold, share=share)


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
    if not (exchange and dot and _CODE.fullmatch(code)):
        raise row.wrong("product", "应写成 交易所.品种，品种为一至三个字母，如 DCE.i")
    if row.word("fee_class", FeeClass) is FeeClass.EXPLICIT and not row.flag("explicit_close_today"):
        raise row.wrong(
            "explicit_close_today",
            "而 fee_class 是 EXPLICIT：没有平今指令，平今费永远收不到；请改为 yes，或把 fee_class 改为 TODAY_FIRST",
        )
    return _Contract(
        tax_class=row.optional("tax_class"),
        product=Product(
            product=ProductId(row.text("product")),
            exchange=ExchangeId(exchange),
            code=code,
            product_name=row.text("name"),
            multiplier=row.positive("multiplier"),
            tick=row.positive("tick"),
            quote_unit=_unit(row),
            lot_unit=row.text("lot_unit"),
            tonnes_per_lot=row.number("tonnes_per_lot"),
            fee_class=row.word("fee_class", FeeClass),
            explicit_close_today=row.flag("explicit_close_today"),
            larger_side=row.flag("larger_side"),
            match=row.word("match", Match),
            margin_release=row.word("margin_release", MarginRelease),
            quote_taxed=row.flag("quote_taxed"),
            last_day=last_day_rule(row),
            session=SessionId(row.text("session")),
            last_day_session=_optional_session(row),
        ),
    )


def _unit(row: Row) -> str:
    unit = row.text("quote_unit")
    fault = fault_of_unit(unit)
    if fault:
        raise row.wrong("quote_unit", fault)
    return unit


def _optional_session(row: Row) -> SessionId | None:
    cell = row.optional("last_day_session")
    return None if cell is None else SessionId(cell)
