"""Keep a report of the exchange out of the books when it cannot be true or cannot be booked, and tell people.

The books are changed by what certainly happened. A trade that contradicts itself, its order or the calendar, or whose
fee nobody knows, is put aside with its reason: no lot and no yuan moves. If it did happen, the positions differ at the
next complete answer, nothing opens, and people have read why. Every such answer brings its trades again; one whose
cause was mended is booked then. Ends of positions no answer brings again: `endings` keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.fact.facts import AlertRaised, ReportQuarantined
from terminal.domain.orders.offset import Bucket, bucket_of
from terminal.domain.orders.order import Offset, Side
from terminal.domain.products.fees import fees_known
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Level
from terminal.engine.combinations.told import worse_difference
from terminal.engine.wording import BUY_SELL, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.reports import Ended, Traded
    from terminal.engine.state import AccountState, FillKey, OrderRow, TenantState, TradeRow
    from terminal.engine.turn import Turn

CODE = "REPORT_QUARANTINED"
MOST_KEPT = 200  # per account and two trading days: where one is wrong, thousands may be


class Fault(NamedTuple):
    """Hold why a report is put aside: a code for programs, a sentence for people that ends in what to do."""

    code: str
    reason: str


def key_of(report: Traded) -> str:
    """Return what names a trade: its own fields, so that one that says something else is another one."""
    fields = (report.trading_day, report.exchange, report.trade, report.sys_id, report.side, report.wire_key)
    return "|".join(map(str, (*fields, report.instrument, report.lots, report.price)))


def booked_trades(account: AccountState) -> dict[FillKey, TradeRow]:
    """Return the day's booked trades by key: a complete answer repeats every one of them."""
    return {fill_key(row): row for row in account.trades}


def fill_key(row: TradeRow | Traded) -> FillKey:
    """Return what names a trade of a day at its exchange."""
    return (row.trading_day, row.exchange, row.trade, row.sys_id, row.side)


def repeats(booked: Mapping[FillKey, TradeRow], report: Traded) -> Fault | None:
    """Return what is wrong with a trade whose number was booked already; `None` where it says the same once more."""
    row = booked.get(fill_key(report))
    if row is None or (row.lots, row.price) == (report.lots, report.price):
        return None
    said = f"先报 {row.lots} 手 @{row.price}，又报 {report.lots} 手 @{report.price}"
    return Fault("DUPLICATE_TRADE", f"成交号 {report.trade} 已经入账，{said}；请与交易所核对这笔成交")


def unknown_order(report: Traded) -> Fault:
    """Return the fault of a trade of no order of ours."""
    return Fault("UNKNOWN_ORDER", f"找不到成交所属的委托 {report.wire_key}；若是其他终端下的单，请到该终端核对")


def fault_of(
    tenant: TenantState, account: AccountState, row: OrderRow, report: Traded, calendar: Calendar
) -> Fault | None:
    """Return why a trade of an order cannot be booked, `None` where it can."""
    terms, instrument = row.terms, tenant.instruments.get(report.instrument)
    if not is_trading_day(calendar, report.trading_day):
        return Fault("NOT_A_TRADING_DAY", f"{report.trading_day} 不是交易日；请与交易所核对成交日期")
    if report.trading_day < row.trading_day or calendar.previous_day(report.trading_day) > account.trading_day:
        told = f"委托 {row.order} 是 {row.trading_day} 的，成交报的交易日是 {report.trading_day}"
        return Fault("NOT_OF_ITS_DAY", f"{told}；请与交易所核对成交日期")
    if instrument is None or (terms.instrument, terms.side) != (report.instrument, report.side):
        told = f"委托 {row.order} 是 {short(terms.instrument)} {BUY_SELL[terms.side]}"
        return Fault(
            "NOT_OF_ITS_ORDER", f"{told}，成交报的是 {short(report.instrument)} {BUY_SELL[report.side]}；请与交易所核对"
        )
    if not 0 < report.lots <= row.remaining:
        return Fault("BEYOND_ORDER", f"委托 {row.order} 只剩 {row.remaining} 手，成交 {report.lots} 手；请与交易所核对")
    if not instrument.on_grid(report.price) or report.price <= 0:  # what is no number has no order
        return Fault("BAD_PRICE", f"成交价 {report.price} 不在最小变动价位 {instrument.tick} 上；请与交易所核对")
    if (report.price - terms.price) * terms.side.sign > 0:
        told = f"委托 {row.order} 限价 {terms.price} {BUY_SELL[terms.side]}，成交价 {report.price} 比限价差"
        return Fault("BEYOND_LIMIT", f"{told}；请与交易所核对")
    if not fees_known(instrument):
        return Fault("NO_FEE", f"{short(instrument.id)} 没有手续费，算不出账；请补上手续费，之后自动入账")
    if terms.offset is not Offset.OPEN and _held(account, instrument, terms, report.trading_day) < report.lots:
        return Fault("NOTHING_TO_CLOSE", f"{short(instrument.id)} 没有 {report.lots} 手可平；请与交易所核对持仓")
    return _beyond_difference(account, row, report)


