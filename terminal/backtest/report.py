"""Hold what a backtest found, ready to be written: the same tape, plan and program give the same bytes.

Amounts are yuan, stamps UTC ns of the market clock, trading days numbers like 20200821. Nothing here knows how long the
run took, where its files stand, or which machine it was.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from terminal.backtest.undone import Undone
from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.order import HedgeFlag


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Name what went in, so that a report can be made again, and the ends it came to."""

    version: str  # of the program
    data_sha256: str  # of the quotes as they were read, not of the files they came in
    plan_sha256: str
    tables_sha256: str  # of calendar and reference tables: they decide fees, margins and sessions
    seed: int
    state_hash: str
    journal_head: str


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was played."""

    name: str
    first: int  # trading days
    last: int
    instruments: int
    ticks: int
    batches: int
    quarantined: dict[str, int]  # rows that were no quotes, by reason
    absent: dict[str, int]  # values that were not there, by column
    bars: bool = False  # bid and ask were reckoned from closes


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a trading day of an account in both views of profit; one equity.

    By the day (逐日盯市): `start_equity` + `moved` + `close_profit` + `position_profit` + `premium` − `commission` −
    `filed` is `equity`, and `start_equity` is what the day before ended with. By the trade (逐笔对冲): `balance` +
    `floating_profit` is `equity`. The last day of a tape may not have been settled: it is marked at the last prices.
    """

    trading_day: int
    settled: bool
    start_equity: Decimal
    moved: Decimal
    close_profit: Decimal
    position_profit: Decimal
    premium: Decimal
    commission: Decimal
    equity: Decimal
    trade_close_profit: Decimal
    floating_profit: Decimal
    balance: Decimal
    margin: Decimal
    filed: Decimal = Decimal(0)  # 申报费, paid: it is of the account and of no strategy

    @property
    def profit(self) -> Decimal:
        """Return what the day earned, fees paid."""
        return self.equity - self.start_equity - self.moved


class Point(msgspec.Struct, frozen=True, array_like=True):
    """Hold an account at one moment: equity, balance without floating profit, and the cash that came in so far."""

    at: int
    equity: Decimal
    balance: Decimal
    moved: Decimal


