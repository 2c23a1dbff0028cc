"""Draw the prices of one chunk: every contract's middle, snapshot by snapshot, and the spot quotes beside them.

A contract's middle is the straight way between the chunk's edges, plus a walk that returns to zero at both edges
(shared by the market, by the product, and its own), plus a wave all contracts of the product share: the range a grid
trades. Neighbouring contracts also swing against each other, so that their spread is worth buying and selling.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from terminal.gateways.sample.day import Day
from terminal.gateways.sample.scenario import EventKind
from terminal.gateways.sample.schedule import Happening
from terminal.gateways.sample.streams import Bools, Floats, Ints, triangle
from terminal.gateways.sample.timeline import Chunk
from terminal.gateways.sample.world import World

_MARKET, _PRODUCT, _OWN = 0.4, 0.8, 0.3
_RANGE_STEPS, _SWING_STEPS = 170, 230  # snapshots of one wave, a little more for each further product
_MORE_STEPS = 9
_SYMPATHY = 0.6  # how far the other contracts of a locking product follow
_RAMP = 6  # a lock takes one part of this many to be reached, and as much to be left

_BASIS_STEPS = 190
_BASIS_WAVE, _BASIS_NOISE, _BASIS_RUN = 0.02, 0.005, 0.40  # of the price band
_CENTS = 100  # a spot tick is a hundredth yuan

LOCKS = {EventKind.LIMIT_UP: 1, EventKind.LIMIT_DOWN: -1}


class Paths(NamedTuple):
    """Hold a chunk's middles in ticks, one row per snapshot; `wild` and `locked` mark a lock's way and the lock."""

    middle: Floats
    wild: Bools
    locked: Ints  # +1 at the upper limit, -1 at the lower, else 0


def middles(world: World, day: Day, number: int, columns: Ints, rng: np.random.Generator) -> Paths:
    """Return the middles of the contracts in `columns` over chunk `number` of a day."""
    chunk = day.timeline.chunks[number]
    owner = day.owner[columns]
    steps = np.arange(chunk.steps)
    through = ((steps + 1) / chunk.steps)[:, None]
    begin, end = day.nodes[number][columns], day.nodes[number + 1][columns]
    shared = _walk(rng.standard_normal((chunk.steps, 1)))
    product = _walk(rng.standard_normal((chunk.steps, int(day.owner.max()) + 1)))[:, owner]
    own = _walk(rng.standard_normal((chunk.steps, len(columns))))
    calm = world.scenario.calm
    walk = (_MARKET * shared + _PRODUCT * product + _OWN * own) * day.noise[columns] / calm
    phases = world.skeleton.phases
    # Whole waves fit into a contract's day, so the next day takes them up where this one leaves them.
    whole = day.whole[columns]
    through_day = (day.stepped[number][columns] + steps[:, None]) / whole
    waves = np.maximum(1.0, np.rint(whole / (calm * (_RANGE_STEPS + _MORE_STEPS * owner))))
    wave = triangle(through_day * waves + phases[0, owner]) * day.amplitude[columns] / calm
    side = np.where(day.slots[columns] % 2 == 0, 0.5, -0.5)
    waves = np.maximum(1.0, np.rint(whole / (_SWING_STEPS + _MORE_STEPS * owner)))
    swing = triangle(through_day * waves + phases[1, owner]) * side * day.swing[columns]
    middle = begin + (end - begin) * through + walk + wave + swing
    middle = np.clip(middle, day.low[columns], day.high[columns])
    paths = Paths(middle, np.zeros(middle.shape, np.bool_), np.zeros(middle.shape, np.int64))
    for happening in day.happenings:
        if happening.kind in LOCKS and _touches(happening, chunk):
            paths = _lock(paths, day, happening, columns, pull(happening, chunk))
    return paths


def _walk(draws: Floats) -> Floats:
    walk = np.cumsum(draws, axis=0)
    through = (np.arange(1, len(walk) + 1) / len(walk))[:, None]
    bridge: Floats = walk - walk[-1:] * through
    return bridge


def _touches(happening: Happening, chunk: Chunk) -> bool:
    return happening.first < chunk.first_step + chunk.steps and chunk.first_step < happening.last


def pull(happening: Happening, chunk: Chunk) -> Floats:
    """Return how strongly a happening acts in each snapshot of a chunk: it comes, stays at 1, and goes again."""
    steps = chunk.first_step + np.arange(chunk.steps)
    ramp = max(1, (happening.last - happening.first) // _RAMP)
    strength: Floats = np.clip(
        np.minimum((steps - happening.first + 1) / ramp, (happening.last - steps) / ramp), 0.0, 1.0
    )
    return strength


def _lock(paths: Paths, day: Day, happening: Happening, columns: Ints, strength: Floats) -> Paths:
    if day.prices is None:
        return paths
    prices = day.prices
    direction = LOCKS[happening.kind]
    goal = prices.upper if direction > 0 else prices.lower
    middle, wild, locked = paths.middle.copy(), paths.wild.copy(), paths.locked.copy()
    for column in np.flatnonzero(day.owner[columns] == happening.product).tolist():
        listed = int(columns[column])
        meant = int(day.slots[listed]) == happening.slot
        weight = strength if meant else _SYMPATHY * strength
        pulled = middle[:, column] + weight * (float(goal[listed]) - middle[:, column])
        # Outside the lock itself both sides of the book must find room below and above the limits.
        room = 2.0 * float(day.width[listed]) + 2.0
        low, high = float(prices.lower[listed]) + room, float(prices.upper[listed]) - room
        middle[:, column] = np.where(strength > 0.0, np.clip(pulled, low, high), middle[:, column])
        wild[:, column] = strength > 0.0
        if meant:
            locked[:, column] = np.where(strength >= 1.0, direction, 0)
    return Paths(middle, wild, locked)


def spot_ticks(world: World, day: Day, number: int, places: Ints, rng: np.random.Generator) -> Ints:
    """Return the spot prices of products over chunk `number`, in spot ticks, one row per snapshot."""
    chunk = day.timeline.chunks[number]
    products = [world.listing.products[place] for place in places.tolist()]
    clock = (chunk.first_step + np.arange(chunk.steps)) / day.timeline.steps
    before, after = world.skeleton.spots[day.number][places], world.skeleton.spots[day.number + 1][places]
    band = world.skeleton.bands[places] * before
    turns = (day.number * day.timeline.steps + chunk.first_step + np.arange(chunk.steps))[:, None] / _BASIS_STEPS
    premium = np.array([product.spot_premium for product in products])
    price = before + (after - before) * clock[:, None] + premium
    price = price + triangle(turns + world.skeleton.phases[2, places]) * _BASIS_WAVE * band
    price = price + (rng.random((chunk.steps, len(products))) - 0.5) * 2.0 * _BASIS_NOISE * band
    for happening in day.happenings:
        if happening.kind is EventKind.BASIS and _touches(happening, chunk):
            away = _BASIS_RUN if (happening.slot + day.number) % 2 else -_BASIS_RUN
            run = np.where(places == happening.product, away * band, 0.0)
            price = price + run * pull(happening, chunk)[:, None]
    quoted = np.array([product.spot_step for product in products])
    grid = np.array([int(product.spot_step * _CENTS + 0.5) for product in products], np.int64)
    ticks: Ints = np.rint(price / quoted).astype(np.int64) * grid
    return ticks
