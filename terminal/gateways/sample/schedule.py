"""Choose what happens on a day of the sample market: which contract, in which of the day's snapshots.

Locks rotate through the products that may lock, so none locks on two days in a row: a lock needs yesterday's
settlement, and yesterday's settlement must not need another lock.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from terminal.domain.days.sessions import SessionId
from terminal.gateways.sample.listing import Listing
from terminal.gateways.sample.scenario import EventKind
from terminal.gateways.sample.skeleton import Skeleton
from terminal.gateways.sample.streams import Ints, Stream, stream
from terminal.gateways.sample.timeline import Timeline

LOCK_STEPS, HALT_STEPS, THIN_STEPS, BASIS_STEPS = 120, 30, 60, 110
_MOST_OF_DAY = 0.3  # no happening is longer than this share of its product's day
_THIN_BELOW = 0.3  # share of the peak below which a contract may lose a side of its book


class Happening(NamedTuple):
    """Hold one event in snapshots of the day: `slot` from `first` up to, not including, `last`."""

    kind: EventKind
    slot: int
    product: int
    first: int
    last: int


class Schedule:
    """Draw the happenings of each day."""

    def __init__(self, *, seed: int, listing: Listing, skeleton: Skeleton) -> None:
        self._seed = seed
        self._listing = listing
        self._skeleton = skeleton
        order = stream(seed, Stream.SCHEDULE).permutation(len(listing.products)).tolist()
        self._lockable = [place for place in order if listing.products[place].may_lock]
        self._quoted = [place for place in order if any(product == place for product, _ in listing.spots)]
        self._order = order

    def on(self, day: int, timeline: Timeline, sessions: dict[int, SessionId]) -> tuple[Happening, ...]:
        """Return what happens on day number `day`; `sessions` names the template of each product."""
        rng = stream(self._seed, Stream.SCHEDULE, day)
        found: list[Happening] = []
        for kind, product, slot, length in self._wanted(day, timeline.trading_day, rising=bool(rng.integers(0, 2))):
            steps = _steps(timeline, sessions[product], daylight=kind is EventKind.BASIS)
            chosen = _stretch(rng, timeline, steps, length, within_chunk=kind is EventKind.HALT)
            if chosen is not None and all(other.slot != slot for other in found):
                found.append(Happening(kind, slot, product, *chosen))
        return (*found, *self._turns(day, timeline, sessions))

    def _wanted(self, day: int, trading_day: int, *, rising: bool) -> list[tuple[EventKind, int, int, int]]:
        locking = self.locking(day)
        others = [place for place in self._order if place != locking]
        calm = [place for place in self._quoted if place != locking]
        wanted = []
        if locking is not None:
            main = self._skeleton.main(self._listing.chain(locking), float(day))
            kind = EventKind.LIMIT_UP if rising else EventKind.LIMIT_DOWN
            wanted.append((kind, locking, main, LOCK_STEPS))
        if others:
            halted, thinned = others[(day + 1) % len(others)], others[(day + 2) % len(others)]
            quiet = self._quiet(halted, day, trading_day), self._quiet(thinned, day, trading_day)
            wanted.append((EventKind.HALT, halted, quiet[0][-1], HALT_STEPS))
            wanted.append((EventKind.THIN, thinned, quiet[1][0], THIN_STEPS))
        if calm:
            away = calm[day % len(calm)]
            wanted.append((EventKind.BASIS, away, self._spot(away), BASIS_STEPS))
        return wanted

    def locking(self, day: int) -> int | None:
        """Return the product of which a contract locks at its limit on day number `day`."""
        if not self._lockable or day < 0 or (len(self._lockable) == 1 and day % 2):
            return None
        return int(self._lockable[day % len(self._lockable)])

    def _turns(self, day: int, timeline: Timeline, sessions: dict[int, SessionId]) -> list[Happening]:
        found = []
        jumper = int(self._skeleton.gaps[day])
        if jumper >= 0:
            steps = _steps(timeline, sessions[jumper])
            main = self._skeleton.main(self._listing.chain(jumper), float(day))
            found.append(Happening(EventKind.GAP, main, jumper, int(steps[0]), int(steps[0]) + 1))
        for slot in np.flatnonzero(np.floor(self._skeleton.crossings) == day).tolist():
            product = int(self._skeleton.owner[slot])
            if slot + 1 in self._listing.chain(product):
                steps = _steps(timeline, sessions[product])
                found.append(Happening(EventKind.MAIN_CHANGE, slot + 1, product, int(steps[0]), int(steps[-1]) + 1))
        return found

    def _quiet(self, place: int, day: int, trading_day: int) -> list[int]:
        """Return a product's contracts of little open interest, near before far; at least its last one."""
        chain, shares = self._listing.chain(place), self._skeleton.shares(day + 0.5)
        listed = [slot for slot in self._listing.on(trading_day) if slot in chain]
        return [slot for slot in listed if shares[slot] < _THIN_BELOW] or listed[-1:]

    def _spot(self, place: int) -> int:
        turn = [product for product, _ in self._listing.spots].index(place)
        return len(self._listing.contracts) + turn


def _stretch(
    rng: np.random.Generator, timeline: Timeline, steps: Ints, length: int, *, within_chunk: bool
) -> tuple[int, int] | None:
    """Choose `length` snapshots in a row among a product's own, not beginning with a chunk; shorter on a short day."""
    length = min(length, int(len(steps) * _MOST_OF_DAY))
    if within_chunk:
        length = min(length, min(chunk.steps for chunk in timeline.chunks) // 2)
    if length < 3:
        return None
    whole = steps[length - 1 :] - steps[: len(steps) - length + 1] == length - 1
    whole &= ~np.isin(steps[: len(whole)], [chunk.first_step for chunk in timeline.chunks])
    starts = np.flatnonzero(whole)
    if not len(starts):
        return None
    first = int(steps[int(starts[int(rng.integers(0, len(starts)))])])
    return first, first + length


def _steps(timeline: Timeline, session: SessionId, *, daylight: bool = False) -> Ints:
    """Return the snapshots of the day, counted within it, at which a session template trades."""
    parts = [
        np.arange(chunk.first_step, chunk.first_step + chunk.steps)
        for chunk in timeline.chunks
        if session in chunk.open and (chunk.daylight or not daylight)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
