"""Carry out what a strategy decided: marks have been stated; then cancels, then orders, each through the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.control import DECIDING
from terminal.domain.fact.facts import StrategyPaused
from terminal.domain.orders.order import Cause, Offset, Origin
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.folds.barred import key_of
from terminal.engine.orders.automatic import found_of, orders_of, parent_of, terms_of
from terminal.engine.orders.combined import combined_order, judge_combined, record_combined
from terminal.engine.orders.edge import outside
from terminal.engine.orders.gate import hedges, verdict_of
from terminal.engine.orders.in_the_way import is_barred
from terminal.engine.orders.intents import BY_STRATEGY, cancel_order, record, refuse, room_for_messages
from terminal.engine.strategy.room import Held, tell_room
from terminal.engine.strategy.way_watch import note_refusal, waits_too
from terminal.risk.price_collar import market

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import InstrumentId
    from terminal.domain.orders.intents import CombinedIntent, Decision, Intent
    from terminal.domain.orders.order import OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow
    from terminal.engine.turn import Turn

PAUSING = frozenset({"REPEATED_ORDERS", "REPEATED_REFUSALS"})  # C10


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
        for terms in orders_of(look, account, row, intent):
            known = key_of(terms.instrument, terms.side) in row.barred  # then `_submit` holds it back
            if refused and not known and waits_too(turn, look, row, terms, intent.tag):
                continue
            refused |= _submit(turn, look, account, row, intent, terms, held)
    for wish in decision.combined:
        if row.status not in DECIDING:
            return
        _submit_combined(turn, look, account, row, wish, held)
    tell_room(turn, look, account, row, held)


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
    findings = found_of(look, account, row, terms, cause)
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
    whole = terms_of(account, row, wish, wish.combination, offset, wish.lots)
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
