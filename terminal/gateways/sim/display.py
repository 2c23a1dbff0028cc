"""Know what the market displays now and what the exchange is doing: quotes, daily limits, sessions.

Snapshots go into one table of columns; a level is read from it only when an order needs it. What an auction or a break
displays is no offer. A new order takes a level only if it was displayed within the continuous trading that is going
on: what stood there before a break is gone. The sides of a bar were displayed by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np

from terminal.domain.days.calendar import Calendar
from terminal.domain.days.sessions import Phase, SessionAt, SessionId
from terminal.domain.errors import InvariantError
from terminal.domain.ids import InstrumentId
from terminal.domain.market import WIDTH, Batch, Column, DayFacts, Valid
from terminal.domain.products.instrument import Instrument
from terminal.domain.quiet import Span
from terminal.gateways.sim.matching.book import Book, Dealt

_BID, _ASK = int(Column.BID), int(Column.ASK)
_BID_LOTS, _ASK_LOTS = int(Column.BID_LOTS), int(Column.ASK_LOTS)
_LAST, _VOLUME, _MASK = int(Column.LAST), int(Column.VOLUME), int(Column.MASK)
_HAS_BID, _HAS_ASK = int(Valid.BID), int(Valid.ASK)
_HAS_LAST, _HAS_VOLUME = int(Valid.LAST), int(Valid.VOLUME)
_BAR = int(Valid.BAR)


class Terms(NamedTuple):
    """Hold a market's instruments as they are when it begins, and who says what one is on a trading day."""

    first: Mapping[InstrumentId, Instrument]
    on: Callable[[InstrumentId, int], Instrument]


