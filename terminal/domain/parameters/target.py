"""Hold the parameters of a target (自动配平): keep a hedge group's ratio in a band by trading one contract.

All ratios are per cent of the exposure: 80 is 80 %. The exposure is that of control C5, physical plus planned tonnes;
where a target is tax-adjusted, it is taken net of VAT (DOMAIN 5.8).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from terminal.domain.ids import AccountId, InstrumentId, StockId
from terminal.domain.orders.order import HedgeFlag

WHOLE: Final = Decimal(100)  # per cent
MOST_SAMPLES: Final = 20_000  # of a window: it is kept in memory
DAY_SECONDS: Final = 24 * 3600
FEWEST_DAYS: Final = 2  # a deviation of fewer returns says nothing


class FixedBand(msgspec.Struct, frozen=True, kw_only=True, tag="fixed", forbid_unknown_fields=True):
    """Keep the ratio between two numbers; its centre is the middle of them."""

    low: Decimal
    high: Decimal


class RatioRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold one row: up to this percentile of the basis (per cent, the row before it excluded) the ratio is this."""

    upto: Decimal
    ratio: Decimal


class BasisTable(msgspec.Struct, frozen=True, kw_only=True, tag="basis_table", forbid_unknown_fields=True):
    """Read the day's ratio off a table by where the basis, spot - contract, stands in its window.

    The band is the ratio less and plus `tolerance` percentage points, cut to 0 and 100.
    """

    spot: InstrumentId
    rows: tuple[RatioRow, ...]
    tolerance: Decimal = Decimal(5)
    sample_seconds: int = 60
    window: int = 480
    at_least: int = 60  # samples before it may be read (warm-up)


class FactorKind(StrEnum):
    """Name what a score may be made of."""

    BASIS = "BASIS"  # spot - contract at the first sight of the day, yuan
    VOLATILITY = "VOLATILITY"  # of the daily settlements of the last days, per cent a year
    VOLUME = "VOLUME"  # of the day before, in times of the average of the days before it
    STOCK = "STOCK"  # the latest reading of a series, in times of the average of the readings before it


