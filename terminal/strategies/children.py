"""Keep the child orders of a strategy, as facts tell of them.

What is true here. A child reserves its lots from the moment it was recorded until the exchange has proven its end;
UNKNOWN is no end. An end says how many lots never traded, and fills of the others may still be on their way: until
they have come the child goes on reserving them (OWED). A child proven never sent (VOID) reserves nothing, but is
remembered for its trading day, because an order once declared absent can still turn up, and then it reserves again.

A child that ended without a fill soon after it was sent counts as a failed attempt of its scope, whoever ended it: so
does a refusal, a reject, a VOID. Each failure in a row doubles the wait before the next attempt, and after ten of
them the scope tries once in five minutes: a strategy never spins. Scopes are a strategy's places for orders: a leg, a
side of a grid line.

A cancel is asked for again when it was not answered, or refused, for half a minute. One the exchange refused is not
repeated while the exchange takes no cancels: it would refuse the next one too.

An order on a combination is two children, one of each leg. They trade together, and are told of one after the other.

What is not nice: the risk gate pauses a strategy that would open after its third refusal within 30 seconds (control
C10), so after a second one all its openings wait until a third would no longer be the third. Its closes do not: C10
never stops one, and what cannot be opened in one place must not keep lots in another.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from terminal.domain.fact.facts import (
    AccountFact,
    CancelRecorded,
    CancelRefused,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRecorded,
    OrderRefused,
    OrderRejected,
    OrderUnknown,
    OrderVoided,
)
from terminal.domain.ids import InstrumentId, OrderId
from terminal.domain.orders.order import Side, TimeCondition

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND = 1_000_000_000
# Two children of one scope are at least this far apart: below the window of the duplicate rule (C9, 2 s) and above
# the pace of the repetition rule (C10, 30 in 60 s).
GAP = 2_100_000_000
# A hedge waits for no other one: so many go out one upon the other before the next is this far from them, which stays
# within the thirty in a minute, too.
HEDGES_AT_ONCE, HEDGE_GAP = 4, 2_300_000_000
SOON = 60 * SECOND  # a child that ended empty before this was a failed attempt
LONGEST_WAIT = 30
TIRED_AFTER = 10  # failures in a row
TIRED_WAIT = 300
REFUSAL_WINDOW = 31 * SECOND


class ChildState(StrEnum):
    """Name what is known of a child; the text above says what each reserves."""

    PENDING = "PENDING"  # recorded, no answer yet
    WORKING = "WORKING"  # the exchange has it
    UNKNOWN = "UNKNOWN"
    OWED = "OWED"  # ended, with fills still to come
    VOID = "VOID"


_VOID = ChildState.VOID  # quicker than the member, and asked for with every look at a child


class Child(msgspec.Struct, kw_only=True):
    """Hold one child order that may still trade."""

    scope: str
    instrument: InstrumentId
    side: Side
    closing: bool
    lots: int
    price: Decimal
    recorded_at: int
    trading_day: int
    rests: bool = True  # at the exchange until it is filled or cancelled
    state: ChildState = ChildState.PENDING
    filled: int = 0
    chased: bool = False
    cancel_at: int | None = None  # when a cancel was last recorded or refused
    cancel_refused: bool = False  # the latest one was
    other: OrderId | None = None  # the other leg of an order on a combination
    other_filled: int = 0

    @property
    def in_transit(self) -> int:
        """Return the lots that traded for certain, because the other leg's are told, and are still to be told."""
        return max(self.other_filled - self.filled, 0)

    @property
    def reserved(self) -> int:
        """Return the lots that may still trade."""
        return 0 if self.state is _VOID else self.lots - self.filled


class Pace(msgspec.Struct):
    """Hold how a scope's attempts went: failures in a row, and when the next attempt may be made (UTC ns).

    Openings that the gate refused are counted apart: they say nothing of a close, and only openings wait for them.
    `next_at` is when the pace of orders lets the next one out; `paced_at` when it would, were hedges sent evenly.
    """

    failures: int = 0
    wait_until: int = 0
    next_at: int = 0
    paced_at: int = 0
    refused: int = 0  # openings, in a row
    opening_until: int = 0


UNTRIED = Pace()  # of a scope without an attempt; only read


