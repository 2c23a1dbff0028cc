"""Book money that came in or went out, as somebody of risk or an administrator says.

Cash can take the cause of a level away as a looser limit can (SAFETY 6). So what comes in while anything of the account
is red, or while its risk degree holds it at orange, waits for a second person, under the rule for looser limits: one of
the two is of risk, and neither has caused a red.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain.fact.facts import CashMoved
from terminal.domain.orders.order import Cause, Origin
from terminal.domain.words.risk import Level
from terminal.engine.alert.causing import refuse_causing
from terminal.engine.confirmations import approval
from terminal.engine.confirmations.waiting import need_room
from terminal.engine.refused import Refused
from terminal.engine.wording import LEVELS, cash_title, level_title, under_number, yuan

if TYPE_CHECKING:
    from terminal.domain import commands as c
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn

FEN: Final = Decimal("0.01")
BAD_AMOUNT: Final = "出入金的金额须是整数分，且不为零，没有执行；请改正金额后重新下达。"


def move_cash(turn: Turn, look: Look, account: AccountState, command: c.Command, body: c.MoveCash) -> tuple[str, str]:
    """Book the money, or park what would take a level's cause away; return code and sentence."""
    wrong = wrong_cash(look, account, body)
    if wrong is not None:
        raise Refused(*wrong)
    why = why_second(account, body)
    if not why:
        turn.say(CashMoved(account=account.account, amount=body.amount, reason=body.reason))
        return "OK", f"已{cash_title(body.amount)}"
    refuse_causing(account, command.person)
    need_room(account, command.person)
    cause = Cause(origin=Origin.MANUAL, person=command.person, device=command.device, reason=body.reason)
    stored = msgspec.structs.replace(approval.describe(look, account, cause, None), cash=body.amount)
    name = approval.park(turn, account, stored, (), why)
    return "CONFIRM2", under_number(f"{cash_title(body.amount)}需复核：{why}", name)


def wrong_cash(look: Look, account: AccountState, body: c.MoveCash) -> tuple[str, str] | None:
    """Return code and sentence of what is wrong with an amount: no whole 分, nothing, or more out than is 可用."""
    amount = body.amount
    if not amount or amount % FEN:
        return "BAD_AMOUNT", BAD_AMOUNT
    available = account.book.view(look.columns.last_price).available
    if amount < 0 and -amount > available:
        return (
            "NOT_AVAILABLE",
            f"{cash_title(amount)}超过可用 {yuan(available, 2)}，没有执行；请减少金额，或先平仓、撤单。",
        )
    return None


def why_second(account: AccountState, body: c.MoveCash) -> str:
    """Return the level whose cause this money may take away, in a sentence; "" where one person is enough."""
    if body.amount < 0:
        return ""
    for row in account.levels.values():
        if row.level is Level.RED or (row.signal == "risk_degree" and row.level is Level.ORANGE):
            return f"{level_title(row.scope, row.signal)}是{LEVELS[row.level]}，入金会消去它的起因，须由另一人复核"
    return ""
