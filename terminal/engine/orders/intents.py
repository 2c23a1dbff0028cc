"""Record orders that passed the gate, refusals, and cancels, and have them sent."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from terminal.domain.fact.facts import (
    AlertRaised,
    CancelRecorded,
    CancelWanted,
    OrderRecorded,
    OrderRefused,
)
from terminal.domain.ids import WireKey
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.order import ENDED, OrderState
from terminal.domain.words.risk import Finding, Level
from terminal.engine.ports import WireCancel, WireOrder
from terminal.engine.records.forgetting import order_id
from terminal.risk.hedged_twice import HEDGED_TWICE
from terminal.risk.left_bare import LEFT_BARE
from terminal.risk.message_rate import opening_rate, whole_rate
from terminal.risk.order_size import LARGE_UNASKED
from terminal.strategies.roll.timing_sight import middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, OrderId, PersonId
    from terminal.domain.orders.combined_order import LegOf
    from terminal.domain.orders.order import Cause, OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow
    from terminal.engine.turn import Turn

SECOND = 1_000_000_000
CANCEL_AGAIN = 3 * SECOND  # an unanswered cancel may be followed by a new one after this
REFUSED_AGAIN = 30 * SECOND  # a refused one is repeated by the engine not before this
_OVER = ENDED - {OrderState.VOID}  # as the exchange says it, of an order that it had
AWAITED = "等成交回报"  # of one on a combination of which one leg has ended and the other one is still to be heard of
_PREVIEWED = {LEFT_BARE, HEDGED_TWICE}
BY_HAND = "人工撤单"
BY_STRATEGY = "策略撤单"


def record(
    turn: Turn,
    look: Look,
    account: AccountState,
    terms: OrderTerms,
    cause: Cause,
    findings: tuple[Finding, ...],
    confirmation: ConfirmationId | None,
) -> OrderId:
    """Record an intent that passed the gate and have it sent."""
    order, wire_key = say_recorded(turn, look, account, terms, cause, findings, confirmation)
    turn.do(WireOrder(wire_key=wire_key, account=account.account, terms=terms))
    tell_found(turn, order, terms, cause, findings)
    return order


def tell_found(turn: Turn, order: OrderId, terms: OrderTerms, cause: Cause, findings: tuple[Finding, ...]) -> None:
    """Raise the alerts of what the gate found and held nothing back for; of both legs of a combination once."""
    for finding in dict.fromkeys(findings):
        if finding.code == LARGE_UNASKED:
            tell_unasked(turn, terms, cause.person, f"{order}：{finding.sentence}")
        elif finding.code in _PREVIEWED and cause.tag.startswith(TAG):  # nobody saw a preview
            sentence, name = f"{order}：{finding.sentence}", terms.instrument
            turn.say(
                AlertRaised(
                    account=terms.account, level=Level.ORANGE, code=finding.code, instrument=name, sentence=sentence
                )
            )


def say_recorded(
    turn: Turn,
    look: Look,
    account: AccountState,
    terms: OrderTerms,
    cause: Cause,
    findings: tuple[Finding, ...],
    confirmation: ConfirmationId | None,
    leg: LegOf | None = None,
) -> tuple[OrderId, WireKey]:
    """Record an intent under the account's next reference; sending it is the caller's."""
    reference = account.reference + 1
    order, wire_key, at = order_id(account, reference), wire_key_of(account, reference), look.reckoned(terms).price
    turn.say(
        OrderRecorded(
            order=order,
            wire_key=wire_key,
            reference=reference,
            terms=terms,
            cause=cause,
            trading_day=account.trading_day,
            findings=findings,
            confirmation=confirmation,
            reckoned_at=None if at == terms.price else at,
            mid=middle(look, terms.instrument),  # no journal holds quotes, and slippage is told from it
            leg=leg,
        )
    )
    return order, wire_key


def wire_key_of(account: AccountState, reference: int) -> WireKey:
    """Return the wire key of the order with a reference in this session."""
    return WireKey(f"{account.investor}/{account.trading_day}/{account.barrier.session}/{reference:08d}")


def tell_unasked(turn: Turn, terms: OrderTerms, person: PersonId | None, what: str) -> None:
    """Raise the alert that a large close of this person's went out and nobody was asked."""
    turn.say(
        AlertRaised(
            account=terms.account,
            level=Level.ORANGE,
            code=LARGE_UNASKED,
            instrument=terms.instrument,
            sentence=f"没有等复核的减仓 {what}",
            person=person,
        )
    )


def refuse(
    turn: Turn,
    terms: OrderTerms,
    cause: Cause,
    findings: tuple[Finding, ...],
    combination: InstrumentId | None = None,
) -> None:
    """State that the gate said no, of a leg of a combination with its name."""
    turn.say(OrderRefused(terms=terms, cause=cause, findings=findings, combination=combination))