def _beyond_difference(account: AccountState, row: OrderRow, report: Traded) -> Fault | None:
    difference = worse_difference(account, row, report)
    if difference is None or row.leg is None:
        return None
    asked = f"组合 {short(row.leg.combination)} 限价 {amount_text(row.leg.price)} {BUY_SELL[row.leg.side]}"
    told = f"{asked}，加上这笔，两腿成交的价差平均 {amount_text(round(difference, 4))}，比限价差"
    return Fault("BEYOND_LIMIT", f"{told}；请与交易所核对")


def _held(account: AccountState, instrument: Instrument, terms: OrderTerms, day: int) -> int:
    # What a close of a day may take, under whatever close it is frozen.
    if day < account.trading_day:
        return account.book.lots_then(instrument, terms, day)
    held = account.book.position(instrument.id, terms.hedge_flag)
    long = terms.position_side is Side.BUY
    today, old = (held.long_today, held.long_yesterday) if long else (held.short_today, held.short_yesterday)
    return {Bucket.TODAY: today, Bucket.YESTERDAY: old, Bucket.OLDEST_FIRST: today + old}[
        bucket_of(instrument, terms.offset)
    ]


def put_trade_aside(turn: Turn, account: AccountState, report: Traded, fault: Fault) -> None:
    """Keep a trade with its reason, once, and raise an alert."""
    what = f"成交 {report.trade}（{report.lots} 手）"
    put_aside(turn, account, report, f"{fault.code}|{key_of(report)}", report.instrument, what, fault)


def put_aside(
    turn: Turn,
    account: AccountState,
    report: Traded | Ended,
    key: str,
    instrument: InstrumentId,
    what: str,
    fault: Fault,
) -> None:
    """Keep a report with its reason, once, and raise an alert; `what` names it to people."""
    if key in account.quarantined or len(account.quarantined) >= MOST_KEPT:
        return
    turn.say(
        ReportQuarantined(
            account=account.account,
            key=key,
            code=fault.code,
            reason=fault.reason,
            row=msgspec.json.encode(report).decode(),
            trading_day=account.trading_day,
        )
    )
    _tell(turn, account, instrument, f"{what}没有入账：{fault.reason}。")


def _tell(turn: Turn, account: AccountState, instrument: InstrumentId, sentence: str) -> None:
    known = instrument if instrument in turn.state.tenant.instruments else None
    turn.say(AlertRaised(account=account.account, level=Level.ORANGE, code=CODE, instrument=known, sentence=sentence))


def is_trading_day(calendar: Calendar, day: int) -> bool:
    """Return whether a day that a report names is one of the calendar's."""
    try:
        return calendar.is_trading_day(day)
    except UserError:
        return False  # outside the table: nobody can say, and nothing that is asked about it can be booked
