"""Match orders on combinations (组合合约): both legs trade together or not at all.

The theory. Nobody shows a quote of the combination; what its legs show is one. A buyer gets the first leg's ask and the
second's bid, a seller the first's bid and the second's ask, at most the lots both show and nobody took: the same lots
that orders on the legs take. Two of our own orders on one combination that cross trade at the price of the one that was
there first, the second leg at its last price (else its previous settlement), the first at the rest. What is displayed
comes first at the same price. A resting order trades at its own limit: the second leg as displayed, the first at the
rest as far as its band goes; where that is no price, as displayed.

Both legs must trade continuously. Orders on combinations are not taken in auctions and take no part in them; what rests
from the night goes on after the morning's auction. Our own orders on the legs are no part of it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import msgspec

from terminal.domain.days.sessions import Phase
from terminal.domain.errors import InvariantError, UserError
from terminal.domain.ids import InstrumentId, WireKey
from terminal.domain.market import Batch
from terminal.domain.orders.order import OrderTerms, TimeCondition
from terminal.domain.products.combination import Combination
from terminal.domain.products.instrument import Instrument
from terminal.domain.reports import Report
from terminal.engine.ports import WireOrder
from terminal.gateways.sim import refusal
from terminal.gateways.sim.accounts.ledger import Ledger
from terminal.gateways.sim.combinations.combined import CombinedLots
from terminal.gateways.sim.combinations.orders import (
    LIMIT_ONLY,
    Band,
    SpreadOrder,
    band_of,
    refuse_spread,
    resting_legs,
    shown_difference,
    split,
)
from terminal.gateways.sim.display import Display
from terminal.gateways.sim.matching.book import Book, Level, Match, Order
from terminal.gateways.sim.positions import bucket_of
from terminal.gateways.sim.refusal import Refusal

Finder = Callable[[str, int], Combination]  # by name and day; one that is not listed is a `UserError`
NO_AUCTION = Refusal("CONTINUOUS_ONLY", "组合合约只在两腿连续交易时接受报单")


class Floor(NamedTuple):
    """Hold what the desk shares with the exchange: the market, the ledger in use, and the books of single contracts."""

    display: Display
    ledger: Callable[[], Ledger]
    combined: CombinedLots
    book: Callable[[InstrumentId], Book]
    note: Callable[[InstrumentId], None]  # that lots were taken of what it displays
    rest: Callable[[Order, Instrument], None]  # an order, until what this contract does ends
    leave: Callable[[Order], None]


class CombinationDesk:
    """Keep the orders on combinations and match them."""

    def __init__(self, floor: Floor, find: Finder | None) -> None:
        self._floor = floor
        self._find = find
        self._known: dict[tuple[InstrumentId, int], Combination] = {}
        self._resting: dict[InstrumentId, tuple[list[SpreadOrder], list[SpreadOrder]]] = {}
        self._orders: dict[WireKey, SpreadOrder] = {}  # that rest

    @property
    def any(self) -> bool:
        """Return whether an order rests here."""
        return bool(self._orders)

    def rests(self, order: Order) -> bool:
        """Return whether an order rests here."""
        return order.wire_key in self._orders

    def place(self, wire: WireOrder) -> list[Report]:
        """Take an order or reject it, and trade what it reaches; what remains under GFD rests."""
        terms, ledger = wire.terms, self._floor.ledger()
        combination = self._listed(terms.instrument)
        refused = LIMIT_ONLY if wire.trigger is not None else None
        if refused is None and combination is not None:
            refused = self._refuse(terms, combination)
        if combination is None or refused is not None:
            return [ledger.reject(wire.wire_key, terms, refused or refusal.NOT_FOUND)]
        order = ledger.take(wire.wire_key, terms, combination.first.exchange)
        spread = self._admit(order, combination)
        for leg, instrument in zip(spread.legs, (combination.first, combination.second), strict=True):
            ledger.funds.reserve(leg, instrument)
        reports = [ledger.accepted(order)]
        condition = terms.time_condition
        if condition is TimeCondition.FOK and self._reachable(spread) < order.remaining:
            return [*reports, *self._end(spread, refusal.KILLED_ALL)]
        reports += self._take(spread)
        if order.remaining and condition is TimeCondition.GFD:
            self._rest(spread)
        elif order.remaining:
            reports += self._end(spread, refusal.KILLED_REST)
        return reports

    def sweep(self, batch: Batch) -> list[Report]:
        """Trade what rests with what its legs show now."""
        reports: list[Report] = []
        slots = set(batch.slots.tolist()) if self._orders else set()
        for buys, sells in list(self._resting.values()):
            for queue in (buys, sells):
                while queue and self._is_shown(queue[0], slots):
                    spread = queue[0]
                    levels, difference = self._shown(spread)
                    if difference is None or not spread.reaches(difference):
                        break
                    reports += self._deal_shown(spread, levels, resting=True)
                    if not spread.order.remaining:
                        self._forget(spread, queue)
        return reports

    def remove(self, order: Order) -> None:
        """Take an order out of the queue and free what its legs froze."""
        spread = self._orders[order.wire_key]
        buys, sells = self._resting[order.terms.instrument]
        self._forget(spread, buys if order.is_buy else sells)
        self._release(spread)

    def restore(self, order: Order) -> None:
        """Put an order back that rested before a restart."""
        combination = self._listed(order.terms.instrument)
        if combination is None:
            raise InvariantError(f"{order.terms.instrument} has orders but is not listed")
        self._rest(self._admit(order, combination))

    # --- one order --------------------------------------------------------------------------------------------------

    def _listed(self, name: InstrumentId) -> Combination | None:
        day = self._floor.display.trading_day
        found = self._known.get((name, day)) or self._look_up(name, day)
        if found is not None:
            self._known[name, day] = found
        return found

    def _look_up(self, name: InstrumentId, day: int) -> Combination | None:
        if self._find is None:
            return None
        try:
            found = self._find(name, day)
        except UserError:
            return None
        first, second = (self._floor.display.instrument(leg.id) for leg in (found.first, found.second))
        if found.id != name or first is None or second is None:
            return None
        return msgspec.structs.replace(found, first=first, second=second)

    def _refuse(self, terms: OrderTerms, combination: Combination) -> Refusal | None:
        display, ledger = self._floor.display, self._floor.ledger()
        legs = (combination.first, combination.second)
        for leg in legs:
            refused = refusal.refuse_instrument(leg, display.trading_day)
            if refused is not None:
                return refused
        refused = refuse_spread(terms, combination, *self._bands(combination))
        if refused is not None:
            return refused
        if any(display.session(leg).phase is not Phase.CONTINUOUS for leg in legs):
            return NO_AUCTION
        sides = (terms.side, terms.side.opposite)
        both = [
            msgspec.structs.replace(terms, instrument=leg.id, side=side, price=Decimal(0))
            for leg, side in zip(legs, sides, strict=True)
        ]
        for one, leg in zip(both, legs, strict=True):
            refused = refusal.refuse_close(one, leg, ledger.holding(one))
            if refused is not None:
                return refused
        return refusal.refuse_cancels(terms, combination.first, ledger.cancels) or ledger.funds.refuse_all(
            list(zip(both, legs, strict=True)), display.last
        )

    def _bands(self, combination: Combination) -> tuple[Band, Band]:
        display = self._floor.display
        first, second = combination.first, combination.second
        return band_of(first, display.facts(first.id)), band_of(second, display.facts(second.id))

    def _admit(self, order: Order, combination: Combination) -> SpreadOrder:
        spread = SpreadOrder(order, combination)
        for leg, instrument in zip(spread.legs, (combination.first, combination.second), strict=True):
            if not leg.terms.is_opening:
                leg.bucket = bucket_of(instrument, leg.terms.offset)
                self._floor.ledger().freeze(leg, leg.remaining)
        return spread

    def _rest(self, spread: SpreadOrder) -> None:
        buys, sells = self._resting.setdefault(spread.order.terms.instrument, ([], []))
        insort(buys if spread.order.is_buy else sells, spread, key=attrgetter("rank"))
        self._orders[spread.order.wire_key] = spread
        self._floor.rest(spread.order, spread.combination.first)

    def _forget(self, spread: SpreadOrder, queue: list[SpreadOrder]) -> None:
        queue.remove(spread)
        del self._orders[spread.order.wire_key]
        self._floor.leave(spread.order)

    def _release(self, spread: SpreadOrder) -> None:
        ledger = self._floor.ledger()
        for leg in spread.legs:
            ledger.freeze(leg, -leg.remaining)
            ledger.funds.release(leg)

    def _end(self, spread: SpreadOrder, why: str) -> list[Report]:
        self._release(spread)
        return [self._floor.ledger().remove(spread.order, expired=False, why=why)]

    # --- matching ---------------------------------------------------------------------------------------------------

    def _is_shown(self, spread: SpreadOrder, slots: set[int]) -> bool:
        return any(self._floor.display.slot(leg.terms.instrument) in slots for leg in spread.legs)

    def _shown(self, spread: SpreadOrder) -> tuple[tuple[Level, Level], Decimal | None]:
        display, levels, fresh = self._floor.display, [], True
        for leg, instrument in zip(spread.legs, (spread.combination.first, spread.combination.second), strict=True):
            book, slot = self._floor.book(instrument.id), display.slot(instrument.id)
            display.show(book, slot)
            fresh &= display.is_fresh(slot, display.session(instrument))
            levels.append(book.ask if leg.is_buy else book.bid)
        return (levels[0], levels[1]), shown_difference(spread, *levels) if fresh else None

    def _others(self, spread: SpreadOrder) -> list[SpreadOrder]:
        buys, sells = self._resting.get(spread.order.terms.instrument, ([], []))
        return sells if spread.order.is_buy else buys

    def _reachable(self, spread: SpreadOrder) -> int:
        levels, difference = self._shown(spread)
        lots = 0
        if difference is not None and spread.reaches(difference):
            lots = min(level.free for level in levels)
        own = (one for one in self._others(spread) if spread.reaches(one.price) and self._split(one) is not None)
        return lots + sum(one.order.remaining for one in own)

    def _take(self, spread: SpreadOrder) -> list[Report]:
        reports: list[Report] = []
        others = self._others(spread)
        while spread.order.remaining:
            levels, difference = self._shown(spread)
            other = others[0] if others and spread.reaches(others[0].price) else None
            prices = None if other is None else self._split(other)
            if difference is not None and spread.reaches(difference):
                is_best = other is None or (difference - other.price) * spread.order.terms.side.sign <= 0
                if is_best or prices is None:
                    reports += self._deal_shown(spread, levels, resting=False)
                    continue
            if other is None or prices is None:
                break
            reports += self._deal_own(spread, other, prices)
            if not other.order.remaining:
                self._forget(other, others)
        return reports

    def _split(self, resting: SpreadOrder) -> tuple[int, int] | None:
        second = self._floor.display.closing(resting.combination.second.id)
        if second is None:
            return None
        return split(resting.combination, resting.price, second, self._bands(resting.combination))

    def _deal_shown(self, spread: SpreadOrder, levels: tuple[Level, Level], *, resting: bool) -> list[Report]:
        first, second = levels
        if first.price is None or second.price is None:
            raise InvariantError(f"{spread.order.wire_key} traded with nothing displayed")
        lots = min(spread.order.remaining, first.free, second.free)
        prices = (first.price, second.price)
        if resting:
            prices = resting_legs(spread, *prices, self._bands(spread.combination)[0])
        for leg, level in zip(spread.legs, levels, strict=True):
            level.taken += lots
            self._floor.note(leg.terms.instrument)
        spread.fill(lots)
        return self._book(spread, None, lots, prices)

    def _deal_own(self, spread: SpreadOrder, other: SpreadOrder, prices: tuple[int, int]) -> list[Report]:
        lots = min(spread.order.remaining, other.order.remaining)
        spread.fill(lots)
        other.fill(lots)
        return self._book(spread, other, lots, prices)

    def _book(self, spread: SpreadOrder, other: SpreadOrder | None, lots: int, prices: tuple[int, int]) -> list[Report]:
        ledger, reports = self._floor.ledger(), list[Report]()
        far = (None, None) if other is None else other.legs
        for leg, against, price in zip(spread.legs, far, prices, strict=True):
            reports += ledger.trade(Match(leg, against, lots, price))
        for one in (spread, other):
            if one is not None:
                order = one.order
                ledger.note(order)  # the whole, not a leg
                moved = lots if order.terms.is_opening else -lots
                reports += self._floor.combined.move(order.account, one.pair, moved)
        return reports
