"""Turn wishes into recorded orders and cancels."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.facts import (
    AlertRaised,
    CancelRecorded,
    CancelWanted,
    OrderRecorded,
    OrderRefused,
    StrategyPaused,
)
from terminal.domain.ids import WireKey
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.offset import plan_close
from terminal.domain.orders.order import Cause, Offset, OrderState, OrderTerms, Origin
from terminal.domain.words.risk import Finding, Level, Verdict
from terminal.engine.orders.gate import Parent, judge, verdict_of
from terminal.engine.ports import WireCancel, WireOrder
from terminal.engine.records.forgetting import order_id
from terminal.engine.strategy.envelope import outside
from terminal.engine.strategy.winding import DECIDING
from terminal.risk.left_bare import LEFT_BARE
from terminal.risk.order_size import LARGE_UNASKED
from terminal.strategies.roll.timing_sight import middle
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, OrderId, PersonId
    from terminal.domain.orders.intents import Decision, Intent
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, OrderRow, StrategyRow
    from terminal.engine.turn import Turn

SECOND = 1_000_000_000
CANCEL_AGAIN = 3 * SECOND  # an unanswered cancel may be followed by a new one after this
REFUSED_AGAIN = 30 * SECOND  # a refused one is repeated by the engine not before this
BY_HAND = "人工撤单"
BY_STRATEGY = "策略撤单"
PAUSING = frozenset({"REPEATED_ORDERS", "REPEATED_REFUSALS"})  # C10


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
    reference = account.reference + 1
    wire_key = WireKey(f"{account.investor}/{account.trading_day}/{account.barrier.session}/{reference:08d}")
    order = order_id(account, reference)
    at = look.reckoned(terms).price
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
        )
    )
    turn.do(WireOrder(wire_key=wire_key, account=account.account, terms=terms))
    for finding in findings:
        if finding.code == LARGE_UNASKED:
            tell_unasked(turn, terms, cause.person, f"{order}：{finding.sentence}")
        elif finding.code == LEFT_BARE and cause.tag.startswith(TAG):  # nobody saw a preview
            sentence, name = f"{order}：{finding.sentence}", terms.instrument
            turn.say(
                AlertRaised(
                    account=account.account, level=Level.ORANGE, code=LEFT_BARE, instrument=name, sentence=sentence
                )
            )
    return order


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


def refuse(turn: Turn, terms: OrderTerms, cause: Cause, findings: tuple[Finding, ...]) -> None:
    """State that the gate said no."""
    turn.say(OrderRefused(terms=terms, cause=cause, findings=findings))


def parent_of(look: Look, row: StrategyRow, instrument: InstrumentId) -> Parent:
    """Return the size of a strategy's whole task: its lots of one instrument, its value in yuan at the latest prices.

    A hedge plan counts lots by product; the lots of a task's other legs are none of its business.
    """
    lots, value = 0, Decimal(0)
    for name, count in strategy_of(row.settings).whole(row.settings):
        lots += count if name == instrument else 0
        price = look.columns.last_price(name)
        if price is None:
            return Parent(lots, None)
        value += look.state.tenant.instruments[name].value(price, count)
    return Parent(lots, value)


def carry_out(turn: Turn, look: Look, account: AccountState, row: StrategyRow, decision: Decision) -> None:
    """Carry out a strategy's decision: marks, then cancels, then orders, each order through the gate."""
    for cancel in decision.cancels:
        order = account.live.get(cancel.order)
        if order is None or order.cause.strategy != row.strategy:
            continue
        if room_for_messages(turn, account.account, order.terms.instrument):  # if not, the strategy asks again
            cancel_order(turn, order, f"{BY_STRATEGY}：{cancel.reason}")
    for intent in decision.intents:
        if row.status not in DECIDING:  # an order of this very decision had it paused
            return
        for terms in _terms_of(look, account, row, intent):
            _submit(turn, look, account, row, intent, terms)


