"""Carry what the link thread knows over to the screen, thirty times a second and never late.

Two threads meet here and nowhere else. The link thread posts, the UI thread drains every 33 ms; everything handed over
is frozen. No lane can grow without end, and each says what happens at its limit:

- *latest wins*: quotes per instrument, books, lines and cards under their keys, the market, its clock, the link, the
  trouble. A newer value takes the place of the older one; a screen that was busy sees the present, not the past. A book
  is one value, so money and positions of an account belong together, and an older book never follows a newer one.
- *in order*: samples of the basis, for a chart wants each of them, trades, events, results and absences. At `SAMPLES`
  the oldest is dropped: the curve gets a gap, the present stays right.

No frame takes long: a drain hands out at most `SAMPLES_PER_DRAIN` samples and `LINES_PER_DRAIN` lines of each list, the
oldest first, and the rest with the drains that follow.

There is no lock. Three rules make it needless, with CPython's global lock or without:

- A lane is one dict or deque, and each step on it (set an item, list the keys, pop one, append, pop left) is atomic.
- Only the UI thread takes out of a lane, and no lane is ever cleared: what a drain has counted stays there until it is
  taken. (A full deque drops its oldest as it takes in the newest, and gets no shorter.)
- The lanes that a new fold voids hang together in one object. The link thread fills a new one and then puts it in the
  place of the old one, which is one step; a drain looks once which one stands there, and takes from that one only. So
  the drain that tells of a new fold is the first with anything of it, and the first with nothing of the one before.

What is not nice: two lanes posted one after the other may be seen in two drains, 33 ms apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar

import msgspec

from terminal.domain.days.calendar import Calendar
from terminal.domain.ids import (
    AccountId,
    BatchId,
    ConditionalId,
    ConfirmationId,
    DeviceId,
    InstrumentId,
    OrderId,
    PersonId,
    ProductId,
    StrategyId,
)
from terminal.domain.products.instrument import Instrument
from terminal.domain.view import Quote
from terminal.engine.batch.line import BatchLine, GroupLine
from terminal.engine.book.lines import Book
from terminal.engine.conditional.line import ConditionalLine
from terminal.engine.otc.line import OtcLine
from terminal.engine.prices.basis import Basis
from terminal.engine.prices.history import BasisHistory
from terminal.engine.screen import (
    AccountLine,
    AlertLine,
    ApprovalCard,
    Document,
    EventLine,
    LinkLine,
    LinkState,
    OrderLine,
    Preview,
    ResultLine,
    StrategyCard,
    TradeLine,
)
from terminal.engine.statement.line import StatementLine
from terminal.engine.unread import Missed, Unread

SAMPLES: Final = 50_000
SAMPLES_PER_DRAIN: Final = 2_000
LINES_PER_DRAIN: Final = 500  # rows of a list, which cost more than points of a curve

# How a desk stands whose link ended before it could say anything.
UNTOLD: Final = LinkLine(
    state=LinkState.ENDED,
    sentence="",
    runner="运行器",
    person=PersonId(""),
    person_name="未登录",
    device=DeviceId(""),
)

Key = TypeVar("Key")
Value = TypeVar("Value")


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """Name the market as the title bar does (样例行情, 回放 2020-08-21, 实盘) and list its instruments in order.

    The calendar says when they trade; it is only read, by both threads.
    """

    name: str
    instruments: tuple[Instrument, ...]
    calendar: Calendar


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the market clock (UTC ns), its trading day, and the quotes received since the start."""

    at: int
    trading_day: int
    updates: int


