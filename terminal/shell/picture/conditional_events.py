"""Say the facts about conditional orders (条件单) in sentences, for the event list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from terminal.domain.fact import facts as f
from terminal.domain.orders.conditional import ConditionalEvent, parts_of
from terminal.domain.words.risk import Level
from terminal.domain.words.terms import Term
from terminal.engine.conditional.wording import conditional_text, part_text, release_text
from terminal.engine.wording import SYSTEM, person_name
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.engine.state import AccountState

MOVES: Final = {
    ConditionalEvent.PAUSE: "暂停",
    ConditionalEvent.RESUME: "恢复等待",
    ConditionalEvent.WITHDRAW: "已撤",
    ConditionalEvent.EXPIRE: "已失效",
    ConditionalEvent.FAIL: "触发未报",
}


def conditional(account: AccountState, fact: f.ConditionalFact) -> Worded:
    """Return the sentence of a fact that the account has just folded."""
    row = account.conditionals.rows[fact.conditional]
    instrument, name = row.wanted.release.instrument, f"条件单 {fact.conditional}"
    who, level = SYSTEM, Level.NORMAL
    match fact:
        case f.ConditionalPlaced():
            who = person_name(account, fact.person)
            where = "附在持仓上，" if fact.attached else ""
            pair = f"与 {fact.other} {Term.ONE_OF_TWO}，" if fact.other is not None else ""
            what = f"下{name}：{where}{pair}{conditional_text(fact.wanted, fact.due)}"
        case f.ConditionalChanged():
            who = person_name(account, fact.person)
            what = f"{name}改为第 {fact.version} 版：{conditional_text(fact.wanted, fact.due)}"
        case f.ConditionalShrunk():
            what = f"{name} 减为 {fact.lots:,} 手：{fact.reason}"
        case f.ConditionalMoved():
            who = SYSTEM if fact.person is None else person_name(account, fact.person)
            what = f"{name} {MOVES[fact.event]}{f'：{fact.reason}' if fact.reason else ''}"
            level = Level.ORANGE if fact.event is ConditionalEvent.FAIL else Level.NORMAL
        case f.ConditionalMissed():
            parts = parts_of(row.wanted.condition)
            missed = "、".join(part_text(parts[place], row.due[place]) for place in fact.parts)
            what, level = f"{name} 错过了 {missed}，其余条件照样等", Level.ORANGE
        case f.ConditionalWatched():
            parts = parts_of(row.wanted.condition)
            waits = "、".join(part_text(parts[place], row.due[place]) for place in fact.parts)
            what = f"{name} 等到了 {waits}，等第一笔报价"
        case f.ConditionalTriggered():
            first = f"，先撤 {len(fact.clearing)} 笔平仓单" if fact.clearing else ""
            what = f"{name} 触发（{fact.seen}）{first}：{release_text(row.wanted.release)}"
        case f.ConditionalReleased():
            sent = f"已报单 {'、'.join(fact.orders)}" if fact.orders else ""
            parked = f"提交复核 {'、'.join(fact.confirmations)}" if fact.confirmations else ""
            what = f"{name} {'，'.join(filter(None, (sent, parked)))}{f'；{fact.note}' if fact.note else ''}"
            level = Level.ORANGE if fact.confirmations else Level.NORMAL
        case _:
            assert_never(fact)
    return Worded(account.account, who, what, instrument, level)
