"""Keep the latest quote of every instrument, and the spreads that follow from them.

One row per slot, replaced whole when a batch names it. It stays the bytes it came as until somebody asks for it: of 800
instruments that are quoted together few are looked at before the next quotes come. Spread values are whole millionths
of a yuan, so that no binary float decides anything (SAFETY I29). Nothing here is journaled: a restart reads the tape
again up to its cursor.
"""

from __future__ import annotations

from decimal import Decimal
from struct import Struct
from typing import TYPE_CHECKING, Final

import numpy as np

from terminal.domain.errors import InvariantError
from terminal.domain.market import WIDTH, Column, Valid
from terminal.domain.view import Quote, SpreadWatch
from terminal.engine.prices.day_book import DayBook
from terminal.engine.prices.samples import FRESH_SECONDS, SCALE, SECOND, Window
from terminal.engine.prices.spot import ticks_of
from terminal.engine.prices.spread import Spread, price

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terminal.domain.ids import InstrumentId
    from terminal.domain.market import Batch, DayFacts, Row
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.quiet import Span
    from terminal.engine.prices.samples import Since

BID, ASK, LAST = int(Column.BID), int(Column.ASK), int(Column.LAST)
BID_LOTS, ASK_LOTS = int(Column.BID_LOTS), int(Column.ASK_LOTS)
VOLUME, OPEN_INTEREST = int(Column.VOLUME), int(Column.OPEN_INTEREST)
MASK, EXCHANGE_AT = int(Column.MASK), int(Column.EXCHANGE_AT)
HAS_BID, HAS_ASK, HAS_LAST = int(Valid.BID), int(Valid.ASK), int(Valid.LAST)
HAS_VOLUME, HAS_OPEN_INTEREST = int(Valid.VOLUME), int(Valid.OPEN_INTEREST)
TWO_SIDED = HAS_BID | HAS_ASK
BYTES: Final = np.dtype((np.void, WIDTH * 8))  # one row of a batch
READ: Final = Struct(f"{WIDTH}q")