class Factor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weigh one factor: at the value `zero` it scores 0, at `one` it scores 1, between them in proportion.

    `zero` may be the greater of both: then a small value scores high.
    """

    kind: FactorKind
    weight: Decimal
    zero: Decimal
    one: Decimal


class FactorScore(msgspec.Struct, frozen=True, kw_only=True, tag="factors", forbid_unknown_fields=True):
    """Score the day by several factors; the ratio lies between `lowest` (score 0) and `highest` (score 1).

    The score is the sum of weight x factor over the sum of weights. The band is the ratio less and plus `tolerance`
    percentage points, cut to 0 and 100.
    """

    factors: tuple[Factor, ...]
    lowest: Decimal
    highest: Decimal
    tolerance: Decimal = Decimal(5)
    spot: InstrumentId = InstrumentId("")  # for the basis
    days: int = 20  # trading days of volatility and of the average volume, readings of the average stock
    stock: StockId = StockId("")  # the series of the stock


RatioSource = FixedBand | BasisTable | FactorScore
DAILY: Final = frozenset({FactorKind.VOLATILITY, FactorKind.VOLUME})  # factors that days have to be gathered for
COUNTED: Final = DAILY | {FactorKind.STOCK}  # factors that compare with so many days or readings before
MOST_DAYS: Final = 60


def needs(source: RatioSource, kind: FactorKind) -> bool:
    """Return whether a source reads a factor."""
    return isinstance(source, FactorScore) and any(one.kind is kind for one in source.factors)


def spot_of(source: RatioSource) -> InstrumentId | None:
    """Return the spot a source reads, `None` where it reads none."""
    if isinstance(source, BasisTable):
        return source.spot
    return source.spot if isinstance(source, FactorScore) and needs(source, FactorKind.BASIS) else None


Fault = tuple[str, str]
"""The field that is wrong, and what is wrong with it and what to do."""


class TargetMode(StrEnum):
    """Say what a target does when the ratio has left its band."""

    PROPOSE = "PROPOSE"  # 建议: it says so, and trades when a person has agreed to that proposal
    EXECUTE = "EXECUTE"  # 执行: it trades by itself


class Aim(StrEnum):
    """Say how far a target goes back into its band."""

    EDGE = "EDGE"  # to the nearest edge
    CENTRE = "CENTRE"


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True, tag="target", forbid_unknown_fields=True):
    """Keep the ratio of a hedge group in its band (自动配平).

    All futures of the account in the group count, whoever traded them; one contract is traded. `go` is the number of
    the proposal a person has agreed to. Tax-adjusted, the ratio is futures / (exposure / (1 + VAT)); futures quoted
    net of VAT count in full.
    """

    account: AccountId
    group: str
    instrument: InstrumentId
    source: RatioSource
    mode: TargetMode = TargetMode.PROPOSE
    aim: Aim = Aim.EDGE
    most_lots: int  # bought less sold by it since its start, either way
    batch_lots: int = 20  # of one order
    hedge_flag: HedgeFlag = HedgeFlag.HEDGE
    pay_up_ticks: int = 1  # each chase goes this much further beyond the opposite price, ten ticks at most
    chase_seconds: int = 5  # how long an unfilled child rests before it is chased
    pause_seconds: int = 60  # between two rebalancings
    go: int = 0
    tax_adjusted: bool = False
    vat_percent: Decimal | None = None  # the rate in the exposure's prices, 13 is 13 %; asked for where tax-adjusted

    @property
    def vat(self) -> Decimal | None:
        """Return the VAT rate the ratio is adjusted by as a fraction, `None` where it is not adjusted."""
        return self.vat_percent / WHOLE if self.tax_adjusted and self.vat_percent is not None else None


def tax_fault(settings: TargetSettings) -> Fault | None:
    """Return what is wrong with the VAT rate, `None` where nothing is."""
    rate = settings.vat_percent
    if rate is None:
        sentence = "按不含税口径还没有税率，请填敞口价格所含的增值税率（如 13）。"
        return ("vat_percent", sentence) if settings.tax_adjusted else None
    if not (rate.is_finite() and 0 < rate < WHOLE):
        return "vat_percent", f"应大于 0、小于 100（%），现为 {rate}；请照税率表填，如 13 或 9。"
    return None


def source_fault(source: RatioSource) -> Fault | None:
    """Return what is wrong with a ratio source by itself, `None` where nothing is."""
    if isinstance(source, FixedBand):
        if 0 <= source.low < source.high <= WHOLE:
            return None
        return "high", f"区间 {source.low} 至 {source.high} 不成立：应 0 ≤ 下限 < 上限 ≤ 100（%），请修改。"
    if spot_of(source) == "":
        return "spot", "还没有现货，请填写现货代码（如 SPOT.i.日照港）。"
    if not 0 < source.tolerance < WHOLE:
        return "tolerance", "应在 0 与 100 个百分点之间，请修改。"
    return _table_fault(source) if isinstance(source, BasisTable) else _score_fault(source)


def _score_fault(score: FactorScore) -> Fault | None:
    if not 0 <= score.lowest < score.highest <= WHOLE:
        return "highest", f"比例 {score.lowest} 至 {score.highest} 不成立：应 0 ≤ 最低 < 最高 ≤ 100（%），请修改。"
    if needs(score, FactorKind.STOCK) and not score.stock.strip():
        return "stock", "还没有库存序列，请填登记时的名称（如 铁矿石港口库存）。"
    if any(needs(score, kind) for kind in COUNTED) and not FEWEST_DAYS <= score.days <= MOST_DAYS:
        return "days", f"应在 {FEWEST_DAYS} 至 {MOST_DAYS} 之间，请修改。"
    kinds = [one.kind for one in score.factors]
    if not kinds:
        return "factors", "还没有因子，请至少写一个。"
    if len(set(kinds)) != len(kinds):
        return "factors", "同一个因子写了两次，请合并。"
    if any(one.weight < 0 for one in score.factors):
        return "factors", "权重不能为负；要反着算，把零分值与满分值对调。"
    if not sum(one.weight for one in score.factors):
        return "factors", "权重之和为 0，算不出得分；请至少给一个因子正的权重。"
    if any(one.zero == one.one for one in score.factors):
        return "factors", "零分值与满分值相同，分不出高低；请改其中一个。"
    return None


def _table_fault(table: BasisTable) -> Fault | None:
    if table.sample_seconds < 1:
        return "sample_seconds", "至少为 1 秒，请改大。"
    if not 1 <= table.window <= MOST_SAMPLES:
        return "window", f"应在 1 至 {MOST_SAMPLES} 个之间，请修改。"
    if not 1 <= table.at_least <= table.window:
        return "at_least", "应在 1 与窗口之间，请修改。"
    wrong = rows_fault(table.rows)
    return ("rows", wrong) if wrong else None


def rows_fault(rows: tuple[RatioRow, ...]) -> str:
    """Return what is wrong with the rows of a table: a gap, a turn, a ratio that is none; "" where nothing is."""
    if not rows:
        return "还没有行，请至少写一行，最后一行的分位为 100。"
    before = Decimal(0)
    for place, row in enumerate(rows, 1):
        if not before < row.upto <= WHOLE:
            return f"第 {place} 行：分位 {row.upto} 应大于 {before}、不超过 100，请修改。"
        if not 0 <= row.ratio <= WHOLE:
            return f"第 {place} 行：比例 {row.ratio} 应在 0 与 100 之间，请修改。"
        before = row.upto
    if before != WHOLE:
        return f"只写到分位 {before}，{before} 至 100 没有比例，请补上。"
    steps = [after.ratio - one.ratio for one, after in pairwise(rows)]
    if any(step > 0 for step in steps) and any(step < 0 for step in steps):
        return "比例时升时降，应随分位只升或只降，请修改。"
    return ""
