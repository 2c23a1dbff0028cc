"""Tell of what a conditional order let go that came to nothing (条件单): whoever relied on it must act.

A close that the exchange refused, that never reached it, or whose rest ended unfilled leaves a position its holder
believes closed: an alert of the whole account says so, once for each end. What a person cancelled, rejected or withdrew
is that person's decision, and is told as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.fact.facts import (
    AlertRaised,
    ConfirmationDecided,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
    OrderVoided,
)
from terminal.domain.ids import ConditionalId
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.orders.order import OrderState
from terminal.domain.words.risk import Level
from terminal.engine.conditional.attached import fellows
from terminal.engine.conditional.release import FAILED
from terminal.engine.confirmations.approval import stored_of
from terminal.engine.orders.intents import BY_HAND
from terminal.engine.reversal.wishes import GIVEN_UP
from terminal.engine.wording import ORDER_ENDS, order_title

if TYPE_CHECKING:
    from terminal.domain.ids import AccountId, InstrumentId
    from terminal.engine.state import AccountState, OrderRow
    from terminal.engine.turn import Turn

LAPSES: Final = frozenset({ConfirmationEvent.REVOKE, ConfirmationEvent.EXPIRE, ConfirmationEvent.STALE})

ENDS: Final = frozenset({ConfirmationDecided, OrderRejected, OrderVoided, OrderCancelled, OrderExpired})


def tell_ends(turn: Turn) -> None:
    """Alert to what this turn ended of conditional orders that were let go, where no person wanted it so."""
    for said in [said for said in turn.said if type(said.fact) in ENDS]:
        match said.fact:
            case ConfirmationDecided() if said.fact.decision in LAPSES:
                _tell_lapsed(turn, said.fact)
            case OrderRejected() | OrderVoided() | OrderCancelled() | OrderExpired():
                _tell_unfilled(turn, turn.state.accounts[said.fact.account].orders[said.fact.order])
            case _:
                pass


def _tell_lapsed(turn: Turn, fact: ConfirmationDecided) -> None:
    stored = stored_of(turn.state.accounts[fact.account].confirmations[fact.confirmation])
    if stored.terms is not None and stored.cause.tag.startswith(TAG):
        why = fact.reason.rstrip("。") or "超过复核时限"
        name = stored.cause.tag.removeprefix(TAG)
        what = f"条件单 {name} 触发后等复核的委托（{fact.confirmation}）没有报出：{why}"
        _alert(turn, fact.account, stored.terms.instrument, f"{what}；不会再报")


def _tell_unfilled(turn: Turn, row: OrderRow) -> None:
    if not row.cause.tag.startswith(TAG) or row.terms.is_opening or row.state not in ORDER_ENDS or not row.remaining:
        return
    if row.state is OrderState.CANCELLED and row.note in {BY_HAND, GIVEN_UP}:
        return
    if _is_taken_back(turn.state.accounts[row.terms.account], row):
        return
    why = f"（{row.note.rstrip('。')}）" if row.note else ""
    name, ended = row.cause.tag.removeprefix(TAG), f"{ORDER_ENDS[row.state]}{why}"
    what = f"条件单 {name} 触发后的委托 {row.order} {order_title(row.terms)} {ended}"
    _alert(turn, row.terms.account, row.terms.instrument, f"{what}，{row.remaining:,} 手没有成交；不会再报")


def _is_taken_back(account: AccountState, row: OrderRow) -> bool:
    # The other one of two closes these lots in its place.
    one = account.conditionals.rows.get(ConditionalId(row.cause.tag.removeprefix(TAG)))
    others = [] if one is None else fellows(account, one)
    return row.state is OrderState.CANCELLED and any(row.order in other.clearing for other in others)


def _alert(turn: Turn, account: AccountId, instrument: InstrumentId, what: str) -> None:
    turn.say(
        AlertRaised(
            account=account,
            level=Level.ORANGE,
            code=FAILED,
            instrument=instrument,
            sentence=f"{what}，请看清现状，需要时人工下单。",
        )
    )
