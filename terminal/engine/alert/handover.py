"""Hand the night over to the day: at 08:50 list the orders of the night that still work, before they can trade again.

What becomes of them at the opening is their exchange's rule: since the trading day 2023-05-26 they join the day auction
at SHFE, INE and DCE, where they can be cancelled until 08:59; at CZCE they can only be cancelled then; before that day,
and where a product has no auction after a night, they go on when continuous trading does (DOMAIN 4.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.days.calendar import instant
from terminal.domain.days.sessions import Phase
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.quiet import NEVER
from terminal.domain.words.risk import Level
from terminal.engine.wording import order_title

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.days.sessions import SessionId
    from terminal.domain.ids import AccountId
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow
    from terminal.engine.turn import Turn

CODE: Final = "NIGHT_ORDERS_LEFT"
MOST_NAMED: Final = 10


class Handover:
    """Tell each account once a trading day; holds only the pace."""

    def __init__(self) -> None:
        self._told: dict[AccountId, int] = {}

    def due(self, account: AccountState) -> int:
        """Return from when on an account is to be told on its trading day, UTC ns; never again where it was."""
        day = account.trading_day
        return NEVER if self._told.get(account.account) == day else instant(day, 8, 50)

    def look_at(self, turn: Turn, look: Look, account: AccountState) -> None:
        """Raise the card if it is time and anything is left of the night."""
        day = account.trading_day
        if turn.at < self.due(account) or turn.at >= instant(day, 9):
            return
        self._told[account.account] = day
        if any(one.code == CODE and one.at >= instant(day, 8, 50) for one in account.open_alerts.values()):
            return  # told before a restart
        night_ended = instant(day, 6)
        left = [row for row in account.live.values() if row.recorded_at < night_ended and row.trading_day == day]
        if not left:
            return
        named = [_line(look, row, day) for row in left[:MOST_NAMED]]
        more = f"；等 {len(left)} 笔" if len(left) > MOST_NAMED else ""
        sentence = (
            f"账户 {account.account} 夜盘交接：还有 {len(left)} 笔夜盘委托未了：{'；'.join(named)}{more}。"
            "不再需要的请在开盘前撤单。"
        )
        turn.say(
            AlertRaised(account=account.account, level=Level.YELLOW, code=CODE, instrument=None, sentence=sentence)
        )


def at_opening(calendar: Calendar, template: SessionId, day: int) -> str:
    """Return what becomes of a night order of these sessions in the morning of a trading day."""
    begins, opens = instant(day, 8, 50), instant(day, 9)
    for part in calendar.day_plan(template, day):
        if part.phase is Phase.AUCTION and begins <= part.begins_at < opens:
            return "参加 08:55 起的日盘集合竞价，08:59 前可撤" if part.orders else "08:55–08:59 只可撤单，开盘后继续"
    return "没有日盘集合竞价，开盘后继续"


def _line(look: Look, row: OrderRow, day: int) -> str:
    template = look.template(look.instrument(row.terms.instrument))
    then = "" if template is None else f"，{at_opening(look.calendar, template, day)}"
    return f"{order_title(row.terms, row.leg)}（余 {row.terms.lots - row.filled} 手{then}）"