class Ledger(msgspec.Struct):
    """Hold the children of one strategy, the pace of its scopes, and when the gate last refused."""

    children: dict[OrderId, Child] = {}
    paces: dict[str, Pace] = {}
    refused_at: int | None = None
    wait_until: int = 0  # for openings of every scope

    def reserving(self) -> list[Child]:
        """Return the children that reserve lots, oldest first."""
        return [child for child in self.children.values() if child.state is not _VOID and child.lots != child.filled]

    def in_scope(self, scope: str) -> Iterator[tuple[OrderId, Child]]:
        """Yield the children of a scope that reserve lots, oldest first."""
        for order, child in self.children.items():
            if child.scope == scope and child.state is not _VOID:
                yield order, child

    def reserved(self, scope: str) -> int:
        """Return the lots under way in a scope, bought positive, sold negative."""
        return sum(child.side.sign * child.reserved for _, child in self.in_scope(scope))

    def under_way(self, scope: str, sign: int) -> int:
        """Return the lots under way in a scope on one side alone: 1 buys, -1 sells."""
        return sum(child.reserved for _, child in self.in_scope(scope) if child.side.sign == sign)

    def in_transit(self, scope: str) -> int:
        """Return the lots of a scope that traded for certain and are still to be told, sold ones negative."""
        return sum(child.side.sign * child.in_transit for child in self.children.values() if child.scope == scope)

    @property
    def busy(self) -> bool:
        """Return whether any child may still trade."""
        return any(child.state is not ChildState.VOID for child in self.children.values())

    def begin_anew(self, at: int) -> None:
        """Let no scope wait for what failed so far, as it was for something else; the gate's refusals count on."""
        for pace in self.paces.values():
            pace.failures, pace.wait_until = 0, min(pace.wait_until, at + GAP)
            pace.refused, pace.opening_until = 0, min(pace.opening_until, at + GAP)

    def ready_at(self, scope: str, *, closing: bool, hedges: bool = False) -> int:
        """Return from when a scope may attempt an order, or a hedge, UTC ns; 0 where nothing holds it back."""
        pace = self.paces.get(scope, UNTRIED)
        paced = pace.paced_at - (HEDGES_AT_ONCE - 1) * HEDGE_GAP if hedges else pace.next_at
        failed = pace.wait_until if closing else max(self.wait_until, pace.wait_until, pace.opening_until)
        return max(failed, paced, 0)

    def ready(self, scope: str, now: int, *, closing: bool, hedges: bool = False) -> bool:
        """Return whether a scope may attempt an order, or a hedge, now."""
        return now >= self.ready_at(scope, closing=closing, hedges=hedges)

    def sent_after(self, scope: str, other: str) -> bool:
        """Return whether the latest order of a scope was sent after the latest of another one."""
        return self.paces.get(scope, UNTRIED).next_at > self.paces.get(other, UNTRIED).next_at

    def lately_refused(self, now: int) -> bool:
        """Return whether the gate's latest refusal may still count for C10."""
        return self.refused_at is not None and now - self.refused_at < REFUSAL_WINDOW

    def failures(self, scope: str) -> int:
        """Return how many attempts of a scope failed in a row."""
        pace = self.paces.get(scope, UNTRIED)
        return pace.failures + pace.refused


def backoff_seconds(failures: int) -> int:
    """Return how long to wait after so many failures in a row: 1, 2, 4, 8, 16, 30 …, then 300.

    >>> [backoff_seconds(n) for n in (1, 2, 3, 6, 10, 11)]
    [1, 2, 4, 30, 30, 300]
    """
    return TIRED_WAIT if failures > TIRED_AFTER else min(1 << (failures - 1), LONGEST_WAIT)


def take(ledger: Ledger, fact: AccountFact, scope: str, at: int) -> int:
    """Take one order fact of a scope into the ledger; return the lots it filled, sold ones negative."""
    if type(fact) is OrderRecorded:
        _record(ledger, fact, scope, at)
        return 0
    if type(fact) is OrderRefused:
        if fact.terms.is_opening:
            _refuse_opening(ledger, scope, at)
        else:
            _fail(ledger, scope, at)
        _count_refusal(ledger, at)
        return 0
    if type(fact) is OrderFilled:
        # Booked by the fact alone: a fill counts even when its order is no longer remembered.
        _fill(ledger, fact, scope)
        return fact.side.sign * fact.lots
    _change(ledger, fact, scope, at)
    return 0