def _terms_of(look: Look, account: AccountState, row: StrategyRow, intent: Intent) -> list[OrderTerms]:
    flag = row.settings.hedge_flag
    children = [(Offset.OPEN, intent.lots)]
    if intent.closing:
        position = account.book.position(intent.instrument, flag)
        instrument = look.state.tenant.instruments[intent.instrument]
        children = list(plan_close(instrument, position, intent.side, intent.lots))
    return [
        OrderTerms(
            account=account.account,
            instrument=intent.instrument,
            side=intent.side,
            offset=offset,
            lots=lots,
            price=intent.price,
            hedge_flag=flag,
            time_condition=intent.time_condition,
        )
        for offset, lots in children
    ]


def _submit(turn: Turn, look: Look, account: AccountState, row: StrategyRow, intent: Intent, terms: OrderTerms) -> None:
    if not terms.is_opening and not room_for_messages(turn, account.account, terms.instrument):
        return  # C8 paces a close and never refuses it: nothing is said, and the strategy decides again
    cause = Cause(
        origin=Origin.STRATEGY,
        person=turn.actor.person,
        device=turn.actor.device,
        strategy=row.strategy,
        parameter_version=row.version,
        tag=intent.tag,
        task=row.task,
        reason=intent.reason,
    )
    findings = judge(
        look, terms, cause, parent=parent_of(look, row, terms.instrument), approved=row.envelope is not None
    )
    beyond = outside(look, account, row, terms)
    if beyond is not None:
        findings = (*findings, beyond)
    verdict = verdict_of(findings)
    if verdict >= Verdict.CONFIRM2:
        # An automatic order never waits for a person: it is refused and the strategy decides again later.
        refuse(turn, terms, cause, findings)
        if any(finding.code in PAUSING for finding in findings):
            code = next(finding.sentence for finding in findings if finding.code in PAUSING)
            turn.say(StrategyPaused(account=account.account, strategy=row.strategy, reason=code))
        return
    record(turn, look, account, terms, cause, findings, row.envelope)


def cancel_order(turn: Turn, row: OrderRow, reason: str) -> bool:
    """Record a cancel and have it sent, unless one is under way; return whether it was."""
    if not is_cancellable(turn, row):
        return False
    turn.say(
        CancelRecorded(
            account=row.terms.account,
            order=row.order,
            person=turn.actor.person,
            device=turn.actor.device,
            reason=reason,
        )
    )
    turn.do(WireCancel(account=row.terms.account, wire_key=row.wire_key, exchange=row.exchange, sys_id=row.sys_id))
    return True


def is_cancellable(turn: Turn, row: OrderRow) -> bool:
    """Return whether a cancel can be recorded now: the order is known to work or on its way, and none is under way."""
    if row.ended or row.state is OrderState.UNKNOWN:
        return False
    return row.cancel_at is None or turn.at - row.cancel_at >= CANCEL_AGAIN


def want_the_rest(turn: Turn, rows: Sequence[OrderRow], sent: int) -> str:
    """State which cancels a person still wants, for lack of room or knowledge now; return the answer to the person.

    The engine sends them as room comes, and as the exchange proves the orders that are UNKNOWN.
    """
    unknown = [row for row in rows if row.state is OrderState.UNKNOWN]
    later = [row for row in rows if is_cancellable(turn, row)]
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
    said = [f"已撤 {sent} 笔"] if sent or not (unknown or later) else []
    if later:
        said.append(f"{'其余 ' if sent else ''}{len(later)} 笔按报撤频率依次撤出")
    if unknown:
        said.append(f"{len(unknown)} 笔状态未知，待交易所确认后撤出")
    return "，".join(said)


def may_be_cancelled(look: Look, row: OrderRow) -> bool:
    """Return whether the engine may ask for a cancel by itself: one the exchange refused is repeated only later.

    That is half a minute later, and not while the exchange takes no cancels; the first one is never held back.
    """
    if not row.cancel_refused or row.cancel_at is None:
        return True
    return look.now - row.cancel_at >= REFUSED_AGAIN and look.session(row.terms.instrument).cancels


def room_for_messages(turn: Turn, account: AccountId, instrument: InstrumentId) -> bool:
    """Return whether one more message to an instrument's exchange keeps within control C8: the second's, the ten's."""
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
    return last_second < limits.messages_in_one_second and last_ten < limits.messages_per_second_average * 10
