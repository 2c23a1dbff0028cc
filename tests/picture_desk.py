"""Sit a desk beside a `World`: it folds the journal's facts into a state of its own and has a `Picture` drawn of it."""

from __future__ import annotations

from terminal.domain.fact.facts import Fact
from terminal.domain.ids import AccountId, ConfirmationId, InstrumentId, OrderId, PersonId, StrategyId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.domain.view import Quote
from terminal.engine.book.lines import Book
from terminal.engine.fold import apply
from terminal.engine.mailbox import Drained, LatestMailbox
from terminal.engine.records.journal import Actor, Record
from terminal.engine.screen import AccountLine, AlertLine, ApprovalCard, EventLine, OrderLine, StrategyCard, TradeLine
from terminal.engine.state import AccountState, State
from terminal.shell.picture.past import Past
from terminal.shell.picture.picture import Picture
from tests.engine_world import CHECKER, ONE, World, device, reference

__all__ = ["ConfirmationEvent", "Desk"]


class Desk:
    """Hold what one person's screen shows; `look` brings it up to date and returns what came."""

    def __init__(self, world: World, person: PersonId = CHECKER) -> None:
        self.world = world
        self.mailbox = LatestMailbox()
        self.state = State()
        self.picture = Picture(self.mailbox, reference().calendar, person, device(person))
        self.begin()
        self._read = 0
        self._quotes: dict[InstrumentId, Quote] = {}
        self.forget()
        self.look()

    def begin(self, *, past: Past | None = None) -> None:
        """Draw everything anew, after a past (none: nothing that was before is known)."""
        self.past = past or Past()
        self.picture.restart(self.state, self.past)

    def saw(self, fact: Fact, at: int, actor: Actor, cause: str = "") -> None:
        """Have the picture take a fact that the state has folded."""
        self.picture.saw(fact, self.past.saw(self.state, fact, at, actor, cause))

    def forget(self) -> None:
        self.orders: dict[OrderId, OrderLine] = {}
        self.books: dict[AccountId, Book] = {}
        self.accounts: dict[AccountId, AccountLine] = {}
        self.strategies: dict[StrategyId, StrategyCard] = {}
        self.approvals: dict[ConfirmationId, ApprovalCard] = {}
        self.alerts: tuple[AlertLine, ...] = ()
        self.trades: list[TradeLine] = []
        self.events: list[EventLine] = []

    def look(self) -> Drained:
        """Take what the world has journaled and quoted since, flush, and drain."""
        for entry in list(self.world.journal.replay(self._read)):
            record = entry.record
            assert isinstance(record, Record)
            apply(self.state, record.fact, record.utc)
            self.saw(record.fact, record.utc, record.actor, record.cause)
            self._read = entry.position
        columns = self.world.engine.columns
        now = {name: quote for name in self.world.market.universe if (quote := columns.quote(name)) is not None}
        changed = {name: quote for name, quote in now.items() if self._quotes.get(name) != quote}
        self._quotes = now
        self.picture.quotes(changed, columns.at, self.world.engine.look.trading_day)
        return self.show()

    def show(self) -> Drained:
        """Flush and drain only."""
        self.picture.flush()
        drained = self.mailbox.drain()
        if drained.restarted:
            self.forget()
        self.orders.update(drained.orders)
        self.books.update(drained.books)
        self.accounts.update(drained.accounts)
        self.strategies.update(drained.strategies)
        self.approvals.update(drained.approvals)
        self.alerts = self.alerts if drained.alerts is None else drained.alerts
        self.trades += drained.trades
        self.events += drained.events
        return drained

    @property
    def account(self) -> AccountState:
        return self.state.accounts[ONE]

    @property
    def card(self) -> ApprovalCard:
        """Return the card of the latest confirmation."""
        return self.approvals[list(self.account.confirmations)[-1]]

    def said(self) -> list[str]:
        return [event.sentence for event in self.events]
