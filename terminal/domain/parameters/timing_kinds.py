"""List the roll timings (移仓时机): how each is called, what a person fills in, and the unit of what it states.

The one table of all of them; the form builds its boxes from it, and whatever names a timing asks here.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from terminal.domain.ids import InstrumentId
from terminal.domain.parameters.lasting import TIMING_FREE
from terminal.domain.parameters.strategy import (
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

READINGS: Final = {BasisReading.CONVERGED: "收敛到", BasisReading.DEVIATED: "偏离达"}


class Sort(StrEnum):
    """Say what a person puts into a part."""

    WHOLE = "WHOLE"
    EXACT = "EXACT"
    DAY = "DAY"  # yyyymmdd; 0 where there is none
    YES = "YES"
    READING = "READING"
    SPOT = "SPOT"


class Part(NamedTuple):
    """Describe one field of a timing."""

    field: str
    name: str
    unit: str
    tip: str
    sort: Sort = Sort.WHOLE

    @property
    def free(self) -> bool:
        """Return whether it may be changed while the roll runs."""
        return self.field in TIMING_FREE


class TimingKind(NamedTuple):
    """Describe one kind of timing: `unit` is that of the value it states, `fresh` what a person begins with."""

    name: str
    unit: str
    fresh: Timing
    parts: tuple[Part, ...]


def tag_of(timing: Timing) -> str:
    """Return a timing's name as plans and marks write it."""
    return str(type(timing).__struct_config__.tag)


def _slack(unit: str, sort: Sort = Sort.EXACT) -> Part:
    return Part("slack", "回差", unit, "已满足之后，比门槛差这么多才算不再满足", sort)


_CROSSED: Final = (
    Part("ratio", "倍数", "倍", "远月至少是近月的多少倍", Sort.EXACT),
    Part("days", "连续", "日", "连续多少个交易日"),
    _slack("倍"),
)
_WINDOW: Final = (
    Part("sample_seconds", "间隔", "秒", "每隔多少秒取一个样本"),
    Part("window", "窗口", "个", "窗口里的样本数"),
    Part("at_least", "预热", "个", "至少有多少样本才算"),
)
_KINDS: Final = (
    TimingKind(
        "距到期",
        " 天",
        DaysToExpiry(days=5),
        (
            Part("days", "天数", "交易日", "近月剩余交易日不多于它"),
            Part("policy_day", "公司期限", "", "公司规定的最迟日期，如 20250115；0 为没有", Sort.DAY),
            Part("before_delivery_month", "交割月前", "", "自然人：须在交割月之前移走", Sort.YES),
        ),
    ),
    TimingKind("持仓交叉", " 倍", OpenInterestCrossover(slack=Decimal("0.05")), _CROSSED),
    TimingKind("成交交叉", " 倍", VolumeCrossover(), _CROSSED),
    TimingKind(
        "价差分位",
        "‰",
        SpreadPercentile(slack=50),
        (
            Part("permille", "分位", "‰", "远月减近月处在窗口的最低多少（空头为最高多少）"),
            *_WINDOW,
            _slack("‰", Sort.WHOLE),
        ),
    ),
    TimingKind(
        "价差偏离",
        " 倍标准差",
        SpreadDeviation(),
        (Part("deviations", "偏离", "倍", "远月减近月比均值有利多少倍标准差", Sort.EXACT), *_WINDOW, _slack("倍")),
    ),
    TimingKind(
        "展期收益",
        "%",
        RollYield(percent=Decimal(0)),
        (Part("percent", "至少", "%/年", "按中间价的年化展期收益，对持仓方向", Sort.EXACT), _slack("%")),
    ),
    TimingKind(
        "基差",
        " 元",
        BasisDistance(spot=InstrumentId(""), yuan=Decimal(20), slack=Decimal(5)),
        (
            Part("spot", "现货", "", "行情里的现货代码，如 SPOT.i.日照港", Sort.SPOT),
            Part("reading", "看", "", "收敛到这么近，还是偏离到这么远", Sort.READING),
            Part("yuan", "基差", "元", "现货与近月相差多少", Sort.EXACT),
            _slack("元"),
        ),
    ),
    TimingKind(
        "流动性",
        " 批",
        Liquidity(),
        (
            Part("batches", "对手量", "批", "远月对手一档够移几批", Sort.EXACT),
            Part("ticks", "价差", "跳", "远月买卖价差不超过几跳"),
            _slack("批"),
        ),
    ),
    TimingKind(
        "台阶日",
        " 天",
        StepDay(day=0),
        (
            Part("day", "台阶日", "", "保证金或限仓提高的日期，如 20250115", Sort.DAY),
            Part("days", "提前", "交易日", "离它不多于多少个交易日"),
        ),
    ),
    TimingKind(
        "分批日程",
        " 份",
        Slices(first_day=0, slices=5),
        (
            Part("first_day", "首日", "", "从哪个交易日起，如 20250115", Sort.DAY),
            Part("slices", "分", "日", "每个交易日移一份"),
        ),
    ),
    TimingKind("人工发令", "", Manual(), (Part("go", "现在移", "", "启动后改成“是”，移仓就开始", Sort.YES),)),
)
TIMING_KINDS: Final = {tag_of(kind.fresh): kind for kind in _KINDS}
