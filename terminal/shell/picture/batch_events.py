"""Say the facts about groups of accounts and orders for them (分组批量下单) in sentences, for the event list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact import facts as f
from terminal.domain.orders.batch import PartState
from terminal.domain.words.risk import Level
from terminal.engine.wording import order_title, person_name
from terminal.shell.picture.worded import Worded

if TYPE_CHECKING:
    from terminal.domain.fact.batch import BatchFact
    from terminal.engine.state import AccountState


def ordered(fact: f.BatchOrdered, who: str) -> Worded:
    """Return the sentence of a batch, for the person who ordered it and nobody else."""
    order = fact.order
    lots = sum(part.lots for part in fact.parts if not part.code)
    title = order_title(order.terms(fact.parts[0].account, order.lots))
    what = f"分组下单“{fact.group}” {title}：{len(fact.parts)} 个账户，共 {lots:,} 手"
    return Worded(None, who, what, order.instrument)


def batch(account: AccountState, fact: BatchFact) -> Worded | None:
    """Return the sentence of what became of an account's part; what was sent or waits has a fact of its own."""
    if isinstance(fact, f.BatchTaken) or fact.state in {PartState.SENT, PartState.PARKED}:
        return None
    row = account.batches.rows[fact.batch]
    who = person_name(account, row.person)
    what = f"分组下单 {order_title(row.terms)} 没有报出：{fact.sentence}"
    return Worded(account.account, who, what, row.terms.instrument, Level.YELLOW)
