"""Say what the gate finds of an order of a strategy: when it is sent, and to a strategy that asks before it is wanted.

A strategy that has two ways forward takes the one that would be let out. What it asks is what lasts: the pace of
messages and of equal orders is over in moments, and which own order stands in the way it asks by itself (C8, C9, C14).
One that winds down may ask too, of what brings its legs to balance.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.fact.control import DECIDING
from terminal.domain.orders.close_plan import PlannedOrder
from terminal.domain.orders.offset import plan_close
from terminal.domain.orders.order import Cause, Offset, OrderTerms, Origin
from terminal.domain.words.risk import Verdict
from terminal.engine.orders.edge import outside
from terminal.engine.orders.gate import Parent, gather, judge
from terminal.engine.orders.imagined import imagined, withdrawn, working_filled
from terminal.engine.turn import RUNNER
from terminal.risk.duplicate import duplicate
from terminal.risk.message_rate import message_rate
from terminal.risk.self_match import self_match
from terminal.risk.table import RULES
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terminal.domain.ids import InstrumentId, OrderId
    from terminal.domain.orders.intents import CombinedIntent, Intent
    from terminal.domain.words.risk import Finding
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState, StrategyRow

LASTING = tuple(rule for rule in RULES if rule not in {message_rate, duplicate, self_match})


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


def orders_of(look: Look, account: AccountState, row: StrategyRow, intent: Intent) -> list[OrderTerms]:
    """Return the orders an intent comes to: a close is split over today's and yesterday's lots."""
    children = [(Offset.OPEN, intent.lots)]
    if intent.closing:
        position = account.book.position(intent.instrument, row.settings.hedge_flag)
        instrument = look.state.tenant.instruments[intent.instrument]
        children = list(plan_close(instrument, position, intent.side, intent.lots))
    return [terms_of(account, row, intent, intent.instrument, offset, lots) for offset, lots in children]


def terms_of(
    account: AccountState,
    row: StrategyRow,
    wish: Intent | CombinedIntent,
    instrument: InstrumentId,
    offset: Offset,
    lots: int,
) -> OrderTerms:
    """Return the terms of one order of a strategy."""
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


def found_of(
    look: Look, account: AccountState, row: StrategyRow, terms: OrderTerms, cause: Cause
) -> tuple[Finding, ...]:
    """Return all that is found of one order now: by the gate, and of the envelope its strategy was approved with."""
    findings = judge(
        look, terms, cause, parent=parent_of(look, row, terms.instrument), approved=row.envelope is not None
    )
    beyond = outside(look, account, row, terms)
    return findings if beyond is None else (*findings, beyond)


def would_refuse(
    look: Look, account: AccountState, row: StrategyRow, intent: Intent, without: Collection[OrderId] = ()
) -> Finding | None:
    """Return what would hold an order back, were it wanted now and others of the account gone; `None` where nothing."""
    if without:
        look = withdrawn(look, account, without)
        account = look.state.accounts[account.account]
    cause = Cause(
        origin=Origin.STRATEGY,
        person=RUNNER.person,
        device=RUNNER.device,
        strategy=row.strategy,
        parameter_version=row.version,
        tag=intent.tag,
        task=row.task,
        reason=intent.reason,
    )
    worst: Finding | None = None
    for terms in orders_of(look, account, row, intent):
        parent, approved = parent_of(look, row, terms.instrument), row.envelope is not None
        check = gather(look, terms, cause, parent=parent, approved=approved)
        check.strategy_running = row.status in DECIDING
        found = [finding for rule in LASTING if (finding := rule(check)) is not None]
        beyond = outside(look, account, row, terms)
        for one in found if beyond is None else [*found, beyond]:
            if one.verdict >= Verdict.CONFIRM2 and (worst is None or one.verdict > worst.verdict):
                worst = one
    return worst


def slice_refused(
    look: Look, account: AccountState, row: StrategyRow, wishes: Sequence[Intent], resting: Collection[OrderId]
) -> tuple[InstrumentId, Finding] | None:
    """Return which of the orders would be held back, each as if those before it had filled, and for what.

    What rests has filled before all of them, and is not asked about itself.
    """
    if resting:
        look = working_filled(look, account, resting)
        account = look.state.accounts[account.account]
    for wish in wishes:
        found = would_refuse(look, account, row, wish)
        if found is not None:
            return wish.instrument, found
        filled = [PlannedOrder(terms, None) for terms in orders_of(look, account, row, wish)]
        look = imagined(look, account, filled)
        account = look.state.accounts[account.account]
    return None
