"""Hold what a desk knows now, and what the facts said that no row of the state keeps.

`Present` is what every line and card is made from: the folded state, the latest quotes, the market clock. `Heard` is
memory for the screen only: who rejected an approval, why and at what price, what a strategy last saw of its moment.
A desk that began from a runner's snapshot has not heard the older facts and shows those lines without it; nothing is
decided by it. What stands against an account is never said from here: after a snapshot the old figure would stand
beside the new level.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from terminal.domain.errors import UserError
from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import TimingMark
from terminal.engine.combinations.prices import Market
from terminal.engine.state import State

if TYPE_CHECKING:
    from terminal.domain.days.calendar import Calendar
    from terminal.domain.days.sessions import SessionAt
    from terminal.domain.ids import AccountId, ConfirmationId, DeviceId, InstrumentId, PersonId, StrategyId
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.view import Quote
    from terminal.engine.prices.deltas import Known
    from terminal.engine.state import AccountState

DECISIONS: Final = 1_000  # the latest; cards are shown of fewer


class Present:
    """Hold the state, the latest quotes and the market clock, and who sits at this desk."""

    def __init__(self, calendar: Calendar, person: PersonId, device: DeviceId) -> None:
        self.calendar = calendar
        self.person = person
        self.device = device
        self.state = State()
        self.quotes: dict[InstrumentId, Quote] = {}
        self.at = 0
        self.trading_day = 0
        self.heard = Heard()
        self.deltas: Known = {}  # of options, as they were read last: the model is slow
        self._expiry: dict[InstrumentId, int | None] = {}

    def move(self, at: int, trading_day: int) -> bool:
        """Move the market clock; return whether a new trading day has begun."""
        self.at = at
        if trading_day == self.trading_day:
            return False
        self.trading_day = trading_day
        self._expiry.clear()
        return True

    def mark(self, instrument: InstrumentId) -> Decimal | None:
        """Return the price positions are marked at: last, else the middle of bid and ask, else 昨结算."""
        quote = self.quotes.get(instrument)
        known = self.state.tenant.instruments.get(instrument)
        if quote is None or known is None:
            return None
        if quote.last is not None:
            return quote.last * known.tick
        if quote.bid is not None and quote.ask is not None:
            return (quote.bid + quote.ask) * known.tick / 2
        return None if quote.pre_settlement is None else quote.pre_settlement * known.tick

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return a listed contract; unknown ones raise."""
        return self.state.tenant.instruments[instrument]

    def quote(self, instrument: InstrumentId) -> Quote | None:
        """Return the latest quote, or `None` before the first one."""
        return self.quotes.get(instrument)

    @property
    def market(self) -> Market:
        """Return where prices are looked up."""
        return Market(self.mark, self.quotes.get)

    def session(self, instrument: InstrumentId) -> SessionAt | None:
        """Return what a contract's exchange is doing; `None` before the first clock and where no table says."""
        known = self.state.tenant.instruments.get(instrument)
        template = None if known is None or not self.at else known.session_on(self.trading_day)
        if template is None:
            return None
        try:
            return self.calendar.session(template, self.at)
        except UserError:  # a runner with newer tables goes on beyond this program's
            return None

    def days_to_expiry(self, instrument: InstrumentId) -> int | None:
        """Return trading days to the last trading day; `None` where either end is not known, or beyond the calendar."""
        if not self.trading_day:
            return None
        if instrument not in self._expiry:
            expiry = self.state.tenant.instruments[instrument].expiry
            # A runner with a newer table lists contracts that this program's calendar does not reach.
            is_known = expiry is not None and self.calendar.first <= expiry <= self.calendar.last
            days = self.calendar.days_between(self.trading_day, expiry) if expiry is not None and is_known else None
            self._expiry[instrument] = days
        return self._expiry[instrument]


class Heard:
    """Hold what facts said that the state keeps no row of."""

    def __init__(self) -> None:
        self.decisions: dict[ConfirmationId, tuple[PersonId | None, str]] = {}
        self.decided_prices: dict[ConfirmationId, Decimal] = {}  # of what was rejected or lapsed
        self.timings: dict[tuple[AccountId, StrategyId], dict[int, TimingMark]] = {}

    def take(self, fact: f.Fact) -> None:
        """Keep what a fact says beyond the state."""
        match fact:
            case f.ConfirmationDecided():
                person = fact.person
                if person is None and fact.confirmation in self.decisions:
                    person = self.decisions[fact.confirmation][0]
                self.decisions[fact.confirmation] = (person, fact.reason)
                if fact.reference_price is not None:
                    self.decided_prices[fact.confirmation] = fact.reference_price
                if len(self.decisions) > DECISIONS:
                    oldest = next(iter(self.decisions))
                    del self.decisions[oldest]
                    self.decided_prices.pop(oldest, None)
            case f.StrategyMarked(mark=TimingMark() as mark):
                self.timings.setdefault((fact.account, fact.strategy), {})[mark.place] = mark
            case _:
                pass

    def forget(self, account: AccountState) -> None:
        """Forget what was heard of strategies and confirmations that an account has forgotten at a settlement."""
        for key in [key for key in self.timings if key[0] == account.account and key[1] not in account.strategies]:
            del self.timings[key]
        for name in [name for name in self.decisions if name.rpartition("-C")[0] == account.account]:
            if name not in account.confirmations:
                del self.decisions[name]
                self.decided_prices.pop(name, None)