class Drawdown(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the deepest fall of equity from a peak in yuan, cash that moved not counted.

    `share` is what the deepest fall by share lost: that one may lie elsewhere. `None` where nobody can say, because
    money came to where nothing was left.
    """

    yuan: Decimal
    share: Decimal | None
    peak_at: int
    trough_at: int


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the closed round trips, fees paid: how many, how many of them won, and what they earned.

    `across` are those that a roll took to another month while they were open.
    """

    closed: int = 0
    won: int = 0
    profit: Decimal = Decimal(0)
    across: int = 0

    @property
    def win_rate(self) -> Decimal | None:
        """Return the share that won, `None` without any."""
        return None if not self.closed else Decimal(self.won) / self.closed


class Slippage(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what fills paid beyond the middle of bid and ask when the order was decided; negative is a gain.

    `lots` had a middle then, `unknown` lots had none and are in no sum; `ticks` is the average of `lots`.
    """

    yuan: Decimal
    lots: int
    unknown: int
    ticks: Decimal | None


class Naked(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how long legs lacked lots while they traded, and how much: 秒、手·秒、元·秒, and the most at once."""

    seconds: Decimal
    lot_seconds: Decimal
    yuan_seconds: Decimal
    most_lots: int
    most_yuan: Decimal


class Roll(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a roll cost: yuan per tonne where lots are counted in tonnes, and yuan per quotation unit.

    `slippage` is per unit beyond the middle prices when it began; `all_in` is all it paid, fees with it.
    """

    near: InstrumentId
    far: InstrumentId
    lots: int
    per_tonne: Decimal | None
    per_unit: Decimal
    slippage: Decimal | None
    fees: Decimal
    all_in: Decimal


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what all rolls that took one strategy along cost together (换月成本), yuan: `cost` is fees and slippage.

    `slippage` is beyond the middle prices when each began; `unknown_lots` had none and are in no slippage. `open_rolls`
    have not closed and opened the same lots: their fees are counted, their slippage is not.
    """

    rolls: int
    open_rolls: int
    lots: int
    unknown_lots: int
    fees: Decimal
    slippage: Decimal
    cost: Decimal


class MonthChange(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one change of a strategy's contract to another month.

    `lots` are those it held of it, signed, 0 where its contract alone changed. `apart` is far less near in yuan as the
    strategy takes it, whole ticks, `moved` by how many yuan its own prices went with it (of a spread by the leg's
    coefficient); `None` where it has none. `cost` is slippage and fees in yuan, `None` where the roll had no middle
    prices, and `per_tonne` the same of a tonne where lots are counted in tonnes. `roll` is who moved the lots.
    """

    trading_day: int
    near: InstrumentId
    far: InstrumentId
    lots: int
    apart: Decimal | None
    moved: Decimal | None
    cost: Decimal | None
    per_tonne: Decimal | None
    roll: StrategyId | None


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what an execution paid: average price, the middle when it first looked, and the market's own average.

    Prices are yuan, `vwap` of all the market traded from that look to its end. `beyond_*` are yuan for all its lots,
    fees apart: positive is worse.
    """

    instrument: InstrumentId
    wanted: int
    lots: int
    chases: int
    average: Decimal | None
    arrival: Decimal | None
    vwap: Decimal | None
    beyond_arrival: Decimal | None
    beyond_vwap: Decimal | None
    fees: Decimal


class RatioPoint(msgspec.Struct, frozen=True, array_like=True):
    """Hold a hedge ratio at one moment, and the band it was to be in; per cent of the exposure.

    `vat` is the rate, a fraction, that the exposure is net of at that moment; `None` tonne for tonne.
    """

    at: int
    ratio: Decimal
    low: Decimal
    high: Decimal
    vat: Decimal | None = None


class HedgeRatio(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the ratio of a target's hedge group over time: each value it took, as fills and bands changed it."""

    group: str
    points: tuple[RatioPoint, ...]


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was traded by one strategy or account; `refused` is by the gate's code, `rejected` the exchange's.

    `refusals` is one sentence of each code in `refused`: of a strategy its latest.

    `auto_rate` (自动化率) is `automatic` / (`orders` + `external`): orders that a strategy or a conditional order sent,
    among all of the account. `error_rate` (差错率) is the sum of `wrong` / (`orders` + the sum of `refused`): orders
    that went wrong, each counted once and under what struck it first, among all that were wanted. `None` without any.
    """

    orders: int
    states: dict[str, int]
    fills: int
    lots: int
    fees: Decimal
    refused: dict[str, int]
    rejected: dict[str, int]
    rounds: Rounds
    slippage: Slippage
    automatic: int = 0
    external: int = 0  # of the account, and not of this program (外部)
    auto_rate: Decimal | None = None
    wrong: dict[str, int] = {}  # by `Wrong`
    error_rate: Decimal | None = None
    refusals: dict[str, str] = {}


class SpotResult(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how the spot side of a spread against spot ended; tonnes are signed, + bought.

    `profit` (yuan) is of the spot people confirmed, what is still there at the last spot price, without freight, tax
    and what holding it cost; `None` where no price is known. `carry` is what holding a tonne costs from the end on to
    the last trading day of the active leg, `None` where the spread says nothing of it.
    """

    spot: InstrumentId
    done: Decimal
    undone: Decimal
    waived: Decimal
    price: Decimal | None
    profit: Decimal | None
    carry: Decimal | None
    carry_days: int | None


class StrategyReport(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what became of a strategy; `strategy` is `None` for what people ordered by hand.

    `profit` is what its fills earned, its open lots marked at the last price, fees paid. `reason` is why it is where
    its `status` says; of one that is `barred` from opening at the end, also by what (`not_opening`), as of a rule
    that saw too few prices ever to say anything (`thin_bars`).
    """

    account: AccountId
    strategy: StrategyId | None
    kind: str
    status: str
    reason: str
    barred: bool = False
    profit: Decimal
    open_lots: dict[InstrumentId, int]
    activity: Activity
    naked: Naked | None = None
    roll: Roll | None = None
    execution: Execution | None = None
    ratio: HedgeRatio | None = None
    spot: SpotResult | None = None
    carried: Carried | None = None
    changes: tuple[MonthChange, ...] = ()


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a position at the end."""

    instrument: InstrumentId
    flag: HedgeFlag
    long_today: int
    long_yesterday: int
    short_today: int
    short_yesterday: int


class AccountReport(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what became of an account, or of all of them together (`account` is empty then)."""

    account: AccountId
    name: str
    start_equity: Decimal
    moved: Decimal
    equity: Decimal
    profit: Decimal
    total_return: Decimal | None  # time-weighted (`chained`)
    sharpe: Decimal | None
    drawdown: Drawdown
    most_margin: Decimal
    days: tuple[Day, ...]
    curve: tuple[Point, ...]
    activity: Activity
    positions: tuple[Held, ...] = ()
    alerts: int = 0


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an invariant that did not hold, and when that was seen."""

    at: int
    trading_day: int
    sentence: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a whole backtest."""

    source: Source
    market: Market
    total: AccountReport
    accounts: tuple[AccountReport, ...]
    strategies: tuple[StrategyReport, ...]
    undone: tuple[Undone, ...] = ()  # of the plan, by time
    checks: int  # how often all invariants were checked
    violations: tuple[Violation, ...]


def encode(report: Report) -> bytes:
    """Return a report as JSON, its keys in one order."""
    return msgspec.json.encode(report, order="deterministic")
