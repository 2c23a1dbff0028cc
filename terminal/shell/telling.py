"""Tell a screen what an engine knows: quotes, books, basis and clock, each in its own lane of the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.instrument import Kind
from terminal.engine.columns import FRESH_SECONDS, HAS_LAST, LAST, MASK, OPEN_INTEREST
from terminal.engine.mailbox import Basis, Clock, LatestMailbox, Market
from terminal.shell.picture.book import BookMaker

if TYPE_CHECKING:
    from terminal.domain.calendar import Calendar
    from terminal.engine.columns import Columns
    from terminal.engine.receive import Engine

SECOND = 1_000_000_000
BASIS_EVERY = SECOND  # of market time, per product


class Teller:
    """Post what changed since the last flush; belongs to the link thread."""

    def __init__(self, mailbox: LatestMailbox, calendar: Calendar, market: str) -> None:
        self._mailbox = mailbox
        self._calendar = calendar
        self._market = market
        self._dirty: set[int] = set()
        self._updates = 0
        self._told_market = False
        self._sampled: dict[int, int] = {}
        self._pairs: list[tuple[int, list[int]]] | None = None

    def saw(self, slots: list[int]) -> None:
        """Note the slots a batch named."""
        self._updates += len(slots)
        self._dirty.update(slots)

    def flush(self, engine: Engine) -> None:
        """Post everything that changed."""
        columns = engine.columns
        if not self._told_market:
            self._told_market = True
            self._mailbox.post_market(Market(name=self._market, instruments=columns.instruments))
        for slot in self._dirty:
            quote = columns.quote(columns.universe[slot])
            if quote is not None:
                self._mailbox.post_quote(columns.universe[slot], quote)
        self.sample(engine)
        self._dirty.clear()
        day = engine.look.trading_day
        self._mailbox.post_clock(Clock(at=columns.at, trading_day=day, updates=self._updates))
        books = BookMaker(
            marks=columns.last_price,
            days_to_expiry=engine.look.days_to_expiry,
            instruments=engine.state.tenant.instruments,
        )
        for account in engine.state.accounts.values():
            self._mailbox.post_book(books.book(account, columns.at))

    def sample(self, engine: Engine) -> None:
        """Post the samples of the basis that are due; a chart wants each of them, also of a past read at once."""
        for sample in self._basis(engine.columns):
            self._mailbox.post_basis(sample)

    def _basis(self, columns: Columns) -> list[Basis]:
        found = []
        for spot, futures in self._pairs_of(columns):
            if not self._dirty.intersection((spot, *futures)):
                continue
            if columns.at - self._sampled.get(spot, 0) < BASIS_EVERY:
                continue
            sample = self._sample(columns, spot, futures)
            if sample is not None:
                self._sampled[spot] = columns.at
                found.append(sample)
        return found

    def _pairs_of(self, columns: Columns) -> list[tuple[int, list[int]]]:
        if self._pairs is None:
            self._pairs = []
            for slot, instrument in enumerate(columns.instruments):
                if instrument.kind is Kind.SPOT:
                    same = [
                        other
                        for other, future in enumerate(columns.instruments)
                        if future.kind is Kind.FUTURE and future.code == instrument.code
                    ]
                    self._pairs.append((slot, same))
        return self._pairs

    def _sample(self, columns: Columns, spot: int, futures: list[int]) -> Basis | None:
        future = _main(columns, futures)
        spot_row = columns.rows[spot]
        if future is None or spot_row is None or not spot_row[MASK] & HAS_LAST:
            return None
        future_row = columns.rows[future]
        if future_row is None:
            return None
        spot_at, future_at = columns.received[spot], columns.received[future]
        stays = self._calendar.ends_at(self._calendar.next_day(self._calendar.trading_day(spot_at)))
        return Basis(
            product=columns.instruments[future].product,
            trading_day=self._calendar.trading_day(columns.at),
            at=columns.at,
            spot=columns.universe[spot],
            spot_price=columns.instruments[spot].price(spot_row[LAST]),
            spot_at=spot_at,
            spot_until=stays,
            future=columns.universe[future],
            future_price=columns.instruments[future].price(future_row[LAST]),
            future_at=future_at,
            future_until=future_at + FRESH_SECONDS * SECOND,
        )


def _main(columns: Columns, futures: list[int]) -> int | None:
    # The contract with the most open interest is the main one; the screen's choice, strategies freeze their own.
    best, most = None, -1
    for slot in futures:
        row = columns.rows[slot]
        if row is not None and row[MASK] & HAS_LAST and row[OPEN_INTEREST] > most:
            best, most = slot, row[OPEN_INTEREST]
    return best
