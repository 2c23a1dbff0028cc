"""Settle each day of the sample market: the mean of its trades, weighted by lots, in ticks.

A day's prices do not depend on yesterday's settlement except those of the product that locks at its limit today, and
no product locks on two days in a row. So a settlement that is wanted without the days before it needs one plain pass
over the day before: a pass without locks gives the right settlement of every product that did not lock in it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from terminal.gateways.sample.book import Dealt, dealt
from terminal.gateways.sample.day import Day, prepare
from terminal.gateways.sample.streams import Ints
from terminal.gateways.sample.world import World


class Settled(NamedTuple):
    """Hold the settlements and last prices of a day's contracts, in that day's ticks."""

    slots: Ints
    ticks: Ints
    last: Ints


class Settlements:
    """Keep the settlements made so far, and make those that are missing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[int, Settled] = {}

    def before(self, number: int) -> Ints:
        """Return yesterday's settlements of the contracts that trade on day `number`, in that day's ticks."""
        if number > 0 and number - 1 not in self._known:
            self._known[number - 1] = self._made(number - 1)
        return self._carried(number, self._known.get(number - 1))

    def settle(self, day: Day, made: dict[int, Dealt]) -> Settled:
        """Settle a day; `made` holds what its chunks traded, as far as they were made already."""
        settled = _settle(self._world, day, made)
        self._known[day.number] = settled
        return settled

    def _made(self, number: int) -> Settled:
        earlier = self._known.get(number - 1)
        if earlier is None and number > 0:
            earlier = _settle(self._world, prepare(self._world, number - 1, None), {})
        return _settle(self._world, prepare(self._world, number, self._carried(number, earlier)), {})

    def _carried(self, number: int, settled: Settled | None) -> Ints:
        world = self._world
        slots = np.array(world.listing.on(world.days[number]), np.int64)
        owner = world.skeleton.owner[slots]
        products = range(len(world.listing.products))
        tick = np.array([world.terms(place, world.days[number]).tick for place in products])[owner]
        # A contract that did not trade yesterday begins from its fair price.
        before: Ints = np.rint(world.skeleton.closes[number][slots] / tick).astype(np.int64)
        if settled is not None:
            old = np.array([world.terms(place, world.days[number - 1]).tick for place in products])[owner]
            known, place = np.isin(slots, settled.slots), np.searchsorted(settled.slots, slots)
            place = np.minimum(place, len(settled.slots) - 1)
            before = np.where(known, np.rint(settled.ticks[place] * (old / tick)).astype(np.int64), before)
        return before


def _settle(world: World, day: Day, made: dict[int, Dealt]) -> Settled:
    turnover, lots, last = day.opening * day.opens, day.opening.copy(), day.opens.copy()
    for number in range(len(day.timeline.chunks)):
        part = made[number] if number in made else dealt(world, day, number)
        turnover += part.turnover
        lots += part.lots
        last = np.where(day.active[number], part.last, last)
    return Settled(day.slots, (2 * turnover + lots) // (2 * lots), last)