def cancel_order(turn: Turn, row: OrderRow, reason: str) -> bool:
    """Record a cancel and have it sent, unless one is under way; return whether it was.

    With a leg of a combination goes the other one: the exchange knows one order.
    """
    if not is_cancellable(turn, row):
        return False
    other = _other_leg(turn, row)
    for one in (row,) if other is None or other.ended else (row, other):
        turn.say(
            CancelRecorded(
                account=one.terms.account,
                order=one.order,
                person=turn.actor.person,
                device=turn.actor.device,
                reason=reason,
            )
        )
    key = row.wire_key if row.leg is None else row.leg.wire_key
    turn.do(WireCancel(account=row.terms.account, wire_key=key, exchange=row.exchange, sys_id=row.sys_id))
    return True


def _other_leg(turn: Turn, row: OrderRow) -> OrderRow | None:
    return None if row.leg is None else turn.state.accounts[row.terms.account].orders.get(row.leg.other)


def trades(row: OrderRow, name: InstrumentId) -> bool:
    """Return whether an order trades a contract, or is a leg of one on a combination of that name."""
    return row.terms.instrument == name or (row.leg is not None and row.leg.combination == name)


def is_cancellable(turn: Turn, row: OrderRow) -> bool:
    """Return whether a cancel can be recorded now: the order is known to work or on its way, and none is under way.

    The end of one leg of a combination is the end of both, whatever of the other one is still to be told.
    """
    over = other_over(turn.state.accounts[row.terms.account], row)
    if row.ended or row.state is OrderState.UNKNOWN or over is not None:
        return False
    return row.cancel_at is None or turn.at - row.cancel_at >= CANCEL_AGAIN


def want_the_rest(turn: Turn, rows: Sequence[OrderRow], sent: int) -> str:
    """State which cancels a person still wants, for lack of room or knowledge now; return the answer to the person.

    The engine sends them as room comes, and as the exchange proves the orders that are UNKNOWN.
    """
    unknown = [row for row in rows if row.state is OrderState.UNKNOWN]
    later = [row for row in rows if is_cancellable(turn, row)]
    doubted, paced = keys_of(unknown), keys_of(later)
    over = keys_of(row for row in rows if other_over(turn.state.accounts[row.terms.account], row) is not None)
    for row in (*unknown, *later):
        if not row.cancel_wanted:
            turn.say(
                CancelWanted(
                    account=row.terms.account,
                    order=row.order,
                    person=turn.actor.person,
                    device=turn.actor.device,
                    reason=BY_HAND,
                )
            )
    said = [f"已撤 {sent} 笔"] if sent or not (doubted or paced or over) else []
    if paced:
        said.append(f"{'其余 ' if sent else ''}{len(paced)} 笔按报撤频率依次撤出")
    if doubted:
        said.append(f"{len(doubted)} 笔状态未知，待交易所确认后撤出")
    if over:
        said.append(f"{len(over)} 笔已经了结，{AWAITED}")
    return "，".join(said)


def keys_of(rows: Iterable[OrderRow]) -> set[WireKey]:
    """Return by which keys the exchange knows orders: both legs of one on a combination by one."""
    return {row.wire_key if row.leg is None else row.leg.wire_key for row in rows}


def cancelled_by(account: AccountState, order: OrderId) -> OrderRow | None:
    """Return the live order an id means: one on a combination is known by its first leg, also where that has ended."""
    row = account.orders.get(order)
    if row is None or order in account.live or row.leg is None:
        return account.live.get(order)
    return account.live.get(row.leg.other)


def other_over(account: AccountState, row: OrderRow) -> OrderRow | None:
    """Return the other leg where it has ended and this one is still to be heard of: there is nothing to cancel."""
    other = None if row.leg is None or row.ended else account.orders.get(row.leg.other)
    return other if other is not None and other.state in _OVER else None


def may_be_cancelled(look: Look, row: OrderRow) -> bool:
    """Return whether the engine may ask for a cancel by itself: one the exchange refused is repeated only later.

    That is half a minute later, and not while the exchange takes no cancels; the first one is never held back.
    """
    if not row.cancel_refused or row.cancel_at is None:
        return True
    return look.now - row.cancel_at >= REFUSED_AGAIN and look.session(row.terms.instrument).cancels


def room_for_messages(turn: Turn, account: AccountId, instrument: InstrumentId, *, opens: bool = False) -> bool:
    """Return whether one more message to an instrument's exchange keeps within control C8: the second's, the ten's.

    One that `opens` for a strategy and hedges nothing leaves room for what does not (`risk.message_rate`).
    """
    limits = turn.state.accounts[account].limits
    if limits is None:
        return True
    exchange = turn.state.tenant.instruments[instrument].exchange
    last_second = last_ten = 0
    for other in turn.state.accounts.values():
        stamps = other.message_stamps.get(exchange)
        if stamps:
            last_second += len(stamps) - bisect_right(stamps, turn.at - SECOND)
            last_ten += len(stamps) - bisect_right(stamps, turn.at - 10 * SECOND)
    most = opening_rate(limits) if opens else whole_rate(limits)
    return last_second < most.second and last_ten < most.ten
