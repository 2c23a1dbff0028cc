"""Judge, refuse and record one order that a person wants, on one contract or on a combination (组合合约).

Whoever takes a wish, releases what was approved or puts another order in its place asks here and need not know which of
the two it is. What is asked of a combination is judged as both of its legs, recorded as both and sent once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.products.combination import is_combination, why_unlisted
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.orders.combined import combined_order, judge_combined, record_combined, value_of
from terminal.engine.orders.gate import Parent, judge, verdict_of
from terminal.engine.orders.intents import record, refuse

if TYPE_CHECKING:
    from terminal.domain.ids import ConfirmationId, OrderId
    from terminal.domain.orders.order import Cause, OrderTerms
    from terminal.engine.look import Look
    from terminal.engine.orders.combined import CombinedOrder
    from terminal.engine.state import AccountState
    from terminal.engine.turn import Turn


class Asked(NamedTuple):
    """Hold an order as it was asked for, with every finding of every rule; `by_leg` are those of a combination's legs.

    `combined` is `None` of an order on one contract, and of one on a combination that is not listed.
    """

    terms: OrderTerms
    cause: Cause
    by_leg: tuple[tuple[Finding, ...], ...]
    combined: CombinedOrder | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return every finding, each once."""
        return tuple(dict.fromkeys(one for found in self.by_leg for one in found))

    @property
    def verdict(self) -> Verdict:
        """Return the worst verdict."""
        return verdict_of(self.findings)


def judge_asked(
    look: Look,
    terms: OrderTerms,
    cause: Cause,
    *,
    approved: bool,
    replaces: ConfirmationId | None = None,
    fellows: int = 0,
) -> Asked:
    """Ask every rule about an order by hand, now; each order is its own parent, of both legs if it has two."""
    if not is_combination(terms.instrument):
        parent = _parent(look, terms)
        found = judge(look, terms, cause, parent=parent, approved=approved, replaces=replaces, fellows=fellows)
        return Asked(terms, cause, (found,))
    order = combined_order(look, terms)
    if order is None:
        return Asked(terms, cause, ((_unlisted(look, terms),),))
    parent = Parent(terms.lots, value_of(look, order))
    by_leg = judge_combined(look, order, (cause, cause), (parent, parent), approved=approved, replaces=replaces)
    return Asked(terms, cause, by_leg, order)


def refuse_asked(turn: Turn, asked: Asked) -> None:
    """State that the gate said no; of a combination about the leg that was refused, with all that was found."""
    order = asked.combined
    if order is None:
        refuse(turn, asked.terms, asked.cause, asked.findings)
        return
    worst = max(zip(order.legs, asked.by_leg, strict=True), key=lambda one: verdict_of(one[1]))
    refuse(turn, worst[0], asked.cause, asked.findings, order.combination.id)


def record_asked(
    turn: Turn, look: Look, account: AccountState, asked: Asked, confirmation: ConfirmationId | None
) -> OrderId:
    """Record an order that passed the gate and have it sent; of a combination return the first leg's id."""
    if asked.combined is None:
        return record(turn, look, account, asked.terms, asked.cause, asked.findings, confirmation)
    causes = (asked.cause, asked.cause)
    return record_combined(turn, look, account, asked.combined, causes, asked.findings, confirmation)


def _parent(look: Look, terms: OrderTerms) -> Parent:
    known = look.state.tenant.instruments.get(terms.instrument)
    return Parent(terms.lots, None if known is None else known.value(look.reckoned(terms).price, terms.lots))


def _unlisted(look: Look, terms: OrderTerms) -> Finding:
    return Finding(
        control="C1",
        code="UNKNOWN_COMBINATION",
        verdict=Verdict.DENY,
        value=terms.instrument,
        limit="",
        sentence=why_unlisted(look.state.tenant.instruments, terms.instrument),
    )
