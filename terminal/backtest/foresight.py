"""Foresee at which samples of a stretch of a recording a strategy must be asked, and pass over the others.

A rule with `wakes` says of many samples at once which of them matter to it; one without, proven to remember nothing, is
asked ahead, as far as its answer stays. The others are put into the window without anybody being asked. A sleep is
foreseen a little at a time, ever farther: most sleeps are short, and what a rule was asked beyond the end of one was
for nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.backtest.samples_to_come import Chain, Chances
from terminal.engine import sampling
from terminal.engine.prices.samples import SCALE
from terminal.strategies.own.unseen import UNSEEN_AFTER, holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from terminal.domain.days.spans import TradingSpan
    from terminal.domain.market import Recording
    from terminal.engine.prices.samples import Window
    from terminal.engine.receive import Engine
    from terminal.engine.sampling import Leaning

FIRST_REACH: Final = 32  # samples; each further reach is longer
LONGER: Final = 4
LONGEST_REACH: Final = 4096
FIRST_ASKED: Final = 4  # likewise, where a rule is asked about one after another
LONGER_ASKED: Final = 2


class Foresight:
    """Serve one recording; each sleep begins anew, as whoever is asked may have traded since."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        # By the slots that must be quoted, the priced one first, all that bring a sample, and whether they must trade.
        self._chances: dict[tuple[tuple[int, ...], tuple[int, ...], bool], Chances] = {}
        self._chains: dict[Window, Chain] = {}
        self._trading: dict[int, tuple[TradingSpan, ...]] = {}  # by slot, what the chances above rest on
        self._leaning: list[Leaning] | None = None
        self._windows: list[Window] = []
        self._reach, self._longer = FIRST_REACH, LONGER
        self._next = -1  # the batch of the sample at which somebody must be asked
        self._sees_until = 0  # the batch that must be taken, as people may be told that no sample came

    @property
    def knows(self) -> bool:
        """Return whether samples can be passed over."""
        return self._leaning is not None

    def begin(self, first: int, engine: Engine) -> None:
        """Look who minds samples from a batch on."""
        self._next = -1
        self._windows = list(engine.columns.watches.values())
        if not self._windows:
            self._leaning = []
            return
        at = int(self._recording.at[first])
        able = all(_foresees(window, at) for window in self._windows)
        self._leaning = sampling.foreseen(engine) if able else None
        declared = all(one.declares for one in self._leaning or ())
        self._reach, self._longer = (FIRST_REACH, LONGER) if declared else (FIRST_ASKED, LONGER_ASKED)
        if self._leaning is not None:
            self._look_when_they_trade(engine)

    def _look_when_they_trade(self, engine: Engine) -> None:
        # What is foreseen of a contract is worked out anew where its listing has come to say something else.
        since, until = int(self._recording.at[0]), int(self._recording.at[-1]) + 1
        slots = {slot for window in self._windows for slot, _, _, _ in window.spread.legs if window.trading}
        look, universe = engine.look, engine.columns.universe
        trading = {slot: look.trading(universe[slot], since, until) for slot in slots}
        if any(self._trading.get(slot, spans) != spans for slot, spans in trading.items()):
            self._chances.clear()
            self._chains.clear()
        self._trading |= trading

    def asked(self, first: int, end: int, engine: Engine) -> int:
        """Return the first batch from `first` on with a sample at which somebody must be asked, `end` without one.

        Nobody has traded since `begin`, and the batches before `end` are of one trading day.
        """
        if self._next < first:
            self._sees_until = end
            self._next = end
            for one in self._leaning or ():
                self._next = self._first(one, first, self._next, engine)
        return min(self._next, end)

    def sees_until(self, first: int, end: int, due: int) -> int:
        """Return the first batch from `first` on in which a rule may say that it is shown no prices, `end` without one.

        `asked` has been called for the stretch where samples can be passed over; else a sample is `due` at an instant.
        """
        if self.knows:
            return min(self._sees_until, end)
        batch = int(self._recording.at.searchsorted(due))
        late = batch < end and int(self._recording.at[batch]) >= due + UNSEEN_AFTER
        return max(batch, first) if late else end

    def pass_over(self, first: int, stop: int) -> None:
        """Put the samples of the batches from one to before another into their windows."""
        for window in self._windows:
            chain, start = self._chain(window, first)
            end = chain.until(stop, start, stop - first)
            if end > start:
                last = int(self._recording.at[chain.batches[end - 1]])
                window.take(chain.values[start:end], last + window.step)

    def _first(self, one: Leaning, first: int, end: int, engine: Engine) -> int:
        # One reach after the other, until somebody must be asked or the stretch is over.
        chain, start = self._chain(one.windows[0], first)
        place, begun = start, len(one.windows[0].samples())
        while True:
            stop = chain.until(end, place, self._reach)
            more = stop - place == self._reach  # what follows is foreseen once these are known to matter to nobody
            late = chain.late(place, stop, None if more else end, UNSEEN_AFTER)
            self._sees_until = min(self._sees_until, self._unseen(one, late, first, end))
            if stop > place:
                prices = [self._prices(window, first, stop - start) for window in one.windows]
                wakes = sampling.wakes(engine, one, prices, begun + place - start)
                found = int(wakes.argmax())
                if wakes[found]:
                    return chain.batches[place + found]
            if not more:
                return end
            place = stop
            self._reach = min(self._reach * self._longer, LONGEST_REACH)

    def _unseen(self, one: Leaning, late: list[tuple[int, int]], first: int, end: int) -> int:
        # The first batch at which people are told that a rule which holds lots is shown no prices, `end` without one.
        if not holds(one.memory):
            return end
        slots = [slot for slot, _, _, _ in one.windows[0].spread.legs]
        for due, taken in late:
            for begins_at, ends_at in _together([self._trading[slot] for slot in slots], due, taken):
                told = max(due, begins_at) + UNSEEN_AFTER
                batch = max(int(self._recording.at.searchsorted(told)), first)
                if told < ends_at and batch < end:
                    return batch
        return end

    def _prices(self, window: Window, first: int, count: int) -> NDArray[np.float64]:
        # What a window has seen, and so many samples to come, in yuan.
        chain, start = self._chain(window, first)
        stop = chain.until(len(self._recording), start, count)
        coming = np.array(chain.values[start:stop], dtype=np.int64)
        return np.concatenate((window.samples(), coming / (2 * SCALE)))

    def _chain(self, window: Window, first: int) -> tuple[Chain, int]:
        # A window's chain, and the place in it of the next sample.
        chain = self._chains.get(window)
        place = None if chain is None else chain.place(window.due)
        if chain is None or place is None:
            needed = tuple(slot for slot, _, _, _ in window.spread.legs)
            key = needed, window.slots, window.trading
            if key not in self._chances:
                trading = self._trading if window.trading else None
                self._chances[key] = Chances.of(self._recording, needed, window.slots, trading)
            chain = Chain(self._recording, self._chances[key], window, first)
            self._chains[window], place = chain, 0
        return chain, place


def _foresees(window: Window, at: int) -> bool:
    # Of one contract, the others only stand beside it; none is spot, and none of before a roll is sampled any more.
    (_, _, bought, _), *others = window.spread.legs
    beside = not any(weight for _, weight, _, _ in others)
    spot = any(spot for _, _, _, spot in window.spread.legs)
    return bought and beside and not spot and window.reaches_back < at


def _together(trading: Sequence[Sequence[TradingSpan]], since: int, until: int) -> list[tuple[int, int]]:
    # When all of several contracts trade, of what touches a stretch; the beginning is the latest of theirs.
    found = [(since, until)]
    for place, spans in enumerate(trading):
        first = bisect_left(spans, since, key=lambda span: span.ends_at)
        near = spans[first : bisect_left(spans, until, key=lambda span: span.begins_at)]
        found = [
            (max(begin, one.begins_at) if place else one.begins_at, min(stop, one.ends_at))
            for begin, stop in found
            for one in near
            if one.begins_at < stop and begin < one.ends_at
        ]
    return found