def _change(ledger: Ledger, fact: AccountFact, scope: str, at: int) -> None:
    match fact:
        case OrderAccepted() if (child := ledger.children.get(fact.order)) is not None:
            if child.state is not ChildState.OWED:
                child.state = ChildState.WORKING
        case OrderUnknown() if (child := ledger.children.get(fact.order)) is not None:
            if child.state is ChildState.PENDING:
                child.state = ChildState.UNKNOWN
        case OrderVoided() if (child := ledger.children.get(fact.order)) is not None:
            child.state = ChildState.VOID
            _fail(ledger, scope, at)
        case CancelRecorded() if (child := ledger.children.get(fact.order)) is not None:
            child.cancel_at, child.cancel_refused = at, False
        case CancelRefused() if (child := ledger.children.get(fact.order)) is not None:
            child.cancel_at, child.cancel_refused = at, True
        case OrderRejected() if ledger.children.pop(fact.order, None) is not None:
            _fail(ledger, scope, at)
        case OrderCancelled() | OrderExpired() if (child := ledger.children.get(fact.order)) is not None:
            _end(ledger, fact, child, at)
        case _:
            pass


def _record(ledger: Ledger, fact: OrderRecorded, scope: str, at: int) -> None:
    for order in [
        order
        for order, child in ledger.children.items()
        if child.state is ChildState.VOID and child.trading_day < fact.trading_day
    ]:
        del ledger.children[order]
    ledger.children[fact.order] = Child(
        scope=scope,
        instrument=fact.terms.instrument,
        side=fact.terms.side,
        closing=not fact.terms.is_opening,
        lots=fact.terms.lots,
        price=fact.terms.price,
        recorded_at=at,
        trading_day=fact.trading_day,
        rests=fact.terms.time_condition is TimeCondition.GFD,
        other=None if fact.leg is None else fact.leg.other,
    )
    pace = ledger.paces.setdefault(scope, Pace())
    pace.next_at, pace.paced_at = at + GAP, max(pace.paced_at, at) + HEDGE_GAP


def _fill(ledger: Ledger, fact: OrderFilled, scope: str) -> None:
    _calm(ledger, scope)
    for one in ledger.children.values():
        if one.other == fact.order:
            one.other_filled += fact.lots
    child = ledger.children.get(fact.order)
    if child is None:
        return
    child.filled += fact.lots
    if child.filled >= child.lots:
        del ledger.children[fact.order]
    elif child.state is not ChildState.OWED:
        child.state = ChildState.WORKING


def _end(ledger: Ledger, fact: OrderCancelled | OrderExpired, child: Child, at: int) -> None:
    traded = max(child.lots - fact.unfilled, child.filled)
    if traded > child.filled:
        child.lots, child.state = traded, ChildState.OWED
        return
    del ledger.children[fact.order]
    soon = at - child.recorded_at < SOON
    if isinstance(fact, OrderCancelled) and soon and not traded and not child.chased:
        _fail(ledger, child.scope, at)
    elif not soon:
        _calm(ledger, child.scope)


def _calm(ledger: Ledger, scope: str) -> None:
    pace = ledger.paces.setdefault(scope, Pace())
    pace.failures = pace.refused = 0


def _fail(ledger: Ledger, scope: str, at: int) -> None:
    pace = ledger.paces.setdefault(scope, Pace())
    pace.failures += 1
    pace.wait_until = max(pace.wait_until, at + backoff_seconds(pace.failures) * SECOND)


def _refuse_opening(ledger: Ledger, scope: str, at: int) -> None:
    pace = ledger.paces.setdefault(scope, Pace())
    pace.refused += 1
    pace.opening_until = max(pace.opening_until, at + backoff_seconds(pace.refused) * SECOND)


def _count_refusal(ledger: Ledger, at: int) -> None:
    if ledger.refused_at is not None and at - ledger.refused_at < REFUSAL_WINDOW:
        ledger.wait_until = max(ledger.wait_until, ledger.refused_at + REFUSAL_WINDOW)
    else:
        ledger.wait_until = max(ledger.wait_until, at + SECOND)
    ledger.refused_at = at
