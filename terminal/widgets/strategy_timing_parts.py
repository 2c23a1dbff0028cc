"""List what each timing of a roll is made of: the fields a person fills, with unit, meaning and width."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from terminal.domain.ids import InstrumentId
from terminal.domain.lasting_settings import TIMING_FREE
from terminal.domain.strategy_settings import (
    BasisDistance,
    BasisReading,
    DaysToExpiry,
    Liquidity,
    Manual,
    OpenInterestCrossover,
    RollYield,
    Slices,
    SpreadDeviation,
    SpreadPercentile,
    StepDay,
    Timing,
    VolumeCrossover,
)


class TimingKind(StrEnum):
    """Name the timings as their settings do."""

    DAYS = "days_to_expiry"
    CROSSOVER = "open_interest_crossover"
    VOLUME = "volume_crossover"
    PERCENTILE = "spread_percentile"
    DEVIATION = "spread_deviation"
    YIELD = "roll_yield"
    BASIS = "basis_distance"
    LIQUIDITY = "liquidity"
    STEP = "step_day"
    SLICES = "slices"
    MANUAL = "manual"


class Sort(StrEnum):
    """Say what a person puts into a part."""

    WHOLE = "WHOLE"
    EXACT = "EXACT"
    DAY = "DAY"  # yyyymmdd; 0 where there is none
    YES = "YES"
    READING = "READING"
    SPOT = "SPOT"


class Part(NamedTuple):
    """Describe one field of a timing; one that is free may be changed while the roll runs."""

    field: str
    name: str
    unit: str
    tip: str
    sort: Sort = Sort.WHOLE
    width: int = 76

    @property
    def free(self) -> bool:
        """Return whether it may be changed while the roll runs."""
        return self.field in TIMING_FREE


NAMES: Final = {
    TimingKind.DAYS: "距到期",
    TimingKind.CROSSOVER: "持仓交叉",
    TimingKind.VOLUME: "成交交叉",
    TimingKind.PERCENTILE: "价差分位",
    TimingKind.DEVIATION: "价差偏离",
    TimingKind.YIELD: "展期收益",
    TimingKind.BASIS: "基差",
    TimingKind.LIQUIDITY: "流动性",
    TimingKind.STEP: "台阶日",
    TimingKind.SLICES: "分批日程",
    TimingKind.MANUAL: "人工发令",
}
_YES_NO: Final = {"yes": "是", "no": "否"}
CHOICES: Final = {
    Sort.YES: _YES_NO,
    Sort.READING: {BasisReading.CONVERGED.value: "收敛到", BasisReading.DEVIATED.value: "偏离达"},
}


def _slack(unit: str, sort: Sort = Sort.EXACT) -> Part:
    return Part("slack", "回差", unit, "已满足之后，比门槛差这么多才算不再满足", sort, 66)


_CROSSED: Final = (
    Part("ratio", "倍数", "倍", "远月至少是近月的多少倍", Sort.EXACT, 70),
    Part("days", "连续", "日", "连续多少个交易日", width=58),
    _slack("倍"),
)
_WINDOW: Final = (
    Part("sample_seconds", "间隔", "秒", "每隔多少秒取一个样本", width=58),
    Part("window", "窗口", "个", "窗口里的样本数", width=66),
    Part("at_least", "预热", "个", "至少有多少样本才算", width=62),
)
PARTS: Final = {
    TimingKind.DAYS: (
        Part("days", "天数", "交易日", "近月剩余交易日不多于它", width=92),
        Part("policy_day", "公司期限", "", "公司规定的最迟日期，如 20250115；0 为没有", Sort.DAY, 84),
        Part("before_delivery_month", "交割月前", "", "自然人：须在交割月之前移走", Sort.YES, 56),
    ),
    TimingKind.CROSSOVER: _CROSSED,
    TimingKind.VOLUME: _CROSSED,
    TimingKind.PERCENTILE: (
        Part("permille", "分位", "‰", "远月减近月处在窗口的最低多少（空头为最高多少）", width=62),
        *_WINDOW,
        _slack("‰", Sort.WHOLE),
    ),
    TimingKind.DEVIATION: (
        Part("deviations", "偏离", "倍", "远月减近月比均值有利多少倍标准差", Sort.EXACT, 62),
        *_WINDOW,
        _slack("倍"),
    ),
    TimingKind.YIELD: (
        Part("percent", "至少", "%/年", "按中间价的年化展期收益，对持仓方向", Sort.EXACT, 92),
        _slack("%"),
    ),
    TimingKind.BASIS: (
        Part("spot", "现货", "", "行情里的现货代码，如 SPOT.i.日照港", Sort.SPOT, 116),
        Part("reading", "看", "", "收敛到这么近，还是偏离到这么远", Sort.READING, 76),
        Part("yuan", "基差", "元", "现货与近月相差多少", Sort.EXACT, 76),
        _slack("元"),
    ),
    TimingKind.LIQUIDITY: (
        Part("batches", "对手量", "批", "远月对手一档够移几批", Sort.EXACT, 70),
        Part("ticks", "价差", "跳", "远月买卖价差不超过几跳", width=62),
        _slack("批"),
    ),
    TimingKind.STEP: (
        Part("day", "台阶日", "", "保证金或限仓提高的日期，如 20250115", Sort.DAY, 84),
        Part("days", "提前", "交易日", "离它不多于多少个交易日", width=92),
    ),
    TimingKind.SLICES: (
        Part("first_day", "首日", "", "从哪个交易日起，如 20250115", Sort.DAY, 84),
        Part("slices", "分", "日", "每个交易日移一份", width=62),
    ),
    TimingKind.MANUAL: (Part("go", "现在移", "", "启动后改成“是”，移仓就开始", Sort.YES, 56),),
}
# What a person who has just chosen a kind begins with.
FRESH: Final[dict[TimingKind, Timing]] = {
    TimingKind.DAYS: DaysToExpiry(days=5),
    TimingKind.CROSSOVER: OpenInterestCrossover(slack=Decimal("0.05")),
    TimingKind.VOLUME: VolumeCrossover(),
    TimingKind.PERCENTILE: SpreadPercentile(slack=50),
    TimingKind.DEVIATION: SpreadDeviation(),
    TimingKind.YIELD: RollYield(percent=Decimal(0)),
    TimingKind.BASIS: BasisDistance(spot=InstrumentId(""), yuan=Decimal(20), slack=Decimal(5)),
    TimingKind.LIQUIDITY: Liquidity(),
    TimingKind.STEP: StepDay(day=0),
    TimingKind.SLICES: Slices(first_day=0, slices=5),
    TimingKind.MANUAL: Manual(),
}
