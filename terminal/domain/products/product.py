"""Hold the terms of a product as they were on a day: the exchange's rules and the broker's tariff.

They come from dated tables (`product_tables`). `None` means "not known": the control that needs the figure says so. It
is never a zero and never today's figure used for an older day.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.days.sessions import SessionId
from terminal.domain.ids import ExchangeId, ProductId
from terminal.domain.orders.cancel_line import CancelLine
from terminal.domain.orders.kinds import LIMIT_ONLY, OrderKind
from terminal.domain.products.combination_table import ListedCombination
from terminal.domain.products.expiry import LastDayRule


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
    """Hold the fees for opening, closing and closing today's lots; `None` where the fee is not known.

    `exercise` is charged of lots that are exercised or assigned, `delivery` of those delivered, at the price they left.
    """

    open: Fee | None = None
    close: Fee | None = None
    close_today: Fee | None = None
    exercise: Fee | None = None
    delivery: Fee | None = None


class PositionLimit(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how many lots of one contract a client may hold on a side (持仓限额), hedging under a quota apart.

    `lots` until the contract's open interest has reached `open_interest_from`, from there on the `share` of it.
    """

    lots: int
    open_interest_from: int | None = None
    share: Decimal | None = None

    def most(self, open_interest: int | None) -> int:
        """Return the lots allowed on a side; an open interest that nobody knows allows `lots`."""
        if self.share is None or self.open_interest_from is None or open_interest is None:
            return self.lots
        return int(open_interest * self.share) if open_interest >= self.open_interest_from else self.lots


def fault_of_unit(quote_unit: str) -> str:
    """Say why a product cannot be quoted so; the books are in yuan, and another currency would be added up as yuan."""
    if quote_unit.startswith("元") or quote_unit == "点":
        return ""
    return f"{quote_unit} 不是人民币的报价单位（元/吨、元/克、点等）；账户按人民币记账，别的币种的品种不能列入"


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a product's terms on one day; `None` means not known, and the control that needs it says so.

    Value in yuan = price x lots x `multiplier`. `margin_rate` is the exchange's for speculation, `hedge_margin_rate`
    for hedging where it is another; `broker_margin_add` is what the broker asks on top of either, `margin_by_lot` yuan
    per lot, besides. `price_limit` is the daily band as a fraction of the previous settlement. `quote_taxed` says
    whether the quoted price includes VAT (含税). `hedge_fees` and `arbitrage_fees` hold what lots under those flags pay
    where it is another fee; the rest is as in `fees`. `combinations` are those its exchange lists with it as first leg.
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
    hedge_margin_rate: Decimal | None = None
    broker_margin_add: Decimal | None = None
    margin_by_lot: Decimal | None = None
    price_limit: Decimal | None = None
    fees: Fees = Fees()
    order_kinds: tuple[OrderKind, ...] = LIMIT_ONLY
    cancel_line: CancelLine | None = None
    hedge_fees: Fees | None = None
    arbitrage_fees: Fees | None = None
    combinations: tuple[ListedCombination, ...] = ()
