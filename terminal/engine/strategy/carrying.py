"""Carry out what a strategy decided: marks have been stated; then cancels, then orders, each through the gate."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.control import DECIDING
from terminal.domain.fact.facts import StrategyPaused
from terminal.domain.orders.offset import plan_close
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.folds.barred import key_of
from terminal.engine.orders.combined import combined_order, judge_combined, record_combined
from terminal.engine.orders.gate import Parent, hedges, judge, verdict_of
from terminal.engine.orders.in_the_way import is_barred
from terminal.engine.orders.intents import BY_STRATEGY, cancel_order, record, refuse, room_for_messages
from terminal.engine.strategy.envelope import outside
from terminal.engine.strategy.room import Held, tell_room
from terminal.engine.strategy.way_watch import note_refusal, waits_too
from terminal.risk.price_collar import market
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.intents import CombinedIntent, Decision, Intent
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

PAUSING = frozenset({"REPEATED_ORDERS", "REPEATED_REFUSALS"})  # C10


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
    refused, held = False, list[Held]()
    for intent in decision.intents:
        if row.status not in DECIDING:  # an order of this very decision had it paused
            return
        for terms in _terms_of(look, account, row, intent):
            known = key_of(terms.instrument, terms.side) in row.barred  # then `_submit` holds it back
            if refused and not known and waits_too(turn, look, row, terms, intent.tag):
                continue
            refused |= _submit(turn, look, account, row, intent, terms, held)
    for wish in decision.combined:
        if row.status not in DECIDING:
            return
        _submit_combined(turn, look, account, row, wish, held)
    tell_room(turn, look, account, row, held)


def _terms_of(look: Look, account: AccountState, row: StrategyRow, intent: Intent) -> list[OrderTerms]:
    children = [(Offset.OPEN, intent.lots)]
    if intent.closing:
        position = account.book.position(intent.instrument, row.settings.hedge_flag)
        instrument = look.state.tenant.instruments[intent.instrument]
        children = list(plan_close(instrument, position, intent.side, intent.lots))
    return [_terms(account, row, intent, intent.instrument, offset, lots) for offset, lots in children]


def _terms(
    account: AccountState,
    row: StrategyRow,
    wish: Intent | CombinedIntent,
    instrument: InstrumentId,
    offset: Offset,
    lots: int,
) -> OrderTerms:
    return OrderTerms(
        account=account.account,
        instrument=instrument,
        side=wish.side,
        offset=offset,
        lots=lots,
        price=wish.price,
        hedge_flag=row.settings.hedge_flag,
        time_condition=wish.time_condition,
    )


def _submit(
    turn: Turn,
    look: Look,
    account: AccountState,
    row: StrategyRow,
    intent: Intent,
    terms: OrderTerms,
    held: list[Held],
) -> bool:
    # Whether the gate has refused it for an own order in its way. One that finds no room is put to those `held` back:
    # C8 paces a strategy's orders and refuses none, it decides again, and is neither slowed nor paused for it (C10).
    # One that opens and is no hedge leaves a part of the room to those that reduce.
    cause = _cause(turn, row, intent.tag, intent.reason)
    serves = hedges(account, terms, cause)
    if not room_for_messages(turn, account.account, terms.instrument, opens=terms.is_opening and not serves):
        held.append(Held(terms.instrument, serves))
        return False
    if is_barred(look, account, row, terms.instrument, terms.side, terms.price, closing=not terms.is_opening):
        return False  # the other part of a close whose first one was refused for an own order in its way
    findings = judge(
        look, terms, cause, parent=parent_of(look, row, terms.instrument), approved=row.envelope is not None
    )
    beyond = outside(look, account, row, terms)
    if beyond is not None:
        findings = (*findings, beyond)
    verdict = verdict_of(findings)
    if verdict >= Verdict.CONFIRM2:
        _refuse(turn, account, row, terms, cause, findings)
        return note_refusal(turn, look, row, terms, cause, findings)
    record(turn, look, account, terms, cause, findings, row.envelope)
    return False


def _submit_combined(
    turn: Turn, look: Look, account: AccountState, row: StrategyRow, wish: CombinedIntent, held: list[Held]
) -> None:
    offset = Offset.CLOSE if wish.closing else Offset.OPEN
    whole = _terms(account, row, wish, wish.combination, offset, wish.lots)
    order = combined_order(look, whole)
    if order is None:
        return  # it was listed when the strategy looked, and it will look again
    first, second = order.legs
    if not room_for_messages(turn, account.account, first.instrument, opens=not wish.closing):
        held.append(Held(first.instrument, hedges=False))
        return
    causes = (_cause(turn, row, wish.tags[0], wish.reason), _cause(turn, row, wish.tags[1], wish.reason))
    parents = (parent_of(look, row, first.instrument), parent_of(look, row, second.instrument))
    judged = judge_combined(look, order, causes, parents, approved=row.envelope is not None)
    for terms, cause, findings in zip(order.legs, causes, judged, strict=True):
        # The envelope bounds what a child trades at, and a leg trades at what is shown rather than at its limit price.
        priced = msgspec.structs.replace(terms, price=_shown(look, terms))
        beyond = outside(look, account, row, priced, beside=terms.lots)
        found = findings if beyond is None else (*findings, beyond)
        if verdict_of(found) >= Verdict.CONFIRM2:
            _refuse(turn, account, row, terms, cause, found, wish.combination)
            note_refusal(turn, look, row, terms, cause, found)
            return
    record_combined(turn, look, account, order, causes, (*judged[0], *judged[1]), row.envelope)


def _shown(look: Look, terms: OrderTerms) -> Decimal:
    quote = look.columns.quote(terms.instrument)
    ticks = None if quote is None else market(quote, terms.side)
    return terms.price if ticks is None else look.instrument(terms.instrument).price(ticks)


def _cause(turn: Turn, row: StrategyRow, tag: str, reason: str) -> Cause:
    return Cause(
        origin=Origin.STRATEGY,
        person=turn.actor.person,
        device=turn.actor.device,
        strategy=row.strategy,
        parameter_version=row.version,
        tag=tag,
        task=row.task,
        reason=reason,
    )


def _refuse(
    turn: Turn,
    account: AccountState,
    row: StrategyRow,
    terms: OrderTerms,
    cause: Cause,
    findings: tuple[Finding, ...],
    combination: InstrumentId | None = None,
) -> None:
    # An automatic order never waits for a person: it is refused and the strategy decides again later.
    refuse(turn, terms, cause, findings, combination)
    if any(finding.code in PAUSING for finding in findings):
        code = next(finding.sentence for finding in findings if finding.code in PAUSING)
        turn.say(StrategyPaused(account=account.account, strategy=row.strategy, reason=code))
