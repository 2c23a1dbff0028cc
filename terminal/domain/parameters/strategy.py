"""Hold the parameters of the strategies: typed, with unit and meaning, and checked where they come in.

They live in the domain because plans, commands, facts and forms all carry them; the strategies only read them.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from terminal.domain.ids import AccountId, InstrumentId, StrategyId
from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.parameters.own import OwnSettings
from terminal.domain.parameters.quoting import SpreadQuoting
from terminal.domain.parameters.route import SpreadRoute
from terminal.domain.parameters.spot_side import SpotSide
from terminal.domain.parameters.target import TargetSettings


class DaysToExpiry(msgspec.Struct, frozen=True, kw_only=True, tag="days_to_expiry", forbid_unknown_fields=True):
    """Timing T1: met when at most `days` trading days are left to the day by which the near contract must be left.

    That is the earliest of its last trading day, a company's own `policy_day` (yyyymmdd), and, where the position may
    not go into the delivery month, the last trading day before that month.
    """

    days: int
    policy_day: int | None = None
    before_delivery_month: bool = False  # 自然人持仓不得进入交割月


class OpenInterestCrossover(
    msgspec.Struct, frozen=True, kw_only=True, tag="open_interest_crossover", forbid_unknown_fields=True
):
    """Timing T2: met when far open interest was at least `ratio` x near on `days` trading days in a row.

    What counts is the last sight of each day; today's sight counts as one. Once sighted, it is lost only below
    `ratio` less `slack`.
    """

    ratio: Decimal = Decimal(1)
    days: int = 1
    slack: Decimal = Decimal(0)


class VolumeCrossover(msgspec.Struct, frozen=True, kw_only=True, tag="volume_crossover", forbid_unknown_fields=True):
    """Timing T3: as T2, with the volume of the trading day in the place of open interest, in its last stretch only."""

    ratio: Decimal = Decimal(1)
    days: int = 1
    slack: Decimal = Decimal("0.05")


MOST_PERMILLE: Final = 1000  # of a percentile


class SpreadPercentile(msgspec.Struct, frozen=True, kw_only=True, tag="spread_percentile", forbid_unknown_fields=True):
    """Timing T4: met when far - near stands cheap for the roll.

    That is when at most `permille` thousandths of its window were cheaper: lower for a long position (it buys far),
    higher for a short one. Never where the window did not vary. Once met, it is lost only `slack` thousandths beyond.
    """

    permille: int = 200
    sample_seconds: int = 10
    window: int = 360
    at_least: int = 60  # samples before it may be met (warm-up)
    slack: int = 0


class SpreadDeviation(msgspec.Struct, frozen=True, kw_only=True, tag="spread_deviation", forbid_unknown_fields=True):
    """Timing T4 by standard deviations: met when far - near stands `deviations` below its mean for a long position.

    Above it for a short one. Once met, it is lost only `slack` nearer to the mean.
    """

    deviations: Decimal = Decimal("1.5")
    sample_seconds: int = 10
    window: int = 360
    at_least: int = 60  # samples before it may be met (warm-up)
    slack: Decimal = Decimal("0.25")


class RollYield(msgspec.Struct, frozen=True, kw_only=True, tag="roll_yield", forbid_unknown_fields=True):
    """Timing T5: met when the roll yield of the position's side, on middle prices, is at least `percent` a year.

    Once met, it is lost only below `percent` less `slack`.
    """

    percent: Decimal
    slack: Decimal = Decimal("0.5")


class BasisReading(StrEnum):
    """Say what a basis timing waits for."""

    CONVERGED = "CONVERGED"  # spot and near are within `yuan` of each other
    DEVIATED = "DEVIATED"  # they are at least `yuan` apart


class BasisDistance(msgspec.Struct, frozen=True, kw_only=True, tag="basis_distance", forbid_unknown_fields=True):
    """Timing T6: met when spot - near, either way, has come within `yuan`, or gone as far; lost `slack` beyond."""

    spot: InstrumentId
    yuan: Decimal  # per quotation unit
    reading: BasisReading = BasisReading.CONVERGED
    slack: Decimal = Decimal(0)


class Liquidity(msgspec.Struct, frozen=True, kw_only=True, tag="liquidity", forbid_unknown_fields=True):
    """Timing T7: met when far shows `batches` times a batch at its opposite price, and is at most `ticks` wide.

    Once met, it is lost only below `batches` less `slack`, or more than `ticks` wide.
    """

    batches: Decimal = Decimal(2)
    ticks: int = 2
    slack: Decimal = Decimal("0.5")


class StepDay(msgspec.Struct, frozen=True, kw_only=True, tag="step_day", forbid_unknown_fields=True):
    """Timing T8: met when at most `days` trading days are left to a step of margin or position limit (yyyymmdd)."""

    day: int
    days: int = 1


class Slices(msgspec.Struct, frozen=True, kw_only=True, tag="slices", forbid_unknown_fields=True):
    """Timing T9: met from `first_day` (yyyymmdd) on; so many equal slices, one each trading day.

    A roll that this timing alone has begun closes no more near lots by a day than the slices up to it, until it would
    have begun without it.
    """

    first_day: int
    slices: int


class Manual(msgspec.Struct, frozen=True, kw_only=True, tag="manual", forbid_unknown_fields=True):
    """Timing T10: met when a person has set `go`, at the start or by a change of the settings."""

    go: bool = False


Timing = (
    DaysToExpiry
    | OpenInterestCrossover
    | VolumeCrossover
    | SpreadPercentile
    | SpreadDeviation
    | RollYield
    | BasisDistance
    | Liquidity
    | StepDay
    | Slices
    | Manual
)


class Combine(StrEnum):
    """Say how timings combine."""

    ANY = "ANY"
    ALL = "ALL"
    WEIGHTED = "WEIGHTED"  # the weights of the met ones reach `needed_weight`
    SWITCH = "SWITCH"  # the first one whose value is known decides; when it is lost, the next one


class Half(StrEnum):
    """Name the two halves of a roll between accounts (跨账户移仓): each runs in its own account."""

    NEAR = "NEAR"  # closes near, and leads: it judges the timings
    FAR = "FAR"  # opens far for what near has closed


class RollSettings(msgspec.Struct, frozen=True, kw_only=True, tag="roll", forbid_unknown_fields=True):
    """Roll a position from the near to the far contract as one task (移仓).

    A person asks for a roll between accounts by `far_account`. Neither half names the other's account: whoever sees one
    account only shall not learn of the other (SAFETY I25).
    """

    account: AccountId
    near: InstrumentId
    far: InstrumentId
    side: Side  # side of the position: BUY = long
    lots: int
    batch_lots: int
    timings: tuple[Timing, ...]
    combine: Combine = Combine.ANY
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    pay_up_ticks: int = 1  # each chase goes this much further beyond the opposite price, ten ticks at most
    chase_seconds: int = 5  # how long an unfilled child rests before it is chased
    max_chases: int = 20  # after that much time the far leg is broken: near waits until it has followed
    naked_lots: int = 5  # most lots closed near but not yet opened far
    batch_pause_seconds: int = 30
    weights: tuple[int, ...] = ()  # one for each timing, for WEIGHTED
    needed_weight: int = 0  # for WEIGHTED
    strategies: tuple[StrategyId, ...] = ()  # whose lots it takes along; they are bound to far when it has finished
    far_account: AccountId | None = None  # where far is opened, as asked for; `None`: in `account`, as near
    half: Half | None = None  # of a roll between accounts, set by the runner alone


FEWEST_LEGS: Final = 2
MOST_LEGS: Final = 8  # of a spread


def legs_fault(count: int) -> str:
    """Return what is wrong with a spread of so many legs and what to do, "" where nothing is."""
    if FEWEST_LEGS <= count <= MOST_LEGS:
        return ""
    return f"价差组合应有 {FEWEST_LEGS} 至 {MOST_LEGS} 腿，现为 {count} 腿，请增减。"


class Swap(StrEnum):
    """Name how a position in options and one in their future are exchanged (期权期货互转)."""

    SYNTHETIC = "SYNTHETIC"  # 合成互换: call - put of one strike for the future, or back
    DELTA = "DELTA"  # 等Delta互换: an option for as much future as it moves with, or back
    PROTECTIVE = "PROTECTIVE"  # 保护替换: a future for a bought option of its side, lot for lot, or back


class Conversion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a spread a conversion: it is bought once, to `max_sets`, and then the strategy has finished."""

    verb: Swap
    rate: Decimal = Decimal(0)  # risk-free, a year, continuous; parity, volatility and delta are reckoned with it


