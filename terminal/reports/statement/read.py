"""Read a settlement statement from the bytes of an exported file.

A file that was cut gives what it still holds and says what is missing. What a whole part says must add up: a statement
that does not balance is refused (`balance`), for one figure in it is wrong and nobody can tell which.
"""

from __future__ import annotations

from typing import Any, Final

from terminal.domain.errors import UserError
from terminal.reports.statement.balance import refuse_unbalanced
from terminal.reports.statement.blocks import Blocks, RawTable, cut_blocks
from terminal.reports.statement.columns import Table, has_columns, table_of
from terminal.reports.statement.funds import read_funds
from terminal.reports.statement.head import read_head, whose
from terminal.reports.statement.lines import FundsLine, OtherTable, Part, Section, Statement, TradeLine
from terminal.reports.statement.tables import ReadTable, UnbalancedTableError, read_table
from terminal.reports.statement.text import Text, read_text

# A part that must be there when the account summary has such a figure.
_CALLS_FOR: Final = (
    ("出入金", Part.CASH),
    ("手续费", Part.TRADES),
    ("平仓盈亏", Part.CLOSED),
    ("保证金占用", Part.DETAIL),
    ("持仓盯市盈亏", Part.DETAIL),
    ("浮动盈亏", Part.DETAIL),
    ("保证金占用", Part.SUMMARY),
)
# The figure of a part that is zero when there is nothing in it: without it a part that is absent may have been cut.
_TELLS: Final = {
    Part.CASH: "出入金",
    Part.TRADES: "手续费",
    Part.CLOSED: "平仓盈亏",
    Part.DETAIL: "保证金占用",
    Part.SUMMARY: "保证金占用",
}
_NEEDED: Final = ("期初结存", "期末结存")
# Few of these were ever seen: what of them cannot be read is kept and not compared, and the statement stands.
_SELDOM: Final = frozenset({Part.EXERCISED, Part.DELIVERED})
_FIELDS: Final = {
    Part.CASH: "cash",
    Part.TRADES: "trades",
    Part.EXERCISED: "exercised",
    Part.DELIVERED: "delivered",
    Part.CLOSED: "closed",
    Part.DETAIL: "detail",
    Part.SUMMARY: "summary",
}


class ImpossibleStatementError(UserError):
    """Say what is wrong with a statement that is somebody's: it contradicts itself, or a word in it has no meaning."""

    def __init__(self, message: str, client: str, trading_day: int | None) -> None:
        super().__init__(message)
        self.client, self.trading_day = client, trading_day


def read_statement(data: bytes) -> Statement:
    """Return a statement as far as it goes; what is no statement is a `UserError`, one that cannot be true the other.

    Every sum that whole parts of it make is looked at (`balance`).
    """
    text = read_text(data)
    try:
        return _read(text)
    except UserError as problem:
        found = whose(text.lines)
        if found is None:
            raise
        raise ImpossibleStatementError(problem.message, *found) from problem


def _read(text: Text) -> Statement:
    blocks = cut_blocks(text)
    funds, notes = read_funds(blocks.funds)
    if not blocks.head:
        raise UserError("这不是一张交易结算单：没有开头；请从交易客户端导出完整的文本结算单。")
    if blocks.funds_line is None and not blocks.tables:
        raise UserError("这不是一张交易结算单：没有资金状况，也没有任何一张表；请导出完整的文本结算单。")
    head = read_head(blocks.head, funds)
    rows: dict[str, Any] = dict.fromkeys(_FIELDS.values(), ())
    sections = {Part.FUNDS: _funds_section(blocks, funds)}
    others: list[OtherTable] = []
    unread: list[str] = []
    for raw in blocks.tables:
        table = table_of(raw.title)
        if table is None or (table.part in _SELDOM and not has_columns(table, raw.columns)):
            others.append(_other(raw))
            (unread if _says_something(raw) else notes).append(
                f"第 {raw.line} 行起的“{raw.title}”不是本程序认识的表，{len(raw.rows)} 行照原样保留，没有核对。"
            )
            continue
        if table.part in sections:
            first = sections[table.part].line
            raise UserError(
                f"第 {raw.line} 行又出现一份{table.part}（第一份在第 {first} 行）：一个文件只放一张结算单。"
            )
        found = _table(raw, table)
        if isinstance(found, str):
            others.append(_other(raw))
            unread.append(found)
        else:
            rows[_FIELDS[table.part]], sections[table.part] = found
    _add_missing(sections, blocks, funds)
    statement = Statement(
        head=head,
        funds=funds,
        sections=tuple(sections[part] for part in Part if part in sections),
        others=tuple(others),
        unread=tuple(unread),
        notes=(*notes, *blocks.notes),
        **rows,
    )
    _refuse_repeated(statement.trades)
    refuse_unbalanced(statement)
    return statement


def _table(raw: RawTable, table: Table) -> ReadTable | str:
    try:
        return read_table(raw, table)
    except UnbalancedTableError:
        raise
    except UserError as problem:
        if table.part not in _SELDOM:
            raise
        return f"{problem.message}“{raw.title}”的 {len(raw.rows)} 行照原样保留，没有核对。"


def _funds_section(blocks: Blocks, funds: dict[str, FundsLine]) -> Section:
    why = blocks.funds_why
    if blocks.funds_line is None:
        why = "没有这一部分"
    elif not why:
        lacking = [name for name in _NEEDED if name not in funds]
        why = f"没有{'、'.join(lacking)}" if lacking else ""
    return Section(part=Part.FUNDS, line=blocks.funds_line, rows=len(funds), why=why)


def _other(raw: RawTable) -> OtherTable:
    last = () if raw.last is None else (raw.last,)
    return OtherTable(title=raw.title, line=raw.line, columns=raw.columns, rows=(*raw.rows, *last))


def _says_something(raw: RawTable) -> bool:
    if raw.is_money:
        figures, _ = read_funds([(line, text) for line, (text,) in raw.rows])
        return any(figure.amount for figure in figures.values())
    return bool(raw.rows) or raw.last is None  # without its last row nobody knows how many there were


def _add_missing(sections: dict[Part, Section], blocks: Blocks, funds: dict[str, FundsLine]) -> None:
    if blocks.dangling is not None:
        line, title = blocks.dangling
        table = table_of(title)
        cut = (part for part in Part if part.startswith(title) and part not in sections)
        part = next(cut, None) if table is None else table.part
        if part is not None and part not in sections:
            sections[part] = Section(part=part, line=line, rows=0, why=f"文件在第 {line} 行的标题处中断")
    for name, part in _CALLS_FOR:
        figure = funds.get(name)
        if part not in sections and figure is not None and figure.amount:
            why = f"没有这一部分，而资金状况第 {figure.line} 行的{name}是 {figure.amount}"
            sections[part] = Section(part=part, line=None, rows=0, why=why)
    for part, name in _TELLS.items():
        if part not in sections and sections[Part.FUNDS].whole and name not in funds:
            why = f"没有这一部分，资金状况也没有打印{name}"
            sections[part] = Section(part=part, line=None, rows=0, why=why)


def _refuse_repeated(trades: tuple[TradeLine, ...]) -> None:
    # An exchange gives a number once per contract and side; the same one twice would be booked twice.
    seen: dict[tuple[str, str, str, str], TradeLine] = {}
    for trade in trades:
        if not trade.number:
            continue
        first = seen.setdefault((trade.exchange, trade.symbol, trade.number, trade.side), trade)
        if first is not trade:
            raise UserError(
                f"成交序号 {trade.number}（{trade.symbol}）出现两次："
                f"第 {first.line} 行和第 {trade.line} 行；请核对原件。"
            )
