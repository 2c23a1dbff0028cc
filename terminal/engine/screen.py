"""Hold what a screen is told: frozen lines and cards, made where the state is folded and shown where Qt lives.

Every line is a picture of rows of `State` (and of the latest quotes where it says so), never a second book. Text for
people is Chinese and ready to be shown; numbers are exact. Stamps are UTC ns of the market clock unless said otherwise.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

import msgspec

from terminal.domain.commands import Acknowledgement, CommandBody
from terminal.domain.fact.control import Rest, StrategyStatus
from terminal.domain.fact.facts import Role
from terminal.domain.ids import (
    AccountId,
    CommandId,
    ConfirmationId,
    DeviceId,
    InstrumentId,
    OrderId,
    PersonId,
    StrategyId,
    TradeId,
)
from terminal.domain.orders.confirmation import ConfirmationState
from terminal.domain.orders.order import HedgeFlag, Offset, OrderState, OrderTerms, Side
from terminal.domain.parameters.strategy import StrategySettings
from terminal.domain.stock import StockReading
from terminal.domain.words.risk import Finding, Level, Scope, Verdict
from terminal.engine.batch.line import AccountPreview
from terminal.engine.strategy.spot_line import SpotLine

DECIDED_LISTED: Final = 50  # the latest confirmations that were decided; the rest is in the journal


class LinkState(StrEnum):
    """Name how the desk stands to its runner."""

    CONNECTING = "CONNECTING"  # never reached yet
    CATCHING_UP = "CATCHING_UP"  # connected, older facts are still arriving
    LIVE = "LIVE"
    OFFLINE = "OFFLINE"  # no frame for 3 s, or cut: the last state stands, nothing can be ordered
    REFUSED = "REFUSED"  # the runner said no, or cannot be understood; `sentence` says what to do
    ENDED = "ENDED"  # nobody connects any more: this program must be opened again


class LinkLine(msgspec.Struct, frozen=True, kw_only=True):
    """Say how the desk stands to its runner, and who sits at it.

    `offline_s` is seconds since the last frame shown, host clock. `may_order` is the one answer to "can an order be
    entered now"; `is_heard` says of a desk that may not go on that what only lowers risk is sent all the same.
    """

    state: LinkState
    sentence: str  # ready for the status bar or the ribbon
    runner: str  # "本机运行器" or the address
    person: PersonId
    person_name: str
    device: DeviceId
    roles: dict[AccountId, tuple[Role, ...]] = {}
    latency_ms: float | None = None
    offline_s: int = 0
    may_order: bool = False
    is_heard: bool = False
    short: str = ""  # for the status bar, where the name of the state would not be true
    strategies: str = ""  # while offline: what is known of the strategies there
    may_start: bool = False  # the runner is this machine's own, and is down: a person may have it started again
    others: int | None = None  # desks connected to the runner besides this one; `None`: it does not say

    @property
    def is_old(self) -> bool:
        """Return whether what was last told stands and grows old, until everything has come again."""
        return self.state is not LinkState.LIVE

    @property
    def is_behind(self) -> bool:
        """Return whether older facts still arrive: what is shown is of a time long past, and the runner is heard."""
        return self.state is LinkState.CATCHING_UP

    @property
    def lowers_risk(self) -> bool:
        """Return whether what only lowers risk is sent: it asks nothing of what this desk knows."""
        return self.state in {LinkState.LIVE, LinkState.CATCHING_UP} or self.is_heard


class ReleaseAsk(msgspec.Struct, frozen=True, kw_only=True):
    """Say who was the first of two to ask for a release, and of what."""

    scope: Scope
    person: PersonId
    name: str
    lapsed: bool = False  # nobody confirmed it in time: it no longer counts, and both ask anew


class ReleaseBar(msgspec.Struct, frozen=True, kw_only=True):
    """Say who may take no part in a release, by name, and why this person could not release now; empty where they can.

    It is said beforehand, from the facts; a cause that is still present is found when the release is asked for.
    """

    scope: Scope
    names: tuple[str, ...] = ()
    why_not: str = ""


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """Say how one account stands: its holder, its barrier, its worst level and its kill switches."""

    account: AccountId
    name: str
    trading_day: int
    usual_flag: HedgeFlag = HedgeFlag.SPECULATION  # how most of its orders are marked
    linked: bool  # the runner's link to the exchange
    opening_allowed: bool
    why_closed: str  # "" or why opening is not allowed, and what to do
    level: Level
    killed: tuple[Scope, ...] = ()
    reds: tuple[Scope, ...] = ()  # what stands at level red, and needs two persons as a kill switch does
    release_asks: tuple[ReleaseAsk, ...] = ()
    release_bars: tuple[ReleaseBar, ...] = ()
    holder: PersonId | None = None
    holder_name: str = ""
    holder_device: DeviceId | None = None
    unreconciled: str = ""  # which day's statement holds the account in close-only, and by how many differences
    hedge_groups: tuple[str, ...] = ()  # of its limits
    parked_by_others: int = 0  # what others have waiting for a second person: this person's taking over voids it


class LegLine(NamedTuple):
    """Show what an order on a combination has come to in one of its legs."""

    instrument: InstrumentId
    side: Side
    filled: int


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show one own order (委托); one on a combination is one line, under its first leg's id."""

    order: OrderId
    terms: OrderTerms
    state: OrderState
    filled: int
    recorded_at: int
    trading_day: int
    source: str  # "网格-螺纹" or a person's name
    sys_id: str = ""
    cancel_asked: bool = False
    note: str = ""  # why it is UNKNOWN, was rejected, refused, cancelled
    told: str = ""  # to whoever ordered it by hand, and to nobody else: that it came to nothing, in one sentence
    legs: tuple[LegLine, ...] = ()  # of one on a combination, the first leg first; `filled` is what both have


class TradeLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show one fill (成交)."""

    account: AccountId
    order: OrderId
    trade: TradeId
    instrument: InstrumentId
    side: Side
    offset: Offset
    lots: int
    price: Decimal
    fee: Decimal
    at: int
    trading_day: int
    source: str


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """Say one fact in a sentence, for the event list (事件). `number` grows, without gaps within one session."""

    number: int
    at: int
    account: AccountId | None
    source: str  # 风控, 策略 网格-螺纹, 系统, a person's name
    instrument: InstrumentId | None
    sentence: str
    level: Level = Level.NORMAL
    is_alarm: bool = False  # something measured or noticed, not what somebody asked for


class StrategyCard(msgspec.Struct, frozen=True, kw_only=True):
    """Show one strategy (策略): its settings, what it does, and its state in a sentence."""

    strategy: StrategyId
    account: AccountId
    settings: StrategySettings
    version: int
    status: StrategyStatus
    then: Rest | None
    sentence: str  # "多网格 12 条线，持 8 手，下一买点 3198，挂单 4 笔"
    lots: dict[InstrumentId, int]
    handed_back: bool = False  # it has ended, and the account has lots that it opened
    passed_on: tuple[StrategyId, ...] = ()  # whom an ended roll has bound anew: what of its lots is theirs is theirs
    warning: str = ""  # "账户实有少于策略所记：rb2505 多 14 手（记 16 手）；…" with what to do
    progress: Decimal | None = None  # 0..1 of a roll
    working: int = 0  # live orders
    fees_today: Decimal = Decimal(0)
    profit_today: Decimal | None = None  # yuan, at the latest quotes, fees taken off
    place: int = 0  # in the order the account's strategies were started: the same at every desk
    spot: SpotLine | None = None  # of a spread against spot whose people have something to do, or have done
    proposal: tuple[int, str] = (0, "")  # of a target that waits for a person's word: number (0: none) and words


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one row of a before → after table: ready text, and whether the change is for the worse."""

    name: str
    before: str
    after: str
    worse: bool = False