class SpreadLeg(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one leg: buying one set trades `lots` lots (negative sells) and adds `coefficient` x price.

    A leg that `closes` takes its lots from what the account holds; on its way back it opens them again. A leg of no
    lots is only looked at: the spot of a basis, or of a spread against spot, where people trade it.
    """

    instrument: InstrumentId
    coefficient: Decimal
    lots: int
    active: bool = False  # exactly one leg is active: it is traded first, usually the less liquid one
    pay_up_ticks: int = 1  # each chase goes this much further beyond the opposite price, ten ticks at most
    closes: bool = False  # of a conversion
    hedge_seconds: int | None = None  # of this leg's hedges; `None`: the spread's own
    max_chases: int | None = None  # likewise


class OutOfRange(StrEnum):
    """Say what a grid does when the price leaves its bounds."""

    HOLD = "HOLD"  # keep the position, wait
    STOP = "STOP"  # cancel and stop, keep the position
    FLATTEN = "FLATTEN"  # close what the grid holds, then stop


class SpreadGrid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a spread a grid (价差网格、基差网格): its two prices are those of line 1, further lines follow from them.

    A long grid buys `sets` at line i, which lies i spacings below `sell_at`, and sells them one spacing higher; a short
    grid mirrors it from `buy_at` upward. `max_sets` is what all lines hold together. Prices are in coefficient x price.
    """

    side: Side  # BUY = long grid: it holds bought sets
    lines: int
    stop: Decimal  # mandatory: beyond the last line
    lower: Decimal
    upper: Decimal
    out_of_range: OutOfRange = OutOfRange.HOLD
    trail_to: Decimal | None = None  # how far line 1's exit may follow the spread to the winning side; `None`: not


class SpreadSettings(msgspec.Struct, frozen=True, kw_only=True, tag="spread", forbid_unknown_fields=True):
    """Trade a spread of two to eight legs between two prices (价差).

    Sets are bought at or below `buy_at`, sold at or above `sell_at`, and held between -max_sets and +max_sets. A
    conversion is never sold: `sell_at` says nothing of it.
    """

    account: AccountId
    legs: tuple[SpreadLeg, ...]
    buy_at: Decimal  # yuan, in coefficient x price
    sell_at: Decimal
    sets: int = 1  # per round
    max_sets: int = 1
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    hedge_seconds: int = 3  # a hedge child older than this is chased
    max_chases: int = 5  # then the leg is broken: as much time again paying up, then the filled leg is unwound
    naked_lots: int = 20  # most unbalanced lots over all legs
    pause_seconds: int = 5  # between two rounds
    max_loss_yuan: Decimal | None = (
        None  # once the way back (反平) costs as much, it is gone without waiting; None: never
    )
    residual_yuan: Decimal | None = None  # a residual of uneven ratios (零头) worth more is told; None: it is not
    conversion: Conversion | None = None
    grid: SpreadGrid | None = None
    quoting: SpreadQuoting | None = None  # the active leg rests; `None`: it only takes
    route: SpreadRoute = SpreadRoute.SYNTHETIC
    long_stop: Decimal | None = None  # a bought spread that can be sold no better is closed, and the strategy ends
    long_take_profit: Decimal | None = None  # the same where it can be sold as well as this
    short_stop: Decimal | None = None  # a sold spread: where it can be bought back no better
    short_take_profit: Decimal | None = None
    spot_side: SpotSide | None = None  # of a spread against spot: what people trade; `None`: no leg is theirs


class GridSpacing(StrEnum):
    """Say how the lines of a grid are spaced."""

    ARITHMETIC = "ARITHMETIC"  # 等差
    GEOMETRIC = "GEOMETRIC"  # 等比


class GridSettings(msgspec.Struct, frozen=True, kw_only=True, tag="grid", forbid_unknown_fields=True):
    """Trade a ladder of lines (网格): a long grid buys at line i and sells one spacing higher; a short grid mirrors it.

    Lines run from `anchor` away from it in the losing direction: a long grid down to `lower`, a short grid up to
    `upper`. Geometric lines multiply by `ratio` and snap half-up to the tick (DOMAIN 5.7). Where the grid as a whole
    has moved, following the price or taken along by a roll, they keep the distances they were laid out with: `shifted`
    is by how many yuan. Nobody writes it, so that records of a grid that never moved are what they were before.
    """

    account: AccountId
    instrument: InstrumentId
    side: Side  # BUY = long grid
    spacing: GridSpacing = GridSpacing.ARITHMETIC
    anchor: Decimal  # first line's exit price
    step: Decimal | None = None  # yuan, for ARITHMETIC
    ratio: Decimal | None = None  # e.g. 0.99, for GEOMETRIC
    lines: int
    lots_per_line: int
    stop: Decimal  # mandatory: beyond the last line
    lower: Decimal
    upper: Decimal
    out_of_range: OutOfRange = OutOfRange.HOLD
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    trail_to: Decimal | None = None  # how far the anchor may follow the price to the winning side; `None`: not at all
    shifted: Decimal | UnsetType = UNSET


class ExecutionStyle(StrEnum):
    """Say how an execution spreads its lots over its window."""

    TWAP = "TWAP"  # equal lots for equal trading time
    VWAP = "VWAP"  # lots by a curve of volume
    ICEBERG = "ICEBERG"  # 冰山: a few lots shown at the limit, shown again only when they are filled
    BEST = "BEST"  # 最优限价: all at the best price of its own side, following it


class CurvePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one part of a volume curve: Shanghai times of day ("21:00"), and its volume beside the other parts'.

    Within a part the volume is even over the continuous trading time; a part may run over midnight.
    """

    begin: str
    end: str
    weight: Decimal


class ExecutionSettings(msgspec.Struct, frozen=True, kw_only=True, tag="execution", forbid_unknown_fields=True):
    """Trade so many lots of one contract within a window, never at a worse price than its limit (算法执行).

    Time counts only while the contract trades continuously. What is left when the window ends is told, never chased.
    """

    account: AccountId
    instrument: InstrumentId
    style: ExecutionStyle
    side: Side
    offset: Offset = Offset.OPEN  # OPEN or CLOSE; the engine splits a close over today's and yesterday's lots
    hedge_flag: HedgeFlag = HedgeFlag.SPECULATION
    total_lots: int
    limit: Decimal  # yuan; a buy pays no more, a sell takes no less
    begins_at: int  # UTC ns
    ends_at: int  # UTC ns, excluded
    slice_seconds: int = 60  # trading time of a slice, for TWAP and VWAP
    curve: tuple[CurvePart, ...] = ()  # for VWAP: the user's own, scaled to the window
    shown_lots: int = 1  # for ICEBERG
    chase_seconds: int = 10  # how long an unfilled child rests before it may be repriced
    max_chases: int = 20  # repricings of the whole task
    max_pay_up_ticks: int = 0  # for BEST: each repricing goes a tick beyond its own side's best, so many at most
    participation_percent: int | None = None  # most lots a day, of what the market traded since; `None`: no cap


StrategySettings = RollSettings | SpreadSettings | GridSettings | OwnSettings | ExecutionSettings | TargetSettings
