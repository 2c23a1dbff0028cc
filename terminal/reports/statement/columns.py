"""List the tables of a statement and their columns, under every name brokers have printed them.

A column is found by its Chinese name or, in a statement that has only those, by its English one. `summed` columns are
added up against the table's last row (共 n 条). A column that is not `required` is missing in some years or houses:
成交类型 and 投/保 of closed lots in 2017, the profit of one layout in the other.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple

from terminal.reports.statement.lines import (
    CashLine,
    ClosedLine,
    DeliveryLine,
    DetailLine,
    ExerciseLine,
    Part,
    SummaryLine,
    TableLine,
    TradeLine,
)
from terminal.reports.statement.words import squeezed


class Kind(Enum):
    """Name what a cell holds."""

    TEXT = auto()
    DAY = auto()
    LOTS = auto()
    NUMBER = auto()  # a price or an amount; an empty cell is zero
    SIDE = auto()
    FLAG = auto()
    OFFSET = auto()
    EXCHANGE = auto()
    EXERCISED = auto()


class Column(NamedTuple):
    """Describe one column of a table; `names` are squeezed."""

    field: str
    kind: Kind
    names: frozenset[str]
    chinese: str
    required: bool
    summed: bool


class Table(NamedTuple):
    """Describe one table; `titles` are what its title begins with, squeezed."""

    part: Part
    titles: tuple[str, ...]
    line: type[TableLine]
    columns: tuple[Column, ...]


def _column(field: str, kind: Kind, *names: str, optional: bool = False, summed: bool = False) -> Column:
    return Column(field, kind, frozenset(map(squeezed, names)), names[0], not optional, summed)


_EXCHANGE: Final = _column("exchange", Kind.EXCHANGE, "交易所", "Exchange")
_PRODUCT: Final = _column("product", Kind.TEXT, "品种", "Product", optional=True)
_SYMBOL: Final = _column("symbol", Kind.TEXT, "合约", "Instrument")
_SIDE: Final = _column("side", Kind.SIDE, "买/卖", "B/S")
_FLAG: Final = _column("flag", Kind.FLAG, "投/保", "S/H")
_PREMIUM: Final = _column("premium", Kind.NUMBER, "权利金收支", "Premium Received/Paid", optional=True, summed=True)
_KIND: Final = _column("kind", Kind.TEXT, "成交类型", "trade type", optional=True)
_OPEN_PRICE: Final = _column("open_price", Kind.NUMBER, "开仓价", "Pos. Open Price")
_BEFORE: Final = _column("previous_settlement", Kind.NUMBER, "昨结算", "Prev. Sttl")
_PROFIT: Final = ("平仓盈亏", "Realized P/L", "Total P/L")

TABLES: Final = (
    Table(
        Part.CASH,
        ("出入金明细", "deposit/withdrawal"),
        CashLine,
        (
            _column("day", Kind.DAY, "发生日期", "Date"),
            _column("kind", Kind.TEXT, "出入金类型", "Type", optional=True),
            _column("paid_in", Kind.NUMBER, "入金", "Deposit", summed=True),
            _column("paid_out", Kind.NUMBER, "出金", "Withdrawal", summed=True),
            _column("note", Kind.TEXT, "说明", "Note", optional=True),
        ),
    ),
    Table(
        Part.TRADES,
        ("成交记录", "成交明细", "transactionrecord"),
        TradeLine,
        (
            _column("day", Kind.DAY, "成交日期", "Date"),
            _column("time", Kind.TEXT, "成交时间", "Time", optional=True),
            _EXCHANGE,
            _PRODUCT,
            _SYMBOL,
            _SIDE,
            _FLAG,
            _column("price", Kind.NUMBER, "成交价", "Price"),
            _column("lots", Kind.LOTS, "手数", "Lots", summed=True),
            _column("turnover", Kind.NUMBER, "成交额", "Turnover", summed=True),
            _column("offset", Kind.OFFSET, "开平", "O/C"),
            _column("fee", Kind.NUMBER, "手续费", "Fee", summed=True),
            _column("close_profit", Kind.NUMBER, *_PROFIT, optional=True, summed=True),
            _PREMIUM,
            _column("number", Kind.TEXT, "成交序号", "Trans.No.", optional=True),
            _KIND,
        ),
    ),
    Table(
        Part.EXERCISED,
        ("行权明细", "期权行权明细", "exercisestatement"),
        ExerciseLine,
        (
            _column("day", Kind.DAY, "成交日期", "交割日期", "行权日期", "Date"),
            _EXCHANGE,
            _PRODUCT,
            _SYMBOL,
            _FLAG._replace(required=False),
            _SIDE,
            _column("exercised", Kind.EXERCISED, "是否行权", "Exercise/Abandon"),
            _column("lots", Kind.LOTS, "行权数量", "手数", "Volume Exercised", summed=True),
            _column("price", Kind.NUMBER, "行权价格", "行权价", "Exercise Price"),
            _column("amount", Kind.NUMBER, "行权金额", "Amount Exercised", optional=True, summed=True),
            _column("profit", Kind.NUMBER, "行权盈亏", "Exercise P/L", optional=True, summed=True),
            _column("fee", Kind.NUMBER, "行权手续费", "手续费", "Exercise Fee", optional=True, summed=True),
        ),
    ),
    Table(
        Part.DELIVERED,
        ("交割明细", "delivery"),
        DeliveryLine,
        (
            _column("day", Kind.DAY, "交割日期", "成交日期", "Date"),
            _EXCHANGE,
            _PRODUCT,
            _column("symbol", Kind.TEXT, "合约", "交割合约", "交割期", "Instrument", "Del.Mth"),
            _FLAG._replace(required=False),
            _SIDE,
            _column("lots", Kind.LOTS, "实提数量", "交割数量", "手数", "Delivered Qty", "Lots", summed=True),
            _column("price", Kind.NUMBER, "交割价格", "交割价", "交割结算价", "Delivery Price"),
            _column("amount", Kind.NUMBER, "交割金额", "Delivery Amount", optional=True, summed=True),
            _column("profit", Kind.NUMBER, "交割盈亏", "Realized P/L at Delivery", optional=True, summed=True),
            _column("fee", Kind.NUMBER, "交割手续费", "手续费", "Delivery Fee", optional=True, summed=True),
        ),
    ),
    Table(
        Part.CLOSED,
        ("平仓明细", "positionclosed"),
        ClosedLine,
        (
            _column("day", Kind.DAY, "平仓日期", "Close Date"),
            _EXCHANGE,
            _PRODUCT,
            _SYMBOL,
            _column("open_day", Kind.DAY, "开仓日期", "Open Date"),
            _FLAG._replace(required=False),
            _SIDE,
            _column("lots", Kind.LOTS, "手数", "Lots", summed=True),
            _OPEN_PRICE,
            _BEFORE,
            _column("price", Kind.NUMBER, "成交价", "Trans. Price"),
            _column("close_profit", Kind.NUMBER, *_PROFIT, summed=True),
            _PREMIUM,
            _KIND,
        ),
    ),
    Table(
        Part.DETAIL,
        ("持仓明细", "开仓明细", "positionsdetail"),
        DetailLine,
        (
            _EXCHANGE,
            _PRODUCT,
            _SYMBOL,
            _column("open_day", Kind.DAY, "开仓日期", "Open Date"),
            _FLAG,
            _SIDE,
            _column("lots", Kind.LOTS, "持仓量", "Positon", "Position", summed=True),
            _OPEN_PRICE,
            _BEFORE,
            _column("settlement", Kind.NUMBER, "结算价", "Settlement Price"),
            _column("floating_profit", Kind.NUMBER, "浮动盈亏", "Accum. P/L", optional=True, summed=True),
            _column("day_profit", Kind.NUMBER, "盯市盈亏", "MTM P/L", optional=True, summed=True),
            _column("margin", Kind.NUMBER, "保证金", "Margin", summed=True),
            _column("option_value", Kind.NUMBER, "期权市值", "Market Value(Options)", optional=True, summed=True),
        ),
    ),
    Table(
        Part.SUMMARY,
        ("持仓汇总", "positions"),
        SummaryLine,
        (
            _PRODUCT,
            _SYMBOL,
            _column("long_lots", Kind.LOTS, "买持", "Long Pos.", summed=True),
            _column("long_price", Kind.NUMBER, "买均价", "Avg Buy Price"),
            _column("short_lots", Kind.LOTS, "卖持", "Short Pos.", summed=True),
            _column("short_price", Kind.NUMBER, "卖均价", "Avg Sell Price"),
            _BEFORE,
            _column("settlement", Kind.NUMBER, "今结算", "Sttl Today"),
            _column("day_profit", Kind.NUMBER, "持仓盯市盈亏", "MTM P/L", optional=True, summed=True),
            _column("floating_profit", Kind.NUMBER, "浮动盈亏", "Accum. P/L", optional=True, summed=True),
            _column("margin", Kind.NUMBER, "保证金占用", "Margin Occupied", summed=True),
            _FLAG,
            _column("long_option_value", Kind.NUMBER, "多头期权市值", "Market Value(Long)", optional=True, summed=True),
            _column(
                "short_option_value", Kind.NUMBER, "空头期权市值", "Market Value(Short)", optional=True, summed=True
            ),
        ),
    ),
)


def table_of(title: str) -> Table | None:
    """Return the table a title names; `None` for one this program does not know."""
    words = squeezed(title)
    return next((table for table in TABLES if words.startswith(table.titles)), None)


def has_columns(table: Table, names: tuple[str, ...]) -> bool:
    """Return whether a header has every column that a table cannot be read without."""
    printed = {squeezed(name) for name in names}
    return all(column.names & printed for column in table.columns if column.required)


def could_be_cut_title(title: str) -> bool:
    """Return whether a text is the beginning of a table's title and no more."""
    words = squeezed(title)
    return bool(words) and any(known != words and known.startswith(words) for table in TABLES for known in table.titles)
