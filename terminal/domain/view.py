"""Show strategies and risk rules what is known now, without letting them touch it.

`View` is the whole of their world: nothing else reaches a decision, so a decision can be replayed from the facts and
the tape.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from terminal.domain.ids import AccountId, InstrumentId, OrderId, StockId, StrategyId
from terminal.domain.orders.order import HedgeFlag, OrderState, OrderTerms, Side
from terminal.domain.own_ways import OwnWays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from terminal.domain.days.sessions import SessionAt
    from terminal.domain.days.spans import TradingSpan
    from terminal.domain.orders.intents import Intent
    from terminal.domain.products.instrument import Instrument
    from terminal.domain.stock import StockNote
    from terminal.domain.words.risk import Finding

ZERO = Decimal(0)


class Quote(NamedTuple):
    """Hold the latest quote of one instrument: prices in ticks, `None` where there is none; stamps UTC ns."""

    bid: int | None
    ask: int | None
    last: int | None
    bid_lots: int
    ask_lots: int
    volume: int | None
    open_interest: int | None
    upper_limit: int | None
    lower_limit: int | None
    pre_settlement: int | None
    exchange_at: int
    received_at: int


class OrderView(NamedTuple):
    """Hold one own order that has not ended, as strategies and rules see it."""

    order: OrderId
    terms: OrderTerms
    state: OrderState
    filled: int  # lots
    tag: str
    strategy: StrategyId | None
    recorded_at: int  # market clock, UTC ns
    cancel_asked: bool

    @property
    def remaining(self) -> int:
        """Return the lots that may still fill."""
        return self.terms.lots - self.filled


class PositionView(NamedTuple):
    """Hold lots of one account, instrument and hedge flag; `*_frozen` are lots under live or UNKNOWN closes."""

    long_today: int
    long_yesterday: int
    short_today: int
    short_yesterday: int
    long_today_frozen: int
    long_yesterday_frozen: int
    short_today_frozen: int
    short_yesterday_frozen: int

    @property
    def long(self) -> int:
        """Return all long lots."""
        return self.long_today + self.long_yesterday

    @property
    def short(self) -> int:
        """Return all short lots."""
        return self.short_today + self.short_yesterday

    @property
    def net(self) -> int:
        """Return long minus short lots."""
        return self.long - self.short

    @property
    def long_closable(self) -> int:
        """Return the long lots (可平) no live or UNKNOWN close holds."""
        return self.long - self.long_today_frozen - self.long_yesterday_frozen

    @property
    def short_closable(self) -> int:
        """Return the short lots (可平) no live or UNKNOWN close holds."""
        return self.short - self.short_today_frozen - self.short_yesterday_frozen


NO_POSITION = PositionView(0, 0, 0, 0, 0, 0, 0, 0)


class AccountView(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Hold the money of one account in yuan, marked to the latest quotes (DOMAIN 4.5).

    客户权益 counts options at what was paid for them; 市值权益 adds what they are worth (never called 权益 alone).
    """

    static_equity: Decimal  # 静态权益
    equity: Decimal  # 客户权益
    close_profit: Decimal  # 平仓盈亏（盯市）
    position_profit: Decimal  # 持仓盈亏（盯市）
    commission: Decimal  # 手续费
    margin: Decimal  # 保证金
    frozen_margin: Decimal  # 冻结保证金
    frozen_commission: Decimal
    available: Decimal  # 可用
    premium: Decimal = ZERO  # 权利金收支 of the day, positive when received
    frozen_premium: Decimal = ZERO  # 冻结权利金
    long_option_value: Decimal = ZERO  # 期权多头市值
    short_option_value: Decimal = ZERO  # 期权空头市值, positive

    @property
    def market_equity(self) -> Decimal:
        """Return 市值权益 = 客户权益 + 多头市值 − 空头市值."""
        return self.equity + self.long_option_value - self.short_option_value

    @property
    def withdrawable(self) -> Decimal:
        """Return 可取资金: what may be paid out today, never negative.

        It is 可用 less what the day earned and no settlement has made cash yet: 平仓盈亏 and 持仓盈亏, each where
        positive, and premium received on balance. Losses and premium paid count at once. Source: the usual setting of
        the counter (CTP BrokerTradingParams: AvailIncludeCloseProfit 可提不包含平仓盈利, Algorithm 浮盈不计、浮亏计);
        the exchanges, too, pay out of 实有货币资金 alone. A broker may hold more back.
        """
        earned = max(self.close_profit, ZERO) + max(self.position_profit, ZERO) + max(self.premium, ZERO)
        return max(self.available - earned, ZERO)

    @property
    def risk_degree(self) -> Decimal:
        """Return 风险度 = margin / equity; with no equity left it is 999."""
        return self.margin / self.equity if self.equity > 0 else Decimal(999) if self.margin else Decimal(0)