class ApprovalCard(msgspec.Struct, frozen=True, kw_only=True):
    """Show one confirmation (复核): what the checker decides on, and its consequence."""

    confirmation: ConfirmationId
    account: AccountId
    order_hash: str
    state: ConfirmationState
    maker: PersonId
    maker_name: str
    title: str  # "买开 rb2601 490 手 @3215" or "启动网格 …" or "放宽限额"
    why: str  # which rule, value, limit
    requested_at: int
    expires_at: int
    terms: OrderTerms | None = None
    reference_price: Decimal | None = None  # of the stored object, whatever became of it
    price: Decimal | None = None  # live, while it waits
    decided_price: Decimal | None = None  # when it was approved, rejected or lapsed, as far as a fact told it
    drift_ticks: int | None = None  # of `price`, or of `decided_price`, from `reference_price`
    allowed_drift_ticks: int | None = None
    figures: tuple[Figure, ...] = ()
    reason: str = ""  # why its maker asks, in the maker's words
    details: tuple[str, ...] = ()  # settings or limits of a parent, worst case at the price limit
    void_now: str = ""  # why an approval would come to nothing at this moment; of a drift `drift_ticks` says it
    last_orders: tuple[str, ...] = ()  # the maker's latest five, in words
    checker: PersonId | None = None
    checker_name: str = ""
    outcome: str = ""  # after a decision: what became of it
    ended: OrderState | None = None  # how the order it let out has ended, if it has
    told: str = ""  # to its maker, and to nobody else: what became of it, in one sentence
    is_whole: bool = True  # the hash to be signed is that of what is shown
    may_decide: bool = False  # this person is another one than the maker and has the role


class AlertLine(msgspec.Struct, frozen=True, kw_only=True):
    """Show one thing the risk bar must say: a level that stands, a raised alert, a kill switch, a barrier.

    `key` is stable while it stands. `acknowledge` is what this person may send to say that it was seen (确认); a raised
    alert ends by it, a level stands on and `seen` says by whom. Nobody having seen it, an orange or red one escalates.
    """

    key: str
    account: AccountId
    level: Level
    since: int
    sentence: str  # what happened, to which contract
    advice: str  # what to do now
    instrument: InstrumentId | None = None
    is_alarm: bool = False  # something measured or noticed, not what a person or a link did
    acknowledge: Acknowledgement | None = None
    escalates_at: int | None = None  # `None`: somebody has seen it, or nobody has to
    seen: str = ""  # "张敏 已看 14:05"
    of_statement: bool = False  # its rows can be looked at

    @property
    def rank(self) -> tuple[int, bool, int, str]:
        """Return its place among others: the worst first, then what waits to be seen, then the oldest."""
        return (-self.level, self.escalates_at is None, self.since, self.key)

    def is_escalated(self, at: int) -> bool:
        """Return whether it has waited too long to be seen; `at` is the market clock."""
        return self.escalates_at is not None and at >= self.escalates_at


class ResultLine(msgspec.Struct, frozen=True, kw_only=True):
    """Say what became of a command this desk sent. `code` is CONFLICT, EXPIRED, NO_ROLE, …; UNANSWERED while unsure.

    `confirmation` is what a wish waits under for a second person (CONFIRM2); `None` where no fact told it.
    """

    command: CommandId
    body: CommandBody
    ok: bool
    code: str
    sentence: str
    confirmation: ConfirmationId | None = None


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one order a wish would become, with its money."""

    terms: OrderTerms
    fee: Decimal | None
    margin: Decimal | None  # of an opening order


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Say what a command would do if it were sent now; nothing is recorded. `request` repeats the question's number."""

    request: int
    verdict: Verdict
    sentence: str  # one line: what happens, what it costs, may I
    children: tuple[Child, ...] = ()  # of an order: today's and yesterday's parts
    findings: tuple[Finding, ...] = ()
    value: Decimal | None = None
    margin: Decimal | None = None
    fee: Decimal | None = None
    details: tuple[str, ...] = ()  # of a strategy: lines, batches, worst case, what it would do first
    accounts: tuple[AccountPreview, ...] = ()  # of an order for a group
    stands: tuple[StockReading, ...] | None = None  # of readings: what they would replace


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one person-scoped document (draft, layout): JSON text under a name; an empty body is gone."""

    name: str
    version: int
    body: str


class Hand(Protocol):
    """Let widgets ask for things. UI thread only; every answer comes through the mailbox."""

    def send(self, body: CommandBody) -> CommandId:
        """Send a command; an approval is signed on the way. Its `ResultLine` follows, also when it cannot be sent."""

    def preview(self, body: CommandBody, *, split_close: bool = False) -> int:
        """Ask what a command would do; returns the number its `Preview` will carry.

        With `split_close` an order's CLOSE means "close so many lots": the answer's children say today's and
        yesterday's parts.
        """
