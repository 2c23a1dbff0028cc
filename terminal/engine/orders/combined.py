"""Put one order on a combination before the gate, both legs of it, and record it as two orders sent as one.

Every rule judges each leg, the second one with the first one's margin taken: one leg's refusal refuses the whole, and
nothing of it is recorded. What concerns the difference alone is said once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terminal.domain.orders.combined_order import LegOf, legs_of
from terminal.domain.orders.order import Side
from terminal.domain.products.combination import known_combination
from terminal.domain.products.fees import ZERO
from terminal.domain.words.risk import Finding
from terminal.engine.orders.gate import judge
from terminal.engine.orders.intents import say_recorded, tell_found, wire_key_of
from terminal.engine.orders.reach import implied_leg
from terminal.engine.ports import WireOrder
from terminal.engine.records.forgetting import order_id
from terminal.risk.check import Whole
from terminal.risk.price_collar import market

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import ConfirmationId, InstrumentId, OrderId
    from terminal.domain.orders.order import Cause, OrderTerms
    from terminal.domain.products.combination import Combination
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.orders.gate import Parent
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn


class CombinedOrder(NamedTuple):
    """Hold an order on a listed combination and what it is in each leg."""

    whole: OrderTerms
    combination: Combination
    legs: tuple[OrderTerms, OrderTerms]


def combined_order(look: Look, whole: OrderTerms) -> CombinedOrder | None:
    """Return an order on a combination with its legs; `None` where no such combination is listed here."""
    combination = known_combination(look.state.tenant.instruments, whole.instrument)
    if combination is None:
        return None
    sides = (whole.side, whole.side.opposite)
    first, second = (_worst(look, leg, side) for leg, side in zip(combination.legs, sides, strict=True))
    return CombinedOrder(whole, combination, legs_of(whole, combination, (first, second)))


def judge_combined(
    look: Look,
    order: CombinedOrder,
    causes: tuple[Cause, Cause],
    parents: tuple[Parent, Parent],
    *,
    approved: bool,
    replaces: ConfirmationId | None = None,
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return every finding of every rule about each leg, now; one that replaces a pending order does not repeat it."""
    found = [
        judge(look, leg, cause, parent=parent, approved=approved, replaces=replaces, whole=_whole(look, order, number))
        for number, (leg, cause, parent) in enumerate(zip(order.legs, causes, parents, strict=True), 1)
    ]
    return found[0], found[1]


def record_combined(
    turn: Turn,
    look: Look,
    account: AccountState,
    order: CombinedOrder,
    causes: tuple[Cause, Cause],
    findings: tuple[Finding, ...],
    confirmation: ConfirmationId | None,
) -> OrderId:
    """Record both legs of an order that passed the gate and have it sent once; return the first leg's id."""
    whole, (first, second) = order.whole, order.legs
    ids = [order_id(account, account.reference + number) for number in (1, 2)]
    key = wire_key_of(account, account.reference + 1)
    for number, terms, cause, other in ((1, first, causes[0], ids[1]), (2, second, causes[1], ids[0])):
        leg = LegOf(
            combination=order.combination.id,
            number=number,
            side=whole.side,
            price=whole.price,
            other=other,
            wire_key=key,
        )
        say_recorded(turn, look, account, terms, cause, findings if number == 1 else (), confirmation, leg)
    turn.do(WireOrder(wire_key=key, account=account.account, terms=whole))
    tell_found(turn, ids[0], first, causes[0], findings)
    return ids[0]


def shown_difference(look: Look, combination: Combination, side: Side) -> Decimal | None:
    """Return what both legs cost together at their opposite prices, yuan; `None` where one is not displayed."""
    found = []
    for leg, way in zip(combination.legs, (side, side.opposite), strict=True):
        quote = look.columns.quote(leg.id)
        ticks = None if quote is None else quote.ask if way is Side.BUY else quote.bid
        if ticks is None:
            return None
        found.append(leg.price(ticks))
    return found[0] - found[1]


def _whole(look: Look, order: CombinedOrder, number: int) -> Whole:
    combination, side = order.combination, order.whole.side
    quote = look.columns.quote(combination.first.id)
    base = None if quote is None else market(quote, side)
    return Whole(
        name=combination.id,
        number=number,
        side=side,
        price=order.whole.price,
        tick=combination.tick,
        max_lots=combination.max_lots,
        shown=shown_difference(look, combination, side),
        base=None if base is None else combination.first.price(base),
        beside=order.legs[0] if number == 2 else None,
        terms=order.whole,
        others=_others(look.state.accounts[order.whole.account], order),
        same=_same(look.state, combination.id),
        value=value_of(look, order),
        band=_band(look, combination),
        implied=implied_leg(look, combination, side, number, order.whole.price),
    )


def value_of(look: Look, order: CombinedOrder) -> Decimal:
    """Return what both legs are worth in yuan, at the prices they are reckoned at."""
    pairs = zip(order.combination.legs, order.legs, strict=True)
    return sum((known.value(look.reckoned(leg).price, leg.lots) for known, leg in pairs), ZERO)


def _band(look: Look, combination: Combination) -> tuple[Decimal | None, Decimal | None]:
    first, second = (_limits(look, leg) for leg in combination.legs)
    return _less(first[0], second[1]), _less(first[1], second[0])


def _limits(look: Look, leg: Instrument) -> tuple[Decimal | None, Decimal | None]:
    quote = look.columns.quote(leg.id)
    told = (None, None) if quote is None else (quote.lower_limit, quote.upper_limit)
    lower, upper = (None if ticks is None else leg.price(ticks) for ticks in told)
    return lower, upper


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other


def _others(account: AccountState, order: CombinedOrder) -> list[OrderId]:
    # A leg looks the same whatever difference was asked, and may be a leg of two combinations.
    asked = order.combination.id, order.whole.price
    recent = (account.orders.get(one.order) for one in account.recent)
    return [
        row.order
        for row in recent
        if row is not None and row.leg is not None and (row.leg.combination, row.leg.price) != asked
    ]


def _same(state: State, combination: InstrumentId) -> dict[OrderId, LegOf]:
    rows = (row for account in state.accounts.values() for row in account.live.values())
    return {row.order: row.leg for row in rows if row.leg is not None and row.leg.combination == combination}


def _worst(look: Look, leg: Instrument, side: Side) -> Decimal:
    # Where nobody has told the day's limit prices the gate refuses the order: a tick stands for none.
    quote = look.columns.quote(leg.id)
    bound = None if quote is None else quote.upper_limit if side is Side.BUY else quote.lower_limit
    return leg.tick if bound is None else leg.price(bound)
