"""Refuse a statement that contradicts itself, naming the two figures and where they stand.

Only parts that are whole are held against each other. The equations (README of the recordings, DOMAIN 4.4):

- 盯市: 期初 + 出入金 + 平仓盈亏 + 持仓盯市盈亏 + 期权执行盈亏 + 交割盈亏 − 手续费 − 行权手续费 − 交割手续费
  + 权利金收入 − 权利金支出 + 货币质入 − 货币质出 = 期末结存; 逐笔 is the same without 持仓盯市盈亏.
  申报费 is taken off as well or printed beside the sum: either is right.
- 客户权益 = 期末结存 + 质押金, 逐笔 also + 浮动盈亏.
- The rows of each table add up to its line of the account summary; 持仓汇总 has the lots of 持仓明细.

What is not nice: how brokers print the profit of options in the tables differs, so with premiums or option values in a
statement the profits of its tables are not held against its summary. Margins are not either: rows show what each lot
binds, the summary what the exchange charges after 大边 and combinations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import FILING_FEE
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.reports.statement.funds import NAMES
from terminal.reports.statement.lines import FundsLine, Layout, Part, Statement

ZERO: Final = Decimal(0)

_ADDED: Final = ("出入金", "平仓盈亏", "期权执行盈亏", "交割盈亏", "权利金收入", "货币质入")
_TAKEN: Final = ("手续费", "行权手续费", "交割手续费", "权利金支出", "货币质出")
_OF_OPTIONS: Final = ("权利金收入", "权利金支出", "期权执行盈亏", "多头期权市值", "空头期权市值")


class Sum(NamedTuple):
    """Hold what rows of a table add up to."""

    what: str
    amount: Decimal
    lines: tuple[int, ...]


def refuse_unbalanced(statement: Statement) -> None:
    """Raise a `UserError` for the first two figures that contradict each other."""
    funds = statement.section(Part.FUNDS)
    if funds is not None and funds.whole:
        _balance(statement)
        _equity(statement)
        for name, total in _sums(statement):
            _compare(statement, name, total)
    if statement.has_all_of(Part.DETAIL) and statement.has_all_of(Part.SUMMARY):
        _compare_positions(statement)


def counted(statement: Statement) -> Mapping[str, FundsLine]:
    """Return the figures of the account summary without 申报费 where the balance holds without it.

    A house may print it beside the sum, as a part of 手续费.
    """
    said, expected = statement.amount("期末结存"), _expected(statement)
    if said != expected and said == expected - statement.amount(FILING_FEE):
        return statement.funds
    return {name: line for name, line in statement.funds.items() if name != FILING_FEE}


def _added(statement: Statement) -> tuple[str, ...]:
    return (*_ADDED, "持仓盯市盈亏") if statement.head.layout is Layout.BY_DAY else _ADDED


def _expected(statement: Statement) -> Decimal:
    expected = statement.amount("期初结存")
    expected += sum((statement.amount(name) for name in _added(statement)), ZERO)
    return expected - sum((statement.amount(name) for name in _TAKEN), ZERO)


def _balance(statement: Statement) -> None:
    said, expected, filed = statement.amount("期末结存"), _expected(statement), statement.amount(FILING_FEE)
    if said not in (expected, expected - filed):
        names = [name for name in (*_added(statement), *_TAKEN, FILING_FEE) if statement.amount(name)]
        rest = "、".join(f"{name} {statement.amount(name)}（第 {statement.funds[name].line} 行）" for name in names)
        start = statement.funds["期初结存"]
        raise UserError(
            f"结算单不平：期末结存（第 {statement.funds['期末结存'].line} 行）是 {said}，由期初结存 {start.amount}"
            f"（第 {start.line} 行）{'与' + rest if rest else ''}算出的是 {expected - filed}"
            f"{_unknown(statement)}；请核对原件。"
        )


def _unknown(statement: Statement) -> str:
    # What a house prints under a name of its own may be what is missing.
    odd = [line for line in statement.funds.values() if line.amount and line.name not in NAMES]
    told = "、".join(f"{line.name} {line.amount}（第 {line.line} 行）" for line in odd)
    return f"，其中没有算进不认识的{told}" if told else ""


def _equity(statement: Statement) -> None:
    said = statement.funds.get("客户权益")
    if said is None:
        return
    parts = ("期末结存", "质押金") if statement.head.layout is Layout.BY_DAY else ("期末结存", "质押金", "浮动盈亏")
    expected = sum((statement.amount(name) for name in parts), ZERO)
    if said.amount != expected:
        shown = [statement.funds[name] for name in parts if name in statement.funds]
        rest = "、".join(f"{line.name} {line.amount}（第 {line.line} 行）" for line in shown)
        raise UserError(
            f"结算单不平：客户权益（第 {said.line} 行）是 {said.amount}，{rest}相加是 {expected}；请核对原件。"
        )


def _sums(statement: Statement) -> Iterable[tuple[str, Sum]]:
    has, trades = statement.has_all_of, statement.trades
    if has(Part.CASH):
        rows = statement.cash
        total = sum((row.paid_in - row.paid_out for row in rows), ZERO)
        yield "出入金", Sum("出入金明细的入金减出金", total, tuple(row.line for row in rows))
    if has(Part.TRADES):
        lines = tuple(row.line for row in trades)
        yield "手续费", Sum("成交记录的手续费", sum((row.fee for row in trades), ZERO), lines)
    if any(statement.amount(name) for name in _OF_OPTIONS):
        return
    profits = [row.close_profit for row in trades if row.close_profit is not None]
    if has(Part.TRADES) and len(profits) == len(trades):
        yield "平仓盈亏", Sum("成交记录的平仓盈亏", sum(profits, ZERO), tuple(row.line for row in trades))
    if has(Part.CLOSED):
        total = sum((row.close_profit for row in statement.closed), ZERO)
        yield "平仓盈亏", Sum("平仓明细的平仓盈亏", total, tuple(row.line for row in statement.closed))
    if has(Part.DETAIL):
        by_day = statement.head.layout is Layout.BY_DAY
        name, what = ("持仓盯市盈亏", "盯市盈亏") if by_day else ("浮动盈亏", "浮动盈亏")
        held = [row.day_profit if by_day else row.floating_profit for row in statement.detail]
        known = [profit for profit in held if profit is not None]
        if len(known) == len(held):
            lines = tuple(row.line for row in statement.detail)
            yield name, Sum(f"持仓明细的{what}", sum(known, ZERO), lines)


def _compare(statement: Statement, name: str, total: Sum) -> None:
    said = statement.funds.get(name)
    if statement.amount(name) != total.amount:
        where = "没有打印，算作 0" if said is None else f"（第 {said.line} 行）是 {said.amount}"
        raise UserError(
            f"结算单不平：资金状况的{name}{where}，"
            f"{total.what}（{_range(total.lines)}）相加是 {total.amount}；请核对原件。"
        )


def _range(lines: tuple[int, ...]) -> str:
    if not lines:
        return "没有一行"
    return f"第 {lines[0]} 行" if len(lines) == 1 else f"第 {lines[0]} 至 {lines[-1]} 行"


_Key = tuple[str, HedgeFlag]


def _compare_positions(statement: Statement) -> None:
    lots: dict[tuple[_Key, Side], int] = defaultdict(int)
    lines: dict[_Key, list[int]] = defaultdict(list)
    for row in statement.detail:
        key = row.symbol.casefold(), row.flag
        lots[key, row.side] += row.lots
        lines[key].append(row.line)
    for total in statement.summary:
        key = total.symbol.casefold(), total.flag
        for side, name, said in ((Side.BUY, "买持", total.long_lots), (Side.SELL, "卖持", total.short_lots)):
            held = lots.pop((key, side), 0)
            if held != said:
                raise UserError(
                    f"结算单不平：持仓汇总第 {total.line} 行 {total.symbol} 的{name}是 {said} 手，"
                    f"持仓明细（{_range(tuple(lines[key]))}）相加是 {held} 手；请核对原件。"
                )
    for (key, _), held in lots.items():
        raise UserError(
            f"结算单不平：持仓明细（{_range(tuple(lines[key]))}）有 {key[0]} {held} 手，持仓汇总没有；请核对原件。"
        )
