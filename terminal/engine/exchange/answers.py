"""Fold the exchange's words into facts: reports as they come, and complete answers that settle doubts.

Reports may come twice, late, out of order, or only inside an answer; every order of arrival ends in the same state
(SAFETY I8). A removal whose fills have not all arrived is left alone and the exchange is asked instead, so that the
reservation of those lots is never dropped early. Of an order that was forgotten after its settlement nothing is
booked, for its terms are gone, and nothing is taken for another terminal's: what past days say of it is a repeat, and
what a later day says people are told; the positions then differ, and nothing opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain import reports as r
from terminal.domain.fact.facts import (
    AlertRaised,
    BarrierPassed,
    CancelRefused,
    ExternalOrderSeen,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderVoided,
    Reconciled,
)
from terminal.domain.orders.order import HedgeFlag, OrderState
from terminal.domain.words.risk import Level
from terminal.engine.conditional.attached import follow_fill
from terminal.engine.exchange.elsewhere import tell_twice
from terminal.engine.exchange.endings import take_ends_aside
from terminal.engine.exchange.late_fills import late_fill, tell_late
from terminal.engine.exchange.quarantine import (
    booked_trades,
    fault_of,
    fill_key,
    put_trade_aside,
    repeats,
    unknown_order,
)
from terminal.engine.records.forgetting import forgotten_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.ids import OrderId, WireKey
    from terminal.engine.exchange.proven import Proven
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, FillKey, OrderRow, TradeRow
    from terminal.engine.turn import Turn

SECOND = 1_000_000_000
MOST_TOLD = 200  # differences named in one record: a record has to fit a frame
FORGOTTEN = "FORGOTTEN_ORDER"
MOST_FORGOTTEN = 20  # of these alerts open at a time: where one is wrong, thousands may be
ABSENT_QUERIES = 2
ABSENT_APART = 5 * SECOND
ABSENT_AFTER = 30 * SECOND
WAITING = frozenset({OrderState.RECORDED, OrderState.SENT, OrderState.UNKNOWN, OrderState.VOID})
WORKING = {OrderState.LIVE: "挂单", OrderState.PARTIAL: "部分成交，挂单"}

PrivateReport = r.Accepted | r.Rejected | r.Traded | r.Removed | r.CancelRejected


def take(turn: Turn, look: Look, account: AccountState, report: PrivateReport) -> OrderRow | None:
    """Take one private report; return the order it was about, or `None` when no order of ours explains it."""
    order = account.by_wire.get(report.wire_key)
    if order is None:
        if isinstance(report, r.Traded):
            _fill_of_nobody(turn, account, report)
        return None
    row = account.orders[order]
    match report:
        case r.Accepted():
            _accept(turn, row, report)
        case r.Rejected():
            _reject(turn, row, report.code, report.text)
        case r.Traded():
            _fill(turn, look, account, row, report, None)
        case r.Removed():
            _remove(turn, row, report)
        case r.CancelRejected():
            turn.say(CancelRefused(account=account.account, order=order, code=report.code, text=report.text))
        case _:
            assert_never(report)
    return row


def _accept(turn: Turn, row: OrderRow, report: r.Accepted) -> None:
    if row.sys_id is not None and row.state not in WAITING:
        return
    turn.say(
        OrderAccepted(
            account=row.terms.account,
            order=row.order,
            exchange=report.exchange,
            sys_id=report.sys_id,
            exchange_at=report.exchange_at,
        )
    )


def _reject(turn: Turn, row: OrderRow, code: str, text: str) -> None:
    if row.state in WAITING:
        turn.say(OrderRejected(account=row.terms.account, order=row.order, code=code, text=text))


def _fill_of_nobody(turn: Turn, account: AccountState, report: r.Traded) -> None:
    if not _tell_of_forgotten(turn, account, report.wire_key, report.trading_day, f"成交 {report.lots} 手"):
        put_trade_aside(turn, account, report, unknown_order(report))


def _fill(
    turn: Turn,
    look: Look,
    account: AccountState,
    row: OrderRow,
    report: r.Traded,
    booked: Mapping[FillKey, TradeRow] | None,
) -> bool:
    # Whether it had been booked just as it is told.
    # `booked` are the trades of before a complete answer: looking each of them up anew is quadratic in a day's trades.
    key = fill_key(report)
    is_booked = key in account.fills
    if is_booked:
        known = booked if booked is not None and key in booked else booked_trades(account)
        fault = repeats(known, report)
    else:
        fault = fault_of(turn.state.tenant, account, row, report, look.calendar)
    if fault is not None:
        put_trade_aside(turn, account, report, fault)
    if fault is not None or is_booked:
        return fault is None
    instrument = turn.state.tenant.instruments[report.instrument]
    late = late_fill(look, account, report)
    settled = None if late is None else report.trading_day
    turn.say(
        OrderFilled(
            account=account.account,
            order=row.order,
            exchange=report.exchange,
            sys_id=report.sys_id,
            trade=report.trade,
            trading_day=report.trading_day,
            side=report.side,
            instrument=report.instrument,
            lots=report.lots,
            price=report.price,
            fee=account.book.fee(instrument, row.terms, report.lots, report.price, day=settled),
            exchange_at=report.exchange_at,
            is_last=report.lots == row.remaining,
            late=late,
        )
    )
    if late is not None:
        tell_late(turn, account, row, report, late)
    follow_fill(turn, account, row, report.lots)
    return False


def _remove(turn: Turn, row: OrderRow, report: r.Removed) -> None:
    if row.ended or row.filled + report.unfilled < row.terms.lots:
        return  # a fill is still under way; the next complete answer brings it and then the end
    if report.expired:
        turn.say(OrderExpired(account=row.terms.account, order=row.order, unfilled=report.unfilled))
    else:
        turn.say(OrderCancelled(account=row.terms.account, order=row.order, unfilled=report.unfilled, why=report.why))


def awaits_fills(row: OrderRow, report: PrivateReport) -> bool:
    """Return whether a removal says that fills of the order have not reached us yet."""
    return isinstance(report, r.Removed) and not row.ended and row.filled + report.unfilled < row.terms.lots


def ends_day(turn: Turn, account: AccountState) -> bool:
    """Return whether a turn states that an order of the account's present trading day expired.

    The exchange's day is over then, and ours ends with the next batch: what would be sent in between is of no day.
    """
    for said in turn.said:
        fact = said.fact
        if type(fact) is OrderExpired and account.orders[fact.order].trading_day == account.trading_day:
            return True
    return False


# --- complete answers ------------------------------------------------------------------------------------------


def reconcile(
    turn: Turn, look: Look, account: AccountState, answer: r.QueryAnswer, proven: Proven, *, asked_after: int
) -> bool:
    """Compare a complete answer with the fold: take what it proves, state what differs, open the barrier when equal.

    `proven` is what earlier answers have proven for good; `asked_after` is the reference of the last order that was
    sent before this one was asked for. Return whether it agrees as the one before it did, which is stated only where
    `proven` takes it for news.
    """
    proven.begin(account)
    for trade in proven.new_trades(answer.trades):
        order = account.by_wire.get(trade.wire_key)
        if order is not None and _fill(turn, look, account, account.orders[order], trade, proven.booked):
            proven.take_trade(trade)
    shown: set[OrderId] = set()  # of those that have not ended
    for there in proven.new_orders(answer.orders):
        order = account.by_wire.get(there.wire_key)
        if order is None:
            _external(turn, account, there, answer.trading_day)
        else:
            shown.add(order)
            _prove(turn, account.orders[order], there)
            proven.take_order(there, account.orders[order])
    take_ends_aside(turn, account, look.calendar)
    if answer.trading_day != account.trading_day:
        # One of the two has not turned the day yet: neither lots of today and yesterday nor absence can be compared
        # (SAFETY I14). The next answer will do, and until then nothing opens.
        return False
    absent = tuple(
        row.order for row in account.live.values() if row.state is OrderState.UNKNOWN and row.order not in shown
    )
    found = [*_differences(account, answer), *_lost(account, shown, asked_after)]
    differences, before = tuple(_short_list(found)), account.barrier.differences
    again = account.barrier.passed and not (turn.said or differences or before or absent)
    if not again or proven.is_news(account, turn.at):
        turn.say(
            Reconciled(account=account.account, query=answer.query, at=turn.at, differences=differences, absent=absent)
        )
    _void_absent(turn, account, absent)
    if not differences:
        _expire_gone(turn, account, shown)
    if differences and differences != before:  # the same sight is not told every five seconds
        turn.say(
            AlertRaised(
                account=account.account,
                level=Level.ORANGE,
                code="RECONCILE_DIFFERENCE",
                instrument=None,
                sentence=f"账户 {account.account} 与交易所对账不一致：{'；'.join(differences)}。已暂停开仓，请核对。",
            )
        )
    if not differences and not account.barrier.passed and account.linked:
        turn.say(BarrierPassed(account=account.account, session=account.barrier.session))
    return again


def _prove(turn: Turn, row: OrderRow, there: r.OrderThere) -> None:
    name = row.terms.account
    if there.state == "REJECTED":
        _reject(turn, row, there.code, there.text)
        return
    if row.state in WAITING:
        turn.say(
            OrderAccepted(
                account=name, order=row.order, exchange=there.exchange, sys_id=there.sys_id, exchange_at=turn.at
            )
        )
    if row.ended:
        return
    unfilled = row.terms.lots - there.filled
    if there.state == "CANCELLED" and row.filled == there.filled:
        turn.say(OrderCancelled(account=name, order=row.order, unfilled=unfilled, why="查询"))
    elif there.state == "EXPIRED" and row.filled == there.filled:
        turn.say(OrderExpired(account=name, order=row.order, unfilled=unfilled))


def _external(turn: Turn, account: AccountState, there: r.OrderThere, day: int) -> None:
    if _tell_of_forgotten(turn, account, there.wire_key, day, f"委托，已成 {there.filled} 手"):
        return
    seen = account.external.get((there.exchange, there.sys_id))
    if seen is None or seen.filled != there.filled:
        turn.say(
            ExternalOrderSeen(
                account=account.account,
                exchange=there.exchange,
                sys_id=there.sys_id,
                wire_key=there.wire_key,
                terms=there.terms,
                filled=there.filled,
            )
        )
    if seen is None:
        tell_twice(turn, account, there.terms)


def _tell_of_forgotten(turn: Turn, account: AccountState, wire_key: WireKey, day: int, what: str) -> bool:
    order = forgotten_order(account, wire_key)
    if order is None:
        return False
    if day < account.forgotten.before:
        # A login may have the exchange tell past days once more. That is no news: an order ends here only when every
        # lot of it is accounted for by the exchange's word, and only what had ended was forgotten.
        return True
    sentence = (
        f"交易所报来 {order} 的{what}：账户 {account.account} 的这笔委托在 {account.forgotten.before} 之前已经结束，"
        "这次没有入账，请与交易所核对持仓。"
    )
    told = [row.sentence for row in account.open_alerts.values() if row.code == FORGOTTEN]
    if sentence not in told and len(told) < MOST_FORGOTTEN:
        turn.say(
            AlertRaised(account=account.account, level=Level.ORANGE, code=FORGOTTEN, instrument=None, sentence=sentence)
        )
    return True


def _void_absent(turn: Turn, account: AccountState, absent: tuple[OrderId, ...]) -> None:
    # SAFETY 2: two complete answers at least 5 s apart, and 30 s since the old session is known dead.
    for order in absent:
        row = account.orders[order]
        if row.absent_since is None or row.unknown_at is None or row.absent_queries < ABSENT_QUERIES:
            continue
        if turn.at - row.absent_since >= ABSENT_APART and turn.at - row.unknown_at >= ABSENT_AFTER:
            turn.say(OrderVoided(account=account.account, order=order, why="两次完整查询均无此委托"))


def _expire_gone(turn: Turn, account: AccountState, shown: set[OrderId]) -> None:
    # A complete answer of a later trading day shows no older order any more. Where the books agree as well, a day
    # order that was live has ended unfilled there, and only the word of it was lost.
    for row in list(account.live.values()):
        if row.state in WORKING and row.order not in shown and row.trading_day < account.trading_day:
            turn.say(OrderExpired(account=account.account, order=row.order, unfilled=row.remaining))


def _differences(account: AccountState, answer: r.QueryAnswer) -> list[str]:
    theirs = {(there.instrument, there.hedge_flag): there for there in answer.positions}
    found = []
    for name, flag in sorted({*account.book.positions(), *theirs}):
        held = account.book.position(name, HedgeFlag(flag))
        there = theirs.get((name, flag))
        mine = (held.long_today, held.long_yesterday, held.short_today, held.short_yesterday)
        their = (
            (there.long_today, there.long_yesterday, there.short_today, there.short_yesterday)
            if there is not None
            else (0, 0, 0, 0)
        )
        if mine != their:
            found.append(
                f"{name} 本地 多今{mine[0]}昨{mine[1]} 空今{mine[2]}昨{mine[3]}，"
                f"交易所 多今{their[0]}昨{their[1]} 空今{their[2]}昨{their[3]}"
            )
    return found


def _lost(account: AccountState, shown: set[OrderId], asked_after: int) -> list[str]:
    # A working order of today that was sent before a complete answer was asked for, and is not in it, is no order of
    # this exchange any more. One that was sent later may be younger than an answer that took its time.
    return [
        f"委托 {row.order} 本地{WORKING[row.state]} {row.remaining} 手，交易所没有这笔委托"
        for row in account.live.values()
        if row.state in WORKING
        and row.order not in shown
        and row.trading_day == account.trading_day
        and row.reference <= asked_after
    ]


def _short_list(found: list[str]) -> list[str]:
    rest = len(found) - MOST_TOLD
    return found if rest <= 0 else [*found[:MOST_TOLD], f"另有 {rest} 处不一致"]
