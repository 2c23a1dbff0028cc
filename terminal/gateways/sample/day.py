"""Prepare one trading day: where every contract's price, open interest and volume stand at each chunk's edges.

Arrays have one column per contract that trades on the day ("listed"), in the order of its slots; prices are ticks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from terminal.domain.days.sessions import SessionId
from terminal.gateways.sample.schedule import Happening
from terminal.gateways.sample.skeleton import REACH
from terminal.gateways.sample.streams import Bools, Floats, Ints, Stream, stream
from terminal.gateways.sample.timeline import Timeline
from terminal.gateways.sample.world import BAND_UNIT, World

# Shares of the price band.
_RANGE, _SWING, _DRIFT, _OWN_DRIFT, _NOISE = 0.08, 0.04, 0.03, 0.006, 0.003
_LEAST_RANGE, _LEAST_SWING, _LEAST_NOISE = 10.0, 6.0, 0.4  # ticks
_OVERNIGHT, _GAP = 0.15, 0.90  # how much of the way to the close is made before the first snapshot
_LEAST_OPEN_INTEREST = 30
_AUCTION_SNAPSHOTS = 4  # an opening auction trades what so many snapshots do
_TIERS = ((0.5, 1.0), (0.2, 2.0), (0.08, 3.0), (0.0, 5.0))  # share of the peak, factor on the width
_BUSY, _QUIET = 0.30, 0.12


class Prices(NamedTuple):
    """Hold yesterday's settlement and today's limits of the contracts listed, in ticks."""

    pre_settlement: Ints
    upper: Ints
    lower: Ints


class Day(NamedTuple):
    """Hold a prepared day; `prices` is `None` where only settlements of contracts that do not lock are wanted.

    Per contract: `group` is the place of its exchange among the market's. `stepped` counts its snapshots before each
    chunk, `whole` those of its day. `nodes` are its prices at the edges of chunks, `low` and `high` bound them.
    `amplitude` (the range a grid trades), `swing` (against the neighbouring contract), `noise` (per snapshot) and
    `width` (bid to ask) are ticks. `lots` are traded per chunk, `before` in the day before it, `opening` in the
    auction at the price `opens`. `lively` is the chance, of 256, that a snapshot without a trade changed the book.
    """

    number: int
    timeline: Timeline
    happenings: tuple[Happening, ...]
    sessions: tuple[SessionId, ...]
    slots: Ints
    owner: Ints
    group: Ints
    active: Bools
    stepped: Ints
    whole: Ints
    nodes: Floats
    low: Floats
    high: Floats
    amplitude: Floats
    swing: Floats
    noise: Floats
    opens: Ints
    opening: Ints
    before: Ints
    lots: Ints
    open_interest: Ints
    share: Floats
    width: Floats
    depth: Ints
    lively: Ints
    prices: Prices | None


def prepare(world: World, number: int, settled: Ints | None) -> Day:
    """Return day `number`, given yesterday's settlements of the contracts listed, in today's ticks."""
    timeline = world.timeline(number)
    trading_day = world.days[number]
    products = world.listing.products
    slots = np.array(world.listing.on(trading_day), np.int64)
    owner = world.skeleton.owner[slots]
    terms = [world.terms(place, trading_day) for place in range(len(products))]
    tick = np.array([term.tick for term in terms])[owner]
    share = world.skeleton.shares(float(number))[slots]
    level = world.skeleton.closes[number][slots] / tick
    close = world.skeleton.closes[number + 1][slots] / tick
    band = world.skeleton.bands[owner] * level
    sessions = sessions_of(world, number)
    active = np.array([[session in chunk.open for session in sessions] for chunk in timeline.chunks])
    steps = np.array([chunk.steps for chunk in timeline.chunks], np.int64)[:, None] * active
    rng = stream(world.seed, Stream.DAY, number)
    flow = np.array([product.flow for product in products])[owner] * share * share
    opening = np.maximum(1, flow * _AUCTION_SNAPSHOTS).astype(np.int64)
    lots = _lots(rng, timeline, flow, owner) * active
    nodes = _nodes(rng, level, close, band, _path(world, number, owner, len(timeline.chunks)))
    order = {exchange: place for place, exchange in enumerate(world.exchanges)}
    bands = np.array([term.band for term in terms], np.int64)[owner]
    return Day(
        number=number,
        timeline=timeline,
        happenings=world.happenings(number, timeline),
        sessions=sessions,
        slots=slots,
        owner=owner,
        group=np.array([order[exchange] for exchange in world.listing.exchanges], np.int64)[owner],
        active=active,
        stepped=np.cumsum(steps, axis=0) - steps,
        whole=np.maximum(1, steps.sum(axis=0)),
        nodes=nodes,
        low=np.minimum(level, close) - REACH * band,
        high=np.maximum(level, close) + REACH * band,
        amplitude=np.maximum(_RANGE * band, np.minimum(_LEAST_RANGE, 0.5 * REACH * band)),
        swing=np.maximum(_SWING * band, np.minimum(_LEAST_SWING, 0.3 * REACH * band)),
        noise=np.maximum(_NOISE * band, _LEAST_NOISE),
        opens=np.rint(nodes[np.argmax(active, axis=0), np.arange(len(slots))]).astype(np.int64),
        opening=opening,
        before=opening + np.cumsum(lots, axis=0) - lots,
        lots=lots,
        open_interest=_open_interest(world, number, timeline, slots, owner),
        share=share,
        width=np.array([product.width for product in products])[owner] * _tier(share),
        depth=np.maximum(2, np.array([product.depth for product in products])[owner] * share).astype(np.int64),
        lively=np.where(share > _BUSY, 230, np.where(share > _QUIET, 110, 40)),
        prices=None if settled is None else limits(settled, bands),
    )


def limits(settled: Ints, bands: Ints) -> Prices:
    """Return the day's limits: the band (millionths) around yesterday's settlement, rounded inwards to the tick."""
    upper = settled * (BAND_UNIT + bands) // BAND_UNIT
    lower = -(-settled * (BAND_UNIT - bands) // BAND_UNIT)
    return Prices(settled, upper, lower)


def sessions_of(world: World, number: int) -> tuple[SessionId, ...]:
    """Return the session template each contract listed on day `number` follows; some change it on their last day."""
    day, found = world.days[number], []
    for slot in world.listing.on(day):
        contract = world.listing.contracts[slot]
        terms = world.terms(contract.product, day)
        found.append(terms.last_day_session if contract.last_day == day else terms.session)
    return tuple(found)


def _path(world: World, number: int, owner: Ints, chunks: int) -> Floats:
    """Return how much of the way from close to close is made at each edge of a chunk, per contract."""
    made = np.where(owner == world.skeleton.gaps[number], _GAP, _OVERNIGHT)
    through = np.arange(chunks + 1)[:, None] / chunks
    path: Floats = made + (1.0 - made) * through
    return path


def _nodes(rng: np.random.Generator, level: Floats, close: Floats, band: Floats, path: Floats) -> Floats:
    edges, count = path.shape
    shared = _bridge(rng.standard_normal((edges, 1)))
    own = _bridge(rng.standard_normal((edges, count)))
    nodes: Floats = level + (close - level) * path + (_DRIFT * shared + _OWN_DRIFT * own) * band
    return nodes


def _bridge(draws: Floats) -> Floats:
    """Return a walk over the draws that begins and ends at zero, of about unit size in the middle."""
    walk = np.cumsum(draws, axis=0)
    walk -= walk[:1]
    steps = max(1, len(walk) - 1)
    walk -= walk[-1:] * (np.arange(len(walk))[:, None] / steps)
    bridge: Floats = walk * (2.0 / steps**0.5)
    return bridge


def _lots(rng: np.random.Generator, timeline: Timeline, flow: Floats, owner: Ints) -> Ints:
    steps = np.array([chunk.steps for chunk in timeline.chunks], np.float64)[:, None]
    mood = 0.6 + rng.random((len(timeline.chunks), int(owner.max()) + 1))[:, owner]
    lots: Ints = np.maximum(1, flow * steps * mood).astype(np.int64)
    return lots


def _open_interest(world: World, number: int, timeline: Timeline, slots: Ints, owner: Ints) -> Ints:
    whole = np.array([product.open_interest for product in world.listing.products])[owner]
    edges = [chunk.first_step for chunk in timeline.chunks] + [timeline.steps]
    ages = [number + edge / timeline.steps for edge in edges]
    held = np.array([world.skeleton.shares(age)[slots] for age in ages]) * whole
    lots: Ints = np.maximum(_LEAST_OPEN_INTEREST, held).astype(np.int64)
    return lots


def _tier(share: Floats) -> Floats:
    tier: Floats = np.select([share >= least for least, _ in _TIERS], [factor for _, factor in _TIERS], 1.0)
    return tier
