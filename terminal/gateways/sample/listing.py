"""Decide which contracts exist in a sample market, and which of them trade on a day.

The universe of a market is fixed when it is built: every contract that trades on any of its days, then the spot
quotes. Real exchanges list more months than this; the sample market keeps the nearest ones, so a contract appears
when an older one has had its last day.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import NamedTuple

from terminal.domain.days.calendar import to_date
from terminal.domain.ids import ExchangeId, InstrumentId, ProductId
from terminal.domain.products.instrument import THREE_DIGITS, Reference
from terminal.gateways.sample.products import SampleProduct

EXCHANGES = tuple(ExchangeId(name) for name in ("SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX"))

_NEVER = 99_991_231  # the last day of a contract that outlives the calendar
_REACH = 16  # months past the market's last day in which the farthest listed contract is found


class Contract(NamedTuple):
    """Hold one contract: `product` is its place among the market's products, `last_day` like 20250515.

    `last_ordinal` counts days as `date.toordinal` does; for a contract that outlives the calendar it is estimated.
    """

    id: InstrumentId
    product: int
    month: int
    last_day: int
    last_ordinal: int


class Listing:
    """Know the universe of a market and what of it trades on each day."""

    def __init__(
        self, *, products: tuple[SampleProduct, ...], reference: Reference, first_day: int, final_day: int
    ) -> None:
        # Rows stand exchange by exchange, as their bursts do.
        self.products = tuple(sorted(products, key=lambda product: EXCHANGES.index(_exchange(product.product))))
        self.exchanges = tuple(_exchange(product.product) for product in self.products)
        self._chains: list[tuple[int, tuple[Contract, ...]]] = []
        contracts: list[Contract] = []
        for place in range(len(self.products)):
            chain = self._chain(place, reference, first_day, final_day)
            self._chains.append((len(contracts), chain))
            contracts.extend(chain)
        self.contracts = tuple(contracts)
        self.spots = tuple(
            (place, InstrumentId(f"SPOT.{product.product.partition('.')[2]}.{product.spot_place}"))
            for place, product in enumerate(self.products)
            if product.spot_place is not None
        )
        self.universe = tuple(contract.id for contract in contracts) + tuple(spot for _, spot in self.spots)
        self._days: dict[int, tuple[int, ...]] = {}

    def on(self, day: int) -> tuple[int, ...]:
        """Return the slots of the contracts that trade on a day, exchange by exchange, near before far."""
        found = self._days.get(day)
        if found is None:
            slots: list[int] = []
            for place, (base, chain) in enumerate(self._chains):
                near = bisect_left(chain, day, key=lambda contract: contract.last_day)
                slots.extend(base + near + step for step in _steps(self.products[place], chain[near:]))
            found = self._days[day] = tuple(slots)
        return found

    def chain(self, place: int) -> range:
        """Return the slots of one product's contracts, near before far."""
        base, chain = self._chains[place]
        return range(base, base + len(chain))

    def _chain(self, place: int, reference: Reference, first_day: int, final_day: int) -> tuple[Contract, ...]:
        product = self.products[place]
        final = to_date(final_day)
        month, end = to_date(first_day).replace(day=1), final.year * 12 + final.month + _REACH
        chain: list[Contract] = []
        while month.year * 12 + month.month <= end:
            if month.month in product.months:
                contract = _contract(product.product, place, month, reference, first_day)
                if contract.last_day >= first_day:
                    chain.append(contract)
            month = _next_month(month)
        near = bisect_left(chain, final_day, key=lambda contract: contract.last_day)
        kept = near + max(_steps(product, tuple(chain[near:]))) + 1
        return tuple(chain[:kept])


def _exchange(product: ProductId) -> ExchangeId:
    return ExchangeId(product.partition(".")[0])


def _contract(product: ProductId, place: int, month: date, reference: Reference, on: int) -> Contract:
    short = _exchange(product) == THREE_DIGITS
    digits = f"{month.year % 10}{month.month:02}" if short else f"{month.year % 100:02}{month.month:02}"
    instrument = reference.instrument(InstrumentId(f"{product}{digits}"), on)
    last = instrument.expiry
    return Contract(
        id=instrument.id,
        product=place,
        month=month.year * 100 + month.month,
        last_day=_NEVER if last is None else last,
        last_ordinal=month.toordinal() + 14 if last is None else to_date(last).toordinal(),
    )


def _next_month(month: date) -> date:
    return month.replace(year=month.year + 1, month=1) if month.month == 12 else month.replace(month=month.month + 1)


def _steps(product: SampleProduct, chain: tuple[Contract, ...]) -> list[int]:
    if not product.index_months:
        return list(range(min(product.listed, len(chain))))
    quarters = [place for place, contract in enumerate(chain) if place > 1 and contract.month % 100 % 3 == 0]
    return [0, 1, *quarters[:2]]