class Drained(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what came since the last drain; empty or `None` where nothing did.

    `restarted` says that the desk folded anew (a snapshot came): lists of orders, trades and cards begin again. With it
    come all books, accounts, strategies and approvals there are; orders, trades and events may follow in portions.
    """

    market: Market | None = None
    quotes: dict[InstrumentId, Quote] = {}
    books: dict[AccountId, Book] = {}
    basis: tuple[Basis, ...] = ()
    clock: Clock | None = None
    restarted: bool = False
    link: LinkLine | None = None
    accounts: dict[AccountId, AccountLine] = {}
    orders: dict[OrderId, OrderLine] = {}
    conditionals: dict[ConditionalId, ConditionalLine] = {}
    groups: dict[str, GroupLine] = {}
    batches: dict[BatchId, BatchLine] = {}
    trades: tuple[TradeLine, ...] = ()
    events: tuple[EventLine, ...] = ()
    strategies: dict[StrategyId, StrategyCard] = {}
    approvals: dict[ConfirmationId, ApprovalCard] = {}
    statements: dict[AccountId, tuple[StatementLine, ...]] = {}  # of an account all there are, the latest day first
    otc: dict[AccountId, tuple[OtcLine, ...]] = {}  # likewise, the one that expires first at the top
    alerts: tuple[AlertLine, ...] | None = None  # all that stand now, worst first; `None`: unchanged
    results: tuple[ResultLine, ...] = ()
    previews: dict[int, Preview] = {}
    documents: dict[str, Document] = {}
    history: dict[ProductId, BasisHistory] = {}
    trouble: str | None = None  # a sentence: why nothing comes any more
    missed: tuple[Missed, ...] = ()  # of every absence since, oldest first
    notices: tuple[str, ...] = ()  # sentences about this desk itself, which goes on
    unread: Unread | None = None  # when this desk was last closed
    taken: tuple[AccountId, ...] = ()  # accounts that may not be seen any more


class Mailbox(Protocol):
    """Give widgets all they may know of the world."""

    def drain(self) -> Drained:
        """Return what came since the last call. UI thread only."""


class _Fold:
    # The lanes that a new fold voids. The market's and the link's go on, and the alerts come all at once each time.

    def __init__(self) -> None:
        self.books: dict[AccountId, Book] = {}
        self.accounts: dict[AccountId, AccountLine] = {}
        self.orders: dict[OrderId, OrderLine] = {}
        self.conditionals: dict[ConditionalId, ConditionalLine] = {}
        self.groups: dict[str, GroupLine] = {}
        self.batches: dict[BatchId, BatchLine] = {}
        self.strategies: dict[StrategyId, StrategyCard] = {}
        self.approvals: dict[ConfirmationId, ApprovalCard] = {}
        self.statements: dict[AccountId, tuple[StatementLine, ...]] = {}
        self.otc: dict[AccountId, tuple[OtcLine, ...]] = {}
        self.trades: deque[TradeLine] = deque(maxlen=SAMPLES)
        self.events: deque[EventLine] = deque(maxlen=SAMPLES)


class LatestMailbox:
    """Keep what was posted until it is drained. `post_*` belongs to the link thread, `drain` to the UI thread."""

    def __init__(self) -> None:
        self._fold = self._posted = self._drained = _Fold()  # to be drained, posted to, drained last
        self._quotes: dict[InstrumentId, Quote] = {}
        self._previews: dict[int, Preview] = {}
        self._documents: dict[str, Document] = {}
        self._history: dict[ProductId, BasisHistory] = {}
        self._basis: deque[Basis] = deque(maxlen=SAMPLES)
        self._results: deque[ResultLine] = deque(maxlen=SAMPLES)
        # A lane for one value: appending to a full deque of one drops the older value in the same step.
        self._market: deque[Market] = deque(maxlen=1)
        self._clock: deque[Clock] = deque(maxlen=1)
        self._link: deque[LinkLine] = deque(maxlen=1)
        self._alerts: deque[tuple[AlertLine, ...]] = deque(maxlen=1)
        self._trouble: deque[str] = deque(maxlen=1)
        self._missed: deque[Missed] = deque(maxlen=SAMPLES)
        self._notices: deque[str] = deque(maxlen=SAMPLES)
        self._unread: deque[Unread] = deque(maxlen=1)
        self._taken: deque[AccountId] = deque()
        self._stands: LinkLine | None = None  # the latest line of the link, drained or not

    def post_market(self, market: Market) -> None:
        """Post the market and its instruments; once at the start, and again when the listing changes."""
        self._market.append(market)

    def post_quote(self, instrument: InstrumentId, quote: Quote) -> None:
        """Post the latest quote of an instrument."""
        self._quotes[instrument] = quote

    def post_book(self, book: Book) -> None:
        """Post the latest book of an account."""
        self._posted.books[book.account] = book

    def post_basis(self, sample: Basis) -> None:
        """Post one sample of a basis, in the order of its product's time."""
        self._basis.append(sample)

    def post_clock(self, clock: Clock) -> None:
        """Post the market clock."""
        self._clock.append(clock)

    @contextmanager
    def anew(self) -> Iterator[None]:
        """Begin all lists again: the screen keeps the ones before until everything inside has been posted."""
        self._posted = _Fold()
        try:
            yield
        finally:
            self._fold = self._posted

    def post_link(self, link: LinkLine) -> None:
        """Post how the desk stands to its runner."""
        self._stands = link
        self._link.append(link)

    def post_account(self, line: AccountLine) -> None:
        """Post how an account stands."""
        self._posted.accounts[line.account] = line

    def post_order(self, line: OrderLine) -> None:
        """Post the latest line of an order."""
        self._posted.orders[line.order] = line

    def post_conditional(self, line: ConditionalLine) -> None:
        """Post the latest line of a conditional order."""
        self._posted.conditionals[line.conditional] = line

    def post_group(self, line: GroupLine) -> None:
        """Post a group of accounts of the person at this desk."""
        self._posted.groups[line.name] = line

    def post_batch(self, line: BatchLine) -> None:
        """Post the latest line of an order for a group."""
        self._posted.batches[line.batch] = line

    def post_trade(self, line: TradeLine) -> None:
        """Post a fill, in the order of the journal."""
        self._posted.trades.append(line)

    def post_event(self, line: EventLine) -> None:
        """Post an event, in the order of the journal."""
        self._posted.events.append(line)

    def post_strategy(self, card: StrategyCard) -> None:
        """Post the latest card of a strategy."""
        self._posted.strategies[card.strategy] = card

    def post_approval(self, card: ApprovalCard) -> None:
        """Post the latest card of a confirmation."""
        self._posted.approvals[card.confirmation] = card

    def post_statements(self, account: AccountId, lines: tuple[StatementLine, ...]) -> None:
        """Post what is known of an account's statements."""
        self._posted.statements[account] = lines

    def post_otc(self, account: AccountId, lines: tuple[OtcLine, ...]) -> None:
        """Post the contracts of an account that no exchange lists."""
        self._posted.otc[account] = lines

    def post_alerts(self, alerts: tuple[AlertLine, ...]) -> None:
        """Post everything the risk bar has to say now."""
        self._alerts.append(alerts)

    def post_result(self, line: ResultLine) -> None:
        """Post what became of a command of this desk; from any thread, for a dead link answers nobody."""
        self._results.append(line)

    def post_preview(self, preview: Preview) -> None:
        """Post the answer to a preview."""
        self._previews[preview.request] = preview

    def post_document(self, document: Document) -> None:
        """Post a document of the person at this desk."""
        self._documents[document.name] = document

    def post_history(self, history: BasisHistory) -> None:
        """Post the older basis of a product."""
        self._history[history.product] = history

    def post_trouble(self, sentence: str) -> None:
        """Post why nothing comes any more, and what to do.

        The link ends with it: whatever it was said to be last (LIVE, perhaps) must not stay on the screen.
        """
        stands = self._stands or UNTOLD
        over = msgspec.structs.replace(stands, state=LinkState.ENDED, sentence=sentence, latency_ms=None, offline_s=0)
        self.post_link(msgspec.structs.replace(over, may_order=False, is_heard=False, strategies=""))
        self._trouble.append(sentence)

    def post_missed(self, missed: Missed) -> None:
        """Post what came while the desk was away."""
        self._missed.append(missed)

    def post_notice(self, sentence: str) -> None:
        """Post what happened to this desk itself and stops nothing, such as a file that was made anew."""
        self._notices.append(sentence)

    def post_unread(self, unread: Unread) -> None:
        """Post what was not read when this desk was last closed; before any other message."""
        self._unread.append(unread)

    def post_taken(self, accounts: Collection[AccountId]) -> None:
        """Post which accounts may not be seen any more."""
        self._taken.extend(accounts)

    def drain(self) -> Drained:
        """Return what came since the last call."""
        accounts_taken = _first(self._taken, LINES_PER_DRAIN)
        fold, before = self._fold, self._drained
        self._drained = fold
        return Drained(
            market=_last(self._market),
            quotes=_taken(self._quotes),
            books=_taken(fold.books),
            basis=_first(self._basis, SAMPLES_PER_DRAIN),
            clock=_last(self._clock),
            restarted=fold is not before,
            link=_last(self._link),
            accounts=_taken(fold.accounts),
            orders=_taken(fold.orders, LINES_PER_DRAIN),
            conditionals=_taken(fold.conditionals),
            groups=_taken(fold.groups),
            batches=_taken(fold.batches),
            trades=_first(fold.trades, LINES_PER_DRAIN),
            events=_first(fold.events, LINES_PER_DRAIN),
            strategies=_taken(fold.strategies),
            approvals=_taken(fold.approvals),
            statements=_taken(fold.statements),
            otc=_taken(fold.otc),
            alerts=_last(self._alerts),
            results=_first(self._results, LINES_PER_DRAIN),
            previews=_taken(self._previews),
            documents=_taken(self._documents),
            history=_taken(self._history),
            trouble=_last(self._trouble),
            missed=_first(self._missed, LINES_PER_DRAIN),
            notices=_first(self._notices, LINES_PER_DRAIN),
            taken=accounts_taken,
            unread=_last(self._unread),  # last: it is handed out no later than a message that was posted behind it
        )


def _last(lane: deque[Value]) -> Value | None:
    try:
        return lane.popleft()
    except IndexError:
        return None


def _first(lane: deque[Value], most: int) -> tuple[Value, ...]:
    # Nobody else takes out: as many as are there now, and a lane that fills meanwhile cannot keep this going.
    return tuple([lane.popleft() for _ in range(min(len(lane), most))])


def _taken(lane: dict[Key, Value], most: int | None = None) -> dict[Key, Value]:
    # Nobody else takes out, so each key is still there; a value that was posted meanwhile is the newer one.
    return {key: lane.pop(key) for key in list(lane)[:most]}
