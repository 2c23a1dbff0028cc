"""Keep the books of all orders and of each strategy's children from the wire alone: what went out, what came of it.

Only whose child an order is, and what the strategy was asked to do, is read in the journal; everything else passed on
the wire. So these books know nothing of how the product folds, reserves or plans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from terminal.domain.ids import AccountId, InstrumentId, StrategyId, WireKey
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.strategy import (
    ExecutionSettings,
    GridSettings,
    Half,
    RollSettings,
    SpreadSettings,
    StrategySettings,
)
from terminal.domain.parameters.target import TargetSettings
from terminal.domain.reports import QueryAnswer, Rejected, Removed, Report, Traded
from terminal.simulation.combined import parts_of
from terminal.strategies.roll.halves import fellow_name

_ENDS = frozenset({"CANCELLED", "EXPIRED", "REJECTED"})


class Child:
    """Hold one order, of a strategy or of a person: its terms, when it was sent, its lots filled, whether it is out."""

    def __init__(self, strategy: StrategyId | None, terms: OrderTerms, at: int) -> None:
        self.strategy = strategy
        self.terms = terms
        self.at = at
        self.filled = 0
        self.ended = False

    @property
    def working(self) -> int:
        """Return the lots that may still trade."""
        return 0 if self.ended else self.terms.lots - self.filled


class Tally:
    """Hold every order, and whose child it is, by what passed on the wire."""

    def __init__(self) -> None:
        self._children: dict[WireKey, tuple[Child, ...]] = {}  # of a combination's order both legs
        self._live: dict[tuple[WireKey, InstrumentId], Child] = {}
        self._pairs: dict[WireKey, tuple[Child, ...]] = {}
        self._nets: dict[tuple[StrategyId | None, InstrumentId], int] = {}
        self._held: dict[AccountId, dict[InstrumentId, int]] = {}
        self._trades: set[tuple[object, ...]] = set()

    def sent(self, key: WireKey, strategy: StrategyId | None, terms: OrderTerms, at: int) -> None:
        """Take an order on its way out at an instant (UTC ns); a person's own has no strategy."""
        children = self._children[key] = tuple(Child(strategy, part, at) for part in parts_of(terms))
        self._live |= {(key, child.terms.instrument): child for child in children}
        if len(children) > 1:
            self._pairs[key] = children

    def heard(self, report: Report) -> None:
        """Take a report on its way in; a trade told twice is one."""
        match report:
            case Traded():
                self._trade(report)
            case Removed() | Rejected():
                self._end(report.wire_key)
            case QueryAnswer():
                for trade in report.trades:
                    self._trade(trade)
                for order in report.orders:
                    if order.state in _ENDS:
                        self._end(order.wire_key)
            case _:
                pass

    def _end(self, key: WireKey) -> None:
        for child in self._children.get(key, ()):
            child.ended = True
            self._live.pop((key, child.terms.instrument), None)

    def _trade(self, trade: Traded) -> None:
        key = (trade.trading_day, trade.exchange, trade.trade, trade.sys_id, trade.side)
        children = self._children.get(trade.wire_key, ())
        child = next((one for one in children if one.terms.instrument == trade.instrument), None)
        if child is not None and key not in self._trades:
            self._trades.add(key)
            child.filled += trade.lots
            lots, terms = trade.lots * child.terms.side.sign, child.terms
            place = child.strategy, terms.instrument
            self._nets[place] = self._nets.get(place, 0) + lots
            held = self._held.setdefault(terms.account, {})
            held[terms.instrument] = held.get(terms.instrument, 0) + lots
            if not child.working:
                self._live.pop((trade.wire_key, terms.instrument), None)

    def net(self, strategy: StrategyId, instrument: InstrumentId) -> int:
        """Return the signed lots a strategy's fills came to."""
        return self._nets.get((strategy, instrument), 0)

    def working(self, strategy: StrategyId, instrument: InstrumentId, side: Side) -> int:
        """Return the lots of a side a strategy has under way."""
        return sum(
            child.working
            for child in self._live.values()
            if (child.strategy, child.terms.instrument, child.terms.side) == (strategy, instrument, side)
        )

    def beside(self, strategy: StrategyId, terms: OrderTerms, at: int) -> tuple[int, bool]:
        """Return the lots already sent of the same close, and whether a strategy has anything else under way.

        Where today's and yesterday's lots are closed by orders of their own, one close of an instant is two orders.
        """
        live = [child for child in self._live.values() if child.strategy == strategy]
        parts = [child for child in live if child.at == at and _is_other_part(child.terms, terms)]
        return sum(child.working for child in parts), len(parts) < len(live)

    def stands_beside(self, strategy: StrategyId, instrument: InstrumentId, *, combined: bool) -> bool:
        """Return whether a strategy has an order of a contract under way, or, for a single one, as a combination."""
        return any(
            child.strategy == strategy and name == instrument and (combined or len(self._children[key]) > 1)
            for (key, name), child in self._live.items()
        )

    def unsettled(self) -> Iterator[tuple[WireKey, tuple[Child, ...]]]:
        """Yield both legs of each order on a combination that has not been seen ended, or filled whole, with both."""
        for key, legs in list(self._pairs.items()):
            if all(leg.ended or not leg.working for leg in legs):
                del self._pairs[key]
            yield key, legs

    def held(self, account: AccountId) -> Mapping[InstrumentId, int]:
        """Return the signed lots that all trades of an account came to, whoever made them."""
        return self._held.get(account, {})

    def coming(self, account: AccountId, *, but: StrategyId) -> Iterator[tuple[InstrumentId, int]]:
        """Yield the signed lots that others than a strategy have under way in an account."""
        for child in self._live.values():
            if child.terms.account == account and child.strategy != but:
                yield child.terms.instrument, child.terms.side.sign * child.working

    def beyond(self, strategy: StrategyId, settings: StrategySettings) -> Iterator[str]:
        """Say where a strategy's fills, with all that is under way filled too, come to more than its target."""
        for instrument, least, most in _targets(settings):
            net = self.net(strategy, instrument)
            up = net + self.working(strategy, instrument, Side.BUY)
            down = net - self.working(strategy, instrument, Side.SELL)
            if up > most or down < least:
                yield f"I11 {strategy} may come to {down} to {up} lots of {instrument}, its target is {least} to {most}"

    def naked(self, strategy: StrategyId, settings: StrategySettings) -> int:
        """Return the lots that stand without their counterpart."""
        match settings:
            case SpreadSettings():
                nets = {leg.instrument: self.net(strategy, leg.instrument) for leg in settings.legs}
                self._add_untold(strategy, nets)
                return _unbalanced(settings, nets)
            case RollSettings():
                near, far = names_of(strategy, settings)
                return abs(abs(self.net(near, settings.near)) - abs(self.net(far, settings.far)))
            case GridSettings() | OwnSettings() | ExecutionSettings() | TargetSettings():
                return 0

    def _add_untold(self, strategy: StrategyId, nets: dict[InstrumentId, int]) -> None:
        # Of a combination one leg proves the other, whose own word is on its way.
        for first, second in self._pairs.values():
            if first.strategy == strategy and not first.ended:
                for one, other in ((first, second), (second, first)):
                    lots = max(other.filled - one.filled, 0)
                    nets[one.terms.instrument] = nets.get(one.terms.instrument, 0) + lots * one.terms.side.sign


