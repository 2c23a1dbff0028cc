"""Pass on to the screen what the QUOTE lane brings: quotes, basis, the market clock, and which market it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.view import Quote
from terminal.engine.mailbox import Clock, LatestMailbox, Market
from terminal.shell.desk.older_basis import OlderBasis
from terminal.sync import messages as m

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import InstrumentId
    from terminal.domain.products.instrument import Instrument
    from terminal.shell.desk.canvas import Canvas
    from terminal.sync.desk_session import DeskSession


class Prices:
    """Belong to one desk, over all its connections; each begins with `welcomed`."""

    def __init__(self, mailbox: LatestMailbox, calendar: Calendar, canvas: Canvas) -> None:
        self._mailbox = mailbox
        self._calendar = calendar
        self._canvas = canvas
        self._welcome: m.Welcome | None = None
        self._asks = False  # since the desk was live last
        self._listed = 0  # instruments the screen knows
        self.older_basis = OlderBasis(mailbox)

    def welcomed(self, welcome: m.Welcome, session: DeskSession) -> None:
        """Begin a connection."""
        self._welcome, self._listed, self._asks = welcome, 0, False
        self.older_basis.begin(session)

    def look(self, session: DeskSession, *, live: bool) -> None:
        """Ask for all prices of the market as soon as the desk is live.

        Until then they are passed over: prices of now beside what was held before would be a state that never was.
        """
        if live and not self._asks:
            session.send(m.Sub())
        self._asks = live

    def take(self, frame: m.Quotes, known: Mapping[InstrumentId, Instrument]) -> None:
        """Show what a frame holds; `known` are the instruments as folded."""
        welcome = self._welcome
        if welcome is None or not self._asks:
            return
        self._list_market(welcome, known)
        changed: dict[InstrumentId, Quote] = {}
        for row in frame.quotes:
            name = welcome.universe[row.slot]
            changed[name] = quote = Quote(
                row.bid, row.ask, row.last, row.bid_lots, row.ask_lots, row.volume, row.open_interest,
                row.upper_limit, row.lower_limit, row.pre_settlement, row.exchange_at, row.received_at,
            )  # fmt: skip
            self._mailbox.post_quote(name, quote)
        self._canvas.quotes(changed, frame.at, frame.trading_day)
        for sample in frame.basis:
            self._mailbox.post_basis(sample)
        self.older_basis.want(frame)
        self._mailbox.post_clock(Clock(at=frame.at, trading_day=frame.trading_day, updates=frame.updates))

    def _list_market(self, welcome: m.Welcome, known: Mapping[InstrumentId, Instrument]) -> None:
        if self._listed == len(welcome.universe):
            return
        listed = tuple(known[name] for name in welcome.universe if name in known)
        if len(listed) != self._listed:
            self._listed = len(listed)
            self._mailbox.post_market(Market(name=welcome.market, instruments=listed, calendar=self._calendar))