class TradeByTrade(NamedTuple):
    """Hold the trade-by-trade view (逐笔对冲) in yuan; `balance` + `floating_profit` is the equity.

    `option_profit` is told and counts nowhere: the premiums are in `balance` already.
    """

    close_profit: Decimal  # 平仓盈亏（逐笔）, of the day
    floating_profit: Decimal  # 浮动盈亏
    balance: Decimal  # 期末结存
    option_profit: Decimal = ZERO  # what closes of options earned against their own premium, of the day


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a watch looked at before: samples up to `until` (UTC ns, included) are of it, `shift` yuan added."""

    legs: tuple[tuple[InstrumentId, Decimal], ...]
    until: int
    shift: Decimal


class SpreadWatch(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the engine to sample one linear spread and keep a window of samples, rebuilt from the tape at start.

    `legs` are (instrument, price coefficient); a sample is taken at most every `sample_seconds` of market time from
    mid prices, only while every leg has a fresh two-sided quote. `earlier`, the oldest first, makes it continuous over
    rolls: what is quoted of a contract that was left moves by what the rolls since have traded. With `trading` a sample
    is taken only while every contract trades continuously, and from quotes of that very session.
    """

    legs: tuple[tuple[InstrumentId, Decimal], ...]
    sample_seconds: int = 10
    window: int = 360  # samples
    earlier: tuple[Earlier, ...] = ()
    trading: bool = False

    @property
    def before(self) -> SpreadWatch:
        """Return the watch as it was before the latest roll it knows of; there must be one."""
        *older, last = self.earlier
        left = tuple(replace(one, shift=one.shift - last.shift) for one in older)
        return replace(self, legs=last.legs, earlier=left)


class SpreadQuote(NamedTuple):
    """Hold the executable two-sided price of a spread in yuan: buy crosses asks of bought legs, sell crosses bids."""

    buy: Decimal
    sell: Decimal
    buy_sets: int  # sets of the lot ratio displayed for buying
    sell_sets: int


class SpreadRank(NamedTuple):
    """Place a sample of a watch among its window: value in yuan, its middle rank in thousandths (`domain.percentile`).

    `below` and `above` are the samples strictly lower and higher. `deviations` is how many standard deviations of the
    window it lies above its mean; `None` where nothing varies.
    """

    value: Decimal
    permille: int
    samples: int
    below: int
    above: int
    deviations: Decimal | None = None


class Reach(NamedTuple):
    """Hold between what a delta lies; `why` says what keeps it from being known, "" where both ends are one."""

    low: Decimal
    high: Decimal
    why: str = ""


class Cover(NamedTuple):
    """Hold a standing's tonnes weighed: of futures the tonnes of exposure that they cover net of VAT."""

    futures: Decimal
    bought: Decimal
    sold: Decimal
    per_lot: Decimal
    unsure: Decimal = Decimal(0)


class OptionPart(NamedTuple):
    """Hold what one option adds to a group: signed lots (0 of a contract 场外), delta of one, and plain tonnes.

    Where the delta is not known, delta and tonnes are the least they may be, and `most` of each the most.
    """

    name: str
    lots: int
    delta: Decimal
    tonnes: Decimal
    most_delta: Decimal
    most_tonnes: Decimal


class HedgeStanding(NamedTuple):
    """Hold how a hedge group of an account stands, in tonnes, + is long price risk.

    `futures` are those held, whoever traded them, with options by their delta (DOMAIN 4.10); control C5 counts options
    whole. `bought` and `sold`, both positive, may still come by orders and lacking legs of others than the strategy
    that asks.
    """

    exposure: Decimal  # physical plus planned
    futures: Decimal
    bought: Decimal
    sold: Decimal
    per_lot: Decimal  # of one long lot of the future asked about; zero where it is none of the group
    confirm_fraction: Decimal  # of the exposure, beyond which C5 asks for a checker
    vat: Decimal | None = None  # the rate, a fraction, whose `cover` was asked for; C5 goes by plain tonnes
    cover: Cover | None = None
    options: tuple[OptionPart, ...] = ()  # those held that count; they are in `futures`
    unknown: str = ""  # of which options held no delta is known, and why
    unsure: Decimal = Decimal(0)  # what these may add to `futures`, which are the least then
    room: Decimal | None = None  # what opening orders may add to the hedge without a checker, options whole (C5)
    drifts: bool = False  # an option counts, held or coming: the tonnes move with quotes


