"""Move prices: futures run to their limits day by day, options are priced anew, margin rates rise.

An option keeps the volatility its settlement price implies, and a scenario may add to it. Where no volatility explains
that price, the option keeps what it is worth beyond exercise. A premium is rounded to the nearest tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from msgspec.structs import replace

from terminal.domain.days.calendar import to_date
from terminal.domain.ids import InstrumentId, ProductId
from terminal.domain.products import option_model
from terminal.domain.products.fees import ZERO
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.limit_run import LimitRuns, after_limits
from terminal.domain.products.option import OptionTerms
from terminal.domain.products.parity import years
from terminal.reports.stress.scenario import Scenario

Prices = Mapping[InstrumentId, Decimal]


class Moved(NamedTuple):
    """Hold a market after a scenario: every price, how many limit days each future moved, and terms that changed.

    `unmoved` are futures whose band nobody knows: they stay, and whoever reads the result has to know it. Of those in
    `no_rule` nobody knows what days in a row do: every day has the first one's band, and no margin rises.
    """

    prices: dict[InstrumentId, Decimal]
    moves: dict[InstrumentId, int]
    raised: list[Instrument]
    unmoved: list[InstrumentId]
    no_rule: list[InstrumentId]


class Market:
    """Hold the contracts that matter with the prices they start from, on one trading day."""

    def __init__(self, instruments: Iterable[Instrument], start: Prices, runs: LimitRuns, day: int) -> None:
        self.start = start
        self.day = day
        self._runs = runs
        known = sorted(instruments, key=lambda one: (one.delivery_month or 0, one.id))
        self.futures = [one for one in known if one.option is None and one.id in start]
        self.options = [one for one in known if one.option is not None and one.id in start]
        self.near: dict[ProductId, InstrumentId] = {}
        for one in self.futures:
            self.near.setdefault(one.product, one.id)
        self._implied: dict[tuple[InstrumentId, Decimal], float | None] = {}
        self._priced: dict[tuple[InstrumentId, Decimal, Decimal, Decimal], Decimal] = {}

    def after(self, scenario: Scenario) -> Moved:
        """Return the market after a scenario."""
        moved = Moved(dict(self.start), {}, [], [], [])
        for future in self.futures:
            moves = scenario.of(future.product, is_near=self.near[future.product] == future.id)
            if moves:
                self._move(_banded(future, scenario), moves, moved)
        for option in self.options:
            terms = option.option
            if terms is not None and terms.underlying in moved.moves:
                moved.prices[option.id] = self._option(option, terms, moved.prices[terms.underlying], scenario)
                first = self._band(terms.underlying, scenario)
                self._raise(option, moved.moves[terms.underlying], moved, first=first)
            elif terms is not None and scenario.volatility and terms.underlying in self.start:
                moved.prices[option.id] = self._option(option, terms, self.start[terms.underlying], scenario)
        return moved

    def delta(self, option: Instrument, rate: Decimal) -> Decimal | None:
        """Return by how many lots of the underlying a long lot moves, `None` where nothing implies it."""
        terms = option.option
        implied = None if terms is None else self._volatility(option, terms, rate)
        if terms is None or implied is None:
            return None
        price = float(self.start[terms.underlying])
        found = option_model.delta(terms, price, implied, years=self._years(option), rate=float(rate))
        return Decimal(str(round(found, 4)))

    def _band(self, name: InstrumentId, scenario: Scenario) -> Decimal | None:
        return next((_banded(one, scenario).price_limit for one in self.futures if one.id == name), None)

    def _move(self, future: Instrument, moves: int, moved: Moved) -> None:
        run = self._runs.on(future, self.day)
        price = after_limits(future, self.start[future.id], moves, run)
        if price is None:
            moved.unmoved.append(future.id)
            return
        if run is None:
            moved.no_rule.append(future.id)
        moved.prices[future.id], moved.moves[future.id] = price, moves
        self._raise(future, moves, moved, first=future.price_limit)

    def _raise(self, known: Instrument, moves: int, moved: Moved, *, first: Decimal | None) -> None:
        run, is_index = self._runs.on(known, self.day), known.option is not None and known.option.cash_settled
        least = None if run is None or first is None or is_index else run.margin_rate(first, abs(moves))
        if least is None or known.margin_rate is None:
            return
        hedge = known.hedge_margin_rate
        raised = replace(
            known,
            margin_rate=max(known.margin_rate, least),
            hedge_margin_rate=None if hedge is None else max(hedge, least),
        )
        if raised != known:
            moved.raised.append(raised)

    def _option(self, option: Instrument, terms: OptionTerms, underlying: Decimal, scenario: Scenario) -> Decimal:
        key = option.id, underlying, scenario.volatility, scenario.rate
        found = self._priced.get(key)
        if found is None:
            found = self._priced[key] = self._price(option, terms, underlying, scenario)
        return found

    def _price(self, option: Instrument, terms: OptionTerms, underlying: Decimal, scenario: Scenario) -> Decimal:
        implied = self._volatility(option, terms, scenario.rate)
        if implied is None:
            beyond = max(self.start[option.id] - terms.worth(self.start[terms.underlying]), ZERO)
            return _on_tick(option, terms.worth(underlying) + beyond)
        volatility = min(
            max(implied + float(scenario.volatility), option_model.LEAST_VOLATILITY), option_model.MOST_VOLATILITY
        )
        life, rate = self._years(option), float(scenario.rate)
        return _on_tick(
            option, Decimal(option_model.price(terms, float(underlying), volatility, years=life, rate=rate))
        )

    def _volatility(self, option: Instrument, terms: OptionTerms, rate: Decimal) -> float | None:
        if terms.underlying not in self.start:
            return None
        key = option.id, rate
        if key not in self._implied:
            underlying, premium = float(self.start[terms.underlying]), float(self.start[option.id])
            found = option_model.greeks(terms, underlying, premium, years=self._years(option), rate=float(rate))
            self._implied[key] = None if found is None else found.volatility
        return self._implied[key]

    def _years(self, option: Instrument) -> float:
        return 0.0 if option.expiry is None else years((to_date(option.expiry) - to_date(self.day)).days)


def _banded(future: Instrument, scenario: Scenario) -> Instrument:
    band = scenario.bands.get(future.product)
    return future if band is None else replace(future, price_limit=band)


def _on_tick(option: Instrument, premium: Decimal) -> Decimal:
    return max((premium / option.tick).to_integral_value(rounding=ROUND_HALF_UP) * option.tick, ZERO)
