"""Keep a screen's picture of a folded state: after each fact and each quote, post what changed and nothing else.

The desk folds facts into its own `State` and tells this object; what a fact or a quote may have changed is marked
dirty, and `flush` makes those lines anew and posts the ones that differ from what was shown. Trades and events are no
state but a sequence, so they go out as their facts come. Belongs to the link thread; reads no clock.

`restart` begins all lists again over a state and its past: with the orders that are still working or of the present
day and the day's trades, which is what the lists show, and with the events of the past.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from terminal.domain.fact import facts as f
from terminal.domain.fact.marks import Finished
from terminal.domain.ids import AccountId, ConditionalId, ConfirmationId, InstrumentId, OrderId, StrategyId
from terminal.domain.orders.conditional import TAG
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.engine.records.journal import account_of
from terminal.engine.screen import (
    DECIDED_LISTED,
    AccountLine,
    AlertLine,
    ApprovalCard,
    Document,
    EventLine,
    StrategyCard,
)
from terminal.engine.wishes.releases import next_lapse
from terminal.shell.picture.accounts import account_line
from terminal.shell.picture.alerts import alert_lines, worst_first
from terminal.shell.picture.approvals import ApprovalCards, priced_by
from terminal.shell.picture.batches import BatchLines
from terminal.shell.picture.book import BookMaker
from terminal.shell.picture.conditionals import conditional_line
from terminal.shell.picture.kinds import OfMoney, OfOrder, OfOtc, OfStanding, OfStrategy
from terminal.shell.picture.orders import is_listed, listed_as, order_line, trade_line
from terminal.shell.picture.otc import otc_lines
from terminal.shell.picture.present import Present
from terminal.shell.picture.statements import statement_lines
from terminal.shell.picture.strategies import phase_ends, strategy_card
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terminal.domain.days.calendar import Calendar
    from terminal.domain.ids import DeviceId, PersonId
    from terminal.domain.view import Quote
    from terminal.engine.mailbox import LatestMailbox
    from terminal.engine.state import AccountState, State
    from terminal.shell.picture.past import Past

Key = TypeVar("Key")
Line = TypeVar("Line")


class Picture:
    """Post what a screen shows of one state; `person` at `device` is who looks at it."""

    def __init__(self, mailbox: LatestMailbox, calendar: Calendar, person: PersonId, device: DeviceId) -> None:
        self._mailbox = mailbox
        self._present = present = Present(calendar, person, device)
        self._cards = ApprovalCards()
        self._batches = BatchLines(mailbox, present)
        # What may have changed since the last flush.
        self._orders: dict[OrderId, AccountId] = {}
        self._accounts: set[AccountId] = set()  # line and alerts
        self._statements: set[AccountId] = set()
        self._otc: set[AccountId] = set()
        self._books: set[AccountId] = set()
        self._strategies: set[tuple[AccountId, StrategyId]] = set()
        self._approvals: set[tuple[AccountId, ConfirmationId]] = set()
        self._conditionals: dict[ConditionalId, AccountId] = {}
        # What quotes concern: rebuilt with the book, the strategies and the confirmations.
        self._held: dict[AccountId, frozenset[InstrumentId]] = {}
        self._watched: dict[tuple[AccountId, StrategyId], frozenset[InstrumentId]] = {}
        self._pending: dict[tuple[AccountId, ConfirmationId], frozenset[InstrumentId]] = {}
        self._references: dict[AccountId, frozenset[InstrumentId]] = {}  # of contracts that no exchange lists
        self._phase_ends: dict[
            tuple[AccountId, StrategyId], int
        ] = {}  # of its contracts' sessions, which no fact tells
        # What is shown.
        self._account_lines: dict[AccountId, AccountLine] = {}
        self._strategy_cards: dict[tuple[AccountId, StrategyId], StrategyCard] = {}
        self._approval_cards: dict[tuple[AccountId, ConfirmationId], ApprovalCard] = {}
        self._alerts: dict[AccountId, tuple[AlertLine, ...]] = {}
        self._all_alerts: tuple[AlertLine, ...] | None = None
        self._books_of = _book_maker(present)
        self._lapses: dict[AccountId, int] = {}  # when a request to release lapses, which no fact tells

    def restart(self, state: State, past: Past) -> None:
        """Begin anew over a state: after a snapshot, or at the start.

        The screen changes over when all of it has been posted.
        """
        with self._mailbox.anew():
            self._begin(state, past)
            self.flush()

    def _begin(self, state: State, past: Past) -> None:
        present = self._present
        present.state, present.heard = state, past.heard
        self._books_of = _book_maker(present)
        for shown in (self._account_lines, self._strategy_cards, self._approval_cards, self._alerts):
            shown.clear()
        waited = set(self._pending)
        for known in (self._held, self._references, self._watched, self._pending, self._phase_ends, self._lapses):
            known.clear()
        self._cards = ApprovalCards()
        self._all_alerts = None
        for dirty in (
            self._orders,
            self._accounts,
            self._statements,
            self._otc,
            self._books,
            self._strategies,
            self._approvals,
            self._conditionals,
        ):
            dirty.clear()
        for account in state.accounts.values():
            self._everything(account)
            # Whoever saw one wait is told what became of it, however many were decided since.
            kept = account.confirmations.keys()
            self._approvals.update(key for key in waited if key[0] == account.account and key[1] in kept)
            for trade in account.trades:
                self._mailbox.post_trade(trade_line(account, trade))
        self._batches.restart()
        for line in past.events:
            self._mailbox.post_event(line)
        mine = state.persons.get(present.person)
        for name, row in () if mine is None else mine.documents.items():
            self._mailbox.post_document(Document(name=name, version=row.version, body=row.body))

    def _everything(self, account: AccountState) -> None:
        name = account.account
        self._accounts.add(name)
        self._statements.add(name)
        self._otc.add(name)
        self._books.add(name)
        # What has ended on an earlier day is in no list, and there is more of it every day.
        self._orders.update((order, name) for order, row in account.orders.items() if is_listed(account, row))
        self._strategies.update((name, strategy) for strategy in account.strategies)
        self._conditionals.update(dict.fromkeys(account.conditionals.rows, name))
        latest = islice(reversed(account.confirmations), DECIDED_LISTED + len(account.pending))
        self._approvals.update((name, confirmation) for confirmation in (*account.pending, *latest))

    # --- facts -------------------------------------------------------------------------------------------------

    def saw(self, fact: f.Fact, line: EventLine | None) -> None:
        """Take a fact that state and past have just folded, and the line that says it."""
        if line is not None:
            self._mailbox.post_event(line)
        self._batches.saw(fact)
        if isinstance(fact, f.PersonFact):
            if isinstance(fact, f.DocumentSaved) and fact.person == self._present.person:
                self._mailbox.post_document(Document(name=fact.name, version=fact.version, body=fact.body))
        elif isinstance(fact, f.TenantFact):
            self._saw_tenant(fact)
        elif isinstance(fact, f.RolesGranted):  # names and roles stand on every line
            self._everything(self._present.state.accounts[fact.account])
        elif not isinstance(fact, f.CommandDone):
            self._saw_account(fact)
            if isinstance(fact, OfOtc):
                self._otc.add(account_of(fact))

    def _saw_tenant(self, fact: f.TenantFact) -> None:
        if isinstance(fact, f.InstrumentListed):
            name = fact.instrument.id
            self._books.update(account for account, held in self._held.items() if name in held)

    def _saw_account(self, fact: f.AccountFact) -> None:
        account = self._present.state.accounts[account_of(fact)]
        name = account.account
        self._accounts.add(name)
        self._approvals.update(key for key in self._pending if key[0] == name)
        self._saw_bar(account, fact)
        if isinstance(fact, OfOrder):
            self._saw_order(account, fact)
        elif isinstance(fact, OfStrategy):
            self._strategies.add((name, fact.strategy))
            if isinstance(fact, f.StrategyMarked) and isinstance(fact.mark, Finished):
                self._strategies.update((name, moved.strategy) for moved in fact.mark.moved)
        elif isinstance(fact, f.ConfirmationRequested):
            self._approvals.add((name, fact.confirmation.confirmation))
            self._books.add(name)  # an option's line says that a request waits
        elif isinstance(fact, f.StatementReconciled | f.LevelReleased):
            self._statements.add(name)
        elif isinstance(fact, f.ConfirmationDecided):
            self._approvals.add((name, fact.confirmation))
            self._books.add(name)
            waited = account.conditionals.rows.items()
            for one in [one for one, row in waited if fact.confirmation in row.confirmations]:
                self._waits(account, one)
        elif isinstance(fact, f.ConditionalFact):
            self._waits(account, fact.conditional)
        elif isinstance(fact, f.ReversalFact):
            self._books.add(name)
        elif isinstance(fact, OfMoney):
            if isinstance(fact, f.DaySettled):
                self._forget(account)
            self._books.add(name)
            self._strategies.update((name, strategy) for strategy in account.strategies)

    def _saw_bar(self, account: AccountState, fact: f.AccountFact) -> None:
        # Why a strategy opens nothing stands on its card.
        name = account.account
        if isinstance(fact, OfStanding):
            self._strategies.update((name, strategy) for strategy in account.strategies)
        elif isinstance(fact, f.OrderRefused) and fact.cause.strategy in account.strategies:
            self._strategies.add((name, fact.cause.strategy))

    def _waits(self, account: AccountState, conditional: ConditionalId) -> None:
        row = account.conditionals.rows[conditional]
        self._conditionals[conditional] = account.account
        if row.attached:
            self._books.add(account.account)
            # The line of the one it is beside names it as long as it may close.
            self._conditionals.update({row.other: account.account} if row.other in account.conditionals.rows else {})

    def _forget(self, account: AccountState) -> None:
        # What the state has just forgotten may still be marked or watched here, if several days came at once.
        name = account.account
        self._orders = {
            order: owner for order, owner in self._orders.items() if owner != name or order in account.orders
        }
        self._conditionals = {
            one: owner for one, owner in self._conditionals.items() if owner != name or one in account.conditionals.rows
        }
        self._approvals = {key for key in self._approvals if key[0] != name or key[1] in account.confirmations}
        self._strategies = {key for key in self._strategies if key[0] != name or key[1] in account.strategies}
        for of_approvals in (self._pending, self._approval_cards):
            for key in [key for key in of_approvals if key[0] == name and key[1] not in account.confirmations]:
                del of_approvals[key]
        for of_strategies in (self._watched, self._phase_ends, self._strategy_cards):
            for one in [one for one in of_strategies if one[0] == name and one[1] not in account.strategies]:
                del of_strategies[one]

    def _saw_order(self, account: AccountState, fact: OfOrder) -> None:
        row = account.orders[fact.order]
        self._orders[row.order] = account.account
        if not isinstance(fact, f.OrderSent | f.CancelWanted | f.CancelRecorded | f.CancelRefused):
            self._books.add(account.account)
        waited_for = ConditionalId(row.cause.tag.removeprefix(TAG))
        if row.ended and waited_for in account.conditionals.rows:  # its line tells how it ended
            self._waits(account, waited_for)
        if row.ended and row.confirmation is not None:  # its card tells how it ended
            self._approvals.add((account.account, row.confirmation))
        if row.cause.strategy is not None and row.cause.strategy in account.strategies:
            self._strategies.add((account.account, row.cause.strategy))
        if isinstance(fact, f.OrderFilled):
            self._mailbox.post_trade(trade_line(account, account.trades[-1]))
            # Whoever fills it: a close by hand leaves a strategy that holds the contract with less than it believes.
            self._strategies.update(
                strategy
                for strategy, watched in self._watched.items()
                if strategy[0] == account.account and fact.instrument in watched
            )

    # --- quotes ------------------------------------------------------------------------------------------------

    def quotes(self, changed: Mapping[InstrumentId, Quote], at: int, trading_day: int) -> None:
        """Take the latest quotes and the market clock they came with."""
        present = self._present
        present.quotes.update(changed)
        if present.move(at, trading_day):
            self._books.update(present.state.accounts)
        self._accounts.update(account for account, lapse in self._lapses.items() if at >= lapse)
        names = changed.keys()
        for account, held in self._held.items():
            if not held.isdisjoint(names):
                self._books.add(account)
                self._approvals.update(key for key in self._pending if key[0] == account)
        self._otc.update(one for one, names_of in self._references.items() if not names_of.isdisjoint(names))
        for strategy, watched in self._watched.items():
            if at >= self._phase_ends[strategy] or not watched.isdisjoint(names):
                self._strategies.add(strategy)
        for confirmation, concerned in self._pending.items():
            if not concerned.isdisjoint(names):
                self._approvals.add(confirmation)

    # --- posting -----------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Post what has changed since the last flush."""
        accounts, mailbox = self._present.state.accounts, self._mailbox
        listed = {listed_as(accounts[name], order): name for order, name in self._orders.items()}
        rows = [accounts[name].orders[order] for order, name in listed.items()]
        for row in sorted(rows, key=lambda row: (row.recorded_at, row.order)):  # as they stand in the list
            mailbox.post_order(order_line(self._present, row))
        self._orders.clear()
        for one, name in self._conditionals.items():
            mailbox.post_conditional(
                conditional_line(self._present, accounts[name], accounts[name].conditionals.rows[one])
            )
        self._conditionals.clear()
        for name in self._books:
            self._post_book(accounts[name])
        self._books.clear()
        for name, strategy in self._strategies:
            self._post_strategy(accounts[name], strategy)
        self._strategies.clear()
        for name, confirmation in self._approvals:
            self._post_approval(accounts[name], confirmation)
        self._approvals.clear()
        for name in self._statements:
            mailbox.post_statements(name, statement_lines(accounts[name]))
        self._statements.clear()
        for name in self._otc:
            self._references[name] = frozenset(row.terms.reference for row in accounts[name].otc.rows.values())
            mailbox.post_otc(name, otc_lines(self._present, accounts[name]))
        self._otc.clear()
        self._batches.flush()
        if self._accounts or self._all_alerts is None:
            self._post_accounts()

    def _post_book(self, account: AccountState) -> None:
        names, listed = {name for name, _ in account.book.positions()}, self._present.state.tenant.instruments
        options = (listed[name].option for name in names)
        self._held[account.account] = frozenset(names | {one.underlying for one in options if one is not None})
        self._mailbox.post_book(self._books_of.book(account, self._present.at))

    def _post_strategy(self, account: AccountState, strategy: StrategyId) -> None:
        row = account.strategies[strategy]
        key = (account.account, strategy)
        kind = strategy_of(row.settings)
        self._watched[key] = frozenset((*kind.instruments(row.settings), *row.lots))
        self._phase_ends[key] = phase_ends(self._present, row)
        _post(self._strategy_cards, key, strategy_card(self._present, account, row), self._mailbox.post_strategy)

    def _post_approval(self, account: AccountState, confirmation: ConfirmationId) -> None:
        row = account.confirmations[confirmation]
        key = (account.account, confirmation)
        if row.state is ConfirmationState.PENDING:
            self._pending[key] = priced_by(account, self._cards.stored(row))
        else:
            self._pending.pop(key, None)
        card = self._cards.card(self._present, account, row)
        _post(self._approval_cards, key, card, self._mailbox.post_approval)

    def _post_accounts(self) -> None:
        accounts = self._present.state.accounts
        for name in self._accounts:
            account = accounts[name]
            _post(self._account_lines, name, account_line(self._present, account), self._mailbox.post_account)
            self._alerts[name] = alert_lines(self._present, account)
            self._note_lapse(account)
        self._accounts.clear()
        alerts = worst_first(line for lines in self._alerts.values() for line in lines)
        if alerts != self._all_alerts:
            self._all_alerts = alerts
            self._mailbox.post_alerts(alerts)

    def _note_lapse(self, account: AccountState) -> None:
        lapse = next_lapse(account, self._present.at)
        if lapse is None:
            self._lapses.pop(account.account, None)
        else:
            self._lapses[account.account] = lapse


def _book_maker(present: Present) -> BookMaker:
    return BookMaker(
        marks=present.mark,
        quotes=present.quotes.get,
        days_to_expiry=present.days_to_expiry,
        instruments=present.state.tenant.instruments,
    )


def _post(shown: dict[Key, Line], key: Key, line: Line, post: Callable[[Line], None]) -> None:
    if shown.get(key) != line:
        shown[key] = line
        post(line)
