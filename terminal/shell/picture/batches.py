"""Post a person's groups of accounts, and what became of their latest orders for them (分组批量下单).

What was ordered for whom stands in the person's stream, what became of it in each account's: here the two are put side
by side. Nothing of it is a second book: a part's word and its lots are read off its orders and its confirmation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact import facts as f
from terminal.domain.ids import BatchId
from terminal.domain.orders.batch import PartState
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import OrderState
from terminal.domain.words.risk import Verdict
from terminal.engine.batch.line import BatchLine, GroupLine, PartLine
from terminal.engine.books.batch import TAG, orders_of
from terminal.engine.person import PersonState
from terminal.engine.wording import CONFIRMATIONS, ORDER_ENDS
from terminal.shell.picture.kinds import OfOrder

if TYPE_CHECKING:
    from terminal.domain.orders.batch import BatchPart
    from terminal.engine.books.batch import BatchOrderedRow, BatchRow
    from terminal.engine.mailbox import LatestMailbox
    from terminal.engine.state import AccountState, OrderRow, State
    from terminal.shell.picture.present import Present

FORGOTTEN: Final = "结算以前的，委托与原因见事件列表"
QUEUED: Final = "按报撤频率排队"
NOT_TRIED: Final = "没有报"


class BatchLines:
    """Know which batches may look otherwise since they were posted."""

    def __init__(self, mailbox: LatestMailbox, present: Present) -> None:
        self._mailbox, self._present = mailbox, present
        self._dirty: set[BatchId] = set()

    @property
    def _mine(self) -> PersonState:
        return self._present.state.persons.get(self._present.person, PersonState())

    def restart(self) -> None:
        """Post everything anew."""
        self._dirty = set(self._mine.batches)
        for name, row in self._mine.groups.items():
            self._mailbox.post_group(GroupLine(name=name, version=row.version, members=row.members))

    def saw(self, fact: f.Fact) -> None:
        """Take a fact that the state has just folded."""
        state = self._present.state
        if isinstance(fact, OfOrder):
            self._saw_order(state, fact)
            return
        match fact:
            case f.GroupSaved() if fact.person == self._present.person:
                self._mailbox.post_group(GroupLine(name=fact.name, version=fact.version, members=fact.members))
            case f.BatchTaken() | f.BatchMoved():
                self._dirty.add(fact.batch)
            case f.BatchOrdered():
                self._dirty.add(fact.batch)
            case f.ConfirmationDecided():
                rows = state.accounts[fact.account].batches.rows.values()
                self._dirty.update(row.batch for row in rows if row.confirmation == fact.confirmation)
            case f.DaySettled() | f.RolesGranted():
                self._dirty.update(self._mine.batches)
            case _:
                pass

    def _saw_order(self, state: State, fact: OfOrder) -> None:
        account = fact.terms.account if isinstance(fact, f.OrderRecorded) else fact.account
        row = state.accounts[account].orders.get(fact.order)
        if row is not None and row.cause.tag.startswith(TAG):
            self._dirty.add(BatchId(row.cause.tag.removeprefix(TAG)))

    def flush(self) -> None:
        """Post what may have changed; what others ordered is not this person's."""
        mine = self._mine.batches
        for name in self._dirty & mine.keys():
            self._mailbox.post_batch(batch_line(self._present.state, mine[name]))
        self._dirty.clear()


def batch_line(state: State, row: BatchOrderedRow) -> BatchLine:
    """Return what became of a batch as far as this state knows."""
    parts = tuple(_part(state, row, part) for part in row.parts)
    return BatchLine(batch=row.batch, at=row.at, group=row.group, order=row.order, parts=parts)


def _part(state: State, ordered: BatchOrderedRow, part: BatchPart) -> PartLine:
    account = state.accounts.get(part.account)
    name = "" if account is None else account.name
    row = None if account is None else account.batches.rows.get(ordered.batch)
    if account is not None and row is not None:
        return _tried(account, row)
    if not part.lots:
        word, sentence, verdict = "0 手", "分到 0 手，不报", Verdict.ALLOW
    elif part.code:
        word, sentence, verdict = NOT_TRIED, part.sentence, Verdict.DENY
    else:
        word, sentence, verdict = "已过结算", FORGOTTEN, Verdict.ALLOW
    return PartLine(
        account=part.account,
        name=name,
        lots=part.lots,
        filled=0,
        state=None,
        word=word,
        sentence=sentence,
        verdict=verdict,
        is_open=False,
    )


def _tried(account: AccountState, row: BatchRow) -> PartLine:
    orders = list(orders_of(account.orders, row))
    waits = row.confirmation is not None and row.confirmation in account.pending
    word, sentence, verdict = _said(account, row, orders)
    return PartLine(
        account=account.account,
        name=account.name,
        lots=row.terms.lots,
        filled=sum(order.filled for order in orders),
        state=row.state,
        word=word,
        sentence=sentence,
        verdict=verdict,
        is_open=row.state is PartState.WAITING or waits or any(not order.ended for order in orders),
    )


def _said(account: AccountState, row: BatchRow, orders: list[OrderRow]) -> tuple[str, str, Verdict]:
    if orders:
        return _of_orders(row, orders)
    match row.state:
        case PartState.WAITING:
            return "排队", QUEUED, Verdict.ALLOW
        case PartState.PARKED:
            kept = None if row.confirmation is None else account.confirmations.get(row.confirmation)
            if kept is None:
                return "已过结算", FORGOTTEN, Verdict.ALLOW
            waits = kept.state is ConfirmationState.PENDING
            return CONFIRMATIONS[kept.state], row.sentence, Verdict.CONFIRM2 if waits else Verdict.DENY
        case PartState.SENT:
            return "已过结算", FORGOTTEN, Verdict.ALLOW
        case PartState.REFUSED:
            return "被拒", row.sentence, Verdict.DENY
        case PartState.DROPPED:
            return "没有报出", row.sentence, Verdict.DENY


def _of_orders(row: BatchRow, orders: list[OrderRow]) -> tuple[str, str, Verdict]:
    names = "、".join(order.order for order in orders)
    why = "；".join(order.note for order in orders if order.note)
    said = "；".join(one for one in (names, row.sentence if row.code == "PARTIAL" else "", why) if one)
    filled = sum(order.filled for order in orders)
    if any(order.state is OrderState.UNKNOWN for order in orders):
        return "状态未知", said, Verdict.CONFIRM2
    if any(not order.ended for order in orders):
        return "部分成交" if filled else "委托中", said, Verdict.ALLOW
    if filled == row.terms.lots:
        return "已成交", said, Verdict.ALLOW
    ended = next((ORDER_ENDS[order.state] for order in orders if order.state in ORDER_ENDS), "没有全部报出")
    return ended, said, Verdict.WARN if filled else Verdict.DENY
