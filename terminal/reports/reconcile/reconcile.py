"""Hold our books of a trading day against a statement of it, as far as the statement goes.

Whatever of the statement is not there, or is not known to this program, is named: a result that agrees says that
everything was compared. What is compared and what is not stands in docs/statement.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from terminal.domain.errors import UserError
from terminal.domain.products.fees import round_half_up
from terminal.reports.reconcile.ends import compare_ends
from terminal.reports.reconcile.funds import compare_funds, not_known, not_printed
from terminal.reports.reconcile.own_day import OwnDay
from terminal.reports.reconcile.positions import PositionsFound, compare_positions, of_detail, of_summary
from terminal.reports.reconcile.result import Difference, Outcome, Reconciliation, Row, Subject, signed
from terminal.reports.reconcile.trades import TradesFound, compare_trades
from terminal.reports.statement.balance import counted
from terminal.reports.statement.lines import Layout, Part, Statement


def trading_day_of(statement: Statement) -> int:
    """Return the day a daily statement is of; one of several days is a `UserError`."""
    head = statement.head
    if head.first_day != head.last_day:
        raise UserError(f"这是 {head.first_day} 至 {head.last_day} 的结算单；对账按交易日进行，请导出每日的结算单。")
    return head.first_day


def reconcile(ours: OwnDay, statement: Statement) -> Reconciliation:
    """Return what agrees and what does not, with a sentence for each difference."""
    if trading_day_of(statement) != ours.trading_day:
        raise UserError(f"结算单是 {statement.head.first_day} 的，我方账是 {ours.trading_day} 的，不能对账。")
    layout = statement.head.layout
    missing = [f"{section.part}：{section.why}。" for section in statement.sections if not section.whole]
    missing += statement.unread
    if statement.has_all_of(Part.FUNDS):
        missing += not_printed(ours.funds, counted(statement), layout)
    rows = [*_head(ours, statement)]
    trades = _trades(ours, statement)
    ends = compare_ends(ours.ends, statement)
    positions = _positions(ours, statement, missing)
    rows += [*trades.rows, *ends.rows]
    rows += [] if positions is None else positions.rows
    rows += compare_funds(
        ours.funds, counted(statement), layout, _explained(trades, positions, layout) | ends.explained
    )
    found = [difference for row in rows for difference in row.differences]
    own = [difference for difference in found if not difference.follows]
    agrees = not found and not missing
    equity = statement.funds.get("客户权益")
    delta = None if equity is None else equity.amount - round_half_up(ours.funds.equity)
    outcomes = Counter(row.outcome for row in rows)
    return Reconciliation(
        agrees=agrees,
        sentence=_sentence(own, missing, delta),
        account=ours.account,
        client=statement.head.client,
        broker=statement.head.broker,
        trading_day=ours.trading_day,
        layout=layout,
        matched=outcomes[Outcome.MATCHED],
        differences=len(own),
        following=len(found) - len(own),
        equity_yuan=delta,
        rows=tuple(rows),
        sections=statement.sections,
        not_compared=tuple(missing),
        notes=(*statement.notes, *trades.notes, *ends.notes, *_notes(ours, statement)),
    )


def _head(ours: OwnDay, statement: Statement) -> Iterator[Row]:
    client = statement.head.client
    if ours.investor != client:
        sentence = f"结算单的客户号是 {client}，账户 {ours.account} 登记的是 {ours.investor or '（空）'}；请核对账户。"
        difference = Difference(field="客户号", ours=ours.investor, theirs=client, yuan=None, sentence=sentence)
        yield Row(subject=Subject.HEAD, what="客户号", outcome=Outcome.DIFFERS, differences=(difference,))


def _trades(ours: OwnDay, statement: Statement) -> TradesFound:
    whole = statement.has_all_of(Part.TRADES)
    return compare_trades(ours.trades, statement.trades, statement.head.layout, whole=whole)


def _positions(ours: OwnDay, statement: Statement, missing: list[str]) -> PositionsFound | None:
    head = statement.head
    if statement.has_all_of(Part.DETAIL):
        theirs = of_detail(statement.detail, head.layout, ours.trading_day)
    elif statement.has_all_of(Part.SUMMARY):
        theirs = of_summary(statement.summary, head.layout)
        missing.append("持仓明细不完整，持仓按持仓汇总核对，今昨仓与开仓价没有核对。")
    else:
        if ours.positions:
            missing.append(f"我方 {len(ours.positions)} 项持仓没有核对。")
        return None
    return compare_positions(ours.positions, theirs, head.layout, ours.multipliers)


def _explained(trades: TradesFound, positions: PositionsFound | None, layout: Layout) -> dict[str, Decimal]:
    of_profit = "持仓盯市盈亏" if layout is Layout.BY_DAY else "浮动盈亏"
    effect = trades.effect
    found = {"手续费": effect.fee, "平仓盈亏": effect.close_profit}
    found |= {"权利金收入": effect.received, "权利金支出": effect.paid}
    if positions is not None:
        found |= {of_profit: positions.profit, "保证金占用": positions.margin}
        found |= {"多头期权市值": positions.long_value, "空头期权市值": positions.short_value}
    return {name: yuan for name, yuan in found.items() if yuan is not None}


def _notes(ours: OwnDay, statement: Statement) -> Iterator[str]:
    for section in statement.sections:
        if section.unknown_columns:
            yield f"{section.part}的{'、'.join(section.unknown_columns)}是本程序不认识的列，照原样保留，没有核对。"
    yield from not_known(ours.funds, statement.funds, statement.head.layout, counted(statement))
    if ours.early:
        yield f"我方有 {ours.early} 笔以后交易日的成交或了结在结算之前已入账，金额记在这一天。"
    if ours.provisional:
        yield f"我方结算时 {'、'.join(ours.provisional)} 没有结算价，暂用最新价，与结算单会有差别。"


def _sentence(own: list[Difference], missing: list[str], delta: Decimal | None) -> str:
    parts = f"有 {len(own)} 处差异" if own else "读到的都相符" if missing else "全部相符"
    left = f"，有 {len(missing)} 处没有核对" if missing else ""
    equity = "" if delta is None else f"，客户权益差 {signed(delta)} 元"
    return f"{parts}{left}{equity}。"
