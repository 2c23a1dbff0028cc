"""Judge the orders of targets (自动配平): none leads past the aim it was sent for, none without a person's consent.

The ratio is reckoned anew: the hedge from every trade that passed on the wire, whoever made it, the exposure from the
limits, and the lots that lead back into the band as the manual says it. What others have under way counts where it
moves the ratio the same way. Only the day's band and the proposals are taken as they were stated; a fixed band must be
that of the settings. Tax-adjusted, a tonne that is quoted with VAT hedges 1 + VAT tonnes, one that is quoted net of it
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from terminal.domain.days.calendar import Calendar
from terminal.domain.fact import facts as f
from terminal.domain.fact.target_marks import RatioFrozen, TargetEnded, TargetProposed
from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.parameters.limits import HedgeBound
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.parameters.target import WHOLE, Aim, FixedBand, TargetMode, TargetSettings
from terminal.domain.products.instrument import Instrument
from terminal.simulation.rough.tally import Tally


class _Standing(NamedTuple):
    # In tonnes, the sign of the exposure taken out of the hedge; `moved` is what others may still bring of each side.
    hedge: Decimal
    whole: Decimal
    moved: dict[Side, Decimal]
    raises: Side


class TargetJudge:
    """Follow the bands and proposals of every target, and judge what it sends."""

    def __init__(self, tally: Tally, calendar: Calendar, instrument: Callable[[InstrumentId, int], Instrument]) -> None:
        self._tally = tally
        self._calendar = calendar
        self._instrument = instrument
        self._bounds: dict[AccountId, tuple[HedgeBound, ...]] = {}
        self._bands: dict[StrategyId, RatioFrozen] = {}
        self._proposals: dict[StrategyId, tuple[TargetProposed, int]] = {}  # with the net lots before it

    def kept(self, fact: object, settings: Mapping[StrategyId, StrategySettings]) -> Iterator[str]:
        """Take what became durable, and say where a band is not the one that was asked for, or moves within its day."""
        match fact:
            case f.LimitsSet(account=account, limits=limits):
                self._bounds[account] = limits.hedge_bounds
            case f.StrategyMarked(strategy=name, mark=RatioFrozen() as band):
                before, asked = self._bands.get(name), settings[name]
                self._bands[name] = band
                if before is not None and before.trading_day >= band.trading_day:
                    yield f"I11 {name} fixed the band of {band.trading_day} after that of {before.trading_day}"
                source = asked.source if isinstance(asked, TargetSettings) else None
                if isinstance(source, FixedBand) and (band.low, band.high) != (source.low, source.high):
                    yield f"I11 {name} keeps {band.low} to {band.high}, asked for {source.low} to {source.high}"
            case f.StrategyMarked(strategy=name, mark=TargetProposed() as proposal):
                self._proposals[name] = proposal, self._tally.net(name, proposal.instrument)
            case f.StrategyMarked(strategy=name, mark=TargetEnded()):
                self._proposals.pop(name, None)
            case _:
                pass

    def faults(self, strategy: StrategyId, settings: TargetSettings, terms: OrderTerms, at: int) -> Iterator[str]:
        """Say what is wrong with an order on its way out; it is not in the tally yet."""
        parts, is_busy = self._tally.beside(strategy, terms, at)
        if is_busy:
            yield "beside another one that may still trade"
        whole = msgspec.structs.replace(terms, lots=terms.lots + parts)
        band, known = self._bands.get(strategy), self._proposals.get(strategy)
        if band is None or band.trading_day != self._calendar.trading_day(at):
            yield "on a day whose band is not known"
            return
        if known is None:
            yield "without a proposal"
            return
        yield from self._agreed(strategy, settings, whole, *known)
        now = self._standing(strategy, settings, at)
        if now is None:
            yield "for a group without an exposure"
        else:
            yield from _past_the_aim(settings, whole, band, now, self._per_lot(settings, terms.instrument, at))

    def _agreed(
        self, strategy: StrategyId, settings: TargetSettings, terms: OrderTerms, proposal: TargetProposed, before: int
    ) -> Iterator[str]:
        if terms.side is not proposal.side:
            yield f"as {terms.side}, its proposal {proposal.number} is {proposal.side}"
        if settings.mode is TargetMode.EXECUTE:
            return
        if settings.go != proposal.number:
            yield f"for proposal {proposal.number}, a person agreed to {settings.go}"
        done = (self._tally.net(strategy, terms.instrument) - before) * proposal.side.sign + terms.lots
        if done > proposal.lots:
            yield f"for {done} lots, a person agreed to {proposal.lots}"

    def _standing(self, strategy: StrategyId, settings: TargetSettings, at: int) -> _Standing | None:
        bound = self._bound(settings)
        exposure = Decimal(0) if bound is None else bound.physical_tonnes + bound.planned_tonnes
        if not exposure:
            return None
        day = self._calendar.trading_day(at)
        futures = Decimal(0)
        for name, lots in self._tally.held(settings.account).items():
            if (self._instrument(name, day).expiry or day) >= day:  # what was delivered is no future any more
                futures += self._per_lot(settings, name, at) * lots
        moved = dict.fromkeys(Side, Decimal(0))
        for name, lots in self._tally.coming(settings.account, but=strategy):
            moved[Side.BUY if lots > 0 else Side.SELL] += self._per_lot(settings, name, at) * abs(lots)
        long = exposure > 0
        return _Standing(-futures if long else futures, abs(exposure), moved, Side.SELL if long else Side.BUY)

    def _bound(self, settings: TargetSettings) -> HedgeBound | None:
        return next((one for one in self._bounds.get(settings.account, ()) if one.group == settings.group), None)

    def _per_lot(self, settings: TargetSettings, name: InstrumentId, at: int) -> Decimal:
        bound = self._bound(settings)
        known = self._instrument(name, self._calendar.trading_day(at))
        tonnes = Decimal(0) if bound is None else bound.weights.get(known.product, Decimal(0))
        if not settings.tax_adjusted or settings.vat_percent is None or not known.quote_taxed:
            return tonnes
        # A lot that is quoted with VAT stands for so much more of the exposure; no share of 1.13 is ever rounded.
        return tonnes + tonnes * settings.vat_percent / 100


def _past_the_aim(
    settings: TargetSettings, terms: OrderTerms, band: RatioFrozen, now: _Standing, per_lot: Decimal
) -> Iterator[str]:
    # Whatever the side, the way goes up: from `here` by `way` to the near edge, the centre and the other edge.
    sign = 1 if terms.side is now.raises else -1
    here = (now.hedge + sign * now.moved[terms.side]) * sign
    low, centre, high = (part * now.whole / WHOLE * sign for part in (band.low, band.ratio, band.high))
    near, far = (low, high) if sign > 0 else (high, low)
    way = per_lot * terms.lots
    if sign < 0 and terms.is_opening:
        yield f"that opens {terms.lots} lots against a hedge that is too large"
    if here + way > far:
        yield f"that leads from {here} by {way} past the other edge {far}"
    is_needed = here + way - per_lot < near or (settings.aim is Aim.CENTRE and here + way <= centre)
    if not is_needed:
        yield f"that leads from {here} by {way}, farther than its aim ({settings.aim} of {near}, {centre})"