class View(OwnWays, Protocol):
    """Give read access to one moment. All instants are market clock, UTC ns."""

    @property
    def now(self) -> int:
        """Return the market clock."""

    @property
    def trading_day(self) -> int:
        """Return the trading day as yyyymmdd."""

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return the listed instrument; unknown ones raise."""

    def quote(self, instrument: InstrumentId) -> Quote | None:
        """Return the latest quote, or `None` before the first one."""

    def session(self, instrument: InstrumentId) -> SessionAt:
        """Return the session phase of an instrument now."""

    def trading(self, instrument: InstrumentId, since: int, until: int) -> tuple[TradingSpan, ...]:
        """Return the stretches of continuous trading of an instrument within [since, until), as far as known."""

    def days_to_expiry(self, instrument: InstrumentId) -> int | None:
        """Return trading days from today to the last trading day (0 on it), `None` where the expiry is unknown."""

    def days_until(self, day: int) -> int | None:
        """Return trading days from today to the last one up to a natural day, `None` beyond the calendar.

        0 on the day itself; negative afterwards.
        """

    def spot_since(self) -> int:
        """Return from when on (UTC ns) a spot price still holds: what was stated before has expired."""

    def listed(self, instrument: InstrumentId) -> bool:
        """Return whether this market has the instrument: the others have neither quotes nor sessions."""

    def orders(self, strategy: StrategyId) -> Sequence[OrderView]:
        """Return the strategy's orders that have not ended, oldest first."""

    def position(self, account: AccountId, instrument: InstrumentId, flag: HedgeFlag) -> PositionView:
        """Return a position; all zero where there is none."""

    def spread(self, legs: Iterable[tuple[InstrumentId, Decimal, int]]) -> SpreadQuote | None:
        """Price legs of (instrument, price coefficient, lots per set; both signed alike).

        `None` while a leg has no fresh two-sided quote.
        """

    def rank(self, watch: SpreadWatch) -> SpreadRank | None:
        """Return where the latest sample of a watched spread stands in its window, `None` before the first one."""

    def rank_now(self, watch: SpreadWatch) -> SpreadRank | None:
        """Return where a watched spread, as quoted now, stands in its window, itself counted as one sample of it.

        `None` while a leg has no fresh two-sided quote, or where nothing watches it.
        """

    def samples(self, watch: SpreadWatch) -> tuple[float, ...]:
        """Return the samples in a watch's window in yuan, the oldest first: to be compared, never to be booked."""

    def sample_due(self, watch: SpreadWatch) -> int:
        """Return when the next sample of a watch is due, UTC ns: past while none can be taken, now before the first."""

    def samples_since(self, watch: SpreadWatch) -> int:
        """Return from when on (UTC ns) a restart has read samples again that began before it, 0 where it has all."""

    def cancels(self, instrument: InstrumentId) -> int:
        """Return the cancels of an instrument today, all accounts together, as its exchange counts them (C12)."""

    def opening_allowed(
        self, account: AccountId, strategy: StrategyId | None, instrument: InstrumentId | None = None
    ) -> bool:
        """Return whether barrier, level, kill switch, statements and limits let opening orders pass; the gate decides.

        With an instrument, its own level, kill switch and limit count too, and whether its terms are known.
        """

    def would_refuse(
        self, account: AccountId, strategy: StrategyId, intent: Intent, *, without: Collection[OrderId] = ()
    ) -> Finding | None:
        """Return what the gate would hold an order back for, were it wanted now; of one that winds down, a hedge alone.

        `None` where it would let it out; the pace of orders and own ones in the way are not asked about (C8, C9, C14).
        `without` names orders of the strategy that are withdrawn before.
        """

    def slice_refused(
        self,
        account: AccountId,
        strategy: StrategyId,
        lead: Intent | Collection[OrderId],
        hedges: Sequence[Intent],
    ) -> tuple[InstrumentId, Finding] | None:
        """Return which of the orders the gate would refuse, each as if those before it had filled, and for what.

        Of a `lead` that works already, its orders, nothing is asked but what would be if they had filled.
        `None` where none, or where the limits are those the strategy was started under: then all were judged before.
        """

    def hedge(
        self,
        account: AccountId,
        group: str,
        instrument: InstrumentId,
        strategy: StrategyId,
        vat: Decimal | None = None,
    ) -> HedgeStanding | None:
        """Return how a hedge group stands, as a strategy sees it that trades one contract; `None` without the group.

        With a VAT rate (a fraction) also what its futures cover net of VAT.
        """

    def stocks(self, series: StockId) -> Sequence[StockNote]:
        """Return what is known of a series of stocks (库存) from the days before the trading day, the latest last."""

    def free_lots(self, account: AccountId, instrument: InstrumentId, flag: HedgeFlag, side: Side) -> int:
        """Return the lots an order of a side may close that no strategy records as its own."""
