"""Hold a settlement statement (交易结算单): its head, its money, its tables, and how much of it was there.

Every row names the line of the file it stands in, so that a difference can be looked up. Columns this program does not
know are kept in `other` under their own names, tables it does not know in `Statement.others`.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from terminal.domain.ids import ExchangeId
from terminal.domain.orders.order import HedgeFlag, Offset, Side


class Layout(StrEnum):
    """Name the two layouts of a statement; 客户权益 is the same in both, 期末结存 is not (DOMAIN 4.4)."""

    BY_DAY = "BY_DAY"  # 逐日盯市
    BY_TRADE = "BY_TRADE"  # 逐笔对冲


class Part(StrEnum):
    """Name the parts of a statement by their titles."""

    FUNDS = "资金状况"
    CASH = "出入金明细"
    TRADES = "成交记录"
    EXERCISED = "行权明细"
    DELIVERED = "交割明细"
    CLOSED = "平仓明细"
    DETAIL = "持仓明细"
    SUMMARY = "持仓汇总"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Say whose statement this is and of which trading days; a daily one has `first_day` == `last_day`."""

    client: str
    name: str
    broker: str
    layout: Layout
    first_day: int
    last_day: int
    created: int | None


class FundsLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one figure of the account summary, in yuan; 风险度 is in percent."""

    name: str
    amount: Decimal
    line: int


class CashLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a deposit or withdrawal."""

    line: int
    day: int
    kind: str
    paid_in: Decimal
    paid_out: Decimal
    note: str
    other: dict[str, str]


class TradeLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a trade; `number` is the exchange's trade number, empty where the statement has none."""

    line: int
    day: int
    time: str
    exchange: ExchangeId
    product: str
    symbol: str
    side: Side
    flag: HedgeFlag
    price: Decimal
    lots: int
    turnover: Decimal
    offset: Offset
    fee: Decimal
    close_profit: Decimal | None
    premium: Decimal | None
    number: str
    kind: str
    other: dict[str, str]


class ClosedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold lots that were closed; `side` is the closing trade's."""

    line: int
    day: int
    exchange: ExchangeId
    product: str
    symbol: str
    open_day: int
    flag: HedgeFlag | None
    side: Side
    lots: int
    open_price: Decimal
    previous_settlement: Decimal
    price: Decimal
    close_profit: Decimal
    premium: Decimal | None
    kind: str
    other: dict[str, str]


class DetailLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold lots that are held, by their opening trade; `side` is BUY for long."""

    line: int
    exchange: ExchangeId
    product: str
    symbol: str
    open_day: int
    flag: HedgeFlag
    side: Side
    lots: int
    open_price: Decimal
    previous_settlement: Decimal
    settlement: Decimal
    floating_profit: Decimal | None
    day_profit: Decimal | None
    margin: Decimal
    option_value: Decimal | None
    other: dict[str, str]


class SummaryLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold all lots of one contract and flag."""

    line: int
    product: str
    symbol: str
    long_lots: int
    long_price: Decimal
    short_lots: int
    short_price: Decimal
    previous_settlement: Decimal
    settlement: Decimal
    day_profit: Decimal | None
    floating_profit: Decimal | None
    margin: Decimal
    flag: HedgeFlag
    long_option_value: Decimal | None
    short_option_value: Decimal | None
    other: dict[str, str]


class ExerciseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold options that ended; `side` is BUY for long ones, `exercised` is false where they were given up (放弃).

    `price` is the strike and `amount` what the lots make at it.
    """

    line: int
    day: int
    exchange: ExchangeId
    product: str
    symbol: str
    flag: HedgeFlag | None
    side: Side
    exercised: bool
    lots: int
    price: Decimal
    amount: Decimal | None
    profit: Decimal | None
    fee: Decimal | None
    other: dict[str, str]


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """Hold lots of a future that were delivered; `side` is BUY for long ones.

    Some houses print the month of delivery for `symbol`, beside the product's name.
    """

    line: int
    day: int
    exchange: ExchangeId
    product: str
    symbol: str
    flag: HedgeFlag | None
    side: Side
    lots: int
    price: Decimal
    amount: Decimal | None
    profit: Decimal | None
    fee: Decimal | None
    other: dict[str, str]


TableLine = CashLine | TradeLine | ExerciseLine | DeliveryLine | ClosedLine | DetailLine | SummaryLine


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Say how much of a part was there; `why` says what is missing and is empty for a whole one."""

    part: Part
    line: int | None
    rows: int
    why: str = ""
    unknown_columns: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Return whether nothing of the part is missing."""
        return not self.why


class OtherTable(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a table this program does not know, as it stands there: (line, cells)."""

    title: str
    line: int
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a statement as far as it goes; `sections` has every part that is there or that the others call for.

    `unread` says what stands there and is not known to this program, so that nobody has compared it.
    """

    head: Head
    funds: dict[str, FundsLine]
    cash: tuple[CashLine, ...]
    trades: tuple[TradeLine, ...]
    exercised: tuple[ExerciseLine, ...]
    delivered: tuple[DeliveryLine, ...]
    closed: tuple[ClosedLine, ...]
    detail: tuple[DetailLine, ...]
    summary: tuple[SummaryLine, ...]
    sections: tuple[Section, ...]
    others: tuple[OtherTable, ...]
    unread: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Return whether nothing is missing."""
        return all(section.whole for section in self.sections)

    def section(self, part: Part) -> Section | None:
        """Return what is known of a part; `None` where it is absent and nothing calls for it."""
        return next((section for section in self.sections if section.part is part), None)

    def has_all_of(self, part: Part) -> bool:
        """Return whether the rows of a part are all there, be it that there are none."""
        section = self.section(part)
        if section is not None:
            return section.whole
        funds = self.section(Part.FUNDS)  # it would call for the part if there were anything in it
        return funds is not None and funds.whole

    def amount(self, name: str) -> Decimal:
        """Return a figure of the account summary; one that is not printed is zero."""
        line = self.funds.get(name)
        return Decimal(0) if line is None else line.amount
