"""Turn the prices of one chunk into rows: bid and ask with displayed lots, trades, volume and open interest.

One row is one complete snapshot of one contract. A contract sends a row when it traded or its book changed; the
busiest contract of an exchange sends one every time, so each exchange has one burst per snapshot and the number of
batches of a day is known from the calendar alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from terminal.domain.market import WIDTH, Column, Valid
from terminal.gateways.sample.day import Day
from terminal.gateways.sample.paths import Paths, middles, spot_ticks
from terminal.gateways.sample.scenario import EventKind
from terminal.gateways.sample.streams import Bools, Ints, Stream, stream
from terminal.gateways.sample.timeline import Chunk, latency
from terminal.gateways.sample.world import World

TRADED = int(Valid.LAST | Valid.VOLUME | Valid.OPEN_INTEREST)
_CALM = 20  # a snapshot outside a lock trades this many times as much as one in it
_LOCK_DEPTH = 40  # lots queued at a locked limit, in usual depths
_THIN_LOTS = 2
_BYTE = 256
_WIDER = 30  # chance, of 256, that a book is one tick wider


class Dealt(NamedTuple):
    """Hold what a chunk traded, per contract listed: lots times ticks, lots, and the last price."""

    turnover: Ints
    lots: Ints
    last: Ints


class Burst(NamedTuple):
    """Hold a chunk as rows cut into batches: `ends[i]` is the row after batch i, `at[i]` its market clock."""

    at: list[int]
    ends: list[int]
    slots: Ints
    rows: Ints
    dealt: Dealt


class _Book(NamedTuple):
    bid: Ints
    ask: Ints
    bid_lots: Ints
    ask_lots: Ints
    has_bid: Bools
    has_ask: Bools
    buys: Bools  # whether a trade in this snapshot is with the ask


class _Volume(NamedTuple):
    total: Ints
    dealt: Ints


def count(world: World, chunk: Chunk, groups: int, spots: int) -> int:
    """Return how many batches a chunk has: one per exchange and snapshot, and those of the spot quotes."""
    return chunk.steps * groups + (-(-chunk.steps // world.scenario.spot_every) if spots else 0)


class _Trading(NamedTuple):
    """Hold a chunk's trading, one row per snapshot and one column per contract: `last` is the last price dealt."""

    columns: Ints
    bits: Ints
    halted: Bools
    book: _Book
    volume: _Volume
    last: Ints


def dealt(world: World, day: Day, number: int) -> Dealt:
    """Return what chunk `number` of a day trades, without making its rows."""
    return _dealt(day, number, _trading(world, day, number, stream(world.seed, Stream.CHUNK, day.number, number)))


def _trading(world: World, day: Day, number: int, rng: np.random.Generator) -> _Trading:
    columns = np.flatnonzero(day.active[number])
    paths = middles(world, day, number, columns, rng)
    bits = rng.integers(0, 1 << 62, paths.middle.shape)
    halted = _during(day, day.timeline.chunks[number], columns, EventKind.HALT)
    weights = (1 + ((bits >> 32) & 0x0F)) * np.where(paths.wild, 1, _CALM) * ~halted
    volume = _volume(day, number, columns, weights)
    book = _book(day, number, columns, paths, bits)
    dealt_at = np.maximum.accumulate(np.where(volume.dealt > 0, np.arange(len(bits))[:, None], 0), axis=0)
    last = np.take_along_axis(np.where(book.buys, book.ask, book.bid), dealt_at, axis=0)
    return _Trading(columns, bits, halted, book, volume, last)


def _dealt(day: Day, number: int, trading: _Trading) -> Dealt:
    columns, last = trading.columns, trading.last
    turnover = np.sum(trading.volume.dealt * last, axis=0)
    return Dealt(_spread(day, columns, turnover), day.lots[number], _spread(day, columns, last[-1]))


def burst(world: World, day: Day, number: int) -> Burst:
    """Return chunk `number` of a day as rows."""
    chunk = day.timeline.chunks[number]
    rng = stream(world.seed, Stream.CHUNK, day.number, number)
    trading = _trading(world, day, number, rng)
    columns, bits, halted, volume = trading.columns, trading.bits, trading.halted, trading.volume
    rows = _rows(day, number, trading)
    edges, leads = _groups(day, columns)
    sent = (volume.dealt > 0) | ((bits & 0xFF) < day.lively[columns])
    sent[0] = True
    sent[:, leads] = True
    # A halt is said once, by a row without a book; then nothing comes until it is over.
    said = _begins(halted)
    rows[said] = _without_book(rows[said])
    sent = (sent & ~halted) | said
    at = chunk.begins_at + np.arange(chunk.steps) * world.step_ns
    delays = [latency(world.exchanges[int(day.group[columns[edge]])]) for edge in edges]
    slots = day.slots[columns]
    places = spot_places(world, day, number)
    if len(places):
        edges, delays = [*edges, len(columns)], [*delays, latency(None)]
        rows = np.concatenate((rows, _spot_rows(world, day, number, places, rng)), axis=1)
        turn = np.arange(chunk.steps)[:, None] % world.scenario.spot_every == 0
        sent = np.concatenate((sent, np.broadcast_to(turn, (chunk.steps, len(places)))), axis=1)
        slots = np.concatenate((slots, _spot_slots(world, places)))
    rows[:, :, Column.EXCHANGE_AT] = at[:, None]
    counts = np.add.reduceat(sent.astype(np.int64), edges, axis=1)
    filled = counts > 0
    return Burst(
        at=(at[:, None] + np.array(delays, np.int64))[filled].tolist(),
        ends=np.cumsum(counts[filled]).tolist(),
        slots=np.broadcast_to(slots, sent.shape)[sent],
        rows=rows[sent],
        dealt=_dealt(day, number, trading),
    )