class Columns:
    """Hold the latest quotes of a universe. `slot` numbers follow the universe's order."""

    def __init__(self, universe: Sequence[InstrumentId], instruments: dict[InstrumentId, Instrument]) -> None:
        self.universe = tuple(universe)
        self.slot_of = {name: slot for slot, name in enumerate(self.universe)}
        self.instruments = tuple(instruments[name] for name in self.universe)
        self.kept: list[Row | bytes | None] = [None] * len(self.universe)  # bytes, where nobody has asked for it yet
        self._volumes: list[int | None] = [None] * len(self.universe)  # `None` where the latest row says none
        self.received = [0] * len(self.universe)
        # The row, how often something was said of a day, and the quote they make, as it was last asked for.
        self._quotes: list[tuple[Row | None, int, Quote | None]] = [(None, -1, None)] * len(self.universe)
        exchanges = sorted({instrument.exchange for instrument in self.instruments})
        # When the volume last changed: after one quote was received, and by the time the next one was.
        self._traded_after = [0] * len(self.universe)
        self._traded_by = [0] * len(self.universe)
        self._channel_of = [exchanges.index(instrument.exchange) for instrument in self.instruments]
        self._channels = [0] * len(exchanges)  # when an exchange's feed was last heard
        self.days = [DayBook() for _ in self.universe]
        # (instrument, trading day) -> settlement of that day, and what that day calls its previous one, in ticks
        self.settled: dict[tuple[InstrumentId, int], int] = {}
        self.settled_before: dict[tuple[InstrumentId, int], int] = {}
        self.at = 0
        self.before = 0  # the market clock of the batch before the latest
        self.begun = 0  # the market clock of the first batch
        self.batch = -1
        self.said = 0  # how often something was said of a day
        # By trading day: the marks when it ended, and since when each had stood.
        self._closing: dict[int, dict[InstrumentId, tuple[Decimal | None, int]]] = {}
        self.spot_since = 0  # spot quotes older than this have expired; the engine moves it with the trading day
        self.spreads: list[Spread] = []
        self.spreads_of_slot: list[list[Spread]] = [[] for _ in self.universe]
        self.watches: dict[SpreadWatch, Window] = {}
        self._windows_of_slot: list[list[Window]] = [[] for _ in self.universe]

    def update(self, batch: Batch) -> list[int]:
        """Take a batch; return the slots it named, in its order."""
        slots: list[int] = batch.slots.tolist()
        at = batch.at
        if at < self.at:
            raise InvariantError(f"batch {batch.index} turns the market clock back")
        self.before, self.at, self.batch = self.at, at, batch.index
        self.begun = self.begun or at
        new = batch.rows.view(BYTES).ravel().tolist()
        volumes, masks = batch.rows[:, VOLUME].tolist(), batch.rows[:, MASK].tolist()
        rows, received, known, has_volume = self.kept, self.received, self._volumes, HAS_VOLUME
        after, by = self._traded_after, self._traded_by
        for slot, row, volume, mask in zip(slots, new, volumes, masks, strict=True):
            before, said = known[slot], volume if mask & has_volume else None
            if said != before:
                known[slot] = said
                if said is not None and before is not None:
                    after[slot] = received[slot]
                    by[slot] = at
            rows[slot] = row
            received[slot] = at
        for channel in set(map(self._channel_of.__getitem__, slots)):
            self._channels[channel] = at
        for said in batch.day_facts:
            self.say(said)
        return slots

    def pass_over(self, span: Span) -> None:
        """Take batches all at once, as if they had been updated one by one."""
        self.before, self.at, self.batch = self.at, span.at, span.last
        for slot, passed in span.slots.items():
            self._take(slot, passed.row, passed.received)
            if passed.traded is not None:
                self._traded_after[slot], self._traded_by[slot] = passed.traded
            channel = self._channel_of[slot]
            self._channels[channel] = max(self._channels[channel], passed.received)

    def stand(self, standing: Batch) -> None:
        """Take what stands at an exchange: the quotes of slots that were not read again, and its words about the day.

        Such a quote is as old as the exchange's stamp says.
        """
        missing = []
        for slot, row in zip(standing.slots.tolist(), map(tuple, standing.rows.tolist()), strict=True):
            if self.kept[slot] is None:
                self._take(slot, row, min(row[EXCHANGE_AT], self.at))
                missing.append(slot)
        for said in standing.day_facts:
            self.say(said)
        self.price_spreads(missing)

    def _take(self, slot: int, row: Row, received: int) -> None:
        self.kept[slot], self.received[slot] = row, received
        self._volumes[slot] = row[VOLUME] if row[MASK] & HAS_VOLUME else None

    def row(self, slot: int) -> Row | None:
        """Return the latest row of a slot, `None` before its first one."""
        row = self.kept[slot]
        if isinstance(row, bytes):
            row = self.kept[slot] = READ.unpack(row)
        return row

    def say(self, said: DayFacts) -> None:
        """Take an exchange's or plan's word about an instrument's day."""
        slot = self.slot_of.get(said.instrument)
        if slot is None:
            return
        self.said += 1
        self.days[slot].take(said)
        if said.settlement is not None:
            self.settled[said.instrument, said.trading_day] = said.settlement
        if said.pre_settlement is not None:
            self.settled_before[said.instrument, said.trading_day] = said.pre_settlement

    def quote(self, instrument: InstrumentId) -> Quote | None:
        """Return the latest quote of an instrument, or `None` before its first one."""
        slot = self.slot_of.get(instrument)
        if slot is None:
            return None
        row = self.row(slot)
        if row is None:
            return None
        known = self._quotes[slot]  # a row is never changed, only replaced
        if known[0] is row and known[1] == self.said:
            return known[2]
        quote = self._quote(slot, row)
        self._quotes[slot] = row, self.said, quote
        return quote

    def _quote(self, slot: int, row: Row) -> Quote:
        mask, day = row[MASK], self.days[slot]
        return Quote(
            row[BID] if mask & HAS_BID else None,
            row[ASK] if mask & HAS_ASK else None,
            row[LAST] if mask & HAS_LAST else None,
            row[BID_LOTS],
            row[ASK_LOTS],
            row[VOLUME] if mask & HAS_VOLUME else None,
            row[OPEN_INTEREST] if mask & HAS_OPEN_INTEREST else None,
            day.upper_limit,
            day.lower_limit,
            day.pre_settlement,
            row[EXCHANGE_AT],
            self.received[slot],
        )

    def state_spot(self, instrument: InstrumentId, price: Decimal, at: int) -> None:
        """Take a spot price that a person stated, yuan per quotation unit; what no price can be read from is left."""
        slot = self.slot_of.get(instrument)
        ticks = None if slot is None else ticks_of(self.instruments[slot], price)
        if slot is None or ticks is None:
            return  # said to an earlier version: of a contract, whose price is the exchange's alone, or no price at all
        row = [0] * WIDTH
        row[LAST] = ticks
        row[MASK], row[EXCHANGE_AT] = HAS_LAST, at
        self._take(slot, tuple(row), at)
        self.price_spreads([slot])

    def traded(self, instrument: InstrumentId) -> tuple[int, int]:
        """Return after and by when an instrument last traded, as its quotes were received, UTC ns; zeros if unseen."""
        slot = self.slot_of[instrument]
        return self._traded_after[slot], self._traded_by[slot]

    def heard(self, instrument: InstrumentId) -> int:
        """Return when the feed of the instrument's exchange was last heard, UTC ns; 0 before the first time."""
        slot = self.slot_of.get(instrument)
        return 0 if slot is None else self._channels[self._channel_of[slot]]

    def last_price(self, instrument: InstrumentId) -> Decimal | None:
        """Return the price positions are marked at: last, else the middle of bid and ask, else 昨结算."""
        slot = self.slot_of.get(instrument)
        if slot is None:
            return None
        return self.mark(slot, self.row(slot))

    def mark(self, slot: int, row: Row | None) -> Decimal | None:
        """Return the price positions are marked at when this quote is a slot's latest."""
        tick = self.instruments[slot].tick
        if row is not None:
            mask = row[MASK]
            if mask & HAS_LAST:
                return row[LAST] * tick
            if mask & TWO_SIDED == TWO_SIDED:
                return (row[BID] + row[ASK]) * tick / 2
        before = self.days[slot].pre_settlement
        return None if before is None else before * tick

    def end_day(self, day: int) -> None:
        """Keep the marks of the trading day that has just ended; the next batch is of another one."""
        marks = ((self.last_price(name), since) for name, since in zip(self.universe, self.received, strict=True))
        self._closing[day] = dict(zip(self.universe, marks, strict=True))

    def forget_days(self, before: int) -> None:
        """Forget the marks of trading days before this one: they are settled; of the last a fill may still be told."""
        kept = max((day for day in self._closing if day < before), default=before)
        self._closing = {day: marks for day, marks in self._closing.items() if day >= kept}

    def closing_price(self, instrument: InstrumentId, day: int, ended_at: int, *, since: int = 0) -> Decimal | None:
        """Return what `last_price` was when a trading day ended (UTC ns), `None` where no price of it is known.

        A price that had stood longer than `since` (UTC ns) is none.
        """
        if day in self._closing:
            price, received = self._closing[day].get(instrument, (None, 0))
            return price if received >= since else None
        slot = self.slot_of.get(instrument)
        if slot is None or not since <= self.received[slot] < ended_at:
            return None
        is_of_day = self.kept[slot] is not None or self.days[slot].trading_day == day
        return self.last_price(instrument) if is_of_day else None

    def add_spread(self, name: str, legs: Iterable[tuple[InstrumentId, Decimal, int]]) -> Spread:
        """Register a spread of (instrument, price coefficient, lots per set) to be priced at every batch."""
        spread = Spread(name, self, tuple(legs))
        self.spreads.append(spread)
        for slot in {slot: None for slot, _, _, _ in spread.legs}:
            self.spreads_of_slot[slot].append(spread)
        return spread

    def price_spreads(self, slots: list[int]) -> list[Spread]:
        """Price every registered spread with a leg among `slots`; return those, each once."""
        of_slot = self.spreads_of_slot
        if len(slots) == 1:
            touched = list(of_slot[slots[0]])
        else:
            touched = list({id(one): one for slot in slots if of_slot[slot] for one in of_slot[slot]}.values())
        price(touched, self, self.at - FRESH_SECONDS * SECOND)
        return touched

    def watch(self, watch: SpreadWatch, since: int = -1) -> None:
        """Keep a window of samples for a watch from now on: of batches that follow one of after `since`, UTC ns.

        Of several who ask for the same, the earliest counts.
        """
        known = self.watches.get(watch)
        if known is not None:
            known.since = min(known.since, since)
            return
        # What has left the market is quoted no more, and needs no window.
        earlier = [
            (one.until, self._of(one.legs), int(one.shift * 2 * SCALE))
            for one in watch.earlier
            if all(name in self.slot_of for name, _ in one.legs)
        ]
        window = Window(watch, self._of(watch.legs), earlier, since)
        before = self.watches.get(watch.before) if watch.earlier else None
        if before is not None:
            window.go_on(before, watch.earlier[-1].shift)
        self.watches[watch] = window
        for slot in window.slots:
            self._windows_of_slot[slot].append(window)

    def _of(self, legs: Iterable[tuple[InstrumentId, Decimal]]) -> Spread:
        return Spread("", self, tuple((name, coefficient, 1) for name, coefficient in legs))

    def sample(self, slots: list[int], since: Since) -> None:
        """Sample the windows that `slots` touch and whose time has come; `since` says since when a slot trades."""
        for slot in slots if self.watches else ():
            for window in self._windows_of_slot[slot]:
                if self.at >= window.due and self.before > window.since:
                    window.sample(self.at, self.received, since)