def names_of(strategy: StrategyId, settings: StrategySettings) -> tuple[StrategyId, StrategyId]:
    """Return who closes near and who opens far: two halves where a roll goes from one account into another."""
    if not isinstance(settings, RollSettings) or settings.half is None:
        return strategy, strategy
    fellow = fellow_name(strategy, settings.half)
    return (fellow, strategy) if settings.half is Half.FAR else (strategy, fellow)


def _is_other_part(one: OrderTerms, other: OrderTerms) -> bool:
    # One of today's lots, the other of yesterday's, and alike in everything else but their lots.
    if one.is_opening or other.is_opening or one.offset is other.offset:
        return False
    return msgspec.structs.replace(one, offset=other.offset, lots=other.lots) == other


def _targets(settings: StrategySettings) -> Iterator[tuple[InstrumentId, int, int]]:
    # Of each instrument, between which signed lots a strategy's own trades may bring it.
    match settings:
        case SpreadSettings():
            for leg in settings.legs:
                most = leg.lots * settings.max_sets
                ends = (-abs(most), abs(most)) if settings.grid is None else (0, settings.grid.side.sign * most)
                if settings.conversion is not None:
                    ends = 0, most  # it is bought once, and never sold
                yield leg.instrument, min(ends), max(ends)
        case RollSettings():
            for instrument, sign in ((settings.near, -settings.side.sign), (settings.far, settings.side.sign)):
                yield instrument, min(0, sign * settings.lots), max(0, sign * settings.lots)
        case GridSettings():
            most = settings.side.sign * settings.lines * settings.lots_per_line
            yield settings.instrument, min(0, most), max(0, most)
        case OwnSettings():
            for contract in settings.contracts:
                yield contract.instrument, -contract.max_lots, contract.max_lots
        case ExecutionSettings():
            most = settings.side.sign * settings.total_lots
            yield settings.instrument, min(0, most), max(0, most)
        case TargetSettings():
            yield settings.instrument, -settings.most_lots, settings.most_lots


def _unbalanced(settings: SpreadSettings, nets: dict[InstrumentId, int]) -> int:
    lead = next(leg for leg in settings.legs if leg.active)
    total = 0
    for leg in settings.legs:
        # The whole lots that go with what the leading leg has: towards zero.
        exact = nets[lead.instrument] * leg.lots * (1 if lead.lots > 0 else -1)
        whole = abs(exact) // abs(lead.lots)
        total += abs((whole if exact > 0 else -whole) - nets[leg.instrument])
    return total