class Display:
    """Hold the latest snapshot of each instrument, its daily facts, and the market clock (UTC ns)."""

    def __init__(
        self,
        *,
        universe: tuple[InstrumentId, ...],
        instruments: Mapping[InstrumentId, Instrument] | Terms,
        calendar: Calendar,
    ) -> None:
        self.calendar = calendar
        self.at = 0
        self.trading_day = 0
        self.universe = universe
        self.instruments = dict(instruments.first if isinstance(instruments, Terms) else instruments)
        self._listed = instruments.on if isinstance(instruments, Terms) else None
        self._slots = {instrument: slot for slot, instrument in enumerate(universe)}
        self._rows = np.zeros((len(universe), WIDTH), dtype=np.int64)
        self._shown_at = np.zeros(len(universe), dtype=np.int64)
        self._facts: dict[tuple[int, InstrumentId], DayFacts] = {}

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return a listed instrument of this market."""
        return self.instruments.get(instrument) if instrument in self._slots else None

    def listed(self, instrument: InstrumentId) -> Instrument:
        """Return an instrument of this market that has orders."""
        listed = self.instrument(instrument)
        if listed is None:
            raise InvariantError(f"{instrument} has orders but is not listed")
        return listed

    def slot(self, instrument: InstrumentId) -> int:
        """Return the slot of an instrument of this market."""
        return self._slots[instrument]

    def last(self, instrument: InstrumentId) -> Decimal | None:
        """Return the last price in yuan that was displayed, `None` before there was one."""
        listed = self.instrument(instrument)
        if listed is None:
            return None
        row = self._rows[self._slots[instrument]]
        return listed.price(int(row[_LAST])) if int(row[_MASK]) & _HAS_LAST else None

    def mark(self, instrument: InstrumentId) -> Decimal | None:
        """Return what the desk marks positions at, in yuan: last, else the middle of bid and ask, else 昨结算."""
        listed, said, last = self.instrument(instrument), self.facts(instrument), self.last(instrument)
        if listed is None or last is not None:
            return last
        row = self._rows[self._slots[instrument]]
        if int(row[_MASK]) & _HAS_BID and int(row[_MASK]) & _HAS_ASK:
            return (listed.price(int(row[_BID])) + listed.price(int(row[_ASK]))) / 2
        return None if said is None or said.pre_settlement is None else listed.price(said.pre_settlement)

    def closing(self, instrument: InstrumentId) -> Decimal | None:
        """Return the last price in yuan displayed on the trading day, else the previous settlement, if known."""
        listed, said = self.instrument(instrument), self.facts(instrument)
        if listed is not None and self._shown_at[self._slots[instrument]]:
            last = self.last(instrument)
            if last is not None:
                return last
        return (
            None if listed is None or said is None or said.pre_settlement is None else listed.price(said.pre_settlement)
        )

    def facts(self, instrument: InstrumentId, day: int | None = None) -> DayFacts | None:
        """Return what was said about an instrument for the trading day, or for another one that is remembered."""
        return self._facts.get((self.trading_day if day is None else day, instrument))

    def session(self, instrument: Instrument) -> SessionAt:
        """Return what the exchange does with an instrument now; it must have a session."""
        return self.calendar.session(_template(instrument, self.trading_day), self.at)

    def takes_cancels(self, instrument: Instrument) -> bool:
        """Return whether a cancel is taken now, one that answers a session's last bar with them.

        That bar is stamped at its end, and what it tells happened before: who watches a live market takes an order back
        a moment before the break, which on bars is the same instant.
        """
        now = self.session(instrument)
        if now.cancels or now.begins_at != self.at or not self.of_bars(self.slot(instrument.id)):
            return now.cancels
        return self.calendar.session(_template(instrument, self.trading_day), self.at - 1).cancels

    def matching(self, instrument: Instrument) -> SessionAt | None:
        """Return when the auction going on now is matched, its opening excluded; `None` where none is gathered.

        A window that takes cancels only, as CZCE's in the morning after a night, gathers nothing.
        """
        now = self.session(instrument)
        if now.phase is not Phase.AUCTION:
            return None
        plan = self.calendar.day_plan(_template(instrument, self.trading_day), self.trading_day)
        for gathering, matching in pairwise(plan):
            if gathering.phase is matching.phase is Phase.AUCTION and gathering.orders and now in (gathering, matching):
                return matching
        return None

    def closes_at(self, instrument: Instrument) -> int:
        """Return when the last continuous trading of an instrument ends on this trading day, UTC ns."""
        plan = self.calendar.day_plan(_template(instrument, self.trading_day), self.trading_day)
        return max([interval.ends_at for interval in plan if interval.phase is Phase.CONTINUOUS])

    def update(self, batch: Batch) -> None:
        """Take a burst in; the later row of a slot wins."""
        self.at = batch.at
        self._rows[batch.slots] = batch.rows
        self._shown_at[batch.slots] = batch.at
        for fact in batch.day_facts:
            self.say(fact)

    def pass_over(self, span: Span) -> None:
        """Take batches in all at once, as if they had come one by one."""
        self.at = span.at
        for slot, passed in span.slots.items():
            self._rows[slot], self._shown_at[slot] = passed.row, passed.received

    def row(self, slot: int) -> list[int]:
        """Return the latest snapshot of a slot, column by column; all zero before the first."""
        row: list[int] = self._rows[slot].tolist()
        return row

    def say(self, fact: DayFacts) -> None:
        """Take a daily fact in; what it leaves out stays as it was said before."""
        key = (fact.trading_day, fact.instrument)
        before = self._facts.get(key)
        if before is not None:
            said = {name: value for name, value in msgspec.structs.asdict(fact).items() if value is not None}
            fact = msgspec.structs.replace(before, **said)
        self._facts[key] = fact

    def standing(self, index: int) -> Batch:
        """Return all that is known as one batch: each latest snapshot, and what was said for the trading day."""
        slots = np.flatnonzero(self._rows[:, _MASK])
        facts = tuple(fact for (day, _), fact in self._facts.items() if day == self.trading_day)
        return Batch(index=index, at=self.at, slots=slots, rows=self._rows[slots], day_facts=facts)

    def begin_day(self, trading_day: int, *, remember: int) -> list[Instrument]:
        """Begin a trading day: nothing is displayed yet; forget what was said for days before `remember`.

        Return the instruments that are listed anew, because their terms are others from this day on.
        """
        self.trading_day = trading_day
        self._shown_at[:] = 0
        for key in [key for key in self._facts if key[0] < remember]:
            del self._facts[key]
        return [] if self._listed is None else list(self._list_again(self._listed, trading_day))

    def _list_again(self, listed: Callable[[InstrumentId, int], Instrument], day: int) -> Iterator[Instrument]:
        for name in self.universe:
            known = self.instruments.get(name)
            if known is not None:
                # Quotes and lots are counted in the grid and the size the market began with, here as at the runner.
                now = msgspec.structs.replace(listed(name, day), tick=known.tick, multiplier=known.multiplier)
                if now != known:
                    self.instruments[name] = now
                    yield now

    def show(self, book: Book, slot: int) -> bool:
        """Display an instrument's latest snapshot in its book; return whether lots taken were forgotten.

        What it shows depends on the snapshot alone, never on when it is looked at.
        """
        row = self.row(slot)
        book.last = row[_LAST] if self._shown_at[slot] and row[_MASK] & _HAS_LAST else None
        mask = row[_MASK] if not row[_MASK] & _BAR and self._was_open(slot) else 0
        forgot = book.bid.show(row[_BID] if mask & _HAS_BID else None, row[_BID_LOTS])
        return book.ask.show(row[_ASK] if mask & _HAS_ASK else None, row[_ASK_LOTS]) or forgot

    def of_bars(self, slot: int) -> bool:
        """Return whether the market of an instrument comes in bars."""
        return bool(int(self._rows[slot, _MASK]) & _BAR)

    def dealt(self, book: Book, slot: int) -> Dealt | None:
        """Return what the market traded since the book was last asked, at its last price; `None`: nothing, or not said.

        A volume that falls is a feed that begins anew: it is taken as it is, and nothing was traded.
        """
        row = self.row(slot)
        if not self._shown_at[slot] or not row[_MASK] & _HAS_VOLUME:
            return None
        lots, book.volume = row[_VOLUME] - book.volume, row[_VOLUME]
        return Dealt(row[_LAST], lots) if lots > 0 and row[_MASK] & _HAS_LAST else None

    def is_fresh(self, slot: int, session: SessionAt) -> bool:
        """Return whether the latest snapshot was displayed within the continuous trading going on."""
        return session.phase is Phase.CONTINUOUS and int(self._shown_at[slot]) >= session.begins_at

    def _was_open(self, slot: int) -> bool:
        at = int(self._shown_at[slot])
        instrument = self.instruments.get(self.universe[slot])
        if not at or instrument is None:
            return False
        session = self.calendar.session(_template(instrument, self.trading_day), at)
        return session.phase is Phase.CONTINUOUS


def _template(instrument: Instrument, trading_day: int) -> SessionId:
    template = instrument.session_on(trading_day)
    if template is None:
        raise InvariantError(f"{instrument.id} is traded without a session")
    return template
