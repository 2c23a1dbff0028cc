"""Judge the orders of spreads on combinations (组合合约): both legs or none, at what both show, and nothing hedged.

By docs/strategies.md: a spread leg after leg never sends one; one by its combination alone sends nothing else, but to
leave or to mend a leg that broke. It is immediate or cancel, pays what both legs show at their opposite prices and
never more, opens no worse than the spread's own price, and stands beside no other order of its strategy. Its legs are
recorded together, as many lots of each, and when it has ended both have filled alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import ExitReached, LegBroken, RangeLeft, RoundBegan
from terminal.domain.ids import StrategyId, WireKey
from terminal.domain.orders.combined_order import LegOf
from terminal.domain.orders.order import OrderTerms, PriceKind, Side, TimeCondition
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.strategy import SpreadSettings, StrategySettings
from terminal.engine.records.journal import Record
from terminal.simulation.combined import legs_named, on_wire, parts_of
from terminal.simulation.rough.exit_judge import MAY, BothSides

if TYPE_CHECKING:
    from terminal.simulation.rough.tally import Tally

_WORD = 30 * SECOND_NS  # between what is told of one leg and of the other, a crash and its queries included


class CombinationJudge:
    """Follow every order on a combination, and every spread that may send one."""

    def __init__(self, tally: Tally, both_sides: BothSides) -> None:
        self.orders = 0
        self._tally = tally
        self._both_sides = both_sides
        self._free: set[StrategyId] = set()  # leave, or have a broken leg: they may go leg after leg
        self._leaving: set[StrategyId] = set()
        self._apart: dict[WireKey, int] = {}  # since when one leg has filled more, in steady time

    def kept(self, records: Sequence[Record], settings: Mapping[StrategyId, StrategySettings]) -> Iterator[str]:
        """Take what became durable in one turn, and say what is wrong with the orders in it."""
        facts = [record.fact for record in records]
        orders = [fact for fact in facts if isinstance(fact, f.OrderRecorded) and fact.cause.strategy is not None]
        for fact in facts:
            if isinstance(fact, f.StrategyMarked):
                self._stated(fact)
        for order in orders:
            name = order.cause.strategy
            spread = None if name is None else settings[name]
            if name is None or not isinstance(spread, SpreadSettings):
                continue
            if order.leg is None:
                if spread.route is SpreadRoute.COMBINATION and name not in self._free:
                    yield f"E2 {name} records {order.wire_key} on one leg, it trades by its combination alone"
                continue
            other = next((one for one in orders if one.order == order.leg.other), None)
            if other is None or not _are_one(order, other):
                yield f"E2 {name} records {order.wire_key} as a leg of {order.leg.combination}, and no other leg of it"
            elif order.leg.is_first:
                self.orders += 1
                yield from (f"E2 {name} records {order.wire_key} {why}" for why in self._wrong(name, spread, order.leg))

    def _stated(self, fact: f.StrategyMarked) -> None:
        name = fact.strategy
        match fact.mark:
            case ExitReached() | RangeLeft():
                self._leaving.add(name)
                self._free.add(name)
            case LegBroken():
                self._free.add(name)
            case RoundBegan() if name not in self._leaving:
                self._free.discard(name)
            case _:
                pass

    def _wrong(self, name: StrategyId, spread: SpreadSettings, leg: LegOf) -> Iterator[str]:
        if spread.route is SpreadRoute.SYNTHETIC:
            yield f"on {leg.combination}, it trades leg after leg"
        shown = self._shown(leg)
        if shown is None:
            yield f"on {leg.combination}, of which a leg shows no price"
        elif (leg.price - shown) * leg.side.sign > 0:
            yield f"at {leg.price}, both legs show {shown}"
        if name not in self._leaving and spread.grid is None:
            bought = next(one.instrument for one in spread.legs if one.lots > 0)
            way = 1 if bought == legs_named(leg.combination)[0] else -1
            price, buys = leg.price * way, leg.side.sign * way > 0
            if price > spread.buy_at if buys else price < spread.sell_at:
                yield f"at a spread of {price}, beyond its {spread.buy_at if buys else spread.sell_at}"

    def _shown(self, leg: LegOf) -> Decimal | None:
        first, second = (self._both_sides(name, MAY) for name in legs_named(leg.combination))
        if first is None or second is None:
            return None
        return first[1] - second[0] if leg.side is Side.BUY else first[0] - second[1]

    def faults(self, strategy: StrategyId, terms: OrderTerms) -> Iterator[str]:
        """Say what is wrong with an order of a spread on its way out; it is not in the tally yet."""
        parts = parts_of(terms)
        if len(parts) > 1 and (terms.time_condition, terms.price_kind) != (TimeCondition.FAK, PriceKind.LIMIT):
            yield f"as {terms.price_kind} {terms.time_condition}, a combination is immediate or cancel"
        for part in parts:
            if self._tally.stands_beside(strategy, part.instrument, combined=len(parts) > 1):
                yield f"beside an order of {part.instrument} that may still trade with its other leg"

    def look(self, steady: int) -> Iterator[str]:
        """Say which order has filled more of one leg than of the other, ended or for long."""
        for key, (first, second) in self._tally.unsettled():
            if first.filled == second.filled:
                self._apart.pop(key, None)
            elif first.ended or steady - self._apart.setdefault(key, steady) > _WORD:
                lots = f"{first.filled} lots of {first.terms.instrument}, {second.filled} of {second.terms.instrument}"
                yield f"E2 {first.strategy} has of {key} {lots}"


def _are_one(one: f.OrderRecorded, other: f.OrderRecorded) -> bool:
    # Whether two records are both legs of one order: alike in all, but each on its side of its contract.
    if one.leg is None or other.leg is None or other.leg.other != one.order:
        return False
    if on_wire(one) != on_wire(other) or {one.leg.number, other.leg.number} != {1, 2}:
        return False
    part = parts_of(on_wire(one)[1])[one.leg.number - 1]
    return (one.terms.instrument, one.terms.side) == (part.instrument, part.side)
