"""Put exchange, store and market together and hand out inputs in lock-step.

The market clock stands still until somebody asks for the next input with nothing left to hand out. Everything handed
out is durable first: changes are written when the first report that follows from them is about to leave, so a burst
of orders costs one commit. Passing batches that change nothing writes nothing but now and then the cursor; a killed
exchange passes them again.

A login names the first batch it has not finished with (`from_batch`). If the exchange, killed and restarted, is not
that far, it passes the batches between by itself: the same market on the same books gives the same fills. If it is
further, the batches between are history: handed out again with the reports that followed them, never matched again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice

from terminal.domain.days.calendar import Calendar
from terminal.domain.errors import UserError
from terminal.domain.ids import AccountId, InstrumentId
from terminal.domain.market import Batch, DayFacts
from terminal.domain.orders.stop import StopTable
from terminal.domain.products.instrument import Instrument
from terminal.domain.quiet import Quiet, Span
from terminal.domain.reports import LinkUp, QueryAnswer, Report
from terminal.engine.ports import MarketSource, WireCancel, WireExercise, WireOrder, WireWithdrawal
from terminal.gateways.sim.accounts.ledger import Told
from terminal.gateways.sim.combinations.desk import Finder
from terminal.gateways.sim.display import Terms
from terminal.gateways.sim.exchange import Exchange
from terminal.gateways.sim.matching.queue_model import DEFAULT_QUEUE, QueueModel
from terminal.gateways.sim.passed import Passed
from terminal.gateways.sim.store.memory import Store

CURSOR_EVERY = 1000  # batches; a few milliseconds of passing them again


class Host:
    """Run one exchange for one client at a time; not for more than one thread."""

    def __init__(
        self,
        *,
        store: Store,
        market: MarketSource,
        instruments: Mapping[InstrumentId, Instrument] | Terms,
        calendar: Calendar,
        day_facts: Iterable[DayFacts] = (),
        identity: str = "",
        queue: QueueModel = DEFAULT_QUEUE,
        funds: Mapping[AccountId, Decimal] | None = None,
        combinations: Finder | None = None,
        stops: StopTable | None = None,
    ) -> None:
        # `combinations` finds what is traded as one order of two legs; without it nothing is.
        # `stops` says which stop orders are taken; without it none are.
        # `funds` is what came into each account altogether, in yuan; without it no money is reckoned.
        # `identity` tells markets of one name and universe apart, such as two seeds of the sample market.
        self._store = store
        self._market = market
        self._exchange = Exchange(
            universe=market.universe,
            instruments=instruments,
            calendar=calendar,
            queue=queue,
            funds=funds,
            combinations=combinations,
            stops=stops,
        )
        self._exchange.say(day_facts)
        self._batches: Iterator[Batch] = iter(())
        self._greeting: Iterator[Batch | Report] = iter(())
        self._due: deque[Batch | Report] = deque()
        self._caught_up = False  # the greeting has been handed out
        self._told = 0  # private reports of this session, those of the greeting included
        self._answered: dict[AccountId, tuple[int, int]] = {}  # trading day and reports told, at the latest answer
        self._unsaved = 0  # batches passed since the last commit
        self.history_until = 0
        self.standing: Batch | None = None
        self.identity = identity or market.name
        store.claim(self.identity, market.universe, queue)
        self._load()

    @property
    def market(self) -> str:
        """Return the market's name."""
        return self._market.name

    @property
    def universe(self) -> tuple[InstrumentId, ...]:
        """Return the instrument of each slot."""
        return self._market.universe

    def _load(self) -> None:
        saved = self._store.load()
        if saved is None:
            first = next(self._market.batches(), None)
            if first is None:
                raise UserError(f"行情 {self._market.name} 里没有一笔报价，请换一份行情。")
            self._exchange.begin(first.at)
            return
        clock = saved.clock
        batches = self._market.batches(clock.day_batch)
        self._exchange.restore(saved, islice(batches, clock.next_batch - clock.day_batch))

    # --- the client's side ------------------------------------------------------------------------------------------

    def log_in(self, from_batch: int) -> None:
        """Begin a session for a client that has durably finished with all batches before `from_batch`."""
        clock = self._exchange.clock
        if from_batch > clock.next_batch:
            for batch in islice(self._market.batches(clock.next_batch), from_batch - clock.next_batch):
                self._pass(batch)
        if not 0 <= from_batch <= clock.next_batch:
            raise UserError(
                f"行情 {self.market} 到第 {clock.next_batch} 批为止，却被要求从第 {from_batch} 批继续，"
                "两边用的不是同一份行情。"
            )
        self.save()
        self.history_until = clock.next_batch
        self.standing = self._exchange.standing()
        link_up = LinkUp(session=str(self._store.next_session()), trading_day=clock.trading_day)
        # Reports that follow a batch the client has finished with may still have been lost on the way.
        told = self._store.told(since_batch=from_batch - 1, trading_day=clock.trading_day)
        self._told = len(told)
        self._due.clear()
        self._caught_up = False
        self._batches = self._market.batches(from_batch)
        self._greeting = _greet(link_up, islice(self._batches, self.history_until - from_batch), told, from_batch)

    def place(self, order: WireOrder) -> None:
        """Take an order; the reports are handed out later."""
        self._tell(self._exchange.place(order))

    def cancel(self, cancel: WireCancel) -> None:
        """Take a cancel; the reports are handed out later."""
        self._tell(self._exchange.cancel(cancel))

    def exercise(self, request: WireExercise | WireWithdrawal) -> None:
        """Take a request about an option, or its withdrawal; the report is handed out later."""
        self._tell(self._exchange.exercise(request))

    def query(self, account: AccountId, query: int) -> None:
        """Answer everything about an account as of now, after everything told before."""
        self._answered[account] = self._exchange.clock.trading_day, self._told
        orders, trades, positions = self._exchange.answer(account)
        self._due.append(
            QueryAnswer(
                account=account,
                query=query,
                trading_day=self._exchange.clock.trading_day,
                orders=orders,
                trades=trades,
                positions=positions,
                reports_before=self._told,
                exercises=self._exchange.exercises(account),
                combinations=self._exchange.combined.of(account),
            )
        )

    def answers_the_same(self, account: AccountId) -> bool:
        """Return whether a question would be answered like the latest: nothing changes untold but with the day."""
        return self._answered.get(account) == (self._exchange.clock.trading_day, self._told)

    def next(self) -> Batch | Report | None:
        """Return the next input, passing the next batch when nothing else is left; `None` when the market ended."""
        item = next(self._greeting, None)
        if item is not None:
            return item
        self._caught_up = True
        if not self._due:
            self._advance()
        if not self._due:
            self.save()
            return None
        item = self._due.popleft()
        if not isinstance(item, Batch) and self._exchange.has_changes:
            self.save()
        return item

    @property
    def busy(self) -> bool:
        """Return whether anything is to be handed out before the next batch is passed."""
        return bool(self._due) or not self._caught_up

    def quiet(self) -> Quiet | None:
        """Return which batches change nothing, `None` for none, or while anything is still to be handed out."""
        return None if self.busy else self._exchange.sleeper.quiet()

    def pass_over(self, span: Span) -> None:
        """Pass batches that change nothing all at once, without handing them out."""
        clock = self._exchange.clock
        clock.next_batch, clock.at = span.last + 1, span.at
        self._exchange.sleeper.pass_over(span)
        self._batches = self._market.batches(span.last + 1)
        self._unsaved += span.batches
        if self._unsaved >= CURSOR_EVERY:
            self.save()

    def take(self, most: int) -> list[Batch | Report | None]:
        """Return everything that is due, of a greeting at most `most` inputs; `[None]` when the market ended."""
        items: list[Batch | Report | None] = list(islice(self._greeting, most))
        if not items:
            items.append(self.next())
            while self._due:
                items.append(self.next())
        return items

    def save(self) -> None:
        """Write down what is not yet written; a failure is a `UserError` and the process must end."""
        if self._unsaved or self._exchange.has_changes:
            self._store.save(self._exchange.take_changes(), self._exchange.clock)
            self._unsaved = 0

    def close(self) -> None:
        """Let go of the store; what is not saved is passed again next time."""
        self._store.close()

    def _advance(self) -> None:
        batch = next(self._batches, None)
        if batch is None:
            return
        passed = self._pass(batch)
        self._tell(passed.before)
        self._due.append(batch)
        self._tell(passed.after)

    def _pass(self, batch: Batch) -> Passed:
        passed = self._exchange.advance(batch)
        self._unsaved += 1
        if self._unsaved >= CURSOR_EVERY:
            self.save()
        return passed

    def _tell(self, reports: list[Report]) -> None:
        self._due.extend(reports)
        self._told += len(reports)


def _greet(link_up: LinkUp, history: Iterator[Batch], told: list[Told], from_batch: int) -> Iterator[Batch | Report]:
    # What a login hears before anything live: each batch of the history is followed by the reports that followed it.
    reports = deque(told)
    yield link_up
    while reports and reports[0].after < from_batch:
        yield reports.popleft().report
    for batch in history:
        yield batch
        while reports and reports[0].after <= batch.index:
            yield reports.popleft().report