def spot_places(world: World, day: Day, number: int) -> Ints:
    """Return the products whose spot price is quoted in chunk `number`: by daylight, while their futures trade."""
    if not day.timeline.chunks[number].daylight:
        return np.empty(0, np.int64)
    trading = set(day.owner[day.active[number]].tolist())
    return np.array([place for place, _ in world.listing.spots if place in trading], np.int64)


def _spread(day: Day, columns: Ints, values: Ints) -> Ints:
    whole = np.zeros(len(day.slots), np.int64)
    whole[columns] = values
    return whole


def _without_book(rows: Ints) -> Ints:
    rows = rows.copy()
    rows[:, [Column.BID, Column.ASK, Column.BID_LOTS, Column.ASK_LOTS]] = 0
    rows[:, Column.MASK] &= ~int(Valid.BID | Valid.ASK)
    return rows


def _spot_rows(world: World, day: Day, number: int, places: Ints, rng: np.random.Generator) -> Ints:
    ticks = spot_ticks(world, day, number, places, rng)
    rows = np.zeros((*ticks.shape, WIDTH), np.int64)
    rows[:, :, Column.LAST] = ticks
    rows[:, :, Column.MASK] = int(Valid.LAST)
    return rows


def _spot_slots(world: World, places: Ints) -> Ints:
    known = {place: len(world.listing.contracts) + turn for turn, (place, _) in enumerate(world.listing.spots)}
    return np.array([known[place] for place in places.tolist()], np.int64)


def _groups(day: Day, columns: Ints) -> tuple[list[int], list[int]]:
    """Return where each exchange's columns begin, and the busiest column of each."""
    group = day.group[columns]
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist()]
    ends = [*edges[1:], len(columns)]
    share = day.share[columns]
    leads = [begin + int(np.argmax(share[begin:end])) for begin, end in zip(edges, ends, strict=True)]
    return edges, leads


def _during(day: Day, chunk: Chunk, columns: Ints, kind: EventKind) -> Bools:
    steps = chunk.first_step + np.arange(chunk.steps)
    found = np.zeros((chunk.steps, len(columns)), np.bool_)
    for happening in day.happenings:
        if happening.kind is kind:
            inside = (steps >= happening.first) & (steps < happening.last)
            found |= inside[:, None] & (day.slots[columns] == happening.slot)[None, :]
    return found


def _begins(flags: Bools) -> Bools:
    begins = flags.copy()
    begins[1:] &= ~flags[:-1]
    # Nothing that is under way at a chunk's edge begins there: happenings never start with a chunk.
    begins[0] = False
    return begins


def _book(day: Day, number: int, columns: Ints, paths: Paths, bits: Ints) -> _Book:
    """Return bid and ask with their lots; what a book lacks is 0 with its bit unset."""
    chunk, depth = day.timeline.chunks[number], day.depth[columns]
    width = (day.width[columns] + (((bits >> 8) & 0xFF) < _WIDER)).astype(np.int64)
    bid = np.rint(paths.middle - 0.5 * width).astype(np.int64)
    ask = bid + width
    bid_lots = 1 + (((bits >> 16) & 0xFF) * 2 * depth) // _BYTE
    ask_lots = 1 + (((bits >> 24) & 0xFF) * 2 * depth) // _BYTE
    thin = _during(day, chunk, columns, EventKind.THIN)
    up, down = paths.locked > 0, paths.locked < 0
    if day.prices is not None and paths.locked.any():
        bid, ask = np.where(up, day.prices.upper[columns], bid), np.where(down, day.prices.lower[columns], ask)
    queue = depth * _LOCK_DEPTH
    bid_lots = np.where(thin, np.minimum(bid_lots, _THIN_LOTS), bid_lots) + queue * up
    ask_lots = np.where(thin, np.minimum(ask_lots, _THIN_LOTS), ask_lots) + queue * down
    without_ask = day.slots[columns] % 2 == 0
    has_bid, has_ask = ~(down | (thin & ~without_ask)), ~(up | (thin & without_ask))
    # Where one side is gone, all trades are with the other.
    buys = np.where(has_bid & has_ask, ((bits >> 36) & 1).astype(np.bool_), has_ask)
    return _Book(bid, ask, bid_lots, ask_lots, has_bid, has_ask, buys)


def _rows(day: Day, number: int, trading: _Trading) -> Ints:
    columns, book = trading.columns, trading.book
    steps = len(book.bid)
    begin, end = day.open_interest[number][columns], day.open_interest[number + 1][columns]
    rows = np.empty((steps, len(columns), WIDTH), np.int64)
    rows[:, :, Column.BID] = book.bid * book.has_bid
    rows[:, :, Column.ASK] = book.ask * book.has_ask
    rows[:, :, Column.LAST] = trading.last
    rows[:, :, Column.BID_LOTS] = book.bid_lots * book.has_bid
    rows[:, :, Column.ASK_LOTS] = book.ask_lots * book.has_ask
    rows[:, :, Column.VOLUME] = trading.volume.total
    rows[:, :, Column.OPEN_INTEREST] = begin + (end - begin) * np.arange(1, steps + 1)[:, None] // steps
    rows[:, :, Column.MASK] = TRADED | int(Valid.BID) * book.has_bid | int(Valid.ASK) * book.has_ask
    return rows


def _volume(day: Day, number: int, columns: Ints, weights: Ints) -> _Volume:
    """Return the day's volume after each snapshot and the lots dealt in it; the first one open always deals."""
    grown = np.cumsum(weights, axis=0)
    within = -(-day.lots[number][columns] * grown // grown[-1])
    return _Volume(day.before[number][columns] + within, np.diff(within, axis=0, prepend=0))
