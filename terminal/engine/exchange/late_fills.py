"""Book a fill on its own trading day although it is told after that day was settled (SAFETY I8).

The exchange counts its lots among yesterday's and has settled them. So do the books: each settlement since the fill is
made up for at the price it reckoned with, or would have, had it known of the lots. Where that price is not known, the
last price of the day stands in, without one the fill's own, until the settlement price comes (`day.correct`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.books.late_fill import LateFill, LateSettlement
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.words.risk import Level
from terminal.engine.exchange.day import settlement_known
from terminal.engine.wording import short

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.reports import Traded
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow
    from terminal.engine.turn import Turn

CODE = "LATE_FILL"


def late_fill(look: Look, account: AccountState, report: Traded) -> LateFill | None:
    """Return what a fill has missed; `None` of one whose day is not settled yet."""
    day, name = report.trading_day, report.instrument
    missed: list[LateSettlement] = []
    while day < account.trading_day:
        price, is_final = _settled_at(look, account, name, day)
        if price is None:
            price = missed[-1].price if missed else report.price
        missed.append(LateSettlement(trading_day=day, price=price, waits=not is_final))
        day = look.calendar.next_day(day)
    return LateFill(settlements=tuple(missed)) if missed else None


def tell_late(turn: Turn, account: AccountState, row: OrderRow, report: Traded, late: LateFill) -> None:
    """Tell people that a settled day has changed."""
    stands_in = "（结算价未到，暂按此价）" if late.waits else ""
    settled = f"按结算价 {late.basis}{stands_in}结算"
    became = f"开仓 {report.lots} 手已是昨仓，" if row.terms.is_opening else f"平仓 {report.lots} 手，"
    turn.say(
        AlertRaised(
            account=account.account,
            level=Level.YELLOW,
            code=CODE,
            instrument=report.instrument,
            sentence=f"账户 {account.account} {report.trading_day} 的成交 {report.trade}（{short(report.instrument)} @"
            f"{report.price}）在日终之后才报到，已记入那一日：{became}{settled}；请与结算单核对。",
        )
    )


def _settled_at(look: Look, account: AccountState, name: InstrumentId, day: int) -> tuple[Decimal | None, bool]:
    # The price a settled day reckoned with or would have, and whether none is waited for any more.
    days = account.book.unsettled_days()
    waited = days.get(day, {}).get(name)
    if waited is not None and waited.price is not None:
        return waited.price, False
    is_last = look.calendar.next_day(day) == account.trading_day
    reckoned = account.book.reference(name) if is_last else None
    price = settlement_known(look, name, day) if reckoned is None else reckoned
    if price is not None:
        return price, True
    calendar = look.calendar
    last = look.columns.closing_price(name, day, calendar.ends_at(day), since=calendar.begins_at(day))
    return last, not (is_last or day in days)
