"""Say the facts about reversals (反手) in sentences, for the event list."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from terminal.domain.books.holding import decimal_text
from terminal.domain.fact import facts as f
from terminal.domain.orders.reversal import ReversalEvent
from terminal.domain.words.risk import Level
from terminal.engine.book.reversals import progress
from terminal.engine.reversal.wording import reversal_title, unfinished
from terminal.engine.wording import SYSTEM, person_name
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.engine.state import AccountState


def reversal(account: AccountState, fact: f.ReversalFact) -> Worded:
    """Return the sentence of a fact that the account has just folded."""
    row = account.reversals.rows[fact.reversal]
    instrument, name = row.wanted.terms.instrument, fact.reversal
    who, level = SYSTEM, Level.NORMAL
    match fact:
        case f.ReversalBegan():
            who = person_name(account, fact.person)
            what = f"{name} {reversal_title(fact.wanted.terms)}：先平仓 {'、'.join(fact.closes)}，成交多少开多少"
        case f.ReversalOpened():
            note = f"；{fact.note}" if fact.note else ""
            what = f"{name} 平仓已了结，开仓已报单 {'、'.join(fact.opens)}{note}"
        case f.ReversalResumed():
            who = person_name(account, fact.person)
            what = f"继续反手 {name}，价格 {decimal_text(fact.price)}"
        case f.ReversalMoved():
            who = SYSTEM if fact.person is None else person_name(account, fact.person)
            reason = f"（{fact.reason}）" if fact.reason else ""
            match fact.event:
                case ReversalEvent.COMPLETE:
                    what = f"反手 {name} 已完成：{reversal_title(row.wanted.terms)}"
                case ReversalEvent.GIVE_UP:
                    what = f"放弃反手 {name}，不再开仓"
                case _:
                    what = f"{name} {unfinished(row, progress(account.orders, row))}{reason}"
                    level = Level.ORANGE
        case _:
            assert_never(fact)
    return Worded(account.account, who, what, instrument, level)
