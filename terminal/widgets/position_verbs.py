"""Name what can be done with a chosen position (平仓, 锁仓, 反手), and make the wish of it. Nothing here knows Qt."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec

from terminal.domain import commands as c
from terminal.domain.facts import Role
from terminal.domain.ids import AccountId, InstrumentId, ReversalId
from terminal.domain.order import HedgeFlag, Offset, Side
from terminal.domain.terms import Term
from terminal.widgets.strategy_fields import short_code
from terminal.widgets.ticket_block import barred
from terminal.widgets.ticket_fields import Ticket

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.engine.books import PositionLine, ReversalLine
    from terminal.engine.screen import AccountLine, LinkLine


class Verb(Enum):
    """Say what is done with a position; the value is its key."""

    CLOSE = "Ctrl+E"
    LOCK = "Ctrl+K"
    REVERSE = "Ctrl+R"
    FINISH = ""  # of a reversal that came to a stop


WORDS: Final = {
    Verb.CLOSE: Term.CLOSE_POSITION,
    Verb.LOCK: Term.LOCKED,
    Verb.REVERSE: Term.REVERSE,
    Verb.FINISH: Term.FINISH_REVERSAL,
}
TIPS: Final = {
    Verb.CLOSE: "今昨自动拆分，先给出每一笔和手续费",
    Verb.LOCK: "开出相反的一边，原有的持仓留着",
    Verb.REVERSE: "先平仓，成交多少再反向开多少；两边不保证同时成交",
    Verb.FINISH: "平掉还没平的，开出平掉而没开的",
}
OF_POSITION: Final = (Verb.CLOSE, Verb.LOCK, Verb.REVERSE)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a verb is about: one side of a position, or a reversal."""

    verb: Verb
    account: AccountId
    instrument: InstrumentId
    ticket: Ticket  # side and flag of the orders; lots and price as a person has them
    reversal: ReversalId | None = None

    @property
    def title(self) -> str:
        """Return what is done to what, like `反手 rb2505 多 → 空`."""
        name, side = short_code(self.instrument), self.ticket.side
        before, after = (Term.LONG, Term.SHORT) if side is Side.SELL else (Term.SHORT, Term.LONG)
        what = f"{before} → {after}" if self.verb in (Verb.REVERSE, Verb.FINISH) else str(before)
        return f"{WORDS[self.verb]} {name} {what}"

    def body(self, price: Decimal) -> c.CommandBody:
        """Return the wish at a price."""
        if self.reversal is not None:
            return c.FinishReversal(account=self.account, reversal=self.reversal, price=price)
        terms = self.ticket.terms(self.account, self.instrument, price)
        match self.verb:
            case Verb.LOCK:
                return c.LockPosition(account=self.account, terms=terms)
            case Verb.REVERSE:
                return c.ReversePosition(account=self.account, terms=terms)
            case _:
                return c.ClosePosition(account=self.account, terms=terms)


def of_position(verb: Verb, account: AccountId, line: PositionLine) -> Chosen:
    """Return a verb about one side of a position: all that can be closed, all that can be locked for a lock."""
    lots = line.closable
    if verb is Verb.LOCK:
        lots = line.lockable or line.lots  # where there is none, the runner's answer to all says why
    ticket = _ticket(line.instrument, line.side.opposite, lots, line.flag)
    return Chosen(verb=verb, account=account, instrument=line.instrument, ticket=ticket)


def of_reversal(account: AccountId, line: ReversalLine) -> Chosen:
    """Return that a reversal is gone on with."""
    ticket = _ticket(line.instrument, line.side, line.lots, line.flag)
    return Chosen(verb=Verb.FINISH, account=account, instrument=line.instrument, ticket=ticket, reversal=line.reversal)


def _ticket(instrument: InstrumentId, side: Side, lots: int, flag: HedgeFlag) -> Ticket:
    return Ticket(instrument=instrument, side=side, offset=Offset.CLOSE, lots=lots, hedge_flag=flag)


def why_not(account: AccountId | None, link: LinkLine | None, line: AccountLine | None) -> str:
    """Return in a sentence why nothing can be ordered about a position here; empty where it can."""
    block = barred(link, account, line)
    if block is not None or link is None or account is None:
        return "" if block is None else block.sentence
    may = Role.TRADER in link.roles.get(account, ())
    return "" if may else f"您在账户 {account} 没有交易员权限，请由交易员操作。"


def may_give_up(account: AccountId | None, link: LinkLine | None) -> bool:
    """Return whether a reversal can be given up here: it lowers risk, so no holder is asked for."""
    if account is None or link is None or not link.lowers_risk:
        return False
    return bool({Role.TRADER, Role.RISK} & set(link.roles.get(account, ())))
