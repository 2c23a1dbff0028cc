"""Bring together what never changes while a sample market runs: its products, days, slow life and schedule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from terminal.domain.days.sessions import SessionId
from terminal.domain.errors import UserError
from terminal.domain.ids import ExchangeId
from terminal.domain.products.instrument import Reference
from terminal.domain.products.product import Product
from terminal.gateways.sample.listing import Listing
from terminal.gateways.sample.products import SampleProduct, chosen
from terminal.gateways.sample.scenario import Scenario
from terminal.gateways.sample.schedule import Happening, Schedule
from terminal.gateways.sample.skeleton import Skeleton
from terminal.gateways.sample.timeline import Timeline, lay_out

BAND_UNIT = 1_000_000  # bands are held as millionths
_SAMPLED_EVERY = 10  # trading days between two looks at a product's band


class Terms(NamedTuple):
    """Hold what the exchange fixes for a product on a day: tick in yuan, band in millionths, session templates."""

    tick: float
    band: int
    session: SessionId
    last_day_session: SessionId


class World:
    """Know everything of a sample market that does not depend on its snapshots."""

    def __init__(self, *, seed: int, reference: Reference, start: int, scenario: Scenario) -> None:
        scenario.check()
        if seed < 0:
            raise UserError(f"样例行情的种子 {seed} 应为不小于 0 的整数。")
        self.seed = seed
        self.scenario = scenario
        self.step_ns = scenario.step_ms * 1_000_000
        self.calendar = reference.calendar
        self._reference = reference
        self._terms: dict[tuple[int, int], Terms] = {}
        first = self._first_day(start)
        self.days = self.calendar.trading_days(first, self.calendar.last)[: scenario.trading_days]
        products = chosen(scenario.products)
        self.listing = Listing(products=products, reference=reference, first_day=first, final_day=self.days[-1])
        places = range(len(self.listing.products))
        looks = (*self.days[::_SAMPLED_EVERY], self.days[-1])
        bands = [min(self.terms(place, day).band for day in looks) / BAND_UNIT for place in places]
        self.skeleton = Skeleton(
            seed=seed,
            listing=self.listing,
            calendar=self.calendar,
            days=self.days,
            bands=np.array(bands),
            early_rolls=scenario.early_rolls,
            with_gaps=scenario.with_events,
        )
        self._schedule = Schedule(seed=seed, listing=self.listing, skeleton=self.skeleton)

    def terms(self, place: int, day: int) -> Terms:
        """Return a product's terms on a trading day."""
        found = self._terms.get((place, day))
        if found is None:
            sample = self.listing.products[place]
            found = self._terms[place, day] = _terms(self._reference.product(sample.product, day), sample)
        return found

    def sessions(self, number: int) -> dict[int, SessionId]:
        """Return the session template each product follows on day `number`."""
        day = self.days[number]
        return {place: self.terms(place, day).session for place in range(len(self.listing.products))}

    def timeline(self, number: int) -> Timeline:
        """Lay out day `number`."""
        sessions = frozenset(self.sessions(number).values())
        return lay_out(self.calendar, self.scenario, sessions, self.days[number])

    def happenings(self, number: int, timeline: Timeline) -> tuple[Happening, ...]:
        """Return what is made to happen on day `number`."""
        if not self.scenario.with_events:
            return ()
        return self._schedule.on(number, timeline, self.sessions(number))

    @property
    def exchanges(self) -> tuple[ExchangeId, ...]:
        """Return the exchanges of this market in the order of their bursts."""
        return tuple(dict.fromkeys(self.listing.exchanges))

    def _first_day(self, start: int) -> int:
        # The market begins with the first trading day of which nothing has passed yet.
        day = self.calendar.trading_day(start)
        return day if start <= self.calendar.begins_at(day) else self.calendar.next_day(day)


def _terms(product: Product, sample: SampleProduct) -> Terms:
    if product.session is None:
        raise UserError(f"品种 {product.product} 没有交易时段，样例行情无法生成，请在 products.csv 中补充。")
    band = sample.band if product.price_limit is None else product.price_limit
    return Terms(
        tick=float(product.tick),
        band=int(float(band) * BAND_UNIT + 0.5),
        session=product.session,
        last_day_session=product.last_day_session or product.session,
    )
